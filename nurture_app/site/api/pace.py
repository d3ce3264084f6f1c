"""A sequence made faster or slower on its form; nothing is stored before somebody saves it (CD-01)."""

from typing import Any

import frappe

from nurture_app.engine import cadence
from nurture_app.engine.journey import stands_for
from nurture_app.site.api.access import MANAGERS, require_role
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


@frappe.whitelist()
def suggested(sequence: str) -> str:
	"""`Fast`, `Slow`, or "" where what starts it speaks for neither."""
	require_role(MANAGERS)
	doc = frappe.get_doc("Nurture Sequence", sequence)
	doc.check_permission("read")
	activity = doc.trigger_activity if doc.trigger_type == "Activity" else ""
	return cadence.suggested(activity or "", stands_for(site_host(commit=False), doc.journey_stage or ""))


@frappe.whitelist()
def paced(sequence: str, pace: str) -> list[dict[str, Any]]:
	"""By step as it is stored: `{name, changes}`, those that change alone."""
	require_role(MANAGERS)
	doc = frappe.get_doc("Nurture Sequence", sequence)
	doc.check_permission("write")
	with errors_as_messages():
		changes = cadence.paced_steps(doc.definition(), pace)
	found = [{"name": row.name, "changes": changes[row.step_label]} for row in doc.steps]
	return [one for one in found if one["changes"]]
