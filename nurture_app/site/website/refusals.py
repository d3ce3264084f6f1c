"""What was refused and why: kept for a while, told to marketers, tried again once the mapping was mended (CT-04).

Only what a known source sent is kept, never what a stranger sent, and no header or secret. A source that sends the
same mistake all day gets one line for it.
"""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine.codes import NurtureError
from nurture_app.site.sentences import error_sentence

DOCTYPE = "Nurture Refused Event"
LONGEST_PAYLOAD = 20_000
"""Characters kept of a payload."""

MOST_A_DAY = 500
"""Lines of one source a day; beyond, a line only counts."""


def note(source: str, error: NurtureError, payload: Any = None) -> None:
	"""Write down one refusal, within the caller's transaction."""
	reason = error_sentence(error)
	payload = "" if payload is None else json.dumps(payload, indent=1, ensure_ascii=False, default=str)
	today = add_to_date(now_datetime(), days=-1)
	same = frappe.db.get_value(
		DOCTYPE,
		{
			"source": source,
			"code": error.code,
			"reason": reason[:1000],
			"refused_on": [">", today],
			"payload": payload[:LONGEST_PAYLOAD],
		},
	)
	same = same or _overflow(source, today)
	if same:
		table = frappe.qb.DocType(DOCTYPE)
		frappe.qb.update(table).set(table.times, table.times + 1).where(table.name == same).run()
		return
	frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"source": source,
			"refused_on": now_datetime(),
			"code": error.code,
			"reason": reason[:1000],
			"times": 1,
			"payload": payload[:LONGEST_PAYLOAD],
			"is_cut": int(len(payload) > LONGEST_PAYLOAD or not payload),
		}
	).insert(ignore_permissions=True, ignore_links=True)


def _overflow(source: str, since: Any) -> str | None:
	"""The latest line of a source that has had its share of lines."""
	recent = {"source": source, "refused_on": [">", since]}
	if frappe.db.count(DOCTYPE, recent) < MOST_A_DAY:
		return None
	return frappe.db.get_value(DOCTYPE, recent, order_by="refused_on desc")
