"""Conditions that steps ask about the people who stand at them: one query per step, whatever the number of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pypika import Case

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, doctype, params

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


def ask(host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
	"""Fill `batch.answers` with whether the condition of the step of each of `members` holds, and `batch.unanswered`."""
	groups: dict[tuple[str, str], list[Claimed]] = {}
	for one in members:
		groups.setdefault((one.version, one.step), []).append(one)
	enrollment = doctype("Nurture Enrollment", "enrollment")
	scope = lead_scope(host, enrollment=enrollment)
	for (version, label), some in groups.items():
		try:
			condition = conditions.parse(
				batch.definitions[version].step(label).condition, host.catalog, in_sequence=True
			)
		except NurtureError as error:
			batch.unanswered.update({one.name: error for one in some})
			continue
		holds = Case().when(condition.sql(scope), 1).else_(0)
		query = Query.from_(enrollment).join(scope.lead).on(scope.lead.name == enrollment.party)
		query = query.select(enrollment.name, holds).where(
			enrollment.name.isin(params([one.name for one in some]))
		)
		batch.answers.update({name: bool(int(value)) for name, value in host.db.rows(query)})
