"""Blocks, assets and language versions in the mails that leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library import assets as library_assets
from nurture_app.engine.library.blocks import block_from_rows, has_text
from nurture_app.engine.library.contents import compile_parts, load_library
from nurture_app.engine.library.expand import check_block, named_in
from nurture_app.engine.library.had import reading_of
from nurture_app.engine.library.results import results
from nurture_app.engine.library.suggestions import suggestions
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.runner import tick
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY, World

STEP = [{"step_label": "Mail", "content": "Mail"}]
SOFTWARE = {"label": "Software", "condition": [["industry", "=", "Software"]], "text": "<p>For software.</p>"}


def asset(world: World, short_name: str, **values: Any) -> str:
	row = {
		"title": short_name.title(),
		"short_name": short_name,
		"enabled": 1,
		"url": f"https://shop.example/{short_name}",
	} | values
	return world.put("Nurture Asset", row["title"], **row)


def block(
	world: World, short_name: str, *variants: dict[str, Any], text: str = "<p>For all.</p>", **values: Any
):
	name = short_name.title()
	row = {"title": name, "short_name": short_name, "default_text": text} | values
	world.put("Nurture Content Block", name, **row)
	for place, variant in enumerate(variants, 1):
		world.put("Nurture Content Variant", parent=name, idx=place, **variant)
	return name


def send(world: World, body: str, *leads: str, tracked: bool = False, **content: Any) -> list[Any]:
	"""Mail `body` to `leads`; its links stay as they are unless `tracked`."""
	world.settings(track_clicks=int(tracked))
	world.content("Mail", body=body)
	if content:
		world.delete("Nurture Content", "Mail")
		world.put(
			"Nurture Content", "Mail", title="Mail", body=body, revision=1, **{"subject": "S", **content}
		)
	world.sequence("Seq", STEP)
	world.enroll("Seq", *leads)
	world.tick()
	return world.outbox.messages


def by_lead(world: World) -> dict[str, Any]:
	return {one.party: one for one in world.outbox.messages}


def touches(world: World) -> dict[str, tuple]:
	return {
		row[0]: row[1:] for row in world.all("Nurture Touch", "party", "status", "reason", "reason_detail")
	}


# --- blocks --------------------------------------------------------------------------------------------------------


def test_each_lead_gets_the_first_variant_that_is_for_them_or_the_default(world):
	retail = {"label": "Retail", "condition": [["industry", "=", "Retail"]], "text": "<p>For shops.</p>"}
	large = {
		"label": "Large",
		"condition": [["no_of_employees", "=", "1000+"]],
		"text": "<p>For {{ lead.company_name | default('large firms') }}.</p>",
	}
	block(world, "story", SOFTWARE, retail, large)
	ada = world.lead(industry="software", no_of_employees="1000+")
	bob = world.lead(industry="Retail")
	cyd = world.lead(no_of_employees="1000+", company_name="A & Co")
	dot = world.lead()
	send(world, "<p>Hello.</p><p>{{ block.story }}</p><p>Bye.</p>", ada, bob, cyd, dot)
	said = {ada: "For software.", bob: "For shops.", cyd: "For A & Co.", dot: "For all."}
	for lead, text in said.items():
		message = by_lead(world)[lead]
		assert f"Hello.\n\n{text}\n\nBye." in message.text
		assert message.html.count("For ") == 1
		assert f"<p>{text.replace('&', '&amp;')}</p>" in message.html.replace("\n", "")
	uses = {
		row[0]: row[1:] for row in world.all("Nurture Content Use", "party", "content", "block", "variant")
	}
	assert uses == {
		ada: ("Mail", "Story", "Software"),
		bob: ("Mail", "Story", "Retail"),
		cyd: ("Mail", "Story", "Large"),
		dot: ("Mail", "Story", ""),
	}


def test_a_block_in_a_sentence(world):
	block(world, "pain", {**SOFTWARE, "text": "<p>late <b>releases</b></p>"}, text="<p>late work</p>")
	lead = world.lead(industry="Software")
	(message,) = send(world, "<p>You know {{ block.pain }}, don't you?</p>", lead)
	assert "You know late releases, don't you?" in message.text
	assert "You know late <b>releases</b>, don't you?" in message.html


def test_the_editor_s_own_way_of_writing_a_block(world):
	block(world, "story", SOFTWARE)
	lead = world.lead(industry="Software")
	(message,) = send(world, "<p><br></p><p>{{&nbsp;<b>block.story</b>&nbsp;}}<br></p>", lead)
	assert "For software." in message.text


def test_a_plain_text_of_its_own_has_the_block_as_plain_text(world):
	block(world, "story", {**SOFTWARE, "text": "<p>See <a href='https://shop.example/x'>this</a>.</p>"})
	lead = world.lead(industry="Software")
	(message,) = send(world, "<p>Hi</p>", lead, body_text="Hi!\n\n{{ block.story }}\n\nBye")
	assert message.text.startswith("Hi!\n\nSee this (https://shop.example/x).\n\nBye")


def test_links_in_a_variant_are_tracked_as_all_others(world):
	text = "<p><a href='https://software.example/story'>Story</a></p>"
	block(world, "story", {**SOFTWARE, "text": text}, text="<p><a href='https://all.example/'>All</a></p>")
	lead = world.lead(industry="Software")
	(message,) = send(world, "<p>{{ block.story }}</p>", lead, tracked=True)
	assert "https://software.example/story" in [link.url for link in message.links]
	assert "https://all.example/" not in [link.url for link in message.links]


def test_a_block_that_broke_holds_the_mails_that_use_it_and_no_others(world):
	block(world, "story", SOFTWARE)
	world.content("Other")
	world.content("Mail", body="<p>{{ block.story }}</p>")
	world.sequence("Seq", STEP)
	world.sequence("Another", [{"step_label": "Mail", "content": "Other"}])
	ada, bob = world.lead(), world.lead()
	world.enroll("Seq", ada)
	world.enroll("Another", bob)
	((name,),) = world.all("Nurture Content Variant", "name")
	broken = '[["a_field_that_was_removed", "=", "x"]]'
	with world.db.transaction():
		world.db.update("tabNurture Content Variant", ("name", "condition"), [(name, broken)])
	world.tick()
	status, reason, detail = touches(world)[ada]
	assert (status, reason) == ("Held", "template_error")
	assert "a_field_that_was_removed" in detail
	assert world.sent(bob) == ["Other"]


def test_mails_without_blocks_cost_no_query_more_and_blocks_the_same_for_any_number(world):
	def queries(body: str, leads: int) -> int:
		world.empty("Nurture Content", "Nurture Sequence", "Nurture Sequence Step", "Nurture Enrollment")
		world.content("Mail", body=body)
		world.sequence("Seq", STEP)
		world.enroll("Seq", *(world.lead(industry="Software") for _ in range(leads)))
		watched = WatchedDatabase(world.db)
		assert tick(replace(world.host, db=watched), "w").queued == leads
		return watched.calls

	block(world, "story", SOFTWARE, {**SOFTWARE, "label": "Again"})
	block(world, "other", SOFTWARE)
	queries("<p>Nothing</p>", 1)  # stores the links that all mails have
	plain = queries("<p>Nothing</p>", 2)
	with_blocks = queries("<p>{{ block.story }}</p><p>{{ block.other }}</p>", 2)
	assert queries("<p>Nothing</p>", 12) == plain
	assert queries("<p>{{ block.story }}</p><p>{{ block.other }}</p>", 12) == with_blocks
	assert with_blocks - plain <= 5  # blocks, variants, kinds of activities, what each lead gets, uses


@pytest.mark.parametrize(
	("change", "code", "field"),
	[
		({"default_text": "<p><br></p>"}, "block_without_default", "default_text"),
		({"default_text": ""}, "block_without_default", "default_text"),
		({"label": " "}, "variant_without_label", "label"),
		({"condition": ""}, "variant_without_condition", "condition"),
		({"condition": [["industri", "=", "x"]]}, "condition_unknown_field", "condition"),
		({"condition": "{"}, "condition_not_json", "condition"),
		({"text": "<p></p>"}, "variant_says_nothing", "text"),
	],
)
def test_what_is_wrong_with_a_block_is_named_with_its_field(world, change, code, field):
	row = {"title": "Story", "short_name": "story", "default_text": "<p>For all.</p>"} | change
	with pytest.raises(NurtureError) as error:
		block_from_rows(row, [SOFTWARE | change], world.host.catalog)
	assert (error.value.code, error.value.params["block_field"]) == (code, field)
	assert error.value.params["block"] == "Story"
	assert "Story" in str(error.value) or code.startswith("condition_")


def test_two_variants_of_one_name_are_refused(world):
	row = {"title": "Story", "short_name": "story", "default_text": "x"}
	with pytest.raises(NurtureError, match="Software"):
		block_from_rows(row, [SOFTWARE, SOFTWARE], world.host.catalog)


@pytest.mark.parametrize(
	("parts", "code"),
	[
		({"body": "<p>{{ block.nothing }}</p>"}, "block_unknown"),
		({"subject": "{{ block.story }}"}, "block_not_here"),
		({"preheader": "{{ block.story }}"}, "block_not_here"),
		({"body": "<p>{{ block.story | upper }}</p>"}, "template_not_alone"),
		({"body": "<p>{{ block['story'] }}</p>"}, "template_not_alone"),
		({"body": "<p>{{ 'x' ~ block.story }}</p>"}, "template_not_alone"),
		({"body": "<p>Well, {{ block.long }}</p>"}, "block_not_in_a_line"),
		({"body": "<p>{{ block.nested }}</p>"}, "block_in_block"),
		({"body": "<p>{{ block.lost }}</p>"}, "variant_without_asset"),
		({"body": "<p>{{ assets.nothing.url }}</p>"}, "asset_unknown"),
		({"body": "<p>{{ asset.url }}</p>"}, "asset_of_no_block"),
		({"body": "<p>{{ assets.guide.price }}</p>"}, "asset_attribute_unknown"),
		({"body": "<p>{{ assets.guide.proof }}</p>"}, "asset_attribute_empty"),
		({"body": "<p>{{ assets.guide.url | upper }}</p>"}, "template_not_alone"),
		({"body": "<p>{% if assets.guide %}x{% endif %}</p>"}, "template_not_alone"),
	],
)
def test_what_cannot_be_put_into_a_mail_is_refused(world, parts, code):
	asset(world, "guide")
	block(world, "story", SOFTWARE)
	block(world, "long", text="<p>One.</p><p>Two.</p>")
	block(world, "nested", text="<p>{{ block.story }}</p>")
	block(world, "lost", text="<p>{{ asset.url }}</p>")
	library = load_library(world.host, named_in(parts.values()))
	_expanded, compiled, problem = compile_parts({"subject": "S", **parts}, "en", library, world.host.catalog)
	assert compiled is None
	assert problem.code == code
	assert str(problem)  # there is a sentence for it


def test_a_mistake_in_a_variant_names_the_variant(world):
	row = {"name": "Story", "title": "Story", "short_name": "story", "default_text": "<p>For all.</p>"}
	made = block_from_rows(row, [SOFTWARE | {"text": "<p>{{ lead.industri }}</p>"}], world.host.catalog)
	library = load_library(world.host, named_in([]))
	from nurture_app.engine import placeholders

	with pytest.raises(NurtureError, match="Story / Software"):
		check_block(
			made,
			library.assets,
			lambda part, html: placeholders.parse(part, html, True, world.host.catalog, {"files": ()}),
		)


def test_whether_an_editor_s_text_says_anything():
	assert not any(map(has_text, [None, "", "<p><br></p>", "<div class='ql-editor'><p>&nbsp;</p></div>"]))
	assert all(map(has_text, ["<p>x</p>", "x", "<p><img src='a.png'></p>", "{{ asset.url }}"]))


# --- assets --------------------------------------------------------------------------------------------------------


def test_a_mail_shows_an_asset_and_notes_who_got_it(world):
	asset(
		world,
		"guide",
		title="Fish & Chips {{ x }}",
		metric="time to hire",
		change="down 40 %",
		period="within 3 months",
		client_size="200 people",
		industry="Software",
	)
	lead = world.lead()
	body = '<p><a href="{{ assets.guide.url }}">{{ assets.guide.title }}</a>: {{ assets.guide.proof }}.</p>'
	(message,) = send(world, body, lead, tracked=True)
	assert "Fish &amp; Chips {{ x }}" in message.html
	assert "time to hire down 40 % within 3 months (Software, 200 people)." in message.text
	assert "Fish & Chips {{ x }} (" in message.text
	assert "https://shop.example/guide" in [link.url for link in message.links]
	assert world.all("Nurture Content Use", "party", "asset", "block", "touch") == [
		(lead, "Fish & Chips {{ x }}", None, message.touch)
	]


def test_a_private_file_is_linked_for_one_person(world):
	asset(world, "guide", url="", file="/private/files/guide.pdf")
	ada, bob = world.lead(), world.lead()
	send(world, '<p><a href="{{ assets.guide.url }}">Guide</a></p>', ada, bob, tracked=True)
	links = {
		one.party: [link.url for link in one.links if link.url and "/n/a/" in link.url]
		for one in world.outbox.messages
	}
	assert all(len(urls) == 1 and urls[0].endswith("/guide") for urls in links.values())
	assert links[ada] != links[bob]


def test_case_studies_by_industry_need_one_text_only(world):
	for name, industry in (("any", ""), ("code", "Software"), ("shop", "Retail")):
		asset(world, name, industry=industry, change="up 10 %", metric=f"{name} sales")
	only_asset = [
		{"label": one, "condition": [["industry", "=", one]], "asset": name, "text": ""}
		for one, name in (("Software", "Code"), ("Retail", "Shop"))
	]
	text = '<p><a href="{{ asset.url }}">{{ asset.title }}</a>: {{ asset.proof }}</p>'
	block(world, "case", *only_asset, text=text, default_asset="Any")
	ada, bob, cyd = world.lead(industry="Software"), world.lead(industry="Retail"), world.lead()
	send(world, "<p>{{ block.case }}</p>", ada, bob, cyd)
	assert {lead: one.text.splitlines()[0] for lead, one in by_lead(world).items()} == {
		ada: "Code (https://shop.example/code): code sales up 10 % (Software)",
		bob: "Shop (https://shop.example/shop): shop sales up 10 % (Retail)",
		cyd: "Any (https://shop.example/any): any sales up 10 %",
	}
	assert {row[0]: row[1] for row in world.all("Nurture Content Use", "party", "asset")} == {
		ada: "Code",
		bob: "Shop",
		cyd: "Any",
	}


OFFER = {"is_offer": 1, "valid_from": date(2026, 3, 2), "valid_until": date(2026, 3, 6)}


@pytest.mark.parametrize(
	("values", "detail"),
	[
		({"enabled": 0}, "switched off"),
		(OFFER | {"valid_until": MONDAY.date() - timedelta(days=1)}, "ended on 2026-03-01"),
		(OFFER | {"valid_from": MONDAY.date() + timedelta(days=1)}, "begins on 2026-03-03"),
	],
)
def test_what_may_not_be_sent_today_holds_the_step_until_it_may(world, values, detail):
	asset(world, "guide", **values)
	lead = world.lead()
	send(world, "<p>{{ assets.guide.url }}</p>", lead)
	status, reason, told = touches(world)[lead]
	assert (status, reason) == ("Held", "asset_not_usable")
	assert detail in told
	with world.db.transaction():
		world.db.update("tabNurture Asset", ("name", "enabled", "is_offer"), [("Guide", 1, 0)])
	world.run_until(MONDAY + timedelta(days=2))
	assert world.sent(lead) == ["Mail"]


def test_an_offer_holds_on_its_first_and_its_last_day(world):
	asset(world, "guide", **OFFER | {"valid_until": MONDAY.date()})
	lead = world.lead()
	assert send(world, "<p>{{ assets.guide.until }}</p>", lead)[0].text.startswith("2026-03-02")


def test_a_variant_whose_offer_is_over_is_nobodys(world):
	asset(world, "offer", **OFFER | {"valid_until": date(2026, 3, 1)})
	block(world, "story", SOFTWARE | {"asset": "Offer"})
	lead = world.lead(industry="Software")
	(message,) = send(world, "<p>{{ block.story }}</p>", lead)
	assert "For all." in message.text


def test_an_asset_for_some_countries(world):
	asset(world, "local")
	world.put("Nurture Asset Country", parent="Local", country="Germany")
	world.put("Nurture Asset Country", parent="Local", country="Austria")
	everybody = {
		"label": "Local",
		"condition": [["status", "=", "Lead"]],
		"asset": "Local",
		"text": "<p>Local.</p>",
	}
	block(world, "story", everybody)
	ada, bob, cyd = world.lead(country="austria"), world.lead(country="France"), world.lead()
	send(world, "<p>{{ block.story }}</p>", ada, bob, cyd)
	assert {lead: one.text.splitlines()[0] for lead, one in by_lead(world).items()} == {
		ada: "Local.",
		bob: "For all.",
		cyd: "For all.",
	}


def test_an_asset_for_some_countries_in_the_mail_itself_holds_it_for_the_others(world):
	asset(world, "local")
	world.put("Nurture Asset Country", parent="Local", country="Germany")
	ada, bob = world.lead(country="Germany"), world.lead(country="France")
	send(world, "<p>{{ assets.local.url }}</p>", ada, bob)
	assert world.sent(ada) == ["Mail"]
	assert touches(world)[bob][:2] == ("Held", "asset_not_for_lead")


@pytest.mark.parametrize(
	("title", "name"),
	[
		("ROI Calculator (2026)", "roi_calculator_2026"),
		("2026 – Überblick", "a_2026_uberblick"),
		("  ", "a"),
		("指南", "a"),
		("x" * 80, "x" * 60),
	],
)
def test_a_short_name_is_made_of_the_title(title, name):
	assert library_assets.short_name_of(title) == name
	library_assets.check_short_name(name)


@pytest.mark.parametrize("name", ["", "Guide", "1st", "a b", "a.b", "_a", "a" * 61])
def test_what_is_no_short_name(name):
	with pytest.raises(NurtureError):
		library_assets.check_short_name(name)


def test_a_proof_without_a_figure_says_nothing():
	assert library_assets.proof_of({"metric": "happiness", "client_size": "200 people"}) == ""


# --- language versions ---------------------------------------------------------------------------------------------


def test_each_lead_gets_the_version_in_their_language_or_the_content_itself(world):
	world.put(
		"Nurture Content",
		"Mail DE",
		title="Mail DE",
		subject="Hallo",
		body="<p>Tag</p>",
		language="de",
		version_of="Mail",
		revision=7,
	)
	world.put(
		"Nurture Content",
		"Mail FR",
		title="Mail FR",
		subject="Salut",
		body="<p>Jour</p>",
		language="fr",
		version_of="Mail",
		revision=1,
	)
	leads = {code: world.lead(language=code) for code in ("de", "de-AT", "fr", "en-GB", "it", "")}
	send(world, "<p>Hi</p>", *leads.values(), subject="Hello", language="en")
	subjects = {code: world.sent(lead) for code, lead in leads.items()}
	assert subjects == {
		"de": ["Hallo"],
		"de-AT": ["Hallo"],
		"fr": ["Salut"],
		"en-GB": ["Hello"],
		"it": ["Hello"],
		"": ["Hello"],
	}
	rows = {
		row[0]: row[1:]
		for row in world.all(
			"Nurture Touch", "party", "content", "content_revision", "language", "reason_detail"
		)
	}
	assert rows[leads["de-AT"]] == ("Mail DE", 7, "de", "")
	assert rows[leads["en-GB"]][3] == ""
	assert "it" in rows[leads["it"]][3]


def test_a_mail_takes_the_version_of_an_asset_in_its_own_language(world):
	asset(world, "guide", language="en")
	asset(world, "leitfaden", language="de", version_of="Guide")
	world.put(
		"Nurture Content",
		"Mail DE",
		title="Mail DE",
		subject="Hallo",
		body="<p>{{ assets.guide.url }}</p>",
		language="de",
		version_of="Mail",
	)
	ada, bob = world.lead(language="de"), world.lead(language="en")
	send(world, "<p>{{ assets.guide.url }}</p>", ada, bob, language="en")
	assert {lead: one.text.splitlines()[0] for lead, one in by_lead(world).items()} == {
		ada: "https://shop.example/leitfaden",
		bob: "https://shop.example/guide",
	}


# --- buttons -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"html",
	[
		'<p class="ql-align-center"><a href="https://shop.example/a"><strong>Read it</strong></a></p>',
		'<p class="ql-align-center"><strong><a href="https://shop.example/a">Read it</a></strong></p>',
		'<p style="text-align: center;"><a href="https://shop.example/a" rel="noopener"><strong>Read it</strong></a></p>',
	],
)
def test_a_bold_link_alone_in_a_centred_paragraph_becomes_a_button(world, html):
	lead = world.lead()
	(message,) = send(world, f"<p>Hi</p>{html}", lead)
	assert 'class="button"' in message.html and "background:#1f2937" in message.html
	assert "Read it (https://shop.example/a)" in message.text


@pytest.mark.parametrize(
	"html",
	[
		'<p class="ql-align-center"><a href="https://shop.example/a">Read it</a></p>',
		'<p><a href="https://shop.example/a"><strong>Read it</strong></a></p>',
		'<p class="ql-align-center">See <a href="https://shop.example/a"><strong>this</strong></a></p>',
	],
)
def test_other_links_stay_as_they_are(world, html):
	lead = world.lead()
	(message,) = send(world, html, lead)
	assert 'class="button"' not in message.html


# --- results -------------------------------------------------------------------------------------------------------


def test_what_blocks_and_assets_brought(world):
	asset(world, "guide")
	asset(world, "paper", url="", file="/private/files/paper.pdf")
	block(world, "story", SOFTWARE | {"asset": "Guide"})
	ada, bob, cyd = world.lead(industry="Software"), world.lead(), world.lead(industry="Software")
	send(world, "<p>{{ block.story }}</p><p>{{ assets.paper.url }}</p>", ada, bob, cyd)
	sent = {one.party: one.touch for one in world.outbox.messages}
	with world.db.transaction():
		world.db.update("tabNurture Touch", ("name", "status"), [(name, "Sent") for name in sent.values()])
		world.db.update("tabNurture Touch", ("name", "replied_on"), [(sent[bob], MONDAY)])
	world.record(ada, "Email Click", touch=sent[ada], detail="https://shop.example/guide")
	world.record(bob, "Email Click", touch=sent[bob], detail="https://x.example/n/a/token/paper")
	world.record(ada, "Opportunity Created", MONDAY + timedelta(days=29))
	world.record(cyd, "Opportunity Created", MONDAY + timedelta(days=31))
	found = {
		by: {(one.name, one.variant): one for one in results(world.host, MONDAY, MONDAY, by)}
		for by in ("Asset", "Block", "Content")
	}

	def figures(by: str, name: str, variant: str = "") -> tuple[int, ...]:
		one = found[by][name, variant]
		return (one.sent, one.leads, one.clicked, one.replied, one.advanced)

	assert figures("Asset", "Guide") == (2, 2, 1, 0, 1)
	assert figures("Asset", "Paper") == (3, 3, 1, 1, 1)
	assert figures("Block", "Story", "Software") == (2, 2, 1, 0, 1)
	assert figures("Block", "Story") == (1, 1, 1, 1, 0)
	assert figures("Content", "Mail") == (3, 3, 2, 1, 1)
	assert results(world.host, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)) == []


# --- subjects that were ignored ------------------------------------------------------------------------------------


def test_what_mails_brought_by_language_and_country(world: World):
	places = (("de", "Germany"), ("de", "Austria"), ("", ""), ("", None))
	leads = [world.lead(language=language, country=country) for language, country in places]
	send(world, "<p>Hello</p>", *leads)
	with world.db.transaction():
		rows = [(name, "Sent") for (name,) in world.all("Nurture Touch", "name")]
		world.db.update("tabNurture Touch", ("name", "status"), rows)
	said = {"party": leads[1], "queued_on": MONDAY, "status": "Sent", "touch_key": "by phone"}
	world.put("Nurture Touch", channel="SMS", language="it", **said)
	start, end = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
	world.record(leads[0], "SQL Reached", MONDAY + timedelta(days=2))
	found = {by: results(world.host, start, end, by) for by in ("Language", "Country")}
	assert [(one.name, one.sent, one.leads, one.advanced) for one in found["Language"]] == [
		("", 2, 2, 0),
		("de", 2, 2, 1),
		("it", 1, 1, 0),
	]
	assert [(one.name, one.sent, one.advanced) for one in found["Country"]] == [
		("", 2, 0),
		("Austria", 2, 0),
		("Germany", 1, 1),
	]


def test_who_ignored_a_subject_is_not_asked_back_with_it(world):
	world.content("First", subject="A guide for {{ lead.first_name }}")
	world.content("Again", subject="A  Guide for ADA")
	world.content("Other", subject="Something new")
	world.sequence("Early", [{"step_label": "Mail", "content": "First"}])
	back = [
		{"step_label": "Again", "content": "Again", "role": "Re-engagement"},
		{"step_label": "Other", "content": "Other", "role": "Re-engagement"},
	]
	world.sequence("Back", back)
	ada, bob = world.lead(), world.lead(first_name="Bob")
	world.enroll("Early", ada, bob)
	world.tick()
	with world.db.transaction():
		rows = [(name, "Sent") for (name,) in world.all("Nurture Touch", "name")]
		world.db.update("tabNurture Touch", ("name", "status"), rows)
	world.settings(cap_messages=0)
	world.enroll("Back", ada, bob)
	world.tick()
	assert world.sent(bob) == ["A guide for Bob", "A Guide for ADA", "Something new"]
	assert world.sent(ada) == ["A guide for Ada"]
	held = [row for row in world.all("Nurture Touch", "party", "status", "reason_detail") if row[1] == "Held"]
	assert [row[0] for row in held] == [ada]
	assert "before" in held[0][2]


# --- what a lead has had ---------------------------------------------------------------------------------------------


def test_whoever_has_had_a_case_study_gets_the_next_one(world):
	for name in ("first", "second"):
		asset(world, name)
	tell = "<p>{{ asset.title }}</p>"
	both = [["country", "is", "set"]]
	block(
		world,
		"story",
		{"label": "One", "condition": both, "asset": "First", "text": tell},
		{"label": "Two", "condition": both, "asset": "Second", "text": tell},
		skip_had=1,
	)
	ada, bob = (world.lead(country="Germany") for _ in range(2))
	world.record(bob, "Content Download", detail="First")
	world.content("Mail", body="<p>{{ block.story }}</p>")
	steps = [{"step_label": f"M{number}", "content": "Mail", "delay": number} for number in range(3)]
	world.sequence("Seq", steps)
	world.enroll("Seq", ada, bob)
	world.run_until(MONDAY + timedelta(days=10))
	said = {lead: [one.text for one in world.outbox.messages if one.party == lead] for lead in (ada, bob)}
	for lead, expected in ((ada, ["First", "Second", "For all."]), (bob, ["Second", "For all.", "For all."])):
		assert [next(word for word in expected if word in text) for text in said[lead]] == expected


def test_who_went_quiet_is_offered_only_what_came_out_since(world):
	"""RE-05"""
	asset(world, "old", published_on=(MONDAY - timedelta(days=100)).date())
	asset(world, "fresh", published_on=(MONDAY - timedelta(days=10)).date())
	asset(world, "undated")
	condition = [["country", "is", "set"]]
	block(
		world,
		"news",
		*(
			{"label": name, "condition": condition, "asset": name, "text": "<p>{{ asset.title }}</p>"}
			for name in ("Undated", "Old", "Fresh")
		),
		only_new=1,
	)
	silent = {"a year": 365, "two months": 60, "yesterday": 1}
	leads = {
		world.lead(country="Germany", nurture_last_activity_on=MONDAY - timedelta(days=days)): length
		for length, days in silent.items()
	}
	leads[world.lead(country="Germany")] = "always"
	send(world, "<p>{{ block.news }}</p>", *leads)
	got = {
		length: next(
			word for word in ("Undated", "Old", "Fresh", "For all.") if word in by_lead(world)[lead].text
		)
		for lead, length in leads.items()
	}
	assert got == {"a year": "Old", "two months": "Fresh", "yesterday": "For all.", "always": "Old"}


def test_a_version_in_another_language_counts_as_had_and_a_mail_taken_back_does_not(world):
	asset(world, "guide")
	asset(world, "anleitung", version_of="Guide", language="de")
	condition = [["country", "is", "set"]]
	block(
		world,
		"next",
		{"label": "One", "condition": condition, "asset": "Guide", "text": "<p>Read it.</p>"},
		skip_had=1,
	)
	read, taken_back = (world.lead(country="Germany") for _ in range(2))
	for lead, status in ((read, "Sent"), (taken_back, "Skipped")):
		touch = world.put("Nurture Touch", party=lead, status=status, channel="Email", queued_on=MONDAY)
		world.put("Nurture Content Use", party=lead, asset="Anleitung", touch=touch, used_on=MONDAY)
	send(world, "<p>{{ block.next }}</p>", read, taken_back)
	assert "For all." in by_lead(world)[read].text
	assert "Read it." in by_lead(world)[taken_back].text
	assert [one.asset for one in reading_of(world.host, read).had] == ["Guide"]
	assert reading_of(world.host, taken_back).of("Guide").sent_on == MONDAY  # the mail of today


def test_what_a_lead_has_had_and_how_many_pieces_it_took_in(world):
	asset(world, "guide")
	asset(world, "paper", url="", file="/private/files/paper.pdf")
	asset(world, "study")
	lead = world.lead()
	send(world, "<p>{{ assets.guide.url }} {{ assets.paper.url }} {{ assets.study.url }}</p>", lead)
	later = MONDAY + timedelta(days=1)
	world.record(lead, "Email Click", later, detail="https://shop.example/guide")
	world.record(
		lead, "Email Click", later, detail="https://site.example/n/a/token/paper", classification="machine"
	)
	world.record(lead, "Content Download", later, detail="Study")
	world.record(lead, "Email Click", later + timedelta(hours=1), detail="https://shop.example/study")
	world.record(lead, "Webinar Attended", later, detail="Spring talk")
	world.record(lead, "Email Click", later, detail="https://shop.example/imprint")
	found = reading_of(world.host, lead)
	assert [(one.asset, one.taken_in) for one in found.had] == [
		("Study", True),
		("Guide", True),
		("Paper", False),
	]
	assert found.of("Study").downloaded_on == later
	assert found.of("Guide").sent_on == MONDAY
	assert found.pieces == 3


def test_reading_takes_three_queries(world):
	lead = world.lead()
	for number in range(5):
		asset(world, f"guide{number}")
		world.put("Nurture Content Use", party=lead, asset=f"Guide{number}", used_on=MONDAY)
	watched = WatchedDatabase(world.db)
	assert len(reading_of(replace(world.host, db=watched), lead).had) == 5
	assert watched.calls == 3


# --- what suits a sequence -------------------------------------------------------------------------------------------


def test_assets_are_suggested_by_stage_and_channel(world):
	asset(world, "guide", for_awareness=1, by_email=1, by_phone=1)
	asset(world, "script", for_awareness=1, by_phone=1)
	asset(world, "late", for_decision=1, by_email=1)
	asset(world, "off", for_awareness=1, by_email=1, enabled=0)
	asset(world, "unnamed", for_awareness=1)
	asset(world, "leitfaden", for_awareness=1, by_email=1, version_of="Guide", language="de")
	call = {
		"step_label": "Ring",
		"step_type": "Task",
		"task_kind": "Call",
		"task_early_reason": "They asked for it.",
		"task_description": "Ring",
	}
	world.sequence("Seq", [{"step_label": "Mail"}, call], activate=False)
	definition = load_definition(world.host, "Seq")
	assert suggestions(world.host, definition, "Awareness") == {
		"Email": ["Guide"],
		"Call": ["Guide", "Script"],
	}
	assert suggestions(world.host, definition, "Evaluation") == {}
	assert suggestions(world.host, definition, "") == {}
