"""What colleagues do by hand: prepared texts, what must be filled in, and what counts when it is done."""

from __future__ import annotations

import pytest

from nurture_app.engine import hand_work
from nurture_app.engine.codes import NurtureError
from tests.world import World

WRITE = {
	"step_label": "Write",
	"step_type": "Task",
	"task_kind": "LinkedIn",
	"task_description": "Write to {{ lead.first_name }}",
	"task_text": "Hello {{ lead.first_name }}, I saw …",
}
RING = {
	"step_label": "Ring",
	"step_type": "Task",
	"task_kind": "Call",
	"task_early_reason": "They asked for it.",
	"task_description": "Ring",
}
AWAIT = {
	"step_label": "Await",
	"step_type": "Wait Until",
	"wait_activity": "Task Done",
	"wait_detail": "Write",
	"timeout": 30,
}


def given(world: World, *steps: dict, **lead: object) -> tuple[str, str, str]:
	"""Lead, touch and task of the first step."""
	world.sequence("By Hand", list(steps))
	name = world.lead(**lead)
	world.enroll("By Hand", name)
	world.tick()
	task = world.todos.tasks[0]
	return name, task.touch, f"TODO-{task.touch}"


def status(world: World, touch: str) -> str:
	return world.row("Nurture Touch", touch, "status")[0]


def test_a_linkedin_task_brings_text_profile_and_what_is_needed(world):
	given(world, WRITE | {"task_research": 1}, nurture_linkedin="https://www.linkedin.com/in/ada")
	(task,) = world.todos.tasks
	assert (task.kind, task.text) == ("LinkedIn", "Hello Ada, I saw …")
	assert task.profile == "https://www.linkedin.com/in/ada"
	assert task.needs == ("observation", "question", "research")
	assert task.step == "By Hand · Write"


def test_without_a_profile_there_is_a_search_for_the_person(world):
	given(world, WRITE, lead_name="Ada Löwe", company_name="Acme & Sons")
	assert world.todos.tasks[0].profile.endswith("?keywords=Ada+L%C3%B6we+Acme+%26+Sons")


@pytest.mark.parametrize("profile", ["javascript:alert(1)", "linkedin.com/in/ada"])
def test_what_is_no_web_address_is_no_profile(world, profile):
	given(world, WRITE, lead_name="Ada", nurture_linkedin=profile)
	assert world.todos.tasks[0].profile.endswith("?keywords=Ada")


def test_it_counts_as_done_when_the_colleague_says_so_and_the_sequence_that_waits_goes_on(world):
	lead, touch, task = given(world, WRITE, AWAIT, {"step_label": "Then"})
	assert (status(world, touch), world.sent()) == ("Given", [])
	assert hand_work.note_done(world.host, touch, task, "LinkedIn")
	assert status(world, touch) == "Done"
	assert world.all("Nurture Activity", "party", "detail", activity_type="Task Done") == [(lead, "Write")]
	world.tick()
	assert world.sent() == ["By Hand Then"]
	hand_work.note_done(world.host, touch, task, "LinkedIn")
	assert len(world.all("Nurture Activity", "name", activity_type="Task Done")) == 1


def test_nobody_gives_points_with_a_task_of_their_own(world):
	_lead, touch, _task = given(world, WRITE)
	assert not hand_work.note_done(world.host, touch, "TODO-of-somebody", "LinkedIn")
	assert not hand_work.note_answer(world.host, touch, "TODO-of-somebody", "LinkedIn", "yes")
	assert status(world, touch) == "Given"


def test_a_call_that_reached_somebody_is_a_call(world):
	world.rule("Called", activity_type="Call", points=7)
	lead, touch, task = given(world, RING)
	hand_work.note_done(world.host, touch, task, "Call", "Not Reached")
	assert world.score(lead) == 0
	lead, touch, task = world.lead(), *_again(world)
	hand_work.note_done(world.host, touch, task, "Call", "Reached")
	assert [score for _, score in sorted(world.all("Lead", "name", "nurture_score"))].count(7) == 1


def _again(world: World) -> tuple[str, str]:
	world.enroll("By Hand", world.lead())
	world.tick()
	touch = world.todos.tasks[-1].touch
	return touch, f"TODO-{touch}"


def test_an_answer_ends_the_sequence_like_any_reply(world):
	_lead, touch, task = given(world, WRITE, {"step_label": "Later", "delay": 3})
	hand_work.note_done(world.host, touch, task, "LinkedIn")
	assert hand_work.note_answer(world.host, touch, task, "LinkedIn", "Sounds good")
	assert status(world, touch) == "Replied"
	((state, reason),) = world.all("Nurture Enrollment", "status", "reason")
	assert (state, reason) == ("Exited", "replied")
	((channel, detail),) = world.all("Nurture Activity", "channel", "detail", activity_type="Email Reply")
	assert (channel, detail) == ("LinkedIn", "LinkedIn: Sounds good")
	assert not hand_work.note_answer(world.host, touch, task, "LinkedIn", "Again")


def test_what_is_dropped_is_skipped_and_may_be_taken_up_again(world):
	_lead, touch, task = given(world, WRITE)
	hand_work.note_undone(world.host, touch, task, is_cancelled=True)
	assert world.row("Nurture Touch", touch, "status", "reason") == ("Skipped", "cancelled")
	hand_work.note_undone(world.host, touch, task, is_cancelled=False)
	assert status(world, touch) == "Given"


FILLED = {"observation": "New plant", "question": "Who runs it?", "video_url": "https://v.example/1"}


@pytest.mark.parametrize(
	("kind", "values", "code"),
	[
		("LinkedIn", {"observation": "New plant"}, "task_needs"),
		("LinkedIn", {"observation": "New plant", "question": "  "}, "task_needs"),
		("Personal Video", FILLED | {"video_url": ""}, "task_needs"),
		("Personal Video", FILLED, "video_without_length"),
		("Personal Video", FILLED | {"video_seconds": 91}, "video_too_long"),
		("Handwritten Note", {}, "task_needs"),
		("Influencer Content", {}, "task_needs"),
		("Social Post", {}, "task_needs"),
		("Call", {}, "task_needs"),
	],
)
def test_a_task_is_not_done_while_something_is_missing(kind, values, code):
	with pytest.raises(NurtureError) as error:
		hand_work.check_done(hand_work.needs_of(kind, False), values, 90)
	assert error.value.code == code


@pytest.mark.parametrize(
	("kind", "values"),
	[
		("LinkedIn", FILLED),
		("Personal Video", FILLED | {"video_seconds": 90}),
		("Call", {"outcome": "Not Reached"}),
		("To Do", {}),
	],
)
def test_a_task_is_done_with_what_it_needs(kind, values):
	hand_work.check_done(hand_work.needs_of(kind, False), values, 90)


def test_everything_that_is_missing_is_named():
	with pytest.raises(NurtureError) as error:
		hand_work.check_done(hand_work.needs_of("LinkedIn", True), {"question": "Who?"})
	assert error.value.params["missing"] == ["Observation", "Research Note"]
