"""A running sequence and its edits: the version one entered under stays, gone things hold, and moving is a choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import lifecycle, moving, runner
from nurture_app.engine.sql import P, Query, Table
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.site.testing.step_table import CHANNELS, STEPS, Row
from tests.database_wrappers import WatchedDatabase
from tests.step_table import WorldPlayer
from tests.world import MONDAY, World

DAY = timedelta(days=1)
ROWS = {
	kind: row for row in reversed([*STEPS, *CHANNELS]) for kind in {step["step_type"] for step in row.steps}
}
"""One row of the step table for each kind of step."""


def prepare(player: WorldPlayer, row: Row) -> None:
	for event in row.before:
		player.happen(event)
	for title, (steps, values) in row.others.items():
		player.sequence(title, steps, values)
	player.sequence("Main", row.steps, row.values)


def replace_steps(world: World, sequence: str, steps: list[dict[str, Any]]) -> None:
	table = Table("tabNurture Sequence Step")
	with world.db.transaction():
		world.db.execute(Query.from_(table).delete().where(table.parent == P(sequence)))
	for place, step in enumerate(steps, 1):
		values = {
			"step_type": "Email",
			"timing": "After Previous Step",
			"delay": 0,
			"delay_unit": "Days",
		} | step
		if values["step_type"] == "Email":
			values.setdefault("content", world.content(f"{sequence} {step['step_label']} {world._numbers}"))
		world.put("Nurture Sequence Step", parent=sequence, idx=place, **values)


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_an_edit_changes_nothing_for_who_is_on_the_way(world, kind):
	row = ROWS[kind]
	player = WorldPlayer(world)
	prepare(player, row)
	player._enroll("Main")
	replace_steps(world, "Main", [{"step_label": "Quite another"}])
	world.tick()
	for event in row.events:
		player.happen(event)
	assert len(player.touches()) == len(row.touches)
	assert player.state("Main") == row.end


@pytest.mark.parametrize("kind", sorted(set(ROWS) - {"Wait", "End"}))
def test_what_a_step_refers_to_may_go_and_nobody_else_is_kept_waiting(world, kind):
	row = ROWS[kind]
	player = WorldPlayer(world)
	prepare(player, row)
	world.sequence("Bystander", [{"step_label": "One", "content": world.content("Stays")}])
	bystander = world.lead()
	player._enroll("Main")
	world.enroll("Bystander", bystander)
	for (content,) in world.all("Nurture Content", "name"):
		if content != "Stays":
			world.delete("Nurture Content", content)
	for title in row.others:
		world.delete("Nurture Sequence", title)
	world.empty("Nurture Segment")
	world.tick()
	for event in row.events:
		player.happen(event)
	assert world.sent(bystander) == ["Stays"]
	status, reason = player.state("Main")
	assert status != "Held" or reason in ("content_missing", "waits_for_approval")
	assert status, "it is told where it stands"


def test_every_kind_of_step_is_edited_here():
	assert set(STEP_TYPES) <= set(ROWS)


# --- staying or moving -------------------------------------------------------------------------------------------


def two_versions(world: World) -> tuple[str, str]:
	"""A lead at a step that the new version still has, and one at a step that it has not."""
	world.sequence(
		"Seq", [{"step_label": "Old"}, {"step_label": "Same", "delay": 5}, {"step_label": "Gone", "delay": 5}]
	)
	gone = world.lead(lead_name="Gone Person")
	world.enroll("Seq", gone)
	world.run_until(MONDAY + 8 * DAY)
	here = world.lead()
	world.enroll("Seq", here)
	world.tick()
	replace_steps(
		world,
		"Seq",
		[{"step_label": "Old"}, {"step_label": "Same", "delay": 5}, {"step_label": "New", "delay": 1}],
	)
	lifecycle.activate(world.host, "Seq")
	return here, gone


def test_who_cannot_move_is_told_with_the_step(world):
	here, gone = two_versions(world)
	found = {one.party: (one.step, one.can_move) for one in moving.those_behind(world.host, "Seq")}
	assert found == {here: ("Same", True), gone: ("Gone", False)}
	fresh = world.lead()
	world.enroll("Seq", fresh)
	assert fresh not in {one.party for one in moving.those_behind(world.host, "Seq")}


def test_who_moves_goes_on_by_the_new_version_and_who_stays_by_the_old(world):
	here, gone = two_versions(world)
	names = [one.enrollment for one in moving.those_behind(world.host, "Seq")]
	results = dict(moving.move_to_current(world.host, names))
	assert sorted(results.values()) == ["", "step_missing"]
	world.run_until(MONDAY + 30 * DAY)
	steps = {
		lead: [step for _, step in sorted(world.all("Nurture Touch", "visit", "step", party=lead))]
		for lead in (here, gone)
	}
	assert steps == {here: ["Old", "Same", "New"], gone: ["Old", "Same", "Gone"]}


def test_who_has_ended_is_not_moved(world):
	two_versions(world)
	world.run_until(MONDAY + 40 * DAY)
	names = [name for (name,) in world.all("Nurture Enrollment", "name")]
	assert moving.move_to_current(world.host, names) == []


@pytest.mark.parametrize("at", range(28))
def test_a_move_during_a_tick_is_not_overwritten_by_it(mariadb_world, at):
	"""Somebody moves the lead before any single call of the tick that carries out its step."""
	world = mariadb_world
	here, _ = two_versions(world)
	(name,) = (n for n, p in world.all("Nurture Enrollment", "name", "party") if p == here)
	((current,),) = world.all("Nurture Sequence", "current_version")
	other = world.db.another("o-", wait=False)
	done: list[str] = []

	def meanwhile(number: int, _: str) -> None:
		if number < at or done:
			return
		try:
			done.extend(
				refusal or "moved"
				for _, refusal in moving.move_to_current(replace(world.host, db=other), [name])
			)
		except Exception as error:
			if not isinstance(error, world.db.retryable):
				raise

	world.clock.move_to(world.clock.now() + 7 * DAY)
	runner.tick(replace(world.host, db=WatchedDatabase(world.db, meanwhile)), "w")
	other.close()
	world.tick()
	world.run_until(world.clock.now() + 8 * DAY)
	steps = [step for _, step in sorted(world.all("Nurture Touch", "visit", "step", party=here))]
	moved = done == ["moved"]
	assert steps == ["Old", "Same", "New" if moved else "Gone"]
	assert (world.row("Nurture Enrollment", name, "version") == (current,)) == moved
	assert len(world.sent(here)) == 3, "and nothing went out twice"


def test_who_waits_is_looked_at_anew_in_the_new_version(world):
	wait = {"step_label": "Wait", "step_type": "Wait Until", "wait_activity": "Page View", "timeout": 30}
	world.sequence("Seq", [wait, {"step_label": "Mail"}])
	lead = world.lead()
	world.enroll("Seq", lead)
	world.tick()
	replace_steps(world, "Seq", [wait | {"wait_activity": "Email Click"}, {"step_label": "Mail"}])
	lifecycle.activate(world.host, "Seq")
	moving.move_to_current(world.host, [name for (name,) in world.all("Nurture Enrollment", "name")])
	world.clock.move_to(MONDAY + DAY)
	world.record(lead, "Page View")
	world.tick()
	assert world.sent(lead) == []
	world.record(lead, "Email Click")
	world.tick()
	assert len(world.sent(lead)) == 1
