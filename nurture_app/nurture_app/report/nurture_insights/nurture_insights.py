"""What colleagues heard: the words, and how many leads said so, by kind, competitor, blocker... (SM-10, SM-22, CT-29, RQ-11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from nurture_app.engine.figures.insights import (
	Heard,
	Insight,
	by,
	competitors,
	in_the_way,
	leads_of,
	matching,
)
from nurture_app.engine.insights import KINDS
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.insights import as_insight, heard
from nurture_app.site.permissions import hidden_fields

TOLD = 3
"""Names in a sentence."""
MOST_BARS = 12
WORDS = "Words"


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each note or each group, what came up most, a chart by leads, and how many there are."""
	filters = frappe._dict(filters or {})
	start, end = whole_days(filters)
	kind = filters.kind if filters.kind in KINDS else ""
	rows = {
		row.name: row
		for row in heard(start.date(), end.date(), kind=kind, persona=str(filters.persona or ""))
	}
	found = matching(map(as_insight, rows.values()), str(filters.text or ""), str(filters.competitor or ""))
	shown = filters.show if filters.show in GROUPS else WORDS
	if not found:
		return _columns(shown), [], _muted(_nothing())
	groups = GROUPS.get(shown, GROUPS["Kind"])(found)
	if shown == WORDS:
		table = _said([rows[one.name] for one in found])
	else:
		table = [{"group": _name(shown, row.name), "leads": row.leads, "notes": row.notes} for row in groups]
	chart = _chart(groups, "Kind" if shown == WORDS else shown)
	return _columns(shown), table, _message(found), chart, _summary(found)


def _by(field: str) -> Callable[[Sequence[Insight]], list[Heard]]:
	return lambda found: by(found, lambda one: getattr(one, field))


GROUPS: dict[str, Callable[[Sequence[Insight]], list[Heard]]] = {
	"Kind": _by("kind"),
	"Competitor": competitors,
	"In the Way": in_the_way,
	"Topic": _by("topic"),
	"Persona": _by("persona"),
}


def _name(shown: str, name: str) -> str:
	return _(name) if shown == "Kind" else name


def _said(rows: Sequence[Any]) -> list[dict[str, Any]]:
	names = _names_of_leads({row.lead for row in rows if row.lead})
	return [
		{
			**{field: row[field] for field in SHOWN},
			"kind": _(row.kind),
			"heard_in": _(row.heard_in) if row.heard_in else "",
			"lead_name": names.get(row.lead, ""),
		}
		for row in rows
	]


def _names_of_leads(leads: set[str]) -> dict[str, str]:
	"""All of which the user may see; the name may be above their level."""
	if not leads or "lead_name" in hidden_fields() or not frappe.has_permission("Lead", "read"):
		return {}
	found = frappe.get_all(
		"Lead", {"name": ["in", sorted(leads)]}, ["name", "lead_name"], as_list=True, order_by=None
	)
	return dict(found)


def _message(found: Sequence[Insight]) -> str:
	lines = [
		sentence.format(", ".join(f"{row.name} ({row.leads})" for row in groups[:TOLD]))
		for sentence, groups in (
			(_("Competitors named most: {0}."), competitors(found)),
			(_("In the way most often: {0}."), in_the_way(found)),
		)
		if groups
	]
	lines.append(
		_(
			"Numbers in brackets and in the chart are different leads; notes about nobody in particular add none."
		)
	)
	return _muted(" ".join(lines))


def _nothing() -> str:
	return _("Nothing was noted that fits. Note What You Heard on the form of a lead keeps what people say.")


def _muted(line: str) -> str:
	return f"<p class='text-muted'>{escape_html(line)}</p>"


SHOWN = (
	"heard_on",
	"said",
	"answer",
	"competitor",
	"topic",
	"lead",
	"persona",
	"heard_by",
	"customer",
	"name",
)


def _columns(shown: str) -> list[dict]:
	if shown != WORDS:
		label = {"In the Way": _("What Stands in the Way")}.get(shown) or _(shown)
		return [
			column("group", label, "Data", 320),
			column("leads", _("Leads"), "Int", 110),
			column("notes", _("Notes"), "Int", 110),
		]
	return [
		column("heard_on", _("Heard on"), "Date", 110),
		column("kind", _("Kind"), "Data", 180),
		_text("said", _("What Was Said"), 360),
		_text("answer", _("What We Say to It"), 220),
		_text("competitor", _("Competitor"), 130),
		_text("topic", _("Topic"), 120),
		_link("lead", _("Lead"), 170, "Lead"),
		_text("lead_name", _("Name"), 160),
		_link("persona", _("Persona"), 150, "Nurture Persona"),
		_link("customer", _("Customer"), 150, "Customer"),
		_text("heard_in", _("Heard In"), 100),
		_text("heard_by", _("Heard By"), 180),
		column("name", _("Note"), "Link", 120, options="Nurture Insight"),
	]


def _text(name: str, label: str, width: int, kind: str = "Data", **more: Any) -> dict:
	"""To the left, whatever the first cell: the table takes an empty one for a number."""
	return column(name, label, kind, width, align="left", **more)


def _link(name: str, label: str, width: int, doctype: str) -> dict:
	"""Plain text for whoever may read none of these records: Frappe refuses them a report with a link to one."""
	if not frappe.has_permission(doctype, "read"):
		return _text(name, label, width)
	return _text(name, label, width, "Link", options=doctype)


def _chart(groups: Sequence[Heard], shown: str) -> dict | None:
	bars = groups[:MOST_BARS]
	if not bars:
		return None
	return {
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#2490ef"],
		"data": {
			"labels": [_name(shown, row.name) for row in bars],
			"datasets": [{"name": _("Leads"), "values": [row.leads for row in bars]}],
		},
	}


def _summary(found: Sequence[Insight]) -> list[dict]:
	return [
		{"label": _("Leads"), "value": leads_of(found), "datatype": "Int"},
		{"label": _("Notes"), "value": len(found), "datatype": "Int"},
	]
