"""The sequences that ship: every one of the catalogue is there, can be activated, and says what is fit to be sent."""

from __future__ import annotations

import itertools
import re
from datetime import date, time, timedelta
from html import unescape

import pytest

from nurture_app.engine import sequences
from nurture_app.engine.content import KNOWN_PLACEHOLDERS, CompiledContent, compile_content, render
from nurture_app.engine.definition import MAIL_STEPS, MINUTES
from nurture_app.engine.library.assets import Assets
from nurture_app.engine.library.blocks import DEFAULT, Blocks, block_from_rows
from nurture_app.engine.library.expand import PARTS, expand
from nurture_app.engine.schedule import Timetable, plan_step
from nurture_app.engine.timing import SendWindow
from tests.engine.test_presets import (
	AUDIENCES,
	BLOCKS,
	CATALOG,
	CONTENT_BY_TITLE,
	CONTENTS,
	KNOWN,
	MAILS,
	NOW,
	SEQUENCES,
	STEPS,
	TRIED,
	UTC,
	by,
	contents_of,
	definition_of,
	sequence,
)

CATALOGUE = {
	"NS-01": ("gated-ebook-track",),
	"NS-02": ("four-week-multi-channel",),
	**{f"NS-{number:02}": ("five-email-nurture",) for number in range(3, 9)},
	**{f"NS-{number:02}": ("cold-re-engagement",) for number in (9, 10)},
	"NS-11": ("cold-re-engagement", "after-reactivation"),
	"NS-12": ("four-email-cold-series",),
	"NS-13": ("saas-onboarding",),
	"NS-14": ("post-demo-value-arc",),
	"NS-15": ("mql-3-touch-personal",),
	"NS-16": ("mql-no-response",),
	"NS-17": ("day-0-welcome",),
	"NS-18": ("low-touch", "low-touch-new-download"),
	"NS-19": ("long-term-warm",),
	"NS-20": ("middle-of-funnel-drip",),
	"NS-21": ("case-study-download",),
	"NS-22": ("pricing-sheet-download",),
	"NS-23": ("webinar-follow-up-attended", "webinar-follow-up-no-show"),
	"NS-24": ("three-week-self-education",),
	"NS-25": ("past-webinar-revival",),
	"NS-26": ("abm-account-push",),
	"NS-27": ("cart-recovery",),
	"NS-28": ("value-first-track",),
	"NS-29": ("recycle", "recycled-lead-looks-again"),
	"NS-30": ("customer-onboarding",),
	"NS-31": ("surprise-and-delight",),
	"NS-32": ("expansion",),
	"NS-33": ("high-touch-play",),
	"NS-34": ("warm-and-mql-drip",),
	"NS-35": ("chatbot-pricing-guide",),
	"NS-36": ("retention-and-renewal", "inactive-customers"),
	"NS-37": ("cold-outreach-opener",),
	"NS-38": ("referral-ask",),
}
"""Which presets answer which line of the requirements catalogue."""
GROUPS = (
	"Welcome & core",
	"Re-engagement",
	"Downloads & education",
	"Webinars & events",
	"Sales-assisted",
	"Onboarding & product",
	"Customers & growth",
	"Always-on",
)
DAYS_OF_MAILS = {
	"gated-ebook-track": [4, 11, 18, 25],
	"four-week-multi-channel": [1, 8, 27],
	"five-email-nurture": [1, 3, 7, 12, 18, 25, 29, 34],
	"cold-re-engagement": [1, 4, 11],
	"four-email-cold-series": [1, 6, 12, 20],
	"saas-onboarding": [1, 3, 6, 9],
	"post-demo-value-arc": [1, 3, 6, 10, 15],
	"mql-3-touch-personal": [1, 3, 6],
	"mql-no-response": [4],
	"middle-of-funnel-drip": [1, 5, 10, 15, 21],
	"three-week-self-education": [1, 4, 8, 11, 15, 18],
	"low-touch": [1, 31, 61, 91, 121, 151, 181],
	"long-term-warm": [1, 31, 61, 91, 121, 151],
	"customer-onboarding": [1, 7, 14, 30, 60],
	"inactive-customers": [1, 8],
}
"""Days since enrollment, the first being 1, for somebody who takes every way that leads to more mails."""
SALES_OWNED = {"post-demo-value-arc", "mql-3-touch-personal", "mql-no-response"}
PRE_TRUST = {
	"five-email-nurture",
	"cold-re-engagement",
	"gated-ebook-track",
	"four-week-multi-channel",
	"middle-of-funnel-drip",
	"warm-and-mql-drip",
	"four-email-cold-series",
	"value-first-track",
	"recycle",
	"webinar-follow-up-attended",
	"webinar-follow-up-no-show",
	"three-week-self-education",
	"low-touch",
	"long-term-warm",
	"case-study-download",
	"cold-outreach-opener",
}
"""Awareness and consideration: no meeting, demonstration or purchase is asked for in the first three mails (CD-07)."""
CUSTOMERS = {
	"customer-onboarding",
	"surprise-and-delight",
	"retention-and-renewal",
	"expansion",
	"referral-ask",
	"inactive-customers",
}
"""What customers ask for is no reason to end these."""
CONVERSATIONS = {"customer-onboarding", "surprise-and-delight", "retention-and-renewal"}
"""Customers answer these without wanting them to stop."""


def test_every_line_of_the_catalogue_has_its_record():
	assert list(dict.fromkeys(sorted(CATALOGUE))) == [f"NS-{number:02}" for number in range(1, 39)]
	shipped = {doc["preset"] for doc in SEQUENCES}
	assert {preset for presets in CATALOGUE.values() for preset in presets} == shipped


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_every_sequence_says_what_the_gallery_shows(doc):
	assert doc["gallery_group"] in GROUPS
	assert doc["goal_kind"] in ("Conversion", "Re-engagement", "Expansion") and doc["goal_target"] > 0
	assert doc["goal_activity"] in KNOWN.activity_types
	assert doc["expected_days"] > 0 and doc["journey_stage"]
	assert doc["channels_note"].endswith(".") and doc["set_up_notes"].endswith(".")


def test_every_group_of_the_gallery_has_something_in_it():
	assert {doc["gallery_group"] for doc in SEQUENCES} == set(GROUPS)


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_every_sequence_could_be_activated(doc):
	definition = definition_of(doc)
	sequences.check(definition, CATALOG, KNOWN, frozenset(CONTENT_BY_TITLE))
	sequences.check_complete(definition)
	advice = {one.code for one in sequences.warnings(definition)}
	assert advice <= {"few_messages", "continues_after_reply", "everybody_enters", "call_before_sql"}
	assert ("continues_after_reply" in advice) == (
		doc["preset"] in CONVERSATIONS | {"recycled-lead-looks-again"}
	)
	assert ("everybody_enters" in advice) == (doc["preset"] == "high-touch-play"), "it sends nothing"


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_mail_needs_consent_and_stops_on_a_bounce(doc):
	if any(step["step_type"] in MAIL_STEPS for step in doc["steps"]):
		assert doc["condition"] == {"consent": "Email"} or {"consent": "Email"} in doc["condition"]["all"]
	assert doc["exit_on_bounce"]
	starts_with_customers = doc["trigger_type"] == "Activity" and doc["trigger_activity"] == "Became Customer"
	if starts_with_customers:
		assert not doc["exit_on_conversion"]
	assert doc["trigger_type"] != "Segment Entered" or doc["trigger_segment"] in KNOWN.segments
	assert doc["steps"][-1]["step_type"] == "End"


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_labels_resolve_days_increase_and_subjects_differ(doc):
	steps = doc["steps"]
	labels = [step["step_label"] for step in steps]
	assert len(labels) == len(set(labels))
	for step in steps:
		for way in ("on_true", "on_false", "go_to"):
			assert step.get(way, "") in {"", *labels}
	days = [step["day"] for step in steps if step["timing"] == "On Day"]
	assert days == sorted(days)
	subjects = [content["subject"].lower() for content in contents_of(doc)]
	assert len(subjects) == len(set(subjects))


def mails_in_order(doc: dict) -> list[dict]:
	return [step for step in doc["steps"] if step["step_type"] in MAIL_STEPS]


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_no_two_mails_in_a_row_play_the_same_role(doc):
	ways = {step["step_label"]: step for step in doc["steps"] if step["step_type"] == "Branch"}
	either_or = {(way["on_true"], way["on_false"]) for way in ways.values()}
	for before, after in itertools.pairwise(mails_in_order(doc)):
		pair = (before["step_label"], after["step_label"])
		if pair not in either_or and pair[::-1] not in either_or:
			assert before["role"] != after["role"], pair


def test_every_step_has_the_role_of_its_content_and_every_content_is_used_once():
	named = [step for step in STEPS if step.get("content")]
	used = [step["content"] for step in named]
	assert len(used) == len(set(used))
	assert set(used) | TRIED == set(CONTENT_BY_TITLE)
	assert all(step["role"] == CONTENT_BY_TITLE[step["content"]]["role"] for step in named)


def test_sales_sends_its_own_mails():
	for doc in SEQUENCES:
		if doc["preset"] in SALES_OWNED:
			assert {step["sender_from"] for step in mails_in_order(doc)} == {"Lead Owner"}, doc["preset"]


def days_of_mails(doc: dict, answers: dict[str, bool]) -> tuple[dict[str, int], str]:
	"""Day of each mail for somebody enrolled on Day 1 at whose branches `answers` hold, and how it ends."""
	definition = definition_of(doc)
	always = SendWindow(time(0), time(23, 59), frozenset(range(7)))
	table = Timetable(always, frozenset[date](), UTC, UTC)
	step, moment, days = definition.steps[0], NOW, {}
	while step.step_type != "End":
		moment = plan_step(step, NOW, moment, table).nominal_on
		if step.step_type in MAIL_STEPS:
			days[step.label] = (moment.date() - NOW.date()).days + 1
		if step.step_type in ("Branch", "Wait Until"):
			way = step.on_true if answers[step.label] else step.on_false
			if step.step_type == "Wait Until" and not answers[step.label]:
				moment += timedelta(minutes=step.timeout * MINUTES[step.timeout_unit])
		else:
			way = step.next
		step = definition.step(way)
	return days, step.end_outcome


def all_walks(doc: dict) -> list[tuple[dict[str, int], str]]:
	branches = [step["step_label"] for step in doc["steps"] if step["step_type"] in ("Branch", "Wait Until")]
	return [
		days_of_mails(doc, dict(zip(branches, answers, strict=True)))
		for answers in itertools.product((True, False), repeat=len(branches))
	]


@pytest.mark.parametrize("preset", DAYS_OF_MAILS)
def test_mails_go_out_on_their_days(preset):
	longest = max(all_walks(sequence(preset)), key=lambda walk: (len(walk[0]), sum(walk[0].values())))[0]
	assert list(longest.values()) == DAYS_OF_MAILS[preset]


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_the_usual_cap_leaves_room_for_every_sequence_alone_and_it_lasts_as_long_as_it_says(doc):
	for days, _ in all_walks(doc):
		moments = sorted(days.values())
		assert all(sum(start <= day < start + 7 for day in moments) <= 3 for start in moments), days
		assert not moments or moments[-1] <= doc["expected_days"]


@pytest.mark.parametrize("doc", SEQUENCES, ids=by("preset"))
def test_a_demonstration_asked_for_or_a_deal_lost_ends_every_sequence_that_sells(doc):
	"""SE-09. What sales leads itself goes on after one, and so does what is for customers."""
	ends_it = {doc["goal_activity"], *(row["activity_type"] for row in doc.get("exits", ()))}
	if doc["preset"] not in CUSTOMERS and mails_in_order(doc):
		assert "Opportunity Lost" in ends_it
		assert doc["preset"] == "post-demo-value-arc" or {"Demo Request", "Appointment Booked"} <= ends_it


def test_a_recycled_lead_that_looks_again_leaves_the_slow_track_and_its_owner_hears_of_it():
	"""NS-29: until a new intent spike."""
	definition = definition_of(sequence("recycle"))
	assert {"Intent Signal", "Pricing Page View"} <= set(definition.exit_activities)
	assert definition.exit_segment == "", "a segment is an exit for those who leave it"
	steps = sequence("recycled-lead-looks-again")["steps"]
	assert [step["step_type"] for step in steps[:2]] == ["Notification", "Task"]


def test_quiet_customers_get_a_couple_of_touches_until_they_buy_or_answer():
	"""RE-13."""
	doc = sequence("inactive-customers")
	assert ["status", "=", "Converted"] in doc["condition"]["all"]
	assert doc["exit_on_conversion"] and doc["on_reply"] == "End"
	assert [step["step_type"] for step in doc["steps"]] == ["Email", "Email", "Task", "End"]
	assert doc["steps"][-1]["end_outcome"] == "Completed", "a customer is not shut out for a silence"


def test_a_note_by_hand_follows_a_milestone_and_comes_after_a_month_at_the_latest():
	"""NS-31."""
	wait, note = sequence("surprise-and-delight")["steps"][:2]
	assert (wait["step_type"], wait["wait_activity"], wait["timeout"]) == (
		"Wait Until",
		"Milestone Reached",
		30,
	)
	assert note["task_kind"] == "Handwritten Note" and note["timing"] != "On Day"


def test_five_mails_go_out_on_days_1_3_7_12_and_18():
	mails = {"Welcome": 1, "Problem": 3, "Education": 7, "Social Proof": 12, "Soft CTA": 18}
	five = sequence("five-email-nurture")
	assert days_of_mails(five, {"Opened fewer than two?": False}) == (mails, "Completed")


def test_who_opened_fewer_than_two_gets_three_other_mails_a_week_later():
	days, outcome = days_of_mails(sequence("five-email-nurture"), {"Opened fewer than two?": True})
	assert [days[f"Re-engage {number}"] - days["Soft CTA"] - 7 for number in (1, 2, 3)] == [0, 4, 9]
	assert outcome == "Completed"


@pytest.mark.parametrize(
	("opened", "expected"),
	[
		(True, {"Pattern Interrupt": 1, "Value Drop": 4, "Graceful Exit": 11}),
		(False, {"Pattern Interrupt": 1, "Graceful Exit": 8}),
	],
)
@pytest.mark.parametrize(("alive", "outcome"), [(True, "Completed"), (False, "No Reaction")])
def test_cold_leads_get_something_useful_only_if_they_opened(opened, expected, alive, outcome):
	answers = {"Opened it?": opened, "Any sign of life?": alive}
	assert days_of_mails(sequence("cold-re-engagement"), answers) == (expected, outcome)


# --- mails ------------------------------------------------------------------------------------------------------------

ALWAYS_THERE = {"sender.name", "company.name", *(f"links.{name}" for name in KNOWN_PLACEHOLDERS["links"])}
LIBRARY = Blocks({row["short_name"]: block_from_rows(row, row["variants"], CATALOG) for row in BLOCKS})
OF_A_BLOCK = re.compile(r"block\.([a-z_]+)")
FILLED = {"first_name": "Maria", "company_name": "Berg & Sons", "industry": "Food, Beverage & Tobacco"}
EMPTY = dict.fromkeys(FILLED)


def compiled(content: dict) -> CompiledContent:
	"""With its blocks put in; raises for what could not be sent."""
	expanded = expand(content, LIBRARY, Assets({}, NOW.date()))
	parts = (expanded.parts[part] for part in PARTS)
	return compile_content(*parts, lead_fields=CATALOG, more={"block": expanded.blocks})


def mail_for(content: dict, lead: dict, variant: int = DEFAULT):
	"""As somebody gets it for whom every block shows `variant`."""
	values = {
		"lead": lead,
		"sender": {"name": "Anna Lind", "email": "anna@example.com"},
		"company": {"name": "Lind Tools", "postal_address": "1 High Street"},
		"links": {"unsubscribe": "https://example.com/u/abc", "preferences": "https://example.com/p/abc"},
		"block": dict.fromkeys(LIBRARY.by_name, variant),
	}
	for name in KNOWN_PLACEHOLDERS["links"] - {"unsubscribe", "preferences"}:
		values["links"][name] = f"https://example.com/{name}"
	return render(compiled(content), values)


def own_words(content: dict, lead: dict) -> list[str]:
	"""The words of the text without the footer."""
	return mail_for(content, lead).text.split("\n-- \n")[0].split()


@pytest.mark.parametrize("content", MAILS, ids=by("preset"))
def test_placeholders_exist_and_have_a_default_where_they_may_be_empty(content):
	compiled(content)
	for part in ("subject", "preheader", "body"):
		for tag in re.findall(r"\{\{(.*?)\}\}", content[part]):
			name, _, rest = tag.strip().partition("|")
			if name.strip() in ALWAYS_THERE or OF_A_BLOCK.fullmatch(name.strip()):
				assert not rest
			else:
				assert name.strip().startswith("lead.")
				assert re.fullmatch(r'\s*default\("[^"]+"\)', rest), tag


@pytest.mark.parametrize("lead", [FILLED, EMPTY], ids=["everything known", "nothing known"])
@pytest.mark.parametrize("content", MAILS, ids=by("preset"))
def test_every_mail_reads_well_for_everybody(content, lead):
	mail = mail_for(content, lead)
	assert len(mail.subject) <= 50 and mail.subject.isascii()
	assert len(content["preheader"]) <= 80
	for text in (mail.subject, content["preheader"], mail.text):
		assert not re.search(r"[\[\]{}]|None(?! of)| ,| \.|\.\.|,,|TODO|lorem", text), text
	assert ("Hi Maria,\n" if lead is FILLED else "Hi there,\n") in mail.text
	assert mail.text.split("\n-- \n")[0].rstrip().endswith("Anna Lind\nLind Tools")


@pytest.mark.parametrize("content", MAILS, ids=by("preset"))
def test_bodies_are_plain_markup_that_a_text_editor_keeps(content):
	tags = set(re.findall(r"</?([a-z0-9]+)", content["body"]))
	assert tags <= {"p", "ul", "ol", "li", "strong", "br", "a"}
	assert unescape(content["body"]).isascii(), "dashes and quotes that every mail program shows alike"
	assert set(re.findall(r'href="(.*?)"', content["body"])) <= {
		f"{{{{ links.{name} }}}}" for name in KNOWN_PLACEHOLDERS["links"]
	}
	assert content["body_text"] == ""


def test_mails_are_short():
	for content in MAILS:
		limit = 150 if content["role"] == "Welcome" else 260
		assert len(own_words(content, FILLED)) < limit, content["title"]
	(interrupt,) = [content for content in CONTENTS if content["preset"] == "cold-1-pattern-interrupt"]
	assert len(own_words(interrupt, FILLED)) < 60


def test_no_two_mails_share_a_subject():
	subjects = [content["subject"].lower() for content in MAILS if content["title"] not in TRIED]
	assert len(subjects) == len(set(subjects))


@pytest.mark.parametrize("preset", sorted(PRE_TRUST))
def test_the_first_three_mails_ask_for_no_sale(preset):
	"""An invitation to an event or a word in reply is a soft ask, and allowed."""
	pitch = r"\b(demo|a meeting with|by (tele)?phone|a call|buy from|order now|discount|trial|quote|book a)\b"
	for content in contents_of(sequence(preset))[:3]:
		text = content.get("sms_text") or " ".join(own_words(content, FILLED))
		text = text.lower()
		assert not re.search(pitch, text), content["title"]
		assert content["role"] != "CTA" or preset == "mql-3-touch-personal", content["title"]


def test_no_mail_promises_the_moon():
	hype = r"\b(amazing|revolutionary|guarantee[ds]?|limited time|act now|best-in-class|game.changer|unlock|free|bump)"
	for content in MAILS:
		assert not re.search(hype, " ".join([content["subject"], *own_words(content, FILLED)]).lower())
		assert "!" not in content["subject"] + content["preheader"] + content["body"]


def test_the_last_mails_offer_a_way_out():
	exits = {
		content["preset"]: mail_for(content, FILLED).text for content in MAILS if content["role"] == "Exit"
	}
	assert "did we lose you?" in exits["re-engage-3-did-we-lose-you"]
	assert "Unsubscribe here (https://example.com/u/abc)" in exits["cold-3-graceful-exit"]


def test_no_mail_pretends_to_follow_up_or_hurries_anybody():
	pressure = (
		r"just (following up|checking in|circling back)|last chance|hurry|only today|running out|don.t miss"
	)
	for content in MAILS:
		text = " ".join([content["subject"], *own_words(content, FILLED)]).lower()
		assert not re.search(pressure, text.replace("no hurry", "")), content["title"]


def test_texts_for_colleagues_have_a_default_for_what_may_be_empty():
	for step in STEPS:
		for field in ("task_description", "task_text", "notify_text", "handoff_note"):
			for tag in re.findall(r"\{\{(.*?)\}\}", step.get(field) or ""):
				assert re.fullmatch(r'\s*lead\.\w+ \| default\("[^"]+"\)\s*', tag), tag


def test_texts_for_telephones_are_short_and_say_how_to_stop():
	for content in CONTENTS:
		if content.get("channel") == "SMS":
			assert len(content["sms_text"]) <= 200 and "STOP" in content["sms_text"]


def test_a_mail_with_a_block_reads_well_in_each_trade_and_in_none():
	"""NS-13: the case study is one of the reader's own field, with a default for everybody else."""
	with_blocks = {content["title"]: content for content in MAILS if OF_A_BLOCK.search(content["body"])}
	assert {"Onboarding 3 - Case study", "Opener 2 - The problem"} <= set(with_blocks)
	case = with_blocks["Onboarding 3 - Case study"]
	variants = range(DEFAULT, len(LIBRARY.get("case_of_the_field").variants))
	texts = [mail_for(case, FILLED, variant).text for variant in variants]
	assert len(set(texts)) == len(texts)
	for content in with_blocks.values():
		for short_name in OF_A_BLOCK.findall(content["body"]):
			for variant in range(DEFAULT, len(LIBRARY.get(short_name).variants)):
				text = mail_for(content, EMPTY, variant).text
				assert "{" not in text and "None " not in text


def test_the_steps_that_need_a_set_up_stand_where_the_catalogue_asks_for_them():
	kinds = {doc["preset"]: [step["step_type"] for step in doc["steps"]] for doc in SEQUENCES}
	assert kinds["abm-account-push"].count("Audience") == 2  # NS-26: in, and out again
	named = {step["audience"] for step in STEPS if step["step_type"] == "Audience"}
	assert named == {audience["title"] for audience in AUDIENCES}
	assert "SMS" in kinds["four-week-multi-channel"]  # NS-02, week 3
	assert "Appointment Offer" in kinds["gated-ebook-track"]  # NS-01: fifteen minutes
	assert "WhatsApp" in kinds["chatbot-pricing-guide"] and "Approval" in kinds["high-touch-play"]


def test_a_whatsapp_message_goes_only_to_those_who_agreed_to_it():
	for doc in SEQUENCES:
		labels = {step["step_label"] for step in doc["steps"] if step["step_type"] == "WhatsApp"}
		asked = {step["on_true"] for step in doc["steps"] if step.get("condition") == {"consent": "WhatsApp"}}
		before = {other["step_label"]: step["step_label"] for other, step in itertools.pairwise(doc["steps"])}
		for label in labels:
			assert label in asked, doc["preset"]
			(way_in,) = [key for key, value in before.items() if value == label]
			(step_before,) = [step for step in doc["steps"] if step["step_label"] == way_in]
			assert step_before.get("go_to") not in (None, label), "nobody falls into it"


def test_a_sequence_names_only_sequences_that_are_installed_before_it():
	"""A first installation writes them in this order, and refuses a link that leads nowhere."""
	seen = set()
	for doc in SEQUENCES:
		named = {step["target_sequence"] for step in doc["steps"] if step.get("target_sequence")}
		assert named <= seen, doc["preset"]
		seen.add(doc["title"])


@pytest.mark.parametrize("preset", ["cold-re-engagement", "four-email-cold-series"])
def test_who_comes_back_is_tagged_and_goes_on_in_a_usual_track(preset):
	"""RE-08"""
	steps = {step["step_label"]: step for step in sequence(preset)["steps"]}
	branch = steps["Any sign of life?"]
	assert steps[branch["on_true"]]["tag"] == "Reactivated"
	labels = list(steps)
	assert steps[labels[labels.index(branch["on_true"]) + 1]]["target_sequence"] == "Value-First Track"


def test_the_questions_of_the_articles_are_answered_with_one_click():
	"""NS-07: yes and not yet; RE-06: unsubscribe, or stay for one topic."""
	texts = {content["preset"]: content["body"] for content in MAILS}
	assert {"{{ links.yes }}", "{{ links.not_yet }}"} <= set(_links(texts["nurture-5-soft-cta"]))
	assert {"{{ links.stay }}", "{{ links.unsubscribe }}"} <= set(_links(texts["cold-3-graceful-exit"]))


def _links(body: str) -> list[str]:
	return re.findall(r'href="(.*?)"', body)
