"""The numbers of a data check, kept with their date (DH-05)."""

import frappe

from nurture_app.site import data_findings
from nurture_app.site.api.access import MANAGERS, require_role


@frappe.whitelist(methods=["POST"])
def keep() -> str:
	"""Check all leads and keep a record of it; returns its name."""
	require_role(MANAGERS)
	return data_findings.keep()
