"""What may be saved as a scoring rule, and what saving one sets off."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from nurture_app.site.testing.site_case import SiteCase

ENQUEUE = "nurture_app.nurture_app.doctype.lead_scoring_rule.lead_scoring_rule.enqueue_rescore"


def new_rule(**values: Any) -> Any:
	given = {
		"rule_type": "Behaviour",
		"activity_type": "Page View",
		"points": 5,
		"decay": "None",
		"enabled": 1,
	}
	return frappe.get_doc({"doctype": "Lead Scoring Rule", "title": "Rule under Test", **given, **values})


class TestLeadScoringRule(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def assert_refused(self, pattern: str, **values: Any) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, pattern):
			new_rule(**values).insert()

	def test_rules_that_make_no_sense_are_refused(self) -> None:
		self.assert_refused("point", points=0)
		self.assert_refused("(?i)activity", activity_type=None)
		self.assert_refused("(?i)all of them", rule_type="Profile", condition="")
		self.assert_refused("no_such_field", rule_type="Profile", condition='[["no_such_field", "=", 1]]')
		self.assert_refused("Nowhere", rule_type="Profile", condition='{"segment": "Nowhere"}')
		self.assert_refused("(?i)days", decay="Expire", decay_days=0)

	def test_many_rules_switched_on_together_tell_it_once(self) -> None:
		frappe.clear_messages()
		with patch(ENQUEUE):
			for title in ("Rule under Test", "Another Rule under Test"):
				new_rule(title=title).insert()
		told = [one for one in frappe.get_message_log() if "being updated" in one["message"]]
		self.assertEqual(len(told), 1)

	def test_only_what_changes_scores_rescores(self) -> None:
		with patch(ENQUEUE) as enqueue:
			rule = new_rule(enabled=0).insert()
			enqueue.assert_not_called()
			rule.enabled = 1
			rule.save()
			enqueue.assert_called_once_with(rule.name)
			rule.description = "Because"
			rule.save()
			enqueue.assert_called_once()
			rule.points = 7
			rule.save()
			rule.enabled = 0
			rule.save()
			self.assertEqual(enqueue.call_count, 3)
			rule.points = 9
			rule.save()
			self.assertEqual(enqueue.call_count, 3)

	def test_a_rule_keeps_only_what_its_kind_needs(self) -> None:
		condition = '[["status", "=", "Open"]]'
		self.assertFalse(new_rule(condition=condition).insert().condition)
		rule = new_rule(
			title="Another Rule", rule_type="Profile", condition=condition, activity_type="Page View"
		)
		self.assertFalse(rule.insert().activity_type)

	def test_a_rule_keeps_its_name(self) -> None:
		rule = new_rule().insert()
		with self.assertRaises(frappe.ValidationError):
			frappe.rename_doc("Lead Scoring Rule", rule.name, "Other", force=True)

	def test_a_rule_that_looks_at_the_score_it_changes_is_refused(self) -> None:
		"""It would give its points one night, take them the next, and make an MQL of the lead every other day."""
		segment = {"doctype": "Nurture Segment", "enabled": 0}
		frappe.get_doc(
			{**segment, "title": "Scores Low", "condition": '[["nurture_score", "<", 50]]'}
		).insert()
		built_on = frappe.get_doc(
			{**segment, "title": "In Rome", "condition": '[["city", "=", "Rome"]]'}
		).insert()
		for condition in (
			'[{"score": ["<", 50]}]',
			'{"not": {"stage": "MQL"}}',
			'[["nurture_engagement_score", ">", 5]]',
			'[{"age_days": [">", 5], "field": "nurture_stage_since"}]',
			'{"any": [["city", "=", "Rome"], {"segment": "Scores Low"}]}',
		):
			self.assert_refused("depend on the score", rule_type="Profile", condition=condition)
		quiet = '[{"age_days": [">", 60], "field": "nurture_last_activity_on"}, {"segment": "In Rome"}]'
		new_rule(rule_type="Profile", condition=quiet, enabled=0).insert()
		built_on.condition = '[{"segment": "Scores Low"}]'
		with self.assertRaisesRegex(frappe.ValidationError, "Rule under Test.*depend on the score"):
			built_on.save()
