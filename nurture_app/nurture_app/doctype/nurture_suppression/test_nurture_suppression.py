"""An address put on the list by hand gets nothing from that moment on."""

from __future__ import annotations

import frappe

from nurture_app.engine.addresses import address_hash
from nurture_app.engine.enrollments import entering
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase


def suppress(address: str, reason: str = "Manual") -> object:
	return frappe.get_doc({"doctype": "Nurture Suppression", "address": address, "reason": reason}).insert()


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

	def test_whoever_is_on_the_way_leaves_the_sequence(self) -> None:
		settle_settings()
		lead = make_lead("listed", nurture_email_consent="Given")
		(outcome,) = entering.enroll(site_host(commit=False), make_sequence("Ends Early"), [lead.name])
		suppress("listed@site.example")
		status, reason = frappe.db.get_value("Nurture Enrollment", outcome.enrollment, ["status", "reason"])
		self.assertEqual((status, reason), ("Exited", "suppressed"))
