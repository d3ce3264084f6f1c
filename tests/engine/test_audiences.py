"""Audiences for ads: hashes of people who agreed, gone again when they take it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from nurture_app.engine import audiences, optout, runner
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.outgoing import sender
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_outgoing import Line, outgoing
from tests.world import World

IN = {"step_label": "In", "step_type": "Audience", "audience": "Ads"}
OUT = {
	"step_label": "Out",
	"step_type": "Audience",
	"audience": "Ads",
	"audience_action": "Remove",
	"delay": 1,
}


def made(world: World, **values: object) -> None:
	values = {"delivery": "CSV", "cap_note": "3 a week", "remove_on_conversion": 1} | values
	world.put("Nurture Audience", "Ads", title="Ads", **values)


def joined(world: World, *steps: dict, **lead: object) -> str:
	made(world) if not world.all("Nurture Audience", "name") else None
	name = world.lead(**{"mobile_no": "0151 12345678", "country": "Germany"} | lead)
	world.enroll(world.sequence("Advertised", list(steps) or [IN]), name)
	world.tick()
	return name


def hashed(text: str) -> str:
	return sha256(text.encode()).hexdigest()


def members(world: World) -> list[tuple]:
	return [tuple(row) for row in audiences.live_members(world.host, "Ads")]


def test_a_member_is_a_hash_of_the_plain_address_and_the_international_number(world):
	joined(world, email_id="Ada@Example.com")
	assert members(world) == [(hashed("ada@example.com"), hashed("+4915112345678"))]
	assert world.all("Nurture Touch", "status", "reason_detail") == [("Done", "Add: Ads")]


def test_numbers_may_be_hashed_without_plus(world):
	made(world, phone_without_plus=1)
	joined(world)
	assert members(world)[0][1] == hashed("4915112345678")


def test_twice_in_is_once_in_and_a_later_step_takes_out_again(world):
	joined(world, IN, IN | {"step_label": "Again"}, OUT)
	assert len(members(world)) == 1
	world.run_until(world.clock.now().replace(day=world.clock.now().day + 2))
	assert not members(world)
	((added, removed, reason),) = world.all("Nurture Audience Member", "added_on", "removed_on", "reason")
	assert removed > added and reason == "step"


def test_who_has_not_agreed_is_passed_over(world):
	joined(world, consent=False)
	assert not members(world)
	assert world.all("Nurture Touch", "status", "reason") == [("Skipped", "no_consent")]


@pytest.mark.parametrize("change", ["opt-out", "Do Not Contact", "Converted", "deleted"])
def test_who_must_not_be_in_any_more_is_taken_out(world, change):
	lead = joined(world)
	if change == "opt-out":
		optout.unsubscribe(world.host, f"{lead.lower()}@example.com", "test")
	elif change == "deleted":
		world.delete("Lead", lead)
	else:
		with world.db.transaction():
			world.db.update("tabLead", ("name", "status"), [(lead, change)])
	assert audiences.tidy(world.host) == 1
	assert not members(world)
	assert audiences.tidy(world.host) == 0


def test_customers_stay_where_that_is_wanted(world):
	made(world, remove_on_conversion=0)
	lead = joined(world)
	with world.db.transaction():
		world.db.update("tabLead", ("name", "status"), [(lead, "Converted")])
	assert audiences.tidy(world.host) == 0


def test_changes_are_told_to_the_platform_also_after_an_opt_out(world):
	made(world, delivery="Webhook", url="https://ads.example/hook")
	lead = joined(world)
	optout.unsubscribe(world.host, f"{lead.lower()}@example.com", "test")
	audiences.tidy(world.host)
	line = Line()
	sender.work(world.host, line)
	told = [(one.payload["action"], one.payload["people"]) for one in line.parcels]
	person = {"email_sha256": hashed(f"{lead.lower()}@example.com"), "phone_sha256": hashed("+4915112345678")}
	assert told == [("add", [person]), ("remove", [person])]
	assert lead not in str(outgoing(world, "payload", "party"))


def test_a_lead_that_is_about_to_be_deleted_is_forgotten_by_the_platform(world):
	made(world, delivery="Webhook", url="https://ads.example/hook")
	lead = joined(world)
	with world.db.transaction():
		audiences.forget(world.host, lead)
	line = Line()
	sender.work(world.host, line)
	assert [one.payload["action"] for one in line.parcels] == ["add", "remove"]


def test_many_people_take_as_many_statements_as_one(make_world):
	counts = []
	for people in (1, 30):
		world = make_world("sqlite")
		made(world)
		world.enroll(world.sequence("Advertised", [IN]), *[world.lead() for _ in range(people)])
		watched = WatchedDatabase(world.db)
		runner.tick(replace(world.host, db=watched), "w")
		counts.append(watched.calls)
	assert counts[0] == counts[1]


def test_a_step_without_an_audience_is_refused(world):
	with pytest.raises(NurtureError) as refused:
		world.sequence("Nothing", [IN | {"audience": ""}])
	assert refused.value.code == "step_without_audience"


# --- a limit and a fallback of each (CH-20) ----------------------------------------------------------------------


def test_who_is_too_many_today_comes_in_tomorrow_and_leaving_is_free(world):
	made(world, enabled=1, daily_limit=2)
	world.sequence("Advertised", [IN, OUT | {"delay": 5}])
	world.enroll("Advertised", *[world.lead() for _ in range(5)])
	sizes = []
	for _ in range(3):
		world.tick()
		sizes.append(len(members(world)))
		world.run_until(world.clock.now() + timedelta(days=1))
	assert sizes == [2, 4, 5]
	world.run_until(world.clock.now() + timedelta(days=6))
	assert members(world) == []


def test_a_limit_of_one_audience_holds_for_no_other(world):
	made(world, enabled=1, daily_limit=1)
	world.put("Nurture Audience", "Others", title="Others", delivery="CSV", enabled=1)
	world.sequence("Advertised", [IN, IN | {"step_label": "More", "audience": "Others"}])
	world.enroll("Advertised", world.lead(), world.lead())
	world.tick()
	assert (len(members(world)), len(audiences.live_members(world.host, "Others"))) == (1, 1)
	assert ("Planned", "daily_limit") in world.all("Nurture Touch", "status", "reason")


@pytest.mark.parametrize(
	("fallback", "touch", "enrollment"),
	[
		("Wait", ("Held", "channel_off"), "Held"),
		("Go On", ("Skipped", "channel_off"), "Completed"),
		("Task", ("Given", "channel_off"), "Completed"),
	],
)
def test_what_happens_while_an_audience_is_off_is_its_owners_choice(world, fallback, touch, enrollment):
	made(world, enabled=0, fallback=fallback)
	lead = joined(world, lead_owner="anna@example.com")
	assert world.all("Nurture Touch", "status", "reason") == [touch]
	assert world.all("Nurture Enrollment", "status") == [(enrollment,)]
	tasks = [(task.party, task.description, task.assign_to) for task in world.todos.tasks]
	assert tasks == ([(lead, "Audience: Ads", "anna@example.com")] if fallback == "Task" else [])
	assert members(world) == []
