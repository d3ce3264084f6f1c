"""Data Check: what leads lack, who has gone stale, who may not be written to, who is what; or the leads that lack most
(DH-02 to DH-05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from nurture_app.engine.duplicates import kinds_without
from nurture_app.engine.figures.data_check import DataCheck, Incomplete, incomplete_leads
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.complete_fields import complete_fields
from nurture_app.site.data_findings import Finding, bands, found
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

MOST = 500
LEADS = "Leads"


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each finding or each incomplete lead, a sentence, a chart and a summary."""
	filters = frappe._dict(filters or {})
	hidden, visible = hidden_fields(), visible_leads()
	labels = {name: label for name, label in complete_fields().items() if name not in hidden}
	if filters.show == LEADS:
		leads = incomplete_leads(site_host(commit=False), list(labels), visible)
		rows = [_lead_row(one, labels, hidden) for one in leads[:MOST]]
		return _lead_columns(), rows, _leads_message(len(leads), labels)
	check, findings = found(labels, visible, kinds_without(hidden))
	return _columns(), list(_rows(findings)), _message(labels), _chart(check), _summary(check)


def _rows(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
	for group, some in groupby(findings, key=lambda one: one.group):
		yield {"what": group, "indent": 0, "bold": 1}
		for one in some:
			yield {**asdict(one), "indent": 1}


def _lead_row(one: Incomplete, labels: Mapping[str, str], hidden: set[str]) -> dict[str, Any]:
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
	values = [check.bands[band] for band in bands()]
	data = {"labels": list(bands().values()), "datasets": [{"name": _("Leads"), "values": values}]}
	return {"data": data, "type": "bar", "height": 160, "fieldtype": "Int"}


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
		{"fieldname": "share", "label": _("Share"), "fieldtype": "Percent", "width": 120},
	]


def _lead_columns() -> list[dict]:
	return [
		column("title", _("Name"), "Data", 200),
		column("score", _("Score"), "Int", 80),
		column("percent", _("Complete"), "Percent", 110),
		column("missing", _("Missing"), "Data", 420),
		column("owner", _("Lead Owner"), "Data", 180),
		column("lead", _("Lead"), "Link", 200, options="Lead"),
	]
