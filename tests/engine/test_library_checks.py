"""What is said about a text while it is written."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import lifecycle
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.checks import advice, count_words, is_homepage
from nurture_app.engine.library.contents import check_contents, check_parts, read_draft
from nurture_app.engine.library.locales import load_locales, locale_for, tone_advice
from nurture_app.engine.library.sensitive import sensitive_fields
from nurture_app.engine.library.sequence_checks import SAID_HERE_TOO, sequence_advice
from nurture_app.engine.sentences import advice_sentence
from nurture_app.simulator.presets import SHIPPED
from tests.engine.test_library import SOFTWARE, asset, block
from tests.world import MONDAY, World

GOOD = {
	"subject": "Three questions before you choose",
	"body": "<p>Hi {{ lead.first_name | default('there') }},</p><p>most firms in {{ lead.industry | default('your field') }} "
	"lose a day a week to this. <a href='https://www.example.com/guide'>These three questions</a> help.</p>",
}


def said(world: World, **content: Any) -> dict[str, dict[str, Any]]:
	found = advice(read_draft(world.host, GOOD | content))
	for one in found:
		assert advice_sentence(one.code, one.params) != one.code
		assert "{" not in advice_sentence(one.code, one.params)
	return {one.code: one.params for one in found}


def test_nothing_is_said_about_a_good_mail(world):
	assert said(world) == {}


def body(text: str) -> dict[str, str]:
	return {"body": f"{GOOD['body']}<p>{text}</p>"}


@pytest.mark.parametrize(
	("content", "code"),
	[
		({"subject": "Re: our talk"}, "fake_thread"),
		({"subject": "FWD: our talk"}, "fake_thread"),
		(body("Just bumping this to the top of your inbox."), "bump"),
		(body("I am just following up on that."), "bump"),
		(body("Did you see my last email?"), "bump"),
		(body("Hurry, only 3 seats left"), "scarcity_without_end"),
		(body("This offer ends tonight."), "scarcity_without_end"),
		(body("I noticed you visited our pricing page at 10:32."), "cites_visits"),
		(body("You looked at our prices."), "cites_visits"),
		({"subject": "Act now: FREE gift"}, "spam_words"),
		(body("This is 100% free and risk-free."), "spam_words"),
		({"subject": "GREAT NEWS today"}, "shouted_subject"),
		(body("READ THIS BEFORE EVERYBODY ELSE DOES THIS SOON AGAIN"), "shouted_text"),
		({"subject": "Look! Here!"}, "exclamation_marks"),
		(body("Wonderful!!"), "exclamation_marks"),
		({"role": "Welcome"} | body("word " * 151), "welcome_too_long"),
		({"body": "<p><img src='https://x.example/a.png' alt=''></p>"}, "no_plain_text"),
		(body("<img src='https://x.example/a.png'>"), "pictures_without_text"),
		({"body": "<p>Hi {{ lead.company_name }}<img src='https://x.example/a.png' alt='A chart'></p>"}, "only_pictures"),
		(body("<a href='https://www.example.com/'>us</a>"), "homepage_link"),
		(body("<a href='https://www.example.com'>us</a>"), "homepage_link"),
		({"body": "<p>Hello, read <a href='https://www.example.com/guide'>this</a>.</p>"}, "not_personal"),
		({"body": "<p>Hi {{ lead.first_name | default('x') }}, <a href='https://www.example.com/a'>a</a></p>"}, "only_the_name"),
		({"role": "Proof"}, "proof_without_numbers"),
		({"body": "<p>Hi {{ lead.company_name }}, how are you?</p>"}, "no_value"),
	],
)  # fmt: skip
def test_what_is_said_about_a_text(world, content, code):
	assert code in said(world, **content)


@pytest.mark.parametrize(
	"content",
	[
		{"subject": "Report: what changed"},
		{"subject": "GDPR in one page"},
		{"role": "Welcome"} | body("word " * 100),
		body("<img src='https://x.example/a.png' alt='Costs by month'>"),
		body("<a href='https://www.example.com/#prices'>prices</a>"),
		{"role": "Proof"} | body("Down 40 % in three months."),
		{"body": "<p>Hi {{ lead.company_name }}, how are you?</p>", "value_reason": "We ask"},
		body("Visit <a href='https://www.example.com/you-visited/free-gift'>this page</a>."),
		body("The winners' list; click on the last page."),
	],
)
def test_what_nothing_is_said_about(world, content):
	assert said(world, **content) == {}


def test_hurry_is_fine_where_an_offer_really_ends(world):
	asset(world, "offer", is_offer=1, valid_from="2026-01-01", valid_until="2026-12-31")
	assert said(world, **body("It ends soon: {{ assets.offer.url }}")) == {}


def test_blocks_count_as_personal_and_are_read_in_all_variants(world):
	block(world, "story", SOFTWARE | {"text": "<p>Act now, you winner.</p>"})
	text = "<p>Hello.</p><p>{{ block.story }}</p><p><a href='https://www.example.com/a'>a</a></p>"
	assert set(said(world, body=text)) == {"spam_words"}
	assert read_draft(world.host, GOOD | {"body": text}).word_count == 4  # Hello, For all, a


@pytest.mark.parametrize(
	("text", "count"),
	[
		("", 0),
		("One two-three, 4!", 3),
		("See (https://a.example/b-c).", 1),
		("don't — stop", 2),
		("Grüße aus Köln", 3),
	],
)
def test_words_are_counted_as_people_do(text, count):
	assert count_words(text) == count


@pytest.mark.parametrize(
	"url", ["mailto:a@b.example", "https://a.example/b", "https://{{ lead.website }}", "/", "http://[::1"]
)
def test_what_is_no_homepage(url):
	assert not is_homepage(url)


# --- sensitive fields ------------------------------------------------------------------------------------------------


def test_what_nobody_wants_to_read_about_themselves_is_refused(world):
	for field in ("gender", "salutation"):
		with pytest.raises(NurtureError, match=f"lead.{field}"):
			check_parts(world.host, GOOD | body(f"Dear {{{{ lead.{field} | default('x') }}}}"))
	world.settings(sensitive_fields="territory\n job_title ")
	with pytest.raises(NurtureError, match=r"lead\.job_title"):
		check_parts(world.host, GOOD | body("{{ lead.job_title | default('x') }}"))
	check_parts(world.host, GOOD)


def test_a_sensitive_field_in_a_variant_keeps_a_sequence_from_starting(world):
	block(world, "story", SOFTWARE | {"text": "<p>{{ lead.gender | default('x') }}</p>"})
	world.content("Mail", body="<p>{{ block.story }}</p>")
	world.sequence("Seq", [{"step_label": "Mail", "content": "Mail"}], activate=False)
	with pytest.raises(NurtureError, match="Mail"):
		lifecycle.activate(world.host, "Seq")
	with pytest.raises(NurtureError, match="sensitive"):
		check_contents(world.host, ["Mail"])


def test_fields_are_taken_for_sensitive_by_their_words():
	fields = [
		"first_name",
		"date_of_birth",
		"custom_religion",
		"stage",
		"average",
		"race_id",
		"trace",
		"page",
		"Salary",
	]
	assert sensitive_fields(fields, ["STAGE "]) == [
		"Salary",
		"custom_religion",
		"date_of_birth",
		"race_id",
		"stage",
	]


# --- the mails of a sequence together --------------------------------------------------------------------------------


def told(world: World, *contents: dict[str, Any], texts_too: bool = False) -> list[tuple[str, str]]:
	"""Codes with the step they are about, for a sequence of mails of these contents."""
	steps = []
	for number, content in enumerate(contents, 1):
		name = f"C{number}"
		role = content.pop("step_role", "")
		world.put(
			"Nurture Content",
			name,
			**{"title": name, "subject": name, "revision": 1, "body": "<p>x</p>"} | content,
		)
		steps.append({"step_label": f"S{number}", "content": name, "role": role})
	world.sequence("Seq", steps, activate=False)
	found = sequence_advice(world.host, lifecycle.load_definition(world.host, "Seq"))
	for one in found:
		assert advice_sentence(one.code, one.params) != one.code
	return [
		(one.code, one.params.get("step", "")) for one in found if texts_too or one.code not in SAID_HERE_TOO
	]


def test_the_first_three_mails_ask_for_nothing(world):
	found = told(
		world, {}, {"cta_strength": "Hard"}, {"step_role": "CTA"}, {"cta_strength": "Hard"}, {}, {}, {}
	)
	assert found == [("early_ask", "S2"), ("early_ask", "S3")]


def test_what_is_said_about_a_text_is_said_once_for_all_its_steps(world):
	fine = {"body": GOOD["body"], "value_reason": "It helps"}
	found = told(world, {}, fine, {"value_reason": "Useful"}, texts_too=True)
	assert found == [("not_personal", "S1, S3"), ("no_value", "S1")]


def test_a_soft_call_to_action_is_no_early_ask(world):
	assert told(world, {"step_role": "CTA", "cta_strength": "Soft"}, {}, {}) == []


def test_most_mails_help(world):
	assert ("more_promotion", "") in told(world, {}, *({"cta_strength": "Hard"} for _ in range(4)))


def test_who_ignored_a_subject_is_not_sent_it_again(world):
	assert told(world, {"subject": "Hello  you"}, {}, {"subject": "hello you"}) == [("same_subject", "S3")]


def test_offers_that_end_and_assets_nobody_looked_after(world):
	soon = (MONDAY + timedelta(days=5)).date()
	asset(world, "offer", is_offer=1, valid_from="2026-01-01", valid_until=soon)
	asset(world, "old", review_on=(MONDAY - timedelta(days=1)).date())
	asset(world, "gone", enabled=0)
	block(world, "story", SOFTWARE | {"asset": "Old"})
	texts = ("{{ assets.offer.url }}", "{{ block.story }}", "{{ assets.gone.url }}")
	found = told(world, *({"body": f"<p>{text}</p>"} for text in texts))
	assert found == [("asset_over_soon", "S1"), ("content_overdue", "S2"), ("asset_not_sent", "S3")]


@pytest.mark.parametrize(
	("programme", "delay", "code"),
	[("B2B", 1, "pace_too_fast"), ("B2B", 7, ""), ("B2B", 60, "pace_too_slow"), ("B2C", 1, ""), ("B2C", 20, "pace_too_slow"), ("", 1, "")],
)  # fmt: skip
def test_the_pace_suits_the_programme(world, programme, delay, code):
	world.settings(programme=programme)
	steps = [{"step_label": f"M{number}", "delay": delay if number else 0} for number in range(3)]
	world.sequence("Seq", steps, activate=False)
	found = sequence_advice(world.host, lifecycle.load_definition(world.host, "Seq"))
	assert [one.code for one in found if one.code.startswith("pace")] == ([code] if code else [])


def test_a_video_that_is_too_long_for_its_kind_is_told_with_its_step(world):
	world.put("Nurture Content Format", "Personal Video", title="Personal Video", longest_seconds=90)
	asset(world, "long", format="Personal Video", video_seconds=91)
	asset(world, "short", format="Personal Video", video_seconds=90)
	asset(world, "talk", video_seconds=4000)
	found = told(
		world, *({"body": f"<p>{{{{ assets.{name}.url }}}}</p>"} for name in ("long", "short", "talk"))
	)
	assert found == [("video_too_long", "S1")]


def test_a_broken_link_is_told_with_its_step(world):
	link = "<p><a href='https://www.example.com/gone'>x</a></p>"
	world.put("Nurture Link Check", url="https://www.example.com/gone", status="Broken", problem="HTTP 404")
	world.put("Nurture Link Check", url="https://www.example.com/fine", status="Works")
	assert told(world, {"body": link}, {"body": link.replace("gone", "fine")}) == [("broken_link", "S1")]


def test_languages_of_those_who_fit_and_have_no_version(world):
	for language in ("it", "it", "de-AT", "en-GB", ""):
		world.lead(language=language, industry="Software")
	world.lead(language="fr")
	world.put(
		"Nurture Content", "C1 DE", title="C1 DE", subject="x", body="x", language="de", version_of="C1"
	)
	world.put("Nurture Content", "C1", title="C1", subject="C1", body="<p>x</p>", revision=1, language="en")
	steps = [{"step_label": f"S{number}", "content": "C1"} for number in (1, 2)]
	world.sequence("Seq", steps, activate=False, condition=[["industry", "=", "Software"]])
	found = sequence_advice(world.host, lifecycle.load_definition(world.host, "Seq"))
	assert [one.params for one in found if one.code == "languages_missing"] == [
		{"count": 2, "languages": "it", "content": "C1"}
	]


def test_the_number_of_queries_does_not_grow_with_the_steps(world):
	from dataclasses import replace

	from tests.database_wrappers import WatchedDatabase

	asset(world, "old", review_on=(MONDAY - timedelta(days=1)).date())
	text = {"body": "<p>{{ assets.old.url }} <a href='https://www.example.com/a'>x</a></p>"}
	told(world, *(dict(text) for _ in range(8)))
	watched = WatchedDatabase(world.db)
	definition = lifecycle.load_definition(world.host, "Seq")
	sequence_advice(replace(world.host, db=watched), definition)
	assert watched.calls <= 9


def test_what_ships_is_not_spoken_ill_of(world):
	"""Each warning about a shipped text is one about something that is meant."""
	meant = {"no_value", "only_the_name", "not_personal", "proof_without_numbers", "homepage_link"}
	says_so = (
		"cites_visits",
		"No response 1 - Something new",
	)  # in general words, to who looked at many things
	for shipped in json.loads((SHIPPED / "content_blocks.json").read_text(encoding="utf-8")):
		variants = ({**one, "text": one.get("text") or ""} for one in shipped["variants"])
		block(world, shipped["short_name"], *variants, text=shipped["default_text"])
	found: dict[str, list[str]] = {}
	for path in sorted(SHIPPED.rglob("*.json")):
		for record in json.loads(path.read_text(encoding="utf-8")):
			if record["doctype"] == "Nurture Content" and record.get("channel", "Email") == "Email":
				for one in advice(read_draft(world.host, record)):
					if one.code not in meant and (one.code, record["title"]) != says_so:
						found.setdefault(f"{one.code} {one.params}", []).append(record["title"])
	assert found == {}


# --- manners, in the language of the text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
	("language", "text", "code"),
	[
		("de", "Nur noch 3 Plätze frei!", "scarcity_without_end"),
		("de-AT", "Das Angebot endet morgen.", "scarcity_without_end"),
		("de", "Ich wollte nur kurz nachfragen.", "bump"),
		("de", "Sie haben unsere Preise angesehen.", "cites_visits"),
		("de", "Jetzt kaufen und Geld zurück.", "spam_words"),
		("de", "Last chance for you.", "scarcity_without_end"),
		("fr", "Plus que 5 places disponibles.", "scarcity_without_end"),
		("fr", "Ne manquez pas l\u2019offre, aujourd\u2019hui seulement.", "scarcity_without_end"),
		("fr", "Avez-vous vu mon dernier message ?", "bump"),
		("fr", "Vous avez consulté nos tarifs.", "cites_visits"),
		("fr", "Cliquez ici, c'est sans risque.", "spam_words"),
		("es", "Solo quedan 4 plazas.", "scarcity_without_end"),
		("es", "Solo quería saber si pudo leerlo.", "bump"),
		("es", "Hemos visto que le interesa.", "cites_visits"),
		("es", "Haga clic aquí, sin compromiso.", "spam_words"),
		("", "Plus que 5 places disponibles, nur noch heute.", "scarcity_without_end"),
		("it", "Only 3 seats left.", "scarcity_without_end"),
	],
)
def test_what_is_said_about_a_text_in_its_language(world, language, text, code):
	assert code in said(world, language=language, **body(text))


@pytest.mark.parametrize(
	("language", "text"),
	[
		("de", "Wenn Sie unsere Seite besucht haben, kennen Sie das schon."),
		("de", "Es gibt keine Eile und noch viele Plätze."),
		("fr", "Si vous avez consulté un comparatif, vous le savez."),
		("es", "Si ha visitado una feria, ya lo conoce."),
		("en", "Nur heute"),  # no English
	],
)
def test_what_nothing_is_said_about_in_other_languages(world, language, text):
	assert said(world, language=language, **body(text)) == {}


def test_a_reason_for_the_hurry_and_a_pitch_that_says_it_is_none(world):
	assert said(world, scarcity_reason="Twelve seats in the room", **body("Only 3 seats left.")) == {}
	assert set(said(world, cta_strength="Soft", **body("Book a demo."))) == {"pitch_not_said"}
	assert set(said(world, cta_strength="Soft", language="de", **body("Buchen Sie eine Demo."))) == {
		"pitch_not_said"
	}
	assert said(world, cta_strength="Hard", **body("Book a demo.")) == {}


def activate(world: World, *contents: dict[str, Any], **values: Any) -> str:
	"""Activate a sequence of these mails; the code of what refuses it, or nothing."""
	world.empty("Nurture Content", "Nurture Sequence", "Nurture Sequence Step")
	steps = []
	for number, content in enumerate(contents, 1):
		row = {"title": f"C{number}", "subject": f"C{number}", "revision": 1, "body": "<p>x</p>"} | content
		world.put("Nurture Content", f"C{number}", **row)
		if "version_of" not in content:
			steps.append({"step_label": f"S{number}", "content": f"C{number}"})
	world.sequence("Seq", steps, activate=False, **values)
	try:
		lifecycle.activate(world.host, "Seq")
	except NurtureError as error:
		assert "{" not in str(error)
		return error.code
	return ""


HARD = {"cta_strength": "Hard"}


def test_a_sale_is_not_asked_for_in_the_first_three_mails_without_a_reason(world):
	assert activate(world, {}, HARD, {}, {}) == "early_ask_unexplained"
	assert (
		activate(world, {}, {}, body("Book a demo now.") | {"language": "en"}, {}) == "early_ask_unexplained"
	)
	assert activate(world, {}, {"cta_strength": "Soft"}, {}, {}) == ""
	assert activate(world, {}, {}, {}, HARD) == ""
	assert activate(world, {}, HARD, {}, {}, early_ask_reason="They asked for it") == ""
	assert activate(world, {}, HARD, {}, {}, journey_stage="Decision") == ""
	assert activate(world, {}, HARD, {}, {}, journey_stage="Awareness") == "early_ask_unexplained"


def test_promotion_has_its_limit(world):
	offers = {"journey_stage": "Decision"}
	asset(world, "trial", format="Trial")
	world.put("Nurture Content Format", "Trial", title="Trial", promotional=1)
	assert activate(world, HARD, HARD, {}, **offers) == "promotion_unexplained"
	assert activate(world, HARD, body("{{ assets.trial.url }}"), {}, **offers) == "promotion_unexplained"
	assert activate(world, HARD, HARD, {}, **offers, promotion_reason="A sale week") == ""
	world.settings(promotional_percent=70)
	assert activate(world, HARD, HARD, {}, **offers) == ""
	world.settings(promotional_percent=0)
	assert activate(world, HARD, HARD, **offers) == ""


def test_fake_scarcity_keeps_a_sequence_from_starting(world):
	hurry = body("Only 3 seats left.")
	assert activate(world, {}, hurry) == "scarcity_unexplained"
	assert activate(world, {}, hurry | {"scarcity_reason": "The room has twelve seats"}) == ""
	assert (
		activate(world, {}, {"version_of": "C1", "language": "de"} | body("Nur noch 3 Plätze!"))
		== "scarcity_unexplained"
	)
	asset(world, "offer", is_offer=1, valid_from="2026-01-01", valid_until="2026-12-31")
	assert activate(world, {}, body("Only 3 seats left: {{ assets.offer.url }}")) == ""


# --- manners of a place ----------------------------------------------------------------------------------------------


def test_the_nearest_locale_is_taken(world):
	for title, language, country in (
		("German", "de", ""),
		("Swiss German", "de", "Switzerland"),
		("Switzerland", "", "Switzerland"),
		("French", "fr", ""),
	):
		world.put(
			"Nurture Locale", title, title=title, for_language=language, for_country=country, by_phone=1
		)
	found = load_locales(world.host)
	assert found[1].channels == ("Phone",)
	for language, country, title in (
		("de-CH", "Switzerland", "Swiss German"),
		("it", "Switzerland", "Switzerland"),
		("", "Switzerland", "Switzerland"),
		("fr", "Switzerland", "Switzerland"),
		("de-AT", "Austria", "German"),
		("", "Austria", None),
		("en", "", None),
	):
		one = locale_for(found, language, country)
		assert (one and one.title) == title, (language, country)


@pytest.mark.parametrize(
	("language", "formality", "text", "code"),
	[
		("de", "Formal", "Schau dir das an.", "addressed_informal"),
		("de", "Informal", "Das hilft Ihnen sicher.", "addressed_formal"),
		("de", "Informal", "Die Zahlen helfen. Sie zeigen den Weg.", ""),
		("de", "Formal", "Das hilft Ihnen sicher.", ""),
		("de", "", "Schau dir das an.", ""),
		("fr", "Formal", "Regarde, c'est pour toi.", "addressed_informal"),
		("fr", "Informal", "C'est pour vous.", "addressed_formal"),
		("es", "Formal", "Es para ti.", "addressed_informal"),
		("es", "Informal", "Es para usted.", "addressed_formal"),
		("en", "Formal", "Look at this.", ""),
	],
)
def test_readers_are_addressed_as_is_usual_among_them(world, language, formality, text, code):
	world.put("Nurture Locale", "There", title="There", for_language=language, formality=formality)
	seen = read_draft(world.host, {"subject": "x", "body": f"<p>{text}</p>", "language": language})
	found = tone_advice(seen, locale_for(load_locales(world.host), language))
	assert [one.code for one in found] == ([code] if code else [])
	assert all("{" not in advice_sentence(one.code, one.params) for one in found)


def test_versions_that_nobody_at_home_in_the_language_has_read_are_named(world):
	for code, reviewed in (("de", 0), ("fr", 1)):
		version = {"version_of": "C1", "language": code, "culturally_reviewed": reviewed}
		world.put("Nurture Content", f"C1 {code}", title=f"C1 {code}", subject="x", body="x", **version)
	assert ("not_culturally_reviewed", "") in (found := told(world, {"language": "en"}))
	assert len([code for code, _step in found if code == "not_culturally_reviewed"]) == 1
