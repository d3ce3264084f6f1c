"""What a salesperson opens from a lead: the persona, its playbook, and what to show (CM-17, PJ-09)."""

from typing import Any

import frappe

from nurture_app.site import sales_help
from nurture_app.site.api.access import require_lead
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


@frappe.whitelist()
def get_help(lead: str) -> dict[str, Any]:
	"""`sales_help.help_with` for a lead the user may read."""
	require_lead(lead)
	return sales_help.help_with(site_host(commit=False), lead)


@frappe.whitelist(methods=["POST"])
def give(lead: str, asset: str) -> dict[str, str]:
	"""The address or the text of an asset to pass on to the lead; noted as had."""
	require_lead(lead)
	frappe.has_permission("Nurture Asset", "read", doc=asset, throw=True)
	with errors_as_messages():
		return sales_help.give(site_host(commit=False), lead, asset)
