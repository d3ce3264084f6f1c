"""Who hears too much from us, and who nothing, by persona (CD-15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from nurture_app.engine.config import load_settings
from nurture_app.engine.touch_load import Load, touch_load
from nurture_app.site.host import site_host

USUAL_DAYS = 30
TOO_MANY_SILENT = 50
"""Percent of a persona's leads without any touch: pointed out above it."""


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, a row per persona, and what counts as too much."""
	filters = frappe._dict(filters or {})
	host, days = site_host(commit=False), cint(filters.days) or USUAL_DAYS
	most = cint(filters.most) or _usual_most(host, days)
	found = touch_load(host, now_datetime() - timedelta(days=days), most)
	meaning = _("Messages and tasks of the last {0} days. Too much: more than {1} for one lead.").format(
		days, most
	)
	return _columns(), [_row(one) for one in found], f"<p class='text-muted'>{meaning}</p>"


def _usual_most(host: Any, days: int) -> int:
	"""As many as the frequency cap lets through in that time; without a cap one for every three days."""
	settings = load_settings(host.db)
	if not settings.cap_messages or not settings.cap_days:
		return max(1, days // 3)
	return max(1, settings.cap_messages * days // settings.cap_days)


def _row(one: Load) -> dict[str, Any]:
	percent = 100 * one.silent / one.leads if one.leads else 0
	hint = _("Too much for {0} leads").format(one.over) if one.over else ""
	if percent > TOO_MANY_SILENT:
		hint = " · ".join(filter(None, (hint, _("Most hear nothing"))))
	return {
		"persona": one.persona or _("Without a persona"),
		"leads": one.leads,
		"touches": one.touches,
		"average": one.average,
		"over": one.over,
		"silent": one.silent,
		"silent_percent": percent,
		"hint": hint,
	}


def _columns() -> list[dict]:
	columns = [
		{"fieldname": "persona", "label": _("Persona"), "fieldtype": "Data", "width": 240},
		{"fieldname": "hint", "label": _("Worth a Look"), "fieldtype": "Data", "width": 240},
	]
	for name, label, kind in (
		("leads", _("Leads"), "Int"),
		("touches", _("Touches"), "Int"),
		("average", _("Per Lead"), "Float"),
		("over", _("Too Much"), "Int"),
		("silent", _("Heard Nothing"), "Int"),
		("silent_percent", _("Heard Nothing %"), "Percent"),
	):
		columns.append({"fieldname": name, "label": label, "fieldtype": kind, "precision": 1, "width": 120})
	return columns
