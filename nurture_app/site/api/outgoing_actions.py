"""What the form and the list of Nurture Outgoing do."""

import frappe
from frappe import _

from nurture_app.engine.outgoing import parcels
from nurture_app.site.api.access import MANAGERS, require_role
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_outgoing


@frappe.whitelist(methods=["POST"])
def replay(name: str) -> str:
	"""Send a webhook's call again, with the same id; returns the new row. Never for messages to people."""
	require_role(MANAGERS)
	frappe.has_permission("Nurture Outgoing", "read", doc=name, throw=True)
	status = frappe.db.get_value("Nurture Outgoing", name, "status")
	if status in ("Queued", "Sending"):
		frappe.throw(_("This is still on its way."))
	again = parcels.replay(site_host(commit=False), name)
	if not again:
		frappe.throw(_("Only calls to webhooks and audiences can be replayed: a message might arrive twice."))
	enqueue_outgoing()
	return again
