"""Answers of one click: a link of its own for each message, and a reply when its button is pressed."""

from __future__ import annotations

from nurture_app.engine.answers import find_asked, note_answer
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
