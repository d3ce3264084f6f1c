"""Questions that are asked of one lead again and again, written as SQL once.

For a single lead, writing the SQL of all segments or profile rules took longer than the database needs to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from nurture_app.engine.condition_scope import Scope, lead_scope
from nurture_app.engine.ports import Host, Row
from nurture_app.engine.sql import Ago, Written, render

Build = Callable[[Scope, Sequence[Any] | None], Any]
"""Makes the query about some leads; None: about all."""
THE_LEAD = object()
"""Stands for the lead that is asked about."""


@dataclass(frozen=True, slots=True)
class Question:
	"""A query about one lead. `day` is the day on which its timespans ("this week") were worked out."""

	sql: str
	values: Mapping[str, Any]
	day: date

	def about(self, lead: str, now: datetime) -> Written:
		"""The query to ask of `lead` at `now`: naive, in the host's zone."""
		return Written(self.sql, {name: _present(value, lead, now) for name, value in self.values.items()})


class Questions:
	"""What was asked already about one state of the set-up; remembered together with it, and forgotten with it."""

	def __init__(self) -> None:
		self._kept: dict[str, Question] = {}

	def ask(self, host: Host, what: str, parties: Sequence[str] | None, build: Build) -> list[Row]:
		"""The rows of `build(scope, parties)`; the same `what` always stands for the same query."""
		if parties is None or len(parties) != 1:
			return host.db.rows(build(lead_scope(host), parties))
		now = host.clock.now()
		question = self._kept.get(what)
		if question is None or question.day != now.date():
			question = self._kept[what] = _prepare(host, build)
		return host.db.rows(question.about(parties[0], now))


def _prepare(host: Host, build: Build) -> Question:
	scope = replace(lead_scope(host), is_prepared=True)
	sql, values = render(build(scope, [THE_LEAD]), scope.dialect)
	return Question(sql, values, scope.now.date())


def _present(value: Any, lead: str, now: datetime) -> Any:
	if type(value) is Ago:
		return now - timedelta(days=value.days)
	return lead if value is THE_LEAD else value
