"""Mails that come from a person: their name, their account if they have one, replies to them (SE-14, CT-23)."""

from __future__ import annotations

import pytest

from nurture_app.engine.codes import NurtureError
from tests.world import World

BODY = "<p>{{ sender.name }} for {{ owner.name | default('nobody') }} {{ company.name }}</p>"


def mailed(world: World, **step: object) -> tuple:
	world.content("Letter", "Hello", BODY)
	world.sequence("Personal", [{"step_label": "One", "content": "Letter"} | step])
	lead = world.lead(lead_owner="robin@example.com")
	world.enroll("Personal", lead)
	world.tick()
	(message,) = world.outbox.messages
	((detail,),) = world.all("Nurture Touch", "reason_detail")
	return message, detail or ""


def robin(world: World, **values: object) -> None:
	world.put(
		"User",
		"robin@example.com",
		**{"full_name": "Robin Roe", "email": "Robin@Example.com", "enabled": 1} | values,
	)


def test_the_owners_name_stands_over_the_companys_address_and_replies_reach_the_owner(world):
	robin(world)
	message, detail = mailed(world, sender_from="Lead Owner")
	assert (message.sender_name, message.sender_address, message.reply_to) == (
		"Robin Roe",
		"team@example.com",
		"robin@example.com",
	)
	assert message.account == "Outgoing" and not detail
	assert "Robin Roe for Robin Roe" in message.text


def test_an_account_of_their_own_is_used(world):
	robin(world)
	world.put("Email Account", "Robin", email_id="robin@example.com", enable_outgoing=1)
	message, _ = mailed(world, sender_from="User", sender_user="robin@example.com")
	assert (message.sender_address, message.account) == ("robin@example.com", "Robin")


@pytest.mark.parametrize("values", [None, {"enabled": 0}, {"email": ""}])
def test_where_the_person_is_not_to_be_found_the_usual_sender_writes_and_the_ledger_says_so(world, values):
	if values is not None:
		robin(world, **values)
	message, detail = mailed(world, sender_from="Lead Owner")
	assert (message.sender_name, message.reply_to) == ("Example Ltd", "team@example.com")
	assert detail == "Lead Owner: robin@example.com"


def test_the_usual_sender_asks_nothing_about_users(make_world):
	from dataclasses import replace

	from nurture_app.engine import runner
	from tests.database_wrappers import WatchedDatabase

	world = make_world("sqlite")
	world.enroll(world.sequence("Mail", [{"step_label": "One"}]), world.lead(lead_owner="robin@example.com"))
	asked = []

	class Spy(WatchedDatabase):
		def rows(self, query):
			asked.append(str(query))
			return super().rows(query)

	runner.tick(replace(world.host, db=Spy(world.db)), "w")
	assert asked and not [sql for sql in asked if "tabUser" in sql]


def test_a_user_must_be_named(world):
	with pytest.raises(NurtureError) as refused:
		mailed(world, sender_from="User")
	assert refused.value.code == "step_without_sender"


def test_an_offer_carries_the_link_to_book_and_is_a_mail_like_others(world):
	world.settings(booking_url="https://book.example/me")
	world.content("Offer", "Talk?", "<p>{{ company.name }} <a href='{{ links.booking }}'>Book</a></p>")
	offer = {"step_label": "Offer", "step_type": "Appointment Offer", "content": "Offer"}
	world.enroll(world.sequence("Offered", [offer]), world.lead())
	world.tick()
	(message,) = world.outbox.messages
	assert "https://book.example/me" in message.html and "https://book.example/me" in message.text
	assert world.all("Nurture Touch", "status", "channel") == [("Queued", "Email")]


@pytest.mark.parametrize(
	("url", "body", "code"),
	[
		("", "<p><a href='{{ links.booking }}'>Book</a></p>", "booking_url_missing"),
		("https://book.example/me", "<p>Write to us.</p>", "offer_without_link"),
	],
)
def test_an_offer_that_nobody_could_take_is_not_activated(world, url, body, code):
	world.settings(booking_url=url)
	world.content("Offer", "Talk?", body)
	with pytest.raises(NurtureError) as refused:
		world.sequence(
			"Offered", [{"step_label": "Offer", "step_type": "Appointment Offer", "content": "Offer"}]
		)
	assert refused.value.code == code


CALL = {
	"step_label": "Ring",
	"step_type": "Task",
	"task_kind": "Call",
	"task_early_reason": "They asked for it.",
	"task_description": "Ask about {{ owner.name }}",
}


def test_a_call_shows_what_to_ask_and_the_number(world):
	robin(world)
	lead = world.lead(lead_owner="robin@example.com", mobile_no="0151 123")
	world.enroll(world.sequence("Called", [CALL]), lead)
	world.tick()
	assert [task.description for task in world.todos.tasks] == ["Call: Ask about Robin Roe\n0151 123"]


def test_nobody_is_asked_to_call_a_dead_number(world):
	world.enroll(world.sequence("Called", [CALL]), world.lead(mobile_no="0151 123", nurture_mobile_invalid=1))
	world.tick()
	assert not world.todos.tasks
	assert world.all("Nurture Touch", "status", "reason") == [("Skipped", "number_dead")]


def test_calling_before_sql_is_warned_of(world):
	from nurture_app.engine.lifecycle import load_definition
	from nurture_app.engine.sequences import warnings

	for stage, warned in (("MQL", True), ("SQL", False)):
		call = CALL | {"task_early_reason": ""}
		at = {"trigger_type": "Stage Reached", "trigger_stage": stage}
		name = world.sequence(f"At {stage}", [call], activate=False, **at)
		codes = [advice.code for advice in warnings(load_definition(world.host, name))]
		assert ("call_before_sql" in codes) == warned
