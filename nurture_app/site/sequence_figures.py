"""The figures of a sequence in words: for its form, for the report of drop-offs, and as proposals of a test."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, format_datetime

from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import MAIL_STEPS
from nurture_app.engine.figures.counts import SequenceFigures, figures_of
from nurture_app.engine.figures.judgement import Fatigue, Reading, fatigue, read_kpis, suggested
from nurture_app.engine.ports import Host
from nurture_app.site.sentences import reason_sentence

FEW = 5
"""Fewer people are not spoken of."""
MANY = 50
"""Mails without a reply from which on another ask is worth a try."""
SLOW_SECONDS = 2.0
KEPT_SECONDS = 60 * 60
"""Figures that took longer than `SLOW_SECONDS` to count are shown again for so long."""


def panel(host: Host, doc: Any) -> dict[str, Any]:
	"""KPIs that fit the goal, with their benchmarks (GL-05), fatigue (SE-18), and tests to propose (AB-16).

	All people who ever entered and their messages are read: the form asks for this after everything else.
	"""
	figures, counted_on = _counted(host, doc)
	readings = read_kpis(figures, load_settings(host.db), flt(doc.goal_target))
	fitting = suggested(doc.goal_kind or "", doc.goal_activity or "")
	tired = fatigue(figures)
	running = set(
		frappe.get_all("Nurture Experiment", {"sequence": doc.name, "status": "Running"}, pluck="step")
	)
	return {
		"kpis": [_kpi(one) for one in readings if one.kpi.name in fitting or one.is_worse],
		"suggested": [_(name) for name in fitting],
		"fatigue": fatigue_sentence(tired) if tired and tired.is_tired else "",
		"proposals": [_proposal(one, doc) for one in readings if one.is_worse and one.step not in running],
		"drop_offs": drop_offs(figures),
		"counted": _("Counted on {0}.").format(format_datetime(counted_on)) if counted_on else "",
	}


def _counted(host: Host, doc: Any) -> tuple[SequenceFigures, datetime | None]:
	"""The figures, and when they were counted if that was earlier. Changing the sequence has them counted anew."""
	key = f"nurture_figures::{doc.name}::{doc.modified}"
	kept = frappe.cache.get_value(key, expires=True)
	if kept:
		return kept
	started = time.monotonic()
	figures = figures_of(host, doc.name)
	if time.monotonic() - started > SLOW_SECONDS:
		frappe.cache.set_value(key, (figures, host.clock.now()), expires_in_sec=KEPT_SECONDS)
	return figures, None


def _kpi(one: Reading) -> dict[str, Any]:
	return {
		"label": _(one.kpi.name),
		"count": one.count,
		"base": one.base,
		"percent": round(one.percent, 1),
		"benchmark": one.benchmark,
		"is_worse": one.is_worse,
	}


def _proposal(one: Reading, doc: Any) -> dict[str, str]:
	"""A test of what most probably moves the figure, as the first values of an experiment."""
	line = _("{0}: {1} % of {2}, where {3} % are the benchmark.").format(
		_(one.kpi.name), flt(one.percent, 1), one.base, flt(one.benchmark, 1)
	)
	if not one.step:
		return {"text": line, "step": ""}
	ask = _("Try another {0} in “{1}”.").format(_(one.kpi.variable), one.step)
	return {
		"text": f"{line} {ask}",
		"title": f"{_(one.kpi.name)}: {one.step} ({doc.name})"[:100],
		"step": one.step,
		"variable": one.kpi.variable,
		"metric": one.kpi.metric,
		"hypothesis": line,
	}


def fatigue_sentence(tired: Fatigue) -> str:
	"""From the first to the last message with figures, and what to do if people are tired."""
	parts = [
		_("From “{0}” to “{1}” openings go from {2} % to {3} %, reactions from {4} % to {5} %").format(
			tired.first, tired.last, *(round(one, 1) for one in (*tired.opened, *tired.reacted))
		)
	]
	if any(tired.unsubscribed):
		parts.append(
			_("people who opt out from {0} % to {1} %").format(*(round(one, 2) for one in tired.unsubscribed))
		)
	advice = _("The sequence tires people: make it shorter, or change its later messages.")
	return f"{', '.join(parts)}. {advice}" if tired.is_tired else f"{', '.join(parts)}."


def drop_offs(figures: SequenceFigures) -> list[str]:
	"""The places where most stop, in words; nothing below five people (AB-12)."""
	found = []
	silent = max(
		(step for step in figures.steps if step.sent), key=lambda step: step.only_opened, default=None
	)
	if silent and silent.only_opened >= FEW:
		found.append(
			_("{0} of {1} who opened “{2}” did not click or answer.").format(
				silent.only_opened, silent.opened, silent.step
			)
		)
	mails = sum(step.sent for step in figures.steps if step.step_type in MAIL_STEPS)
	if mails >= MANY and not any(step.replied for step in figures.steps):
		found.append(
			_(
				"{0} mails and not one reply. Try another ask, not only another subject: two slides about their own case instead of a call of 15 minutes, for example."
			).format(mails)
		)  # CD-18
	if figures.missed >= FEW:
		found.append(
			_("{0} people booked and did not come; {1} came.").format(figures.missed, figures.attended)
		)
	most = max(figures.steps, key=lambda step: step.left, default=None)
	if most and most.left >= FEW:
		why = max(figures.left_for or {"": 0}, key=lambda reason: (figures.left_for or {}).get(reason, 0))
		found.append(
			_("Most left before “{0}”: {1} of {2} who left. Most frequent reason: {3}").format(
				most.step, most.left, figures.left, reason_sentence(why) or _("none given")
			)
		)
	return found
