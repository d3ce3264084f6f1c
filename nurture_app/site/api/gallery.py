"""The sequences that ship, as cards to choose from."""

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

from nurture_app.engine.definition import MESSAGE_STEPS
from nurture_app.site.api.access import USERS, require_role
from nurture_app.site.install.presets import stands_as_written
from nurture_app.site.journey_stages import titles

GROUPS = (
	"Welcome & core",
	"Re-engagement",
	"Downloads & education",
	"Webinars & events",
	"Sales-assisted",
	"Onboarding & product",
	"Customers & growth",
	"Always-on",
)
"""In the order in which people meet them; other groups follow by name."""

FIELDS = (
	"gallery_group",
	"description",
	"goal_kind",
	"goal_activity",
	"goal_target",
	"expected_days",
	"channels_note",
	"set_up_notes",
	"journey_stage",
	"status",
)


@frappe.whitelist()
def cards() -> list[dict[str, Any]]:
	"""Groups with their cards: what it does, how long it takes, what it needs, and whether it is in use."""
	require_role(USERS)
	names = frappe.get_list(
		"Nurture Sequence",
		filters={"gallery_group": ["is", "set"]},
		pluck="name",
		order_by="title asc",
		limit_page_length=0,
	)
	called, groups = titles(), {}
	for name in names:
		card = _card(frappe.get_doc("Nurture Sequence", name), called)
		groups.setdefault(card["gallery_group"], []).append(card)
	known = {group: place for place, group in enumerate(GROUPS)}
	ordered = sorted(groups, key=lambda group: (known.get(group, len(known)), group))
	return [{"group": group, "label": _(group), "cards": groups[group]} for group in ordered]


def _card(doc: Any, called: Mapping[str, str]) -> dict[str, Any]:
	return {
		"name": doc.name,
		"title": doc.title,
		**{field: doc.get(field) for field in FIELDS},
		"journey_stage": called.get(doc.journey_stage, ""),
		"messages": sum(step.step_type in MESSAGE_STEPS for step in doc.steps),
		"tasks": sum(step.step_type == "Task" for step in doc.steps),
		"edited": bool(doc.preset_hash) and not stands_as_written(doc),
	}
