"""Answers of one click: a link of its own for each message, and a reply when its button is pressed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture_app.engine import lifecycle
from nurture_app.engine.answers import find_asked, note_answer
from nurture_app.engine.codes import NurtureError
from tests.world import World

ASK = {
	"step_label": "Ask",
	"content": "Question",
}
BODY = '<p>Hi, <a href="{{ links.yes }}">Yes</a> or <a href="{{ links.not_yet }}">not yet</a>?</p>'


def asked(world: World, *more: dict, **values: object) -> str:
	"""The token of the mail that asked."""
	world.content("Question", body=BODY)
	world.sequence("Asked", [ASK, *more], **values)
	world.enroll("Asked", world.lead())
	world.tick()
	return world.all("Nurture Touch", "token", step="Ask")[0][0]


def test_a_mail_carries_a_link_for_each_answer_it_names_and_they_are_not_counted_as_clicks(world):
	world.settings(track_clicks=1)
	token = asked(world)
	html = world.outbox.messages[0].html
	for key in ("yes", "not_yet"):
		assert f"/n/answer/{token}/{key}" in html
	assert "/stay" not in html
	assert html.count("/n/c/") == 1, "the hidden one that only machines follow"


def test_the_button_is_an_answer_and_a_reply_and_ends_the_sequence_like_one(world):
	token = asked(world, {"step_label": "Later", "delay": 3})
	message = find_asked(world.host, token)
	assert note_answer(world.host, message, "yes")
	assert world.all("Nurture Enrollment", "status", "reason") == [("Exited", "replied")]
	recorded = {(kind, detail) for kind, detail in world.all("Nurture Activity", "activity_type", "detail")}
	assert {("Survey Answered", "Yes"), ("Email Reply", "Yes")} <= recorded
	assert world.all("Nurture Touch", "status", step="Ask") == [("Replied",)]


def test_the_first_answer_to_a_message_counts(world):
	message = find_asked(world.host, asked(world))
	assert note_answer(world.host, message, "not_yet", "")
	assert not note_answer(world.host, message, "yes")
	assert world.all("Nurture Activity", "detail", activity_type="Survey Answered") == [("Not yet",)]


def test_a_wait_hears_it(world):
	wait = {"step_label": "Await", "step_type": "Wait Until", "wait_activity": "Survey Answered"}
	wait |= {"wait_detail": "Yes", "timeout": 30, "on_true": "Thanks", "on_false": "Stop"}
	end = {"step_label": "Stop", "step_type": "End"}
	token = asked(world, wait, {"step_label": "Thanks"}, end, on_reply="Continue")
	note_answer(world.host, find_asked(world.host, token), "yes")
	world.tick()
	assert world.sent() == ["Question", "Asked Thanks"]


def test_an_unknown_token_finds_nothing(world):
	token = asked(world)
	assert find_asked(world.host, token.swapcase()) is None
	assert find_asked(world.host, "x" * 22) is None


# --- surveys of several questions (CH-12) ------------------------------------------------------------------------


def survey(world: World, **form: object) -> None:
	form = {"title": "Form", "activity_type": "Survey Answered", "enabled": 1} | form
	world.put("Nurture Form", "Form", **form)
	world.content("Question", body='<p>Three <a href="{{ links.survey }}">questions</a></p>')
	with world.db.transaction():
		world.db.update("tabNurture Content", ("name", "survey_form"), [("Question", "Form")])


def test_a_mail_carries_the_link_to_its_survey(world):
	survey(world)
	world.sequence("Asked", [ASK])
	world.enroll("Asked", world.lead())
	world.tick()
	((token,),) = world.all("Nurture Touch", "token")
	assert f"/n/answer/{token}/survey" in world.outbox.messages[0].html


@pytest.mark.parametrize(
	("form", "code"),
	[
		({"enabled": 0}, "survey_form_off"),
		({"activity_type": "Form Submitted"}, "survey_form_counts_otherwise"),
	],
)
def test_a_survey_nobody_could_answer_keeps_a_sequence_from_being_activated(world, form, code):
	survey(world, **form)
	world.sequence("Asked", [ASK], activate=False)
	with pytest.raises(NurtureError) as error:
		lifecycle.activate(world.host, "Asked")
	assert error.value.code == code and "Question" in str(error.value) and "Form" in str(error.value)


def test_a_text_with_the_link_needs_a_survey(world):
	world.content("Question", body='<p><a href="{{ links.survey }}">Questions</a></p>')
	with pytest.raises(NurtureError) as error:
		world.sequence("Asked", [ASK])
	assert error.value.code == "survey_without_form" and "{{ links.survey }}" in str(error.value)


def test_branches_and_rules_ask_for_one_answer_of_many(world):
	world.rule(
		"Content", activity_type="Survey Answer", condition=None, detail_contains="rating: 5", points=15
	)
	survey(world)
	happy = {"activity": "Survey Answer", "detail": "rating: 5", "since_enrollment": True}
	branch = {"step_label": "Happy?", "step_type": "Branch", "delay": 2, "condition": happy}
	branch |= {"on_true": "Thanks", "on_false": "Sorry"}
	end = {"step_label": "Stop", "step_type": "End"}
	world.sequence("Asked", [ASK, branch, {"step_label": "Thanks"}, end, {"step_label": "Sorry"}])
	ada, bob = world.lead("ada"), world.lead("bob")
	world.enroll("Asked", ada, bob)
	world.tick()
	for lead, rating in ((ada, 5), (bob, 2)):
		world.record(lead, "Survey Answered", detail=f"How content are you?: {rating}")
		world.record(lead, "Survey Answer", detail=f"rating: {rating}")
	world.run_until(world.clock.now() + 3 * timedelta(days=1))
	assert world.sent(ada)[-1] == "Asked Thanks" and world.sent(bob)[-1] == "Asked Sorry"
	assert (world.score(ada), world.score(bob)) == (15, 0)
