"""How good the data of leads are: what is missing, who has gone stale, who may not be written to, who is what (DH-02 to DH-05).

Looked at are leads that may still become customers: neither converted nor not to be contacted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nurture_app.engine.addresses import normalise
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, doctype, params

OVER = ("Converted", "Do Not Contact")
USUAL_FIELDS = (
	"first_name",
	"company_name",
	"job_title",
	"industry",
	"no_of_employees",
	"country",
	"source",
	"utm_source",
)
"""What fit rules, personas and mails read; of the two for the source the one that there is."""
STALE_DAYS = (30, 60, 90)
BANDS = (100, 75, 50, 0)
"""A lead belongs to the first band whose percentage it reaches."""
COLUMNS = (
	"name",
	"lead_name",
	"lead_owner",
	"email_id",
	"creation",
	"unsubscribed",
	"nurture_score",
	"nurture_type",
	"nurture_email_consent",
	"nurture_last_activity_on",
	"nurture_quarantined",
)


@dataclass(frozen=True, slots=True)
class Incomplete:
	"""A lead that lacks something. `missing` are fields."""

	lead: str
	title: str
	owner: str
	score: int
	percent: int
	missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataCheck:
	"""Numbers of leads."""

	leads: int
	missing: Mapping[str, int]
	"""By field."""
	bands: Mapping[int, int]
	"""By band of `BANDS`."""
	stale: Mapping[int, int]
	"""By number of days since the last sign of interest and since they came."""
	no_address: int
	no_consent: int
	"""Never asked, or not answered."""
	refused: int
	"""Consent withdrawn, or unsubscribed."""
	in_quarantine: int
	in_no_segment: int
	types: Mapping[str, int]
	"""By lead type, "" for none."""

	@property
	def average(self) -> float | None:
		"""How many of the fields are filled in, in percent; None without leads or fields."""
		asked = self.leads * len(self.missing)
		return 100 * (1 - sum(self.missing.values()) / asked) if asked else None


def data_check(host: Host, fields: Sequence[str], visible: Collection[str] | None = None) -> DataCheck:
	"""Of all leads, or of `visible` ones; `fields` are those that make a lead complete. Two queries; memory of 100 bytes a lead."""
	now, members = host.clock.now(), _members(host)
	missing, bands, stale, types = Counter[str](), Counter[int](), Counter[int](), Counter[str]()
	count = Counter[str]()
	for row in _rows(host, fields, visible):
		lacks = _missing(row, fields)
		missing.update(lacks)
		bands[_band(_percent(lacks, fields))] += 1
		quiet = now - _active_on(row)
		stale.update(days for days in STALE_DAYS if quiet >= timedelta(days=days))
		types[row["nurture_type"] or ""] += 1
		refused = row["nurture_email_consent"] == "Withdrawn" or int(row["unsubscribed"] or 0)
		count["leads"] += 1
		count["no_address"] += not normalise(row["email_id"])
		count["refused"] += bool(refused)
		count["no_consent"] += not refused and row["nurture_email_consent"] != "Given"
		count["in_quarantine"] += bool(int(row["nurture_quarantined"] or 0))
		count["in_no_segment"] += row["name"] not in members
	return DataCheck(
		leads=count["leads"],
		missing={field: missing[field] for field in fields},
		bands={band: bands[band] for band in BANDS},
		stale={days: stale[days] for days in STALE_DAYS},
		types=dict(types.most_common()),
		**{
			name: count[name]
			for name in ("no_address", "no_consent", "refused", "in_quarantine", "in_no_segment")
		},
	)


def incomplete_leads(
	host: Host, fields: Sequence[str], visible: Collection[str] | None = None
) -> list[Incomplete]:
	"""Those that lack at least one of `fields`, the highest score first, then who lacks most. One query."""
	found = []
	for row in _rows(host, fields, visible):
		if lacks := _missing(row, fields):
			percent = _percent(lacks, fields)
			title, score = row["lead_name"] or row["name"], int(row["nurture_score"] or 0)
			found.append(Incomplete(row["name"], title, row["lead_owner"] or "", score, percent, lacks))
	return sorted(found, key=lambda one: (-one.score, one.percent, one.lead))


def completeness(values: Mapping[str, Any], fields: Sequence[str]) -> tuple[int, tuple[str, ...]]:
	"""Of one lead: how much of `fields` is filled in, in percent, and which are not."""
	lacks = _missing(values, fields)
	return _percent(lacks, fields), lacks


def _rows(host: Host, fields: Sequence[str], visible: Collection[str] | None) -> Iterator[dict[str, Any]]:
	lead = doctype("Lead", "lead")
	columns = list(dict.fromkeys((*COLUMNS, *fields)))
	query = Query.from_(lead).select(*(getattr(lead, column) for column in columns))
	for row in host.db.rows(query.where(lead.status.notin(params(OVER)))):
		values = dict(zip(columns, row, strict=True))
		if visible is None or values["name"] in visible:
			yield values


def _members(host: Host) -> set[str]:
	"""Leads that are in a segment in use. Index (segment, left_on, party)."""
	member, segment = doctype("Nurture Segment Member", "m"), doctype("Nurture Segment", "s")
	query = Query.from_(member).join(segment).on(segment.name == member.segment)
	query = query.where(member.left_on.isnull() & (segment.enabled == P(1)))
	return {party for (party,) in host.db.rows(query.select(member.party).distinct())}


def _missing(row: Mapping[str, Any], fields: Sequence[str]) -> tuple[str, ...]:
	return tuple(field for field in fields if row[field] in (None, "", 0))


def _percent(lacks: Sequence[str], fields: Sequence[str]) -> int:
	return 100 - round(100 * len(lacks) / len(fields)) if fields else 100


def _band(percent: int) -> int:
	return next(band for band in BANDS if percent >= band)


def _active_on(row: Mapping[str, Any]) -> datetime:
	"""As in Idle Leads: who came later than the last sign that was brought along is as fresh as the day they came."""
	came = as_datetime(row["creation"])
	return max(came, as_datetime(row["nurture_last_activity_on"] or came))
