"""Imported leads that nobody has checked yet are left alone; released, they catch up (DH-06)."""

from __future__ import annotations

from nurture_app.engine import activities, nightly, segments
from nurture_app.engine.codes import Reason
from tests.world import World

STEPS = [{"step_label": "Hello"}]


def release(world: World, lead: str) -> None:
	with world.db.transaction():
		world.db.update("tabLead", ("name", "nurture_quarantined"), [(lead, 0)])
	activities.leads_changed(world.host, [lead])


def test_nothing_scores_a_lead_in_quarantine(world: World):
	world.rule("Fits", rule_type="Profile", score_part="Fit", points=20, condition=[["city", "=", "Paris"]])
	world.rule("Came", activity_type="Demo Request", points=30)
	lead = world.lead(city="Paris", nurture_quarantined=1)
	other = world.lead(city="Paris")
	activities.leads_changed(world.host, [lead, other])
	world.record(lead, "Demo Request")
	nightly.nightly(world.host)
	assert (world.score(lead), world.stage(lead)) == (0, "")
	assert world.score(other) == 20
	release(world, lead)
	assert (world.score(lead), world.stage(lead)) == (50, "MQL")


def test_nobody_in_quarantine_is_enrolled_by_hand_or_by_a_trigger(world: World):
	world.sequence("By hand", STEPS)
	world.sequence("New leads", STEPS, trigger_type="New Lead")
	world.sequence("Demo", STEPS, trigger_type="Activity", trigger_activity="Demo Request")
	lead = world.lead(nurture_quarantined=1)
	activities.leads_changed(world.host, [lead])
	world.record(lead, "Demo Request")
	nightly.nightly(world.host)
	assert [one.reason for one in world.enroll("By hand", lead)] == [Reason.QUARANTINED]
	assert world.all("Nurture Enrollment", "party") == []
	release(world, lead)
	assert world.all("Nurture Enrollment", "party", "sequence") == [(lead, "New leads")]


def test_segments_take_a_lead_when_it_is_released_and_start_their_sequence(world: World):
	world.segment("Parisians", [["city", "=", "Paris"]])
	world.sequence("Bonjour", STEPS, trigger_type="Segment Entered", trigger_segment="Parisians")
	lead = world.lead(city="Paris", nurture_quarantined=1)
	segments.refresh_all(world.host)
	activities.leads_changed(world.host, [lead])
	assert world.all("Nurture Segment Member", "party") == []
	release(world, lead)
	assert world.all("Nurture Segment Member", "party") == [(lead,)]
	assert world.all("Nurture Enrollment", "party") == [(lead,)]


def test_a_whole_refresh_leaves_out_who_is_in_quarantine_and_keeps_the_others(world: World):
	world.segment("Parisians", [["city", "=", "Paris"]])
	lead, other = world.lead(city="Paris"), world.lead(city="Paris", nurture_quarantined=1)
	assert segments.refresh(world.host, "Parisians").entered == [lead]
	with world.db.transaction():
		world.db.update("tabLead", ("name", "nurture_quarantined"), [(lead, 1), (other, 0)])
	result = segments.refresh(world.host, "Parisians")
	assert (result.entered, result.left, result.members) == ([other], [lead], 1)


def test_throw_away_addresses_get_no_sequence_where_they_are_refused(world: World):
	world.sequence("By hand", STEPS)
	lead = world.lead(nurture_address_kind="Disposable")
	world.settings(block_disposable=1)
	assert [one.reason for one in world.enroll("By hand", lead)] == [Reason.DISPOSABLE_ADDRESS]
	world.settings(block_disposable=0)
	assert [one.reason for one in world.enroll("By hand", lead)] == [""]
