"""For which stage and which persona there is nothing to send (CM-07, MG-03)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from nurture_app.site.content_gaps import (
	STAGES,
	WRITE_FIRST,
	enabled_personas,
	gaps,
	in_use,
	to_write,
	usable_assets,
)
from nurture_app.site.journey_stages import titles_of_base

FUNNEL = {"TOFU": ("awareness",), "MOFU": ("consideration", "evaluation"), "BOFU": ("decision",)}


def execute(
	filters: dict[str, Any] | None = None,
) -> tuple[list[dict], list[dict], str | None, None, list[dict]]:
	"""Columns, a row per persona (and language), a warning about the middle, no chart, and the funnel's sums."""
	filters = frappe._dict(filters or {})
	assets, called = usable_assets(filters.language or ""), titles_of_base()
	spoken = _languages_of_leads() if filters.by_language and not filters.language else ()
	rows = gaps(assets, enabled_personas(), by_language=bool(filters.by_language), spoken=spoken)
	sums = {level: sum(_is_for(asset, FUNNEL[level]) for asset in assets) for level in FUNNEL}
	first = frappe.db.get_single_value("Nurture Settings", "write_first")
	message = "".join(filter(None, (_message(sums), _to_write(rows, first, called))))
	return _columns(bool(filters.by_language), called), rows, message or None, None, _summary(sums)


def _to_write(rows: Sequence[Mapping[str, Any]], first: str | None, called: Mapping[str, str]) -> str:
	"""Both views on what to write first, that of the settings before the other (CM-08)."""
	views = sorted(WRITE_FIRST.items(), key=lambda view: view[0] != first)
	lines = []
	for name, order in views:
		cells = [
			f"{escape_html(called[stage.title()])} / {escape_html(persona)} ({count})"
			for stage, persona, count in to_write(rows, in_use(order, called))
		]
		chosen = f" ({_('as set in Nurture Settings')})" if name == first else ""
		lines.append(f"<li><b>{_(name)}{chosen}</b>: {', '.join(cells)}</li>")
	return f"<div>{_('What to write next')}:<ul>{''.join(lines)}</ul></div>"


def _languages_of_leads() -> list[str]:
	"""Of those who may still be written to."""
	filters = {"language": ["is", "set"], "status": ["not in", ["Converted", "Do Not Contact"]]}
	return frappe.get_all("Lead", filters, pluck="language", distinct=True, order_by=None)


def _is_for(asset: Mapping[str, Any], stages: Collection[str]) -> bool:
	return any(asset[f"for_{stage}"] for stage in stages)


def _columns(by_language: bool, called: Mapping[str, str]) -> list[dict]:
	columns = [{"fieldname": "persona", "label": _("Persona"), "fieldtype": "Data", "width": 240}]
	if by_language:
		columns.append({"fieldname": "language", "label": _("Language"), "fieldtype": "Data", "width": 100})
	return columns + [
		{"fieldname": stage, "label": called[stage.title()], "fieldtype": "Int", "width": 150}
		for stage in in_use(STAGES, called)
	]


def _message(sums: Mapping[str, int]) -> str | None:
	if sums["MOFU"] < sums["TOFU"] and sums["MOFU"] < sums["BOFU"]:
		warning = _(
			"The middle of the funnel has the fewest assets. There leads compare and doubt: case studies, comparisons and answers to objections help most."
		)
		return f"<p>{warning}</p>"
	return None


def _summary(sums: Mapping[str, int]) -> list[dict]:
	fewest = min(sums.values())
	labels = {"TOFU": _("Top of the Funnel"), "MOFU": _("Middle"), "BOFU": _("Bottom")}
	return [
		{
			"label": labels[level],
			"value": count,
			"datatype": "Int",
			"indicator": "Red" if count == fewest and level == "MOFU" else "Blue",
		}
		for level, count in sums.items()
	]
