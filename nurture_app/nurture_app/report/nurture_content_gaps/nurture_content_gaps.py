"""For which stage and which persona there is nothing to send (CM-07, MG-03)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, nowdate

from nurture_app.engine.languages import best_language
from nurture_app.site.journey_stages import titles_of_base

STAGES = ("awareness", "consideration", "evaluation", "decision")
WRITE_FIRST = {
	"Middle of the Funnel": ("consideration", "evaluation", "decision", "awareness"),
	"Bottom of the Funnel": ("decision", "evaluation", "consideration", "awareness"),
}
"""Two views on where content pays most (CM-08)."""
NAMED = 4
"""Cells named in each view."""
FUNNEL = {"TOFU": ("awareness",), "MOFU": ("consideration", "evaluation"), "BOFU": ("decision",)}


def execute(
	filters: dict[str, Any] | None = None,
) -> tuple[list[dict], list[dict], str | None, None, list[dict]]:
	"""Columns, a row per persona (and language), a warning about the middle, no chart, and the funnel's sums."""
	filters = frappe._dict(filters or {})
	assets = _load_assets(filters.language)
	personas = frappe.get_all("Nurture Persona", {"enabled": 1}, pluck="name", order_by="name asc")
	spoken = _languages_of_leads() if filters.by_language and not filters.language else ()
	rows = gaps(assets, personas, by_language=bool(filters.by_language), spoken=spoken)
	sums = {level: sum(_is_for(asset, FUNNEL[level]) for asset in assets) for level in FUNNEL}
	first = frappe.db.get_single_value("Nurture Settings", "write_first")
	message = "".join(filter(None, (_message(sums), _to_write(rows, first))))
	return _columns(bool(filters.by_language)), rows, message or None, None, _summary(sums)


def gaps(
	assets: Sequence[Mapping[str, Any]],
	personas: Collection[str],
	by_language: bool = False,
	spoken: Collection[str] = (),
) -> list[dict[str, Any]]:
	"""How many assets there are by stage, for each persona and for everybody. What is for everybody counts for each.

	`assets` have the stages (`for_...`), `language` and `personas`; languages that are `spoken` and in which there is
	nothing have rows of their own.
	"""
	languages: list[str | None] = [None]
	if by_language:
		written = {asset["language"] or "" for asset in assets}
		languages = sorted(written | {one for one in spoken if not best_language(one, written)})
	rows = []
	for language in languages:
		some = [one for one in assets if language is None or (one["language"] or "") == language]
		for persona in (*personas, ""):
			fitting = [one for one in some if not one["personas"] or persona in one["personas"]]
			counts = {stage: sum(bool(one[f"for_{stage}"]) for one in fitting) for stage in STAGES}
			rows.append({"persona": persona or _("For Everybody"), "language": language or "", **counts})
	return rows


def to_write(rows: Sequence[Mapping[str, Any]], order: Collection[str]) -> list[tuple[str, str, int]]:
	"""The cells of the matrix to fill next, as (stage, persona, how many there are): the emptiest first, and among those as
	`order` has the stages. What is for everybody is no cell of its own where there are personas."""
	cells = [
		(row[stage], place, row["persona"], stage)
		for row in rows
		for place, stage in enumerate(order)
		if len(rows) == 1 or row["persona"] != _("For Everybody")
	]
	return [(stage, persona, count) for count, _place, persona, stage in sorted(cells)[:NAMED]]


def next_to_write() -> tuple[str, list[tuple[str, str, int]]]:
	"""The view the settings choose, or the middle, and what it would have written next."""
	first = frappe.db.get_single_value("Nurture Settings", "write_first") or next(iter(WRITE_FIRST))
	personas = frappe.get_all("Nurture Persona", {"enabled": 1}, pluck="name", order_by="name asc")
	return first, to_write(gaps(_load_assets(None), personas), _in_use(WRITE_FIRST[first]))


def _in_use(order: Collection[str]) -> list[str]:
	"""Without what no stage of this site stands for."""
	called = titles_of_base()
	return [stage for stage in order if called[stage.title()]]


def _to_write(rows: Sequence[Mapping[str, Any]], first: str | None) -> str:
	"""Both views on what to write first, that of the settings before the other (CM-08)."""
	views = sorted(WRITE_FIRST.items(), key=lambda view: view[0] != first)
	called = titles_of_base()
	lines = []
	for name, order in views:
		cells = [
			f"{escape_html(called[stage.title()])} / {escape_html(persona)} ({count})"
			for stage, persona, count in to_write(rows, _in_use(order))
		]
		chosen = f" ({_('as set in Nurture Settings')})" if name == first else ""
		lines.append(f"<li><b>{_(name)}{chosen}</b>: {', '.join(cells)}</li>")
	return f"<div>{_('What to write next')}:<ul>{''.join(lines)}</ul></div>"


def _languages_of_leads() -> list[str]:
	"""Of those who may still be written to."""
	filters = {"language": ["is", "set"], "status": ["not in", ["Converted", "Do Not Contact"]]}
	return frappe.get_all("Lead", filters, pluck="language", distinct=True, order_by=None)


def _load_assets(language: str | None) -> list[frappe._dict]:
	"""What may be sent today."""
	assets = frappe.get_list(
		"Nurture Asset",
		filters={"enabled": 1, **({"language": language} if language else {})},
		fields=["name", "language", "is_offer", "valid_until", *(f"for_{stage}" for stage in STAGES)],
		order_by=None,
		limit_page_length=0,
	)
	of_persona: dict[str, set[str]] = {}
	for row in frappe.get_all("Nurture Asset Persona", fields=["parent", "persona"], order_by=None):
		of_persona.setdefault(row.parent, set()).add(row.persona)
	usable = [one for one in assets if not (one.is_offer and str(one.valid_until) < nowdate())]
	for asset in usable:
		asset.personas = of_persona.get(asset.name, set())
	return usable


def _is_for(asset: Mapping[str, Any], stages: Collection[str]) -> bool:
	return any(asset[f"for_{stage}"] for stage in stages)


def _columns(by_language: bool) -> list[dict]:
	columns = [{"fieldname": "persona", "label": _("Persona"), "fieldtype": "Data", "width": 240}]
	if by_language:
		columns.append({"fieldname": "language", "label": _("Language"), "fieldtype": "Data", "width": 100})
	return columns + [
		{"fieldname": stage, "label": label, "fieldtype": "Int", "width": 150}
		for stage in STAGES
		if (label := titles_of_base()[stage.title()])
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
