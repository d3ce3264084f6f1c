"""Who else of a lead's company is being won over: role, stage and last touch of each, on the lead's form (PJ-08)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import functions as fn

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.site.counted import count_as

MOST_SHOWN = 10
FIELDS = ("name", "lead_name", "job_title", "nurture_buying_role", "nurture_stage", "nurture_journey_stage")


def others_at(lead: str) -> dict[str, Any]:
	"""`company`, `people` and how many `more` there are; only leads that the user may read. No people: nothing to tell.

	One company is one *Organization Name*, capitals aside, as for triggers on accounts. Indexes: Lead (company_name),
	the touches' (party, sent_on), the enrollments' (party).
	"""
	company = (frappe.db.get_value("Lead", lead, "company_name") or "").strip()
	if not company:
		return {}
	filters = {"company_name": company, "name": ["!=", lead]}
	order = "nurture_score desc, name asc"
	found = frappe.get_list("Lead", filters, list(FIELDS), order_by=order, limit_page_length=MOST_SHOWN + 1)
	shown = found[:MOST_SHOWN]
	names = [row.name for row in shown]
	touched, running = (_last_touches(names), _running(names)) if names else ({}, {})
	return {
		"company": company,
		"people": [
			{**row, "touched_on": touched.get(row.name), "sequences": running.get(row.name, [])}
			for row in shown
		],
		"more": _count(filters) - len(shown) if len(found) > MOST_SHOWN else 0,
	}


def _count(filters: dict[str, Any]) -> int:
	return frappe.get_list("Lead", filters, [count_as("number")], order_by=None)[0].number


def _last_touches(leads: list[str]) -> dict[str, Any]:
	touch = frappe.qb.DocType("Nurture Touch")
	query = frappe.qb.from_(touch).select(touch.party, fn.Max(touch.sent_on)).groupby(touch.party)
	return dict(query.where(touch.party.isin(leads) & touch.sent_on.isnotnull()).run())


def _running(leads: list[str]) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	filters = {"party": ["in", leads], "status": ["in", [str(status) for status in LIVE_STATUSES]]}
	rows = frappe.get_all("Nurture Enrollment", filters, ["party", "sequence"], order_by="enrolled_on asc")
	for row in rows:
		found.setdefault(row.party, []).append(row.sequence)
	return found
