"""Which channel suits which stage: shipped as data, edited by people, and what is advised by it."""

from __future__ import annotations

import json

import pytest

from nurture_app.engine.library.channel_guide import channel_advice, first_choices, load_grid
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.personas import JOURNEY_STAGES
from nurture_app.engine.sentences import advice_sentence
from nurture_app.engine.steps import STEP_TYPES
from tests.engine.test_presets import PRESETS, SEQUENCES, check_fields, definition_of
from tests.world import World

GUIDES = json.loads((PRESETS / "channel_guides.json").read_text(encoding="utf-8"))
CALL = {"step_label": "Ring", "step_type": "Task", "task_kind": "Call", "task_description": "Ring"}
TEXT = {"step_label": "Text", "step_type": "SMS", "content": "Short"}


@pytest.fixture
def guided(sqlite_world) -> World:
	"""A world with the shipped grid."""
	for row in GUIDES:
		sqlite_world.put("Nurture Channel Guide", **{key: row[key] for key in row if key not in ("doctype",)})
	return sqlite_world


def advised(world: World, stage: str, *steps: dict) -> list[tuple[str, str]]:
	world.sequence("Seq", list(steps), activate=False)
	found = channel_advice(world.host, load_definition(world.host, "Seq"), stage)
	assert all(one.params["step"] in advice_sentence(one.code, one.params) for one in found)
	return [(one.code, one.params["step"]) for one in found]


@pytest.mark.parametrize("row", GUIDES, ids=lambda row: row["preset"])
def test_every_row_that_ships_fits_its_doctype_and_names_steps_there_are(row):
	check_fields(row, "Nurture Channel Guide", {"doctype"})
	assert row.get("step_type", "Email") in STEP_TYPES
	assert ("task_kind" in row) == (row.get("step_type") == "Task")
	assert any(row.get(f"for_{stage.lower()}") for stage in JOURNEY_STAGES)


def test_no_two_rows_speak_of_the_same_steps(guided):
	assert len(load_grid(guided.host)) == len([row for row in GUIDES if row.get("step_type")])


@pytest.mark.parametrize(
	("stage", "expected"),
	[
		("Awareness", [("channel_other_stage", "Ring"), ("channel_other_stage", "Text")]),
		("Evaluation", [("channel_other_stage", "Text")]),
		("Decision", []),
		("", []),
	],
)
def test_a_channel_at_another_stage_is_advised_against_and_mail_never(guided, stage, expected):
	assert advised(guided, stage, {"step_label": "Mail"}, CALL, TEXT) == expected


def test_steps_of_one_channel_are_named_together(guided):
	assert advised(guided, "Awareness", CALL, CALL | {"step_label": "Again"}) == [
		("channel_other_stage", "Ring, Again")
	]


def test_the_grid_is_what_people_make_of_it(guided):
	name = guided.all("Nurture Channel Guide", "name", title="SMS")[0][0]
	guided.db.update("tabNurture Channel Guide", ("name", "for_evaluation"), [(name, 1)])
	assert advised(guided, "Evaluation", TEXT) == []


def test_without_a_grid_nothing_is_said(sqlite_world):
	assert advised(sqlite_world, "Awareness", CALL) == []


def test_each_stage_has_an_audience_of_its_own(guided):
	guided.put("Nurture Audience", "Late", title="Late", journey_stage="Decision", enabled=1, delivery="CSV")
	into = {"step_label": "In", "step_type": "Audience", "audience": "Late"}
	out = into | {"step_label": "Out", "audience_action": "Remove"}
	assert advised(guided, "Consideration", into) == [("audience_other_stage", "In")]
	guided.empty("Nurture Sequence", "Nurture Sequence Step")
	assert advised(guided, "Consideration", out) == []


def test_what_ships_goes_against_the_grid_only_where_the_catalogue_asks_for_it(guided):
	for row in json.loads((PRESETS / "audiences.json").read_text(encoding="utf-8")):
		guided.put("Nurture Audience", row["title"], **{key: row[key] for key in row if key != "doctype"})
	found = {
		(doc["preset"], one.params["step"])
		for doc in SEQUENCES
		for one in channel_advice(guided.host, definition_of(doc), doc["journey_stage"])
	}
	assert found == {
		("gated-ebook-track", "Fifteen minutes"),  # NS-01 ends with a strategy call
		("four-week-multi-channel", "Webinar invite"),  # NS-02, week 3: by SMS
		("four-week-multi-channel", "Call"),  # NS-02, week 4
		("chatbot-pricing-guide", "A call by WhatsApp"),  # NS-35: they asked
	}


# --- for companies and for people (CH-19) ------------------------------------------------------------------------

LINKEDIN = {"step_label": "Write", "step_type": "Task", "task_kind": "LinkedIn", "task_description": "Write"}


def test_social_sms_retargeting_and_influencers_are_offered_to_who_sells_to_people(guided):
	titles = [title for _type, _kind, title in first_choices(load_grid(guided.host), "B2C")]
	assert titles == ["E-mail", "Influencer Content", "Retargeting", "SMS", "Social Post"]


@pytest.mark.parametrize(
	("programme", "expected"),
	[("B2C", ["Ring", "Write"]), ("B2B", ["Text"]), ("", [])],
)
def test_what_suits_the_other_programme_alone_is_pointed_out(guided, programme, expected):
	guided.settings(programme=programme)
	found = advised(guided, "", CALL, TEXT, LINKEDIN, {"step_label": "Mail"})
	assert sorted(found) == [("channel_other_programme", label) for label in expected]
