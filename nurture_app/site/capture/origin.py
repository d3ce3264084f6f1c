"""Where a lead came from and what its address says, whoever saves it: forms, imports, the inbox, people (CT-03, CT-30)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.addresses import normalise
from nurture_app.engine.capture.domains import domains_from
from nurture_app.engine.capture.merging import FIRST_CONTACT, FIRST_FORM, FIRST_SOURCE, WRITTEN_ONCE, is_empty
from nurture_app.site.capture.web_forms import asked_web_form, wording_of
from nurture_app.site.consent.opt_in import ask_or_record
from nurture_app.site.events import recording

ADDRESS_KIND = "nurture_address_kind"
QUARANTINED = "nurture_quarantined"
CONSENT = "nurture_email_consent"
JUST_MADE = timedelta(minutes=2)
"""Frappe files the mail right after it has made a lead of its sender."""


def before_save(doc: Any, before: Any) -> None:
	"""No query: the settings are cached."""
	if before is None:
		_note_first_contact(doc)
		_set_consent_aside(doc)
		doc.set(QUARANTINED, int(bool(frappe.flags.in_import and _settings().quarantine_imports)))
	else:
		_keep_first_facts(doc, before)
		doc.set(QUARANTINED, before.get(QUARANTINED) or 0)
	if before is None or normalise(before.email_id) != normalise(doc.email_id):
		doc.set(ADDRESS_KIND, kind_of(doc.email_id))


def note_web_form(doc: Any) -> None:
	"""A lead that a Web Form on Lead itself has just made: filling it in is an activity like any other."""
	web_form = asked_web_form()
	if not web_form or web_form.doc_type != "Lead":
		return
	recording.record(doc, "Form Submitted", [doc.name], channel="Website", detail=web_form.title)
	if doc.flags.nurture_said_yes and normalise(doc.email_id):
		ip = getattr(frappe.local, "request_ip", None) or ""
		ask_or_record(doc.name, doc.email_id, wording_of(web_form), web_form.title, ip)


def note_inbox(lead: str) -> None:
	"""A received mail of this lead was filed a moment ago: if it made the lead, that is where it came from (CT-03)."""
	row = frappe.db.get_value("Lead", lead, ["creation", FIRST_SOURCE], as_dict=True)
	if row and is_empty(row[FIRST_SOURCE]) and row.creation > now_datetime() - JUST_MADE:
		frappe.db.set_value("Lead", lead, FIRST_SOURCE, "Email", update_modified=False)


def kind_of(address: str | None) -> str:
	"""An `AddressKind` by the lists of this site, or empty for what is no address."""
	settings = _settings()
	lists = (settings.free_domains, settings.disposable_domains, settings.student_domains)
	return domains_from(*(text or "" for text in lists)).kind(address)


def _note_first_contact(doc: Any) -> None:
	if is_empty(doc.get(FIRST_CONTACT)):
		doc.set(FIRST_CONTACT, now_datetime())
	if is_empty(doc.get(FIRST_SOURCE)):
		doc.set(FIRST_SOURCE, doc.get("source") or _source_of_this_moment())
	if frappe.flags.in_web_form and is_empty(doc.get(FIRST_FORM)):
		web_form = asked_web_form()
		doc.set(FIRST_FORM, web_form.title if web_form else "")


def _set_consent_aside(doc: Any) -> None:
	"""A Yes in a Web Form on Lead itself is asked about as any other: confirmed by mail where the site wants that."""
	web_form = asked_web_form() if doc.get(CONSENT) == "Given" else None
	if web_form and web_form.doc_type == "Lead":
		doc.set(CONSENT, "")
		doc.flags.nurture_said_yes = True


def _keep_first_facts(doc: Any, before: Any) -> None:
	for field in WRITTEN_ONCE:
		if not is_empty(before.get(field)):
			doc.set(field, before.get(field))


def _source_of_this_moment() -> str:
	"""What is known without asking anybody; empty for a lead somebody enters, who may say it."""
	if frappe.flags.in_import:
		return "Import"
	if frappe.flags.in_web_form:
		return "Website Form"
	return ""


def _settings() -> Any:
	return frappe.get_cached_doc("Nurture Settings")
