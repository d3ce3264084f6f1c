"""The portal: which pages carry the script that shows messages."""

from __future__ import annotations

from typing import Any

import frappe

SCRIPT = "/assets/nurture_app/js/portal.js"


def add_script(context: Any) -> None:
	"""Hook `update_website_context`: a page is the same for everybody, for Frappe keeps it; the script asks who is there."""
	if frappe.get_cached_doc("Nurture Settings").get("portal_enabled"):
		context.web_include_js = [*(context.web_include_js or []), SCRIPT]
