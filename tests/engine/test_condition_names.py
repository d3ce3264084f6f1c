"""Channels and steps that a condition names are there, or were: a mistyped one is told when it is written."""

from __future__ import annotations

import pytest

from nurture_app.engine import conditions, hand_work, lifecycle
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_names import CHANNELS
from nurture_app.engine.condition_scope import load_known
from nurture_app.engine.definition import SequenceDefinition, definition_from_rows
from nurture_app.simulator.tables import own_doctypes
from tests.world import World


def check(world: World, condition: object) -> None:
	parsed = conditions.parse(condition, world.host.catalog)
	conditions.check_references(parsed, load_known(world.host))


def opened(*steps: str, sequence: str = "Seq") -> dict:
	return {"touches": "opened", "sequence": sequence, "steps": list(steps)}


@pytest.mark.parametrize("channel", ["Email", "website", "WhatsApp", "LinkedIn", "Social", "System"])
def test_a_channel_that_activities_come_by_is_taken(world, channel):
	check(world, {"activity": "Any", "channel": channel})


def test_whatever_we_record_by_is_known():
	"""Kinds of work by hand, and what a type of activity can usually come by."""
	fields = {one["fieldname"]: one for one in own_doctypes()["Nurture Activity Type"].fields}
	usual = filter(None, fields["channel"]["options"].splitlines())
	assert {*hand_work.CHANNELS.values(), *usual} <= set(CHANNELS)


def test_a_mistyped_channel_is_told_with_those_that_are_known(world):
	with pytest.raises(NurtureError, match=r"“Emial”.+Website, Email, Phone") as error:
		check(world, {"all": [["city", "=", "Bonn"], {"activity": "Any", "channel": "Emial"}]})
	assert error.value.code == "condition_unknown_channel"


def test_a_channel_of_another_system_is_known_once_something_came_by_it(world):
	condition = {"activity": "Any", "channel": "Trade Show"}
	with pytest.raises(NurtureError):
		check(world, condition)
	world.record(world.lead(), "Meeting", channel="Trade Show")
	check(world, condition)


def test_a_step_that_a_named_sequence_never_had_is_told_with_those_it_has(world):
	world.sequence("Seq", [{"step_label": "One"}, {"step_label": "Two", "delay": 1}])
	check(world, opened("One", "Two"))
	check(world, opened())
	check(world, opened("Whatever", sequence="Any"))
	with pytest.raises(NurtureError, match=r"“Seq”.+“Tow”.+One, Two") as error:
		check(world, opened("One", "Tow"))
	assert error.value.code == "condition_unknown_step_of"


def test_a_step_of_an_older_version_can_still_be_asked_for(world):
	world.sequence("Seq", [{"step_label": "Old"}])
	with world.db.transaction():
		((name,),) = world.all("Nurture Sequence Step", "name", parent="Seq")
		world.db.update("tabNurture Sequence Step", ("name", "step_label"), [(name, "New")])
	lifecycle.activate(world.host, "Seq")
	check(world, opened("Old", "New"))


def test_a_sequence_may_ask_for_steps_of_its_own_that_are_saved_with_it(world):
	text = world.content("Text")

	def definition(title: str, step: str) -> SequenceDefinition:
		"""As the form has it before it is saved."""
		fork = {
			"step_label": "Fork",
			"step_type": "Branch",
			"condition": opened(step),
			"on_true": "Stop",
			"on_false": "Last",
		}
		mail = {"step_label": "Fresh", "step_type": "Email", "content": text}
		return definition_from_rows(
			{"title": title, "trigger_type": "Manual", "use_default_window": 1},
			[mail, fork, *({"step_label": end, "step_type": "End"} for end in ("Stop", "Last"))],
		)

	lifecycle.check_definition(world.host, definition("Seq", "Fresh"))
	with pytest.raises(NurtureError) as error:
		lifecycle.check_definition(world.host, definition("Seq", "Frehs"))
	assert error.value.code == "condition_unknown_step_of"
