"""Leads, contacts and addresses themselves: deleted, or made anonymous where another document needs the record."""

from __future__ import annotations

from dataclasses import dataclass

import frappe

from nurture_app.site.privacy.foreign_tables import LAWFUL
from nurture_app.site.privacy.person import Person
from nurture_app.site.transactions import savepoint

TEXT_TYPES = (
	"Data",
	"Small Text",
	"Text",
	"Long Text",
	"Text Editor",
	"HTML Editor",
	"Markdown Editor",
	"Code",
	"Phone",
	"Attach",
	"Attach Image",
	"Signature",
	"Geolocation",
	"JSON",
	"Password",
)
STAYS_ON_LEAD = ("naming_series",)
EMPTIED_LINKS = ("salutation", "gender", "nurture_persona", "nurture_type", "nurture_tier")
SYSTEM_COLUMNS = ("_user_tags", "_comments", "_assign", "_liked_by", "_seen")
NOBODY = "Erased person"


@dataclass(frozen=True, slots=True)
class Kept:
	"""A document that stays, and why."""

	doctype: str
	name: str
	why: str


def what_stays(person: Person) -> list[Kept]:
	"""Documents of the business with this person, and a login. Nothing here is changed by an erasure."""
	found = [Kept(doctype, name, LAWFUL[doctype]) for doctype, name in _business(person)]
	for user in frappe.get_all("User", {"email": ["in", list(person.addresses) or [""]]}, pluck="name"):
		found.append(Kept("User", user, LAWFUL["User"]))
	for doctype, names in (("Contact", person.contacts), ("Address", person.places)):
		for name in names:
			if others := shared_with(doctype, name, person):
				found.append(Kept(doctype, name, f"belongs to {', '.join(others)} as well"))
	return found


def shared_with(doctype: str, name: str, person: Person) -> list[str]:
	"""What else than this person's leads and contacts a Contact or Address is linked to, as `DocType name`."""
	links = frappe.get_all(
		"Dynamic Link", {"parenttype": doctype, "parent": name}, ["link_doctype", "link_name"], order_by=None
	)
	own = {("Lead", lead) for lead in person.leads} | {("Contact", contact) for contact in person.contacts}
	others = [
		f"{link.link_doctype} {link.link_name}"
		for link in links
		if (link.link_doctype, link.link_name) not in own
	]
	if doctype == "Contact" and frappe.db.get_value("Contact", name, "user"):
		others.append("User")
	return others


def remove_contacts(person: Person) -> int:
	"""Delete what only this person's leads use, and unlink the leads from the rest. Returns how many were deleted."""
	removed = 0
	for doctype, names in (("Address", person.places), ("Contact", person.contacts)):
		for name in names:
			if not frappe.db.exists(doctype, name):
				continue
			if shared_with(doctype, name, person) or not _deleted(doctype, name):
				filters = {"parenttype": doctype, "parent": name, "link_doctype": "Lead"}
				frappe.db.delete("Dynamic Link", {**filters, "link_name": ["in", list(person.leads) or [""]]})
				frappe.clear_document_cache(doctype, name)
			else:
				removed += 1
	return removed


def remove_leads(person: Person) -> tuple[int, int]:
	"""(deleted, made anonymous)."""
	deleted = anonymous = 0
	for lead in person.leads:
		if not frappe.db.exists("Lead", lead):
			continue
		if _deleted("Lead", lead):
			deleted += 1
		else:
			make_anonymous(lead)
			anonymous += 1
	return deleted, anonymous


def make_anonymous(lead: str) -> None:
	"""The record stays, for other documents name it; nothing in it tells whose it was. Nothing can be sent to it."""
	meta = frappe.get_meta("Lead")
	columns = set(frappe.db.get_table_columns("Lead"))
	emptied = {
		df.fieldname
		for df in meta.fields
		if df.fieldname in columns
		and df.fieldname not in STAYS_ON_LEAD
		and (
			df.fieldtype in TEXT_TYPES
			or df.fieldname in EMPTIED_LINKS
			or (
				df.get("is_custom_field")
				and df.fieldtype in ("Date", "Datetime", "Time", "Duration", "Rating")
			)
		)
	}
	values: dict[str, object] = dict.fromkeys((*emptied, *SYSTEM_COLUMNS))
	values |= {"nurture_score": 0, "nurture_fit_score": 0, "nurture_engagement_score": 0, "nurture_stage": ""}
	values |= {"lead_name": NOBODY, "title": NOBODY, "first_name": NOBODY, "status": "Do Not Contact"}
	values |= {"unsubscribed": 1, "disabled": 1, "nurture_email_consent": "Withdrawn"}
	known = {column: value for column, value in values.items() if column in columns}
	frappe.db.set_value("Lead", lead, known)
	for table in meta.get_table_fields():
		frappe.db.delete(table.options, {"parenttype": "Lead", "parent": lead})
	frappe.clear_document_cache("Lead", lead)


def _deleted(doctype: str, name: str) -> bool:
	"""Delete for good; False when another document needs it."""
	told = len(frappe.local.message_log)
	try:
		with savepoint():
			frappe.delete_doc(doctype, name, ignore_permissions=True, delete_permanently=True)
	except frappe.LinkExistsError:
		del frappe.local.message_log[told:]
		return False
	return True


def _business(person: Person) -> list[tuple[str, str]]:
	"""Offers, customers and what follows from them."""
	leads = list(person.leads)
	if not leads:
		return []
	found: list[tuple[str, str]] = []
	customers = frappe.get_all("Customer", {"lead_name": ["in", leads]}, pluck="name", order_by=None)
	found += [("Customer", name) for name in customers]
	filters = {"quotation_to": "Lead", "party_name": ["in", leads]}
	found += [
		("Quotation", name) for name in frappe.get_all("Quotation", filters, pluck="name", order_by=None)
	]
	if customers:
		for doctype in ("Sales Order", "Delivery Note", "Sales Invoice"):
			rows = frappe.get_all(doctype, {"customer": ["in", customers]}, pluck="name", order_by=None)
			found += [(doctype, name) for name in rows]
	return found
