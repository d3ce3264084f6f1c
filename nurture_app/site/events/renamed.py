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
	links = frappe.get_meta("Nurture Sequence Step").get(
		"fields", {"fieldtype": "Link", "options": doc.doctype}
	)
	if follow_rename(site_host(commit=False), [df.fieldname for df in links], old, new):
		active.forget()
