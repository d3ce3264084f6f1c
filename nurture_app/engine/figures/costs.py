"""What sources, campaigns and sequences cost in a span of time (AT-10, KM-10, KM-36, RQ-12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

KINDS = ("Source", "Campaign", "Sequence")
"""What money is spent on: ways to group attribution by."""


def costs(
	host: Host, start: datetime, end: datetime, kind: str, companies: Collection[str]
) -> dict[str, float]:
	"""By name, what `kind` (of `KINDS`) cost `companies` from the day of `start` to that of `end`, both included.

	What was spent over more days than these counts by the day. Names are those of whoever wrote the cost down first; they
	are one whatever their case. One query.
	"""
	cost = doctype("Nurture Cost", "c")
	query = Query.from_(cost).select(cost.spent_on, cost.from_date, cost.to_date, cost.amount)
	query = query.where((cost.kind == P(kind)) & cost.company.isin(params(companies)))
	query = query.where((cost.from_date <= P(end.date())) & (cost.to_date >= P(start.date())))
	sums: dict[str, float] = {}
	names: dict[str, str] = {}
	for name, first, last, amount in host.db.rows(query.orderby(cost.creation).orderby(cost.name)):
		name = names.setdefault(key_of(name), name)
		share = _share(_day(first), _day(last), start.date(), end.date())
		sums[name] = sums.get(name, 0.0) + share * float(amount or 0)
	return sums


def key_of(name: str) -> str:
	"""What is one name: people type them by hand."""
	return " ".join(name.split()).casefold()


def _share(first: date, last: date, start: date, end: date) -> float:
	inside = (min(last, end) - max(first, start)).days + 1
	return inside / ((last - first).days + 1)


def _day(value: Any) -> date:
	return date.fromisoformat(str(value)[:10])
