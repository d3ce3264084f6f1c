"""How many mails came back, were called spam or ended in an unsubscribe, by step, sequence, sender or month (KM-31, RE-07)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.deliverability.rates import COUNTED, GROUPS, Rate, rates


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], None, dict | None]:
	"""Columns, rows, no message, and a chart of the rates."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in GROUPS else "Step"
	found = rates(*whole_days(filters), by, sequence=filters.sequence or "")
	return _columns(by), [_row(rate) for rate in found], None, _chart(by, found)


def _columns(by: str) -> list[dict]:
	names = {
		"sequence": {
			"label": _("Sequence"),
			"fieldtype": "Link",
			"options": "Nurture Sequence",
			"width": 220,
		},
		"step": {"label": _("Step"), "fieldtype": "Data", "width": 160},
		"sender": {"label": _("Sender"), "fieldtype": "Data", "width": 220},
		"month": {"label": _("Month"), "fieldtype": "Data", "width": 100},
	}
	columns = [{"fieldname": name, **names[name]} for name in GROUPS[by]]
	columns.append({"fieldname": "sent", "label": _("Left"), "fieldtype": "Int", "width": 90})
	for name, label in (
		("hard", _("Hard")),
		("soft", _("Soft")),
		("blocked", _("Blocked")),
		("complaints", _("Complaints")),
		("unsubscribed", _("Unsubscribed")),
		("cleaned", _("Cleaned")),
	):
		columns.append({"fieldname": name, "label": label, "fieldtype": "Int", "width": 100})
		percent = {"fieldtype": "Float", "precision": 2, "width": 90}
		columns.append({"fieldname": f"{name}_percent", "label": f"{label} %", **percent})
	return columns


def _row(rate: Rate) -> dict:
	row = {name: getattr(rate, name) for name in ("sequence", "step", "sender", "month", "sent")}
	for name in COUNTED:
		row[name] = getattr(rate, name)
		row[f"{name}_percent"] = rate.percent(name)
	return row


def _chart(by: str, found: list[Rate]) -> dict | None:
	if not found:
		return None
	shown = found[-12:] if by == "Month" else sorted(found, key=lambda rate: -rate.sent)[:12]
	labels = [" · ".join(filter(None, (rate.month, rate.sender, rate.sequence, rate.step))) for rate in shown]
	series = [(_("Hard %"), "hard"), (_("Complaints %"), "complaints"), (_("Unsubscribed %"), "unsubscribed")]
	datasets = [{"name": label, "values": [rate.percent(name) for rate in shown]} for label, name in series]
	return {"type": "bar", "data": {"labels": labels, "datasets": datasets}}
