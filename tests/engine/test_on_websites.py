"""Blocks on other websites: for known visitors who agreed, by their segment, and without anything of the person (PZ-13)."""

from __future__ import annotations

from typing import Any

import pytest

from nurture_app.engine import optout
from nurture_app.engine.library.on_websites import known_lead, texts_for
from nurture_app.engine.segments import refresh_all
from tests.engine.test_library import SOFTWARE, asset, block
from tests.world import MONDAY, World

VISITOR = "a1b2c3d4e5f6a7b8c9d0"
WARM = {"label": "Warm", "condition": [{"segment": "Warm"}], "text": "<p>For warm ones.</p>"}


def visitor(world: World, lead: str, **values: Any) -> None:
	row = {
		"visitor_id": VISITOR,
		"party_type": "Lead",
		"party": lead,
		"website": "Shop",
		"consented_on": MONDAY,
	} | values
	world.put("Nurture Visitor", **row)


def test_a_known_visitor_gets_the_variant_of_their_segment(world):
	block(world, "story", WARM, on_websites=1)
	world.segment("Warm", [["industry", "=", "Software"]])
	lead, other = world.lead(industry="Software"), world.lead()
	refresh_all(world.host)
	visitor(world, lead)
	assert known_lead(world.host, VISITOR, "Shop") == lead
	assert texts_for(world.host, ["story"], lead) == {"story": "<p>For warm ones.</p>"}
	assert texts_for(world.host, ["story"], other) == {"story": "<p>For all.</p>"}
	assert texts_for(world.host, ["story"], "") == {"story": "<p>For all.</p>"}


@pytest.mark.parametrize(
	"values",
	[
		{"consented_on": None},
		{"party": None},
		{"website": "Another Shop"},
		{"visitor_id": VISITOR.upper()},
	],
)
def test_nobody_is_known_without_consent_or_on_another_website(world, values):
	visitor(world, world.lead(), **values)
	assert known_lead(world.host, VISITOR, "Shop") == ""


def test_whoever_took_the_consent_back_is_not_known_any_more(world):
	lead = world.lead()
	visitor(world, lead)
	optout.set_consent(world.host, lead, "", "Withdrawn", "test", "tester", channel="Tracking")
	assert known_lead(world.host, VISITOR, "Shop") == ""


@pytest.mark.parametrize("wrong", [None, 7, "", "x", "%" * 20, ["a"], VISITOR + "\0", "a" * 500])
def test_what_is_no_visitors_number_is_nobodys(world, wrong):
	visitor(world, world.lead())
	assert known_lead(world.host, wrong, "Shop") == ""


def test_only_blocks_that_may_be_shown_are(world):
	block(world, "story", SOFTWARE, on_websites=1)
	block(world, "inner", SOFTWARE)
	assert set(texts_for(world.host, ["story", "inner", "nowhere", "';--"], "")) == {"story"}


@pytest.mark.parametrize(
	"text",
	[
		"<p>Hi {{ lead.first_name | default('you') }}</p>",
		"<p>{% if lead.company_name %}A{% endif %}</p>",
		"<p>{{ company.name }}</p>",
		'<p><a href="{{ assets.private.url }}">x</a></p>',
	],
)
def test_a_text_that_names_something_of_the_person_is_never_shown(world, text):
	"""It cannot be saved; nor does it help to have got into the table some other way."""
	asset(world, "private", url="", file="/private/files/x.pdf")
	block(world, "story", {**SOFTWARE, "text": text}, on_websites=1)
	lead = world.lead(industry="Software", first_name="Ada")
	assert texts_for(world.host, ["story"], lead) == {}


def test_a_public_asset_is_linked(world):
	asset(world, "guide")
	text = '<p><a href="{{ asset.url }}">{{ asset.title }}</a></p>'
	block(world, "story", {**SOFTWARE, "text": text, "asset": "Guide"}, on_websites=1)
	shown = texts_for(world.host, ["story"], world.lead(industry="Software"))["story"]
	assert 'href="https://shop.example/guide"' in shown and ">Guide</a>" in shown


@pytest.mark.parametrize(
	"text", ['<p onclick="x()">A</p>', "<p>A<script>alert(1)</script></p>", "<svg onload=x()>A"]
)
def test_no_script_gets_through(world, text):
	block(world, "story", {**SOFTWARE, "text": text}, on_websites=1)
	shown = texts_for(world.host, ["story"], world.lead(industry="Software")).get("story", "")
	assert "<p>For all.</p>" != shown
	assert not any(piece in shown for piece in ("onclick", "onload", "<script", "alert"))
