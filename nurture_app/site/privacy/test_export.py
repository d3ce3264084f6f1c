"""What a person gets who asks what is known about them, and who may hand it out."""

from __future__ import annotations

import io
import json
import zipfile

import frappe

from nurture_app.engine.addresses import address_hash
from nurture_app.site.api import privacy_actions
from nurture_app.site.capture import quarantine
from nurture_app.site.capture.origin import QUARANTINED
from nurture_app.site.privacy import audit
from nurture_app.site.privacy.erase import erase_person
from nurture_app.site.privacy.export import export_person
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.rich_person import PrivacyCase, make_rich_person

SECTIONS = {
	"Nurture Consent",
	"Nurture Activity",
	"Nurture Score Entry",
	"Nurture Enrollment",
	"Nurture Touch",
	"Nurture Insight",
	"Communication",
	"Comment",
	"ToDo",
	"Email Group Member",
}


def unpacked(archive: bytes) -> tuple[str, dict]:
	with zipfile.ZipFile(io.BytesIO(archive)) as file:
		assert file.testzip() is None
		return file.read("index.html").decode(), json.loads(file.read("data.json"))


class TestExport(PrivacyCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.person = make_rich_person("Walburga", "Seepferdchen")
		cls.page, cls.data = unpacked(export_person(cls.person.address.upper()))

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.set_user("Administrator")
		erase_person(cls.person.address, "end of test")
		super().tearDownClass()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")

	def rows(self, table: str) -> list[dict]:
		return next(one["rows"] for one in self.data["sections"] if one["table"] == table)

	def test_everything_the_person_left_is_in_it(self) -> None:
		self.assertLessEqual(SECTIONS, {section["table"] for section in self.data["sections"]})
		(lead,) = [one for one in self.data["people"] if one["Record"] == self.person.lead]
		self.assertEqual(lead["First Name"], self.person.first_name)
		self.assertIn(self.person.mobile, lead.values())

	def test_messages_come_with_their_texts_and_points_with_their_reasons(self) -> None:
		texts = " ".join(str(row["Message"]) for row in self.rows("Communication"))
		self.assertIn("Good to have you", texts)
		self.assertIn("Yes!", texts)
		self.assertIn(60, [row["Points"] for row in self.rows("Nurture Score Entry")])
		self.assertEqual(self.rows("Nurture Consent")[0]["Status"], "Given")

	def test_the_page_can_be_read_alone_and_runs_nothing(self) -> None:
		self.assertIn(self.person.full_name, self.page)
		self.assertIn("Good to have you", self.page)
		for word in ("<script", "<img", "<iframe", "src=", "href="):
			self.assertNotIn(word, self.page.lower())
		self.assertIn("Content-Security-Policy", self.page)

	def test_tokens_that_open_pages_are_not_in_it(self) -> None:
		self.assertNotIn(self.person.unsubscribe_token, self.page)
		for row in frappe.get_all("Nurture Public Link", {"address": self.person.address}, ["token"]):
			self.assertNotIn(row.token, self.page + json.dumps(self.data))

	def test_an_export_is_noted_without_naming_the_person(self) -> None:
		entry = frappe.get_last_doc("Nurture Audit Entry", {"action": audit.EXPORT, "lead": self.person.lead})
		self.assertEqual(
			(entry.lead, entry.subject_hash), (self.person.lead, address_hash(self.person.address))
		)
		self.assertNotIn(self.person.last_name, str(entry.as_dict()))

	def test_an_audit_entry_is_neither_changed_nor_deleted(self) -> None:
		entry = frappe.get_last_doc("Nurture Audit Entry", {"action": audit.EXPORT, "lead": self.person.lead})
		entry.detail = "nothing happened"
		self.assertRaises(frappe.ValidationError, entry.save)
		self.assertRaises(frappe.ValidationError, entry.delete)

	def test_a_release_from_quarantine_is_noted_for_each_lead(self) -> None:
		leads = [make_lead(f"quarantined{number}").name for number in range(2)]
		for lead in leads:
			frappe.db.set_value("Lead", lead, QUARANTINED, 1)
		self.assertEqual(quarantine.release(leads), 2)
		noted = {"action": audit.QUARANTINE_RELEASED, "lead": ["in", leads], "done_by": "Administrator"}
		self.assertEqual(frappe.db.count("Nurture Audit Entry", noted), 2)

	def test_nobody_else_is_in_it(self) -> None:
		other = make_lead("somebody.else", first_name="Eusebius")
		archive = unpacked(export_person(self.person.address))[0]
		self.assertNotIn("Eusebius", archive)
		self.assertNotIn(other.name, archive)

	def test_an_address_nobody_knows_gets_an_archive_that_says_so(self) -> None:
		page, data = unpacked(export_person(f"{frappe.generate_hash(length=9)}@site.example"))
		self.assertIn("nothing about this address", page)
		self.assertEqual(data["people"], [])

	def test_what_people_wrote_cannot_break_out_of_the_page(self) -> None:
		lead = make_lead("hostile")
		hostile = {"lead_name": "<b onload=alert(1)>", "city": "</style><script>alert(1)</script>"}
		frappe.db.set_value("Lead", lead.name, hostile)
		page, _data = unpacked(export_person(lead.email_id))
		self.assertNotIn("<script", page)
		self.assertNotIn("<b ", page)

	def test_only_managers_export_and_erase(self) -> None:
		frappe.set_user("Guest")
		for call in (
			lambda: privacy_actions.export_personal_data(self.person.lead),
			lambda: privacy_actions.preview_erasure(self.person.lead),
			lambda: privacy_actions.erase_personal_data(self.person.lead, "x", self.person.lead),
		):
			self.assertRaises(frappe.PermissionError, call)

	def test_the_action_on_the_form_downloads_the_same(self) -> None:
		privacy_actions.export_personal_data(self.person.lead)
		page, _data = unpacked(frappe.response.filecontent)
		self.assertIn(self.person.full_name, page)
		self.assertNotIn(self.person.last_name, frappe.response.filename)

	def test_an_erasure_must_be_confirmed_with_the_name_of_the_lead(self) -> None:
		self.assertRaises(
			frappe.ValidationError, privacy_actions.erase_personal_data, self.person.lead, "x", "yes"
		)
		self.assertRaises(
			frappe.ValidationError,
			privacy_actions.erase_personal_data,
			self.person.lead,
			" ",
			self.person.lead,
		)
		self.assertTrue(frappe.db.exists("Lead", self.person.lead))

	def test_an_erasure_on_the_form(self) -> None:
		lead = make_lead("by.hand")
		foreseen = privacy_actions.preview_erasure(lead.name)
		self.assertIn({"doctype": "Lead", "rows": 1}, foreseen["deleted"])
		done = privacy_actions.erase_personal_data(lead.name, "asked", lead.name)
		self.assertEqual(frappe.db.get_value("Nurture Erasure", done["erasure"], "status"), "Done")
		self.assertFalse(frappe.db.exists("Lead", lead.name))
