"""A lead is of the first type in whose segment it is, at once, unless somebody chose another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine import activities, conditions, nightly, segments
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.given_by_segments import TYPES, assign
from tests.database_wrappers import WatchedDatabase
from tests.world import World

SOFTWARE = ["industry", "=", "Software"]
DEMO = {"activity": "Demo Request", "within_days": 30}


def lead_type(world: World, title: str, position: int, of: str, **values: object) -> str:
	row = {"title": title, "position": position, "segment": of, "enabled": 1, **values}
	return world.put("Nurture Lead Type", title, **row)


def type_of(world: World, lead: str) -> str | None:
	return world.row("Lead", lead, "nurture_type")[0]


@pytest.fixture
def types(world):
	"""Hot comes before Warm, Warm before Cold."""
	for position, (title, condition) in enumerate(
		{"Hot": DEMO, "Warm": SOFTWARE, "Cold": {"not": {"activity": "Any"}}}.items(), 1
	):
		lead_type(world, title, position, world.segment(f"Is {title}", condition))
	return world


def look(world: World, *leads: str) -> None:
	activities.leads_changed(world.host, leads)


def test_the_first_type_by_position_is_taken_and_dated(types):
	both, one, none = (
		types.lead(industry="Software"),
		types.lead(industry="Food"),
		types.lead(industry="Food"),
	)
	types.record(none, "Page View")
	look(types, both, one, none)
	assert [type_of(types, lead) for lead in (both, one, none)] == ["Warm", "Cold", None]
	assert types.row("Lead", both, "nurture_type_since")[0] is not None


def test_the_type_follows_what_happens_at_once(types):
	lead = types.lead(industry="Food")
	look(types, lead)
	types.record(lead, "Demo Request")
	assert type_of(types, lead) == "Hot"


def test_and_what_only_time_changes_in_the_night(types):
	lead = types.lead(industry="Food")
	look(types, lead)
	types.record(lead, "Demo Request")
	types.clock.move_to(types.clock.now() + timedelta(days=31))
	nightly.nightly(types.host)
	assert type_of(types, lead) is None


def test_what_somebody_chose_by_hand_stays_until_they_take_it_back(types):
	lead = types.lead(industry="Software", nurture_type="Cold", nurture_type_by_hand=1)
	look(types, lead)
	types.record(lead, "Demo Request")
	nightly.nightly(types.host)
	assert type_of(types, lead) == "Cold"
	with types.db.transaction():
		types.db.update("tabLead", ("name", "nurture_type_by_hand"), [(lead, 0)])
	look(types, lead)
	assert type_of(types, lead) == "Hot"


def test_a_segment_by_hand_gives_its_type_at_once(world):
	world.put("Nurture Segment", "Partners", title="Partners", enabled=1, segment_type="Static")
	lead_type(world, "Partner", 1, "Partners")
	lead = world.lead()
	segments.add_members(world.host, "Partners", [lead])
	assert type_of(world, lead) == "Partner"
	segments.remove_members(world.host, "Partners", [lead])
	assert type_of(world, lead) is None


def test_types_nobody_uses_any_more_are_taken_away(types):
	lead = types.lead(industry="Software")
	look(types, lead)
	for title in ("Hot", "Warm", "Cold"):
		types.delete("Nurture Lead Type", title)
	with types.db.transaction():
		assert len(assign(types.host, TYPES)) == 1
	assert type_of(types, lead) is None


def test_a_segment_that_asks_for_the_type_follows_it_at_once(types):
	types.segment("A warm ones", ["nurture_type", "=", "Warm"])  # before those of the types by its name
	lead = types.lead(industry="Software")
	look(types, lead)
	assert segments.members_of(types.host, "A warm ones") == {lead}
	types.record(lead, "Demo Request")
	assert segments.members_of(types.host, "A warm ones") == set()
	other = types.lead(industry="Software")
	segments.refresh_all(types.host)
	assert segments.members_of(types.host, "A warm ones") == {other}


def test_a_type_may_not_go_by_a_segment_that_asks_for_the_type(types):
	asks = conditions.parse(["nurture_type", "=", "Warm"], types.host.catalog)
	with pytest.raises(NurtureError, match="touch tiers go by segments"):
		segments.check_cycle(types.host, "Is Warm", asks)
	types.segment("Asks", ["nurture_type", "=", "Warm"])
	by_way = conditions.parse({"segment": "Asks"}, types.host.catalog)
	with pytest.raises(NurtureError, match="touch tiers go by segments"):
		segments.check_cycle(types.host, "New one", by_way, TYPES)
	segments.check_cycle(types.host, "New one", by_way)


def test_many_cost_no_more_queries_than_few(types):
	def queries(count: int) -> int:
		leads = [types.lead(industry="Software") for _ in range(count)]
		watched = WatchedDatabase(types.db)
		activities.leads_changed(replace(types.host, db=watched), leads)
		return watched.calls

	queries(2)
	assert queries(30) == queries(2)


def test_leads_in_quarantine_get_no_type(types):
	lead = types.lead(industry="Software", nurture_quarantined=1)
	look(types, lead)
	assert type_of(types, lead) is None
