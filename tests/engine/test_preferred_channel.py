"""A mail by the channel its reader prefers, where there is a text for it and the person may be reached (PZ-08)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nurture_app.engine import optout
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.runner import tick
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_experiments import experiment
from tests.engine.test_mobile import person, ready
from tests.world import World

MAIL = {
	"step_label": "Mail",
	"follow_channel": 1,
	"sms_content": "Short",
	"hand_text": "Ask {{ lead.first_name | default('them') }} about the guide.",
}


def went(world: World, lead: str, **step: Any) -> tuple[Any, ...]:
	"""(channel, status, detail) of what the step did."""
	world.sequence("Follows", [MAIL | step])
	world.enroll("Follows", lead)
	world.tick()
	(row,) = world.all("Nurture Touch", "channel", "status", "reason_detail")
	return row


@pytest.mark.parametrize(
	("preferred", "expected"),
	[
		("SMS", ("SMS", "Queued", "Email → SMS")),
		("Phone", ("Task", "Given", "Email → Call")),
		("LinkedIn", ("Task", "Given", "Email → LinkedIn")),
		("WhatsApp", ("Email", "Queued", "")),
		("In Person", ("Email", "Queued", "")),
		("Email", ("Email", "Queued", "")),
		("", ("Email", "Queued", "")),
	],
)
def test_a_step_goes_by_the_channel_that_is_preferred_if_it_has_a_text_for_it(world, preferred, expected):
	ready(world)
	lead = person(world, nurture_preferred_channel=preferred)
	assert went(world, lead) == expected
	assert len(world.outbox.messages) == (expected[0] == "Email")


def test_a_colleague_is_told_what_to_say(world):
	ready(world)
	went(
		world,
		person(world, nurture_preferred_channel="Phone", lead_name="Ada Lovelace", lead_owner="rep@x.y"),
	)
	(task,) = world.todos.tasks
	assert (task.kind, task.assign_to, task.text) == ("Call", "rep@x.y", "Ask Ada about the guide.")
	assert task.description == "Call: Ada Lovelace\n0151 12345678"


def test_without_its_tick_a_step_follows_nobody(world):
	ready(world)
	assert went(world, person(world, nurture_preferred_channel="SMS"), follow_channel=0)[0] == "Email"


def _no_consent(world: World, lead: str) -> None:
	optout.set_consent(world.host, lead, "", "Withdrawn", "test", "tester", channel="SMS")


def _no_gateway(world: World, lead: str) -> None:
	world.settings(sms_enabled=0)


def _dead_number(world: World, lead: str) -> None:
	with world.db.transaction():
		world.db.update("tabLead", ("name", "nurture_mobile_invalid"), [(lead, 1)])


def _no_text(world: World, lead: str) -> None:
	world.delete("Nurture Content", "Short")


@pytest.mark.parametrize("spoil", [_no_consent, _no_gateway, _dead_number, _no_text])
def test_who_cannot_be_reached_by_sms_gets_the_mail(world, spoil):
	ready(world)
	lead = person(world, nurture_preferred_channel="SMS")
	world.sequence("Follows", [MAIL])
	spoil(world, lead)
	world.enroll("Follows", lead)
	world.tick()
	assert world.all("Nurture Touch", "channel", "status") == [("Email", "Queued")]


@pytest.mark.parametrize("values", [{"mobile_no": ""}, {"nurture_mobile_invalid": 1}])
def test_nobody_is_called_without_a_number_that_works(world, values):
	ready(world)
	assert went(world, person(world, nurture_preferred_channel="Phone", **values))[0] == "Email"


def test_nobody_is_called_who_said_not_to(world):
	ready(world)
	lead = person(world, nurture_preferred_channel="Phone")
	optout.set_consent(world.host, lead, "", "Withdrawn", "test", "tester", channel="Phone")
	assert went(world, lead)[0] == "Email"


def test_who_must_not_be_contacted_is_not_reached_by_any_channel(world):
	ready(world)
	world.sequence("Follows", [MAIL])
	leads = [person(world, nurture_preferred_channel=channel) for channel in ("SMS", "Phone", "LinkedIn")]
	world.enroll("Follows", *leads)
	with world.db.transaction():
		world.db.update("tabLead", ("name", "status"), [(lead, "Do Not Contact") for lead in leads])
	world.tick()
	assert {status for (status,) in world.all("Nurture Touch", "status")} == {"Skipped"}
	assert not world.todos.tasks and not world.outbox.messages and not world.all("Nurture Outgoing", "name")


def test_the_steps_behind_go_on_as_if_it_had_been_a_mail(world):
	ready(world)
	lead = person(world, nurture_preferred_channel="Phone")
	world.sequence("Follows", [MAIL, {"step_label": "Second"}])
	world.enroll("Follows", lead)
	world.tick()
	assert world.all("Nurture Touch", "step", "channel") == [("Mail", "Task"), ("Second", "Email")]


def test_it_asks_nothing_where_nobody_prefers_another_channel_and_the_same_for_any_number_who_do(world):
	ready(world)
	world.sequence("Follows", [MAIL])
	world.sequence("Plain", [{"step_label": "Mail", "content": "Follows Mail"}])

	def statements(sequence: str, leads: int, preferred: str) -> int:
		people = [
			person(world, nurture_preferred_channel=preferred, mobile_no=f"0151 1234{number:04}")
			for number in range(leads)
		]
		world.enroll(sequence, *people)
		watched = WatchedDatabase(world.db)
		assert tick(replace(world.host, db=watched), "w").claimed == leads
		return watched.calls

	statements("Plain", 2, "")
	assert statements("Follows", 2, "") == statements("Plain", 2, "")
	assert statements("Follows", 2, "SMS") == statements("Follows", 8, "SMS")


def test_who_gets_it_another_way_is_no_part_of_an_experiment_on_the_mail(world):
	ready(world)
	world.sequence("Welcome", [MAIL | {"step_label": "Hello"}])
	experiment(world)
	by_phone, by_mail = (
		person(world, nurture_preferred_channel="Phone"),
		person(world, mobile_no="0151 99999999"),
	)
	world.enroll("Welcome", by_phone, by_mail)
	world.tick()
	tried = {party: name for party, name in world.all("Nurture Touch", "party", "experiment")}
	assert not tried[by_phone] and tried[by_mail]


@pytest.mark.parametrize(
	("step", "code"),
	[
		({"sms_content": "", "hand_text": ""}, "follow_without_text"),
		({"sms_content": "Nowhere"}, "step_content_missing"),
		({"whatsapp_content": "Short"}, "content_other_channel"),
		({"hand_text": "{{ lead.nothing }}"}, "template_unknown_name"),
	],
)
def test_what_could_not_be_followed_cannot_be_activated(world, step, code):
	ready(world)
	with pytest.raises(NurtureError) as raised:
		world.sequence("Follows", [MAIL | step])
	assert raised.value.code == code and raised.value.params["step"] == "Mail"


def test_the_sequence_says_by_which_channels_it_reaches_people(world):
	ready(world)
	world.sequence("Follows", [MAIL])
	assert load_definition(world.host, "Follows").channels == ("Email", "SMS")
