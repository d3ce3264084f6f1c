"""Whom to get in touch with first: leads that are ready for sales, and what each did last (SC-35)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nurture_app.engine.codes import StrEnum
from nurture_app.engine.consent import last_contacts
from nurture_app.engine.figures.follow_up import IN_HAND, LIFTED_WITHIN
from nurture_app.engine.people import load_leads, out_of_quarantine
from nurture_app.engine.ports import Host
from nurture_app.engine.score_reasons import strongest_reasons
from nurture_app.engine.signals import Signal, latest_signals
from nurture_app.engine.sql import P, Query, as_datetime, chunks, days_before, doctype, params
from nurture_app.engine.stages import STAGES
from nurture_app.engine.touch_tiers import tiers_of_people

REASONS_TOLD = 3
SIGNAL_DAYS = 90
"""What lies further back makes nobody call today."""
CONTACT_DAYS = 365
LEAD_COLUMNS = (
	"lead_name",
	"company_name",
	"lead_owner",
	"nurture_stage",
	"mobile_no",
	"phone",
)


class State(StrEnum):
	"""How things stand between a lead and sales."""

	WAITING = "Waiting"
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
	state: State
	signal: Signal | None
	contacted_on: datetime | None
	reasons: tuple[tuple[str, int], ...]
	"""The rules that give it most, with their points."""
	phone: str
	email: str
	high_touch: bool = False


@dataclass(frozen=True, slots=True)
class _Standing:
	"""What ranks a lead."""

	lead: str
	stage: int
	score: int
	active_on: datetime | None
	contacted_on: datetime | None
	state: State
	high_touch: bool

	@property
	def rank(self) -> tuple:
		"""Whoever is in touch already comes last; of the others, whom people are to look after come first."""
		is_open = self.state != State.IN_TOUCH
		return is_open, self.high_touch, self.stage, str(self.active_on or ""), self.score, self.lead


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
	"""At most `most` leads at `stage` or above, or high-touch: these first, then the highest stage, and of each the newest
	signal; last, who is in touch.

	With an `owner` only that user's, and those of `assigned`, with `any_stage` also those that are not that far and were
	given to somebody nevertheless; they stand beside those at `stage`. Leads that are in hand, with an opportunity or a
	quotation, and closed ones are left out. Two queries, two for each thousand of these leads, three for those returned.
	"""
	rows = _rows(host, stage, owner, assigned, any_stage, visible)
	standings = [one for one in _standings(host, rows, STAGES.index(stage)) if one.state in states]
	return _read(host, sorted(standings, key=lambda one: one.rank, reverse=True)[:most])


def count_open(
	host: Host, stage: str, owner: str, assigned: Collection[str], visible: Collection[str] | None = None
) -> int:
	"""How many of the leads that `worklist` lists with `any_stage` are not in touch."""
	rows = _rows(host, stage, owner, assigned, True, visible)
	return sum(1 for one in _standings(host, rows, STAGES.index(stage)) if one.state != State.IN_TOUCH)


def _rows(
	host: Host,
	stage: str,
	owner: str,
	assigned: Collection[str],
	any_stage: bool,
	visible: Collection[str] | None,
) -> list[Sequence[Any]]:
	lead = doctype("Lead", "lead")
	query = Query.from_(lead).select(
		lead.name,
		lead.nurture_stage,
		lead.nurture_score,
		lead.nurture_last_activity_on,
		lead.nurture_stage_since,
		lead.nurture_tier,
	)
	query = query.where(lead.status.notin(params(IN_HAND)) & out_of_quarantine(lead))
	ready = lead.nurture_stage.isin(params(STAGES[STAGES.index(stage) :]))
	if tiers := tiers_of_people(host):
		ready |= lead.nurture_tier.isin(params(sorted(tiers)))
	far_enough = query.where(ready)
	rows = host.db.rows(far_enough.where(lead.lead_owner == P(owner)) if owner else far_enough)
	found = {row[0]: row for row in rows}
	for some in chunks(sorted(assigned)):
		given = query if any_stage else far_enough
		found |= {row[0]: row for row in host.db.rows(given.where(lead.name.isin(params(some))))}
	return [row for name, row in found.items() if visible is None or name in visible]


def _standings(host: Host, rows: Sequence[Sequence[Any]], least: int) -> Iterator[_Standing]:
	"""No lead stands lower than at `least`."""
	since = days_before(host.clock.now(), CONTACT_DAYS)
	tiers = tiers_of_people(host)
	for some in chunks(rows):
		contacts = last_contacts(host, [row[0] for row in some], since)
		for name, stage, score, active_on, reached_on, tier in some:
			active_on, reached_on = (as_datetime(one) if one else None for one in (active_on, reached_on))
			contacted_on = contacts.get(name)
			yield _Standing(
				name,
				max(least, STAGES.index(stage or "")),
				int(score or 0),
				active_on,
				contacted_on,
				_state(active_on, reached_on, contacted_on),
				tier in tiers,
			)


def _state(active_on: datetime | None, reached_on: datetime | None, contacted_on: datetime | None) -> State:
	if not contacted_on or (reached_on and contacted_on <= reached_on - LIFTED_WITHIN):
		return State.WAITING
	return State.NEW_SIGNAL if active_on and active_on > contacted_on else State.IN_TOUCH


def _read(host: Host, standings: Sequence[_Standing]) -> list[Ready]:
	names = [one.lead for one in standings]
	rows = load_leads(host, names, LEAD_COLUMNS)
	signals = latest_signals(host, names, 1, SIGNAL_DAYS)
	reasons = strongest_reasons(host, names, REASONS_TOLD)
	return [
		Ready(
			lead=one.lead,
			title=row["lead_name"] or one.lead,
			company=row["company_name"] or "",
			owner=row["lead_owner"] or "",
			score=one.score,
			stage=row["nurture_stage"] or "",
			state=one.state,
			signal=next(iter(signals.get(one.lead, ())), None),
			contacted_on=one.contacted_on,
			reasons=tuple(reasons.get(one.lead, ())),
			phone=row["mobile_no"] or row["phone"] or "",
			email=row["email_id"] or "",
			high_touch=one.high_touch,
		)
		for one in standings
		if (row := rows.get(one.lead))  # None: deleted a moment ago
	]
