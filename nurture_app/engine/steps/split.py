"""One of several ways, by chance: the same way for the same person, however often they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType
from nurture_app.engine.sticky import pick

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

MOST_WAYS = 10
GREATEST_WEIGHT = 1000


class SplitStep(StepType):
	name = "Split"
	fields = ("split_ways",)

	def check(self, step: Step, context: CheckContext) -> None:
		ways = step.split_ways
		if not isinstance(ways, list) or not 2 <= len(ways) <= MOST_WAYS:
			raise NurtureError("split_without_ways", step=step.label, limit=MOST_WAYS)
		names = [_checked_name(step, way, row) for row, way in enumerate(ways, 1)]
		for name in names:
			if sum(1 for other in names if other.casefold() == name.casefold()) > 1:
				raise NurtureError("split_way_twice", step=step.label, way=name)
		if len(set(step.ways)) == 1:
			raise NurtureError("split_goes_one_way", step=step.label)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		person = one.address or one.party
		way = step.split_ways[
			pick([way["weight"] for way in step.split_ways], one.sequence, step.label, person)
		]
		outcome = carry_out(one, step, batch, to=way.get("to") or step.next, detail=way["name"])
		outcome.noted |= batch.trials.noted_way(one, way["name"])
		return outcome


def _checked_name(step: Step, way: Any, row: int) -> str:
	if not isinstance(way, dict) or not isinstance(way.get("to") or "", str):
		raise NurtureError("split_way_bad", step=step.label, row=row)
	name, weight = way.get("name"), way.get("weight")
	if not isinstance(name, str) or not name.strip() or len(name) > 60:
		raise NurtureError("split_way_without_name", step=step.label, row=row)
	if isinstance(weight, bool) or not isinstance(weight, int) or not 1 <= weight <= GREATEST_WEIGHT:
		raise NurtureError(
			"split_bad_weight", step=step.label, way=name, weight=weight, limit=GREATEST_WEIGHT
		)
	return name.strip()
