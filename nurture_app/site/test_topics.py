"""Topics in the Desk: what is offered, and a variant of a block for each (PZ-05)."""

from __future__ import annotations

import frappe

from nurture_app.nurture_app.doctype.nurture_content_block.test_nurture_content_block import (
	make_asset,
	make_block,
)
from nurture_app.site.api import content_actions
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase


class TestTopics(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_a_block_gets_one_variant_for_each_topic_with_its_newest_next_step(self) -> None:
		make_asset(
			"Topic Old", topic="Topic Hiring", format="Checklist", enabled=1, published_on="2026-01-01"
		)
		make_asset(
			"Topic New", topic="topic hiring", format="Scorecard", enabled=1, published_on="2026-02-01"
		)
		make_asset("Topic Off", topic="Topic Off", format="Checklist", enabled=0)
		make_asset("Topic Story", topic="Topic Story", format="Case Study", enabled=1)
		make_asset("Topic Plain", format="Checklist", enabled=1)
		rows = [
			row for row in content_actions.variants_by_topic() if row["label"].lower().startswith("topic ")
		]
		self.assertEqual([(row["label"], row["asset"]) for row in rows], [("topic hiring", "Topic New")])
		block = make_block("Topic Block", rows)
		lead, other = make_lead("topica", nurture_last_interest="Topic Hiring"), make_lead("topicb")
		shown = {
			one.name: content_actions.preview(
				{
					"doctype": "Nurture Content",
					"title": "T",
					"subject": "S",
					"body": f"<p>{{{{ block.{block.short_name} }}}}</p>",
				},
				one.name,
			)["text"]
			for one in (lead, other)
		}
		self.assertIn("Topic New", shown[lead.name])
		self.assertIn("For all.", shown[other.name])

	def test_topics_are_offered_once_and_only_the_two_interests_decide(self) -> None:
		make_asset("Topic Old", topic="Topic Hiring")
		make_asset("Topic New", topic="topic hiring ")
		found = [topic for topic in content_actions.topics() if topic.lower() == "topic hiring"]
		self.assertEqual(len(found), 1)
		with self.assertRaises(frappe.ValidationError):
			content_actions.variants_by_topic(interest="email_id")

	def test_a_download_names_the_interest_on_the_lead_and_a_changed_topic_is_heard_of(self) -> None:
		asset = make_asset("Topic Guide", topic="Topic Hiring", enabled=1)
		lead = make_lead("topicc")
		frappe.db.commit()
		self.addCleanup(self._clean, lead.name)
		self._download(lead.name)
		self.assertEqual(self._interests(lead.name), ("Topic Hiring", "Topic Hiring"))
		asset.topic = "Topic Payroll"
		asset.save()
		frappe.db.commit()
		self._download(lead.name)
		self.assertEqual(self._interests(lead.name), ("Topic Hiring", "Topic Payroll"))

	def _download(self, lead: str) -> None:
		from nurture_app.engine import activities
		from nurture_app.site.host import site_host

		host = site_host(commit=True)
		one = activities.ActivityIn(lead, "Content Download", host.clock.now(), detail="Topic Guide")
		activities.record(host, [one])

	def _interests(self, lead: str) -> tuple:
		fields = ["nurture_first_interest", "nurture_last_interest"]
		return tuple(frappe.db.get_value("Lead", lead, fields))

	def _clean(self, lead: str) -> None:
		frappe.delete_doc("Lead", lead, force=True)
		frappe.delete_doc("Nurture Asset", "Topic Guide", force=True)
		frappe.db.commit()
