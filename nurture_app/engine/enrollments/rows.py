"""Reading the live rows of people in sequences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, chunks, doctype, locking, params

if TYPE_CHECKING:
	from nurture_app.engine.batch import Claimed

MOST_AT_ONCE = 500
"""How many people one transaction takes."""
LIVE_COLUMNS = (
	"name",
	"sequence",
	"version",
	"party",
	"status",
	"step",
	"enrolled_on",
	"anchor_on",
	"nominal_on",
	"stopped_on",
	"reason",
	"address",
	"yields_to",
)


def load_live_of(host: Host, people: Iterable[Claimed]) -> list[dict[str, Any]]:
	"""`load_live` of the leads and of the addresses of `people`; some rows twice."""
	some = list(people)
	addresses = {one.address for one in some if one.address}
	return load_live(host, "party", {one.party for one in some}) + load_live(host, "address", addresses)


def load_live(host: Host, column: str, values: Collection[str]) -> list[dict[str, Any]]:
	"""Live enrollments by name, party, address or sequence, locked against the tick.

	Compared once more here, for databases take info@müller.example and info@muller.example for one.
	"""
	enrollment = doctype("Nurture Enrollment", "e")
	found, wanted = [], set(values)
	for some in chunks(sorted(wanted)):
		query = Query.from_(enrollment).select(*(getattr(enrollment, name) for name in LIVE_COLUMNS))
		query = query.where(getattr(enrollment, column).isin(params(some)))
		query = query.where(enrollment.status.isin(params([str(status) for status in LIVE_STATUSES])))
		rows = host.db.rows(locking(query.orderby(enrollment.name), host.db.dialect))
		found += [dict(zip(LIVE_COLUMNS, row, strict=True)) for row in rows]
	return [row for row in found if row[column] in wanted]
