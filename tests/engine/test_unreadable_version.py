"""A version that cannot be read, as after a newer app wrote it, stops its own sequence and no other."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from nurture_app.engine import lifecycle, moving
from nurture_app.engine.enrollments import pausing
from nurture_app.engine.live import live_sequences

DAY = timedelta(days=1)


def of_a_newer_app(text):
	data = json.loads(text)
	data["steps"][0]["a_field_of_tomorrow"] = 1
	return json.dumps(data)


BROKEN = {
	"newer": of_a_newer_app,
	"cut": lambda text: text[:40],
	"list": lambda text: "[]",
	"empty": lambda text: "{}",
}


@pytest.fixture(params=BROKEN)
def broken(request, world):
	"""A lead in a sequence whose version was spoilt, and another sequence with the same trigger."""
	steps = [{"step_label": "Hello"}, {"step_label": "Later", "delay": 3}]
	trigger = {"trigger_type": "Activity", "trigger_activity": "Demo Request"}
	world.sequence("Broken", steps, goal_activity="Meeting", **trigger)
	world.sequence("Whole", steps, **trigger)
	lead = world.lead()
	world.enroll("Broken", lead)
	world.tick()
	((version, text),) = world.all("Nurture Sequence Version", "name", "definition", sequence="Broken")
	with world.db.transaction():
		world.db.update(
			"tabNurture Sequence Version", ("name", "definition"), [(version, BROKEN[request.param](text))]
		)
	return lead


def states(world, sequence):
	return world.all("Nurture Enrollment", "status", "reason", sequence=sequence)


def test_other_sequences_go_on_and_its_own_people_are_held(world, broken):
	other = world.lead()
	world.record(other, "Demo Request")
	world.tick()
	assert world.sent(other) == ["Whole Hello"]
	assert [one.name for one in live_sequences(world.host)] == ["Whole"]
	world.clock.move_to(world.clock.now() + 3 * DAY)
	world.tick()
	assert states(world, "Broken") == [("Held", "step_missing")]
	assert world.sent(other) == ["Whole Hello", "Whole Later"]
	assert world.sent(broken) == ["Broken Hello"]


def test_what_happens_to_its_people_disturbs_nobody(world, broken):
	for kind in ("Meeting", "Email Reply", "Demo Request", "Became Customer"):
		world.record(broken, kind)
	enrollment = world.all("Nurture Enrollment", "name", sequence="Broken")[0][0]
	pausing.pause(world.host, [enrollment], "tester")
	pausing.resume(world.host, [enrollment])
	world.run_until(world.clock.now() + 5 * DAY)
	assert world.sent(broken).count("Broken Later") == 0


def test_activated_anew_it_goes_on_and_its_people_can_be_moved(world, broken):
	lifecycle.activate(world.host, "Broken")
	assert {one.name for one in live_sequences(world.host)} == {"Broken", "Whole"}
	world.clock.move_to(world.clock.now() + 3 * DAY)
	world.tick()
	assert states(world, "Broken") == [("Held", "step_missing")]
	enrollment = world.all("Nurture Enrollment", "name", sequence="Broken")[0][0]
	assert moving.move_to_current(world.host, [enrollment]) == [(enrollment, "")]
	pausing.resume(world.host, [enrollment])
	world.tick()
	assert world.sent(broken)[-1] == "Broken Later"
