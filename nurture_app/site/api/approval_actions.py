"""What waits for a word of the user: looked at, released, refused."""

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from nurture_app.engine import approvals
from nurture_app.engine.codes import WAITING_FOR_RELEASE
from nurture_app.engine.definition import MESSAGE_STEPS, readable
from nurture_app.engine.ports import Host
from nurture_app.site.api.access import MANAGERS, has_role, require_lead
from nurture_app.site.channels.colleagues import responsible_for
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages
from nurture_app.site.step_previews import LINES, preview_of


@frappe.whitelist()
def show(enrollment: str) -> dict[str, Any]:
	"""What comes next if it is released: the step, and its mail as this person would get it."""
	row = _permitted(enrollment)
	text = frappe.db.get_value("Nurture Sequence Version", row.version, "definition")
	definition = readable(text) if text else None
	step = definition.step(row.step) if definition else None
	following = definition.step(step.next) if step else None
	found: dict[str, Any] = {
		"sequence": row.sequence,
		"step": row.step,
		"next": following.label if following else "",
		"next_type": following.step_type if following else "",
		"refused_to": step.refused_to if step else "",
		"preview": None,
	}
	if following and following.step_type in (*MESSAGE_STEPS, *LINES):
		host = site_host(commit=False)
		found["preview"] = preview_of(host, row.sequence, following, row.party).as_dict()
	return found


@frappe.whitelist(methods=["POST"])
def release(enrollment: str) -> dict[str, str]:
	"""Let it go on."""
	_decide(enrollment, approvals.release, _("Release"))
	return {"message": _("Released.")}


@frappe.whitelist(methods=["POST"])
def refuse(enrollment: str) -> dict[str, str]:
	"""Send it the way of what is refused."""
	_decide(enrollment, approvals.refuse, _("Refuse"))
	return {"message": _("Refused.")}


def _permitted(enrollment: str) -> Any:
	"""The enrollment, for its approver, the lead's owner, whoever looks after the sequence, or a manager; all must see the lead."""
	fields = ["name", "party", "sequence", "version", "step", "status", "reason", "reason_detail"]
	row = frappe.db.get_value("Nurture Enrollment", enrollment, fields, as_dict=True)
	if not row:
		frappe.throw(_("There is no such enrollment."), frappe.DoesNotExistError)
	require_lead(row.party)
	waits = row.status == "Held" and row.reason in WAITING_FOR_RELEASE
	approver = row.reason_detail if waits else ""
	owner = frappe.db.get_value("Lead", row.party, "lead_owner")
	deciding = {approver, owner, responsible_for(row.sequence)} - {"", None}
	if frappe.session.user not in deciding and not has_role(MANAGERS):
		frappe.throw(
			_(
				"Only {0}, the owner of the lead, whoever is responsible for the sequence or a Nurture Manager may decide about this."
			).format(approver or _("the approver")),
			frappe.PermissionError,
		)
	return row


def _decide(enrollment: str, decide: Callable[[Host, str, str], str], what: str) -> None:
	_permitted(enrollment)
	host = site_host(commit=False)
	with errors_as_messages(what):
		todo = decide(host, enrollment, frappe.session.user)
	# the task is done, whoever did it
	host.channels["Approval"].cancel([todo] if todo else [])
