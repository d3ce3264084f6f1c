"""What earlier sequences set out to do and what came of it: to be read before a new one is planned (GL-06)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.codes import Reason
from nurture_app.site.goals import progress_of
from nurture_app.site.journey_stages import titles
from nurture_app.site.sequence_reviews import stale_since

FIELDS = ("name", "status", "goal_kind", "goal_activity", "goal_target", "goal_date", "goal_text")
FIELDS += ("persona", "journey_stage", "activated_on", "reviewed_on", "review_on")
REASONS = {"replied": (Reason.REPLIED,), "opted_out": (Reason.UNSUBSCRIBED, Reason.COMPLAINT)}


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict]]:
	"""A row for each sequence that somebody has been in or that was activated."""
	wanted = {
		key: value for key, value in (filters or {}).items() if value and key in ("status", "goal_kind")
	}
	rows = frappe.get_list(
		"Nurture Sequence",
		filters=wanted,
		fields=list(FIELDS),
		order_by="activated_on desc",
		limit_page_length=0,
	)
	names = [row.name for row in rows]
	progress, reasons, called = progress_of(names), _reasons(names), titles()
	found = []
	for row in rows:
		now = progress.get(row.name)
		if not now and not row.activated_on:
			continue
		row["journey_stage"] = called.get(row.journey_stage, "")
		people, reached = (now.people, now.reached) if now else (0, 0)
		row |= {"people": people, "reached": reached, "percent": now.percent if now else 0}
		row["difference"] = row["percent"] - (row.goal_target or 0) if people else 0
		row["stale"] = _("More than half a year") if stale_since(row) else ""
		found.append(row | reasons.get(row.name, dict.fromkeys(REASONS, 0)))
	return _columns(), found


def _reasons(names: list[str]) -> dict[str, dict[str, int]]:
	"""How many left for what, by sequence; one query."""
	every = [str(reason) for some in REASONS.values() for reason in some]
	enrollment = frappe.qb.DocType("Nurture Enrollment")
	count = frappe.query_builder.functions.Count("*")
	query = frappe.qb.from_(enrollment).select(enrollment.sequence, enrollment.reason, count)
	query = query.where(enrollment.sequence.isin(names or [""]) & enrollment.reason.isin(every))
	found: dict[str, dict[str, int]] = {}
	for sequence, reason, number in query.groupby(enrollment.sequence, enrollment.reason).run():
		counts = found.setdefault(sequence, dict.fromkeys(REASONS, 0))
		for name, codes in REASONS.items():
			counts[name] += number if reason in codes else 0
	return found


def _columns() -> list[dict]:
	link = {"fieldtype": "Link", "width": 220}
	percent = {"fieldtype": "Percent", "precision": 1, "width": 110}
	return [
		{"fieldname": "name", "label": _("Sequence"), "options": "Nurture Sequence", **link},
		{"fieldname": "status", "label": _("Status"), "fieldtype": "Data", "width": 90},
		{"fieldname": "goal_kind", "label": _("Kind of Goal"), "fieldtype": "Data", "width": 120},
		{"fieldname": "goal_activity", "label": _("Goal"), "fieldtype": "Data", "width": 150},
		{"fieldname": "people", "label": _("Entered"), "fieldtype": "Int", "width": 90},
		{"fieldname": "reached", "label": _("Reached"), "fieldtype": "Int", "width": 90},
		{"fieldname": "percent", "label": _("Reached %"), **percent},
		{"fieldname": "goal_target", "label": _("Target"), **percent},
		{"fieldname": "difference", "label": _("Above Target (points)"), **percent},
		{"fieldname": "goal_date", "label": _("Date of the Goal"), "fieldtype": "Date", "width": 110},
		{"fieldname": "replied", "label": _("Left by a Reply"), "fieldtype": "Int", "width": 110},
		{"fieldname": "opted_out", "label": _("Opted Out"), "fieldtype": "Int", "width": 100},
		{"fieldname": "persona", "label": _("Persona"), "options": "Nurture Persona", **link},
		{"fieldname": "journey_stage", "label": _("Buyer Stage"), "fieldtype": "Data", "width": 110},
		{"fieldname": "reviewed_on", "label": _("Last Reviewed on"), "fieldtype": "Date", "width": 110},
		{"fieldname": "review_on", "label": _("Review on"), "fieldtype": "Date", "width": 110},
		{"fieldname": "stale", "label": _("Without a Review"), "fieldtype": "Data", "width": 150},
		{"fieldname": "goal_text", "label": _("Goal in Words"), "fieldtype": "Data", "width": 250},
	]
