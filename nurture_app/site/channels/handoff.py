"""Leads handed to colleagues: Frappe's assignments, with what makes the lead worth a call."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.desk.form import assign_to
from frappe.utils import escape_html, format_datetime

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Delivery, Handover
from nurture_app.site.channels.colleagues import enabled_users, one_by_one, without_messages


class HandoffChannel:
	"""`engine.ports.Channel` for handovers."""

	def deliver(self, handovers: Sequence[Handover]) -> list[Delivery]:
		if not handovers:
			return []
		enabled = enabled_users({user for one in handovers for user in (one.user, one.owner)})

		def deliver(one: Handover) -> Delivery:
			with without_messages():
				taker = _assigned_by_rule(one) if one.to == "Assignment Rule" else one.user
				if one.to == "Lead Owner" or (one.to == "User" and one.user not in enabled):
					taker = one.owner if one.owner in enabled else ""
				if not taker:
					return Delivery(one.touch, TouchStatus.SKIPPED, reason=Reason.NOBODY_TO_TELL)
				return Delivery(one.touch, TouchStatus.DONE, queue_row=_assign(one, taker), assigned_to=taker)

		return one_by_one(handovers, deliver, "a lead could not be handed over")

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""An assignment is there at once; nothing waits."""
		return []


def _assigned_by_rule(one: Handover) -> str:
	"""Whom the Assignment Rules choose, or chose before; empty when none fits."""
	from frappe.automation.doctype.assignment_rule import assignment_rule

	assignment_rule.apply(frappe.get_doc("Lead", one.party))
	filters = {"reference_type": "Lead", "reference_name": one.party, "status": "Open"}
	filters["assignment_rule"] = ["is", "set"]
	found = frappe.get_all("ToDo", filters, pluck="allocated_to", order_by="creation desc", limit=1)
	return found[0] if found else ""


def _assign(one: Handover, taker: str) -> str:
	"""The open ToDo of the lead for `taker`, with our words in it; made if there is none."""
	filters = {
		"reference_type": "Lead",
		"reference_name": one.party,
		"status": "Open",
		"allocated_to": taker,
	}
	known = frappe.get_all("ToDo", filters, pluck="name", order_by="creation desc", limit=1)
	if not known:
		assignment = {"assign_to": [taker], "doctype": "Lead", "name": one.party, "priority": "High"}
		assign_to.add({**assignment, "description": _plain(one)}, ignore_permissions=True)
		known = frappe.get_all("ToDo", filters, pluck="name", order_by="creation desc", limit=1)
	description = escape_html(_plain(one)).replace("\n", "<br>")
	frappe.db.set_value("ToDo", known[0], {"description": description, "priority": "High"})
	return known[0]


def _plain(one: Handover) -> str:
	lines = [one.note or _("This lead is ready for you.")]
	if one.reasons:
		told = ", ".join(f"{_(rule)} ({points:+d})" for rule, points in one.reasons)
		lines.append(_("Its score comes from: {0}").format(told))
	for kind, detail, moment in one.activities:
		what = f"{_(kind)}: {detail}" if detail else _(kind)
		lines.append(f"{format_datetime(moment)}  {what}")
	return "\n".join(lines)
