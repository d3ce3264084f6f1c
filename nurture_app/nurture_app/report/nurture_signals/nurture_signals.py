"""Which signal starts what, who handles it, and how often it did of late (TR-29)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import add_days, now_datetime

from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.trigger_sentences import entry_sentence
from nurture_app.engine.trigger_types import event_waited_for

DAYS = 30
BY_HAND, BY_SCORE, BY_TIME = "By Hand", "Score", "Time"
FAMILIES = {
	"Manual": BY_HAND,
	"New Lead": "Lead",
	"Score Above": BY_SCORE,
	"Score Below": BY_SCORE,
	"Account Score Above": BY_SCORE,
}
"""Signals of triggers that wait for no activity; those not listed wait for time to pass."""


def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict]]:
	"""Columns and one row for each sequence, by signal."""
	families = dict(frappe.get_all("Nurture Activity Type", fields=["name", "family"], as_list=True))
	counts = _counts()
	rows = []
	for name in frappe.get_list("Nurture Sequence", pluck="name", limit_page_length=0):
		doc = frappe.get_doc("Nurture Sequence", name)
		definition = doc.definition()
		rows.append(
			{
				"signal": _(_signal(definition, families)),
				"entry": entry_sentence(definition, _),
				"sequence": name,
				"status": doc.status,
				"handled_by": ", ".join(_handlers(definition)) or doc.responsible or doc.owner,
				"started": counts[name, "Started"],
				"refused": counts[name, "Refused"],
			}
		)
	return _columns(), sorted(rows, key=lambda row: (row["signal"], row["sequence"]))


def _signal(definition: SequenceDefinition, families: dict[str, str]) -> str:
	if event := event_waited_for(definition):
		return families.get(event) or "Lead"
	return FAMILIES.get(definition.trigger_type, BY_TIME)


def _handlers(definition: SequenceDefinition) -> list[str]:
	"""The people its steps turn to, in their order."""
	found: list[str] = []
	for step in definition.steps:
		if step.step_type == "Task":
			found.append(step.task_assign_to or _("Lead Owner"))
		elif step.step_type == "Handoff":
			found.append(step.handoff_user or _(step.handoff_to))
		elif step.step_type == "Notification":
			found.append(step.notify_user or step.notify_role or _(step.notify_who))
	return list(dict.fromkeys(one for one in found if one))


def _counts() -> Counter:
	"""How often triggers started or were refused, by sequence and outcome, in the last days."""
	log = frappe.qb.DocType("Nurture Trigger Log")
	query = frappe.qb.from_(log).select(log.sequence, log.outcome, Count("*"))
	query = query.where(log.decided_on > add_days(now_datetime(), -DAYS)).groupby(log.sequence, log.outcome)
	return Counter({(sequence, outcome): number for sequence, outcome, number in query.run()})


def _columns() -> list[dict]:
	names = (
		("signal", _("Signal"), "Data", 100),
		("entry", _("Starts When"), "Data", 380),
		("sequence", _("Sequence"), "Link", 240),
		("status", _("Status"), "Data", 90),
		("handled_by", _("Handled By"), "Data", 200),
		("started", _("Started, 30 Days"), "Int", 130),
		("refused", _("Refused, 30 Days"), "Int", 130),
	)
	columns = [
		{"fieldname": field, "label": label, "fieldtype": kind, "width": width}
		for field, label, kind, width in names
	]
	columns[2]["options"] = "Nurture Sequence"
	return columns
