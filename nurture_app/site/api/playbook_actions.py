"""A playbook as its visitors will see it."""

import frappe

from nurture_app.site.capture.widget_script import widget_script


@frappe.whitelist()
def preview(playbook: str) -> str:
	"""The widget's script, with nothing it could post to."""
	frappe.has_permission("Nurture Playbook", "read", doc=playbook, throw=True)
	return widget_script(frappe.get_doc("Nurture Playbook", playbook), is_preview=True)
