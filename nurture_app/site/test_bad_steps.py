"""Wrong steps by the door the Desk uses: refused in words that name the step, never with an error of the machine."""

from __future__ import annotations

import json
from typing import Any

import frappe
import frappe.client

from nurture_app.engine.steps import STEP_TYPES
from nurture_app.site.api import sequence_actions
from nurture_app.site.testing.a_goal import A_GOAL
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_content, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

MARKETER = "marketer@badsteps.example"
TITLE, TARGET, CONTENT = "Bad Steps", "Bad Steps Target", "Bad Steps Text"
ULM = '["city", "=", "Ulm"]'
TWO = '[{"name": "A", "weight": 1, "to": "Yes"}, {"name": "B", "weight": 1, "to": "No"}]'
GOOD: dict[str, dict[str, Any]] = {
	"Email": {"content": CONTENT},
	"Appointment Offer": {"content": CONTENT},
	"SMS": {"content": CONTENT},
	"WhatsApp": {"content": CONTENT},
	"Portal Message": {"content": CONTENT},
	"Task": {"task_description": "Look"},
	"Opportunity": {"record_text": "Look"},
	"Event": {"record_text": "Look", "event_days": 1},
	"Webhook": {},
	"Audience": {},
	"Notification": {"notify_text": "Look"},
	"Handoff": {},
	"Approval": {"approve_by": "Administrator", "refused_to": "No"},
	"Wait": {"delay": 1},
	"Wait Until": {"condition": ULM, "timeout": 5, "on_true": "Yes", "on_false": "No"},
	"Branch": {"condition": ULM, "on_true": "Yes", "on_false": "No"},
	"Split": {"split_ways": TWO},
	"Tag": {"tag": "Hot"},
	"Set Field": {"field_name": "city", "field_value": "Ulm"},
	"Add Score": {"score_points": 5},
	"Enroll": {"target_sequence": TARGET},
	"Leave": {},
	"Pause": {},
	"Set Owner": {"owner_user": "Administrator"},
	"End": {},
}
FORKS = ("Branch", "Wait Until", "Split")
LOOP = "{% for x in range(10 ** 9) %}x{% endfor %}"
SECRET = "{{ lead.__class__.__mro__ }}"
MISTAKES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
	("Email", {"content": "No Such Text"}, ("Content", "No Such Text")),
	("Email", {"delay": -1}, ("Odd", "-1")),
	("Email", {"delay": 2_000_000}, ("Odd", "1100 Days")),
	("Email", {"delay": 10**20}, ("Odd",)),
	("Email", {"delay_unit": "Fortnights"}, ("Odd", "Fortnights")),
	("Email", {"timing": "On Day", "day": 0}, ("Odd", "Day 1")),
	("Email", {"timing": "On Day", "day": 1, "at_time": 2**31}, ("Odd", "Not Before", "09:00")),
	("Email", {"timing": "On Day", "day": 1, "at_time": "9" * 4_000}, ("Odd", "09:00")),
	("Email", {"go_to": "Odd"}, ("Odd → Odd",)),
	("Email", {"go_to": "Nowhere"}, ("Odd", "Nowhere")),
	("Email", {"step_label": "No"}, ("Row 2", "No")),
	("Email", {"step_label": " "}, ("Row 1",)),
	("Email", {"step_label": "x" * 200}, ("Row 1", "100")),
	("Email", {"step_label": "Odd\ud83d"}, ("Odd", "characters")),
	("Email", {"step_type": "Fax"}, ("Fax", "Email")),
	(
		"Email",
		{"sender_from": "User", "sender_user": "nobody@else.example"},
		("Sender", "nobody@else.example"),
	),
	("Email", {"follow_channel": 1, "hand_text": SECRET}, ("Odd", "__class__")),
	("SMS", {"content": ""}, ("Odd",)),
	("Task", {"task_description": SECRET}, ("Odd", "__class__")),
	("Task", {"task_description": LOOP}, ("Odd", "for")),
	("Task", {"task_description": "{{ lead.first_nam }}"}, ("Odd", "first_nam", "first_name")),
	("Task", {"task_description": "{{ 'a' * 10 ** 9 }}"}, ("Odd", "*")),
	("Task", {"task_description": "y" * 70_000}, ("Odd", "What to Do", "65535")),
	("Task", {"task_description": "a\x00b"}, ("Odd", "What to Do", "characters")),
	("Task", {"task_text": {"a": 1}}, ("Odd", "Prepared Text", "single")),
	("Task", {"task_due_days": -1}, ("Odd",)),
	("Webhook", {"webhook": "No Such Webhook"}, ("Webhook", "No Such Webhook")),
	("Audience", {"audience": "No Such Audience"}, ("Audience", "No Such Audience")),
	("Opportunity", {"record_text": SECRET}, ("Odd", "__class__")),
	("Opportunity", {"sales_stage": "No Such Stage"}, ("No Such Stage",)),
	("Event", {"record_text": LOOP}, ("Odd", "for")),
	("Event", {"event_days": -1}, ("Odd", "-1")),
	("Event", {"event_time": "25:99"}, ("Odd", "25:99")),
	("Notification", {"notify_text": SECRET}, ("Odd", "__class__")),
	("Notification", {"notify_who": "Role"}, ("Odd",)),
	("Handoff", {"handoff_to": "User"}, ("Odd",)),
	("Handoff", {"handoff_note": LOOP}, ("Odd", "for")),
	("Approval", {"refused_to": "Nowhere"}, ("Odd", "Nowhere")),
	("Approval", {"approve_days": -2}, ("Odd", "-2")),
	("Wait", {"delay": -3}, ("Odd", "-3")),
	("Wait Until", {"timeout": 0}, ("Odd",)),
	("Wait Until", {"condition": "[" * 100_000}, ("Odd", "JSON")),
	("Branch", {"condition": '["colour", "=", "red"]'}, ("Odd", "colour")),
	("Branch", {"condition": '["city", "=", "\\ud83d"]'}, ("Odd",)),
	("Branch", {"condition": '{"segment": "No Such Segment"}'}, ("Odd", "No Such Segment")),
	("Branch", {"on_true": "Nowhere"}, ("Odd", "Nowhere")),
	("Branch", {"on_true": "Odd"}, ("Odd → Odd",)),
	("Split", {"split_ways": "[" * 100_000}, ("Odd",)),
	("Split", {"split_ways": TWO.replace('"No"', '"Nowhere"')}, ("Odd", "Nowhere")),
	("Tag", {"tag": "a, b"}, ("Odd", "a, b")),
	("Set Field", {"field_name": "colour"}, ("Odd", "colour")),
	("Set Field", {"field_name": "nurture_score", "field_value": "99"}, ("Odd", "nurture_score")),
	("Set Field", {"field_name": "annual_revenue", "field_value": "1e400"}, ("Odd", "annual_revenue")),
	("Set Field", {"field_name": "industry", "field_value": "Moonshine"}, ("Odd", "industry", "Moonshine")),
	("Set Field", {"field_name": "lead_owner", "field_value": "nobody"}, ("Odd", "lead_owner", "nobody")),
	("Add Score", {"score_points": 10**12}, ("Odd",)),
	("Enroll", {"target_sequence": "No Such Sequence"}, ("Sequence", "No Such Sequence")),
	("Leave", {"target_sequence": "No Such Sequence"}, ("Sequence", "No Such Sequence")),
	("Pause", {"target_sequence": "No Such Sequence"}, ("Sequence", "No Such Sequence")),
	("Set Owner", {"owner_user": "nobody@else.example"}, ("nobody@else.example",)),
	("End", {"end_outcome": "Victory"}, ("Victory",)),
]
LIKE_OTHERS = {"Appointment Offer", "Portal Message", "WhatsApp"}
"""They carry a content, as Email and SMS do."""
ANYTHING = (
	-(2**31) - 1,
	10**20,
	1.5,
	True,
	{"a": 1},
	"\ud800",
	"a\x00b",
	"y" * 70_000,
	"😀",
	SECRET,
	"[" * 3000,
)
"""Tried in every field of its own that a step has."""


class TestBadSteps(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		settle_settings()
		make_user(MARKETER, "Nurture Manager", "Sales User")
		make_content(CONTENT)
		make_sequence(TARGET)
		frappe.delete_doc("Nurture Sequence", TITLE, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.set_user("Administrator")
		frappe.delete_doc("Nurture Sequence", TARGET, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		super().tearDownClass()

	def setUp(self) -> None:
		frappe.set_user(MARKETER)

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.set_user("Administrator")

	def sequence(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
		odd = {
			"step_label": "Odd",
			"step_type": kind,
			"delay": 0,
			"delay_unit": "Days",
			**GOOD[kind],
			**values,
		}
		yes = {"step_label": "Yes", "step_type": "Email", "content": CONTENT, "go_to": "Stop"}
		no, stop = {**yes, "step_label": "No", "go_to": ""}, {"step_label": "Stop", "step_type": "End"}
		steps = [odd, yes, no, stop] if kind in FORKS else [no, odd] if kind == "End" else [odd, no]
		doc = {
			"doctype": "Nurture Sequence",
			"title": TITLE,
			"trigger_type": "Manual",
			"steps": steps,
			**A_GOAL,
		}
		return json.loads(json.dumps(doc))  # as it comes by HTTP

	def test_every_kind_of_step_is_tried(self) -> None:
		self.assertEqual(set(GOOD), set(STEP_TYPES))
		self.assertEqual({kind for kind, _values, _words in MISTAKES}, set(STEP_TYPES) - LIKE_OTHERS)

	def test_mistakes_are_refused_naming_step_and_value(self) -> None:
		for kind, values, words in MISTAKES:
			with self.subTest(f"{kind} {str(values)[:80]}"):
				with self.assertRaises(frappe.ValidationError) as caught:
					frappe.client.insert(self.sequence(kind, values))
				said = str(caught.exception)
				for word in words:
					self.assertIn(word, said[:2000])
				self.assertNotIn("Traceback", said)
				frappe.db.rollback()

	def test_whatever_stands_in_a_field_it_is_kept_or_refused(self) -> None:
		fields = frappe.get_meta("Nurture Sequence Step")
		for kind, step_type in STEP_TYPES.items():
			for field in (*step_type.fields, "at_time", "micro_goal"):
				if not fields.has_field(field):
					continue
				is_link = fields.get_field(field).fieldtype == "Link"
				for value in ANYTHING:
					if is_link and (isinstance(value, dict) or value == "\ud800"):
						continue  # Frappe looks for the document before anybody may look at the value
					with self.subTest(f"{kind} {field} {str(value)[:20]!a}"):
						try:
							frappe.client.insert(self.sequence(kind, {field: value}))
							sequence_actions.activate(TITLE)
						except frappe.ValidationError:
							pass  # said in words; whatever else is raised fails the test
						frappe.db.rollback()

	def test_a_running_sequence_stays_as_it_is_when_an_edit_is_refused(self) -> None:
		frappe.client.insert(self.sequence("Wait", {}))
		sequence_actions.activate(TITLE)
		before = frappe.client.get("Nurture Sequence", TITLE)
		for values in ({"delay": -1}, {"go_to": "Nowhere"}, {"step_label": ""}, {"step_type": "Enroll"}):
			edited = json.loads(frappe.as_json(before))
			edited["steps"][0].update(values)
			with self.assertRaises(frappe.ValidationError):
				frappe.client.save(edited)
		edited = json.loads(frappe.as_json(before))
		edited["steps"][0]["delay"] = 5
		edited |= {"status": "Draft", "current_version": None}
		frappe.client.save(edited)
		after = frappe.client.get("Nurture Sequence", TITLE)
		self.assertEqual((after["status"], after["current_version"]), ("Active", before["current_version"]))
		pinned = frappe.db.get_value("Nurture Sequence Version", before["current_version"], "definition")
		self.assertEqual(json.loads(pinned)["steps"][0]["delay"], 1)

	def test_texts_that_cannot_be_kept(self) -> None:
		good = {
			"doctype": "Nurture Content",
			"title": "Bad Steps Body",
			"subject": "Hello",
			"body": "<p>Hello</p>",
		}
		for values, words in (
			({"body": f"<p>{'z' * 1_000_000}</p>"}, ("body", "100000")),
			({"body": "{{ lead.first_name }}" * 60_000}, ("body", "100000")),
			({"body": LOOP}, ("body", "for")),
			({"body": SECRET}, ("body", "__class__")),
			({"body": "{{ 9 ** 9 ** 9 }}"}, ("body", "**")),
			({"body": "{" * 90_000}, ("body",)),
			({"subject": "Hello\ud83d"}, ("Subject", "characters")),
			({"subject": "{{ lead.first_name"}, ("subject",)),
			({"body": "a\x00b"}, ("characters",)),
			({"body": ["<p>Hello</p>"]}, ("single",)),
		):
			with self.subTest(str(values)[:60]):
				with self.assertRaises(frappe.ValidationError) as caught:
					frappe.client.insert(json.loads(json.dumps({**good, **values})))
				for word in words:
					self.assertIn(word, str(caught.exception)[:1000])
				frappe.db.rollback()

	def test_numbers_and_dates_that_no_column_holds(self) -> None:
		for values, words in (
			({"goal_target": "1e400"}, ("Target", "number")),
			({"goal_target": "nan"}, ("Target", "number")),
			({"goal_target": 10**20}, ("Target",)),
			({"review_on": "soon"}, ("Review", "date")),
			({"guard_from": "2026-13-45"}, ("date",)),
		):
			with self.subTest(str(values)), self.assertRaises(frappe.ValidationError) as caught:
				frappe.client.insert({**self.sequence("Wait", {}), **values})
			for word in words:
				self.assertIn(word, str(caught.exception))
			frappe.db.rollback()
