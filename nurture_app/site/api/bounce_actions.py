"""Repairing what bounced (DH-08)."""

import frappe
from frappe import _
from frappe.utils import escape_html, now_datetime

from nurture_app.site.api.access import MANAGERS, require_role

LONGEST_REASON = 500


@frappe.whitelist(methods=["POST"])
def lift(bounce: str, reason: str) -> dict[str, str]:
	"""Send to an address again that was stopped for bounces, because somebody knows better.

	Consent and opt-outs are not touched, and sequences that ended stay ended.
	"""
	require_role(MANAGERS)
	reason = (reason or "").strip()[:LONGEST_REASON]
	if not reason:
		frappe.throw(_("Say how you know that the address works again."))
	address = frappe.db.get_value("Nurture Bounce", bounce, "address")
	if not address:
		frappe.throw(_("This bounce names no address, or does not exist."), frappe.DoesNotExistError)
	stopped = frappe.db.get_value(
		"Nurture Suppression", {"address": address, "channel": "Email"}, ["name", "reason"], as_dict=True
	)
	if stopped and stopped.reason != "Bounced":
		frappe.throw(
			_("{0} gets nothing for another reason: {1}. That cannot be lifted here.").format(
				escape_html(address), _(stopped.reason)
			)
		)
	if stopped:
		# Not as a document: Frappe would keep a copy of the address among the deleted ones.
		frappe.db.delete("Nurture Suppression", {"name": stopped.name})
	_mark_lifted(address, reason)
	return {"message": _("{0} gets mail again.").format(escape_html(address))}


def _mark_lifted(address: str, reason: str) -> None:
	table = frappe.qb.DocType("Nurture Bounce")
	(
		frappe.qb.update(table)
		.set(table.state, "Lifted")
		.set(table.lifted_on, now_datetime())
		.set(table.lifted_by, frappe.session.user)
		.set(table.lift_reason, reason)
		.where((table.address == address) & table.kind.isin(["Hard", "Soft"]) & (table.state != "No Proof"))
	).run()
