"""Leads into sequences and out of them, by hand."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.codes import Reason
from nurture_app.engine.enroll_preview import preview, unmet_parts
from nurture_app.engine.enrollments import ending, entering, pausing
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host
from nurture_app.engine.trigger_log import note_by_hand
from nurture_app.site.api.access import (
	ENROLLERS,
	names_from,
	readable_leads,
	require_lead,
	require_role,
)
from nurture_app.site.host import site_host
from nurture_app.site.sentences import reason_sentence


@frappe.whitelist()
def sequences_for(lead: str) -> list[dict[str, str]]:
	"""Active sequences with the reason, if any, why this lead would not get in."""
	require_role(ENROLLERS)
	require_lead(lead)
	host = site_host(commit=False)
	found = frappe.get_list(
		"Nurture Sequence",
		filters={"status": "Active"},
		fields=["name", "description"],
		order_by="priority desc, name asc",
		limit_page_length=0,
	)
	for sequence in found:
		found_out = preview(host, sequence.name, [lead])
		(reason,) = found_out.refused or ("",)
		sequence.refusal = _refusal(host, sequence.name, lead, reason, found_out.details.get(lead, ""))
		sequence.description = sequence.description or ""
	return found


@frappe.whitelist(methods=["POST"])
def enroll(sequence: str, leads: str | list[str]) -> list[dict[str, str]]:
	"""One outcome per lead: an enrollment, or a reason with its sentence."""
	require_role(ENROLLERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	wanted = names_from(leads)
	allowed = readable_leads(wanted)
	host = site_host(commit=False)
	found = entering.enroll(host, sequence, [lead for lead in wanted if lead in allowed], frappe.session.user)
	with host.db.transaction():
		note_by_hand(host, sequence, found, frappe.session.user)
	outcomes = {outcome.party: outcome for outcome in found}
	return [_outcome(lead, outcomes.get(lead)) for lead in wanted]


def _refusal(host: Host, sequence: str, lead: str, reason: str, detail: str) -> str:
	if reason != Reason.NOT_MATCHING:
		return reason_sentence(reason, detail)
	(live,) = (one for one in live_sequences(host) if one.name == sequence)
	unmet = unmet_parts(host, live.definition, [lead], _).get(lead, [])
	return " ".join([reason_sentence(reason), _("Missing: {0}.").format("; ".join(unmet)) if unmet else ""])


@frappe.whitelist(methods=["POST"])
def pause(enrollments: str | list[str]) -> dict[str, int]:
	"""Hold until somebody resumes; nothing is skipped."""
	return {"changed": pausing.pause(site_host(commit=False), _permitted(enrollments), frappe.session.user)}


@frappe.whitelist(methods=["POST"])
def resume(enrollments: str | list[str]) -> dict[str, int]:
	"""Go on with what was paused or held."""
	return {"changed": pausing.resume(site_host(commit=False), _permitted(enrollments))}


@frappe.whitelist(methods=["POST"])
def stop(enrollments: str | list[str]) -> dict[str, int]:
	"""End for good; messages that have not left are taken back."""
	names = _permitted(enrollments)
	return {"changed": ending.stop(site_host(commit=False), names, Reason.STOPPED, frappe.session.user)}


def _permitted(enrollments: str | list[str]) -> list[str]:
	"""Those enrollments whose lead the user may read; an error if there is any other."""
	require_role(ENROLLERS)
	wanted = names_from(enrollments)
	rows = frappe.get_all(
		"Nurture Enrollment",
		filters={"name": ["in", wanted or [""]]},
		fields=["name", "party"],
		order_by=None,
	)
	allowed = readable_leads(sorted({row.party for row in rows}))
	if any(row.party not in allowed for row in rows):
		frappe.throw(_("You may not see all of these leads."), frappe.PermissionError)
	return [row.name for row in rows]


def _outcome(lead: str, outcome: Any) -> dict[str, str]:
	if outcome is None:
		sentence = _("You may not see this lead, or it does not exist.")
		return {"lead": lead, "enrollment": "", "reason": "not_permitted", "sentence": sentence}
	sentence = "" if outcome.enrollment else reason_sentence(outcome.reason, outcome.detail)
	return {
		"lead": lead,
		"enrollment": outcome.enrollment,
		"reason": str(outcome.reason or ""),
		"sentence": sentence,
	}
