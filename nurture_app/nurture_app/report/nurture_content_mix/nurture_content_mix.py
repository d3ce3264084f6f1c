"""How much of what sequences send helps, and how much promotes (CM-22, CD-12, MG-40)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from nurture_app.engine.config import load_settings
from nurture_app.engine.library.mix import Mix, mixes
from nurture_app.site.host import site_host

USUAL_DAYS = 90


def execute(
	filters: dict[str, Any] | None = None,
) -> tuple[list[dict], list[dict], str | None, None, list[dict]]:
	"""Columns, a row per sequence with mails, a warning where promotion dominates, no chart, and the sums."""
	filters = frappe._dict(filters or {})
	wanted = {"status": filters.status} if filters.status else {}
	rows = frappe.get_list(
		"Nurture Sequence", wanted, ["name", "status"], order_by="name asc", limit_page_length=0
	)
	host = site_host(commit=False)
	since = now_datetime() - timedelta(days=cint(filters.days) or USUAL_DAYS)
	found = [one for one in mixes(host, [row.name for row in rows], since) if one.helping + one.promoting]
	status = {row.name: row.status for row in rows}
	limit = load_settings(host.db).promotional_percent
	total = Mix(
		"",
		*(
			sum(getattr(one, name) for one in found)
			for name in Mix.__dataclass_fields__
			if name != "sequence"
		),
	)
	return (
		_columns(),
		[_row(one, status, limit) for one in found],
		_message(total, limit),
		None,
		_summary(total, limit),
	)


def _row(one: Mix, status: dict[str, str], limit: int) -> dict[str, Any]:
	row = {name: getattr(one, name) for name in (*Mix.__dataclass_fields__, "percent", "sent_percent")}
	row["status"] = status.get(one.sequence, "")
	row["too_much"] = int(_too_much(one, limit))
	return row


def _too_much(one: Mix, limit: int) -> bool:
	return bool(limit) and max(one.percent, one.sent_percent) > limit


def _message(total: Mix, limit: int) -> str | None:
	if not _too_much(total, limit):
		return None
	return _(
		"Promotion dominates: more than {0} % of the mails promote. Put more mails between the offers that help without asking."
	).format(limit)


def _columns() -> list[dict]:
	number = {"fieldtype": "Int", "width": 120}
	percent = {"fieldtype": "Percent", "precision": 0, "width": 110}
	return [
		{
			"fieldname": "sequence",
			"label": _("Sequence"),
			"fieldtype": "Link",
			"options": "Nurture Sequence",
			"width": 280,
		},
		{"fieldname": "status", "label": _("Status"), "fieldtype": "Data", "width": 90},
		{"fieldname": "helping", "label": _("Mails that Help"), **number},
		{"fieldname": "promoting", "label": _("That Promote"), **number},
		{"fieldname": "percent", "label": _("Promoting %"), **percent},
		{"fieldname": "sent_helping", "label": _("Sent: Help"), **number},
		{"fieldname": "sent_promoting", "label": _("Sent: Promote"), **number},
		{"fieldname": "sent_percent", "label": _("Sent: Promoting %"), **percent},
	]


def _summary(total: Mix, limit: int) -> list[dict]:
	colour = "Red" if _too_much(total, limit) else "Blue"
	return [
		{
			"label": _("Promoting, as Written"),
			"value": round(total.percent),
			"datatype": "Percent",
			"indicator": colour,
		},
		{
			"label": _("Promoting, as Sent"),
			"value": round(total.sent_percent),
			"datatype": "Percent",
			"indicator": colour,
		},
	]
