"""A figure of the reader's own, or a text without one, and never a wrong figure (PZ-11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.calculations import Calculation, calculation_from_rows, check_calculation
from nurture_app.engine.runner import tick
from nurture_app.simulator.tables import lead_catalog
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_library import SOFTWARE, STEP, block, send
from tests.world import World

TEAM = {
	"input_name": "team",
	"source": "Field of the Lead",
	"field_name": "nurture_team_size",
	"least": 2,
	"most": 500,
}
USE = {
	"input_name": "hours",
	"source": "Field of the Lead",
	"field_name": "nurture_use_case",
	"choices": "Reports = 2\nOrders = 2,5",
}
RATE = {"input_name": "rate", "source": "Fixed Number", "number": 40}
ROW = {
	"title": "Savings",
	"short_name": "savings",
	"formula": "team * hours * rate",
	"shown_as": "Amount",
	"currency": "EUR",
	"round_to": 100,
	"text": "{team} people at {hours} hours win {figure}.",
	"fallback_text": "Teams win hours.",
}


def made(*inputs: dict[str, Any], **values: Any) -> Calculation:
	return calculation_from_rows({**ROW, **values}, inputs or (TEAM, USE, RATE))


def stored(world: World, **values: Any) -> None:
	row = {**ROW, **values}
	world.put("Nurture Calculation", row["title"], **row)
	for place, one in enumerate((TEAM, USE, RATE), 1):
		world.put("Nurture Calculation Input", parent=row["title"], idx=place, **one)


@pytest.mark.parametrize(
	("lead", "said"),
	[
		({"nurture_team_size": 12, "nurture_use_case": "Reports"}, "12 people at 2 hours win €900."),
		({"nurture_team_size": 12, "nurture_use_case": " orders "}, "12 people at 2.5 hours win €1,200."),
		({"nurture_team_size": "12", "nurture_use_case": "3"}, "12 people at 3 hours win €1,400."),
		({"nurture_team_size": 12, "nurture_use_case": "Something"}, "Teams win hours."),
		({"nurture_team_size": 12, "nurture_use_case": "-3"}, "Teams win hours."),
		({"nurture_team_size": 12, "nurture_use_case": None}, "Teams win hours."),
		({"nurture_team_size": 0, "nurture_use_case": "Reports"}, "Teams win hours."),
		({"nurture_team_size": 1, "nurture_use_case": "Reports"}, "Teams win hours."),
		({"nurture_team_size": 501, "nurture_use_case": "Reports"}, "Teams win hours."),
		({"nurture_team_size": float("nan"), "nurture_use_case": "Reports"}, "Teams win hours."),
		({"nurture_team_size": "a dozen", "nurture_use_case": "Reports"}, "Teams win hours."),
		({"nurture_team_size": "•••", "nurture_use_case": "Reports"}, "Teams win hours."),
		({}, "Teams win hours."),
	],
)
def test_a_figure_needs_every_input_and_a_believable_one(lead, said):
	assert made().said(lead) == said


@pytest.mark.parametrize(
	("formula", "values", "figure"),
	[
		("team - 2 * (rate + 1)", {"round_to": 0}, None),
		("team / (rate - 40)", {}, None),
		("team * 10", {"least": 500}, None),
		("team * 10", {"round_to": 1000}, None),
		("team * 10", {"least": 100, "round_to": 0}, 120),
		("team / 7", {"round_to": 0, "places": "2"}, 1.71),
		("0.1 * 3 * team", {"round_to": 0.6}, 3.6),
		("team * 1e300 * 1e300", {}, None),
		("-team + rate", {"round_to": 0}, 28),
	],
)
def test_a_figure_is_rounded_down_and_only_shown_when_it_is_worth_it(formula, values, figure):
	found = made(TEAM, RATE, formula=formula, **values).figure({"nurture_team_size": 12})
	assert found == (None if figure is None else pytest.approx(figure))


def test_amounts_and_numbers_are_written_as_the_reader_does():
	lead = {"nurture_team_size": 120, "nurture_use_case": "Orders"}
	assert made().said(lead, "de") == "120 people at 2,5 hours win 12.000 €.".replace(" €", "\xa0€")
	assert made(text="").said(lead, "en") == "€12,000"
	assert made(text="", shown_as="Number", places="1").said(lead, "fr").replace("\u202f", " ") == "12 000,0"
	assert made(TEAM, formula="team / 2", round_to=0, text="", shown_as="Percent").said(lead) == "60%"


@pytest.mark.parametrize(
	"formula",
	[
		"",
		"team *",
		"team ** 2",
		"team // 2",
		"team % 2",
		"nothing * 2",
		"team.real",
		"(lambda: 1)()",
		"__import__('os')",
		"[team]",
		"team if team else 1",
		"team > 1",
		"'a' * 1000000",
		"'a'",
		"f'{team}'",
		"team = 3",
		"team; 3",
		"True",
		"(" * 290,
		"1" * 400,
		"team" + " + 1" * 200,
	],
)
def test_only_plain_arithmetic_is_a_formula(formula):
	with pytest.raises(NurtureError) as raised:
		check_calculation(made(formula=formula), lead_catalog(), ())
	assert raised.value.code == "calculation_formula_bad"


@pytest.mark.parametrize(
	("inputs", "values", "code"),
	[
		((TEAM, TEAM), {}, "calculation_input_twice"),
		((TEAM, {**RATE, "input_name": "figure"}), {}, "calculation_input_twice"),
		(({**TEAM, "input_name": "Team size"},), {}, "short_name_invalid"),
		(({**TEAM, "field_name": "nowhere"},), {}, "calculation_field_unknown"),
		(({**TEAM, "field_name": "annual_revenue"},), {}, "calculation_field_sensitive"),
		((TEAM, USE, RATE), {"currency": ""}, "calculation_without_currency"),
		((TEAM, USE, RATE), {"text": "{sum} it is"}, "calculation_name_unknown"),
	],
)
def test_what_could_not_be_calculated_is_refused(inputs, values, code):
	with pytest.raises(NurtureError) as raised:
		check_calculation(made(*inputs, **values), lead_catalog(), {"annual_revenue"})
	assert raised.value.code == code


def test_an_input_from_the_lead_needs_a_field():
	with pytest.raises(NurtureError) as raised:
		made({**TEAM, "field_name": ""})
	assert raised.value.code == "calculation_field_missing"


def test_words_that_stand_for_no_number_are_refused():
	with pytest.raises(NurtureError) as raised:
		made({**USE, "choices": "Reports: two"})
	assert raised.value.code == "calculation_choice_bad"


def test_a_mail_carries_each_readers_own_figure(world):
	stored(world)
	block(world, "story", SOFTWARE | {"text": "<p>Software: {{ calc.savings }}</p>"})
	known = world.lead(nurture_team_size=20, nurture_use_case="Reports", industry="Software", language="de")
	unknown = world.lead(nurture_team_size=20)
	send(world, "<p>{{ calc.savings }}</p><p>{{ block.story }}</p>", known, unknown)
	mails = {one.party: one.text for one in world.outbox.messages}
	assert mails[known].count("20 people at 2 hours win") == 2 and "Software: 20" in mails[known]
	assert "Teams win hours." in mails[unknown] and "figure" not in mails[unknown]


def test_a_value_of_the_lead_is_never_more_than_text(world):
	stored(world, text="{{ lead.email_id }} <b>{figure}</b>", fallback_text="<i>{{ 7 * 7 }}</i>")
	known, unknown = world.lead(nurture_team_size=20, nurture_use_case="Reports"), world.lead()
	send(world, "<p>{{ calc.savings }}</p>", known, unknown)
	mails = {one.party: one.html for one in world.outbox.messages}
	assert "{{ lead.email_id }} &lt;b&gt;€1,600&lt;/b&gt;" in mails[known]
	assert "&lt;i&gt;{{ 7 * 7 }}&lt;/i&gt;" in mails[unknown]


def test_a_calculation_that_is_not_there_keeps_a_mail_from_leaving(world):
	stored(world)
	with pytest.raises(NurtureError) as raised:
		send(world, "<p>{{ calc.saving }}</p>", world.lead())
	assert raised.value.code == "template_strange_name"


def test_without_a_calculation_nothing_is_read_and_with_one_the_same_for_all(world):
	stored(world)
	world.settings(track_clicks=0)

	def statements(name: str, body: str, leads: int) -> int:
		if not world.all("Nurture Sequence", "name", title=name):
			world.content(name, body=body)
			world.sequence(name, [STEP[0] | {"content": name}])
		people = [world.lead(nurture_team_size=20, nurture_use_case="Reports") for _ in range(leads)]
		world.enroll(name, *people)
		watched = WatchedDatabase(world.db)
		assert tick(replace(world.host, db=watched), "w").queued == leads
		return watched.calls

	statements("Plain", "<p>Nothing</p>", 1)
	plain = statements("Plain", "<p>Nothing</p>", 2)
	assert statements("Figure", "<p>{{ calc.savings }}</p>", 2) == plain + 2
	assert statements("Figure", "<p>{{ calc.savings }}</p>", 9) == plain + 2
