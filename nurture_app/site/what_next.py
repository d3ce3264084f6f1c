"""What a salesperson finds to do about a lead: the open tasks, a handover that nobody took, and what would help most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import unescape
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_date, now_datetime, strip_html

from nurture_app.engine.codes import LIVE_STATUSES, WAITING_FOR_RELEASE, Reason, TouchStatus
from nurture_app.engine.config import Settings
from nurture_app.engine.consent import Hold, Never, Verdict, last_contacts
from nurture_app.engine.figures.follow_up import LIFTED_WITHIN
from nurture_app.engine.handovers import CHANNEL, REFUSED
from nurture_app.engine.stages import STAGES
from nurture_app.site.channels import handoff as handover
from nurture_app.site.channels.colleagues import enabled_users
from nurture_app.site.channels.records import OPEN
from nurture_app.site.host import site_host
from nurture_app.site.sentences import reason_sentence

OVER = ("Converted", "Do Not Contact")
"""Statuses of leads that nobody needs to be given to any more."""
LONGEST = 200
"""Letters of a task that are shown; the rest is on the ToDo."""


def open_tasks(lead: str) -> list[dict[str, Any]]:
	"""What sequences gave colleagues to do about a lead and nobody has done, the most urgent first.

	Whoever may read the lead sees them, as on its timeline; `mine` are the user's own.
	"""
	rows = frappe.get_all(
		"ToDo",
		filters={
			"reference_type": "Lead",
			"reference_name": lead,
			"status": "Open",
			"nurture_kind": ["is", "set"],
		},
		fields=["name", "description", "date", "allocated_to", "nurture_kind as kind"],
		order_by="date asc, creation asc",
	)
	for row in rows:
		row.text = _short(row.pop("description"))
		row.mine = row.allocated_to == frappe.session.user
		row.who = frappe.utils.get_fullname(row.allocated_to) if row.allocated_to else ""
	return rows


def next_tasks(leads: Sequence[str], user: str) -> dict[str, dict[str, Any]]:
	"""By lead, what `user` is to do about it first: `text` and `date`, which may be None. One query.

	What a colleague noted for himself is not told to others; what sequences gave him is, as on the lead's form.
	"""
	filters = {
		"reference_type": "Lead",
		"reference_name": ["in", list(leads)],
		"status": "Open",
		"allocated_to": user,
	}
	if user != frappe.session.user:
		filters["nurture_kind"] = ["is", "set"]
	fields = ["reference_name as lead", "description", "date", "nurture_kind as kind"]
	rows = frappe.get_all("ToDo", filters, fields, order_by="creation asc")
	found: dict[str, dict[str, Any]] = {}
	for row in sorted(rows, key=lambda row: str(row.date or "9999")):
		# of a handover the first line: the rest tells what the lead's form shows too
		text = (row.description or "").split("<br>")[0] if row.kind == handover.KIND else row.description
		found.setdefault(row.lead, {"text": _short(text), "date": row.date})
	return found


def leads_assigned_to(user: str) -> set[str]:
	filters = {"reference_type": "Lead", "status": "Open", "allocated_to": user}
	return {lead for lead in frappe.get_all("ToDo", filters, pluck="reference_name", order_by=None) if lead}


def leads_planned_for() -> set[str]:
	"""With an open task or assignment of whomever, or an appointment to come. Two queries."""
	tasks = {"reference_type": "Lead", "status": "Open"}
	found = set(frappe.get_all("ToDo", tasks, pluck="reference_name", order_by=None))
	event, participant = frappe.qb.DocType("Event"), frappe.qb.DocType("Event Participants")
	query = frappe.qb.from_(participant).join(event).on(event.name == participant.parent)
	query = query.where((participant.reference_doctype == "Lead") & (event.status == "Open"))
	query = query.where(event.starts_on >= now_datetime()).select(participant.reference_docname)
	return found | {lead for (lead,) in query.run()}


def _short(description: str | None) -> str:
	text = unescape(strip_html((description or "").replace("<br>", " ")))
	return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def untaken(lead: Mapping[str, Any]) -> str:
	"""Why nobody has a lead that a sequence was to hand over: the last time it was, if nobody has been assigned since.

	Empty where somebody has it, where it was never handed over, or where it is over. Index (party, sent_on).
	"""
	last = frappe.db.get_value(
		"Nurture Touch",
		{"party": lead["name"], "channel": CHANNEL, "status": ["!=", str(TouchStatus.HELD)]},
		["sequence", "reason", "reason_detail"],
		as_dict=True,
		order_by="creation desc",
	)
	if not last or last.reason not in REFUSED or lead["status"] in OVER or _is_assigned(lead["name"]):
		return ""
	if last.reason == Reason.NOBODY_TO_TELL and enabled_users({lead["lead_owner"] or ""}):
		return ""
	if last.reason == Reason.GIVEN_BACK:
		who = frappe.utils.get_fullname(last.reason_detail)
		return _("{0} gave back the lead, which {1} had handed over. Assign it to somebody else.").format(
			who, last.sequence
		)
	if last.reason == Reason.NOBODY_TO_TELL:
		return _("{0} could not hand the lead over. {1}").format(last.sequence, reason_sentence(last.reason))
	return _("{0} could not hand the lead over; the Error Log says why. Assign it to somebody.").format(
		last.sequence
	)


def _is_assigned(lead: str) -> bool:
	"""To somebody who is to look after it as a whole; tasks and questions of sequences are other work."""
	filters = {"reference_type": "Lead", "reference_name": lead, "status": "Open"}
	rows = frappe.get_all("ToDo", filters, ["allocated_to", "nurture_kind"], order_by=None)
	return any(row.allocated_to and row.nurture_kind in (None, "", handover.KIND) for row in rows)


def sentence(
	lead: Mapping[str, Any],
	verdict: Verdict,
	enrollments: Sequence[Mapping[str, Any]],
	tasks: Sequence[Mapping[str, Any]],
	settings: Settings,
	untaken: str = "",
	handoff: Mapping[str, Any] | None = None,
) -> str:
	"""What would help most now; empty when nothing would."""
	stage = lead["nurture_stage"] or ""
	held = next((row for row in enrollments if row["status"] == "Held"), None)
	if held and held["reason"] in WAITING_FOR_RELEASE and held["reason_detail"] == frappe.session.user:
		return _("{0} waits for your release: look at what comes next and decide.").format(held["sequence"])
	is_mine = bool(handoff and handoff["is_mine"])
	if is_mine and handoff["asked"]:
		return handoff["asked"]
	if any(task["mine"] and task["kind"] != handover.KIND for task in tasks):
		return _("Do what is open for you, see To Do.")
	if is_mine:
		return _taken(lead["name"], handoff["accepted_on"])
	if untaken:
		return untaken
	if held:
		return held["reason_sentence"]
	if lead["status"] == "Converted":
		return ""
	opportunity = _open_opportunity(lead["name"])
	if opportunity and frappe.has_permission("Opportunity", "read", doc=opportunity):
		return _("With sales: opportunity {0} is open.").format(opportunity)
	if opportunity:
		return _("With sales: a colleague has an open opportunity.")
	if stage in STAGES and STAGES.index(stage) >= STAGES.index(settings.handoff_stage):
		return _ready(lead, stage)
	if isinstance(verdict, Never):
		return ""
	if isinstance(verdict, Hold):
		return reason_sentence(verdict.reason)
	if any(row["status"] in LIVE_STATUSES for row in enrollments):
		return ""
	return _("In no sequence now. Enroll the lead in one that fits.")


def _taken(lead: str, accepted_on: datetime) -> str:
	contacted_on = last_contacts(site_host(commit=False), [lead], accepted_on - LIFTED_WITHIN).get(lead)
	if contacted_on:
		return _(
			"You took this lead. Last contact on {0}: agree on the next step, and close the assignment when it is done."
		).format(format_date(contacted_on))
	return _("You took this lead on {0}: get in touch while the interest is fresh.").format(
		format_date(accepted_on)
	)


def _ready(lead: Mapping[str, Any], stage: str) -> str:
	"""Whoever has called is not told to call, but that it was heard of."""
	since = lead["nurture_stage_since"]
	if not since:
		return _("Ready for sales ({0}): get in touch while the interest is fresh.").format(_(stage))
	contacts = last_contacts(site_host(commit=False), [lead["name"]], since - LIFTED_WITHIN)
	contacted_on = contacts.get(lead["name"])
	if contacted_on:
		return _("Ready for sales ({0}). Last contact on {1}: agree on the next step.").format(
			_(stage), format_date(contacted_on)
		)
	return _("Ready for sales ({0}) since {1}: get in touch while the interest is fresh.").format(
		_(stage), format_date(since)
	)


def _open_opportunity(lead: str) -> str:
	filters = {"opportunity_from": "Lead", "party_name": lead, "status": ["in", OPEN]}
	return frappe.db.get_value("Opportunity", filters, "name", order_by="creation desc") or ""
