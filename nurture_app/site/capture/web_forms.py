"""Frappe's own Web Forms: those on Nurture Form Submission, and those somebody has made on Lead itself."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.capture.intake import Terms

CONSENT_FIELDS = ("consent", "nurture_email_consent")


def asked_web_form() -> Any | None:
	"""The Web Form of this request, as Frappe was asked for it; None outside of one."""
	if not frappe.flags.in_web_form:
		return None
	name = frappe.form_dict.get("web_form")
	if not isinstance(name, str) or not frappe.db.exists("Web Form", name):
		return None
	return frappe.get_cached_doc("Web Form", name)


def terms_of(web_form: Any | None) -> Terms:
	"""What its owner has settled in a Nurture Form, or what follows from the Web Form alone.

	That form need not be enabled: the Web Form is switched on and off by being published.
	"""
	if web_form is None:
		return Terms("")
	name = frappe.db.get_value("Nurture Form", {"web_form": web_form.name})
	shown = wording_of(web_form)
	if not name:
		return Terms(web_form.title, wording=shown)
	form = frappe.get_cached_doc("Nurture Form", name)
	return Terms(
		web_form.title,
		form.activity_type or "Form Submitted",
		form.source or "",
		form.interest or "",
		form.asset or "",
		shown,
	)


def wording_of(web_form: Any) -> str:
	"""The words beside the box, as the visitor read them."""
	for field in web_form.web_form_fields:
		if field.fieldname in CONSENT_FIELDS:
			return " ".join(text for text in (field.label, field.description) if text)
	return ""
