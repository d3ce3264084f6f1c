"""For which stage and which persona there is nothing to send (CM-07, MG-03)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import nowdate

STAGES = ("awareness", "consideration", "evaluation", "decision")
FUNNEL = {"TOFU": ("awareness",), "MOFU": ("consideration", "evaluation"), "BOFU": ("decision",)}


def execute(
	filters: dict[str, Any] | None = None,
) -> tuple[list[dict], list[dict], str | None, None, list[dict]]:
	"""Columns, a row per persona (and language), a warning about the middle, no chart, and the funnel's sums."""
	filters = frappe._dict(filters or {})
	assets = _load_assets(filters.language)
	personas = frappe.get_all("Nurture Persona", {"enabled": 1}, pluck="name", order_by="name asc")
	rows = gaps(assets, personas, by_language=bool(filters.by_language))
	sums = {level: sum(_is_for(asset, FUNNEL[level]) for asset in assets) for level in FUNNEL}
	return _columns(bool(filters.by_language)), rows, _message(sums), None, _summary(sums)


def gaps(
	assets: Sequence[Mapping[str, Any]], personas: Collection[str], by_language: bool = False
) -> list[dict[str, Any]]:
	"""How many assets there are by stage, for each persona and for everybody. What is for everybody counts for each.

	`assets` have the stages (`for_...`), `language` and `personas`.
	"""
	languages = sorted({asset["language"] or "" for asset in assets}) if by_language else [None]
	rows = []
	for language in languages:
		some = [one for one in assets if language is None or (one["language"] or "") == language]
		for persona in (*personas, ""):
			fitting = [one for one in some if not one["personas"] or persona in one["personas"]]
			counts = {stage: sum(bool(one[f"for_{stage}"]) for one in fitting) for stage in STAGES}
			rows.append({"persona": persona or _("For Everybody"), "language": language or "", **counts})
	return rows


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
	labels = (_("Awareness"), _("Consideration"), _("Evaluation"), _("Decision"))
	return columns + [
		{"fieldname": stage, "label": label, "fieldtype": "Int", "width": 150}
		for stage, label in zip(STAGES, labels, strict=True)
	]


def _message(sums: Mapping[str, int]) -> str | None:
	if sums["MOFU"] < sums["TOFU"] and sums["MOFU"] < sums["BOFU"]:
		return _(
			"The middle of the funnel has the fewest assets. There leads compare and doubt: case studies, comparisons and answers to objections help most."
		)
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
