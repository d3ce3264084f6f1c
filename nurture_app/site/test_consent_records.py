"""Consent as evidence on a site: no way to change its history, and it survives merges and changes of address."""

from __future__ import annotations

import frappe

from nurture_app.engine import opt_down, optout
from nurture_app.engine.preferences import Preference, load_preferences
from nurture_app.patches import consent_history
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase


def history(lead: str, *fields: str, channel: str = "Email") -> list[tuple]:
	return frappe.get_all(
		"Nurture Consent Entry",
		filters={"party": lead, "channel": channel},
		fields=list(fields),
		order_by="occurred_on, name",
		as_list=True,
	)


def status(lead: str) -> str:
	return frappe.db.get_value("Nurture Consent", {"party": lead, "channel": "Email"}, "status")


class TestConsentRecords(SiteCase):
	def setUp(self) -> None:
		self.lead = make_lead("history", nurture_email_consent="Given")

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def test_the_history_cannot_be_written_changed_or_deleted_by_anybody(self) -> None:
		name = history(self.lead.name, "name")[0][0]
		entry = frappe.get_doc("Nurture Consent Entry", name)
		entry.status = "Withdrawn"
		with self.assertRaises(frappe.ValidationError):
			entry.save()
		with self.assertRaises(frappe.ValidationError):
			frappe.delete_doc("Nurture Consent Entry", name, force=True)
		with self.assertRaises(frappe.ValidationError):
			frappe.get_doc({"doctype": "Nurture Consent Entry", "party": self.lead.name}).insert()
		self.assertEqual(history(self.lead.name, "status"), ((("Given",),)))

	def test_what_is_entered_and_corrected_in_the_desk_is_told_line_by_line(self) -> None:
		consent = frappe.get_doc("Nurture Consent", {"party": self.lead.name})
		consent.wording = "I agree."
		consent.save()
		consent.status = "Withdrawn"
		consent.save()
		consent.reload()
		consent.save()
		said = [(row[0], row[1] or "") for row in history(self.lead.name, "status", "wording")]
		self.assertEqual(said, [("Given", ""), ("Given", "I agree."), ("Withdrawn", "I agree.")])

	def test_a_changed_address_takes_consent_and_choice_along(self) -> None:
		opt_down.choose(site_host(commit=False), self.lead.email_id, Preference("Weekly"), "test")
		self.lead.reload()
		self.lead.email_id = "moved@site.example"
		self.lead.save()
		self.assertEqual(status(self.lead.name), "Given")
		self.assertEqual(
			[row[0] for row in history(self.lead.name, "address")],
			["history@site.example", "moved@site.example"],
		)
		found = load_preferences(site_host(commit=False), ["moved@site.example"])
		self.assertEqual(found["moved@site.example"].frequency, "Weekly")

	def test_a_withdrawal_survives_a_changed_address(self) -> None:
		optout.unsubscribe(site_host(commit=False), self.lead.email_id, "link")
		self.lead.reload()
		self.lead.email_id = "moved@site.example"
		self.lead.save()
		self.assertEqual(status(self.lead.name), "Withdrawn")

	def test_merging_keeps_the_stricter_consent_and_the_history_of_both(self) -> None:
		for first, second, expected in (
			("Given", "Withdrawn", "Withdrawn"),
			("Withdrawn", "Given", "Withdrawn"),
			("Pending", "Given", "Pending"),
			("Given", "Given", "Given"),
		):
			with self.subTest(f"{first} into {second}"):
				old, new = self.leads_with(first, second)
				frappe.rename_doc("Lead", old, new, merge=True, force=True, show_alert=False)
				self.assertEqual(status(new), expected)
				said = [row[0] for row in history(new, "status")]
				self.assertLessEqual({first, second}, set(said))
				self.assertGreaterEqual(len(said), 2)
				self.assertFalse(history(old, "name"))

	def leads_with(self, *statuses: str) -> list[str]:
		names = []
		for place, one in enumerate(statuses):
			lead = make_lead(f"merge{place}{frappe.generate_hash(length=5)}")
			optout.set_consent(site_host(commit=False), lead.name, lead.email_id, one, "form", "tester")
			names.append(lead.name)
		return names

	def test_consents_from_before_the_history_get_its_first_lines(self) -> None:
		optout.set_consent(
			site_host(commit=False), self.lead.name, self.lead.email_id, "Withdrawn", "phone", "bob"
		)
		frappe.db.delete("Nurture Consent Entry", {"party": self.lead.name})
		consent_history.execute()
		consent_history.execute()
		self.assertEqual([row[0] for row in history(self.lead.name, "status")], ["Given", "Withdrawn"])
