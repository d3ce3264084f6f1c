"""The number of leads that wait for the user, on the workspace (SC-35)."""

from typing import Any

import frappe

from nurture_app.engine.config import load_settings
from nurture_app.engine.worklist import count_open
from nurture_app.site.host import site_host
from nurture_app.site.permissions import visible_leads
from nurture_app.site.what_next import leads_assigned_to


@frappe.whitelist()
def count_mine(filters: Any = None) -> dict[str, Any]:
	"""A number card's value and where it leads; `filters` is what Frappe gives every such method."""
	frappe.has_permission("Lead", "read", throw=True)
	host, user = site_host(commit=False), frappe.session.user
	stage = load_settings(host.db).handoff_stage
	return {
		"value": count_open(host, stage, user, leads_assigned_to(user), visible_leads()),
		"fieldtype": "Int",
		"route": ["query-report", "Nurture Worklist"],
		"route_options": {"user": user, "stage": "", "state": ""},
	}
