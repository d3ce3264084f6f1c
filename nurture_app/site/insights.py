"""What colleagues heard, where it is of use: on the lead, in the playbook, beside texts (SM-10, PZ-18)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import frappe

from nurture_app.engine.figures.insights import Insight
from nurture_app.engine.insights import IN_THE_WAY
from nurture_app.site.privacy.own_rows import like

DOCTYPE = "Nurture Insight"
ON_THE_PANEL = 3
IN_THE_PLAYBOOK = 5
IN_THE_BANK = 100
COLUMNS = (
	"name",
	"kind",
	"said",
	"answer",
	"competitor",
	"topic",
	"lead",
	"persona",
	"heard_on",
	"heard_in",
	"heard_by",
	"customer",
)
NEWEST_FIRST = "heard_on desc, creation desc"


def latest(lead: str) -> dict[str, Any] | None:
	"""How many were noted of a lead, and the newest, for its panel; None for users who may read none. Two queries.

	Whoever may read the lead may read them. Index (lead).
	"""
	if not frappe.has_permission(DOCTYPE, "read"):
		return None
	rows = frappe.get_all(
		DOCTYPE,
		{"lead": lead},
		["name", "kind", "said", "competitor", "heard_on", "heard_in", "for_copy"],
		order_by=NEWEST_FIRST,
		limit=ON_THE_PANEL,
	)
	count = frappe.db.count(DOCTYPE, {"lead": lead}) if len(rows) == ON_THE_PANEL else len(rows)
	return {"count": count, "latest": rows, "may_add": bool(frappe.has_permission(DOCTYPE, "create"))}


def answers(persona: str | None) -> list[dict[str, Any]]:
	"""What people of a persona said against it and what we say to that, the newest; of leads the user may see."""
	if not persona or not frappe.has_permission(DOCTYPE, "read"):
		return []
	return frappe.get_list(
		DOCTYPE,
		{"persona": persona, "kind": ["in", IN_THE_WAY], "answer": ["is", "set"]},
		["kind", "said", "answer", "heard_on"],
		order_by=NEWEST_FIRST,
		limit_page_length=IN_THE_PLAYBOOK,
	)


def phrases(persona: str = "", text: str = "") -> list[dict[str, Any]]:
	"""The newest words that may be used in texts, of a `persona` and with `text` in them if given; of everybody, without a name."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).where(table.for_copy == 1)
	if persona:
		query = query.where(table.persona == persona)
	if text.strip():
		query = query.where(table.said.like(like(text.strip())))
	query = query.select(table.kind, table.said, table.said_by, table.persona, table.topic, table.heard_on)
	query = query.orderby(table.heard_on, table.creation, order=frappe.qb.desc)
	return query.limit(IN_THE_BANK).run(as_dict=True)


def heard(first: date, last: date, **filters: str) -> list[frappe._dict]:
	"""What the user may see of what was heard from `first` to `last`, newest first; `filters` by column. A fixed number of queries."""
	if not frappe.has_permission(DOCTYPE, "read"):
		return []
	return frappe.get_list(
		DOCTYPE,
		{"heard_on": ["between", (first, last)], **{name: value for name, value in filters.items() if value}},
		COLUMNS,
		order_by=NEWEST_FIRST,
		limit_page_length=0,
	)


def as_insight(row: Mapping[str, Any]) -> Insight:
	"""A row of `heard`, for the engine to count."""
	texts = ("lead", "answer", "competitor", "topic", "persona")
	return Insight(
		row["name"],
		row["kind"],
		row["said"] or "",
		row["heard_on"],
		**{name: row[name] or "" for name in texts},
	)
