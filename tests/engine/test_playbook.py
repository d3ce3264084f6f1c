"""Playbooks leave nobody standing, and take from a visitor only what their rows ask for."""

from __future__ import annotations

import pytest

from nurture_app.engine.capture.playbook import check, playbook_from_rows, replay
from nurture_app.engine.codes import NurtureError

FIELDS = frozenset({"city", "company_name"})


def row(label, kind="Say", text="Hello", **more):
	return {"step_label": label, "step_type": kind, "text": text, **more}


def menu():
	return [
		row("Welcome"),
		row("Menu", "Choices", "What about?", choices="Prices -> Address\nNothing -> Bye\nAgain -> Welcome"),
		row("Address", "Question", "Where shall we send it?", fieldname="email_id"),
		row("Name", "Question", "Who are you?", fieldname="first_name", optional=1),
		row("Team", "Question", "How large is your team?", fieldname="team"),
		row("Town", "Question", "Where?", fieldname="city"),
		row("Box", "Consent", "May we write?"),
		row("Guide", "End", "Here it is.", asset="Price List"),
		row("Bye", "End", "Bye."),
	]


def changed(**changes):
	return [{**one, **changes.get(one["step_label"], {})} for one in menu()]


def test_a_sound_playbook_passes():
	check(playbook_from_rows(menu()))


@pytest.mark.parametrize(
	("rows", "code"),
	[
		([], "playbook_empty"),
		([row("")], "step_without_label"),
		([row("A"), row("A", "End")], "step_label_twice"),
		([row("A", "Dance")], "step_type_unknown"),
		([row("A", text=" ")], "playbook_says_nothing"),
		([row("A", "Choices"), row("B", "End")], "playbook_no_answers"),
		([row("A", "Choices", choices=" -> B"), row("B", "End")], "playbook_no_answers"),
		([row("A")], "playbook_dead_end"),
		([row("A", "Choices", choices="x -> A")], "playbook_dead_end"),
		([row("A", go_to="Z"), row("B", "End")], "step_target_missing"),
		([row("A", go_to="C"), row("B"), row("C", "End")], "step_unreachable"),
		([row("A", go_to="A"), row("B", "End")], "playbook_dead_end"),
		([row("A", "Question", fieldname="status"), row("B", "End")], "form_field_invalid"),
		([row("A", "Question", fieldname="Bad Name"), row("B", "End")], "form_field_invalid"),
		([row("A"), row("B", "End")], "playbook_no_address"),
		(
			changed(Menu={"choices": "Prices -> Address\nNothing -> Guide\nBye -> Bye"}),
			"playbook_asset_without_address",
		),
		([row(f"S{n}") for n in range(101)], "playbook_too_long"),
	],
)
def test_what_leaves_somebody_standing_is_found(rows, code):
	with pytest.raises(NurtureError) as caught:
		check(playbook_from_rows(rows))
	assert caught.value.code == code
	assert code not in str(caught.value)


def test_a_circle_needs_a_question():
	rows = [
		row("A", "Choices", choices="x -> B\ny -> Ask"),
		row("B", go_to="C"),
		row("C", go_to="B"),
		row("Ask", "Question", fieldname="email_id"),
		row("End", "End"),
	]
	with pytest.raises(NurtureError) as caught:
		check(playbook_from_rows(rows))
	assert caught.value.code == "playbook_dead_end"
	check(
		playbook_from_rows(
			[
				row("A"),
				row("Ask", "Question", fieldname="email_id"),
				row("Again", "Choices", choices="Yes -> A\nNo -> End"),
				row("End", "End"),
			]
		)
	)


WAY = [
	("Menu", "Prices"),
	("Address", " Ada@Site.Example "),
	("Name", ""),
	("Team", "=5"),
	("Town", "Paris"),
	("Box", "yes"),
]


def test_a_conversation_is_what_the_rows_ask_for():
	said = replay(playbook_from_rows(menu()), WAY, FIELDS)
	assert (said.address, said.person, said.fields, said.consent, said.asset) == (
		"ada@site.example",
		{"first_name": ""},
		{"city": "Paris"},
		True,
		"Price List",
	)
	assert said.answers == {"What about?": "Prices", "How large is your team?": "5"}


def test_one_may_go_round_and_leave_without_an_address():
	said = replay(playbook_from_rows(menu()), [("Menu", "Again"), ("Menu", "Nothing")], FIELDS)
	assert (said.address, said.consent, said.asset) == ("", False, "")


@pytest.mark.parametrize(
	("said", "code"),
	[
		([], "playbook_not_followed"),
		(WAY[:-1], "playbook_not_followed"),
		([*WAY, ("Menu", "Prices")], "playbook_not_followed"),
		([("Box", "yes")], "playbook_not_followed"),
		([("Menu", "Everything for free")], "playbook_not_followed"),
		([*WAY[:5], ("Box", "on")], "playbook_not_followed"),
		([WAY[0], ("Address", "ada")], "address_invalid"),
		([*WAY[:2], ("Name", "x" * 141)], "capture_too_long"),
		([*WAY[:3], ("Team", " ")], "form_answer_missing"),
		([("Menu", "Again")] * 201, "playbook_not_followed"),
	],
)
def test_a_window_that_claims_something_else_is_not_believed(said, code):
	with pytest.raises(NurtureError) as caught:
		replay(playbook_from_rows(menu()), said, FIELDS)
	assert caught.value.code == code
	if code != "playbook_not_followed":
		assert caught.value.params["step"] == said[-1][0]
