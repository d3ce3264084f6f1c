"""The report of rates, from touches, bounces and unsubscribes of a made-up week."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe

from nurture_app.engine.addresses import address_hash
from nurture_app.nurture_app.report.nurture_deliverability.nurture_deliverability import execute
from nurture_app.site.deliverability.rates import rates
from nurture_app.site.testing.factories import make_lead, make_sequence
from nurture_app.site.testing.site_case import SiteCase

MONDAY = datetime(2026, 3, 2, 10, 0)


class TestRates(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for title in ("Rates One", "Rates Two"):
			make_sequence(title)
		cls.leads = [make_lead(f"rates{number}") for number in range(8)]
		for number, lead in enumerate(cls.leads):
			cls.touch(lead, "Rates One", "First", MONDAY, number)
		for number, lead in enumerate(cls.leads[:4]):
			cls.touch(lead, "Rates One", "Second", MONDAY + timedelta(days=2), number)
		cls.touch(cls.leads[0], "Rates Two", "First", MONDAY + timedelta(days=20), 0)
		cls.bounce(0, "Hard", "First")
		cls.bounce(0, "Hard", "First", key="told twice")
		cls.bounce(1, "Soft", "First")
		cls.bounce(2, "Block", "Second")
		cls.bounce(3, "Complaint", "Second")
		cls.bounce(4, "Hard", "First", state="No Proof")
		cls.unsubscribe(5, MONDAY + timedelta(days=1))
		cls.unsubscribe(1, MONDAY + timedelta(days=3))
		cls.unsubscribe(6, MONDAY - timedelta(days=30))
		cls.touch(cls.leads[7], "Rates Two", "First", MONDAY + timedelta(days=35), 7)
		cls.clean(2, "Rates One", MONDAY + timedelta(days=2))
		cls.clean(3, "Rates One", MONDAY + timedelta(days=2))
		cls.clean(7, "Rates Two", MONDAY + timedelta(days=35))
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def touch(cls, lead, sequence: str, step: str, moment: datetime, number: int) -> None:
		sender = "team@company.example" if number % 2 else "sales@company.example"
		communication = frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Sent",
				"communication_type": "Automated Message",
				"subject": "x",
				"sender": sender,
				"reference_doctype": "Lead",
				"reference_name": lead.name,
			}
		).insert(ignore_permissions=True)
		frappe.get_doc(
			{
				"doctype": "Nurture Touch",
				"party": lead.name,
				"address": lead.email_id,
				"channel": "Email",
				"status": "Sent",
				"sequence": sequence,
				"step": step,
				"queued_on": moment,
				"communication": communication.name,
				"touch_key": frappe.generate_hash(),
			}
		).insert(ignore_permissions=True)

	@classmethod
	def bounce(cls, number: int, kind: str, step: str, key: str = "", state: str = "Noted") -> None:
		lead = cls.leads[number]
		filters = {"party": lead.name, "step": step, "sequence": "Rates One"}
		frappe.get_doc(
			{
				"doctype": "Nurture Bounce",
				"kind": kind,
				"state": state,
				"address": lead.email_id,
				"touch": frappe.db.get_value("Nurture Touch", filters),
				"sequence": "Rates One",
				"dedupe_key": f"{number}{kind}{key}",
			}
		).insert(ignore_permissions=True)

	@classmethod
	def unsubscribe(cls, number: int, moment: datetime) -> None:
		address = cls.leads[number].email_id
		columns = {
			"address": address,
			"address_hash": address_hash(address),
			"channel": "Email",
			"reason": "Unsubscribed",
		}
		name = frappe.generate_hash(length=10)
		frappe.db.bulk_insert(
			"Nurture Suppression",
			["name", *columns, "occurred_on", "suppression_key"],
			[(name, *columns.values(), moment, name)],
		)

	@classmethod
	def clean(cls, number: int, sequence: str, last_mail: datetime) -> None:
		"""An enrollment that ended without a reaction; the mails of that person so far are those of it."""
		party = cls.leads[number].name
		row = {"doctype": "Nurture Enrollment", "sequence": sequence, "party": party, "status": "Completed"}
		row |= {"reason": "no_reaction", "ended_on": last_mail + timedelta(days=7)}
		row |= dict.fromkeys(("live_party_key", "live_address_key"), frappe.generate_hash())
		enrollment = frappe.get_doc(row).insert(ignore_permissions=True).name
		touches = {"party": party, "sequence": sequence}
		frappe.db.set_value("Nurture Touch", touches, "enrollment", enrollment)

	def rows(self, **filters: str) -> list[dict]:
		return execute({"from_date": "2026-03-01", "to_date": "2026-03-10", **filters})[1]

	def test_by_step(self) -> None:
		first, second = self.rows(by="Step")
		self.assertEqual((first["step"], first["sent"], first["hard"], first["soft"]), ("First", 8, 1, 1))
		self.assertEqual((first["hard_percent"], first["unsubscribed"], first["blocked"]), (12.5, 1, 0))
		self.assertEqual(
			(second["sent"], second["blocked"], second["complaints"], second["unsubscribed"]), (4, 1, 1, 1)
		)

	def test_one_statement_for_each_figure_whatever_the_number_of_people(self) -> None:
		for by in ("Step", "Sequence", "Sender", "Month"):
			with self.assertQueryCount(4):
				rates(MONDAY - timedelta(days=1), MONDAY + timedelta(days=40), by)

	def test_two_mails_of_one_moment_before_an_unsubscribe_are_one(self) -> None:
		lead = make_lead("rates8")
		self.leads.append(lead)
		moment = datetime(2026, 6, 1, 10, 0)
		for step in ("First", "Second"):
			self.touch(lead, "Rates Two", step, moment, 8)
		self.unsubscribe(8, moment + timedelta(hours=1))
		rows = self.rows(by="Step", from_date="2026-06-01", to_date="2026-06-02")
		self.assertEqual(sorted(row["unsubscribed"] for row in rows), [0, 1])

	def test_by_sequence_and_for_one_of_them(self) -> None:
		(row,) = self.rows(by="Sequence")
		self.assertEqual((row["sequence"], row["sent"], row["unsubscribed"]), ("Rates One", 12, 2))
		self.assertEqual(self.rows(by="Sequence", sequence="Rates Two"), [])
		both = self.rows(by="Sequence", to_date="2026-03-31")
		self.assertEqual([row["sequence"] for row in both], ["Rates One", "Rates Two"])

	def test_by_sender(self) -> None:
		rows = {row["sender"]: row for row in self.rows(by="Sender")}
		self.assertEqual(rows["sales@company.example"]["sent"], 6)
		self.assertEqual(rows["sales@company.example"]["hard"], 1)
		self.assertEqual(rows["team@company.example"]["complaints"], 1)

	def test_by_month_with_those_who_were_cleaned(self) -> None:
		"""RE-07"""
		march, april = self.rows(by="Month", to_date="2026-04-30")
		self.assertEqual((march["month"], march["sent"], march["cleaned"]), ("2026-03", 13, 2))
		self.assertEqual((april["month"], april["sent"], april["cleaned"]), ("2026-04", 1, 1))
		first, second = self.rows(by="Step")
		self.assertEqual((first["cleaned"], second["cleaned"]), (0, 2))
		self.assertEqual(second["cleaned_percent"], 50.0)

	def test_every_column_has_a_value_in_every_row_and_odd_filters_are_named(self) -> None:
		for by in ("Step", "Sequence", "Sender", "Month"):
			columns, rows, _message, chart = execute(
				{"from_date": "2026-03-01", "to_date": "2026-03-10", "by": by}
			)
			self.assertTrue(rows and chart)
			self.assertTrue(all(column["fieldname"] in row for row in rows for column in columns))
		_columns, rows, message = execute({"from_date": "2026-04-01", "to_date": "2026-03-10"})
		self.assertEqual(rows, [])
		self.assertIn("first day is after the last", message)

	def test_a_week_without_mails(self) -> None:
		self.assertEqual(execute({"from_date": "2020-01-01", "to_date": "2020-01-07"})[1], [])
