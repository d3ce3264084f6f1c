"""What may be saved as a segment, and when it may go."""

from __future__ import annotations

import threading
from typing import Any

import frappe

from nurture_app.site.api import segment_actions
from nurture_app.site.testing.factories import as_json, at_the_same_time, make_lead, make_rule
from nurture_app.site.testing.site_case import SiteCase


def make_segment(title: str, condition: Any = None, **values: Any) -> Any:
	return frappe.get_doc(
		{"doctype": "Nurture Segment", "title": title, "condition": as_json(condition or []), **values}
	).insert()


class TestNurtureSegment(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_segments_that_name_each_other_are_refused(self) -> None:
		make_segment("Inner Circle", {"stage": "MQL"})
		make_segment("Outer Circle", {"segment": "Inner Circle"})
		inner = frappe.get_doc("Nurture Segment", "Inner Circle")
		inner.condition = as_json({"segment": "Outer Circle"})
		with self.assertRaisesRegex(frappe.ValidationError, "Outer Circle"):
			inner.save()

	def test_two_saves_at_once_make_no_circle(self) -> None:
		"""Each sees a world in which the other has not been saved yet."""
		for title in ("Left Half", "Right Half"):
			make_segment(title, {"stage": "MQL"})
		frappe.db.commit()  # nosemgrep: two connections
		self.addCleanup(self.forget_halves)
		ready = threading.Barrier(2)

		def save(title: str, other: str) -> str:
			doc = frappe.get_doc("Nurture Segment", title)
			doc.condition = as_json({"segment": other})
			ready.wait(20)
			try:
				doc.save()
			except (frappe.ValidationError, frappe.QueryDeadlockError) as error:
				frappe.db.rollback()
				return type(error).__name__
			frappe.db.commit()  # nosemgrep: what a request does
			return "saved"

		done = at_the_same_time(
			lambda: save("Left Half", "Right Half"), lambda: save("Right Half", "Left Half")
		)
		self.assertEqual(sorted(one == "saved" for one in done), [False, True], done)

	@staticmethod
	def forget_halves() -> None:
		frappe.db.rollback()
		for title in ("Left Half", "Right Half"):  # whatever came of it, in either order
			frappe.db.set_value("Nurture Segment", title, "condition", None)
		for title in ("Left Half", "Right Half"):
			frappe.delete_doc("Nurture Segment", title, force=True)
		frappe.db.commit()  # nosemgrep: a test site

	def test_a_condition_that_cannot_be_read_is_refused_with_the_piece_that_is_wrong(self) -> None:
		for condition, pattern in (
			({"activity": "Moon Landing"}, "Moon Landing"),
			([["no_such_field", "=", "x"]], "no_such_field"),
			({"touches": "opened"}, "(?i)sequence"),
		):
			with self.subTest(condition=condition), self.assertRaisesRegex(frappe.ValidationError, pattern):
				make_segment("Broken", condition)

	def test_what_the_app_counted_cannot_be_edited(self) -> None:
		segment = make_segment("Counted", {"stage": "MQL"}, member_count=7)
		self.assertFalse(segment.member_count)
		frappe.db.set_value("Nurture Segment", "Counted", "member_count", 3)
		segment.reload()
		segment.update({"member_count": 99, "last_built_on": None, "description": "edited"}).save()
		self.assertEqual((segment.member_count, segment.description), (3, "edited"))

	def test_a_static_segment_has_no_condition(self) -> None:
		segment = make_segment("By Hand", {"stage": "MQL"}, segment_type="Static")
		self.assertFalse(segment.condition)

	def test_a_segment_that_a_condition_names_stays(self) -> None:
		make_segment("Named", [["city", "=", "Rome"]])
		make_rule("Likes Named", "", 5, rule_type="Profile", condition=as_json({"segment": "Named"}))
		with self.assertRaisesRegex(frappe.LinkExistsError, "Likes Named"):
			frappe.delete_doc("Nurture Segment", "Named")
		frappe.delete_doc("Lead Scoring Rule", "Likes Named")
		frappe.delete_doc("Nurture Segment", "Named")
		self.assertFalse(frappe.db.exists("Nurture Segment", "Named"))

	def test_what_builds_on_a_list_follows_it_at_once(self) -> None:
		"""Points and other segments do not wait for the night when somebody is put on a list or taken off it."""
		make_segment("By Hand", segment_type="Static")
		make_segment("Builds on a List", {"segment": "By Hand"}, enabled=1)
		make_rule("On the List", "", 8, rule_type="Profile", condition=as_json({"segment": "By Hand"}))
		lead = make_lead("listed")
		frappe.db.commit()  # nosemgrep: each request commits
		self.addCleanup(self.forget, "On the List", "Builds on a List", "By Hand")
		for change, members, score in (
			(segment_actions.add_members, 1, 8),
			(segment_actions.remove_members, 0, 0),
		):
			change("By Hand", [lead.name])
			frappe.db.commit()  # nosemgrep: each request commits
			self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_score"), score)
			now = {"segment": "Builds on a List", "party": lead.name, "left_on": ["is", "not set"]}
			self.assertEqual(frappe.db.count("Nurture Segment Member", now), members)

	def forget(self, rule: str, *segments: str) -> None:
		frappe.delete_doc("Lead Scoring Rule", rule, force=True)
		for segment in segments:
			frappe.delete_doc("Nurture Segment", segment, force=True)
		frappe.db.commit()  # nosemgrep: a test site
