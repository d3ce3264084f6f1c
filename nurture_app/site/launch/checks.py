"""What the records say about each point of the launch checklist. Each check reads a fixed number of times."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from pypika import functions as fn

from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import MAIL_STEPS
from nurture_app.engine.library.channel_guide import first_choices, load_grid
from nurture_app.engine.sales_cycle import DEALS, is_far_shorter
from nurture_app.site.deliverability.lines import FIX, OK, UNKNOWN
from nurture_app.site.host import site_host
from nurture_app.site.sales_cycle import cycle_for, sentence, time_to_close

LARGE_SHARE = 0.05
"""A segment with this share of all leads, or that starts an active sequence, counts as a larger one."""
ENOUGH = 0.8
"""Share of leads that should be known by a dimension."""
MOST_NAMED = 5
OTHER_CHANNELS = ("SMS", "WhatsApp", "Portal Message", "Task", "Audience", "Appointment Offer")
NO_CHANNEL = ("To Do", "Other", "", None)
"""Kinds of tasks that reach nobody."""
USUAL_CHANNELS = 3
"""CH-15: one beside e-mail is asked for, three are recommended."""


@dataclass(frozen=True, slots=True)
class Found:
	"""What a check found."""

	state: str
	found: str
	route: str = ""
	"""Where to mend it, as a route of the Desk."""


def personas() -> Found:
	"""CK-01, PJ-05: somebody in each larger segment is a persona that rests on data."""
	route = "List/Nurture Persona"
	segments = larger_segments()
	if not frappe.db.exists("Nurture Persona", {"enabled": 1, "evidence_count": [">", 0]}):
		return Found(FIX, _("No enabled persona has evidence: they are assumptions, not data."), route)
	if not segments:
		return Found(UNKNOWN, _("There is no larger segment yet."), "List/Nurture Segment")
	member, lead = frappe.qb.DocType("Nurture Segment Member"), frappe.qb.DocType("Lead")
	persona = frappe.qb.DocType("Nurture Persona")
	query = (
		frappe.qb.from_(member)
		.join(lead)
		.on(lead.name == member.party)
		.join(persona)
		.on(persona.name == lead.nurture_persona)
		.select(member.segment)
		.distinct()
	)
	query = query.where(member.segment.isin(segments) & member.left_on.isnull())
	covered = {row[0] for row in query.where((persona.enabled == 1) & (persona.evidence_count > 0)).run()}
	return _all_of(segments, covered, _("Without a persona that has evidence: {0}."), route)


def time_is_known() -> Found:
	"""CK-02, PJ-14 to PJ-18: time to close with its sample, and sequences far shorter than it."""
	deals = sorted(time_to_close(), key=lambda one: -one.deals)
	cycle = cycle_for()
	shown = ", ".join(
		_("{0}: {1} days on average ({2} deals)").format(
			one.deal_type or _("Any"), round(one.days), one.deals
		)
		for one in deals[:MOST_NAMED]
	)
	if not cycle.sample:
		return Found(FIX, f"{sentence(cycle)} {shown}".strip(), "List/Nurture Sales Cycle")
	shown = shown if cycle.basis == DEALS else sentence(cycle).rstrip(".")
	active = _active(["name", "expected_days"])
	short = [one.name for one in active if one.expected_days and is_far_shorter(one.expected_days, cycle)]
	if active and len(short) == len(active):
		found = _("{0}. Every active sequence is far shorter: {1}.").format(shown, _some(short))
		return Found(FIX, found, "nurture-gallery")
	return Found(OK, f"{shown}.", "")


def four_dimensions() -> Found:
	"""CK-03, SG-02: how many leads lack stage, behaviour, company profile or persona."""
	lead = frappe.qb.DocType("Lead")
	open_leads = frappe.qb.from_(lead).where(lead.status.notin(["Converted", "Do Not Contact"]))

	def given(*fields: Any) -> Any:
		"""How many rows have all of these filled in; a column at a time stays one query."""
		case = frappe.qb.terms.Case()
		condition = None
		for field in fields:
			filled = field.isnotnull() & (field != "")
			condition = filled if condition is None else condition & filled
		return fn.Sum(case.when(condition, 1).else_(0))

	(row,) = open_leads.select(
		fn.Count("*"),
		given(lead.nurture_journey_stage),
		fn.Sum(frappe.qb.terms.Case().when(lead.nurture_last_activity_on.isnotnull(), 1).else_(0)),
		given(lead.industry, lead.no_of_employees),
		given(lead.nurture_persona),
	).run()
	total = int(row[0] or 0)
	if not total:
		return Found(UNKNOWN, _("There are no leads yet."), "List/Lead")
	names = (_("journey stage"), _("behaviour"), _("company profile"), _("persona"))
	missing = [1 - int(count or 0) / total for count in row[1:]]
	found = ", ".join(f"{name} {share:.0%}" for name, share in zip(names, missing, strict=True))
	state = OK if all(share <= 1 - ENOUGH for share in missing) else FIX
	return Found(state, _("Missing, of {0} leads: {1}.").format(total, found), "List/Lead")


def scoring() -> Found:
	"""CK-04: rules are on; whether both sides agreed to the thresholds is somebody's word."""
	rules = frappe.db.count("Lead Scoring Rule", {"enabled": 1})
	if not rules:
		return Found(FIX, _("No scoring rule is enabled."), "List/Lead Scoring Rule")
	settings = load_settings(site_host(commit=False).db)
	found = _("{0} rules are enabled. MQL from {1} points, SQL from {2}.")
	return Found(
		OK, found.format(rules, settings.mql_threshold, settings.sql_threshold), "Form/Nurture Settings"
	)


def assets() -> Found:
	"""CK-05: stage and reader of each piece of content in the library."""
	stages = ["for_awareness", "for_consideration", "for_evaluation", "for_decision"]
	rows = frappe.get_all("Nurture Asset", {"enabled": 1}, ["name", "buying_role", *stages])
	route = "List/Nurture Asset"
	if not rows:
		return Found(FIX, _("There is no content in the library yet."), route)
	tagged = {row.name for row in rows if any(row[stage] for stage in stages) and row.buying_role}
	return _all_of([row.name for row in rows], tagged, _("Without stage or reader: {0}."), route)


def sequences() -> Found:
	"""CK-06: an active sequence for each larger segment, and one for those who do not react."""
	active = _active(["name", "trigger_segment", "condition", "goal_kind"])
	if not active:
		return Found(FIX, _("No sequence is active."), "nurture-gallery")
	segments = larger_segments()
	served = {
		segment
		for segment in segments
		for one in active
		if segment == one.trigger_segment or f'"{segment}"' in (one.condition or "")
	}
	found = _all_of(segments, served, _("Segments without an active sequence: {0}."), "nurture-gallery")
	if found.state == FIX:
		return found
	names = [one.name for one in active]
	asks = {
		"parent": ["in", names],
		"step_type": ["in", ["Branch", "Wait Until"]],
		"condition": ["like", '%"opened"%'],
	}
	if any(one.goal_kind == "Re-engagement" for one in active) or frappe.db.exists(
		"Nurture Sequence Step", asks
	):
		return Found(OK, _("{0} sequences are active.").format(len(active)))
	found = _("Nobody who does not open is taken up again: no active sequence re-engages, and none branches.")
	return Found(FIX, found, "nurture-gallery")


def channels() -> Found:
	"""CK-07, CH-15: whatever is not a mail, tasks by what they are."""
	names = [one.name for one in _active(["name"])]
	step = {"parent": ["in", names or [""]], "step_type": ["in", list(OTHER_CHANNELS)]}
	rows = frappe.get_all("Nurture Sequence Step", step, ["step_type", "task_kind"])
	kinds = {row.task_kind if row.step_type == "Task" else row.step_type for row in rows}
	used = sorted(kinds - {*MAIL_STEPS, *NO_CHANNEL})
	if used:
		told = _("Beside e-mail: {0}.").format(", ".join(map(_, used)))
		if len(used) + 1 < USUAL_CHANNELS:
			told += " " + _("Three channels reach more people: see what suits which stage.")
		if offered := _first_choices_left(used):
			told += " " + _("Not used yet, and a first choice for your programme: {0}.").format(offered)
		return Found(OK, told, "List/Nurture Channel Guide")
	return Found(FIX, _("The active sequences use e-mail alone."), "nurture-gallery")


def _first_choices_left(used: Collection[str]) -> str:
	"""Channels that suit the programme of the settings and that no active sequence uses (CH-19)."""
	programme = frappe.db.get_single_value("Nurture Settings", "programme") or ""
	if not programme:
		return ""
	found = first_choices(load_grid(site_host(commit=False)), programme)
	left = [
		title
		for step_type, kind, title in found
		if (kind or step_type) not in used and step_type not in MAIL_STEPS
	]
	return ", ".join(map(_, left))


def post_sale() -> Found:
	"""CK-09."""
	names = [
		one.name
		for one in _active(["name", "trigger_activity", "goal_kind"])
		if one.trigger_activity == "Became Customer" or one.goal_kind == "Expansion"
	]
	if names:
		return Found(OK, _("Active: {0}.").format(_some(names)))
	return Found(FIX, _("Nothing is active for customers."), "nurture-gallery")


def tests() -> Found:
	"""CK-10: an experiment in each active sequence."""
	names = [one.name for one in _active(["name"])]
	if not names:
		return Found(FIX, _("No sequence is active."), "nurture-gallery")
	running = frappe.get_all("Nurture Experiment", {"status": "Running"}, pluck="sequence")
	pattern = _("No experiment runs in: {0}.")
	return _all_of(names, set(running), pattern, "List/Nurture Experiment")


CHECKS: dict[str, Callable[[], Found]] = {
	"personas": personas,
	"time_to_close": time_is_known,
	"four_dimensions": four_dimensions,
	"scoring": scoring,
	"assets": assets,
	"sequences": sequences,
	"channels": channels,
	"post_sale": post_sale,
	"tests": tests,
}
"""By what stands in `Nurture Launch Check.check_name`."""


def larger_segments() -> list[str]:
	"""Enabled segments that start an active sequence or hold a noticeable share of the leads."""
	least = max(1, LARGE_SHARE * frappe.db.count("Lead"))
	started = {one.trigger_segment for one in _active(["trigger_segment"])}
	rows = frappe.get_all("Nurture Segment", {"enabled": 1}, ["name", "member_count"], order_by="name asc")
	return [row.name for row in rows if row.name in started or row.member_count >= least]


def _active(fields: list[str]) -> list[Any]:
	return frappe.get_all("Nurture Sequence", {"status": "Active"}, fields, order_by="name asc")


def _all_of(names: list[str], done: set[str], pattern: str, route: str) -> Found:
	missing = [name for name in names if name not in done]
	if missing:
		return Found(FIX, pattern.format(_some(missing)), route)
	return Found(OK, _("All {0}.").format(len(names)) if names else "", "")


def _some(names: list[str]) -> str:
	shown = ", ".join(names[:MOST_NAMED])
	more = len(names) - MOST_NAMED
	return _("{0} and {1} more").format(shown, more) if more > 0 else shown
