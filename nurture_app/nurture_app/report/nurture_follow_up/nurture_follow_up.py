"""Whether sales got in touch in time with leads that were ready for it, by owner, and who still waits (KM-12, KM-35, SM-18)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, escape_html, flt, now_datetime

from nurture_app.engine.figures.follow_up import SINCE, FollowUp, Wait, by_owner, together, waits
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import visible_leads

USUAL_HOURS, MOST_HOURS = 24.0, 24 * 90
WAITING = "Waiting"


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each owner or for each lead that waits, and what counts as contact."""
	filters = frappe._dict(filters or {})
	since = filters.since if filters.since in SINCE else SINCE[0]
	hours = USUAL_HOURS if filters.hours in (None, "") else flt(filters.hours)
	if not 0 < hours <= MOST_HOURS:
		frappe.throw(_("Give a time of more than 0 and at most {0} hours.").format(MOST_HOURS))
	found = waits(
		site_host(commit=False),
		*whole_days(filters),
		since,
		hours,
		at_work=bool(cint(filters.at_work)),
		visible=visible_leads(),
	)
	now = now_datetime()
	message = _message(found, since)
	if filters.show == WAITING:
		uncontacted = [one for one in found if not one.contacted_on]
		return _lead_columns(), [_lead_row(one, now) for one in uncontacted], message
	rows = [_row(one, one.owner or _("No Owner")) for one in by_owner(found, now)]
	total = together(found, now)
	if len(rows) > 1:
		rows.append(_row(total, _("All")) | {"bold": 1})
	return _columns(), rows, message, None, _summary(total) if found else None


def _message(found: list[Wait], since: str) -> str:
	line = _(
		"Contact is a mail, call or text message of a user, or a conversation on record; messages of sequences do not count."
	)
	if not found:
		line = _("“{0}” happened to no lead in this time.").format(_(since)) + " " + line
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _row(one: FollowUp, owner: str) -> dict[str, Any]:
	return {
		"owner": owner,
		"leads": one.leads,
		"in_time": one.in_time,
		"late": one.late,
		"overdue": one.overdue,
		"waiting": one.waiting,
		"percent": one.percent,
		"median_hours": one.median_hours,
	}


def _lead_row(one: Wait, now: Any) -> dict[str, Any]:
	return {
		"lead": one.lead,
		"title": one.title,
		"owner": one.owner,
		"score": one.score,
		"since": one.since,
		"due_on": one.due_on,
		"state": _("Overdue") if one.is_overdue(now) else _("In time"),
	}


def _columns() -> list[dict]:
	return [
		column("owner", _("Lead Owner"), "Data", 220),
		column("leads", _("Leads"), "Int", 90),
		column("in_time", _("Contacted in Time"), "Int", 150),
		column("late", _("Contacted Late"), "Int", 140),
		column("overdue", _("Not Contacted, Overdue"), "Int", 200),
		column("waiting", _("Not Contacted, in Time"), "Int", 190),
		column("percent", _("In Time %"), "Percent", 110, precision=1),
		column("median_hours", _("Hours Until Contact (middle value)"), "Float", 280, precision=1),
	]


def _lead_columns() -> list[dict]:
	return [
		column("lead", _("Lead"), "Link", 200, options="Lead"),
		column("title", _("Name"), "Data", 200),
		column("owner", _("Lead Owner"), "Data", 200),
		column("score", _("Score"), "Int", 80),
		column("since", _("Waiting since"), "Datetime", 185),
		column("due_on", _("Due"), "Datetime", 185),
		column("state", _("State"), "Data", 110),
	]


def _summary(total: FollowUp) -> list[dict]:
	percent = flt(total.percent, 1) if total.percent is not None else None
	return [
		{"label": _("Contacted in Time"), "value": percent, "datatype": "Percent"},
		{
			"label": _("Overdue"),
			"value": total.overdue,
			"datatype": "Int",
			"indicator": "Red" if total.overdue else "Green",
		},
	]
