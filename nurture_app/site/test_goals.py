"""A sequence says how far it is on the way to its goal, and somebody hears when it is there."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from nurture_app.site import goals
from nurture_app.site.api import sequence_actions
from nurture_app.site.library_reviews import remind_of_reviews
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_sequence
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Goal Test"


class TestGoals(SiteCase):
	def setUp(self) -> None:
		make_sequence(SEQUENCE)
		self.set(
			goal_activity="Demo Request", goal_target=25, goal_date=add_days(today(), 30), goal_told=None
		)

	def tearDown(self) -> None:
		frappe.db.rollback()

	def set(self, **values: Any) -> None:
		frappe.db.set_value("Nurture Sequence", SEQUENCE, values)

	def doc(self) -> Any:
		return frappe.get_doc("Nurture Sequence", SEQUENCE)

	def people(self, reached: int, others: int) -> None:
		for number in range(reached + others):
			reason = "goal_reached" if number < reached else "finished"
			row = {"doctype": "Nurture Enrollment", "name": frappe.generate_hash(length=10)}
			row |= {"sequence": SEQUENCE, "status": "Completed", "reason": reason}
			row |= {"live_party_key": row["name"], "live_address_key": row["name"]}
			frappe.get_doc(row).db_insert()

	def notices(self) -> list[str]:
		return frappe.get_all("Notification Log", {"document_name": SEQUENCE}, pluck="subject")

	def test_progress_is_told_in_a_sentence(self) -> None:
		self.people(1, 4)
		self.assertEqual(goals.progress(SEQUENCE), goals.Progress(5, 1))
		found = sequence_actions.overview(SEQUENCE)["goal"]
		self.assertIn("1 of 5 people (20 %)", found["sentence"])
		self.assertIn("25", found["sentence"])
		self.assertEqual((found["percent"], found["target"], found["missing"]), (20.0, 25.0, []))

	def test_objectives_are_told_as_numbers(self) -> None:
		self.people(1, 4)
		self.set(objective_people=40, objective_reached=3)
		text = goals.sentence(self.doc())
		self.assertIn("5 of 40 people have entered", text)
		self.assertIn("1 of 3 people have reached it", text)

	def test_without_a_whole_goal_it_is_not_activated_and_a_date_is_proposed(self) -> None:
		self.set(goal_date=None, expected_days=40)
		found = sequence_actions.overview(SEQUENCE)
		self.assertIn("Date of the Goal", found["error"])
		self.assertEqual(found["goal"]["missing"], ["goal_date"])
		self.assertEqual(found["goal"]["proposed"]["goal_date"], add_days(today(), 80))
		with self.assertRaisesRegex(frappe.ValidationError, "Date of the Goal"):
			sequence_actions.activate(SEQUENCE)
		self.set(goal_activity=None, goal_target=0, goal_kind="Re-engagement")
		found = sequence_actions.overview(SEQUENCE)
		self.assertEqual(found["goal"]["missing"], ["goal_activity", "goal_target", "goal_date"])
		self.assertEqual(found["goal"]["proposed"]["goal_activity"], "Email Reply")
		self.assertIsNone(found["goal"]["proposed"]["goal_target"])

	def test_what_runs_without_a_goal_goes_on(self) -> None:
		self.set(goal_activity=None, goal_target=0, goal_date=None)
		sequence_actions.pause(SEQUENCE)
		sequence_actions.resume(SEQUENCE)
		self.assertEqual(self.doc().status, "Active")

	def test_somebody_is_told_once_that_the_goal_is_reached_and_once_that_its_date_has_passed(self) -> None:
		self.people(1, 4)
		goals.tell()
		self.assertEqual(self.notices(), [])
		self.people(2, 0)
		self.assertEqual(self.told(), 1)
		(subject,) = set(self.notices())
		self.assertIn("has reached its goal", subject)
		self.assertEqual(self.told(), 0)
		self.set(goal_date=add_days(today(), -1))
		self.assertEqual(self.told(), 1)
		self.assertEqual(len(set(self.notices())), 2)
		self.assertEqual(self.told(), 0)

	def test_a_promotional_sequence_without_exits_says_so(self) -> None:
		self.set(promotional=1)
		told = " ".join(sequence_actions.overview(SEQUENCE)["warnings"])
		self.assertIn("End when This Happens", told)
		doc = self.doc()
		doc.append("exits", {"activity_type": "Opportunity Lost"})
		doc.save()
		told = " ".join(sequence_actions.overview(SEQUENCE)["warnings"])
		self.assertNotIn("End when This Happens", told)

	def test_another_goal_is_told_of_anew(self) -> None:
		self.set(goal_date=add_days(today(), -1))
		self.assertEqual(self.told(), 1)
		doc = self.doc()
		doc.update({"goal_date": add_days(today(), 9)}).save()
		self.assertEqual(self.told(), 0)
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "goal_date", add_days(today(), -2))
		frappe.db.delete("Notification Log", {"document_name": SEQUENCE})
		self.assertEqual(self.told(), 1)

	def test_who_activates_it_looks_after_it_and_is_told_and_asked_to_review(self) -> None:
		user = "keeper@site.example"
		make_user(user, "Nurture Manager")
		self.set(status="Draft", responsible=None)
		frappe.set_user(user)
		sequence_actions.activate(SEQUENCE)
		frappe.set_user("Administrator")
		self.assertEqual(self.doc().responsible, user)
		sequence_actions.activate(SEQUENCE)
		self.assertEqual(self.doc().responsible, user)
		self.set(review_on=today(), goal_date=add_days(today(), -1))
		remind_of_reviews()
		about = {"reference_type": "Nurture Sequence", "reference_name": SEQUENCE}
		self.assertEqual(frappe.get_all("ToDo", about, pluck="allocated_to"), [user])
		frappe.get_doc("User", user).remove_roles("Nurture Manager")
		goals.tell()
		self.assertIn(user, frappe.get_all("Notification Log", {"document_name": SEQUENCE}, pluck="for_user"))

	def told(self) -> int:
		"""New subjects of a night, however many managers get them."""
		before = set(self.notices())
		goals.tell()
		return len(set(self.notices()) - before)
