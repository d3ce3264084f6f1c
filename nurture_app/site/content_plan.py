"""Planning content in six steps, each with what the site knows of it (CM-21, CM-25, CM-26)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, getdate, nowdate

from nurture_app.engine.library.results import results
from nurture_app.engine.ports import Host
from nurture_app.site.content_gaps import next_to_write
from nurture_app.site.counted import count_as
from nurture_app.site.journey_stages import Stage, all_stages, place_of, titles_of_base
from nurture_app.site.stage_goals import stage_goals

AHEAD, BACK = 30, 90
"""Days that the steps on the calendar and on results look at."""
NAMED = 5


def content_plan(host: Host) -> list[dict[str, Any]]:
	"""Steps as `{title, state, found, todo, route}`: `ok`, or `fix` where nothing is there yet. A fixed number of queries."""
	known = all_stages()
	return [_audience(), _journey(known), _priority(known), _calendar(), _formats(), _measure(host)]


def _audience() -> dict[str, Any]:
	personas = frappe.get_list(
		"Nurture Persona", {"enabled": 1}, ["name", "evidence_count"], limit_page_length=0
	)
	assumed = [row.name for row in personas if not row.evidence_count]
	found = _("{0} personas, {1} of them without evidence.").format(len(personas), len(assumed))
	todo = "" if personas else _("Enable the personas you write for, and add evidence that they are true.")
	return _step(_("1. Whom do you write for?"), bool(personas), found, todo, "List/Nurture Persona")


def _journey(known: list[Stage]) -> dict[str, Any]:
	open_leads = {"status": ["not in", ["Converted", "Do Not Contact"]]}
	rows = []
	if frappe.has_permission("Lead", "read"):
		rows = frappe.get_list(
			"Lead",
			open_leads,
			["nurture_journey_stage as stage", count_as("number")],
			group_by="nurture_journey_stage",
			order_by=None,
		)
	called, aims = {stage.name: stage.title for stage in known}, stage_goals(known)
	leads: Counter[str] = Counter()
	for row in rows:
		leads[place_of(known, row.stage)] += row.number
	lines = [
		_("{0} ({1} leads): {2}").format(called[stage], leads.get(stage, 0), aim)
		for stage, aim in aims.items()
	]
	is_known = any(leads.get(stage) for stage in aims)
	todo = "" if is_known else _("No lead has a stage yet: let sequences or people set it.")
	return _step(_("2. Where are they on their way?"), is_known, " ".join(lines), todo, "nurture-journey")


def _priority(known: list[Stage]) -> dict[str, Any]:
	called = titles_of_base(known)
	view, cells = next_to_write(called)
	empty = [(stage, persona) for stage, persona, count in cells if not count]
	names = ", ".join(f"{called[stage.title()]} / {persona}" for stage, persona in empty)
	todo = _("Write for: {0}.").format(names) if empty else ""
	found = _("View: {0}.").format(_(view))
	return _step(_("3. What is missing most?"), not empty, found, todo, "query-report/Nurture Content Gaps")


def _calendar() -> dict[str, Any]:
	today, until = nowdate(), add_days(nowdate(), AHEAD)
	planned = frappe.db.count("Nurture Asset", {"published_on": ["between", [today, until]]})
	overdue = frappe.db.count("Nurture Asset", {"enabled": 1, "review_on": ["<", today]})
	found = _("{0} pieces are to be published within {1} days; {2} reviews are overdue.").format(
		planned, AHEAD, overdue
	)
	todo = (
		""
		if planned
		else _("Plan the next piece: an asset that is switched off, with the day under Published On.")
	)
	return _step(
		_("4. What comes when?"),
		bool(planned) and not overdue,
		found,
		todo,
		"List/Nurture Asset/Calendar/default",
	)


def _formats() -> dict[str, Any]:
	programme = frappe.db.get_single_value("Nurture Settings", "programme") or ""
	formats = frappe.get_list(
		"Nurture Content Format",
		fields=["name", "style", "begin_with"],
		order_by="name asc",
		limit_page_length=0,
	)
	used = set(frappe.get_list("Nurture Asset", {"enabled": 1}, pluck="format", limit_page_length=0)) - {
		None,
		"",
	}
	simple = [row.name for row in formats if row.begin_with and row.name not in used]
	suiting = [row.name for row in formats if programme and row.style == programme and row.name not in used]
	found = _("{0} of {1} formats are in use.").format(len(used), len(formats))
	todo = []
	if simple:
		todo.append(_("Begin with: {0}.").format(_list(simple)))
	if suiting:
		todo.append(_("Then what suits {0}: {1}.").format(programme, _list(suiting)))
	return _step(
		_("5. In which form?"),
		bool(used) and not simple,
		found,
		" ".join(todo),
		"List/Nurture Content Format",
	)


def _measure(host: Host) -> dict[str, Any]:
	start = datetime.combine(getdate(add_days(nowdate(), -BACK)), time.min)
	found = results(host, start, host.clock.now())
	best = sorted((one for one in found if one.clicked), key=lambda one: one.clicked, reverse=True)
	line = _("{0} assets were sent within {1} days.").format(len(found), BACK)
	if best:
		line += " " + _("Most clicked: {0}.").format(_list([one.name for one in best]))
	todo = "" if found else _("Nothing was sent yet. Put assets into mails, and look again.")
	return _step(_("6. What did it bring?"), bool(found), line, todo, "query-report/Nurture Content Results")


def _list(names: Sequence[str]) -> str:
	more = len(names) - NAMED
	shown = ", ".join(_(name) for name in names[:NAMED])
	return _("{0} and {1} more").format(shown, more) if more > 0 else shown


def _step(title: str, is_done: bool, found: str, todo: str, route: str) -> dict[str, Any]:
	return {"title": title, "state": "ok" if is_done else "fix", "found": found, "todo": todo, "route": route}
