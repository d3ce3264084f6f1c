"""The journey map for its page."""

from typing import Any

import frappe

from nurture_app.site.api.access import MANAGERS, USERS, require_role


@frappe.whitelist()
def stages() -> list[dict[str, Any]]:
	"""Stages with what they mean, leads, content, and the sequences that run there with their steps."""
	require_role(USERS)
	from nurture_app.site.journey import journey_map

	return journey_map()


@frappe.whitelist(methods=["POST"])
def use_list(kind: str) -> None:
	"""Make the stages those of a ready-made list: `four`, `three` or `funnel` (PJ-10)."""
	require_role(MANAGERS)
	from nurture_app.site import journey_stages

	journey_stages.use_list(kind)
