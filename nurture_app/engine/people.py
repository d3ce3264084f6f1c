"""Leads as recipients: the columns the gate, the timetable and the templates read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from nurture_app.engine.consent import Recipient
from nurture_app.engine.ports import Host
from nurture_app.engine.schedule import OfCountry
from nurture_app.engine.sql import P, Query, chunks, doctype, locking, params

if TYPE_CHECKING:
	from nurture_app.engine.config import Settings
	from nurture_app.engine.definition import SequenceDefinition

GATE_COLUMNS = (
	"name",
	"email_id",
	"status",
	"unsubscribed",
	"nurture_time_zone",
	"country",
	"language",
	"lead_name",
	"nurture_quarantined",
	"nurture_address_kind",
)


def load_leads(
	host: Host, parties: Collection[str], extra: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
	"""Rows of `parties` by name with the gate's columns and `extra` ones; one query per thousand."""
	columns = [*GATE_COLUMNS, *(column for column in sorted(set(extra)) if column not in GATE_COLUMNS)]
	lead = doctype("Lead", "lead")
	found = {}
	for names in chunks(sorted(set(parties))):
		query = Query.from_(lead).select(*(getattr(lead, column) for column in columns))
		for row in host.db.rows(query.where(lead.name.isin(params(names)))):
			found[row[0]] = dict(zip(columns, row, strict=True))
	return found


def lock_leads(host: Host, parties: Collection[str]) -> None:
	"""Wait until nobody else writes about these leads, and keep others waiting until the transaction ends.

	To be called first in a transaction: on MariaDB, what is read before shows how things were before the wait.
	"""
	lead = doctype("Lead", "lead")
	for names in chunks(sorted(set(parties))):
		query = Query.from_(lead).select(lead.name).where(lead.name.isin(params(names))).orderby(lead.name)
		host.db.rows(locking(query, host.db.dialect))


def out_of_quarantine(lead: Any) -> Any:
	"""The criterion on a table of leads: imported ones that nobody has checked yet are left alone (DH-06)."""
	return lead.nurture_quarantined == P(0)


def quarantined(host: Host) -> set[str]:
	"""All leads that are left alone so. Index (nurture_quarantined)."""
	lead = doctype("Lead", "lead")
	return set(
		host.db.ids(Query.from_(lead).select(lead.name.as_("id")).where(lead.nurture_quarantined == P(1)))
	)


def recipient_of(row: dict[str, Any]) -> Recipient:
	"""The gate's view of a lead; `row` by column, as databases give them."""
	return Recipient(
		party=row["name"],
		email=row["email_id"] or "",
		status=row["status"] or "",
		unsubscribed=bool(int(row["unsubscribed"] or 0)),
		time_zone=row["nurture_time_zone"] or "",
		country=row["country"] or "",
		language=row["language"] or "",
	)


def load_holidays(
	host: Host, settings: Settings, definitions: Iterable[SequenceDefinition], *, by_country: bool = True
) -> dict[str | OfCountry, frozenset[date]]:
	"""The days of the ERPNext holiday lists of the settings and of sequences, by list.

	Also those of the countries that have one, if the settings say so, unless not `by_country`. One query, or two.
	"""
	day = doctype("Holiday", "h")
	lists = {settings.holiday_list, *(one.holiday_list for one in definitions)}
	found: dict[str | OfCountry, set[date]] = {name: set() for name in lists if name}
	if found:
		query = Query.from_(day).select(day.parent, day.holiday_date)
		for parent, holiday in host.db.rows(query.where(day.parent.isin(params(sorted(found))))):
			found[parent].add(_as_date(holiday))
	if by_country and settings.holidays_by_country:
		chosen = doctype("Nurture Country Holidays", "c")
		query = Query.from_(chosen).left_join(day).on(day.parent == chosen.holiday_list)
		for country, holiday in host.db.rows(query.select(chosen.country, day.holiday_date)):
			days = found.setdefault(OfCountry.called(country), set())
			if holiday:
				days.add(_as_date(holiday))
	return {name: frozenset(days) for name, days in found.items()}


def _as_date(value: date | str) -> date:
	return value if isinstance(value, date) else date.fromisoformat(value[:10])
