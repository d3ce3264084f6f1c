"""What Was Heard, as the Desk runs it, held against a count by hand."""

from __future__ import annotations

import random
from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, getdate, nowdate

from nurture_app.engine.insights import KINDS
from nurture_app.nurture_app.doctype.nurture_insight.test_nurture_insight import (
	MANAGER,
	MARKETER,
	OTHER,
	PERSONA,
	SELLER,
	InsightCase,
	note,
)
from nurture_app.site.testing.factories import make_lead

SPAN = {"from_date": add_days(nowdate(), -30), "to_date": nowdate()}


class TestInsightsReport(InsightCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.delete("Nurture Insight")

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		super().tearDown()
		# running a report may commit
		frappe.db.delete("Nurture Insight")
		for lead in (self.mine, self.theirs):
			frappe.delete_doc("Lead", lead, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site

	def report(self, user: str = "Administrator", **filters: Any) -> dict[str, Any]:
		frappe.set_user(user)
		try:
			return run("Nurture Insights", filters=SPAN | filters)
		finally:
			frappe.set_user("Administrator")

	def said(self, user: str = "Administrator", **filters: Any) -> list[str]:
		return [row["said"] for row in self.report(user, **filters)["result"]]

	def groups(self, show: str, **filters: Any) -> dict[str, tuple[int, int]]:
		rows = self.report(show=show, **filters)["result"]
		return {row["group"]: (row["leads"], row["notes"]) for row in rows}

	def test_each_group_counts_different_leads(self) -> None:
		chance = random.Random(7)
		leads = [self.mine, self.theirs, *(make_lead(f"counted{number}").name for number in range(4)), None]
		kept = []
		for number in range(80):
			kind = chance.choice(KINDS)
			doc = note(
				kind=kind,
				said=f"Word {number}",
				lead=chance.choice(leads),
				topic=chance.choice(("", "Price", "Time")),
				competitor=chance.choice(("Rival", "Other")),
				heard_on=add_days(nowdate(), -chance.randrange(50)),
			)
			if getdate(doc.heard_on) >= getdate(SPAN["from_date"]):
				kept.append(doc)

		def by_hand(called: Any) -> dict[str, tuple[int, int]]:
			names = {called(doc) for doc in kept} - {""}
			rows = {}
			for name in names:
				some = [doc for doc in kept if called(doc) == name]
				rows[name] = (len({doc.lead for doc in some if doc.lead}), len(some))
			return rows

		ways = {
			"Kind": lambda doc: doc.kind,
			"Competitor": lambda doc: doc.competitor or "",
			"Topic": lambda doc: doc.topic or "",
			"Persona": lambda doc: doc.persona or "",
			"In the Way": lambda doc: (doc.topic or doc.said) if doc.kind in ("Objection", "Blocker") else "",
		}
		for show, called in ways.items():
			with self.subTest(show):
				self.assertEqual(self.groups(show), by_hand(called))
		report = self.report()
		self.assertEqual(
			[row["value"] for row in report["report_summary"]],
			[len({doc.lead for doc in kept if doc.lead}), len(kept)],
		)
		self.assertEqual(len(report["result"]), len(kept))
		chart = dict(
			zip(
				report["chart"]["data"]["labels"],
				report["chart"]["data"]["datasets"][0]["values"],
				strict=True,
			)
		)
		self.assertEqual(chart, {name: leads for name, (leads, _) in by_hand(ways["Kind"]).items()})

	def test_what_was_said_with_its_lead_newest_first_and_what_came_up_most(self) -> None:
		note(lead=self.mine, kind="Competitor", competitor="Rival", said="Rival is free")
		note(
			lead=self.theirs, kind="Blocker", topic="Price", said="Not now", heard_on=add_days(nowdate(), -1)
		)
		report = self.report()
		first, second = report["result"]
		self.assertEqual((first["said"], second["said"]), ("Rival is free", "Not now"))
		self.assertEqual(
			[first[name] for name in ("kind", "lead", "persona", "heard_by")],
			["Competitor", self.mine, PERSONA, "Administrator"],
		)
		self.assertEqual(first["lead_name"], frappe.db.get_value("Lead", self.mine, "lead_name"))
		self.assertIn("Competitors named most: Rival (1).", report["message"])
		self.assertIn("In the way most often: Price (1).", report["message"])

	def test_by_each_filter(self) -> None:
		note(lead=self.mine, kind="Competitor", competitor="Rival Ltd", said="One")
		note(lead=self.theirs, said="Two 100 %", answer="It pays")
		note(lead=self.theirs, said="Old", heard_on=add_days(nowdate(), -60))
		for filters, expected in (
			({}, {"One", "Two 100 %"}),
			({"kind": "Objection"}, {"Two 100 %"}),
			({"persona": PERSONA}, {"One"}),
			({"competitor": "rival"}, {"One"}),
			({"text": "%"}, {"Two 100 %"}),
			({"text": "IT PAYS"}, {"Two 100 %"}),
			({"from_date": add_days(nowdate(), -90), "to_date": add_days(nowdate(), -40)}, {"Old"}),
			({"kind": "'; drop"}, {"One", "Two 100 %"}),
		):
			with self.subTest(filters):
				self.assertEqual(set(self.said(**filters)), expected)

	def test_each_sees_and_counts_what_they_may_see(self) -> None:
		note(lead=self.mine, said="Mine")
		note(lead=self.theirs, said="Theirs")
		note(said="Nobody's")
		for user, expected, leads in (
			(SELLER, {"Mine"}, 1),
			(OTHER, {"Mine", "Theirs"}, 2),
			(MARKETER, {"Mine", "Nobody's"}, 1),
			(MANAGER, {"Mine", "Theirs", "Nobody's"}, 2),
		):
			with self.subTest(user):
				report = self.report(user)
				self.assertEqual({row["said"] for row in report["result"]}, expected)
				self.assertEqual(report["report_summary"][0]["value"], leads)
				shown = str([self.report(user, show=show) for show in ("Kind", "In the Way", "Persona")])
				if "Theirs" not in expected:
					self.assertNotIn("Theirs", shown)

	def test_the_number_of_queries_does_not_grow(self) -> None:
		note(lead=self.mine)
		few = self.queries()
		for number in range(30):
			note(lead=(self.mine, self.theirs)[number % 2], said=str(number))
		self.assertEqual(self.queries(), few)

	def queries(self) -> int:
		from nurture_app.nurture_app.report.nurture_insights.nurture_insights import execute

		execute(SPAN)  # what is read once, such as the DocType
		counted = []
		plain = frappe.db.sql

		def counting(*args: Any, **kwargs: Any) -> Any:
			counted.append(args)
			return plain(*args, **kwargs)

		frappe.db.sql = counting
		try:
			execute(SPAN)
		finally:
			frappe.db.sql = plain
		return len(counted)

	def test_what_is_wrong_is_said_and_an_empty_time_too(self) -> None:
		for wrong, said in (
			({"from_date": "2026-05-02", "to_date": "2026-05-01"}, "first day is after"),
			({"kind": ["Objection"]}, "kind: one value was expected"),
			({"to_date": "soon"}, "not a valid date"),
			({"from_date": "2020-05-01", "to_date": "2020-05-01"}, "Nothing was noted"),
		):
			self.assertIn(said, self.report(**wrong)["message"], wrong)
