"""Leads to Contact: who is ready for sales, what each did last and why it is hot, for whoever picks up the phone (SC-35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, format_date

from nurture_app.engine.config import load_settings
from nurture_app.engine.stages import STAGES
from nurture_app.engine.worklist import Ready, State, worklist
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site import what_next
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

MOST = 500
"""Nobody calls more people; whoever wants to see others has filters."""
FROM_FIELDS = {
	"company": ("company_name",),
	"phone": ("mobile_no", "phone"),
	"email": ("email_id",),
	"owner": ("lead_owner",),
}
"""Columns that stay empty for a user who may not see such a field."""


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, a row for each lead, and what is not shown."""
	filters = frappe._dict(filters or {})
	host = site_host(commit=False)
	stage = filters.stage or load_settings(host.db).handoff_stage
	if stage not in STAGES[1:]:
		frappe.throw(_("There is no stage “{0}”. Stages are {1}.").format(stage, ", ".join(STAGES[1:])))
	if filters.state and filters.state not in tuple(State):
		frappe.throw(_("Show one of {0}, or leave it empty.").format(", ".join(State)))
	user = cstr(filters.user)
	found = worklist(
		host,
		stage,
		MOST + 1,
		owner=user,
		assigned=what_next.leads_assigned_to(user) if user else (),
		any_stage=not filters.stage,
		visible=visible_leads(),
		states=[State(filters.state)] if filters.state else tuple(State),
	)
	shown = found[:MOST]
	tasks = what_next.next_tasks([one.lead for one in shown], user or frappe.session.user)
	hidden = hidden_fields()
	rows = [_row(one, tasks.get(one.lead), hidden) for one in shown]
	return _columns(any(one.high_touch for one in shown)), rows, _message(found, user, stage)


def _message(found: Sequence[Ready], user: str, stage: str) -> str:
	if len(found) > MOST:
		line = _("These are the first {0}. Choose a user, a higher stage or a state to see fewer.").format(
			MOST
		)
	elif found:
		return ""
	elif user:
		line = _(
			"{0} has no such lead, neither as owner nor by assignment. Leave the user empty to see everybody’s."
		).format(frappe.utils.get_fullname(user))
	else:
		line = _("No lead that you may see is at {0} or above and still to be contacted.").format(_(stage))
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _row(one: Ready, task: dict[str, Any] | None, hidden: set[str]) -> dict[str, Any]:
	kind, detail, moment = one.signal or ("", "", None)
	row = {
		"state": str(one.state),
		"lead": one.lead,
		"title": one.title,
		"company": one.company,
		"stage": one.stage,
		"high_touch": int(one.high_touch),
		"score": one.score,
		"signal": ": ".join(part for part in (_(kind) if kind else "", detail) if part),
		"signal_on": moment,
		"reasons": ", ".join(f"{_(rule)} ({points:+d})" for rule, points in one.reasons),
		"contacted_on": one.contacted_on,
		"task": _task(task) if task else "",
		"phone": one.phone,
		"email": one.email,
		"owner": one.owner,
	}
	return row | {name: "" for name, fields in FROM_FIELDS.items() if hidden.intersection(fields)}


def _task(task: dict[str, Any]) -> str:
	if not task["date"]:
		return task["text"]
	return _("By {0}: {1}").format(format_date(task["date"]), task["text"])


def _columns(with_tier: bool) -> list[dict]:
	tier = [column("high_touch", _("High-Touch"), "Check", 115)] if with_tier else []
	return [
		column("state", _("State"), "Data", 120),
		column("title", _("Name"), "Data", 160),
		column("company", _("Company"), "Data", 160),
		column("stage", _("Stage"), "Data", 70),
		*tier,
		column("score", _("Score"), "Int", 70),
		column("signal", _("Newest Signal"), "Data", 230),
		column("signal_on", _("When"), "Datetime", 120),
		column("contacted_on", _("Last Contact"), "Datetime", 120),
		column("phone", _("Phone"), "Data", 140),
		column("task", _("To Do"), "Data", 240),
		column("reasons", _("Score Comes From"), "Data", 330),
		column("email", _("E-mail"), "Data", 200),
		column("owner", _("Lead Owner"), "Data", 180),
		column("lead", _("Lead"), "Link", 170, options="Lead"),
	]
