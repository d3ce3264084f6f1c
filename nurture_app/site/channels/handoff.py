"""Leads handed to colleagues: Frappe's assignments, with what makes the lead worth a call."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.utils import escape_html, nowdate

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Delivery, Handover
from nurture_app.site.channels.colleagues import (
	assign,
	enabled_users,
	let_read,
	one_by_one,
	tell_of_assignment,
	without_messages,
)
from nurture_app.site.channels.handoff_packet import packets

KIND = "Handoff"
"""Of the ToDo: a later handover puts its words there."""


class HandoffChannel:
	"""`engine.ports.Channel` for handovers."""

	def deliver(self, handovers: Sequence[Handover]) -> list[Delivery]:
		if not handovers:
			return []
		from nurture_app.site.host import site_host  # which has this channel

		enabled = enabled_users({user for one in handovers for user in (one.user, one.owner)})
		told = packets(site_host(commit=False), handovers)

		def deliver(one: Handover) -> Delivery:
			with without_messages():
				taker = _assigned_by_rule(one) if one.to == "Assignment Rule" else one.user
				if one.to == "Lead Owner" or (one.to == "User" and one.user not in enabled):
					taker = one.owner if one.owner in enabled else ""
				if not taker:
					return Delivery(one.touch, TouchStatus.SKIPPED, reason=Reason.NOBODY_TO_TELL)
				return Delivery(
					one.touch,
					TouchStatus.DONE,
					queue_row=_assign(one, taker, told[one.touch]),
					assigned_to=taker,
				)

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


def _assign(one: Handover, taker: str, packet: str) -> str:
	"""The open assignment of the lead to `taker` with our words in it, or a ToDo of its own. `packet` is plain.

	Tasks and questions of sequences are other work and stay as they are; what a colleague wrote is kept beneath.
	"""
	if not let_read(one.party, taker):
		frappe.throw(
			_("{0} may not see {1}, and documents are not shared on this site.").format(taker, one.party)
		)
	description = escape_html(packet).replace("\n", "<br>")
	filters = {
		"reference_type": "Lead",
		"reference_name": one.party,
		"status": "Open",
		"allocated_to": taker,
	}
	fields = ["name", "description", "assignment_rule", "nurture_kind"]
	open_todos = frappe.get_all("ToDo", filters, fields, order_by="creation desc")
	todo = next((row for row in open_todos if row.nurture_kind in (None, "", KIND)), None)
	told = one.note or _("This lead is ready for you.")
	if not todo:
		values = {"description": description, "priority": "High", "nurture_kind": KIND}
		return assign(one.party, taker, told, {**values, "date": nowdate()})
	if not todo.assignment_rule and not todo.nurture_kind:
		description = f"{description}<br><br>{todo.description}"
	frappe.db.set_value("ToDo", todo.name, {"description": description, "priority": "High"})
	tell_of_assignment(todo.name, taker, one.party, told, description)
	return todo.name
