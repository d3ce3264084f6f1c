"""What a lead read, took or asked about decides what it is written about next (PZ-05, PZ-14, CM-09)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import activities, conditions, segments
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import load_known
from nurture_app.simulator.tables import lead_catalog
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_library import asset, block, send
from tests.world import MONDAY, World

INTERESTS = ("nurture_first_interest", "nurture_last_interest")


def interests(world: World, lead: str) -> tuple[Any, ...]:
	return world.row("Lead", lead, *INTERESTS)


def test_the_last_topic_follows_what_was_taken_and_the_first_stays(world):
	asset(world, "guide", topic="Hiring")
	asset(world, "scorecard", topic="Payroll")
	asset(world, "other")
	lead = world.lead()
	world.record(lead, "Content Download", detail="Guide")
	assert interests(world, lead) == ("Hiring", "Hiring")
	world.clock.move_to(MONDAY + timedelta(days=1))
	world.record(lead, "Content Download", detail="scorecard")
	world.record(lead, "Content Download", detail="Other")
	world.record(lead, "Page View", detail="/guide")
	assert interests(world, lead) == ("Hiring", "Payroll")


def test_what_is_reported_late_does_not_take_the_place_of_what_came_after(world):
	asset(world, "guide", topic="Hiring")
	asset(world, "scorecard", topic="Payroll")
	lead = world.lead()
	world.record(lead, "Content Download", detail="Guide")
	world.record(lead, "Content Download", MONDAY - timedelta(days=3), detail="Scorecard")
	assert interests(world, lead) == ("Hiring", "Hiring")


def test_pages_forms_and_clicks_tell_topics_too(world):
	asset(world, "guide", topic="Hiring")
	version = {"version_of": "Guide", "language": "de", "url": "https://shop.example/leitfaden"}
	asset(world, "leitfaden", **version)
	world.put(
		"Nurture Page Category", "Blog", title="Blog", enabled=1, pattern="/pay/*", activity_type="Page View",
		topic="Payroll",
	)  # fmt: skip
	lead = world.lead()
	world.record(lead, "Page View", detail="/pay/slips")
	assert interests(world, lead) == ("Payroll", "Payroll")
	world.record(
		lead, "Form Submitted", MONDAY + timedelta(minutes=1), properties=json.dumps({"interest": "Tax"})
	)
	assert interests(world, lead)[1] == "Tax"
	link = "https://shop.example/leitfaden"
	world.record(lead, "Email Click", MONDAY + timedelta(minutes=2), detail=link)
	assert interests(world, lead)[1] == "Hiring"


def test_a_machine_has_no_interests_and_what_turns_out_to_be_one_takes_its_topic_back(world):
	asset(world, "guide", topic="Hiring")
	asset(world, "scorecard", topic="Payroll")
	lead = world.lead()
	world.record(lead, "Content Download", detail="Guide")
	click = {"detail": "https://shop.example/scorecard"}
	later = MONDAY + timedelta(minutes=5)
	world.record(lead, "Email Click", later, classification="machine", **click)
	assert interests(world, lead)[1] == "Hiring"
	((name,),) = world.all("Nurture Activity", "name", activity_type="Email Click")
	activities.reclassify(world.host, [name], "human")
	assert interests(world, lead)[1] == "Payroll"
	activities.reclassify(world.host, [name], "machine")
	assert interests(world, lead)[1] == "Hiring"


def test_the_next_mail_is_about_the_topic_with_one_thing_to_do(world):
	for topic in ("Hiring", "Payroll"):
		asset(world, f"{topic.lower()}_checklist", topic=topic)
	block(
		world,
		"next_step",
		*(
			{
				"label": topic,
				"condition": [["nurture_last_interest", "=", topic]],
				"asset": f"{topic}_Checklist",
			}
			for topic in ("Hiring", "Payroll")
		),
		text="<p>Next: {{ asset.title }}</p>",
		default_asset=asset(world, "overview"),
	)
	hiring, payroll, nobody = world.lead(), world.lead(), world.lead()
	world.record(hiring, "Content Download", detail="Hiring_Checklist")
	world.record(payroll, "Content Download", detail="Payroll_Checklist")
	body = "<p>On {{ lead.nurture_last_interest | default('your work') }}:</p><p>{{ block.next_step }}</p>"
	send(world, body, hiring, payroll, nobody)
	mails = {one.party: one.html for one in world.outbox.messages}
	assert "On Hiring:" in mails[hiring] and "Hiring_Checklist" in mails[hiring]
	assert "On Payroll:" in mails[payroll] and "Payroll_Checklist" in mails[payroll]
	assert "On your work:" in mails[nobody] and "Next: Overview" in mails[nobody]


def test_a_segment_follows_the_topic_at_once(world):
	asset(world, "guide", topic="Hiring")
	world.segment("Hirers", [["nurture_last_interest", "=", "hiring"]])
	lead = world.lead()
	world.record(lead, "Content Download", detail="Guide")
	assert world.all("Nurture Segment Member", "party", segment="Hirers") == [(lead,)]


class Remembers:
	"""A memory as a site's."""

	def __init__(self) -> None:
		self.kept: dict[str, Any] = {}

	def remembered(self, what: str, read: Any) -> Any:
		if what not in self.kept:
			self.kept[what] = read()
		return self.kept[what]


def test_a_topic_costs_two_statements_for_any_number_of_leads_and_none_where_there_is_none(world):
	asset(world, "guide", topic="Hiring")
	asset(world, "other")
	memory = Remembers()

	def statements(detail: str, leads: int) -> int:
		done = [
			activities.ActivityIn(world.lead(), "Content Download", MONDAY, detail=detail)
			for _ in range(leads)
		]
		watched = WatchedDatabase(world.db)
		activities.record(replace(world.host, db=watched, memory=memory), done)
		return watched.calls

	statements("Guide", 1)  # what is remembered is read
	plain = statements("Other", 20)
	assert plain == statements("Other", 1)
	assert statements("Guide", 1) == statements("Guide", 20) == plain + 2


# --- has had an asset -----------------------------------------------------------------------------------------------------


def holds(world: World, lead: str, condition: Any) -> bool:
	both = conditions.parse([["name", "=", lead], condition], lead_catalog())
	return segments.matching_count(world.host, both) == 1


@pytest.mark.parametrize(
	("how", "sent", "clicked", "downloaded"),
	[("had", True, True, True), ("sent", True, True, False), ("took", False, True, True)],
)
def test_a_condition_asks_who_has_had_an_asset(world, how, sent, clicked, downloaded):
	asset(world, "guide")
	asset(world, "leitfaden", version_of="Guide", language="de")
	asset(world, "other")
	got_mail, follows_it, takes_it, has_other = (world.lead() for _ in range(4))
	send(world, '<p><a href="{{ assets.guide.url }}">x</a></p>', got_mail, follows_it)
	world.record(follows_it, "Email Click", detail="https://shop.example/guide")
	world.record(takes_it, "Content Download", detail="Leitfaden")
	world.record(takes_it, "Content Download", detail="Leitfaden", classification="machine")
	world.record(has_other, "Content Download", detail="Other")
	leaf = {"asset": "Guide", "how": how}
	found = [holds(world, lead, leaf) for lead in (got_mail, follows_it, takes_it, has_other)]
	assert found == [sent, clicked, downloaded, False]
	world.clock.move_to(MONDAY + timedelta(days=40))
	assert not any(
		holds(world, lead, {**leaf, "within_days": 30}) for lead in (got_mail, follows_it, takes_it)
	)


def test_a_mail_taken_back_was_not_had(world):
	asset(world, "guide")
	lead = world.lead()
	send(world, '<p><a href="{{ assets.guide.url }}">x</a></p>', lead)
	((touch,),) = world.all("Nurture Touch", "name")
	with world.db.transaction():
		world.db.update("tabNurture Touch", ("name", "status"), [(touch, "Skipped")])
	assert not holds(world, lead, {"asset": "Guide"})


@pytest.mark.parametrize(
	("leaf", "code"),
	[
		({"asset": "Guide", "how": "seen"}, "condition_bad_value"),
		({"asset": ""}, "condition_bad_value"),
		({"asset": "Guide", "days": 3}, "condition_unknown_key"),
		({"asset": "Nothing"}, "condition_unknown_asset"),
		({"touches": "opened", "sequence": "Nothing"}, "condition_unknown_sequence"),
	],
)
def test_a_wrong_question_about_an_asset_or_a_sequence_is_named(world, leaf, code):
	asset(world, "guide")
	with pytest.raises(NurtureError) as raised:
		conditions.check_references(conditions.parse(leaf, lead_catalog()), load_known(world.host))
	assert raised.value.code == code
