"""A sequence made slower on its form (CD-01)."""

from __future__ import annotations

import frappe

from nurture_app.site.api import pace
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_content, make_sequence
from nurture_app.site.testing.site_case import SiteCase


class TestPace(SiteCase):
	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def test_the_new_days_come_back_and_nothing_is_stored(self) -> None:
		values = {"trigger_type": "Activity", "trigger_activity": "Content Download"}
		title = make_sequence("Pace Test", **values)
		self.assertEqual(pace.suggested(title), "Slow")
		doc = frappe.get_doc("Nurture Sequence", title)
		self.assertEqual(pace.paced(title, "Slow"), [{"name": doc.steps[1].name, "changes": {"delay": 2}}])
		self.assertEqual(frappe.get_doc("Nurture Sequence", title).steps[1].delay, 1)
		self.assertRaisesRegex(frappe.ValidationError, "no pace", pace.paced, title, "Warp")

	def test_three_days_in_a_row_cannot_be_made_faster(self) -> None:
		mail = {"step_type": "Email", "content": make_content("Pace Text"), "timing": "On Day"}
		days = [mail | {"step_label": f"Day {day}", "day": day} for day in (1, 2, 3, 8)]
		title = make_sequence("Pace Test", days)
		last = frappe.get_doc("Nurture Sequence", title).steps[-1]
		self.assertEqual(pace.paced(title, "Fast"), [{"name": last.name, "changes": {"day": 5}}])

	def test_only_managers(self) -> None:
		title = make_sequence("Pace Test")
		make_user("pace-user@site.example", "Nurture User")
		frappe.set_user("pace-user@site.example")
		self.assertRaises(frappe.PermissionError, pace.paced, title, "Slow")
