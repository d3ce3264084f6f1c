"""What each asset, block or content brought: reactions, and leads who went on afterwards (CM-14)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.library.results import DAYS_AFTER, GROUPS, Result, results
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, rows, and what the figures mean."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in GROUPS else "Asset"
	first, last = whole_days(filters)
	found = results(site_host(commit=False), first, last, by)
	meaning = _(
		"Opened is an estimate: many mail programs open pictures by themselves, or not at all. Went on: leads who became MQL or SQL, had an opportunity or bought within {0} days; they may have done so anyway."
	).format(DAYS_AFTER)
	return _columns(by), [_row(one) for one in found], f"<p class='text-muted'>{meaning}</p>"


def _columns(by: str) -> list[dict]:
	ours = {"Asset": "Nurture Asset", "Block": "Nurture Content Block", "Content": "Nurture Content"}
	doctype = ours.get(by, by)
	columns = [{"fieldname": "name", "label": _(by), "fieldtype": "Link", "options": doctype, "width": 280}]
	if by == "Block":
		columns.append({"fieldname": "variant", "label": _("Variant"), "fieldtype": "Data", "width": 180})
	for name, label in (
		("sent", _("Sent")),
		("leads", _("Leads")),
		("opened", _("Opened (estimate)")),
		("clicked", _("Clicked")),
		("clicked_percent", _("Clicked %")),
		("replied", _("Replied")),
		("replied_percent", _("Replied %")),
		("advanced", _("Went On")),
		("advanced_percent", _("Went On %")),
	):
		kind = {"fieldtype": "Percent", "precision": 1} if name.endswith("percent") else {"fieldtype": "Int"}
		columns.append({"fieldname": name, "label": label, "width": 110, **kind})
	return columns


def _row(one: Result) -> dict[str, Any]:
	row = {name: getattr(one, name) for name in Result.__dataclass_fields__}
	row["variant"] = one.variant or _("Default")
	for name, base in (("clicked", one.sent), ("replied", one.sent), ("advanced", one.leads)):
		row[f"{name}_percent"] = 100 * row[name] / base if base else 0
	return row
