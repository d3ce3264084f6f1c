"""A sequence that cannot run is refused when it is saved, naming step and field; one that could be better is advised on."""

from __future__ import annotations

import inspect
import json
import re
from datetime import date, datetime, time
from typing import Any

import pytest

from nurture_app.engine import definition as definitions
from nurture_app.engine import sequences
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known
from nurture_app.engine.definition import SequenceDefinition, definition_from_rows
from nurture_app.engine.field_values import read_value
from nurture_app.engine.sequences import Advice
from nurture_app.simulator.tables import lead_catalog

CATALOG = lead_catalog()
KNOWN = Known(
	activity_types=frozenset({"Page View", "Opportunity Created", "Email Reply"}),
	segments=frozenset({"Warm"}),
	sequences=frozenset({"Welcome"}),
)
CONTENTS = frozenset({"Hello", "Bye"})
SEQUENCE = {"name": "Welcome", "title": "Welcome", "trigger_type": "Manual", "use_default_window": 1}
WINDOW = {
	"use_default_window": 0,
	"window_start": "09:00:00",
	"window_end": "17:00:00",
	**{f"window_{day}": 1 for day in sequences.WEEKDAYS},
}


def email(label: str = "One", **values: Any) -> dict[str, Any]:
	return {
		"step_label": label,
		"step_type": "Email",
		"content": "Hello",
		"delay": 0,
		"delay_unit": "Days",
	} | values


def wait(label: str = "Wait", **values: Any) -> dict[str, Any]:
	return {"step_label": label, "step_type": "Wait", "delay": 1, "delay_unit": "Days"} | values


def branch(label: str = "Fork", **values: Any) -> dict[str, Any]:
	row = {"step_label": label, "step_type": "Branch", "condition": '["city", "=", "Ulm"]'}
	return row | {"on_true": "Yes", "on_false": "No"} | values


def task(**values: Any) -> dict[str, Any]:
	return {"step_label": "Call", "step_type": "Task", "task_description": "Call them"} | values


def step(kind: str, **values: Any) -> dict[str, Any]:
	return {"step_label": kind, "step_type": kind} | values


def wait_until(**values: Any) -> dict[str, Any]:
	return step("Wait Until", **({"wait_activity": "Page View"} | values))


def notification(**values: Any) -> dict[str, Any]:
	return step("Notification", **({"notify_text": "Look"} | values))


def split(*ways: Any) -> dict[str, Any]:
	return step("Split", split_ways=json.dumps(list(ways)))


def way(name: Any = "A", weight: Any = 1, to: Any = "Yes") -> dict[str, Any]:
	return {"name": name, "weight": weight, "to": to}


def set_field(field: str, value: Any) -> dict[str, Any]:
	return {"step_label": "Mark", "step_type": "Set Field", "field_name": field, "field_value": value}


def checked(sequence: dict[str, Any], steps: list[dict[str, Any]]) -> SequenceDefinition:
	definition = definition_from_rows(SEQUENCE | sequence, steps)
	sequences.check(definition, CATALOG, KNOWN, CONTENTS)
	sequences.check_complete(definition)
	return definition


YES, NO = email("Yes"), email("No")
MISTAKES = [
	# (sequence, steps, code, what the sentence names)
	({}, [], "sequence_without_steps", "Welcome"),
	({"trigger_type": "Activity"}, [email()], "trigger_incomplete", "Activity"),
	({"trigger_type": "Segment Entered"}, [email()], "trigger_incomplete", "Segment"),
	({"trigger_type": "Stage Reached"}, [email()], "trigger_incomplete", "Stage"),
	(
		{"trigger_type": "Activity", "trigger_activity": "Page Vew"},
		[email()],
		"condition_unknown_activity",
		"Page Vew",
	),
	(
		{"trigger_type": "Segment Entered", "trigger_segment": "Wram"},
		[email()],
		"condition_unknown_segment",
		"Wram",
	),
	({"exit_segment": "Wram"}, [email()], "condition_unknown_segment", "Wram"),
	({"goal_activity": "Deal"}, [email()], "condition_unknown_activity", "Deal"),
	({"reentry": "After Days"}, [email()], "reentry_without_days", "days"),
	({"reentry": "After Days", "reentry_days": -1}, [email()], "reentry_without_days", "days"),
	({"priority": "high"}, [email()], "not_a_number", "high"),
	({"condition": "{"}, [email()], "condition_not_json", "JSON"),
	({"condition": '["colour", "=", 1]'}, [email()], "condition_unknown_field", "colour"),
	({"condition": '{"segment": "Wram"}'}, [email()], "condition_unknown_segment", "Wram"),
	({"condition": '{"touches": "opened"}'}, [email()], "condition_needs_enrollment", "touches"),
	(WINDOW | {"window_end": "09:00:00"}, [email()], "window_zero_length", "09:00"),
	(WINDOW | {f"window_{day}": 0 for day in sequences.WEEKDAYS}, [email()], "window_no_days", "weekday"),
	(WINDOW | {"window_start": "early"}, [email()], "not_a_time", "early"),
	# steps
	({}, [email(""), email("Two")], "step_without_label", "Row 1"),
	({}, [email(), email("  ")], "step_without_label", "Row 2"),
	({}, [email(), email("Two"), email(" One ")], "step_label_twice", "Row 3"),
	({}, [email(), email("Two"), email("ONE")], "step_label_twice", "Row 3"),
	({}, [email(step_type="Fax")], "step_type_unknown", "Fax"),
	({}, [email(step_type=None)], "step_type_unknown", "Wait, "),
	({}, [email(go_to="Nowhere")], "step_target_missing", "Nowhere"),
	({}, [branch(on_true="Yess"), YES, NO], "step_target_missing", "Yess"),
	({}, [email(timing="On Day", day=0)], "step_day_below_one", "day 0"),
	({}, [email(timing="On Day", day=-3)], "step_day_below_one", "One"),
	({}, [email(timing="On Day", day=None)], "step_day_below_one", "One"),
	({}, [email(timing="On Day", day=1101)], "step_delay_too_long", "1100 Days"),
	({}, [email(timing="On Day", day="soon")], "not_a_number", "soon"),
	({}, [email(delay=-1)], "step_delay_negative", "-1"),
	({}, [email(delay=1, delay_unit="Fortnights")], "delay_unit_unknown", "Fortnights"),
	({}, [email(delay=1101)], "step_delay_too_long", "1100 Days"),
	({}, [email(delay=37, delay_unit="Months")], "step_delay_too_long", "36 Months"),
	({}, [email(delay=10**9, delay_unit="Minutes")], "step_delay_too_long", "Minutes"),
	({}, [email(delay="a while")], "not_a_number", "a while"),
	({}, [email(delay=float("nan"))], "not_a_number", "delay"),
	({}, [email(delay=float("inf"))], "not_a_number", "delay"),
	({}, [email(at_time="noon")], "not_a_time", "noon"),
	({}, [email(at_weekday="Funday")], "not_a_weekday", "Funday"),
	({}, [email(timing="On Day", day=2, at_time="25:00")], "not_a_time", "25:00"),
	({}, [email(content="")], "step_without_content", "One"),
	({}, [email(content=None)], "step_without_content", "One"),
	({}, [email(content="Gone")], "step_content_missing", "Gone"),
	({}, [email(), email("Two", go_to="Two")], "steps_in_a_circle", "Two → Two"),
	({}, [email(), email("Two", go_to="One")], "steps_in_a_circle", "One → Two → One"),
	({}, [branch(on_true="Fork", on_false="No"), NO], "steps_in_a_circle", "Fork → Fork"),
	({}, [email(), branch(on_true="One"), NO], "steps_in_a_circle", "One → Fork → One"),
	(
		{},
		[email(timing="On Day", day=1), email("Two", timing="On Day", day=9, go_to="One")],
		"steps_in_a_circle",
		"One → Two → One",
	),
	({}, [email(go_to="Three"), email("Two"), email("Three")], "step_unreachable", "Two"),
	({}, [email(), {"step_label": "End", "step_type": "End"}, email("After")], "step_unreachable", "After"),
	({}, [branch(condition=""), YES, NO], "branch_without_condition", "Fork"),
	({}, [branch(condition="[]"), YES, NO], "branch_without_condition", "Fork"),
	({}, [branch(on_true="Yes", on_false="Yes"), YES, NO], "branch_goes_one_way", "Fork"),
	({}, [branch(on_true="", on_false=""), YES, NO], "branch_goes_one_way", "Fork"),
	({}, [branch(on_true="", on_false="Yes"), YES, NO], "branch_goes_one_way", "Fork"),
	({}, [branch(condition="{"), YES, NO], "condition_not_json", "JSON"),
	({}, [branch(condition='["colour", "=", 1]'), YES, NO], "condition_unknown_field", "“Fork”"),
	(
		{},
		[branch(condition='{"touches": "opened", "steps": ["Onne"]}'), YES, NO],
		"condition_unknown_step",
		"Onne",
	),
	({}, [branch(condition='{"activity": "Page Vew"}'), YES, NO], "condition_unknown_activity", "“Fork”"),
	({}, [task(task_description="")], "task_without_description", "Call"),
	({}, [task(task_description=" \n")], "task_without_description", "Call"),
	({}, [task(task_description="Call {{ lead.frist_name }}")], "template_unknown_name", "first_name"),
	({}, [task(task_description="Call {{ lead.first_name")], "template_syntax", "Call"),
	({}, [task(task_due_days=-1)], "step_delay_negative", "Call"),
	({}, [task(task_kind="Call")], "call_before_sql_unexplained", "Call"),
	({}, [step("Wait Until")], "wait_until_nothing", "Wait Until"),
	({}, [step("Wait Until", condition="[]")], "wait_until_nothing", "activity"),
	({}, [step("Wait Until", condition="{")], "condition_not_json", "“Wait Until”"),
	({}, [step("Wait Until", wait_activity="Page Vew")], "condition_unknown_activity", "Page Vew"),
	({}, [wait_until(condition='["colour", "=", 1]')], "condition_unknown_field", "“Wait Until”"),
	({}, [wait_until(condition='{"segment": "Wram"}')], "condition_unknown_segment", "Wram"),
	({}, [wait_until(timeout=0)], "wait_without_timeout", "waits 0"),
	({}, [wait_until(timeout=-3)], "wait_without_timeout", "-3"),
	({}, [wait_until(timeout="long")], "not_a_number", "timeout"),
	({}, [wait_until(timeout_unit="Fortnights")], "delay_unit_unknown", "Fortnights"),
	({}, [wait_until(timeout=37, timeout_unit="Months")], "step_delay_too_long", "36 Months"),
	({}, [wait_until(on_true="Nowhere")], "step_target_missing", "Nowhere"),
	(
		{},
		[wait_until(on_true="Wait Until", on_false="No"), NO],
		"steps_in_a_circle",
		"Wait Until → Wait Until",
	),
	({}, [step("Notification", notify_text=" ")], "notification_without_text", "Notification"),
	({}, [notification(notify_text="{{ lead.frist_name }}")], "template_unknown_name", "first_name"),
	({}, [notification(notify_who="Everybody")], "step_choice_unknown", "Everybody"),
	({}, [notification(notify_who="User")], "notification_to_nobody", "User"),
	({}, [notification(notify_who="Role")], "notification_to_nobody", "Role"),
	({}, [step("Handoff", handoff_to="Sales")], "step_choice_unknown", "Sales"),
	({}, [step("Handoff", handoff_to="User")], "handoff_to_nobody", "Handoff"),
	({}, [step("Handoff", handoff_note="{{ lead.nam }}")], "template_unknown_name", "“Handoff”"),
	({}, [step("Approval", approve_days=-1), email()], "step_delay_negative", "Approval"),
	({}, [step("Approval", refused_to="One"), email()], "approval_without_effect", "One"),
	({}, [step("Approval", refused_to="Nowhere"), email()], "step_target_missing", "Nowhere"),
	({}, [step("Enroll")], "enroll_without_sequence", "Enroll"),
	({}, [step("Enroll", target_sequence="Welcom")], "step_sequence_missing", "Welcom"),
	({}, [step("Leave", target_sequence="Welcom")], "step_sequence_missing", "“Leave”"),
	({}, [step("Pause", target_sequence="Welcom")], "step_sequence_missing", "make it first"),
	({}, [step("Split", split_ways="{"), YES, NO], "split_not_json", "“Split”"),
	({}, [step("Split"), YES], "split_without_ways", "Split"),
	({}, [step("Split", split_ways='{"A": 1}'), YES], "split_without_ways", "Split"),
	({}, [split(way()), YES], "split_without_ways", "two"),
	({}, [split(*(way(f"W{number}") for number in range(11))), YES], "split_without_ways", "10"),
	({}, [split(way(), "B"), YES], "split_way_bad", "way 2"),
	({}, [split(way(), way("B", to=3)), YES], "step_target_missing", "“3”"),
	({}, [split(way(), way("B", to=["Yes"])), YES], "step_target_missing", "Yes"),
	({}, [split(way(), way(" ", to="No")), YES, NO], "split_way_without_name", "way 2"),
	({}, [split(way(), way(7, to="No")), YES, NO], "split_way_without_name", "way 2"),
	({}, [split(way(), way("a", to="No")), YES, NO], "split_way_twice", "“A”"),
	({}, [split(way(), way("B", 0, "No")), YES, NO], "split_bad_weight", "share is 0"),
	({}, [split(way(), way("B", 1001, "No")), YES, NO], "split_bad_weight", "1000"),
	({}, [split(way(), way("B", "half", "No")), YES, NO], "split_bad_weight", "half"),
	({}, [split(way(), way("B", True, "No")), YES, NO], "split_bad_weight", "B"),
	({}, [split(way(), way("B", 1.5, "No")), YES, NO], "split_bad_weight", "1.5"),
	({}, [split(way(), way("B")), YES], "split_goes_one_way", "Split"),
	({}, [split(way(), way("B", to="Nowhere")), YES], "step_target_missing", "Nowhere"),
	({}, [split(way(to="Split"), way("B")), YES], "steps_in_a_circle", "Split → Split"),
	({}, [step("Tag", tag=" ")], "tag_missing", "Tag"),
	({}, [step("Tag", tag="a,b")], "tag_bad", "a,b"),
	({}, [step("Tag", tag="x" * 61)], "tag_bad", "60"),
	({}, [step("Tag", tag="x", tag_action="Toggle")], "step_choice_unknown", "Toggle"),
	({}, [step("Add Score")], "score_points_bad", "0 points"),
	({}, [step("Add Score", score_points=1001)], "score_points_bad", "1000"),
	({}, [step("Add Score", score_points="many")], "not_a_number", "many"),
	({}, [step("Add Score", score_points=5, score_part="Mood")], "step_choice_unknown", "Mood"),
	({}, [step("Add Score", score_points=5, score_days=-1)], "step_delay_negative", "Add Score"),
	({"exits": [{"activity_type": "Demo Reqest"}]}, [email()], "condition_unknown_activity", "Demo Reqest"),
	(
		{
			"trigger_type": "Activity",
			"trigger_activity": "Page View",
			"exits": [{"activity_type": "Page View"}],
		},
		[email()],
		"exit_starts_it",
		"Page View",
	),
	({}, [set_field("colour", "red")], "set_field_unknown", "colour"),
	({}, [set_field("", "red")], "set_field_unknown", "Mark"),
	({}, [set_field("name", "x")], "set_field_unknown", "name"),
	({}, [set_field("email_id", "x@example.com")], "set_field_unknown", "email_id"),
	({}, [set_field("creation", "2026-01-01")], "set_field_unknown", "creation"),
	({}, [set_field("nurture_score", "100")], "set_field_unknown", "nurture_score"),
	({}, [set_field("unsubscribed", "0")], "set_field_unknown", "unsubscribed"),
	({}, [set_field("status", "Leed")], "set_field_bad_value", "Do Not Contact"),
	({}, [set_field("disabled", "yes")], "set_field_bad_value", "disabled"),
	({}, [set_field("disabled", "2")], "set_field_bad_value", "disabled"),
	({}, [set_field("annual_revenue", "a lot")], "set_field_bad_value", "a lot"),
	({}, [set_field("annual_revenue", "inf")], "set_field_bad_value", "inf"),
	({}, [set_field("annual_revenue", "nan")], "set_field_bad_value", "nan"),
	({}, [set_field("annual_revenue", "1e13")], "set_field_bad_value", "1e13"),
	({}, [set_field("qualified_on", "tomorrow")], "set_field_bad_value", "tomorrow"),
	({}, [set_field("qualified_on", "2026-02-30")], "set_field_bad_value", "2026-02-30"),
	({}, [set_field("city", "x" * 141)], "set_field_bad_value", "city"),
]


@pytest.mark.parametrize(
	("sequence", "steps", "code", "named"),
	MISTAKES,
	ids=[f"{code} {named}" for _, _, code, named in MISTAKES],
)
def test_a_mistake_is_refused_by_name(sequence, steps, code, named):
	with pytest.raises(NurtureError) as refused:
		checked(sequence, steps)
	assert refused.value.code == code
	sentence = str(refused.value)
	assert named in sentence
	assert sentence.endswith((".", "}}.", "?")) and not sentence.startswith(code)


def test_every_error_of_a_sequence_is_tried():
	codes = set(re.findall(r'NurtureError\(\s*"([a-z_]+)"', inspect.getsource(sequences)))
	assert codes and codes <= {code for _, _, code, _ in MISTAKES}


FINE = [
	({}, [email()]),
	({}, [email(go_to="Two"), email("Two")]),
	({}, [email(delay=1100)]),
	({}, [email(), wait(go_to="One")]),
	({}, [email(delay=1), email("Two", go_to="One")]),
	({}, [wait(), branch(on_true="Wait", on_false="No"), NO]),
	({}, [branch(on_true="", on_false="No"), YES, NO]),
	({}, [branch(condition='{"touches": "opened", "steps": ["Yes"], "count": ["<", 1]}'), YES, NO]),
	({}, [email(at_time="09:30"), email("Two", timing="On Day", day=1, at_time="23:59:59")]),
	({}, [task(task_description='Call {{ lead.first_name | default("them") }}')]),
	({}, [set_field("status", "Interested")]),
	({}, [set_field("city", "")]),
	({}, [set_field("annual_revenue", "12.5"), email()]),
	({}, [set_field("disabled", "1")]),
	({}, [set_field("qualified_on", "2026-02-28")]),
	({}, [set_field("qualified_on", "")]),
	({}, [wait_until(), email()]),
	({}, [wait_until(condition='["city", "=", "Ulm"]', timeout=3, timeout_unit="Weeks"), email()]),
	({}, [wait_until(on_true="No", on_false="Wait Until"), NO]),
	({}, [notification(), notification(step_label="B", notify_who="Role", notify_role="Sales User")]),
	({}, [step("Handoff"), step("Handoff", step_label="B", handoff_to="User", handoff_user="a@example.com")]),
	({}, [step("Approval", refused_to="Two"), email(), email("Two")]),
	({}, [step("Enroll", target_sequence="Welcome")]),
	({}, [step("Leave"), step("Enroll", target_sequence="Welcome")]),
	({}, [split(way(), way("B", 3, "No")), YES, NO]),
	({}, [split(way(to=""), way("Holdout", 1, "No")), YES, NO]),
	({}, [step("Tag", tag="VIP"), email()]),
	({}, [step("Tag", tag="VIP", tag_action="Remove")]),
	({}, [step("Add Score", score_points=-20, score_part="Fit", score_days=0)]),
	({"trigger_type": "Stage Reached", "trigger_stage": "MQL"}, [email()]),
	({"trigger_type": "Segment Entered", "trigger_segment": "Warm", "exit_segment": "Warm"}, [email()]),
	({"trigger_type": "Activity", "trigger_activity": "Page View"}, [email()]),
	({"exits": [{"activity_type": "Page View"}, {"activity_type": "Email Reply"}]}, [email()]),
	({"reentry": "After Days", "reentry_days": 30, "goal_activity": "Opportunity Created"}, [email()]),
	(WINDOW | {"window_start": "22:00", "window_end": "06:00"}, [email()]),
]


@pytest.mark.parametrize(("sequence", "steps"), FINE, ids=[str(number) for number in range(len(FINE))])
def test_what_works_is_accepted_and_comes_back_from_its_pinned_text(sequence, steps):
	definition = checked(sequence, steps)
	text = definitions.to_json(definition)
	again = definitions.from_json(text)
	assert again == definition
	assert definitions.to_json(again) == text
	assert definitions.checksum(again) == definitions.checksum(definition)
	assert [again.step(step.label) for step in again.steps] == list(again.steps)


def test_a_draft_may_be_saved_before_it_is_complete():
	for steps in ([], [email(go_to="Three"), email("Two"), email("Three")]):
		sequences.check(definition_from_rows(SEQUENCE, steps), CATALOG, KNOWN, CONTENTS)


def test_steps_follow_each_other_unless_they_go_elsewhere():
	rows = [
		email(),
		branch(on_true="", on_false="Later"),
		email("Yes", go_to="End"),
		wait("Later", go_to="Yes"),
		{"step_label": "End", "step_type": "End", "end_outcome": "No Reaction"},
	]
	definition = checked({}, rows)
	ways = {step.label: step.ways for step in definition.steps}
	assert ways == {
		"One": ("Fork",),
		"Fork": ("Yes", "Later"),
		"Yes": ("End",),
		"Later": ("Yes",),
		"End": (),
	}
	assert definition.step("Elsewhere") is None
	assert definition.step("End").end_outcome == "No Reaction"


def test_the_default_window_and_its_holidays_are_left_to_the_settings():
	row = WINDOW | {"holiday_list": "Germany", "window_sunday": 0}
	own = definition_from_rows(SEQUENCE | row, [email()])
	assert own.holiday_list == "Germany" and own.window.weekdays == frozenset(range(6))
	default = definition_from_rows(SEQUENCE | row | {"use_default_window": 1}, [email()])
	assert (default.window, default.holiday_list) == (None, "")


def test_anything_that_differs_changes_the_checksum():
	base = checked({}, [email(), email("Two", delay=2)])
	texts = {definitions.checksum(base)}
	for sequence, steps in [
		({"priority": 1}, [email(), email("Two", delay=2)]),
		({"on_reply": "Pause"}, [email(), email("Two", delay=2)]),
		({"condition": '["city", "=", "Ulm"]'}, [email(), email("Two", delay=2)]),
		(WINDOW, [email(), email("Two", delay=2)]),
		(WINDOW | {"window_end": "18:00"}, [email(), email("Two", delay=2)]),
		({}, [email(), email("Two", delay=3)]),
		({}, [email(), email("Two", delay=2, content="Bye")]),
		({}, [email(), email("2", delay=2)]),
		({}, [email(), email("Two", delay=2, at_time="10:00")]),
	]:
		texts.add(definitions.checksum(checked(sequence, steps)))
	assert len(texts) == 10
	assert definitions.checksum(checked({}, [email(), email("Two", delay=2)])) in texts


ADVICE = [
	({"goal_activity": ""}, [email()], ["few_messages"]),
	({"goal_activity": "Opportunity Created"}, [email("A"), email("B"), email("C")], []),
	({"on_reply": "Continue"}, [email("A"), email("B"), email("C")], ["continues_after_reply"]),
	({"trigger_type": "New Lead"}, [email("A"), email("B"), email("C")], ["everybody_enters"]),
	(
		{"trigger_type": "New Lead", "condition": '["city", "=", "Ulm"]', "goal_activity": "Page View"},
		[email("A", role="Proof"), email("B", role="Proof"), email("C", role="CTA")],
		["same_role_twice"],
	),
	(
		{"goal_activity": "Page View"},
		[
			email("A", timing="On Day", day=1),
			email("B", timing="On Day", day=9),
			email("C", timing="On Day", day=5),
		],
		["day_goes_back"],
	),
	({"goal_activity": "Page View"}, [task()], []),
	({}, [email("A", role="Proof"), email("B"), email("C")], ["step_without_role"]),
	({"goal_activity": "Email Reply", "on_reply": "Pause"}, [task()], ["goal_ends_on_reply"]),
	({"goal_activity": "Email Reply"}, [task()], []),
	(
		{},
		[
			step("Enroll", target_sequence="Welcome"),
			step("Wait"),
			step("End", end_outcome="No Reaction"),
		],
		["enrolled_then_stopped"],
	),
	(
		{},
		[
			branch(on_true="Enroll", on_false="Stop"),
			step("Enroll", target_sequence="Welcome"),
			step("End"),
			step("End", step_label="Stop", end_outcome="No Reaction"),
		],
		[],
	),
]


def test_the_ways_to_reach_people_are_counted_once_each():
	steps = [
		email("A"),
		step("SMS", content="Bye", step_label="B"),
		email("C", step_type="Appointment Offer"),
		task(step_label="D", task_kind="Call", task_early_reason="They asked."),
		wait("E"),
	]
	assert checked({}, steps).channels == ("Email", "SMS", "Call")


@pytest.mark.parametrize(("sequence", "steps", "codes"), ADVICE, ids=[str(codes) for _, _, codes in ADVICE])
def test_advice_is_given_on(sequence, steps, codes):
	from nurture_app.engine.sentences import ADVICE as sentences
	from nurture_app.engine.sentences import advice_sentence

	found = sequences.warnings(checked(sequence, steps))
	assert [advice.code for advice in found] == codes
	for advice in found:
		sentence = advice_sentence(advice.code, advice.params)
		assert advice.code in sentences and "{" not in sentence and sentence.endswith(".")
	assert isinstance(found, list) and all(isinstance(advice, Advice) for advice in found)


def test_a_pinned_text_is_plain_json():
	data = json.loads(definitions.to_json(checked(WINDOW, [email()])))
	assert data["window"] == {"start": "09:00:00", "end": "17:00:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]}
	assert data["steps"][0]["label"] == "One"


VALUES = [
	("text", "Ulm", "Ulm"),
	("text", "", None),
	("int", "-7", -7),
	("int", "", 0),
	("int", "2147483647", 2147483647),
	("float", "2.5", 2.5),
	("check", "1", 1),
	("date", "2026-01-31", date(2026, 1, 31)),
	("date", "2026-01-31 09:30:00", date(2026, 1, 31)),
	("date", "", None),
	("datetime", "2026-01-31 09:30:00", datetime(2026, 1, 31, 9, 30)),
	("datetime", "", None),
	("time", "09:30", time(9, 30)),
]


@pytest.mark.parametrize(("kind", "text", "value"), VALUES)
def test_a_typed_value_is_read_in_the_fields_kind(kind, text, value):
	assert read_value(kind, text) == value


@pytest.mark.parametrize(
	("kind", "text"),
	[
		("int", "2147483648"),
		("int", "1.5"),
		("int", "x"),
		("float", "1e999"),
		("check", "true"),
		("date", "20260131"),
		("date", "2026-W05-6"),
		("datetime", "2026-01-31 09:30:00+02:00"),
		("time", "24:00"),
		("text", "x" * 141),
	],
)
def test_a_value_no_column_could_hold_is_refused(kind, text):
	with pytest.raises(ValueError, match=r".+"):
		read_value(kind, text)


# --- calls -----------------------------------------------------------------------------------------------------------

RING = task(task_kind="Call")


@pytest.mark.parametrize(
	("values", "step", "is_refused"),
	[
		({}, RING, True),
		({}, RING | {"task_early_reason": "  "}, True),
		({}, RING | {"task_early_reason": "They asked for it."}, False),
		({"trigger_type": "Stage Reached", "trigger_stage": "SQL"}, RING, False),
		({"trigger_type": "Stage Reached", "trigger_stage": "MQL"}, RING, True),
		({}, task(), False),
	],
)
def test_a_call_before_sql_needs_a_reason_to_be_activated(values, step, is_refused):
	definition = definition_from_rows(SEQUENCE | values, [step])
	sequences.check(definition, CATALOG, KNOWN, CONTENTS)  # a draft may be saved as it is
	if is_refused:
		with pytest.raises(NurtureError) as error:
			sequences.check_complete(definition)
		assert error.value.code == "call_before_sql_unexplained" and "Call" in str(error.value)
	else:
		sequences.check_complete(definition)
