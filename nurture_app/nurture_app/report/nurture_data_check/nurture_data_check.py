"""Data Check: what leads lack, who has gone stale, who may not be written to, who is what; or the leads that lack most
(DH-02 to DH-05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, escape_html, now_datetime

from nurture_app.engine.duplicates import duplicate_groups
from nurture_app.engine.figures.data_check import (
	BANDS,
	STALE_DAYS,
	DataCheck,
	data_check,
	incomplete_leads,
)
from nurture_app.nurture_app.report.nurture_duplicates.nurture_duplicates import kinds_shown
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.complete_fields import complete_fields
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

MOST = 500
LEADS = "Leads"
LIST, DUPLICATES, INCOMPLETE = "list", "duplicates", "incomplete"
"""Where a row leads: to the list of leads with filters, or to a report."""


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each finding or each incomplete lead, a sentence, a chart and a summary."""
	filters = frappe._dict(filters or {})
	hidden, visible = hidden_fields(), visible_leads()
	labels = {name: label for name, label in complete_fields().items() if name not in hidden}
	host = site_host(commit=False)
	if filters.show == LEADS:
		found = incomplete_leads(host, list(labels), visible)
		rows = [_lead_row(one, labels, hidden) for one in found[:MOST]]
		return _lead_columns(), rows, _leads_message(len(found), labels)
	check = data_check(host, list(labels), visible)
	rows = list(_findings(check, labels, len(duplicate_groups(host, visible, kinds_shown(hidden)))))
	return _columns(), rows, _message(labels), _chart(check), _summary(check)


def _findings(check: DataCheck, labels: Mapping[str, str], duplicates: int) -> Iterator[dict[str, Any]]:
	def row(
		what: str, count: int, goes_to: str = "", where: Mapping[str, Any] | None = None
	) -> dict[str, Any]:
		share = 100 * count / check.leads if check.leads else None
		return {
			"what": what,
			"count": count,
			"share": share,
			"indent": 1,
			"goes_to": goes_to,
			"where": where or {},
		}

	def head(what: str) -> dict[str, Any]:
		return {"what": what, "indent": 0, "bold": 1}

	yield head(_("Missing"))
	for field, count in sorted(check.missing.items(), key=lambda one: -one[1]):
		yield row(labels[field], count, LIST, {field: ["is", "not set"]})
	yield row(_("A valid e-mail address"), check.no_address)
	yield head(_("Complete"))
	for band in BANDS:
		yield row(
			_("All of it") if band == 100 else _("{0} % or more").format(band),
			check.bands[band],
			INCOMPLETE if band < 100 else "",
		)
	yield head(_("Silent"))
	for days in STALE_DAYS:
		since = add_days(now_datetime(), -days)
		# who has never done anything counts from the day they came; a list cannot ask for both at once
		yield row(
			_("No sign of interest for {0} days").format(days),
			check.stale[days],
			LIST,
			{"nurture_last_activity_on": ["<", str(since)[:19]]},
		)
	yield head(_("Marketing E-mail"))
	yield row(
		_("Consent not on record"),
		check.no_consent,
		LIST,
		{"nurture_email_consent": ["is", "not set"], "unsubscribed": 0},
	)
	yield row(_("Withdrawn or unsubscribed"), check.refused)
	yield head(_("Order"))
	yield row(_("In quarantine"), check.in_quarantine, LIST, {"nurture_quarantined": 1})
	yield row(_("In no segment in use"), check.in_no_segment)
	yield row(_("Groups of likely duplicates"), duplicates, DUPLICATES) | {"share": None}
	if set(check.types) - {""}:
		yield head(_("Nurture Type"))
		for kind, count in check.types.items():
			where = {"nurture_type": kind or ["is", "not set"]}
			yield row(_(kind) if kind else _("None"), count, LIST, where)


def _lead_row(one: Any, labels: Mapping[str, str], hidden: set[str]) -> dict[str, Any]:
	return {
		"lead": one.lead,
		"title": one.title,
		"score": one.score,
		"percent": one.percent,
		"missing": ", ".join(labels[field] for field in one.missing),
		"owner": "" if "lead_owner" in hidden else one.owner,
	}


def _message(labels: Mapping[str, str]) -> str:
	line = _(
		"Leads that may still become customers. A lead is complete with: {0}; Nurture Settings says so. A number opens the leads, where a list can show them: tick them there and choose Actions, Edit to fill in a field."
	).format(", ".join(labels.values()) or "-")
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _leads_message(count: int, labels: Mapping[str, str]) -> str:
	line = _("{0} leads lack something of: {1}. The highest scores come first.").format(
		count, ", ".join(labels.values())
	)
	if count > MOST:
		line += " " + _("These are the first {0}.").format(MOST)
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _chart(check: DataCheck) -> dict[str, Any] | None:
	if not check.leads:
		return None
	labels = [_("{0} %").format(100), "75–99 %", "50–74 %", _("less")]
	values = [check.bands[band] for band in BANDS]
	data = {"labels": labels, "datasets": [{"name": _("Leads"), "values": values}]}
	return {"data": data, "type": "bar", "height": 160}


def _summary(check: DataCheck) -> list[dict[str, Any]]:
	average = None if check.average is None else round(check.average)
	return [
		{"label": _("Leads"), "value": check.leads, "datatype": "Int"},
		{"label": _("Filled In on Average"), "value": average, "datatype": "Percent"},
		{"label": _("Complete"), "value": check.bands[100], "datatype": "Int"},
	]


def _columns() -> list[dict]:
	return [
		{"fieldname": "what", "label": _("Finding"), "fieldtype": "Data", "width": 360},
		{"fieldname": "count", "label": _("Leads"), "fieldtype": "Int", "width": 120},
		{"fieldname": "share", "label": _("Share"), "fieldtype": "Percent", "width": 120, "precision": 0},
	]


def _lead_columns() -> list[dict]:
	names = (
		("title", _("Name"), "Data", 200),
		("score", _("Score"), "Int", 80),
		("percent", _("Complete"), "Percent", 110),
		("missing", _("Missing"), "Data", 420),
		("owner", _("Lead Owner"), "Data", 180),
		("lead", _("Lead"), "Link", 200),
	)
	columns = [
		{"fieldname": name, "label": label, "fieldtype": kind, "width": width, "precision": 0}
		for name, label, kind, width in names
	]
	columns[-1]["options"] = "Lead"
	return columns
