"""Leads into sequences and out of them, by hand."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.codes import LIVE_STATUSES, WAITING_FOR_RELEASE, EnrollmentStatus, Reason
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
from nurture_app.site.channels import standstill
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
def pause(enrollments: str | list[str]) -> dict[str, Any]:
	"""Hold until somebody resumes; nothing is skipped. How many (`changed`), and what to say of the rest (`left`)."""
	rows = _permitted(enrollments)
	host = site_host(commit=False)
	changed = pausing.pause(host, [row.name for row in rows], frappe.session.user)
	standstill.settle(host)
	still = sum(row.status == EnrollmentStatus.PAUSED for row in rows)
	left = [_told(_("Ended already: {0}."), _ended(rows)), _told(_("Standing still already: {0}."), still)]
	return {"changed": changed, "left": " ".join(filter(None, left))}


@frappe.whitelist(methods=["POST"])
def resume(enrollments: str | list[str]) -> dict[str, Any]:
	"""Go on with what was paused or held. Answers as `pause`."""
	rows = _permitted(enrollments)
	host = site_host(commit=False)
	changed = pausing.resume(host, [row.name for row in rows])
	standstill.settle(host)
	asked = sum(row.status == EnrollmentStatus.HELD and row.reason in WAITING_FOR_RELEASE for row in rows)
	active = sum(row.status == EnrollmentStatus.ACTIVE for row in rows)
	left = [
		_told(_("Ended, and not to be resumed: {0}. Enroll the leads again."), _ended(rows)),
		_told(_("On their way already: {0}."), active),
		_told(_("Waiting for approval: {0}. Open each of them to release or refuse it."), asked),
		_standing(rows),
	]
	return {"changed": changed, "left": " ".join(filter(None, left))}


@frappe.whitelist(methods=["POST"])
def stop(enrollments: str | list[str]) -> dict[str, Any]:
	"""End for good; messages that have not left are taken back. Answers as `pause`."""
	rows = _permitted(enrollments)
	names = [row.name for row in rows]
	changed = ending.stop(site_host(commit=False), names, Reason.STOPPED, frappe.session.user)
	return {"changed": changed, "left": _told(_("Ended already: {0}."), _ended(rows))}


def _told(sentence: str, count: int) -> str:
	return sentence.format(count) if count else ""


def _ended(rows: list[Any]) -> int:
	return sum(row.status not in LIVE_STATUSES for row in rows)


def _standing(rows: list[Any]) -> str:
	"""Whoever goes on in a paused sequence waits until that goes on too."""
	names = {row.sequence for row in rows if row.status in LIVE_STATUSES}
	paused = frappe.get_all(
		"Nurture Sequence",
		{"name": ["in", [*names, ""]], "status": "Paused"},
		pluck="name",
		order_by="name asc",
	)
	if not paused:
		return ""
	return _("They go on when their sequence is resumed: {0}.").format(", ".join(paused))


def _permitted(enrollments: str | list[str]) -> list[Any]:
	"""Those enrollments whose lead the user may read, as they are now; an error if there is any other."""
	require_role(ENROLLERS)
	wanted = names_from(enrollments)
	rows = frappe.get_all(
		"Nurture Enrollment",
		filters={"name": ["in", wanted or [""]]},
		fields=["name", "party", "status", "reason", "sequence"],
		order_by=None,
	)
	allowed = readable_leads(sorted({row.party for row in rows}))
	if any(row.party not in allowed for row in rows):
		frappe.throw(_("You may not see all of these leads."), frappe.PermissionError)
	return rows


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
