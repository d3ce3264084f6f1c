"""The buyer's journey as a map: each stage with its leads, its content, and the sequences that run there (PJ-10, PJ-13)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.engine.definition import STEP_COLUMNS
from nurture_app.engine.personas import JOURNEY_STAGES
from nurture_app.site.goals import progress_of
from nurture_app.site.journey_stages import Stage, all_stages, place_of
from nurture_app.site.stage_goals import stage_goals


def journey_map() -> list[dict[str, Any]]:
	"""The stages in their order, and last what has none. A fixed number of queries."""
	known = all_stages()
	sequences, leads = _sequences(known), _leads(known)
	content, aims = _content(), stage_goals(known)
	found = [
		{
			"stage": stage.name,
			"stages": [one.name for one in known if stage.name in (one.name, one.goes_to)],
			"label": stage.title,
			"funnel": stage.funnel,
			"meaning": stage.meaning,
			"aim": aims.get(stage.name, ""),
			"leads": leads.get(stage.name, 0),
			"content": content.get(stage.stands_for, 0),
			"sequences": sequences.get(stage.name, []),
		}
		for stage in known
		if not stage.goes_to
	]
	if leads.get("") or sequences.get(""):
		without = {"stage": "", "stages": [], "label": _("Without a stage"), "funnel": "", "meaning": ""}
		without |= {"aim": "", "leads": leads.get("", 0), "content": 0, "sequences": sequences.get("", [])}
		found.append(without)
	return found


def _leads(known: list[Stage]) -> dict[str, int]:
	lead = frappe.qb.DocType("Lead")
	query = frappe.qb.from_(lead).select(lead.nurture_journey_stage, Count("*"))
	query = query.where(lead.status.notin(["Converted", "Do Not Contact"])).groupby(
		lead.nurture_journey_stage
	)
	counts: dict[str, int] = {}
	for stage, count in query.run():
		place = place_of(known, stage)
		counts[place] = counts.get(place, 0) + count
	return counts


def _content() -> dict[str, int]:
	fields = {stage: f"for_{stage.lower()}" for stage in JOURNEY_STAGES}
	rows = frappe.get_list("Nurture Asset", {"enabled": 1}, list(fields.values()), limit_page_length=0)
	return {stage: sum(1 for row in rows if row[field]) for stage, field in fields.items()}


def _sequences(known: list[Stage]) -> dict[str, list[dict[str, Any]]]:
	"""Those that run, by stage, with their steps and who stands where."""
	fields = ["name", "journey_stage", "goal_activity", "persona", "status"]
	rows = frappe.get_list(
		"Nurture Sequence",
		{"status": ["in", ["Active", "Paused"]]},
		fields,
		order_by="name asc",
		limit_page_length=0,
	)
	names = [row.name for row in rows]
	steps, standing, progress = _steps(names), _standing(names), progress_of(names)
	found: dict[str, list[dict[str, Any]]] = {}
	for row in rows:
		now = progress.get(row.name)
		found.setdefault(place_of(known, row.journey_stage), []).append(
			{
				**row,
				"steps": steps.get(row.name, []),
				"standing": standing.get(row.name, {}),
				"live": sum(standing.get(row.name, {}).values()),
				"reached": now.reached if now else 0,
				"people": now.people if now else 0,
			}
		)
	return found


def _steps(names: list[str]) -> dict[str, list[dict[str, Any]]]:
	"""As they are edited now, in their order."""
	fields = ["parent", "idx", "name", *STEP_COLUMNS]
	rows = frappe.get_all(
		"Nurture Sequence Step", {"parent": ["in", names or [""]]}, fields, order_by="parent asc, idx asc"
	)
	found: dict[str, list[dict[str, Any]]] = {}
	for row in rows:
		found.setdefault(row.pop("parent"), []).append(row)
	return found


def _standing(names: list[str]) -> dict[str, dict[str, int]]:
	enrollment = frappe.qb.DocType("Nurture Enrollment")
	query = frappe.qb.from_(enrollment).select(enrollment.sequence, enrollment.step, Count("*"))
	query = query.where(enrollment.sequence.isin(names or [""]))
	query = query.where(enrollment.status.isin([str(status) for status in LIVE_STATUSES]))
	found: dict[str, dict[str, int]] = {}
	for sequence, step, count in query.groupby(enrollment.sequence, enrollment.step).run():
		found.setdefault(sequence, {})[step or ""] = count
	return found
