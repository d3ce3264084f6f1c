"""What a score is: the sum of the ledger entries that count at a moment. Nothing else is ever added to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pypika import Case
from pypika import functions as fn
from pypika.terms import Term

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, days_between, doctype, params


def sums_query(
	host: Host, parties: Sequence[Any] | None, rule: str | None = None, now: Term | None = None
) -> Any:
	"""(party, fit, engagement) at `now` or this moment, unrounded: the one definition of a score. With `rule`, its part of it."""
	entry = doctype("Nurture Score Entry", "entry")
	now = now or P(host.clock.now())
	worth = points_now(entry, now, host.db.dialect)
	is_fit = entry.score_part == P("Fit")
	query = (
		Query.from_(entry)
		.select(
			entry.party,
			fn.Sum(Case().when(is_fit, worth).else_(0)).as_("fit"),
			fn.Sum(Case().when(is_fit, 0).else_(worth)).as_("engagement"),
		)
		.where(counts_at(entry, now))
		.groupby(entry.party)
	)
	if rule is not None:
		query = query.where(entry.rule == P(rule))
	return query if parties is None else query.where(entry.party.isin(params(parties)))


def points_now(entry: Any, now: Term, dialect: str) -> Term:
	"""What an entry is worth at `now`: full until it expires, or halved every half-life."""
	age = days_between(entry.occurred_on, now, dialect)
	halved = Raw("({} * POWER(0.5, {} / {}))", entry.points, age, entry.half_life_days)
	return Case().when(entry.half_life_days > P(0), halved).else_(entry.points)


def counts_at(entry: Any, now: Term) -> Any:
	"""The criterion that an entry has begun at `now` and not expired."""
	return (entry.occurred_on <= now) & (entry.expires_on.isnull() | (entry.expires_on > now))


def score_at(host: Host, party: str) -> tuple[int, int]:
	"""(fit, engagement) straight from the ledger, as they should stand on the Lead now."""
	for _, fit, engagement in host.db.rows(sums_query(host, [party])):
		return round_half_away(fit), round_half_away(engagement)
	return 0, 0


def rounded(points: Term) -> Term:
	"""Points as they are shown, halves away from zero: of a double some databases round halves to the even side."""
	return Raw("ROUND(CAST(ROUND(COALESCE({}, 0), 6) AS DECIMAL(21, 6)))", points)


def round_half_away(value: Any) -> int:
	"""Rounds as `rounded` does."""
	number = round(float(value or 0), 6)
	return int(abs(number) + 0.5) * (1 if number >= 0 else -1)
