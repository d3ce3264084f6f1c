"""After the nightly pass: who made an experiment hears of its end (GL-07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils import escape_html

from nurture_app.engine.experiments.findings import findings_from_json
from nurture_app.engine.one_by_one import each
from nurture_app.site import active
from nurture_app.site.transactions import RETRYABLE

EXPERIMENT = "Nurture Experiment"


def tell(since: datetime) -> None:
	"""Of experiments that decided themselves since then, and, once each, of those that wait for somebody to decide."""
	fields = ["name", "owner", "status", "decision", "winner", "results", "auto_roll_out"]
	decided = frappe.get_all(
		EXPERIMENT, {"status": "Decided", "auto_roll_out": 1, "decided_on": [">=", since]}, fields
	)
	for one in decided:
		outcome = one.winner or _("no difference worth having is left")
		text = _("Decided by itself: {0} ({1}).").format(escape_html(outcome), _(one.decision))
		frappe.get_doc(EXPERIMENT, one.name).add_comment("Info", text)
		_notify(one, _("Experiment {0} has decided itself: {1}").format(one.name, outcome))
	if decided:
		active.forget()  # the tick remembers experiments
	running = frappe.get_all(EXPERIMENT, {"status": "Running", "results": ["is", "set"]}, fields)
	each(EXPERIMENT, {one.name: one for one in running}, _tell_of_findings, RETRYABLE)


def _tell_of_findings(one: Any) -> None:
	found = findings_from_json(one.results)
	told = {"document_type": EXPERIMENT, "document_name": one.name}
	if found.may_decide and not frappe.db.exists("Notification Log", told):
		_notify(one, _("Experiment {0} has a winner: {1}. Decide what to do.").format(one.name, found.winner))
	elif found.may_give_up and not frappe.db.exists("Notification Log", told):
		_notify(one, _("Experiment {0} has nothing worth having left to find.").format(one.name))


def _notify(one: Any, subject: str) -> None:
	address = frappe.db.get_value("User", one.owner, "email")
	notice = {
		"type": "Alert",
		"document_type": EXPERIMENT,
		"document_name": one.name,
		"subject": escape_html(subject),
		"from_user": "Administrator",
	}
	enqueue_create_notification([address or "Administrator"], notice)
