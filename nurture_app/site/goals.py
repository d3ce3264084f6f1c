"""The goal of a sequence: what is missing of it, how far it has come, and a word when it is reached or over (GL)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import cint, flt, format_date, getdate, today

from nurture_app.engine.codes import Reason
from nurture_app.engine.goal import missing_parts, proposed_date
from nurture_app.engine.one_by_one import each
from nurture_app.site.notices import tell_managers
from nurture_app.site.transactions import RETRYABLE, savepoint

REACHED, OVER = "Reached", "Over"
USUAL_METRICS = {
	"Conversion": "Opportunity Created",
	"Re-engagement": "Email Reply",
	"Expansion": "Order Placed",
}
"""What is proposed for a kind of goal."""


@dataclass(frozen=True, slots=True)
class Progress:
	"""How far a sequence is on the way to its goal: numbers of enrollments."""

	people: int
	reached: int

	@property
	def percent(self) -> float:
		return 100 * self.reached / self.people if self.people else 0.0


def progress(sequence: str) -> Progress:
	return progress_of([sequence]).get(sequence, Progress(0, 0))


def progress_of(sequences: list[str]) -> dict[str, Progress]:
	"""For all of `sequences` in one query."""
	if not sequences:
		return {}
	enrollment = frappe.qb.DocType("Nurture Enrollment")
	query = frappe.qb.from_(enrollment).select(enrollment.sequence, enrollment.reason, Count("*"))
	query = query.where(enrollment.sequence.isin(sequences)).groupby(enrollment.sequence, enrollment.reason)
	counts: dict[str, list[int]] = {}
	for sequence, reason, count in query.run():
		both = counts.setdefault(sequence, [0, 0])
		both[0] += count
		both[1] += count if reason == Reason.GOAL_REACHED else 0
	return {sequence: Progress(*both) for sequence, both in counts.items()}


def sentence(doc: Any) -> str:
	"""`So far 5 of 120 people (4 %) reached the goal; 8 % are wanted by 31-12-2026.` Empty without a goal."""
	if not doc.goal_activity:
		return ""
	now = progress(doc.name)
	text = _("So far {0} of {1} people ({2} %) reached the goal, {3}.").format(
		now.reached, now.people, round(now.percent), _(doc.goal_activity)
	)
	if flt(doc.goal_target) and doc.goal_date:
		wanted = _("{0} % are wanted by {1}.").format(flt(doc.goal_target, 1), format_date(doc.goal_date))
	elif flt(doc.goal_target):
		wanted = _("{0} % are wanted.").format(flt(doc.goal_target, 1))
	else:
		wanted = ""
	return " ".join(filter(None, (text, wanted, *_objectives(doc, now))))


def _objectives(doc: Any, now: Progress) -> list[str]:
	"""The numbers behind the goal (GL-04)."""
	found = []
	for field, count, text in (
		("objective_people", now.people, _("{0} of {1} people have entered.")),
		("objective_reached", now.reached, _("{0} of {1} people have reached it.")),
	):
		if cint(doc.get(field)):
			found.append(text.format(count, doc.get(field)))
	return found


def panel(doc: Any, length: int) -> dict[str, Any]:
	"""For the form: progress (GL-07), and what the goal needs before activating, with a proposal (GL-01).

	`length` in days, for the date.
	"""
	missing = missing_parts(doc.as_dict(), getdate(today()))
	day = proposed_date(getdate(today()), length) if "goal_date" in missing else getdate(doc.goal_date)
	return {
		"sentence": sentence(doc),
		"percent": round(progress(doc.name).percent, 1),
		"target": flt(doc.goal_target),
		"missing": list(missing),
		"proposed": {
			"goal_activity": doc.goal_activity or USUAL_METRICS.get(doc.goal_kind or "", ""),
			"goal_target": flt(doc.goal_target) or None,
			"goal_date": str(day),
		},
	}


def tell() -> int:
	"""Every night: a word about goals reached and goals whose date has passed, once each; returns how many."""
	fields = ["name", "goal_activity", "goal_target", "goal_date", "goal_told"]
	fields += ["objective_people", "objective_reached", "responsible"]
	filters = {"status": "Active", "goal_activity": ["is", "set"], "goal_target": [">", 0]}
	rows = frappe.get_all("Nurture Sequence", filters=filters, fields=fields)
	now = progress_of([row.name for row in rows])

	def tell_of(row: Any) -> bool:
		news = _news(row, now.get(row.name, Progress(0, 0)))
		if news:
			subject = {
				REACHED: _("Sequence {0} has reached its goal"),
				OVER: _("The date of the goal of sequence {0} has passed"),
			}[news].format(frappe.bold(row.name))
			with savepoint():
				tell_managers("Nurture Sequence", row.name, subject, sentence(row), row.responsible or "")
				frappe.db.set_value("Nurture Sequence", row.name, "goal_told", news, update_modified=False)
		return bool(news)

	return sum(each("Nurture Sequence", {row.name: row for row in rows}, tell_of, RETRYABLE))


def _news(row: Any, now: Progress) -> str:
	if row.goal_date and getdate(row.goal_date) < getdate(today()):
		return OVER if row.goal_told != OVER else ""
	is_reached = now.people and now.percent >= flt(row.goal_target)
	return REACHED if is_reached and row.goal_told != REACHED else ""
