"""A site calls the stages of the journey as it likes, and nothing that refers to one is lost (PJ-10)."""

from __future__ import annotations

import frappe

from nurture_app.engine import conditions
from nurture_app.site import journey, journey_stages
from nurture_app.site.api import gallery
from nurture_app.site.content_plan import content_plan
from nurture_app.site.host import site_host
from nurture_app.site.sales_help import help_with
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

DOCTYPE = journey_stages.DOCTYPE


class TestNurtureJourneyStage(SiteCase):
	def setUp(self) -> None:
		journey_stages.use_list("four")

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		frappe.clear_cache(doctype="Nurture Asset")

	def lead(self, stage: str) -> str:
		return make_lead(frappe.generate_hash(length=10), nurture_journey_stage=stage).name

	def on_map(self) -> dict[str, dict]:
		return {one["stage"]: one for one in journey.journey_map()}

	def rename(self, stage: str, title: str) -> None:
		doc = frappe.get_doc(DOCTYPE, stage)
		doc.title = title
		doc.save()

	def test_the_four_are_there(self) -> None:
		found = [(one.name, one.funnel) for one in journey_stages.journey_stages()]
		wanted = [
			("Awareness", "TOFU"),
			("Consideration", "MOFU"),
			("Evaluation", "MOFU"),
			("Decision", "BOFU"),
		]
		self.assertEqual(found[:4], wanted)

	def test_a_new_title_is_shown_everywhere_and_leads_and_conditions_keep_the_stage(self) -> None:
		lead = self.lead("Evaluation")
		self.rename("Evaluation", "Comparing Offers")
		self.assertEqual(self.on_map()["Evaluation"]["label"], "Comparing Offers")
		self.assertEqual(help_with(site_host(commit=False), lead)["stage"], "Comparing Offers")
		catalog = site_host(commit=False).catalog
		asked = conditions.parse('["nurture_journey_stage", "=", "Evaluation"]', catalog)
		self.assertEqual(asked.sentence(str), "Journey Stage is Comparing Offers")
		self.assertEqual(frappe.db.get_value("Lead", lead, "nurture_journey_stage"), "Evaluation")
		doc = frappe.get_doc("Lead", lead)
		doc.save()
		label = frappe.get_meta("Nurture Asset").get_label("for_evaluation")
		self.assertEqual(label, "Comparing Offers")
		cards = [card for group in gallery.cards() for card in group["cards"]]
		self.assertIn("Comparing Offers", {card["journey_stage"] for card in cards})

	def test_an_unknown_stage_in_a_condition_is_refused(self) -> None:
		catalog = site_host(commit=False).catalog
		self.assertIn("Evaluation", catalog["nurture_journey_stage"].options)
		self.assertNotIn("Somewhere", catalog["nurture_journey_stage"].options)

	def test_with_three_stages_those_who_compare_are_counted_with_those_who_look(self) -> None:
		before = self.on_map()["Consideration"]["leads"]
		early, late = self.lead("Evaluation"), self.lead("Consideration")
		evaluating = self.on_map()["Evaluation"]["leads"]
		journey_stages.use_list("three")
		shown = self.on_map()
		self.assertNotIn("Evaluation", shown)
		self.assertEqual(shown["Consideration"]["leads"], before + evaluating + 1)
		for lead in (early, late):
			self.assertEqual(frappe.db.get_value("Lead", lead, "nurture_journey_stage"), "Consideration")
		# a step of a sequence that ships may write it later
		frappe.db.set_value("Lead", early, "nurture_journey_stage", "Evaluation")
		self.assertEqual(self.on_map()["Consideration"]["leads"], before + evaluating + 1)
		self.assertEqual(help_with(site_host(commit=False), early)["stage"], "Consideration")
		self.assertTrue(frappe.get_meta("Nurture Asset").get_field("for_evaluation").hidden)
		self.assertEqual(len(content_plan(site_host(commit=False))), 6)

	def test_top_middle_and_bottom(self) -> None:
		journey_stages.use_list("funnel")
		found = [(one.title, one.funnel) for one in journey_stages.journey_stages()][:3]
		self.assertEqual(found, [("TOFU", "TOFU"), ("MOFU", "MOFU"), ("BOFU", "BOFU")])
		journey_stages.use_list("four")
		titles = [one.title for one in journey_stages.journey_stages()][:4]
		self.assertEqual(titles, ["Awareness", "Consideration", "Evaluation", "Decision"])
		self.assertEqual(frappe.get_meta("Nurture Asset").get_label("for_awareness"), "Awareness")

	def test_a_stage_of_ones_own_takes_part(self) -> None:
		values = {
			"title": "Pilot",
			"stands_for": "Evaluation",
			"funnel": "BOFU",
			"position": 35,
			"aim": "Make it work.",
		}
		frappe.get_doc({"doctype": DOCTYPE, **values}).insert()
		lead = self.lead("Pilot")
		order = [one.name for one in journey_stages.journey_stages()]
		self.assertEqual(order.index("Pilot"), order.index("Decision") - 1)
		told = help_with(site_host(commit=False), lead)
		self.assertEqual((told["stage"], told["aim"]), ("Pilot", "Make it work."))
		self.assertRaises(frappe.LinkExistsError, frappe.delete_doc, DOCTYPE, "Pilot")

	def test_what_would_lose_leads_is_refused(self) -> None:
		doc = frappe.get_doc(DOCTYPE, "Awareness")
		doc.enabled = 0
		self.assertRaisesRegex(frappe.ValidationError, "Choose another stage", doc.save)
		self.assertRaisesRegex(frappe.ValidationError, "out of use", frappe.delete_doc, DOCTYPE, "Decision")
		doc = frappe.get_doc(DOCTYPE, "Decision")
		doc.title = "Awareness"
		self.assertRaisesRegex(frappe.ValidationError, "called Awareness already", doc.save)
