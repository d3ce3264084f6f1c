"""Give or take points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.give_points import GivePoints
from nurture_app.engine.outcome import Outcome, carry_out
from nurture_app.engine.steps.base import CheckContext, StepType, check_choice, check_days

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

MOST_POINTS = 1000


class AddScoreStep(StepType):
	name = "Add Score"
	fields = ("score_points", "score_part", "score_days")

	def check(self, step: Step, context: CheckContext) -> None:
		if not step.score_points or abs(step.score_points) > MOST_POINTS:
			raise NurtureError(
				"score_points_bad", step=step.label, points=step.score_points, limit=MOST_POINTS
			)
		check_choice(step, step.score_part, ("Engagement", "Fit"))
		check_days(step, step.score_days)

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		points = GivePoints(step.score_points, step.score_part, step.score_days)
		return carry_out(one, step, batch, points, detail=f"{step.score_points:+d}")
