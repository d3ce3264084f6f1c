"""An address put on the list by hand gets nothing from that moment on."""

from __future__ import annotations

import frappe

from nurture_app.engine.addresses import address_hash
from nurture_app.engine.consent import load_suppressions
from nurture_app.engine.enrollments import entering
from nurture_app.patches import suppressed_numbers
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase


def suppress(address: str, reason: str = "Manual", channel: str = "Email") -> object:
	values = {"address": address, "reason": reason, "channel": channel}
	return frappe.get_doc({"doctype": "Nurture Suppression", **values}).insert()


class TestNurtureSuppression(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_every_spelling_is_one_address(self) -> None:
		row = suppress("  Some.Body@Site.Example ")
		self.assertEqual(
			(row.address, row.address_hash),
			("some.body@site.example", address_hash("some.body@site.example")),
		)
		with self.assertRaises(frappe.DuplicateEntryError):
			suppress("SOME.BODY@site.example")

	def test_what_is_no_address_is_refused(self) -> None:
		for text in ("", "nobody", "<script>@x"):
			with self.subTest(text), self.assertRaises(frappe.ValidationError):
				suppress(text)

	def test_a_number_counts_however_it_is_typed(self) -> None:
		settle_settings(mobile_country="Germany")
		for channel, typed in (("SMS", "0151 234 567 89"), ("WhatsApp", "+49 (151) 23456789")):
			with self.subTest(channel):
				suppress(typed, channel=channel)
				found = load_suppressions(site_host(commit=False), ["+4915123456789"], channel)
				self.assertEqual(list(found), ["+4915123456789"])
		with self.assertRaisesRegex(frappe.ValidationError, "telephone number"):
			suppress("12", channel="SMS")

	def test_numbers_on_the_list_from_before_count_too(self) -> None:
		settle_settings(mobile_country="Germany")
		known = suppress("+49 151 23456789", channel="SMS").name
		frappe.db.delete("Nurture Suppression", {"name": known})
		host = site_host(commit=False)
		rows = [("0151 23456789", "SMS"), ("+4915123456789", "WhatsApp"), ("0151-23456789", "WhatsApp")]
		columns = ("name", "address", "address_hash", "channel", "reason", "suppression_key")
		host.db.insert(
			"tabNurture Suppression",
			columns,
			[
				(
					f"old{place}",
					number,
					address_hash(number),
					channel,
					"Manual",
					f"{channel}|{address_hash(number)}",
				)
				for place, (number, channel) in enumerate(rows)
			],
		)
		suppressed_numbers.execute()
		for channel in ("SMS", "WhatsApp"):
			self.assertTrue(load_suppressions(host, ["+4915123456789"], channel), channel)
		self.assertEqual(frappe.db.count("Nurture Suppression", {"channel": "WhatsApp"}), 1)

	def test_whoever_is_on_the_way_leaves_the_sequence(self) -> None:
		settle_settings()
		lead = make_lead("listed", nurture_email_consent="Given")
		(outcome,) = entering.enroll(site_host(commit=False), make_sequence("Ends Early"), [lead.name])
		suppress("listed@site.example")
		status, reason = frappe.db.get_value("Nurture Enrollment", outcome.enrollment, ["status", "reason"])
		self.assertEqual((status, reason), ("Exited", "suppressed"))
