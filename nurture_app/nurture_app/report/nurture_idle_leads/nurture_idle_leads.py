"""Idle Leads: in no sequence, without a task or an appointment, and silent for a while; so that nobody is forgotten (DH-10)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr, escape_html

from nurture_app.engine.consent import Hold, Never, Verdict
from nurture_app.engine.figures.idle import Idle, described, idle_leads
from nurture_app.engine.stages import STAGES
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads
from nurture_app.site.sentences import reason_sentence
from nurture_app.site.what_next import leads_planned_for

MOST = 500
"""Shown at once; when these are in a sequence, the next ones follow."""
USUAL_DAYS, MOST_DAYS = 30, 3650
NO_STAGE = "None"


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each lead, and how many there are."""
	filters = frappe._dict(filters or {})
	days = USUAL_DAYS if filters.days in (None, "") else cint(filters.days)
	if not 0 < days <= MOST_DAYS:
		frappe.throw(_("Give a number of days from 1 to {0}.").format(MOST_DAYS))
	if filters.stage and filters.stage not in (*STAGES[1:], NO_STAGE):
		frappe.throw(
			_("There is no stage “{0}”. Stages are {1}.").format(filters.stage, ", ".join(STAGES[1:]))
		)
	hidden = hidden_fields()
	host = site_host(commit=False)
	names = idle_leads(
		host,
		days,
		leads_planned_for(),
		visible_leads(),
		owner="" if "lead_owner" in hidden else cstr(filters.owner),
		stage=None if not filters.stage else "" if filters.stage == NO_STAGE else filters.stage,
		with_consent=bool(cint(filters.with_consent)),
	)
	rows = [_row(one, hidden) for one in described(host, names[:MOST])]
	return _columns(), rows, _message(len(names))


def _message(count: int) -> str:
	line = _(
		"In no sequence, without an open task or an appointment to come, not in the hands of sales, and without a sign of interest for that long."
	)
	if count > MOST:
		line = _("{0} leads; these are the {1} with the highest scores.").format(count, MOST) + " " + line
	elif not count:
		line = _("There is no idle lead.") + " " + line
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _row(one: Idle, hidden: set[str]) -> dict[str, Any]:
	return {
		"lead": one.lead,
		"title": one.title,
		"company": "" if "company_name" in hidden else one.company,
		"stage": _(one.stage) if one.stage else _("Below Nurture"),
		"score": one.score,
		"active_on": one.active_on,
		"contacted_on": one.contacted_on,
		"mail": _mail(one.verdict),
		"owner": "" if "lead_owner" in hidden else one.owner,
	}


def _mail(verdict: Verdict) -> str:
	if isinstance(verdict, Hold | Never):
		return reason_sentence(verdict.reason)
	return _("May be sent")


def _columns() -> list[dict]:
	return [
		column("title", _("Name"), "Data", 170),
		column("company", _("Company"), "Data", 170),
		column("stage", _("Stage"), "Data", 120),
		column("score", _("Score"), "Int", 70),
		column("active_on", _("Last Sign"), "Datetime", 120),
		column("contacted_on", _("Last Contact"), "Datetime", 120),
		column("mail", _("Marketing E-mail"), "Data", 300),
		column("owner", _("Lead Owner"), "Data", 180),
		column("lead", _("Lead"), "Link", 180, options="Lead"),
	]
