"""Leads that come back: tagged at once, on a usual track again, and compared with all others (RE-08)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.figures.reactivated import Group, compare, difference
from nurture_app.simulator import presets

DAY = timedelta(days=1)


def cold(world, **values):
	steps = [{"step_label": "One"}, {"step_label": "Two", "delay": 20}]
	return world.sequence("Cold", steps, reaction_tag="Reactivated", **values)


def tagged(world, lead):
	return world.row("Lead", lead, "_user_tags")[0] or ""


def state(world, sequence="Cold"):
	return [tuple(row) for row in world.all("Nurture Enrollment", "status", "reason", sequence=sequence)]


def test_a_reply_ends_the_sequence_tags_the_lead_and_starts_what_waits_for_the_tag(world):
	cold(world)
	world.segment("Back", {"tag": "Reactivated"})
	world.sequence("Usual", [{"step_label": "Hello"}], trigger_type="Tag Added", trigger_detail="Reactivated")
	ada, bob = world.lead("ada"), world.lead("bob")
	world.enroll("Cold", ada, bob)
	world.tick()
	world.clock.move_to(world.clock.now() + DAY)
	result = world.record(ada, "Email Reply")
	world.tick()
	assert (result.ended, result.enrolled) == (1, 0)
	assert tagged(world, ada) == ",Reactivated" and tagged(world, bob) == ""
	assert ("Exited", "replied") in state(world)
	assert world.all("Nurture Segment Member", "party", segment="Back") == [(ada,)]
	assert "Usual Hello" in world.sent(ada) and world.sent(bob) == ["Cold One"]
	((enrollment,),) = world.all("Nurture Enrollment", "name", sequence="Cold", party=ada)
	assert world.all("Nurture Activity", "party", "detail", "enrollment", activity_type="Tag Added") == [
		(ada, "Reactivated", enrollment)
	]


@pytest.mark.parametrize(
	("kind", "values", "is_tagged"),
	[
		("Went Live", {}, True),
		("Email Reply", {"on_reply": "Pause"}, True),
		("Email Reply", {"on_reply": "Continue"}, False),
		("Unsubscribe", {}, False),
		("Email Bounced", {}, False),
		("Page View", {}, False),
	],
)
def test_only_a_reply_or_the_goal_is_a_return(world, kind, values, is_tagged):
	cold(world, **values)
	lead = world.lead()
	world.enroll("Cold", lead)
	world.tick()
	world.record(lead, kind)
	world.record(lead, kind)
	assert tagged(world, lead) == (",Reactivated" if is_tagged else "")
	assert len(world.all("Nurture Activity", "name", activity_type="Tag Added")) == int(is_tagged)


def test_a_reply_that_only_the_tick_finds_tags_as_well(world):
	"""As if the handler of the event had failed after the activity was written."""
	cold(world)
	lead = world.lead()
	world.enroll("Cold", lead)
	world.tick()
	world.clock.move_to(world.clock.now() + DAY)
	world.put(
		"Nurture Activity", activity_type="Email Reply", occurred_on=world.clock.now(), party=lead,
		party_type="Lead", classification="human", dedupe_key="x",
	)  # fmt: skip
	world.run_until(world.clock.now() + 25 * DAY)
	assert state(world) == [("Exited", "replied")] and tagged(world, lead) == ",Reactivated"


def test_a_tag_with_a_comma_is_refused(world):
	with pytest.raises(NurtureError) as error:
		world.sequence("Seq", [{"step_label": "One"}], reaction_tag="a,b")
	assert error.value.code == "tag_bad" and "a,b" in str(error.value)


def shipped(world):
	titles = ("Cold Re-Engagement", "After Reactivation", "Value-First Track")
	wanted = presets.read_presets(None, titles)
	wanted = [one for one in wanted if one.doctype != "Nurture Activity Type"]
	presets.install(world.host, world.db, wanted)
	assert set(presets.activate(world.host, wanted)) == set(titles)


@pytest.mark.parametrize("with_sales", [False, True])
def test_who_answers_the_cold_mail_is_back_on_a_usual_track_after_a_week_unless_sales_has_them(
	sqlite_world, with_sales
):
	world = sqlite_world
	shipped(world)
	lead = world.lead()
	world.enroll("Cold Re-Engagement", lead)
	world.run_until(world.clock.now() + 2 * DAY)
	world.record(lead, "Email Reply")
	world.run_until(world.clock.now() + 3 * DAY)
	assert world.sent(lead) == ["Still relevant?"] and tagged(world, lead) == ",Reactivated"
	if with_sales:
		world.record(lead, "Meeting")
	world.run_until(world.clock.now() + 6 * DAY)
	assert state(world, "After Reactivation") == [("Completed", "finished")]
	assert len(state(world, "Value-First Track")) == (0 if with_sales else 1)


# --- beside all others -------------------------------------------------------------------------------------------


def test_both_groups_are_followed_equally_long_and_who_is_too_early_is_not_counted(world):
	start = world.clock.now()
	for name in ("back", "back2", "late"):
		world.lead(name, creation=start - 300 * DAY)
	for name in ("other", "other2", "other3"):
		world.lead(name)
	world.lead("imported", nurture_quarantined=1)
	for name, day in (("back", 1), ("back", 60), ("back2", 2), ("late", 80)):
		world.record(name, "Tag Added", start + day * DAY, detail="Reactivated")
	world.record("other2", "Tag Added", start + DAY, detail="VIP")
	for name, kind, day in (
		("back", "Opportunity Created", -20),  # before
		("back", "Opportunity Created", 20),
		("back", "Became Customer", 30),
		("back2", "Opportunity Created", 60),  # too late
		("other", "Opportunity Created", 10),
		("other", "Opportunity Created", 12),
	):
		world.record(name, kind, start + day * DAY)
	world.clock.move_to(start + 100 * DAY)
	found = compare(world.host, start - DAY, start + 90 * DAY, 50)
	assert found.came_back == Group(2, 1, 1)
	assert found.others == Group(3, 1, 0)
	assert found.too_early == 1
	assert compare(world.host, start - DAY, start + 90 * DAY, 50, "VIP").came_back == Group(1)


def test_a_period_without_anybody(world):
	found = compare(world.host, world.clock.now() - DAY, world.clock.now(), 90)
	assert (found.came_back, found.others, found.too_early) == (Group(), Group(), 0)
	assert found.came_back.bounds("customers") == (0, 100)


def test_a_difference_is_told_only_where_chance_does_not_explain_it():
	"""Newcombe (1998), table II: 56 of 70 against 48 of 80 differ by 5.24 to 33.39 points."""
	low, high = difference(Group(70, 56), Group(80, 48), "opportunities")
	assert (low, high) == (pytest.approx(5.24, abs=0.01), pytest.approx(33.39, abs=0.01))
	low, high = difference(Group(10, 1), Group(1000, 50), "opportunities")
	assert low < 0 < high
