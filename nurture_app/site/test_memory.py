"""What a process remembers of the set-up, and when it must not."""

from __future__ import annotations

import frappe

from nurture_app.site import active
from nurture_app.site.memory import SiteMemory
from nurture_app.site.testing.factories import in_other_connection
from nurture_app.site.testing.site_case import SiteCase

RULE = "Memory Test"


class TestMemory(SiteCase):
	def setUp(self) -> None:
		frappe.delete_doc("Lead Scoring Rule", RULE, force=True, ignore_missing=True)
		self.rule = frappe.get_doc(
			{
				"doctype": "Lead Scoring Rule",
				"title": RULE,
				"rule_type": "Behaviour",
				"activity_type": "Page View",
				"points": 1,
				"enabled": 1,
			}
		).insert()
		frappe.db.commit()  # nosemgrep: a test site

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Lead Scoring Rule", RULE, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site

	def points(self, memory: SiteMemory | None = None) -> int:
		def read() -> int:
			self.reads += 1
			return frappe.db.get_value("Lead Scoring Rule", RULE, "points")

		return (memory or SiteMemory()).remembered("points of a rule", read)

	def test_reads_once_as_long_as_nothing_is_set_up_anew(self) -> None:
		self.reads = 0
		for _ in range(3):
			self.assertEqual(self.points(), 1)
		self.assertEqual(self.reads, 1)

	def test_who_changes_a_rule_sees_it_at_once_and_nobody_else_before_the_commit(self) -> None:
		self.reads = 0
		memory = SiteMemory()
		self.points(memory)
		self.rule.points = 2
		self.rule.save()
		self.assertEqual(self.points(memory), 2)
		self.assertEqual(in_other_connection(self.points), 1)
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual(self.points(memory), 2)
		self.assertEqual(in_other_connection(self.points), 2)

	def test_what_was_rolled_back_is_not_remembered(self) -> None:
		self.reads = 0
		self.rule.points = 3
		self.rule.save()
		self.assertEqual(self.points(), 3)
		frappe.db.rollback()
		self.assertEqual(self.points(), 1)

	def test_another_process_is_told(self) -> None:
		self.reads = 0
		self.points()

		def change() -> None:
			rule = frappe.get_doc("Lead Scoring Rule", RULE)
			rule.points = 4
			rule.save()

		in_other_connection(change)
		frappe.db.rollback()  # the next request
		self.assertEqual(self.points(), 4)

	def test_settings_activity_types_and_fields_count_as_set_up(self) -> None:
		for doctype, name in (("Nurture Settings", None), ("Nurture Activity Type", "Page View")):
			before = active.state_id()
			frappe.get_doc(doctype, name).save()
			self.assertNotEqual(active.state_id(), before, doctype)
			frappe.db.rollback()
