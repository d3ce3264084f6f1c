"""The panel of the five elements on a sequence, and what makes a programme complete (GL-10, GL-11)."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.api import sequence_actions
from nurture_app.site.testing.factories import make_content, make_sequence
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Health of a Programme"


class TestProgrammeHealth(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def health(self) -> dict[str, Any]:
		return sequence_actions.overview(SEQUENCE)["health"]

	def states(self) -> list[str]:
		return [one["state"] for one in self.health()["elements"]]

	def test_a_bare_series_of_mails_lacks_three_of_five(self) -> None:
		make_sequence(SEQUENCE)
		found = self.health()
		titles = [one["title"] for one in found["elements"]]
		self.assertEqual(
			titles,
			["Segmentation", "Personalisation", "Timely Follow-up", "Several Channels", "Value First"],
		)
		self.assertEqual(self.states(), ["fix", "fix", "ok", "fix", "ok"])
		self.assertEqual(found["in_order"], 2)

	def test_each_element_is_mended_by_itself(self) -> None:
		content = make_content("Health text")
		values = {"body": "<p>{{ lead.company_name | default('You') }}: a word.</p>"}
		frappe.get_doc("Nurture Content", content).update(values).save()
		mail = {"step_type": "Email", "content": content, "timing": "After Previous Step"}
		call = {"step_type": "Task", "step_label": "Note", "task_description": "Write to them."}
		make_sequence(
			SEQUENCE,
			[{**mail, "step_label": "One"}, {**call, "task_kind": "LinkedIn"}],
			condition='["industry", "=", "Software"]',
		)
		self.assertEqual(self.states(), ["ok"] * 5)
		make_sequence(SEQUENCE, [{**mail, "step_label": "One", "delay": 9, "delay_unit": "Days"}])
		timely = self.health()["elements"][2]
		self.assertEqual(timely["state"], "fix")
		self.assertIn("9", timely["found"])
		make_sequence(SEQUENCE, [{**mail, "step_label": "One"}], on_reply="Continue")
		self.assertIn("On Reply", self.health()["elements"][2]["found"])

	def test_it_is_complete_only_with_segmentation_scoring_and_content_mapped(self) -> None:
		make_sequence(SEQUENCE, condition='["industry", "=", "Software"]')
		frappe.db.set_value("Lead Scoring Rule", {"enabled": 1}, "enabled", 0)
		found = self.health()
		self.assertFalse(found["is_complete"])
		for word in ("scoring", "content mapping"):
			self.assertIn(word, found["complete"])
		self.assertNotIn("segmentation", found["complete"])
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "journey_stage", "Evaluation")
		frappe.db.set_value("Nurture Asset", {"enabled": 1}, "enabled", 0)
		self.assertIn("Evaluation", self.health()["complete"])
		frappe.get_doc("Nurture Journey Stage", "Evaluation").update({"title": "Comparing"}).save()
		self.assertIn("the stage Comparing", self.health()["complete"])
		rule = {"doctype": "Lead Scoring Rule", "title": "Health Rule", "rule_type": "Behaviour"}
		rule |= {"activity_type": "Demo Request", "points": 5, "enabled": 1}
		frappe.get_doc(rule).insert()
		asset = {"doctype": "Nurture Asset", "title": "Health Asset", "url": "https://example.com/a"}
		frappe.get_doc({**asset, "enabled": 1, "for_evaluation": 1}).insert()
		self.assertTrue(self.health()["is_complete"])
		own = {"doctype": "Nurture Journey Stage", "title": "Health Trial"}
		own |= {"stands_for": "Evaluation", "enabled": 1}
		frappe.get_doc(own).insert()
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "journey_stage", "Health Trial")
		self.assertTrue(self.health()["is_complete"])
