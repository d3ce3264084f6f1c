"""Whom to get in touch with first: leads that are ready for sales, and what each did last (SC-35)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from nurture_app.engine.codes import StrEnum
from nurture_app.engine.consent import last_contacts
from nurture_app.engine.figures.follow_up import IN_HAND
from nurture_app.engine.people import load_leads, out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.score_reasons import strongest_reasons
from nurture_app.engine.signals import Signal, latest_signals
from nurture_app.engine.sql import Query, as_datetime, chunks, days_before, doctype, params
from nurture_app.engine.stages import STAGES

REASONS_TOLD = 3
SIGNAL_DAYS = 90
"""What lies further back makes nobody call today."""
CONTACT_DAYS = 365
AT_A_TIME = 500
LEAD_COLUMNS = (
	"lead_name",
	"company_name",
	"lead_owner",
	"nurture_score",
	"nurture_stage",
	"nurture_stage_since",
	"mobile_no",
	"phone",
)


class State(StrEnum):
	"""How things stand between a lead and sales."""

	WAITING = "Not Contacted"
	"""Nobody has been in touch since the lead reached its stage."""
	NEW_SIGNAL = "New Signal"
	"""It did something since it was contacted last."""
	IN_TOUCH = "In Touch"


@dataclass(frozen=True, slots=True)
class Ready:
	"""One lead of the list. Moments are naive, in the host's zone; texts may be empty."""

	lead: str
	title: str
	company: str
	owner: str
	score: int
	stage: str
	stage_since: datetime | None
	signal: Signal | None
	contacted_on: datetime | None
	reasons: tuple[tuple[str, int], ...]
	"""The rules that give it most, with their points."""
	phone: str
	email: str

	@property
	def state(self) -> State:
		if not self.contacted_on or (self.stage_since and self.contacted_on < self.stage_since):
			return State.WAITING
		if self.signal and self.signal[2] > self.contacted_on:
			return State.NEW_SIGNAL
		return State.IN_TOUCH


def worklist(
	host: Host,
	stage: str,
	most: int,
	*,
	owner: str = "",
	assigned: Collection[str] = (),
	any_stage: bool = False,
	visible: Collection[str] | None = None,
	states: Collection[State] = tuple(State),
) -> list[Ready]:
	"""At most `most` leads at `stage` or above, the highest stage first and of each the newest signal.

	With an `owner` only that user's, and those of `assigned`, with `any_stage` also those that are not that far and were
	given to somebody nevertheless; they stand beside those at `stage`. Leads that are in hand, with an opportunity or a
	quotation, and closed ones are left out. Two queries, and five for each 500 leads until enough have the wanted `states`.
	"""
	names = _ranked(host, stage, owner, assigned, any_stage)
	if visible is not None:
		names = [name for name in names if name in visible]
	found = (one for some in chunks(names, AT_A_TIME) for one in _read(host, some))
	return list(islice((one for one in found if one.state in states), most))


def _ranked(host: Host, stage: str, owner: str, assigned: Collection[str], any_stage: bool) -> list[str]:
	lead = doctype("Lead", "lead")
	far = STAGES.index(stage)
	query = Query.from_(lead).select(
		lead.name, lead.nurture_stage, lead.nurture_last_activity_on, lead.nurture_score, lead.lead_owner
	)
	query = query.where(lead.status.notin(params(IN_HAND)) & out_of_quarantine(lead))
	rows = host.db.rows(query.where(lead.nurture_stage.isin(params(STAGES[far:]))))
	if owner:
		rows = [row for row in rows if row[4] == owner or row[0] in assigned]
	if any_stage:
		for some in chunks(sorted(set(assigned).difference(row[0] for row in rows))):
			rows += host.db.rows(query.where(lead.name.isin(params(some))))

	def rank(row: Sequence[Any]) -> tuple:
		name, reached, last_activity_on, score, _ = row
		return max(far, STAGES.index(reached or "")), str(last_activity_on or ""), int(score or 0), name

	return [row[0] for row in sorted(rows, key=rank, reverse=True)]


def _read(host: Host, names: Sequence[str]) -> Iterator[Ready]:
	now = host.clock.now()
	rows = load_leads(host, names, LEAD_COLUMNS)
	signals = latest_signals(host, names, 1, SIGNAL_DAYS)
	reasons = strongest_reasons(host, names, REASONS_TOLD)
	contacts = last_contacts(host, names, days_before(now, CONTACT_DAYS))
	for name in names:
		if name not in rows:  # deleted a moment ago
			continue
		row = rows[name]
		yield Ready(
			lead=name,
			title=row["lead_name"] or name,
			company=row["company_name"] or "",
			owner=row["lead_owner"] or "",
			score=int(row["nurture_score"] or 0),
			stage=row["nurture_stage"] or "",
			stage_since=as_datetime(row["nurture_stage_since"]) if row["nurture_stage_since"] else None,
			signal=next(iter(signals.get(name, ())), None),
			contacted_on=contacts.get(name),
			reasons=tuple(reasons.get(name, ())),
			phone=row["mobile_no"] or row["phone"] or "",
			email=row["email_id"] or "",
		)
