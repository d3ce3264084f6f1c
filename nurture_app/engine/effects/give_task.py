"""A piece of work for a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.effects.base import Effect
from nurture_app.engine.lines import render_line
from nurture_app.engine.ports import Delivery, Host, Task

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome


@dataclass(frozen=True, slots=True)
class GiveTask(Effect):
	changes_leads: ClassVar[bool] = True  # the assignment stands on the lead

	text: str
	"""A template until it is prepared, plain text after that."""
	assign_to: str
	"""A user, or empty for the owner of the lead."""
	due_days: int
	kind: str = "To Do"
	number: str = ""
	"""To call, as it stands on the lead."""
	said: str = ""
	"""What to write or say: a template until it is prepared."""
	needs: tuple[str, ...] = ()
	profile: str = ""
	step: str = ""

	def prepare(self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]) -> GiveTask:
		text = render_line(self.text, values)
		if self.kind not in ("To Do", "Other"):
			text = f"{self.kind}: {text}"
		said = render_line(self.said, values) if self.said.strip() else ""
		return replace(self, text=f"{text}\n{self.number}" if self.number else text, said=said)

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		tasks = [
			replace(
				task_of(outcome, batch, effect.text, effect.assign_to, effect.due_days),
				kind=effect.kind,
				step=effect.step,
				text=effect.said,
				needs=effect.needs,
				profile=effect.profile,
			)
			for outcome, effect in found
		]
		return host.channels["Task"].deliver(tasks)


def task_of(outcome: Outcome, batch: Batch, text: str, assign_to: str = "", due_days: int = 1) -> Task:
	"""For `assign_to`, or the owner of the lead."""
	party = outcome.claimed.party
	return Task(
		touch=outcome.touch,
		party=party,
		description=text,
		assign_to=assign_to or batch.leads[party].get("lead_owner") or "",
		due_on=(batch.now + timedelta(days=due_days)).date(),
	)
