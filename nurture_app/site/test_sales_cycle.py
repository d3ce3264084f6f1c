"""How long deals take, by type, and what a sequence and its plan make of it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, today

from nurture_app.site.api import sequence_actions
from nurture_app.site.journey import journey_map
from nurture_app.site.sales_cycle import cycle_for, sentence, time_to_close
from nurture_app.site.testing.deals import won_deals
from nurture_app.site.testing.factories import make_lead, make_sequence
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE, LONG = "Cycle Test", "Cycle Long"


class TestSalesCycle(SiteCase):
	def setUp(self) -> None:
		frappe.db.delete("Nurture Sales Cycle")
		frappe.get_doc({"doctype": "Opportunity Type", "name": LONG}).db_insert()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def cycle(self, title: str, **values: Any) -> Any:
		return frappe.get_doc({"doctype": "Nurture Sales Cycle", "title": title, **values}).insert()

	def interviews(self, count: int, days: int) -> list[dict[str, Any]]:
		return [{"company": f"Customer {n}", "days": days, "asked_on": today()} for n in range(count)]

	def warnings(self, **values: Any) -> list[str]:
		given = {"promotional": 1, "goal_kind": "Conversion", "expected_days": 18}
		frappe.db.set_value("Nurture Sequence", make_sequence(SEQUENCE), given | values)
		return [text for text in sequence_actions.overview(SEQUENCE)["warnings"] if "longer track" in text]

	def test_without_figures_three_months_are_planned_with_and_a_year_for_complex_deals(self) -> None:
		self.assertEqual((cycle_for(LONG).days, cycle_for(LONG).sample), (90, 0))
		self.cycle("Long", deal_type=LONG, is_complex=1)
		self.assertEqual(cycle_for(LONG).days, 365)
		self.assertEqual(cycle_for("").days, 90)

	def test_interviews_stand_in_until_there_are_ten_deals_of_the_type(self) -> None:
		doc = self.cycle("Long", deal_type=LONG, interviews=self.interviews(9, 60))
		self.assertEqual(cycle_for(LONG).basis, "Usual")
		doc.append("interviews", {"company": "Tenth", "days": 60})
		doc.save()
		self.assertEqual((cycle_for(LONG).days, cycle_for(LONG).basis), (60, "Interviews"))
		self.assertIn("10 interviews", sentence(cycle_for(LONG)))
		self.assertIn("15 interviews are better", sentence(cycle_for(LONG)))
		won_deals(10, 200, LONG)
		self.assertEqual((cycle_for(LONG).days, cycle_for(LONG).sample), (200, 10))
		self.assertIn("(10 deals)", sentence(cycle_for(LONG)))

	def test_a_won_opportunity_without_an_order_counts_until_the_day_it_was_won(self) -> None:
		before = {one.deal_type: one.deals for one in time_to_close()}
		for won_on, status in ((-10, "Converted"), (-10, "Open")):
			name = frappe.generate_hash(length=10)
			values = {"opportunity_type": LONG, "transaction_date": add_days(today(), -40), "status": status}
			frappe.get_doc({"doctype": "Opportunity", "name": name, **values}).db_insert()
			row = {"doctype": "Nurture Activity", "name": frappe.generate_hash(length=10)}
			row |= {"activity_type": "Opportunity Won", "occurred_on": add_days(now_datetime(), won_on)}
			row |= {"source_doctype": "Opportunity", "source_name": name, "dedupe_key": row["name"]}
			frappe.get_doc(row).db_insert()
		(found,) = [one for one in time_to_close() if one.deal_type == LONG]
		self.assertEqual((found.deals - before.get(LONG, 0), found.days), (1, 30))

	def test_a_quotation_to_a_lead_counts_from_the_lead(self) -> None:
		before = sum(one.deals for one in time_to_close() if not one.deal_type)
		lead = make_lead("cycle-quoted")
		frappe.db.set_value(
			"Lead", lead.name, "creation", add_days(now_datetime(), -25), update_modified=False
		)
		names = {kind: frappe.generate_hash(length=10) for kind in ("Quotation", "Sales Order")}
		quoted = {"quotation_to": "Lead", "party_name": lead.name}
		frappe.get_doc({"doctype": "Quotation", "name": names["Quotation"], **quoted}).db_insert()
		ordered = {"transaction_date": today(), "docstatus": 1}
		frappe.get_doc({"doctype": "Sales Order", "name": names["Sales Order"], **ordered}).db_insert()
		item = {"doctype": "Sales Order Item", "name": frappe.generate_hash(length=10)}
		item |= {"parent": names["Sales Order"], "prevdoc_docname": names["Quotation"]}
		frappe.get_doc(item).db_insert()
		self.assertEqual(sum(one.deals for one in time_to_close() if not one.deal_type), before + 1)

	def test_a_sequence_far_shorter_than_its_type_of_deal_is_pointed_out_with_the_plan(self) -> None:
		(text,) = self.warnings()
		self.assertIn("90 days", text)
		self.assertEqual(self.warnings(expected_days=60), [])
		self.assertEqual(self.warnings(expected_days=0) != [], True)  # its steps say how short it is
		self.cycle(
			"Long",
			deal_type=LONG,
			is_complex=1,
			planned_emails=9,
			planned_days=365,
			escalation_day=180,
			handoff_day=240,
			cold_wait_days=365,
		)
		(text,) = self.warnings(expected_days=60, deal_type=LONG)
		self.assertIn("365 days", text)
		self.assertIn("Your plan: 9 e-mails over 365 days", text)

	def test_the_form_gets_a_proposal_and_bad_plans_are_refused(self) -> None:
		doc = self.cycle("All")
		doc.run_method("onload")
		self.assertEqual(doc.get_onload("proposed")["handoff_day"], 60)
		doc.update({"escalation_day": 60, "handoff_day": 30, "planned_days": 90})
		with self.assertRaisesRegex(frappe.ValidationError, "High touch"):
			doc.save()
		with self.assertRaisesRegex(frappe.ValidationError, "same type of deal"):
			self.cycle("All Again")
		with self.assertRaisesRegex(frappe.ValidationError, "row 1"):
			self.cycle("Long", deal_type=LONG, interviews=[{"days": 9999}])


class TestJourneyMap(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def stage(self, name: str) -> dict[str, Any]:
		(found,) = [one for one in journey_map() if one["stage"] == name]
		return found

	def test_each_stage_has_its_leads_and_what_runs_there_with_branches(self) -> None:
		before = self.stage("Evaluation")["leads"]
		make_lead("mapped", nurture_journey_stage="Evaluation")
		make_sequence(SEQUENCE, journey_stage="Evaluation")
		row = {"doctype": "Nurture Enrollment", "name": "cycle-map", "sequence": SEQUENCE, "step": "Second"}
		row |= {"status": "Active", "live_party_key": "cycle-map", "live_address_key": "cycle-map"}
		frappe.get_doc(row).db_insert()
		found = self.stage("Evaluation")
		self.assertEqual((found["leads"], found["funnel"]), (before + 1, "MOFU"))
		(sequence,) = [one for one in found["sequences"] if one["name"] == SEQUENCE]
		self.assertEqual([step["step_label"] for step in sequence["steps"]], ["First", "Second"])
		self.assertEqual((sequence["standing"], sequence["live"]), ({"Second": 1}, 1))
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Retired")
		self.assertNotIn(SEQUENCE, [one["name"] for one in self.stage("Evaluation")["sequences"]])
