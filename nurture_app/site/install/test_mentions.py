"""What people built with the app's fields and DocTypes must not keep ERPNext from working once the app is gone."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.model.utils.user_settings import get_user_settings, update_user_settings

from nurture_app.site.install import mentions
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

FIELDS = {"Lead": ["nurture_score", "nurture_stage"]}


class TestMentions(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.clear_cache()

	def make(self, doctype: str, **values: Any) -> str:
		doc = frappe.get_doc({"doctype": doctype, **values})
		return doc.insert(ignore_permissions=True, ignore_links=True, ignore_mandatory=True).name

	def test_what_has_a_switch_is_switched_off_and_keeps_its_text(self) -> None:
		about = {"document_type": "Lead", "message": "x", "channel": "System Notification", "enabled": 1}
		about |= {"event": "Save", "subject": "x", "recipients": [{"receiver_by_role": "Sales User"}]}
		asks = self.make("Notification", name="Asks", condition="doc.nurture_score > 50", **about)
		other = self.make("Notification", name="Other", condition="doc.status == 'nurture_scores'", **about)
		days = [{"day": "Monday"}]
		rule = {"document_type": "Lead", "description": "x", "rule": "Round Robin", "assignment_days": days}
		rule |= {"users": [{"user": "Administrator"}], "assign_condition": "nurture_stage == 'SQL'"}
		assigns = self.make("Assignment Rule", name="Assigns", **rule)
		mentions.remove_mentions_of_fields(FIELDS)
		self.assertEqual(
			frappe.db.get_value("Notification", asks, ["enabled", "condition"]), (0, "doc.nurture_score > 50")
		)
		self.assertEqual(frappe.db.get_value("Notification", other, "enabled"), 1)
		self.assertEqual(frappe.db.get_value("Assignment Rule", assigns, "disabled"), 1)

	def test_what_is_only_a_question_about_our_fields_goes(self) -> None:
		def some(field: str) -> list[tuple[str, str]]:
			filters = json.dumps([["Lead", field, "=", "MQL"]])
			common = {"filters_json": filters, "document_type": "Lead"}
			report = self.make(
				"Report", report_name=field, ref_doctype="Lead", report_type="Report Builder", json=filters
			)
			mail = {
				"user": "Administrator",
				"email_to": "a@b.example",
				"frequency": "Daily",
				"format": "HTML",
			}
			return [
				(
					"Kanban Board",
					self.make(
						"Kanban Board", kanban_board_name=field, reference_doctype="Lead", field_name=field
					),
				),
				("Number Card", self.make("Number Card", label=field, function="Count", **common)),
				(
					"List Filter",
					self.make("List Filter", filter_name=field, reference_doctype="Lead", filters=filters),
				),
				("Report", report),
				("Auto Email Report", self.make("Auto Email Report", report=report, **mail)),
			]

		ours, theirs = some("nurture_stage"), some("status")
		mentions.remove_mentions_of_fields(FIELDS)
		self.assertEqual([one for one in ours if frappe.db.exists(*one)], [])
		self.assertEqual([one for one in theirs if not frappe.db.exists(*one)], [])

	def test_the_order_and_the_search_of_the_list_do_without_our_columns(self) -> None:
		for kind, value in (
			("sort_field", "nurture_score"),
			("search_fields", "lead_name,nurture_stage,city"),
		):
			frappe.make_property_setter(
				{"doctype": "Lead", "doctype_or_field": "DocType", "property": kind, "value": value},
				is_system_generated=False,
			)
		frappe.db.delete("List View Settings", {"name": "Lead"})
		self.make(
			"List View Settings",
			name="Lead",
			fields=json.dumps([{"fieldname": "nurture_score"}, {"fieldname": "city"}]),
		)
		update_user_settings("Lead", {"List": {"sort_by": "nurture_score"}})
		update_user_settings("Contact", {"List": {"sort_by": "nurture_score"}})
		mentions.remove_mentions_of_fields(FIELDS)
		meta = frappe.get_meta("Lead")
		self.assertEqual((meta.sort_field, meta.search_fields), ("modified", "lead_name,city"))
		shown = json.loads(frappe.db.get_value("List View Settings", "Lead", "fields"))
		self.assertEqual([column["fieldname"] for column in shown], ["city"])
		self.assertNotIn("nurture_score", get_user_settings("Lead"))
		self.assertIn("nurture_score", get_user_settings("Contact"), "somebody else's column")

	def test_fields_that_fetch_ours_or_lead_to_our_records_keep_what_they_have(self) -> None:
		field = {"doctype": "Custom Field", "dt": "Opportunity", "insert_after": "party_name"}
		fetched = frappe.get_doc(
			{
				**field,
				"name": "x1",
				"fieldname": "x1",
				"fieldtype": "Int",
				"fetch_from": "party_name.nurture_score",
			}
		)
		linked = frappe.get_doc(
			{**field, "name": "x2", "fieldname": "x2", "fieldtype": "Link", "options": "Nurture Persona"}
		)
		for doc in (fetched, linked):
			doc.db_insert()
		mentions.remove_mentions_of_fields(FIELDS)
		mentions.remove_mentions_of_doctypes(["Nurture Persona"])
		self.assertFalse(frappe.db.get_value("Custom Field", "x1", "fetch_from"))
		self.assertEqual(frappe.db.get_value("Custom Field", "x2", ["fieldtype", "options"]), ("Data", ""))

	def test_connections_shortcuts_and_files_do_not_lead_to_what_is_gone(self) -> None:
		link = {"parent": "Lead", "parenttype": "DocType", "parentfield": "links", "custom": 1}
		frappe.get_doc(
			{"doctype": "DocType Link", **link, "link_doctype": "Nurture Touch", "link_fieldname": "party"}
		).db_insert()
		shortcut = frappe.get_doc(
			{"doctype": "Workspace Shortcut", "parent": "CRM", "type": "DocType", "link_to": "Nurture Touch"}
		)
		shortcut.db_insert()
		file = self.make("File", file_name="x.txt", content="x", is_private=1)
		frappe.db.set_value(
			"File", file, {"attached_to_doctype": "Nurture Touch", "attached_to_name": make_lead("file").name}
		)
		mentions.remove_mentions_of_doctypes(["Nurture Touch"])
		self.assertFalse(frappe.db.exists("DocType Link", {"link_doctype": "Nurture Touch", "custom": 1}))
		self.assertFalse(frappe.db.exists("Workspace Shortcut", shortcut.name))
		self.assertEqual(
			frappe.db.get_value("File", file, ["attached_to_doctype", "attached_to_name"]), (None, None)
		)
