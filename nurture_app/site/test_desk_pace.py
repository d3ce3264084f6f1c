"""The form of a sequence with its newer steps, its pace, and the list of stages, as a manager sees them."""

from __future__ import annotations

import frappe

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_content, make_sequence

MANAGER = "pace-manager@site.example"
TITLE = "Desk Pace Test"


class TestPaceInTheDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MANAGER, "Nurture Manager", "Sales User")
		answer = {"step_label": "Thanks", "step_type": "Email", "content": make_content("Desk Pace Text")}
		steps = [
			answer | {"at_once": 1, "delay": 0},
			{"step_label": "Project", "step_type": "Opportunity", "record_text": "A project", "delay": 0},
			{"step_label": "Talk", "step_type": "Event", "record_text": "Talk", "event_days": 2, "delay": 0},
			{"step_label": "Others wait", "step_type": "Pause", "delay": 0},
			{"step_label": "Later", "step_type": "Wait", "delay": 3},
		]
		make_sequence(TITLE, steps, trigger_type="Activity", trigger_activity="Form Submitted")
		frappe.db.set_value("Nurture Sequence", TITLE, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_a_manager_reads_the_steps_and_slows_them_down(self) -> None:
		page = self.desk(MANAGER, f"nurture-sequence/{TITLE}")
		outline = page.locator(".nurture-outline")
		outline.locator(".no-step").nth(4).wait_for()
		told = outline.inner_text()
		for words in (
			"Answers at once, at any hour",
			"A project",
			"in 2 days, from 10:00",
			"All other sequences wait",
		):
			self.assertIn(words, told)
		page.get_by_role("button", name="Pace").first.click()
		page.locator(".modal.show select[data-fieldname=pace]").select_option("Slow")
		self.picture(page, "pace")
		page.locator(".modal.show .btn-modal-primary, .modal.show .btn-primary").first.click()
		outline.get_by_text("6 days").first.wait_for()
		self.picture(page, "pace-applied")
		self.assertEqual(
			frappe.db.get_value("Nurture Sequence Step", {"parent": TITLE, "step_label": "Later"}, "delay"), 3
		)

	def test_a_manager_sees_the_stages(self) -> None:
		page = self.desk(MANAGER, "nurture-journey-stage")
		page.get_by_text("Evaluation").first.wait_for()
		page.get_by_role("button", name="Ready-Made Lists").first.click()
		page.locator(".modal.show select[data-fieldname=kind]").wait_for()
		self.picture(page, "stages")
