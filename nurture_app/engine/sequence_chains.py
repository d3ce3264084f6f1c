"""Sequences that enroll into each other: none may send people round in a circle at once."""

from __future__ import annotations

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host


def check_chains(host: Host, name: str, definition: SequenceDefinition) -> None:
	"""Raise `enroll_into_itself` or `enroll_in_a_circle` for what activating `name` would begin.

	A circle is refused when nobody in it would ever wait: every sequence of it leads to the next without a delay and
	takes people back as soon as they have left.
	"""
	for step in definition.steps:
		if step.step_type == "Enroll" and step.target_sequence == name:
			raise NurtureError("enroll_into_itself", step=step.label)
	definitions = {one.name: one.definition for one in live_sequences(host)} | {name: definition}
	path, seen = [(name, [name])], set()
	while path:
		at, way = path.pop()
		for target in _targets_at_once(definitions.get(at)):
			if target == name and len(way) > 1:
				raise NurtureError("enroll_in_a_circle", path=" → ".join([*way, name]))
			if target not in seen:
				seen.add(target)
				path.append((target, [*way, target]))


def _targets_at_once(definition: SequenceDefinition | None) -> set[str]:
	"""Where somebody who enters is enrolled in the same moment."""
	if definition is None or not definition.steps or definition.reentry != "After It Ended":
		return set()
	found, seen, waiting = set(), set(), [definition.steps[0]]
	while waiting:
		step = waiting.pop()
		if step.label in seen or step.minutes_of_wait or (step.timing == "On Day" and step.day > 1):
			continue
		seen.add(step.label)
		if step.step_type == "Enroll":
			found.add(step.target_sequence)
		waiting += [following for way in step.ways_at_once if (following := definition.step(way))]
	return found
