"""Where people stop, what is below its benchmark, and when somebody looks at it again, as the Desk tells it."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, getdate, now_datetime, today

from nurture_app.site import library_reviews, sequence_figures, sequence_reviews
from nurture_app.site.api import sequence_actions
from nurture_app.site.testing.factories import make_sequence
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Figures Test"


class TestSequenceFigures(SiteCase):
	def setUp(self) -> None:
		make_sequence(SEQUENCE, goal_kind="Conversion")

	def tearDown(self) -> None:
		frappe.db.rollback()

	def person(self, reason: str = "finished", status: str = "Completed", step: str = "Second") -> str:
		row = {"doctype": "Nurture Enrollment", "name": frappe.generate_hash(length=10)}
		row |= {"sequence": SEQUENCE, "status": status, "reason": reason, "step": step}
		row |= {"enrolled_on": now_datetime(), "party": row["name"]}
		row |= {"live_party_key": row["name"], "live_address_key": row["name"]}
		frappe.get_doc(row).db_insert()
		return row["name"]

	def touch(self, enrollment: str, step: str, **values: Any) -> None:
		row = {"doctype": "Nurture Touch", "name": frappe.generate_hash(length=10), "sequence": SEQUENCE}
		row |= {"enrollment": enrollment, "step": step, "status": "Sent", "party": enrollment}
		row |= {"queued_on": now_datetime(), "touch_key": row["name"], "channel": "Email"}
		frappe.get_doc(row | values).db_insert()

	def crowd(self) -> None:
		"""120 people; nearly all open the first mail, hardly anybody clicks."""
		now = now_datetime()
		for number in range(120):
			one = self.person(*(("unsubscribed", "Exited") if number < 6 else ()))
			self.touch(one, "First", opened_on=now if number < 90 else None)
			self.touch(one, "Second", clicked_on=now if number == 0 else None)

	def test_the_report_says_where_people_stop(self) -> None:
		self.crowd()
		found = run("Nurture Drop-Offs", filters={"sequence": SEQUENCE})
		first, second = found["result"][:2]
		self.assertEqual((first["step"], first["sent"], first["only_opened"]), ("First", 120, 90))
		self.assertEqual((second["clicked"], second["left"], second["unsubscribed"]), (1, 6, 6))
		self.assertIn("90 of 90 who opened", found["message"])
		self.assertIn("6 people", found["message"])
		self.assertEqual(found["report_summary"][0]["value"], 120)

	def test_who_may_not_read_the_sequence_gets_no_figures(self) -> None:
		frappe.set_user("Guest")
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			run("Nurture Drop-Offs", filters={"sequence": SEQUENCE})

	def test_a_low_figure_proposes_an_experiment_until_one_runs(self) -> None:
		self.crowd()
		figures = sequence_actions.figures(SEQUENCE)
		(proposal,) = [
			one
			for one in figures["proposals"]
			if one.get("metric") == "Human Click" and "Clicked" in one["title"]
		]
		self.assertEqual((proposal["step"], proposal["variable"]), ("First", "Content"))
		self.assertIn("0.4 %", proposal["text"])
		clicked = next(one for one in figures["kpis"] if one["label"] == "Clicked")
		self.assertTrue(clicked["is_worse"])
		row = {"doctype": "Nurture Experiment", "name": "figures-test", "title": "figures-test"}
		frappe.get_doc(row | {"sequence": SEQUENCE, "step": "First", "status": "Running"}).db_insert()
		again = sequence_actions.figures(SEQUENCE)["proposals"]
		self.assertNotIn("First", {one["step"] for one in again})

	def test_figures_that_took_long_are_counted_once_and_say_when(self) -> None:
		"""The form of a sequence that a hundred thousand people were in must open all the same."""
		self.crowd()
		with patch.object(sequence_figures, "SLOW_SECONDS", -1):
			first = sequence_actions.figures(SEQUENCE)
		with patch.object(sequence_figures, "figures_of", side_effect=AssertionError("counted again")):
			overview = sequence_actions.overview(SEQUENCE)
			again = sequence_actions.figures(SEQUENCE)
		self.assertNotIn("figures", overview)
		self.assertEqual((first["counted"], again["kpis"]), ("", first["kpis"]))
		self.assertIn("Counted on", again["counted"])
		frappe.get_doc("Nurture Sequence", SEQUENCE).save()
		self.assertEqual(sequence_actions.figures(SEQUENCE)["counted"], "")

	def test_a_new_sequence_names_the_figures_of_its_goal(self) -> None:
		figures = sequence_actions.figures(SEQUENCE)
		self.assertIn("Goal Reached", figures["suggested"])
		self.assertEqual((figures["proposals"], figures["drop_offs"], figures["fatigue"]), ([], [], ""))

	def test_earlier_sequences_and_their_outcomes_are_listed(self) -> None:
		self.person("goal_reached")
		for _number in range(3):
			self.person()
		rows = run("Nurture Sequence Results", filters={"status": "Active"})["result"]
		(row,) = [row for row in rows if row["name"] == SEQUENCE]
		self.assertEqual((row["people"], row["reached"], row["percent"], row["difference"]), (4, 1, 25, 15))

	def test_an_activated_sequence_is_reviewed_each_week(self) -> None:
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "review_on", None)
		sequence_actions.activate(SEQUENCE)
		due = frappe.db.get_value("Nurture Sequence", SEQUENCE, "review_on")
		self.assertEqual(due, getdate(add_days(today(), 7)))
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "review_on", today())
		library_reviews.remind_of_reviews()
		asked = {"reference_name": SEQUENCE, "status": "Open"}
		self.assertEqual(frappe.db.count("ToDo", asked), 1)
		sequence_actions.reviewed(SEQUENCE)
		self.assertEqual(frappe.db.count("ToDo", asked), 0)
		self.assertEqual(frappe.db.get_value("Nurture Sequence", SEQUENCE, "review_on"), due)

	def test_half_a_year_without_a_review_is_flagged(self) -> None:
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "activated_on", add_days(today(), -200))
		warnings = sequence_actions.overview(SEQUENCE)["warnings"]
		self.assertTrue([text for text in warnings if "half a year" in text])
		sequence_actions.reviewed(SEQUENCE)
		warnings = sequence_actions.overview(SEQUENCE)["warnings"]
		self.assertFalse([text for text in warnings if "half a year" in text])

	def test_managers_hear_once_that_the_whole_system_is_due(self) -> None:
		settings = {"system_review_days": 90, "system_review_told_on": None}
		for field, value in (settings | {"system_reviewed_on": add_days(today(), -89)}).items():
			frappe.db.set_single_value("Nurture Settings", field, value)
		self.assertFalse(sequence_reviews.tell_of_the_system())
		frappe.db.set_single_value("Nurture Settings", "system_reviewed_on", add_days(today(), -90))
		self.assertTrue(sequence_reviews.tell_of_the_system())
		self.assertFalse(sequence_reviews.tell_of_the_system())
		sequence_actions.system_reviewed()
		self.assertEqual(sequence_reviews.system_due_on(), getdate(add_days(today(), 90)))
