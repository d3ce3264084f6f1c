"""The six steps of planning content, for their page."""

from typing import Any

import frappe

from nurture_app.site.api.access import USERS, require_role
from nurture_app.site.host import site_host


@frappe.whitelist()
def steps() -> list[dict[str, Any]]:
	"""`content_plan.content_plan` for whoever may plan content."""
	require_role(USERS)
	from nurture_app.site.content_plan import content_plan

	return content_plan(site_host(commit=False))
