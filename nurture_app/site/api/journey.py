"""The journey map for its page."""

from typing import Any

import frappe

from nurture_app.site.api.access import USERS, require_role


@frappe.whitelist()
def stages() -> list[dict[str, Any]]:
	"""Stages with what they mean, leads, content, and the sequences that run there with their steps."""
	require_role(USERS)
	from nurture_app.site.journey import journey_map

	return journey_map()
