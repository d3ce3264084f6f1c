"""Steps that wait for a colleague's word: a ToDo with a link, and a notification when it takes long."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.utils import escape_html, get_link_to_form

from nurture_app.engine.approvals import REMINDERS
from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.ports import ApprovalRequest, Delivery
from nurture_app.site.channels.colleagues import (
	MANAGER,
	about_lead,
	assign,
	enabled_users,
	notify,
	one_by_one,
	responsible_for,
	users_with_role,
)

KIND = "Approval"


class ApprovalChannel:
	"""`engine.ports.Channel` for requests."""

	def deliver(self, requests: Sequence[ApprovalRequest]) -> list[Delivery]:
		if not requests:
			return []
		_tell_responsible([one for one in requests if one.is_over])
		enabled = enabled_users({one.approver for one in requests})

		def deliver(one: ApprovalRequest) -> Delivery:
			approver = one.approver if one.approver in enabled else ""
			if one.is_over:
				return Delivery(one.touch, TouchStatus.HELD)
			if one.is_reminder:
				_tell(one, approver, _reminder(one))
				return Delivery(one.touch, TouchStatus.DONE)
			values = {"description": _request(one), "priority": "High", "nurture_kind": KIND}
			if not approver:
				values["role"] = MANAGER
				_tell(one, "", _question(one))
			todo = assign(one.party, approver, _question(one), values)
			return Delivery(one.touch, TouchStatus.DONE, queue_row=todo)

		return one_by_one(requests, deliver, "nobody could be asked to release a step")

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""Close the ToDos of requests that are decided."""
		for name in queue_rows:
			frappe.db.set_value("ToDo", {"name": name, "status": "Open"}, "status", "Closed")
		return list(queue_rows)


def _tell(one: ApprovalRequest, approver: str, text: str) -> None:
	"""Without an approver the managers: of a ToDo for a role Frappe tells nobody."""
	for user in [approver] if approver else users_with_role(MANAGER):
		notify(user, about_lead(one.party, text), "Nurture Enrollment", one.enrollment)


def _tell_responsible(requests: Sequence[ApprovalRequest]) -> None:
	"""Once for each step of a sequence, however many people stand there."""
	by_step: dict[tuple[str, str], list[ApprovalRequest]] = {}
	for one in requests:
		by_step.setdefault((one.sequence, one.step), []).append(one)
	for (sequence, step), some in by_step.items():
		responsible = responsible_for(sequence)
		if not responsible:
			continue
		text = _(
			"Step {0} of the sequence {1} waits for a release that nobody gives (people: {2}). After {3} reminders"
			" nobody is asked again: release or refuse them in the list of enrollments, under Waiting for Approval."
		).format(frappe.bold(escape_html(step)), frappe.bold(escape_html(sequence)), len(some), REMINDERS)
		if len(some) == 1:
			notify(responsible, text, "Nurture Enrollment", some[0].enrollment)
		else:
			notify(responsible, text, "Nurture Sequence", sequence)


def _request(one: ApprovalRequest) -> str:
	text = _("Step {0} of the sequence {1} waits until you have released it: {2}").format(
		escape_html(one.step),
		escape_html(one.sequence),
		get_link_to_form("Nurture Enrollment", one.enrollment, _("look and decide")),
	)
	return f"{about_lead(one.party, '')}{text}"


def _question(one: ApprovalRequest) -> str:
	return _("Step {0} of the sequence {1} waits for your release").format(one.step, one.sequence)


def _reminder(one: ApprovalRequest) -> str:
	return _("Still waiting for your release: step {0} of the sequence {1}").format(one.step, one.sequence)
