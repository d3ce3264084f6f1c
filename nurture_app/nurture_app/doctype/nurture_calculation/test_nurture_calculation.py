"""Calculations as people write, try and use them."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.api import content_actions
from nurture_app.site.testing.factories import make_content, make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase

TEAM = {"input_name": "team", "source": "Field of the Lead", "field_name": "nurture_team_size", "most": 500}


class TestCalculation(SiteCase):
	def setUp(self) -> None:
		settle_settings()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def calculation(self, **values: Any) -> Any:
		row = {
			"doctype": "Nurture Calculation",
			"title": "Calc Hours",
			"formula": "team * 40",
			"text": "A team of {team} wins {figure} hours.",
			"fallback_text": "Teams win hours.",
			"inputs": [TEAM],
		}
		return frappe.get_doc({**row, **values}).insert()

	def test_a_preview_says_what_a_lead_would_read(self) -> None:
		doc = self.calculation()
		self.assertEqual(doc.short_name, "calc_hours")
		content = frappe.get_doc("Nurture Content", make_content("Calc Mail"))
		content.body = "<p>{{ calc.calc_hours }}</p>"
		content.save()
		known, unknown = make_lead("calca", nurture_team_size=30), make_lead("calcb")
		for lead, said in ((known, "A team of 30 wins 1,200 hours."), (unknown, "Teams win hours.")):
			self.assertIn(said, content_actions.preview(content.as_json(), lead.name)["text"])
			tried = content_actions.try_calculation(doc.as_json(), lead.name)
			self.assertEqual((tried["text"], tried["is_figure"]), (said, lead == known))
		self.assertIn("Teams win hours.", content_actions.preview(content.as_json())["text"])
		with self.assertRaisesRegex(frappe.LinkExistsError, "Calc Mail"):
			frappe.delete_doc("Nurture Calculation", doc.name)
		doc.short_name = "another"
		with self.assertRaisesRegex(frappe.ValidationError, "Calc Mail"):
			doc.save()

	def test_what_cannot_be_calculated_is_refused_with_what_to_do(self) -> None:
		for values, words in (
			({"formula": "team ** 2"}, "cannot be calculated"),
			({"formula": "teams * 2"}, "these names: team"),
			({"inputs": [{**TEAM, "field_name": "gender"}]}, "sensitive"),
			({"text": "{sum}"}, "may name: figure, team"),
		):
			with self.assertRaisesRegex(frappe.ValidationError, words):
				self.calculation(**values)
			frappe.db.rollback()

	def test_a_text_with_a_calculation_there_is_not_cannot_be_saved(self) -> None:
		content = frappe.get_doc("Nurture Content", make_content("Calc Mail"))
		content.body = "<p>{{ calc.nowhere }}</p>"
		with self.assertRaises(frappe.ValidationError):
			content.save()

	def test_the_one_that_ships_says_something_to_everybody(self) -> None:
		doc = frappe.get_doc("Nurture Calculation", {"preset": "calculation-hours-won-back"})
		lead = make_lead("calcc", nurture_team_size=10, nurture_use_case="Orders")
		tried = content_actions.try_calculation(doc.as_json(), lead.name)
		self.assertEqual(
			tried["text"],
			"A team of 10 that wins back 3 hours a week each has about 1,300 hours more in a year.",
		)
