"""What may stand in a mail, and when its text may go."""

from __future__ import annotations

import frappe

from nurture_app.site.api import sequence_actions
from nurture_app.site.testing.factories import make_content, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestNurtureContent(SiteCase):
	def setUp(self) -> None:
		settle_settings()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_the_revision_counts_changes_of_the_text_only(self) -> None:
		content = frappe.get_doc("Nurture Content", make_content("Counted"))
		self.assertEqual(content.revision, 1)
		content.description = "A note"
		content.save()
		self.assertEqual(content.revision, 1)
		content.subject = "Another subject"
		content.save()
		self.assertEqual(content.revision, 2)
		content.revision = 40
		content.save()
		self.assertEqual(content.revision, 2)

	def test_a_placeholder_that_does_not_exist_is_refused_and_the_right_one_offered(self) -> None:
		content = frappe.get_doc("Nurture Content", make_content("Misspelt"))
		content.subject = "Hello {{ lead.frist_name }}"
		with self.assertRaisesRegex(frappe.ValidationError, r"lead\.first_name"):
			content.save()

	def test_a_text_that_is_being_sent_stays(self) -> None:
		sequence = make_sequence("Sends This")
		with self.assertRaisesRegex(frappe.LinkExistsError, "Sends This"):
			frappe.delete_doc("Nurture Content", f"{sequence} text")

	def test_made_up_scarcity_cannot_be_saved_into_a_mail_that_is_being_sent(self) -> None:
		draft = frappe.get_doc("Nurture Content", make_content("Only a Draft"))
		draft.update({"body": "<p>Only 3 seats left.</p>"}).save()
		sequence = make_sequence("Sends Hurry")
		content = frappe.get_doc("Nurture Content", f"{sequence} text")
		content.update({"language": "de", "body": "<p>Nur noch 3 Plätze frei.</p>"})
		with self.assertRaisesRegex(frappe.ValidationError, "Why the Hurry Is True"):
			content.save()
		content.reload()
		content.update({"body": "<p>Only 3 seats left.</p>", "scarcity_reason": "The room has twelve"}).save()

	def test_a_sequence_that_pitches_early_asks_for_a_reason(self) -> None:
		sequence = frappe.get_doc("Nurture Sequence", make_sequence("Pitches Early"))
		content = frappe.get_doc("Nurture Content", f"{sequence.name} text")
		content.update({"cta_strength": "Hard"}).save()
		sequence.db_set("promotion_reason", "A test")
		seen = sequence_actions.overview(sequence.name)
		self.assertEqual(seen["reason_field"], "early_ask_reason")
		self.assertIn("mail number 1", seen["error"])
		sequence.db_set("early_ask_reason", "They asked for it")
		self.assertEqual(sequence_actions.overview(sequence.name)["error"], "")

	def test_a_text_of_a_version_that_somebody_is_on_stays(self) -> None:
		sequence = frappe.get_doc("Nurture Sequence", make_sequence("Sent This"))
		version = sequence.current_version
		frappe.get_doc(
			{
				"doctype": "Nurture Enrollment",
				"sequence": sequence.name,
				"version": version,
				"party_type": "Lead",
				"party": "somebody",
				"status": "Active",
			}
		).insert(ignore_links=True, ignore_permissions=True)
		other = make_content("The Other Text")
		for step in sequence.steps:
			step.content = other
		sequence.save()
		frappe.db.set_value("Nurture Sequence", sequence.name, {"status": "Retired", "current_version": None})
		with self.assertRaisesRegex(frappe.LinkExistsError, "Sent This"):
			frappe.delete_doc("Nurture Content", "Sent This text")

	def test_a_text_nobody_sends_goes(self) -> None:
		name = make_content("Unused")
		frappe.delete_doc("Nurture Content", name)
		self.assertFalse(frappe.db.exists("Nurture Content", name))
