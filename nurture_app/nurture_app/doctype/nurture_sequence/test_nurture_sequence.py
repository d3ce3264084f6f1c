"""What may be saved as a sequence, and what saving does not touch."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine import lifecycle
from nurture_app.site.api.sequence_actions import duplicate
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import as_json, make_content, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase


def draft(steps: list[dict[str, Any]], **values: Any) -> Any:
	return frappe.get_doc(
		{
			"doctype": "Nurture Sequence",
			"title": "Draft under Test",
			"trigger_type": "Manual",
			"steps": steps,
			**values,
		}
	)


class TestNurtureSequence(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.content = make_content("Sequence Test text")

	def tearDown(self) -> None:
		frappe.db.rollback()

	def mail(self, label: str, **values: Any) -> dict[str, Any]:
		return {"step_label": label, "step_type": "Email", "content": self.content, **values}

	def assert_refused(self, pattern: str, steps: list[dict[str, Any]], **values: Any) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, pattern):
			draft(steps, **values).insert()

	def test_a_draft_may_have_no_steps_yet(self) -> None:
		self.assertEqual(draft([]).insert().status, "Draft")

	def test_what_cannot_run_is_refused_naming_the_step(self) -> None:
		branch = {"step_label": "Fork", "step_type": "Branch", "on_true": "Nowhere"}
		opened = as_json({"touches": "opened"})
		self.assert_refused("Twin", [self.mail("Twin"), self.mail("Twin")])
		self.assert_refused("Nowhere", [self.mail("First"), {**branch, "condition": opened}])
		self.assert_refused("Fork", [self.mail("First"), {**branch, "on_true": "First"}])
		self.assert_refused("(?i)second", [self.mail("First"), self.mail("Second", timing="On Day", day=0)])
		self.assert_refused("Moon", [self.mail("First")], condition=as_json({"activity": "Moon Landing"}))

	def test_times_of_day_are_texts_and_are_not_filled_in_by_themselves(self) -> None:
		sequence = draft(
			[self.mail("First", timing="On Day", day=2), self.mail("Second", timing="On Day", day=3)]
		)
		sequence.steps[1].at_time = "9:5:00"
		sequence.insert()
		self.assertEqual([step.at_time for step in sequence.steps], [None, "09:05"])
		self.assertEqual((sequence.window_start, sequence.window_end), ("09:00", "17:00"))
		self.assert_refused(
			"25:00", [self.mail("First", timing="On Day", day=1, at_time="25:00")], title="Late"
		)

	def test_saving_cannot_activate_and_does_not_forget_that_it_is_active(self) -> None:
		self.assertEqual(draft([self.mail("First")], status="Active").insert().status, "Draft")
		sequence = frappe.get_doc("Nurture Sequence", make_sequence("Runs Already"))
		version = sequence.current_version
		sequence.update({"status": "Draft", "current_version": None, "activated_on": None})
		sequence.save()
		self.assertEqual((sequence.status, sequence.current_version), ("Active", version))

	def test_a_form_opened_before_the_guard_held_it_does_not_take_the_reason_away(self) -> None:
		host, name = site_host(commit=False), make_sequence("Held Meanwhile")
		form = frappe.get_doc("Nurture Sequence", name)
		lifecycle.hold(host, name, "Too many bounces")
		frappe.db.set_value("Nurture Sequence", name, "goal_told", "Reached", update_modified=False)
		form.description = "A typo less"
		form.save()
		row = frappe.db.get_value("Nurture Sequence", name, ["status", "hold_reason", "goal_told"])
		self.assertEqual(row, ("Paused", "Too many bounces", "Reached"))
		lifecycle.resume(host, name)
		self.assertTrue(
			frappe.db.get_value("Nurture Sequence", name, "guard_from"), "or it is held again at once"
		)

	def test_a_duplicate_is_nobodys_preset_and_has_no_past(self) -> None:
		name = make_sequence("Has Been Used")
		past = {"preset": "sequence-of-a-test", "preset_hash": "a:b", "goal_told": "Reached"}
		past |= {
			"reviewed_on": "2026-01-02",
			"reviewed_by": "Administrator",
			"hold_reason": "Too many bounces",
		}
		frappe.db.set_value("Nurture Sequence", name, dict(past))
		copy = frappe.get_doc("Nurture Sequence", duplicate(name, "A Copy of It")["name"])
		self.assertEqual([copy.get(field) for field in past if copy.get(field)], [])
		self.assertEqual((copy.status, len(copy.steps)), ("Draft", 2))
		self.assertEqual(frappe.db.get_value("Nurture Sequence", {"preset": past["preset"]}), name)

	def test_editing_an_active_sequence_says_that_running_ones_keep_their_version(self) -> None:
		sequence = frappe.get_doc("Nurture Sequence", make_sequence("Being Edited"))
		self.assertFalse(sequence.differs_from_version())
		sequence.description = "Only a note"
		sequence.save()
		self.assertFalse(sequence.differs_from_version())
		sequence.steps[1].delay = 9
		frappe.clear_messages()
		sequence.save()
		self.assertTrue(sequence.differs_from_version())
		self.assertIn("keeps the version", str(frappe.get_message_log()))
		lifecycle.activate(site_host(commit=False), sequence.name)
		self.assertFalse(frappe.get_doc("Nurture Sequence", sequence.name).differs_from_version())

	def test_a_sequence_that_leads_went_through_stays(self) -> None:
		name = make_sequence("Has a History")
		frappe.get_doc(
			{"doctype": "Nurture Enrollment", "sequence": name, "party": "somebody", "status": "Completed"}
		).insert(ignore_links=True, ignore_permissions=True)
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc("Nurture Sequence", name)
		frappe.db.delete("Nurture Enrollment", {"sequence": name})
		frappe.delete_doc("Nurture Sequence", name)
		self.assertFalse(frappe.db.exists("Nurture Sequence Version", {"sequence": name}))

	def test_how_long_a_silence_is_too_long_follows_from_the_sales_cycle_where_it_is_known(self) -> None:
		frappe.db.delete("Nurture Sales Cycle")
		kind = f"Silence {frappe.generate_hash(length=6)}"
		frappe.get_doc({"doctype": "Opportunity Type", "name": kind}).db_insert()
		steps, when = [self.mail("One")], {"trigger_type": "Silent For", "deal_type": kind}
		doc = draft(steps, **when).insert()
		self.assertEqual(doc.trigger_days, 45)
		doc.delete()
		interviews = [{"company": f"Customer {number}", "days": 120} for number in range(10)]
		cycle = {"doctype": "Nurture Sales Cycle", "title": kind, "deal_type": kind}
		frappe.get_doc(cycle | {"interviews": interviews}).insert()
		doc = draft(steps, **when).insert()
		self.assertEqual(doc.trigger_days, 120)
		doc.trigger_days = 30
		doc.save()
		self.assertEqual(doc.trigger_days, 30)
