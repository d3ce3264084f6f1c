"""Where the nurturing of a lead stands, on the form of an Opportunity or a Customer made from it."""

from typing import Any

import frappe

from nurture_app.engine.codes import LIVE_STATUSES, EnrollmentStatus, Reason
from nurture_app.engine.config import Settings, engagement_types, load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.definition import MESSAGE_STEPS
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.score_reasons import breakdown
from nurture_app.site import lead_touches, time_zone
from nurture_app.site.api.access import ENROLLERS, has_role, may_read_lead
from nurture_app.site.channels.records import OPEN
from nurture_app.site.events.recording import leads_of_opportunity, leads_of_party
from nurture_app.site.host import site_host
from nurture_app.site.sentences import reason_sentence

COLUMNS = ("nurture_stage", "nurture_quarantined", "nurture_time_zone_from", "lead_name")
WITHOUT_CONSENT = ("SMS", "WhatsApp")
"""Messages whose own gate asks for another consent than that to e-mail."""


@frappe.whitelist()
def get_summary(doctype: str, name: str) -> dict[str, Any] | None:
	"""Score, the last sign, sequences and the next message of each; None without a lead that the user may read.

	A fixed number of queries.
	"""
	lead = _lead_of(doctype, name)
	if not lead:
		return None
	host = site_host(commit=False)
	settings = load_settings(host.db)
	row = load_leads(host, [lead], COLUMNS)[lead]
	return {
		"lead": lead,
		"lead_name": row["lead_name"] or "",
		# as of now, as on the lead's form
		"score": 0 if row["nurture_quarantined"] else sum(one.points for one in breakdown(host, lead)),
		"stage": row["nurture_stage"] or "",
		"last": _last_sign(host, lead),
		"enrollments": _enrollments(host, row, settings),
		"has_open_opportunity": _has_open_opportunity(lead),
		"can_change": has_role(ENROLLERS),
		"may_note": bool(frappe.has_permission("Nurture Insight", "create")),
	}


def _lead_of(doctype: str, name: str) -> str:
	"""The one lead it was made from, if the user may read both."""
	if doctype not in ("Opportunity", "Customer") or not frappe.db.exists(doctype, name):
		return ""
	if not frappe.has_permission(doctype, "read", doc=name):
		return ""
	leads = leads_of_opportunity(name) if doctype == "Opportunity" else leads_of_party(doctype, name)
	return leads[0] if len(leads) == 1 and leads[0] and may_read_lead(leads[0]) else ""


def _last_sign(host: Host, lead: str) -> dict[str, Any] | None:
	"""What the person did last. Index (party, activity_type, occurred_on, ...)."""
	kinds = engagement_types(host) or [""]
	filters = {"party": lead, "activity_type": ["in", kinds], "classification": ["!=", "machine"]}
	return frappe.db.get_value(
		"Nurture Activity",
		filters,
		["activity_type", "detail", "occurred_on"],
		as_dict=True,
		order_by="occurred_on desc",
	)


def _enrollments(host: Host, lead: dict[str, Any], settings: Settings) -> list[dict[str, Any]]:
	"""The live ones, each with its next message, or why there is none; those with a message first."""
	rows = frappe.get_all(
		"Nurture Enrollment",
		filters={"party": lead["name"], "status": ["in", [str(status) for status in LIVE_STATUSES]]},
		fields=["name", "sequence", "status", "reason", "reason_detail"],
		order_by="enrolled_on desc, name desc",
	)
	if not rows:
		return []
	zone, _known_from = time_zone.zone_of(lead, settings, host)
	coming: dict[str, dict[str, Any]] = {}
	for one in lead_touches.coming(host, lead["name"], zone):
		if one["kind"] in MESSAGE_STEPS:
			coming.setdefault(one["sequence"], {**one, "zone": zone.key})
	no_mail = _why_no_mail(host, lead, settings)
	paused = _paused({row.sequence for row in rows})
	found = []
	for row in rows:
		following = coming.get(row.sequence) if row.status == EnrollmentStatus.ACTIVE else None
		reason = reason_sentence(row.reason, row.reason_detail)
		if row.status == EnrollmentStatus.ACTIVE and row.sequence in paused:
			reason = reason_sentence(Reason.SEQUENCE_PAUSED)
		if following and settings.hold_all_sending:
			following, reason = None, reason_sentence(Reason.SENDING_ON_HOLD)
		if following and no_mail and following["kind"] not in WITHOUT_CONSENT:
			following, reason = None, no_mail
		found.append(
			{
				"name": row.name,
				"sequence": row.sequence,
				"status": row.status,
				"next": following,
				"reason": reason,
			}
		)
	return sorted(found, key=lambda one: one["next"] is None)


def _why_no_mail(host: Host, lead: dict[str, Any], settings: Settings) -> str:
	recipient = recipient_of(lead)
	verdict = may_ever_send(recipient, load_facts(host, [recipient], settings))
	return "" if isinstance(verdict, Allow) else reason_sentence(verdict.reason)


def _paused(sequences: set[str]) -> set[str]:
	filters = {"name": ["in", sorted(sequences)], "status": "Paused"}
	return set(frappe.get_all("Nurture Sequence", filters, pluck="name", order_by=None))


def _has_open_opportunity(lead: str) -> bool:
	"""Of the lead, or of the customer made from it."""
	customers = frappe.get_all("Customer", {"lead_name": lead}, pluck="name", order_by=None)
	filters = {
		"party_name": ["in", [lead, *customers]],
		"opportunity_from": ["in", ["Lead", "Customer"]],
		"status": ["in", OPEN],
	}
	return bool(frappe.db.get_value("Opportunity", filters, "name", order_by=None))
