"""Answers at once: where they may stand, what they may say, and who gets one (CD-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.refusals import check_answers_with
from tests.world import MONDAY, World

NIGHT = datetime.combine(MONDAY.date(), datetime.min.time()) + timedelta(hours=23)
ANSWER = {"step_label": "Answer", "at_once": 1}
FORM = {"trigger_type": "Activity", "trigger_activity": "Form Submitted"}


def at_night(world: World) -> str:
	lead = world.lead()
	world.clock.move_to(NIGHT)
	return lead


@pytest.mark.parametrize(
	("steps", "values", "code"),
	[
		([{"step_label": "Wait", "step_type": "Wait", "delay": 1}, ANSWER], FORM, "at_once_not_first"),
		([{"step_label": "First"}, ANSWER], FORM, "at_once_not_first"),
		([ANSWER | {"timing": "On Day", "day": 2}], FORM, "at_once_not_first"),
		([ANSWER | {"timing": "On Day", "day": 1, "at_time": "10:00:00"}], FORM, "at_once_not_first"),
		([ANSWER], {"trigger_type": "Stage Reached", "trigger_stage": "MQL"}, "at_once_not_asked"),
		([ANSWER], {"trigger_type": "Manual"}, "at_once_not_asked"),
		([ANSWER], FORM | {"trigger_count": 3}, "at_once_not_asked"),
		([ANSWER], {"trigger_type": "Activity", "trigger_activity": "Page View"}, "at_once_not_asked"),
	],
)
def test_only_the_first_mail_after_a_request_answers(sqlite_world, steps, values, code):
	with pytest.raises(NurtureError) as caught:
		sqlite_world.sequence("Main", steps, **values)
	assert caught.value.code == code


def test_only_a_mail_answers(sqlite_world):
	task = {"step_label": "Task", "step_type": "Task", "task_description": "Call", "at_once": 1}
	with pytest.raises(NurtureError, match="Only an e-mail"):
		sqlite_world.sequence("Main", [task], **FORM)


def test_a_branch_before_an_answer_costs_no_time(sqlite_world):
	fork = {"step_label": "Fork", "step_type": "Branch", "condition": '["city", "=", "Ulm"]'}
	steps = [fork | {"on_true": "Answer", "on_false": "Other"}, ANSWER, {"step_label": "Other", "at_once": 1}]
	steps[1] = steps[1] | {"go_to": "Last"}
	sqlite_world.sequence("Main", [*steps, {"step_label": "Last", "delay": 1}], **FORM)


def test_an_answer_does_not_sell(sqlite_world):
	world = sqlite_world
	content = world.content("Buy", body="<p>Buy it now.</p>")
	world.db.update("tabNurture Content", ("name", "cta_strength"), [(content, "Hard")])
	values = FORM | {"early_ask_reason": "They asked for a price.", "journey_stage": "Decision"}
	with pytest.raises(NurtureError) as caught:
		world.sequence("Main", [ANSWER | {"content": content}], **values)
	assert caught.value.code == "at_once_promotes"


def test_a_text_that_answers_is_not_made_to_sell_later(sqlite_world):
	world = sqlite_world
	content = world.content("Thanks")
	world.sequence("Main", [ANSWER | {"content": content}], **FORM)
	check_answers_with(world.host, {content})
	world.db.update("tabNurture Content", ("name", "cta_strength"), [(content, "Hard")])
	with pytest.raises(NurtureError, match="asks for a sale"):
		check_answers_with(world.host, {content})


def test_a_new_lead_is_answered_if_it_asked(world):
	asked, imported = world.lead(), world.lead()
	world.clock.move_to(NIGHT)
	world.sequence("Main", [ANSWER], trigger_type="New Lead")
	world.record(asked, "Form Submitted")
	world.enroll("Main", asked, imported)
	world.tick()
	assert world.sent(asked) and not world.sent(imported)


def test_what_a_machine_did_is_no_request(world):
	lead = at_night(world)
	world.sequence("Main", [ANSWER], trigger_type="New Lead")
	world.record(lead, "Form Submitted", classification="machine")
	world.enroll("Main", lead)
	world.tick()
	assert not world.sent(lead)


def test_an_answer_keeps_to_the_cap_and_to_consent(world):
	lead, silent = world.lead(), world.lead(consent=False)
	world.settings(cap_messages=1, cap_days=7)
	world.sequence("Before", [{"step_label": "One"}])
	world.enroll("Before", lead)
	world.tick()
	world.clock.move_to(NIGHT)
	world.sequence("Main", [ANSWER], **FORM)
	for one in (lead, silent):
		world.record(one, "Form Submitted")
	world.tick()
	assert len(world.sent(lead)) == 1 and not world.sent(silent)


def test_an_answer_goes_before_what_waits_in_the_queue(world):
	lead = at_night(world)
	world.sequence("Main", [ANSWER], **FORM)
	world.record(lead, "Form Submitted")
	world.tick()
	(message,) = world.host.channels["Email"].messages
	assert message.at_once


def test_whoever_enters_such_a_sequence_wakes_the_host(world):
	lead, woken = at_night(world), []
	world.sequence("Main", [ANSWER], **FORM)
	world.sequence("Other", [{"step_label": "Mail"}])
	world.host = replace(world.host, wake=lambda: woken.append(1))
	world.enroll("Other", lead)
	assert woken == []
	world.record(lead, "Form Submitted")
	assert woken == [1]


def test_an_hour_cannot_be_tried_on_an_answer(sqlite_world):
	from nurture_app.engine.experiments import life

	world = sqlite_world
	world.sequence("Main", [ANSWER], **FORM)
	values = {
		"sequence": "Main",
		"step": "Answer",
		"variable": "Send Time",
		"metric": "Reply",
		"min_days": 28,
	}
	world.put("Nurture Experiment", "Hours", title="Hours", status="Draft", **values)
	with pytest.raises(NurtureError, match="no hour can be tried"):
		life.start(world.host, "Hours")
