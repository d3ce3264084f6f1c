"""Nothing about a person lies in a table that export and erasure do not know."""

from __future__ import annotations

import json

import frappe
from frappe.website.doctype.personal_data_download_request.personal_data_download_request import get_user_data

from nurture_app.engine.addresses import address_hash
from nurture_app.site.privacy.foreign_tables import FOREIGN
from nurture_app.site.privacy.personal import BLANK
from nurture_app.site.privacy.registry import EXCEPTIONS, OURS, PERSONAL, user_data_fields
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

MODULE = "Nurture App"
LOOKS_PERSONAL = (
	"party",
	"lead",
	"address",
	"visitor",
	"email",
	"phone",
	"mobile",
	"recipient",
	"ip",
	"person",
)
"""Words in a field's name that make it look as if it were about a person."""
ADDRESS = "kept@site.example"


def looks_personal(field: object) -> bool:
	words = field.fieldname.split("_")
	if field.fieldtype in (
		"Section Break",
		"Column Break",
		"Tab Break",
		"HTML",
		"Check",
		"Int",
		"Float",
		"Table",
	):
		return False
	return field.options in ("Lead", "Email", "Phone", "Contact") or any(
		word in LOOKS_PERSONAL for word in words
	)


class TestRegistry(SiteCase):
	def doctypes(self) -> list[str]:
		return frappe.get_all("DocType", {"module": MODULE, "istable": 0}, pluck="name", order_by="name asc")

	def test_every_doctype_with_a_person_in_it_is_registered_or_explained(self) -> None:
		known = {entry.doctype for entry in OURS} | set(EXCEPTIONS)
		missing = {
			doctype: found
			for doctype in self.doctypes()
			if doctype not in known
			and (found := [df.fieldname for df in frappe.get_meta(doctype).fields if looks_personal(df)])
		}
		self.assertFalse(missing, "add a line to registry.OURS, or an explanation to registry.EXCEPTIONS")

	def test_every_column_named_exists(self) -> None:
		for entry in OURS:
			columns = frappe.db.get_table_columns(entry.doctype)
			named = (entry.party, *entry.addresses, *entry.hashes, *entry.phones, *entry.lists, *entry.blank)
			named += (*entry.texts, *entry.shown, *(column for column, _doctype in entry.through))
			self.assertFalse({name for name in named if name} - set(columns), entry.doctype)

	def test_what_belongs_to_a_row_stands_below_it(self) -> None:
		above: set[str] = set()
		for entry in PERSONAL:
			self.assertNotIn(entry.doctype, above, "named twice")
			for _column, doctype in entry.through:
				self.assertIn(doctype, above, entry.doctype)
			above.add(entry.doctype)

	def test_every_line_can_find_something_and_says_what_to_empty(self) -> None:
		for entry in PERSONAL:
			finds = (
				entry.party,
				*entry.addresses,
				*entry.hashes,
				*entry.phones,
				*entry.lists,
				entry.attached[0],
			)
			self.assertTrue(any(finds) or entry.through or entry.texts, entry.doctype)
			self.assertEqual(entry.erase == BLANK, bool(entry.blank), entry.doctype)
			self.assertEqual(bool(entry.title), bool(entry.shown), entry.doctype)

	def test_tables_of_others_are_those_of_frappe_and_erpnext(self) -> None:
		present = [entry for entry in FOREIGN if frappe.db.table_exists(entry.doctype)]
		self.assertGreater(len(present), 30)
		for entry in present:
			columns = set(frappe.db.get_table_columns(entry.doctype))
			for name in (entry.party, *entry.attached, *entry.shown):
				self.assertIn(name or "name", columns, entry.doctype)


class TestFrappesOwnRequests(SiteCase):
	"""Personal Data Download Request and Personal Data Deletion Request, through their own code."""

	def setUp(self) -> None:
		self.lead = make_lead("kept", nurture_email_consent="Withdrawn")
		frappe.get_doc(
			{
				"doctype": "Nurture Touch",
				"party": self.lead.name,
				"address": ADDRESS,
				"subject": "Hello Kept",
				"status": "Sent",
				"token": "privacy-test",
				"touch_key": "privacy-test",
			}
		).insert(ignore_permissions=True)

	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_frappe_has_a_line_for_each_table_with_an_address(self) -> None:
		hooked = [one for one in frappe.get_hooks("user_data_fields") if one["doctype"].startswith("Nurture")]
		self.assertEqual(hooked, user_data_fields())
		for line in hooked:
			meta = frappe.get_meta(line["doctype"])
			for fieldname in (line["filter_by"], *line["redact_fields"]):
				self.assertTrue(meta.has_field(fieldname), f"{line['doctype']}.{fieldname}")

	def test_a_download_holds_our_rows(self) -> None:
		found = json.loads(get_user_data(ADDRESS))
		self.assertEqual(found["Nurture Touch"][0]["subject"], "Hello Kept")
		self.assertEqual(found["Nurture Consent"][0]["status"], "Withdrawn")
		self.assertEqual(found["Nurture Suppression"][0]["reason"], "Unsubscribed")

	def test_a_deletion_empties_our_rows_and_leaves_the_hashed_suppression(self) -> None:
		user = frappe.get_doc(
			{"doctype": "User", "email": ADDRESS, "first_name": "Kept", "send_welcome_email": 0}
		).insert(ignore_permissions=True)
		request = frappe.get_doc({"doctype": "Personal Data Deletion Request", "email": user.name}).insert()
		request.status = "Pending Approval"
		request.save()
		request.trigger_data_deletion()
		for line in user_data_fields():
			rows = frappe.get_all(line["doctype"], {line["filter_by"]: ADDRESS})
			self.assertFalse(rows, line["doctype"])
		self.assertNotEqual(
			frappe.db.get_value("Nurture Touch", {"touch_key": "privacy-test"}, "subject"), "Hello Kept"
		)
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address_hash": address_hash(ADDRESS)}))
