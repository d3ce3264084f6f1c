"""Touch tiers on a site: what may be saved, what the form says, the size of a deal, and choices by hand."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine import activities
from nurture_app.engine.codes import Reason
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import deal_size
from nurture_app.site.api import given_by_segments as actions
from nurture_app.site.api.lead_panel import get_panel
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import as_json, make_lead, make_sequence
from nurture_app.site.testing.site_case import SiteCase

LARGE = [["nurture_deal_size", ">=", 50000]]
SEGMENT, HIGH, LOW = "Tier Test Large", "Tier Test High", "Tier Test Low"


def make_segment(**values: Any) -> Any:
	values = {"title": SEGMENT, "condition": as_json(LARGE), "enabled": 1, **values}
	return frappe.get_doc({"doctype": "Nurture Segment", **values}).insert()


def make_tier(title: str = HIGH, **values: Any) -> Any:
	values = {"title": title, "segment": SEGMENT, "enabled": 1, "position": 1, "by_people": 1, **values}
	return frappe.get_doc({"doctype": "Nurture Touch Tier", **values}).insert()


def make_opportunity(lead: str, amount: float, **values: Any) -> Any:
	company = frappe.db.get_value("Company", {}, "name", order_by="name asc")
	values = {"opportunity_from": "Lead", "party_name": lead, "company": company, **values}
	return frappe.get_doc({"doctype": "Opportunity", "opportunity_amount": amount, **values}).insert()


class TestNurtureTouchTier(SiteCase):
	def setUp(self) -> None:
		make_segment()
		make_tier(
			meaning="Worth time.",
			treatment="Look them up first.",
			looked_after_by="Sales",
			senior_contact="Administrator",
		)
		make_tier(LOW, segment=None, by_people=0, position=2)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def look(self, lead: Any) -> None:
		activities.leads_changed(site_host(commit=False), [lead.name])

	def tier_of(self, lead: Any) -> str | None:
		return frappe.db.get_value("Lead", lead.name, "nurture_tier")

	def happened(self, lead: Any) -> list[tuple]:
		return [
			key[1:] for key in getattr(frappe.local, "nurture_lead_events", None) or () if key[0] == lead.name
		]

	def test_an_opportunity_says_how_large_the_deal_is(self) -> None:
		lead = make_lead("tier-test")
		self.look(lead)
		self.assertEqual(self.tier_of(lead), LOW)
		small = make_opportunity(lead.name, 2_000)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_deal_size"), 2_000)
		make_opportunity(lead.name, 200_000)
		self.look(lead)
		self.assertEqual(self.tier_of(lead), HIGH)
		small.opportunity_amount = 3_000
		small.save()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_deal_size"), 200_000)

	def test_a_lost_one_says_nothing_and_an_estimate_stays_until_there_is_one(self) -> None:
		lead = make_lead("tier-test", nurture_deal_size=60_000)
		lost = make_opportunity(lead.name, 0)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_deal_size"), 60_000)
		lost.db_set("status", "Lost")
		lost.opportunity_amount = 500
		lost.save()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_deal_size"), 60_000)

	def test_those_of_before_are_filled_in_where_nothing_is_known(self) -> None:
		known, unknown = make_lead("tier-known", nurture_deal_size=7), make_lead("tier-test")
		for lead in (known, unknown):
			make_opportunity(lead.name, 900)
		values = {known.name: 7, unknown.name: 0}
		for name, value in values.items():
			frappe.db.set_value("Lead", name, "nurture_deal_size", value)
		deal_size.fill_in()
		sizes = [frappe.db.get_value("Lead", name, "nurture_deal_size") for name in values]
		self.assertEqual(sizes, [7, 900])

	def test_the_lead_says_why_it_is_high_touch_what_to_do_and_who_takes_over(self) -> None:
		lead = make_lead("tier-test", nurture_deal_size=60_000)
		self.look(lead)
		tier = get_panel(lead.name)["tier"]
		self.assertEqual((tier["title"], tier["by_people"], tier["who"]), (HIGH, True, "Sales"))
		self.assertEqual((tier["treatment"], tier["senior"]), ("Look them up first.", "Administrator"))
		self.assertIn("Deal Size", tier["why"])
		self.assertIn("50000", tier["why"].replace(",", ""))
		other = make_lead("tier-other")
		self.look(other)
		self.assertEqual(get_panel(other.name)["tier"]["why"], "")

	def test_one_chosen_by_hand_stays_is_logged_and_ends_templates(self) -> None:
		lead = make_lead("tier-test")
		self.look(lead)
		sequence = make_sequence("Tier Test Bulk")
		lead.reload()
		lead.update({"nurture_tier": HIGH, "nurture_tier_by_hand": 1})
		lead.save()
		self.assertEqual(self.happened(lead), [("High-Touch Reached", HIGH)])
		self.look(lead)
		self.assertEqual(self.tier_of(lead), HIGH)
		filters = {"lead": lead.name}
		logged = frappe.get_all("Nurture Audit Entry", filters, ["action", "detail"], as_list=True)
		self.assertEqual(list(logged), [("Touch Tier Chosen by Hand", f"{LOW} → {HIGH}")])
		outcome = enroll(site_host(commit=False), sequence, [lead.name])
		self.assertEqual([one.reason for one in outcome], [Reason.HIGH_TOUCH])

	def test_without_a_segment_nobody_can_be_high_touch(self) -> None:
		self.assertRaisesRegex(
			frappe.ValidationError,
			"everybody whom no other tier fits",
			make_tier,
			"Tier Test Bad",
			segment=None,
		)

	def test_a_segment_that_asks_for_the_tier_is_none_for_a_tier(self) -> None:
		make_segment(title="Tier Test Asks", condition=as_json(["nurture_tier", "=", HIGH]))
		self.assertRaisesRegex(
			frappe.ValidationError,
			"may not ask for the type or tier",
			make_tier,
			"Tier Test Bad",
			segment="Tier Test Asks",
		)

	def test_the_shipped_ones_are_off_and_go_on_together_with_their_segments(self) -> None:
		rows = frappe.get_all(
			"Nurture Touch Tier", {"preset": ["like", "tier-%"]}, ["name", "enabled", "segment"]
		)
		self.assertEqual(len(rows), 3)
		self.assertFalse([row.name for row in rows if row.enabled])
		actions.enable("Nurture Touch Tier", [row.name for row in rows])
		self.assertEqual(
			frappe.db.count("Nurture Touch Tier", {"preset": ["like", "tier-%"], "enabled": 1}), 3
		)
		segments = [row.segment for row in rows if row.segment]
		self.assertFalse(frappe.get_all("Nurture Segment", {"enabled": 0, "name": ["in", segments]}))

	def test_only_managers_enable_and_only_what_goes_by_segments(self) -> None:
		self.assertRaises(frappe.ValidationError, actions.enable, "Nurture Sequence", ["Five-Email Nurture"])
		make_user("tier-seller@site.example", "Sales User")
		frappe.set_user("tier-seller@site.example")
		self.assertRaises(frappe.PermissionError, actions.enable, "Nurture Touch Tier", [LOW])
