"""What a salesperson finds to do about a lead: the open tasks, and in one sentence what would help most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import frappe
from frappe import _
from frappe.utils import strip_html

from nurture_app.engine.codes import LIVE_STATUSES, WAITING_FOR_RELEASE
from nurture_app.engine.config import Settings
from nurture_app.engine.consent import Hold, Never, Verdict
from nurture_app.engine.stages import STAGES
from nurture_app.site.channels.records import OPEN
from nurture_app.site.sentences import reason_sentence

LONGEST = 200
"""Letters of a task that are shown; the rest is on the ToDo."""


def open_tasks(lead: str) -> list[dict[str, Any]]:
	"""What sequences gave colleagues to do about a lead and nobody has done, the most urgent first.

	Whoever may read the lead sees them, as on its timeline; `mine` are the user's own.
	"""
	rows = frappe.get_all(
		"ToDo",
		filters={
			"reference_type": "Lead",
			"reference_name": lead,
			"status": "Open",
			"nurture_kind": ["is", "set"],
		},
		fields=["name", "description", "date", "allocated_to", "nurture_kind as kind"],
		order_by="date asc, creation asc",
	)
	for row in rows:
		text = unescape(strip_html((row.pop("description") or "").replace("<br>", " ")))
		row.text = text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"
		row.mine = row.allocated_to == frappe.session.user
		row.who = frappe.utils.get_fullname(row.allocated_to) if row.allocated_to else ""
	return rows


def sentence(
	lead: Mapping[str, Any],
	verdict: Verdict,
	enrollments: Sequence[Mapping[str, Any]],
	tasks: Sequence[Mapping[str, Any]],
	settings: Settings,
) -> str:
	"""What would help most now; empty when nothing would."""
	stage = lead["nurture_stage"] or ""
	held = next((row for row in enrollments if row["status"] == "Held"), None)
	if held and held["reason"] in WAITING_FOR_RELEASE and held["reason_detail"] == frappe.session.user:
		return _("{0} waits for your release: look at what comes next and decide.").format(held["sequence"])
	if any(task["mine"] for task in tasks):
		return _("Do what is open for you, see To Do.")
	if held:
		return held["reason_sentence"]
	if lead["status"] == "Converted":
		return ""
	opportunity = _open_opportunity(lead["name"])
	if opportunity:
		return _("With sales: opportunity {0} is open.").format(opportunity)
	if stage in STAGES and STAGES.index(stage) >= STAGES.index(settings.handoff_stage):
		return _("Ready for sales ({0}): get in touch while the interest is fresh.").format(_(stage))
	if isinstance(verdict, Never):
		return ""
	if isinstance(verdict, Hold):
		return reason_sentence(verdict.reason)
	if any(row["status"] in LIVE_STATUSES for row in enrollments):
		return ""
	return _("In no sequence now. Enroll the lead in one that fits.")


def _open_opportunity(lead: str) -> str:
	filters = {"opportunity_from": "Lead", "party_name": lead, "status": ["in", OPEN]}
	return frappe.db.get_value("Opportunity", filters, "name", order_by="creation desc") or ""
