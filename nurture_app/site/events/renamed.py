"""Somebody or something that steps name got another name. Frappe changes links; what a version pins is text."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine.renames import follow_rename
from nurture_app.site import active
from nurture_app.site.events.safely import safely
from nurture_app.site.host import site_host


@safely
def after_rename(doc: Any, old: str, new: str, merge: bool = False) -> None:
	fields = _links_to(doc.doctype, "Nurture Sequence Step")
	of_sequence = _links_to(doc.doctype, "Nurture Sequence")
	if follow_rename(site_host(commit=False), fields, old, new, of_sequence=of_sequence):
		active.forget()


def _links_to(doctype: str, of: str) -> list[str]:
	links = frappe.get_meta(of).get("fields", {"fieldtype": "Link", "options": doctype})
	return [df.fieldname for df in links]
