"""Where the people of a sequence stop: opened and no click, left before a step, booked and did not come (AB-12)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from nurture_app.engine.figures.counts import SequenceFigures, StepFigures, figures_of
from nurture_app.engine.figures.judgement import fatigue
from nurture_app.site.host import site_host
from nurture_app.site.sentences import reason_sentence
from nurture_app.site.sequence_figures import drop_offs, fatigue_sentence

COUNTS = ("sent", "opened", "only_opened", "clicked", "replied", "unsubscribed", "bounced", "left", "waiting")


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str, None, list[dict]]:
	"""Columns, a row per step, what is to be said, and the figures of the whole sequence."""
	filters = frappe._dict(filters or {})
	if not filters.sequence:
		return [], [], _("Choose a sequence: the report shows step by step where its people stop."), None, []
	frappe.has_permission("Nurture Sequence", "read", doc=filters.sequence, throw=True)
	since = datetime.combine(getdate(filters.from_date), time.min) if filters.from_date else None
	figures = figures_of(site_host(commit=False), filters.sequence, since)
	return _columns(), [_row(step) for step in figures.steps], _message(figures), None, _summary(figures)


def _columns() -> list[dict]:
	labels = {
		"step": _("Step"),
		"sent": _("Sent"),
		"opened": _("Opened (estimate)"),
		"only_opened": _("Opened, No Click or Answer"),
		"clicked": _("Clicked"),
		"clicked_percent": _("Clicked %"),
		"replied": _("Replied"),
		"replied_percent": _("Replied %"),
		"unsubscribed": _("Opted Out after It"),
		"unsubscribed_percent": _("Opted Out %"),
		"bounced": _("Bounced"),
		"left": _("Left before It"),
		"waiting": _("Stand Here Now"),
		"micro_goal": _("Small Goal"),
		"micro_reached": _("Reached the Small Goal"),
	}
	kinds = {"step": {"fieldtype": "Data", "width": 220}, "micro_goal": {"fieldtype": "Data", "width": 140}}
	percent = {"fieldtype": "Percent", "precision": 1, "width": 100}
	columns = []
	for name, label in labels.items():
		kind = kinds.get(name) or (
			percent if name.endswith("percent") else {"fieldtype": "Int", "width": 110}
		)
		columns.append({"fieldname": name, "label": label, **kind})
	return columns


def _row(step: StepFigures) -> dict[str, Any]:
	row: dict[str, Any] = {"step": step.step, "micro_goal": _(step.micro_goal) if step.micro_goal else ""}
	row |= {name: getattr(step, name) for name in (*COUNTS, "micro_reached")}
	for name in ("clicked", "replied", "unsubscribed"):
		row[f"{name}_percent"] = 100 * row[name] / step.sent if step.sent else 0
	return row


def _message(figures: SequenceFigures) -> str:
	lines = drop_offs(figures)
	if tired := fatigue(figures):
		lines.append(fatigue_sentence(tired))
	lines += [
		_("{0} people: {1}").format(count, reason_sentence(reason) or _("no reason given"))
		for reason, count in sorted((figures.left_for or {}).items(), key=lambda one: -one[1])
	]
	lines.append(
		_(
			"Opened is an estimate: many mail programs open pictures by themselves, or not at all. Those who answer leave the sequence, so some fall from step to step is natural."
		)
	)
	return "".join(f"<p class='text-muted'>{frappe.utils.escape_html(line)}</p>" for line in lines)


def _summary(figures: SequenceFigures) -> list[dict]:
	return [
		{"value": value, "label": label, "datatype": "Int"}
		for value, label in (
			(figures.people, _("Entered")),
			(figures.reached, _("Reached the Goal")),
			(figures.finished, _("Through without It")),
			(figures.left, _("Left")),
			(figures.booked, _("Booked")),
			(figures.missed, _("Booked and Did Not Come")),
		)
	]
