"""Leads in quarantine: what is wrong with each, and letting them out."""

from typing import Any

import frappe

from nurture_app.site.api.access import MANAGERS, names_from, readable_leads, require_role
from nurture_app.site.capture import quarantine


@frappe.whitelist(methods=["POST"])
def preview(leads: str | list[str]) -> list[dict[str, Any]]:
	"""Each of the leads that is in quarantine, with what is wrong with it; `problems` is empty for one that is fine."""
	require_role(MANAGERS)
	wanted = _in_quarantine(leads)
	wrong = quarantine.problems(wanted)
	titles = dict(
		frappe.get_all("Lead", {"name": ["in", wanted]}, ["name", "title"], as_list=True, order_by=None)
		if wanted
		else ()
	)
	return [
		{"lead": name, "title": titles.get(name) or name, "problems": wrong.get(name, [])} for name in wanted
	]


@frappe.whitelist(methods=["POST"])
def release(leads: str | list[str]) -> dict[str, int]:
	"""Let the leads out, whatever is wrong with them. Who did it is a comment on each."""
	require_role(MANAGERS)
	wanted = _in_quarantine(leads)
	released = quarantine.release(wanted)
	for name in wanted:
		frappe.get_doc("Lead", name).add_comment("Info", frappe._("released it from quarantine"))
	return {"released": released}


def _in_quarantine(leads: str | list[str]) -> list[str]:
	names = names_from(leads)
	allowed = readable_leads(names)
	waiting = (
		set(
			frappe.get_all(
				"Lead", {"name": ["in", names], "nurture_quarantined": 1}, pluck="name", order_by=None
			)
		)
		if names
		else set()
	)
	return [name for name in names if name in allowed and name in waiting]
