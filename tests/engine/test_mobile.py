"""Messages to a telephone: consent for the very channel, a low cap of their own, STOP at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture_app.engine import lifecycle, optout
from nurture_app.engine.addresses import address_hash
from nurture_app.engine.answers import find_asked
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.sequence_checks import sequence_advice
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.message_texts import MessageText, check_text, payload_of
from nurture_app.engine.mobile_replies import StatusNews, note_reply, note_status, stop_messages
from nurture_app.engine.opt_out_words import is_stop
from nurture_app.engine.outgoing import sender
from nurture_app.engine.outgoing.parcels import CallResult
from nurture_app.engine.phone_numbers import from_provider, international
from nurture_app.engine.sentences import advice_sentence
from nurture_app.engine.sms_text import SmsLength, measure
from tests.engine.test_outgoing import Line, outgoing
from tests.world import MONDAY, World

NUMBER = "+4915112345678"
STEP = {"step_label": "Text", "step_type": "SMS", "content": "Short"}


def ready(world: World, **values: object) -> None:
	world.settings(
		sms_enabled=1, whatsapp_enabled=1, whatsapp_phone_number_id="1", whatsapp_token="***", **values
	)
	world.single("SMS Settings", sms_gateway_url="https://sms.example/send")
	world.put(
		"Nurture Content",
		"Short",
		title="Short",
		channel="SMS",
		revision=1,
		sms_text="Hi {{ lead.first_name }}!",
	)


def person(world: World, channel: str = "SMS", consent: bool = True, **values: object) -> str:
	lead = world.lead(**{"mobile_no": "0151 12345678", "country": "Germany"} | values)
	if consent:
		optout.set_consent(world.host, lead, "", "Given", "test", "tester", channel=channel)
	return lead


def touched(world: World) -> list[tuple]:
	return world.all("Nurture Touch", "status", "reason")


def texted(world: World, *steps: dict, **values: object) -> str:
	return world.sequence("Texted", list(steps) or [STEP], **values)


def asking(world: World, form: str = "Form", **values: object) -> None:
	ready(world)
	values = {"title": "Form", "activity_type": "Survey Answered", "enabled": 1} | values
	world.put("Nurture Form", "Form", **values)
	with world.db.transaction():
		columns = ("name", "sms_text", "survey_form")
		world.db.update("tabNurture Content", columns, [("Short", "Two questions: {{ links.survey }}", form)])


def test_an_sms_carries_the_link_to_its_survey_and_each_reader_has_their_own(world):
	asking(world)
	leads = [person(world), person(world, mobile_no="0151 87654321")]
	world.enroll(texted(world), *leads)
	world.tick()
	line = Line(CallResult(200), CallResult(200))
	assert sender.work(world.host, line).sent == 2
	tokens = dict(world.all("Nurture Touch", "party", "token"))
	said = {one.party: one.payload["text"] for one in line.parcels}
	assert len(set(tokens.values())) == 2
	for lead in leads:
		assert f"/n/answer/{tokens[lead]}/survey" in said[lead]
		assert find_asked(world.host, tokens[lead]).party == lead


@pytest.mark.parametrize(
	("form", "values", "code"),
	[
		("", {}, "survey_without_form"),
		("Form", {"enabled": 0}, "survey_form_off"),
		("Form", {"activity_type": "Form Submitted"}, "survey_form_counts_otherwise"),
	],
)
def test_a_survey_that_nobody_could_answer_is_refused_and_never_sent(world, form, values, code):
	asking(world)
	lead = person(world)
	world.enroll(texted(world), lead)
	asking_again = {"title": "Form", "activity_type": "Survey Answered", "enabled": 1} | values
	with world.db.transaction():
		world.db.update("tabNurture Form", ("name", *asking_again), [("Form", *asking_again.values())])
		world.db.update("tabNurture Content", ("name", "survey_form"), [("Short", form)])
	world.tick()
	((reason, detail),) = world.all("Nurture Enrollment", "reason", "reason_detail")
	assert reason == "template_error" and "Short" in detail
	assert world.all("Nurture Outgoing", "name") == []
	world.sequence("Another", [STEP], activate=False)
	with pytest.raises(NurtureError) as error:
		lifecycle.activate(world.host, "Another")
	assert error.value.code == code and "Short" in str(error.value)


@pytest.mark.parametrize("channel", ["SMS", "Portal"])
@pytest.mark.parametrize("link", ["unsubscribe", "yes", "survey"])
def test_links_that_only_mails_know_are_refused_when_a_text_is_saved(world, channel, link):
	if (channel, link) == ("SMS", "survey"):
		return
	text = {"SMS": "sms_text", "Portal": "portal_text"}[channel]
	with pytest.raises(NurtureError, match=rf"links\.{link} .+ is for mails"):
		check_text(world.host, MessageText("x", channel, **{text: f"See {{{{ links.{link} }}}}"}))


def test_a_text_may_lead_to_the_booking_page(world):
	ready(world, booking_url="https://shop.example/book")
	with world.db.transaction():
		columns = ("name", "sms_text")
		world.db.update("tabNurture Content", columns, [("Short", "Book: {{ links.booking }}")])
	world.enroll(texted(world), person(world))
	world.tick()
	line = Line(CallResult(200))
	assert sender.work(world.host, line).sent == 1
	assert line.parcels[0].payload["text"].startswith("Book: https://shop.example/book")


def test_an_sms_goes_to_the_number_in_international_form_with_how_to_opt_out(world):
	ready(world)
	lead = person(world)
	world.enroll(texted(world), lead)
	world.tick()
	line = Line(CallResult(200, provider_id="42"))
	assert sender.work(world.host, line).sent == 1
	(parcel,) = line.parcels
	assert (parcel.number, parcel.payload["text"]) == (NUMBER, "Hi Ada! Reply STOP to opt out.")
	assert world.all("Nurture Touch", "status", "channel", "address", "message_id", "subject") == [
		("Sent", "SMS", NUMBER, "42", "Hi Ada! Reply STOP to opt out.")
	]
	assert world.all("Communication", "communication_medium", "content", "reference_name") == [
		("SMS", "Hi Ada! Reply STOP to opt out.", lead)
	]


def test_the_second_message_to_a_number_does_not_repeat_how_to_opt_out(world):
	ready(world)
	world.enroll(texted(world, STEP, STEP | {"step_label": "More"}), person(world))
	world.tick()
	line = Line()
	sender.work(world.host, line)
	assert [one.payload["text"] for one in line.parcels] == ["Hi Ada! Reply STOP to opt out.", "Hi Ada!"]


@pytest.mark.parametrize(
	("values", "reason"),
	[
		({"consent": False}, "no_channel_consent"),
		({"channel": "WhatsApp"}, "no_channel_consent"),
		({"mobile_no": ""}, "no_number"),
		({"mobile_no": "12"}, "invalid_number"),
		({"country": ""}, "invalid_number"),
		({"nurture_mobile_invalid": 1}, "number_dead"),
		({"status": "Do Not Contact"}, "do_not_contact"),
	],
)
def test_whoever_may_not_get_it_is_passed_over_and_the_sequence_goes_on(world, values, reason):
	ready(world)
	sequence = texted(world, STEP, {"step_label": "Then", "step_type": "Task", "task_description": "Look"})
	world.enroll(sequence, person(world, **values))
	world.tick()
	assert not outgoing(world, "name")
	assert ("Skipped", reason) in touched(world)
	assert [task.description for task in world.todos.tasks] == ["Look"]


def test_an_email_consent_is_none_for_sms(world):
	ready(world)
	world.enroll(texted(world), world.lead(mobile_no=NUMBER))
	world.tick()
	assert touched(world) == [("Skipped", "no_channel_consent")]


def test_the_cap_counts_messages_of_all_channels_to_a_number(world):
	ready(world, mobile_cap_messages=1, mobile_cap_days=30)
	world.put(
		"Nurture Content",
		"Template",
		title="Template",
		channel="WhatsApp",
		revision=1,
		whatsapp_template="hello",
		whatsapp_language="en_US",
	)
	lead = person(world)
	optout.set_consent(world.host, lead, "", "Given", "test", "tester", channel="WhatsApp")
	later = {"step_label": "Later", "step_type": "WhatsApp", "content": "Template"}
	world.enroll(texted(world, STEP, later), lead)
	start = world.clock.now()
	world.tick()
	assert touched(world) == [("Queued", ""), ("Planned", "frequency_cap")]
	world.run_until(start + timedelta(days=32))
	assert [row[0] for row in outgoing(world, "channel")] == ["SMS", "WhatsApp"]


def test_messages_wait_for_the_send_window_when_decided_and_when_sent(world):
	ready(world)
	world.enroll(texted(world), person(world))
	world.tick()
	night = world.clock.now().replace(hour=23)
	world.clock.move_to(night)
	line = Line()
	sender.work(world.host, line)
	assert not line.parcels
	assert outgoing(world, "status", "reason") == [("Queued", "outside_window")]
	world.clock.move_to(night + timedelta(hours=11))
	assert sender.work(world.host, line).sent == 1


def test_stop_between_queueing_and_sending_stops_the_message_and_all_later_ones(world):
	ready(world)
	lead = person(world)
	world.enroll(texted(world), lead)
	world.tick()
	assert stop_messages(world.host, "SMS", NUMBER, "SMS: STOP")
	assert not stop_messages(world.host, "SMS", NUMBER, "SMS: STOP"), "told once"
	line = Line()
	sender.work(world.host, line)
	assert not line.parcels
	assert touched(world) == [("Skipped", "unsubscribed")]
	assert world.all("Nurture Suppression", "address_hash", "channel", "reason") == [
		(address_hash(NUMBER), "SMS", "Unsubscribed")
	]
	assert world.all("Nurture Consent", "status", channel="SMS") == [("Withdrawn",)]
	assert world.all("Nurture Consent", "status", channel="Email") == [("Given",)], "mail is another matter"
	other = person(world)
	world.enroll("Texted", other)
	world.tick()
	assert ("Skipped", "unsubscribed") in touched(world), "whoever has that number"


def test_a_consent_withdrawn_between_queueing_and_sending_counts(world):
	ready(world)
	lead = person(world)
	world.enroll(texted(world), lead)
	world.tick()
	optout.set_consent(world.host, lead, "", "Withdrawn", "call", "tester", channel="SMS")
	line = Line()
	assert sender.work(world.host, line).cancelled == 1 and not line.parcels
	assert touched(world) == [("Skipped", "no_channel_consent")]


def test_a_worker_that_dies_while_an_sms_is_sent_does_not_send_it_twice(world):
	from tests.engine.test_outgoing import Killed

	ready(world)
	world.enroll(texted(world), person(world))
	world.tick()
	line = Line(Killed())
	with pytest.raises(Killed):
		sender.work(world.host, line)
	world.clock.move_to(world.clock.now() + timedelta(hours=1))
	sender.work(world.host, line)
	world.clock.move_to(world.clock.now() + timedelta(days=1))
	sender.work(world.host, line)
	assert len(line.parcels) == 1
	assert touched(world) == [("Unknown", "interrupted")]


def test_without_a_gateway_the_step_becomes_a_task_that_says_so(world):
	ready(world)
	world.settings(sms_enabled=0)
	world.enroll(texted(world), person(world))
	world.tick()
	assert [task.description for task in world.todos.tasks] == [
		f"SMS: Hi Ada! Reply STOP to opt out.\n{NUMBER}"
	]
	assert touched(world) == [("Given", "by_hand")]
	assert not outgoing(world, "name")


def test_a_channel_sends_no_more_than_its_limit_of_the_day(world):
	ready(world, sms_daily_limit=2)
	numbers = [f"+4915112345{n:03}" for n in range(3)]
	world.enroll(texted(world), *[person(world, mobile_no=number) for number in numbers])
	world.tick()
	line = Line()
	assert sender.work(world.host, line).sent == 2
	waiting = [row for row in outgoing(world, "status", "reason") if row[0] == "Queued"]
	assert waiting == [("Queued", "daily_limit")]
	assert sender.work(world.host, line).sent == 0
	world.clock.move_to(world.clock.now() + timedelta(days=1))
	assert sender.work(world.host, line).sent == 1


def test_an_answer_ends_the_sequence_and_stands_on_the_timeline_once(world):
	ready(world)
	lead = person(world)
	world.enroll(texted(world, STEP, STEP | {"step_label": "More", "delay": 1}), lead)
	world.tick()
	sender.work(world.host, Line())
	for _ in range(2):
		assert note_reply(world.host, "SMS", NUMBER, "Yes, <b>call</b> me", "m1") == [lead]
	assert world.all("Nurture Enrollment", "status", "reason") == [("Exited", "replied")]
	received = world.all("Communication", "content", sent_or_received="Received")
	assert received == [("Yes, &lt;b&gt;call&lt;/b&gt; me",)]


def test_the_timeline_shows_both_ways_as_text_with_its_lines(world):
	ready(world)
	lead = person(world, first_name="<i>Ada")
	world.enroll(texted(world), lead)
	world.tick()
	sender.work(world.host, Line())
	note_reply(world.host, "SMS", NUMBER, "<b>Yes\nafter nine", "m1")
	shown = world.all("Communication", "sent_or_received", "subject", "content", "recipients", "phone_no")
	assert sorted(shown) == [
		("Received", "SMS: < b>Yes\nafter nine", "&lt;b&gt;Yes<br>after nine", None, NUMBER),
		(
			"Sent",
			"SMS: Hi < i>Ada! Reply STOP to opt out.",
			"Hi &lt;i&gt;Ada! Reply STOP to opt out.",
			NUMBER,
			None,
		),
	]


@pytest.mark.parametrize(
	("news", "status", "touch"),
	[
		(("sent",), "Sent", ("Sent", "")),
		(("delivered", "sent"), "Delivered", ("Delivered", "")),
		(("read", "delivered"), "Read", ("Opened", "")),
		(("failed",), "Failed", ("Failed", "undeliverable")),
		(("failed", "sent"), "Failed", ("Failed", "undeliverable")),
		(("delivered", "failed"), "Delivered", ("Delivered", "")),
		(("failed", "delivered"), "Delivered", ("Delivered", "")),
	],
)
def test_news_of_a_message_may_come_late_and_in_any_order(world, news, status, touch):
	ready(world)
	world.enroll(texted(world), person(world))
	world.tick()
	sender.work(world.host, Line(CallResult(200, provider_id="wamid.1")))
	for one in news:
		assert note_status(world.host, "SMS", StatusNews("wamid.1", one, world.clock.now()))
	assert outgoing(world, "status", "reason") == [(status, touch[1])]
	assert touched(world) == [touch]
	assert not note_status(world.host, "SMS", StatusNews("nobody's", "read", world.clock.now()))


def test_mail_only_batches_ask_nothing_about_telephones(make_world):
	from tests.database_wrappers import WatchedDatabase

	asked = []
	world = make_world("sqlite")
	world.enroll(world.sequence("Mail", [{"step_label": "One"}]), world.lead())

	class Spy(WatchedDatabase):
		def rows(self, query):
			asked.append(str(query))
			return super().rows(query)

	from dataclasses import replace

	from nurture_app.engine import runner

	runner.tick(replace(world.host, db=Spy(world.db)), "w")
	assert asked and not [
		sql for sql in asked if "mobile_no" in sql or "sms_text" in sql or "Nurture Outgoing" in sql
	]


@pytest.mark.parametrize(
	("text", "length"),
	[
		("", SmsLength("GSM-7", 0, 0)),
		("a" * 160, SmsLength("GSM-7", 160, 1)),
		("a" * 161, SmsLength("GSM-7", 161, 2)),
		("€" * 80, SmsLength("GSM-7", 160, 1)),
		("ą" * 70, SmsLength("UCS-2", 70, 1)),
		("ą" * 71, SmsLength("UCS-2", 71, 2)),
		("😀", SmsLength("UCS-2", 2, 1)),
	],
)
def test_the_length_of_an_sms(text, length):
	assert measure(text) == length


def test_numbers_are_one_key_however_they_are_written():
	assert {
		international(one, "DE") for one in ("0151 12345678", "+49 151 12345678", "0049151/12345678")
	} == {NUMBER}
	# 00 is how most of the world begins a number abroad, whatever the lead's country says
	assert international("0049 151 12345678") == international("0049 151 12345678", "US") == NUMBER
	assert international("0151 12345678") == international("hello", "DE") == international(None, "DE") == ""
	assert from_provider("4915112345678") == from_provider(NUMBER) == NUMBER


@pytest.mark.parametrize(
	"text",
	[
		"STOP",
		"Stop!",
		"stop all",
		"Stop, please 🙏",
		"STOP STOP STOP",
		"Stop promotions",  # the button that Meta puts under marketing templates
		"Please remove me from your mailing list.",
		"I want to unsubscribe",
		"Don\u2019t contact me",
		"opt-out",
		"Abmelden.",
		"Bitte keine SMS mehr",
		"arre\u0302t",  # as some telephones write it: the accent is a letter of its own
		"Arrêt svp",
		"baja por favor",
		"СТОП",
		"توقف",
		"停止",
		"수신거부",
	],
)
def test_what_asks_for_silence(text):
	assert is_stop(text) and is_stop(text, by_mail=True)


@pytest.mark.parametrize(
	"text",
	[
		"",
		"🙏",
		"Please do not stop",
		"Stop by on Monday",
		"Can you stop the order?",
		"Remove the old invoice, please",
		"No",
		"I want more",
		"When does it end?",
	],
)
def test_what_is_for_a_colleague_to_read(text):
	assert not is_stop(text) and not is_stop(text, by_mail=True)


def test_a_site_has_words_of_its_own_and_a_mail_fewer():
	assert is_stop("End") and not is_stop("End", by_mail=True)
	assert not is_stop("Schluss jetzt!")
	assert is_stop("Schluss jetzt!", "GENUG\nschluss jetzt")


@pytest.mark.parametrize(
	("text", "code"),
	[
		(MessageText("x", "SMS", " "), "sms_empty"),
		(MessageText("x", "SMS", "a" * 1531), "sms_too_long"),
		(MessageText("x", "SMS", "я" * 671), "sms_too_long"),  # eleven messages, each of fewer letters
		(MessageText("x", "SMS", "{{ lead.nothing_such }}"), "template_strange_name"),
		(MessageText("x", "WhatsApp", "", "Hello World", "en"), "whatsapp_template_bad"),
		(MessageText("x", "WhatsApp", "", "hello", ""), "whatsapp_language_missing"),
		(MessageText("x", "WhatsApp", "", "hello", "en", "{{ evil() }}"), "template_forbidden"),
	],
)
def test_texts_that_could_not_be_sent_are_refused(sqlite_world, text, code):
	with pytest.raises(NurtureError) as refused:
		check_text(sqlite_world.host, text)
	assert refused.value.code == code


def test_a_number_without_its_country_is_read_by_what_the_lead_calls_the_country(sqlite_world):
	from nurture_app.engine.config import load_settings
	from nurture_app.engine.mobile import number_of

	settings = load_settings(sqlite_world.db)
	lead = {"mobile_no": "0151 12345678", "country": "Deutschland"}
	assert number_of(lead, "SMS", settings) == NUMBER


def test_ten_joined_messages_may_be_sent_in_either_alphabet(sqlite_world):
	for text in ("a" * 1530, "я" * 670):
		check_text(sqlite_world.host, MessageText("x", "SMS", text))
	# what a placeholder stands for is not known before
	check_text(sqlite_world.host, MessageText("x", "SMS", "{{ lead.first_name | default('you') }} " * 30))


def test_a_text_that_becomes_too_long_for_one_person_holds_the_step(world):
	ready(world)
	world.put("Nurture Content", "Long", title="Long", channel="SMS", sms_text="{{ lead.company_name }} " * 6)
	world.enroll(texted(world, STEP | {"content": "Long"}), person(world, company_name="ж" * 130))
	world.tick()
	((status, reason, detail),) = world.all("Nurture Touch", "status", "reason", "reason_detail")
	assert (status, reason) == ("Held", "template_error") and "13 SMS" in detail


def in_german(world: World) -> None:
	world.put(
		"Nurture Content",
		"Kurz",
		title="Kurz",
		channel="SMS",
		language="de",
		version_of="Short",
		sms_text="Hallo {{ lead.first_name }}!",
	)
	with world.db.transaction():
		world.db.update("tabNurture Content", ("name", "language"), [("Short", "en")])


@pytest.mark.parametrize(
	("spoken", "text", "language", "detail"),
	[
		("de-AT", "Hallo", "de", ""),
		("en-GB", "Hi", "en", ""),
		("", "Hi", "en", ""),
		("it", "Hi", "en", "it → en"),  # LO-01: the default, and a note
	],
)
def test_a_message_is_sent_in_the_language_of_the_lead_or_notes_that_it_is_not(
	world, spoken, text, language, detail
):
	ready(world)
	in_german(world)
	world.enroll(texted(world), person(world, language=spoken))
	world.tick()
	((subject, *noted),) = world.all("Nurture Touch", "subject", "language", "reason_detail")
	assert subject.startswith(text) and noted == [language, detail]


def test_how_to_opt_out_is_said_in_the_language_of_the_reader(world):
	from dataclasses import replace

	ready(world)
	spoken = []

	def translate(text: str, language: str) -> str:
		spoken.append(language)
		return {"de": "Antworten Sie STOP."}.get(language, text)

	world.host = replace(world.host, translate=translate)
	world.enroll(texted(world), person(world, language="de"))
	world.tick()
	assert world.all("Nurture Touch", "subject")[0][0].endswith("Antworten Sie STOP.") and "de" in spoken


@pytest.mark.parametrize("kind", ["SMS", "WhatsApp", "Email"])
def test_a_step_whose_text_is_for_another_channel_cannot_be_activated(sqlite_world, kind):
	ready(sqlite_world)
	sqlite_world.put(
		"Nurture Content", "Mail", title="Mail", channel="Email", subject="Hi", body="<p>Hello</p>"
	)
	wrong = "Short" if kind != "SMS" else "Mail"
	with pytest.raises(NurtureError) as refused:
		texted(sqlite_world, STEP | {"step_type": kind, "content": wrong})
	assert refused.value.code == "content_other_channel" and "Text" in str(refused.value)


def test_a_parameter_has_no_line_breaks():
	text = MessageText("x", "WhatsApp", "", "hello", "en", "{{ lead.a }}\n\nfixed")
	payload = payload_of(text, {"lead": {"a": "one\n\ttwo     three"}})
	assert payload["parameters"] == ["one two three", "fixed"]


def test_a_text_that_names_neither_an_asset_nor_a_reason_is_pointed_out(world):
	ready(world)
	definition = load_definition(world.host, texted(world, activate=False))
	(advice,) = sequence_advice(world.host, definition)
	assert (advice.code, advice.params) == ("message_without_value", {"step": "Text", "content": "Short"})
	assert "glad" in advice_sentence(advice.code, advice.params)
	world.put("Nurture Content Asset", parent="Short", asset="Guide")
	assert sequence_advice(world.host, definition) == []


# --- assets ----------------------------------------------------------------------------------------------------------


def with_an_asset(world: World, text: str = "Read {{ assets.guide.url }}", **values: object) -> None:
	ready(world)
	asset = {"title": "Guide", "short_name": "guide", "url": "https://example.com/guide", "enabled": 1}
	world.put("Nurture Asset", "Guide", **{**asset, **values})
	with world.db.transaction():
		world.db.update("tabNurture Content", ("name", "sms_text"), [("Short", text)])


def test_a_message_carries_an_asset_in_the_readers_language_and_it_is_noted(world):
	with_an_asset(world)
	in_german(world)
	german = {
		"short_name": "leitfaden",
		"url": "https://example.com/leitfaden",
		"enabled": 1,
		"language": "de",
	}
	world.put("Nurture Asset", "Leitfaden", title="Leitfaden", version_of="Guide", **german)
	with world.db.transaction():
		text = "{{ lead.first_name }}: {{ assets.guide.url }}"
		world.db.update("tabNurture Content", ("name", "sms_text"), [("Kurz", text)])
	leads = [person(world, language="de"), person(world, mobile_no="0151 12345679", language="en")]
	world.enroll(texted(world), *leads)
	world.tick()
	said = dict(world.all("Nurture Touch", "party", "subject"))
	assert "https://example.com/leitfaden" in said[leads[0]] and "https://example.com/guide" in said[leads[1]]
	used = sorted(world.all("Nurture Content Use", "party", "content", "asset"))
	assert used == sorted([(leads[0], "Kurz", "Leitfaden"), (leads[1], "Short", "Guide")])


@pytest.mark.parametrize(
	("values", "reason"),
	[
		({"enabled": 0}, "asset_not_usable"),
		({"is_offer": 1, "valid_from": "2020-01-01", "valid_until": "2020-02-01"}, "asset_not_usable"),
		({"short_name": "other"}, "template_error"),
	],
)
def test_a_message_whose_asset_cannot_be_sent_is_held(world, values, reason):
	with_an_asset(world, **values)
	world.enroll(texted(world), person(world))
	world.tick()
	assert touched(world) == [("Held", reason)] and not outgoing(world, "status")


def test_a_file_cannot_leave_by_message_and_a_block_neither(sqlite_world):
	with_an_asset(sqlite_world, url="", file="/private/files/guide.pdf")
	for text, code in (
		("{{ assets.guide.url }}", "asset_file_by_message"),
		("{{ assets.nothing.url }}", "asset_unknown"),
		("{{ block.story }}", "block_not_here"),
	):
		with pytest.raises(NurtureError) as refused:
			check_text(sqlite_world.host, MessageText("x", "SMS", text))
		assert refused.value.code == code


def test_a_message_whose_window_never_opens_any_more_keeps_nothing_else_from_leaving(world):
	ready(world)
	world.put(
		"Nurture Webhook", "CRM", title="CRM", enabled=1, url="https://crm.example/hook", lead_fields=""
	)
	hook = {"step_label": "Tell", "step_type": "Webhook", "webhook": "CRM"}
	world.enroll(texted(world), person(world))
	world.tick()
	days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
	world.settings(holiday_list="Sundays", window_sunday=1, **{f"window_{day}": 0 for day in days})
	for week in range(60):
		world.put("Holiday", parent="Sundays", holiday_date=MONDAY.date() + timedelta(days=7 * week - 1))
	world.clock.move_to(MONDAY + timedelta(minutes=1))
	world.enroll(world.sequence("Told", [hook]), world.lead())
	world.tick()
	line = Line()
	assert sender.work(world.host, line).sent == 1
	assert [one.channel for one in line.parcels] == ["Webhook"]
	assert sorted(outgoing(world, "channel", "status", "reason")) == [
		("SMS", "Queued", "window_never_opens"),
		("Webhook", "Sent", ""),
	]
