"""The preview of an enrollment says what enrolling then does, lead by lead, and writes nothing."""

from __future__ import annotations

from dataclasses import replace

from nurture_app.engine import optout
from nurture_app.engine.enroll_preview import preview, unmet_parts
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE
from nurture_app.engine.live import live_sequences
from tests.database_wrappers import WatchedDatabase

CONDITION = [["status", "=", "Interested"], {"stage": "MQL"}]


def scene(world) -> list[str]:
	"""One lead for each thing that can become of it."""
	world.sequence("Seq", [{"step_label": "One"}], condition=CONDITION)
	fitting = {"status": "Interested", "nurture_stage": "MQL"}
	world.lead("enters", **fitting)
	world.lead("same-address", email_id="enters@example.com", **fitting)
	world.lead("no-consent", consent=False, **fitting)
	world.lead("unsubscribed", **fitting)
	optout.unsubscribe(world.host, "unsubscribed@example.com", "test")
	world.lead("quarantined", nurture_quarantined=1, **fitting)
	world.lead("no-fit", status="Open", nurture_stage="MQL")
	world.lead("no-fit-at-all", status="Open")
	world.lead("inside", **fitting)
	world.enroll("Seq", "inside")
	return [
		"enters",
		"same-address",
		"no-consent",
		"unsubscribed",
		"quarantined",
		"no-fit",
		"no-fit-at-all",
		"inside",
		"gone",
		"enters",
	]


def test_the_preview_says_what_enrolling_then_does_and_writes_nothing(world):
	parties = scene(world)
	before = world.all("Nurture Enrollment", "name")
	found = preview(world.host, "Seq", parties)
	assert world.all("Nurture Enrollment", "name") == before
	assert found.entering == ["enters"]
	assert found.refused == {
		"address_enrolled": ["same-address"],
		"no_consent": ["no-consent"],
		"unsubscribed": ["unsubscribed"],
		"quarantined": ["quarantined"],
		"not_matching": ["no-fit", "no-fit-at-all"],
		"already_enrolled": ["inside"],
		"party_missing": ["gone"],
	}
	outcomes = world.enroll("Seq", *parties)
	assert [one.party for one in outcomes if one.enrollment] == found.entering
	assert {one.party: str(one.reason) for one in outcomes if one.reason} == {
		party: reason for reason, theirs in found.refused.items() for party in theirs
	}


def test_the_parts_of_the_condition_a_lead_does_not_meet_are_named(world):
	scene(world)
	(live,) = live_sequences(world.host)
	found = unmet_parts(world.host, live.definition, ["no-fit", "no-fit-at-all"])
	assert found == {
		"no-fit": ["Status is Interested"],
		"no-fit-at-all": ["Status is Interested", "stage is MQL"],
	}


def test_a_sequence_that_is_not_active_takes_nobody(world):
	world.lead("ann")
	world.sequence("Seq", [{"step_label": "One"}], activate=False)
	assert preview(world.host, "Seq", ["ann"]).refused == {"not_active": ["ann"]}


def test_two_leads_of_one_address_in_different_batches_are_still_one_person(sqlite_world):
	world = sqlite_world
	world.sequence("Seq", [{"step_label": "One"}])
	world.lead("first")
	world.lead("last", email_id="first@example.com")
	parties = ["first", *(f"none-{number}" for number in range(MOST_AT_ONCE)), "last"]
	found = preview(world.host, "Seq", parties)
	assert (found.entering, found.refused["address_enrolled"]) == (["first"], ["last"])


def test_a_preview_takes_as_many_queries_for_one_lead_as_for_many(sqlite_world):
	world = sqlite_world
	world.sequence("Seq", [{"step_label": "One"}], condition=CONDITION)

	def calls(number: int) -> int:
		watched = WatchedDatabase(world.db)
		preview(replace(world.host, db=watched), "Seq", [world.lead() for _ in range(number)])
		return watched.calls

	assert calls(300) == calls(3)
