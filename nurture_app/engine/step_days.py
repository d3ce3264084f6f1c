"""On which day of a sequence its steps come. Pure."""

from __future__ import annotations

from nurture_app.engine.definition import MINUTES, SequenceDefinition, Step


def days_of_steps(definition: SequenceDefinition, *, time_outs: bool = True) -> dict[str, float]:
	"""By step that can be reached, days from entering to it on the longest way, no step twice.

	A wait for something counts with its time-out, or, without `time_outs`, as if that happened at once.
	"""
	best: dict[str, float] = {}
	if not definition.steps:
		return best
	waiting: list[tuple[str, float, frozenset[str]]] = [(definition.steps[0].label, 0.0, frozenset())]
	while waiting:
		label, before, path = waiting.pop()
		step = definition.step(label)
		if step is None or label in path:
			continue
		begins = float(max(step.day - 1, before)) if step.timing == "On Day" else before + _wait(step)
		if begins <= best.get(label, -1.0):
			continue  # reached later on another way, so nothing longer follows from here
		best[label] = begins
		after = begins + (_time_out(step) if time_outs else 0)
		waiting += [(way, after, path | {label}) for way in step.ways]
	return best


def days_to_first_word(definition: SequenceDefinition) -> float | None:
	"""From entering to the first message or task, as the steps stand one below the other; None without any."""
	days = 0.0
	for step in definition.steps:
		days = max(days, step.day - 1.0) if step.timing == "On Day" else days + _wait(step)
		if step.is_message or step.step_type == "Task":
			return days
	return None


def steps_after(definition: SequenceDefinition, label: str) -> set[str]:
	"""Labels of the steps that somebody may still come to after this one."""
	found: set[str] = set()
	step = definition.step(label)
	waiting = list(step.ways) if step else []
	while waiting:
		step = definition.step(waiting.pop())
		if step and step.label not in found:
			found.add(step.label)
			waiting += step.ways
	return found


def _wait(step: Step) -> float:
	return step.minutes_of_wait / MINUTES["Days"]


def _time_out(step: Step) -> float:
	if step.step_type != "Wait Until":
		return 0
	return step.timeout * MINUTES.get(step.timeout_unit, 0) / MINUTES["Days"]
