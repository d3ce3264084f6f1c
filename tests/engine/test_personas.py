"""Leads get the persona whose condition they meet, unless somebody chose another one."""

from __future__ import annotations

import pytest

from nurture_app.engine import activities, nightly, personas
from tests.world import World

BOSS = ["job_title", "like", "Chief%"]
SOFTWARE = ["industry", "=", "Software"]


def persona(world: World, title: str, condition: object, **values: object) -> str:
	return world.put("Nurture Persona", title, title=title, condition=condition, **{"enabled": 1, **values})


def persona_of(world: World, lead: str) -> str | None:
	return world.row("Lead", lead, "nurture_persona")[0]


def assign(world: World) -> int:
	with world.db.transaction():
		return personas.assign(world.host)


def test_the_persona_with_the_highest_priority_that_fits_is_taken(world):
	persona(world, "Anybody in Software", SOFTWARE, priority=1)
	persona(world, "Boss", BOSS, priority=5)
	both = world.lead(job_title="Chief Baker", industry="Software")
	one = world.lead(job_title="Baker", industry="Software")
	none = world.lead(job_title="Baker", industry="Food")
	assert assign(world) == 2
	assert [persona_of(world, lead) for lead in (both, one, none)] == ["Boss", "Anybody in Software", None]
	assert assign(world) == 0, "nothing is written where nothing changes"


def test_equal_priorities_are_settled_by_name(world):
	persona(world, "Zoe", SOFTWARE)
	persona(world, "Adam", SOFTWARE)
	lead = world.lead(industry="Software")
	assign(world)
	assert persona_of(world, lead) == "Adam"


def test_what_somebody_chose_by_hand_stays(world):
	persona(world, "Boss", BOSS)
	chosen = world.lead(job_title="Chief Baker", nurture_persona="Friend", nurture_persona_by_hand=1)
	assign(world)
	activities.leads_changed(world.host, [chosen])
	assert persona_of(world, chosen) == "Friend"


def test_a_lead_that_changes_gets_another_persona_at_once(world):
	persona(world, "Boss", BOSS)
	lead = world.lead(job_title="Chief Baker")
	activities.leads_changed(world.host, [lead])
	assert persona_of(world, lead) == "Boss"
	with world.db.transaction():
		world.db.update("tabLead", ("name", "job_title"), [(lead, "Baker")])
	activities.leads_changed(world.host, [lead])
	assert persona_of(world, lead) is None


def test_what_people_do_can_change_their_persona(world):
	persona(world, "Visitor", {"activity": "Pricing Page View"})
	lead = world.lead()
	world.record(lead, "Content Download")
	assert persona_of(world, lead) is None
	world.record(lead, "Pricing Page View")
	assert persona_of(world, lead) == "Visitor"


def test_a_persona_switched_off_is_taken_away_at_night(world):
	persona(world, "Boss", BOSS)
	lead = world.lead(job_title="Chief Baker")
	assign(world)
	with world.db.transaction():
		world.db.update("tabNurture Persona", ("name", "enabled"), [("Boss", 0)])
	nightly.nightly(world.host)
	assert persona_of(world, lead) is None


def test_segments_see_the_persona_of_the_same_night(world):
	persona(world, "Boss", BOSS)
	world.segment("Bosses", ["nurture_persona", "=", "Boss"])
	lead = world.lead(job_title="Chief Baker")
	nightly.nightly(world.host)
	assert world.all("Nurture Segment Member", "party", segment="Bosses") == [(lead,)]


@pytest.mark.parametrize("condition", ["{broken", [["no_such_field", "=", "x"]], None])
def test_a_persona_without_a_condition_that_can_be_read_is_given_to_nobody(world, condition):
	persona(world, "Broken", condition)
	lead = world.lead(job_title="Chief Baker")
	assert assign(world) == 0
	assert persona_of(world, lead) is None
