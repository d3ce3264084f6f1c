"""Everything the Lead form shows about nurturing, in one call."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import format_datetime

from nurture_app.engine.codes import LIVE_STATUSES, EnrollmentStatus, Reason, TouchStatus
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, Hold, Never, Verdict, load_facts, may_ever_send
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.score_reasons import breakdown
from nurture_app.engine.scoring import WRITTEN_BY_SCORING
from nurture_app.engine.silence import COLUMNS as SILENCE
from nurture_app.engine.silence import is_silent
from nurture_app.engine.timing import to_aware
from nurture_app.site import (
	handoffs,
	insights,
	lead_touches,
	lead_types,
	sales_help,
	time_zone,
	touch_tiers,
	what_next,
)
from nurture_app.site.api.access import ENROLLERS, has_role, require_lead
from nurture_app.site.channels import standstill
from nurture_app.site.company_people import others_at
from nurture_app.site.complete_fields import completeness_of
from nurture_app.site.consent import overview
from nurture_app.site.host import site_host
from nurture_app.site.sentences import reason_sentence

ENDED_SHOWN = 3
LATEST = 10
LEAD_COLUMNS = (
	*WRITTEN_BY_SCORING,
	*SILENCE,
	"nurture_persona",
	"nurture_type",
	"nurture_type_since",
	"nurture_type_by_hand",
	"nurture_tier",
	"nurture_tier_since",
	"nurture_tier_by_hand",
	"nurture_time_zone_from",
	"country",
	"status",
	"lead_owner",
)


@frappe.whitelist()
def get_panel(lead: str) -> dict[str, Any]:
	"""Score and why, sequences and what comes next, consent, the latest activities and messages."""
	require_lead(lead)
	host = site_host(commit=False)
	settings = load_settings(host.db)
	row = load_leads(host, [lead], LEAD_COLUMNS)[lead]
	recipient = recipient_of(row)
	facts = load_facts(host, [recipient], settings)
	verdict = may_ever_send(recipient, facts)
	zone, known_from = time_zone.zone_of(row, settings, host)
	enrollments, past = _enrollments(lead, zone, host)
	tasks = what_next.open_tasks(lead)
	untaken, handoff = what_next.untaken(row), handoffs.standing(host, lead)
	kind, (percent, missing) = lead_types.described(row), completeness_of(lead)
	reasons = [] if int(row["nurture_quarantined"] or 0) else _reasons(host, lead)
	fit = sum(reason["points"] for reason in reasons if reason["part"] == "Fit")
	engagement = sum(reason["points"] for reason in reasons if reason["part"] != "Fit")
	return {
		# as of now, like the reasons beneath: what time alone takes away is written on the Lead in the night
		"score": fit + engagement,
		"fit": fit,
		"engagement": engagement,
		"stage": row["nurture_stage"] or "",
		"stage_since": row["nurture_stage_since"],
		"type": kind,
		"tier": touch_tiers.described(row),
		"data": {"percent": percent, "missing": missing},
		"last_activity_on": row["nurture_last_activity_on"],
		"thresholds": {
			"nurture": settings.nurture_threshold,
			"mql": settings.mql_threshold,
			"sql": settings.sql_threshold,
		},
		"archived": reason_sentence(Reason.ARCHIVED) if is_silent(row) else "",
		"reasons": reasons,
		"enrollments": enrollments,
		"past": past,
		"starts": _starts(lead),
		"can_change": has_role(ENROLLERS),
		"consent": {
			**_consent(lead, verdict),
			"channels": overview.channels(lead),
			"chosen": overview.choices(host, recipient, facts),
		},
		"place": {
			"now": _local(host.clock.now(), host, zone),
			"zone": zone.key,
			"known_from": known_from,
			"language": time_zone.language_hint(row["language"], row["country"]),
			"locale": sales_help.locale(host, row),
		},
		"tasks": tasks,
		"untaken": untaken,
		"handoff": handoff,
		"next": what_next.sentence(row, verdict, enrollments, tasks, settings, untaken, handoff),
		"content": sales_help.reading(host, lead),
		"insights": insights.latest(lead),
		"coming": lead_touches.coming(host, lead, zone),
		"company": others_at(lead),
		"touch_counts": lead_touches.counts(host, lead, row["nurture_stage"] or "", kind),
		"persona": row["nurture_persona"] or "",
		"activities": _latest_activities(lead),
		"visits": _visits(lead),
		"touches": _latest_touches(host, lead),
	}


def _reasons(host: Host, lead: str) -> list[dict[str, Any]]:
	return [
		{
			"text": reason.rule,
			"part": reason.score_part,
			"points": reason.points,
			"count": reason.count,
			"last_on": reason.last_on,
			"ends_on": reason.ends_on,
			"half_life_days": reason.half_life_days,
			"full": reason.full,
			"is_rule": reason.is_rule,
			"holds": reason.holds,
			"detail": reason.detail,
		}
		for reason in breakdown(host, lead)
	]


def _enrollments(lead: str, zone: ZoneInfo, host: Host) -> tuple[list[dict[str, Any]], int]:
	"""Live ones and the last few that ended, and how many more there were."""
	rows = frappe.get_all(
		"Nurture Enrollment",
		filters={"party": lead},
		fields=[
			"name",
			"sequence",
			"status",
			"step",
			"due_on",
			"reason",
			"reason_detail",
			"enrolled_on",
			"ended_on",
		],
		order_by="enrolled_on desc, name desc",
	)
	live = [row for row in rows if row.status in LIVE_STATUSES]
	ended = [row for row in rows if row.status not in LIVE_STATUSES]
	shown = [*live, *ended[:ENDED_SHOWN]]
	for row in shown:
		row.due_local = _local(row.due_on, host, zone) if row.status == "Active" else ""
		row.zone = zone.key if row.due_local else ""
		row.reason_sentence = reason_sentence(row.reason, row.reason_detail)
	return shown, len(rows) - len(shown)


def _starts(lead: str) -> list[dict[str, Any]]:
	"""The last times a sequence was to begin, and what became of it: why the lead is in, or not in, a sequence."""
	rows = frappe.get_all(
		"Nurture Trigger Log",
		filters={"party": lead},
		fields=["sequence", "decided_on", "outcome", "reason", "trigger_type", "what"],
		order_by="decided_on desc, creation desc",
		limit=LATEST,
	)
	for row in rows:
		row.sentence = reason_sentence(row.reason)
	return rows


def _local(moment: datetime | None, host: Host, zone: ZoneInfo) -> str:
	"""A stored moment on the recipient's clock, as the user writes dates."""
	if not moment:
		return ""
	return format_datetime(to_aware(moment, host.clock.zone).astimezone(zone).replace(tzinfo=None))


def _consent(lead: str, verdict: Verdict) -> dict[str, Any]:
	evidence = frappe.db.get_value(
		"Nurture Consent",
		{"party": lead, "channel": "Email"},
		["status", "given_on", "withdrawn_on", "source"],
		as_dict=True,
	)
	found: dict[str, Any] = {"status": "", "on": None, "source": "", "suppressed": "", "sentence": ""}
	if evidence:
		when = evidence.withdrawn_on if evidence.status == "Withdrawn" else evidence.given_on
		found.update(status=evidence.status, on=when, source=evidence.source or "")
	if isinstance(verdict, Never):
		found["suppressed"] = reason_sentence(verdict.reason)
	elif isinstance(verdict, Allow):
		found["sentence"] = _("Marketing e-mail may be sent.")
	elif isinstance(verdict, Hold):
		found["sentence"] = reason_sentence(verdict.reason)
	return found


def _latest_activities(lead: str) -> list[dict[str, Any]]:
	# Which ones they are is answered by the index (party, activity_type, occurred_on, ...) alone: a lead may have
	# thousands, and reading all their rows to sort them took longer than everything else on the panel.
	latest = frappe.get_all(
		"Nurture Activity", filters={"party": lead}, pluck="name", order_by="occurred_on desc", limit=LATEST
	)
	return frappe.get_all(
		"Nurture Activity",
		filters={"name": ["in", latest]},
		fields=["activity_type", "occurred_on", "channel", "detail", "classification"],
		order_by="occurred_on desc",
	)


def _visits(lead: str) -> dict[str, Any]:
	"""Visits to the websites: how many, how long, how the lead came first and lately (CT-05, CT-10)."""
	visits = frappe.get_all(
		"Nurture Visit",
		filters={"party": lead},
		fields=["started_on", "pages", "seconds", "channel", "utm_campaign", "landing_page"],
		order_by="started_on asc",
	)
	return {
		"count": len(visits),
		"pages": sum(visit.pages for visit in visits),
		"seconds": sum(visit.seconds for visit in visits),
		"first": visits[0] if visits else None,
		"latest": visits[-1] if visits else None,
	}


def _latest_touches(host: Host, lead: str) -> list[dict[str, Any]]:
	rows = frappe.get_all(
		"Nurture Touch",
		filters={"party": lead, "channel": ["is", "set"]},
		fields=[
			"name",
			"sequence",
			"step",
			"channel",
			"status",
			"reason",
			"subject",
			"queued_on",
			"sent_on",
			"due_on",
		],
		order_by="creation desc",
		limit=LATEST,
	)
	waiting = standstill.why_they_wait(host, [row.name for row in rows if row.status == TouchStatus.QUEUED])
	for row in rows:
		row.reason_sentence = (
			_why_it_waits(waiting[row.name]) if row.name in waiting else reason_sentence(row.reason)
		)
	return rows


def _why_it_waits(why: str) -> str:
	if why == EnrollmentStatus.PAUSED:
		return _("It waits until the person's sequence goes on.")
	return reason_sentence(why)
