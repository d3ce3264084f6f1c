"""For which stage and which persona there is nothing to send, and what to write next (CM-07, CM-08)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import nowdate

from nurture_app.engine.languages import best_language
from nurture_app.engine.personas import JOURNEY_STAGES

STAGES = tuple(stage.lower() for stage in JOURNEY_STAGES)
WRITE_FIRST = {
	"Middle of the Funnel": ("consideration", "evaluation", "decision", "awareness"),
	"Bottom of the Funnel": ("decision", "evaluation", "consideration", "awareness"),
}
"""Two views on where content pays most (CM-08)."""
NAMED = 4
"""Cells named in each view."""


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


def next_to_write(called: Mapping[str, str]) -> tuple[str, list[tuple[str, str, int]]]:
	"""The view the settings choose, or the middle, and what it would have written next; `called` as `titles_of_base`."""
	first = frappe.db.get_single_value("Nurture Settings", "write_first") or next(iter(WRITE_FIRST))
	rows = gaps(usable_assets(), enabled_personas())
	return first, to_write(rows, in_use(WRITE_FIRST[first], called))


def in_use(order: Collection[str], called: Mapping[str, str]) -> list[str]:
	"""Without what no stage of this site stands for."""
	return [stage for stage in order if called[stage.title()]]


def enabled_personas() -> list[str]:
	return frappe.get_all("Nurture Persona", {"enabled": 1}, pluck="name", order_by="name asc")


def usable_assets(language: str = "") -> list[frappe._dict]:
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
