"""Messages on the portal: put there by a step under the gate of e-mail, shown to their reader alone (CH-09)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine import nightly, optout, runner
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.message_texts import MessageText, check_text
from nurture_app.engine.portal import MOST_SHOWN, close, open_messages
from tests.database_wrappers import WatchedDatabase
from tests.world import World

DAY = timedelta(days=1)
TEXT = "Hello {{ lead.first_name | default('there') }}, <b>something</b> is new."


def portal(world: World, *steps: dict, **values: object) -> None:
	world.settings(portal_enabled=1)
	text = {"portal_text": TEXT, "portal_url": "/orders", "portal_label": "See", "portal_days": 14}
	world.put("Nurture Content", "Word", title="Word", channel="Portal", revision=1, **text)
	first = {"step_label": "Word", "step_type": "Portal Message", "content": "Word"}
	world.sequence("Seq", [first, *steps], **values)


def login(world: World, lead: str, **values: object) -> str:
	user = f"{lead.lower()}@example.com"
	world.put("User", user, **{"enabled": 1, "user_type": "Website User", "email": user} | values)
	return user


def shown(world: World, user: str) -> list[str]:
	return [one.text for one in open_messages(world.host, user)]


def test_a_person_with_a_login_is_told_and_everybody_else_passed_over(world):
	portal(world, {"step_label": "Later", "delay": 3})
	ada, bob, col, off = (world.lead(name) for name in ("ada", "bob", "col", "off"))
	user = login(world, ada)
	login(world, col, user_type="System User")
	login(world, off, enabled=0)
	world.enroll("Seq", ada, bob, col, off)
	world.tick()
	assert shown(world, user) == ["Hello Ada, <b>something</b> is new."]
	assert shown(world, "bob@example.com") == shown(world, "col@example.com") == []
	touches = dict(world.all("Nurture Touch", "party", "status", step="Word"))
	assert touches == {ada: "Sent", bob: "Skipped", col: "Skipped", off: "Skipped"}
	assert {reason for _, reason in world.all("Nurture Touch", "party", "reason", status="Skipped")} == {
		"no_login"
	}
	channel, subject, sent = world.all("Nurture Touch", "channel", "subject", "sent_on", party=ada)[0]
	assert (channel, subject, sent) == ("Portal", "Hello Ada, <b>something</b> is new.", world.clock.now())
	world.run_until(world.clock.now() + 3 * DAY)
	assert len(world.sent()) == 4


def test_the_caps_of_mail_count_it(world):
	world.settings(cap_messages=1, cap_days=7)
	portal(world, {"step_label": "Mail"})
	lead = world.lead("ada")
	user = login(world, lead)
	world.enroll("Seq", lead)
	world.tick()
	assert len(shown(world, user)) == 1 and world.sent() == []
	assert world.all("Nurture Enrollment", "reason") == [("frequency_cap",)]


@pytest.mark.parametrize("kind", ["Call", "Meeting"])
def test_a_conversation_on_the_way_puts_it_off_as_it_does_a_mail(world, kind):
	"""SE-10. One from before the sequence began keeps nothing waiting."""
	portal(world)
	ada, bob = world.lead("ada"), world.lead("bob")
	users = [login(world, lead) for lead in (ada, bob)]
	world.record(ada, kind)
	world.clock.move_to(world.clock.now() + timedelta(hours=1))
	world.enroll("Seq", ada, bob)
	world.clock.move_to(world.clock.now() + timedelta(minutes=5))
	world.record(bob, kind)
	spoken_on = world.clock.now()
	world.tick()
	assert [len(shown(world, user)) for user in users] == [1, 0]
	assert world.all("Nurture Enrollment", "due_on", "reason", party=bob) == [
		(spoken_on + 3 * DAY, "rep_conversation")
	]
	world.run_until(spoken_on + 4 * DAY)
	assert [len(shown(world, user)) for user in users] == [1, 1]


def test_nothing_is_put_there_or_left_without_consent(world):
	portal(world)
	ada, bob = world.lead("ada"), world.lead("bob", consent=False)
	users = [login(world, ada), login(world, bob)]
	world.enroll("Seq", ada, bob)
	world.tick()
	assert [len(shown(world, user)) for user in users] == [1, 0]
	assert ("bob", "no_consent") in world.all("Nurture Touch", "party", "reason")
	optout.unsubscribe(world.host, users[0], "test")
	assert shown(world, users[0]) == []


def test_while_the_portal_is_off_the_step_waits_and_nothing_is_shown(world):
	portal(world)
	world.settings(portal_enabled=0)
	lead = world.lead("ada")
	user = login(world, lead)
	world.enroll("Seq", lead)
	world.tick()
	nightly.nightly(world.host)
	world.tick()
	assert world.all("Nurture Enrollment", "status", "reason") == [("Held", "channel_off")]
	assert shown(world, user) == []
	world.settings(portal_enabled=1)
	nightly.nightly(world.host)
	world.tick()
	assert len(shown(world, user)) == 1


def test_a_message_is_over_after_its_days_or_once_it_is_closed(world):
	portal(world, reentry="After It Ended")
	lead = world.lead("ada")
	user = login(world, lead)
	for _ in range(2):
		world.enroll("Seq", lead)
		world.tick()
	first, _second = open_messages(world.host, user)
	assert not close(world.host, "bob@example.com", first.name, followed=True), "somebody else's"
	assert close(world.host, user, first.name, followed=False)
	assert not close(world.host, user, first.name, followed=True), "only once"
	assert len(shown(world, user)) == 1
	world.clock.move_to(world.clock.now() + 15 * DAY)
	assert shown(world, user) == []
	assert world.all("Nurture Activity", "name", activity_type="In-App Click") == []


def test_following_it_is_a_click_that_sequences_hear(world):
	wait = {"step_label": "Await", "step_type": "Wait Until", "wait_activity": "In-App Click", "timeout": 9}
	portal(world, wait | {"on_true": "Thanks", "on_false": "Thanks"}, {"step_label": "Thanks"})
	lead = world.lead("ada")
	user = login(world, lead)
	world.enroll("Seq", lead)
	world.tick()
	(message,) = open_messages(world.host, user)
	assert (message.url, message.label) == ("/orders", "See")
	assert close(world.host, user, message.name, followed=True)
	world.tick()
	assert world.sent(lead) == ["Seq Thanks"]
	((detail, touch),) = world.all("Nurture Activity", "detail", "touch", activity_type="In-App Click")
	assert detail == "Word"
	assert world.row("Nurture Touch", touch, "status", "clicked_on") == ("Clicked", world.clock.now())
	assert shown(world, user) == []


def test_nobody_is_shown_more_than_a_few_at_once(world):
	portal(world, reentry="After It Ended")
	lead = world.lead("ada")
	user = login(world, lead)
	for _ in range(MOST_SHOWN + 2):
		world.settings(cap_messages=0)
		world.enroll("Seq", lead)
		world.tick()
	assert len(shown(world, user)) == MOST_SHOWN


@pytest.mark.parametrize(
	("values", "code"),
	[
		({"portal_text": " "}, "portal_text_empty"),
		({"portal_text": "x" * 501}, "portal_text_too_long"),
		({"portal_url": "javascript:alert(1)"}, "portal_link_invalid"),
		({"portal_url": "//evil.example"}, "portal_link_invalid"),
		({"portal_url": "/\\evil.example"}, "portal_link_invalid"),
		({"portal_url": "https:///x"}, "portal_link_invalid"),
		({"portal_days": 400}, "portal_days_wrong"),
		({"portal_text": "{{ lead.gender }}"}, "template_sensitive_field"),
	],
)
def test_a_text_that_could_not_be_shown_is_refused(sqlite_world, values, code):
	with pytest.raises(NurtureError) as error:
		check_text(sqlite_world.host, MessageText("Word", "Portal", **{"portal_text": "Hi"} | values))
	assert error.value.code == code and str(error.value) != code


@pytest.mark.parametrize("url", ["", "/", "/orders?x=1", "https://www.example.com/a"])
def test_links_to_this_site_and_to_the_web_are_fine(sqlite_world, url):
	check_text(sqlite_world.host, MessageText("Word", "Portal", portal_text="Hi", portal_url=url))


def test_what_is_nobodys_business_stands_in_no_message_whatever_the_channel(sqlite_world):
	"""CP-12"""
	for text in (
		MessageText("Word", "SMS", sms_text="Dear {{ lead.gender }}"),
		MessageText("Word", "WhatsApp", "", "hello", "en", "{{ lead.gender }}"),
	):
		with pytest.raises(NurtureError) as error:
			check_text(sqlite_world.host, text)
		assert error.value.code == "template_sensitive_field"


# --- contacts (CH-09) ----------------------------------------------------------------------------------------------------


def contact(world: World, name: str, links: dict[str, str], *mails: str, user: str = "") -> str:
	world.put("Contact", name, user=user or None)
	if user:
		world.put("User", user, enabled=1, user_type="Website User", email=user)
	for place, mail in enumerate(mails):
		world.put("Contact Email", f"{name}-{place}", parent=name, email_id=mail)
	for kind, link in links.items():
		values = {"parent": name, "parenttype": "Contact", "link_doctype": kind, "link_name": link}
		world.put("Dynamic Link", f"{name}-{kind}", **values)
	return user


def customer(world: World, lead: str) -> dict[str, str]:
	"""The links of a contact of the customer made of `lead`."""
	world.put("Customer", f"Firm of {lead}", lead_name=lead, customer_name="Firm")
	return {"Customer": f"Firm of {lead}"}


def test_a_person_is_told_at_whatever_address_they_log_in(world):
	portal(world)
	ada, bob = world.lead("ada"), world.lead("bob")
	private = contact(world, "Ada", {"Lead": ada}, "ada@example.com", user="countess@home.example")
	other = contact(world, "Eve", {"Lead": bob}, "eve@example.com", user="eve@example.com")
	world.enroll("Seq", ada, bob)
	world.tick()
	assert len(shown(world, private)) == 1
	assert shown(world, other) == []
	assert dict(world.all("Nurture Touch", "party", "status")) == {ada: "Sent", bob: "Skipped"}


@pytest.mark.parametrize("wide", [0, 1])
def test_the_contacts_of_the_customer_are_told_where_the_step_says_so(world, wide):
	portal(world)
	world.sequence(
		"Wide",
		[{"step_label": "Word", "step_type": "Portal Message", "content": "Word", "portal_contacts": wide}],
	)
	ada, stranger = world.lead("ada"), world.lead("stranger")
	firm = customer(world, ada)
	eve = contact(world, "Eve", firm, "eve@firm.example", user="eve@firm.example")
	no = contact(world, "No", firm, "no@firm.example", user="no@firm.example")
	elsewhere = contact(world, "Else", customer(world, stranger), user="else@other.example")
	optout.unsubscribe(world.host, no, "link")
	world.enroll("Wide", ada)
	world.tick()
	assert [len(shown(world, user)) for user in (eve, no, elsewhere)] == [wide, 0, 0]
	assert world.all("Nurture Touch", "status") == [("Sent" if wide else "Skipped",)]


def test_each_contact_closes_their_own_and_nothing_is_left_for_who_left_or_said_no(world):
	portal(world)
	step = {"step_label": "Word", "step_type": "Portal Message", "content": "Word", "portal_contacts": 1}
	world.sequence("Wide", [step])
	ada = world.lead("ada")
	own, firm = login(world, ada), customer(world, ada)
	eve, bea, cis = (
		contact(world, name, firm, user=f"{name}@firm.example") for name in ("eve", "bea", "cis")
	)
	world.enroll("Wide", ada)
	world.tick()
	(message,) = open_messages(world.host, eve)
	assert not close(world.host, bea, message.name, followed=False)
	assert close(world.host, eve, message.name, followed=True)
	world.delete("Dynamic Link", "bea-Customer")
	optout.unsubscribe(world.host, cis, "link")
	assert [len(shown(world, user)) for user in (own, eve, bea, cis)] == [1, 0, 0, 0]
	optout.unsubscribe(world.host, own, "link")
	assert shown(world, own) == []


def test_more_contacts_take_no_more_queries(world):
	portal(world)
	step = {"step_label": "Word", "step_type": "Portal Message", "content": "Word", "portal_contacts": 1}
	world.sequence("Wide", [step])

	def queries(number: int) -> dict[str, int]:
		leads = [world.lead() for _ in range(number)]
		for lead in leads:
			firm = customer(world, lead)
			for place in range(number):
				contact(world, f"{lead}-{place}", firm, user=f"{lead}-{place}@firm.example".lower())
		world.enroll("Wide", *leads)
		watched = WatchedDatabase(world.db)
		assert runner.tick(replace(world.host, db=watched), "w").claimed == number
		return dict(watched.names)

	queries(1)
	assert queries(2) == queries(6)
