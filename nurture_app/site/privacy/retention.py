"""Leads that have been silent for as long as the settings say are erased, a few each night (CP-09).

Silent is a lead about whom nothing has happened: nothing the person did, nothing a colleague changed, wrote or noted,
no sequence that runs, no task that is open; and who never became an opportunity, a quotation or a customer.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import frappe
from frappe.query_builder import functions as fn
from frappe.utils import add_months, get_datetime, now_datetime

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.site.privacy.erase import erase_together
from nurture_app.site.privacy.person import find_person

TOGETHER = 25
"""Leads per erasure: one search through the logs serves them all."""
SECONDS = 600
"""A night goes on no longer than this; the next one takes the rest."""
CONVERTED = ("Converted", "Opportunity", "Quotation")


def erase_silent() -> int:
	"""Nightly; returns how many leads are gone. Does nothing unless Nurture Settings name a number of months. Commits.

	Nobody asked for it, so nobody is put on the list of addresses that get nothing: who comes back may be written to.
	Those who are on it stay there, by the hash alone.
	"""
	months = frappe.db.get_single_value("Nurture Settings", "retention_months") or 0
	if months < 1:
		return 0
	started, erased = time.monotonic(), 0
	while time.monotonic() - started < SECONDS:
		leads = silent_leads(months, TOGETHER)
		if not leads:
			break
		erase_together([find_person("", [lead]) for lead in leads], f"Retention: silent for {months} months")
		erased += len(leads)
	return erased


def silent_leads(months: int, limit: int, now: datetime | None = None) -> list[str]:
	"""The names of at most `limit` leads, oldest first."""
	lead = frappe.qb.DocType("Lead")
	query = _silent(add_months(now or now_datetime(), -months)).select(lead.name)
	return query.orderby(lead.modified, order=frappe.qb.asc).limit(limit).run(pluck=True)


def count_silent(months: int) -> int:
	"""How many leads would go by now."""
	if months < 1:
		return 0
	lead = frappe.qb.DocType("Lead")
	return int(_silent(add_months(now_datetime(), -months)).select(fn.Count(lead.name)).run()[0][0])


def _silent(since: Any) -> Any:
	"""Indexes: Lead (modified); the others by the lead's name."""
	since = get_datetime(since)
	lead, other = frappe.qb.DocType("Lead"), frappe.qb.DocType("Lead").as_("other")
	activity, live = frappe.qb.DocType("Nurture Activity"), frappe.qb.DocType("Nurture Enrollment")
	mail, comment, todo = (frappe.qb.DocType(name) for name in ("Communication", "Comment", "ToDo"))
	opportunity, quotation = frappe.qb.DocType("Opportunity"), frappe.qb.DocType("Quotation")
	customer, event = frappe.qb.DocType("Customer"), frappe.qb.DocType("Event Participants")
	busy = (
		_any(activity, (activity.party == lead.name) & (activity.occurred_on >= since)),
		_any(live, (live.party == lead.name) & live.status.isin([str(status) for status in LIVE_STATUSES])),
		_any(
			mail,
			(mail.reference_doctype == "Lead")
			& (mail.reference_name == lead.name)
			& (mail.communication_type == "Communication")
			& (mail.creation >= since),
		),
		_any(
			comment,
			(comment.reference_doctype == "Lead")
			& (comment.reference_name == lead.name)
			& (comment.comment_type == "Comment")
			& (comment.creation >= since),
		),
		_any(
			todo,
			(todo.reference_type == "Lead") & (todo.reference_name == lead.name) & (todo.status == "Open"),
		),
		_any(
			event,
			(event.reference_doctype == "Lead")
			& (event.reference_docname == lead.name)
			& (event.creation >= since),
		),
		_any(opportunity, (opportunity.party_name == lead.name) & (opportunity.opportunity_from == "Lead")),
		_any(quotation, (quotation.party_name == lead.name) & (quotation.quotation_to == "Lead")),
		_any(customer, customer.lead_name == lead.name),
		# The same person under a second record that is not silent: an erasure takes both.
		_any(
			other,
			(other.email_id == lead.email_id)
			& (other.email_id != "")
			& (other.name != lead.name)
			& ((other.modified >= since) | other.status.isin(CONVERTED)),
		),
	)
	query = frappe.qb.from_(lead).where((lead.modified < since) & (lead.creation < since))
	query = query.where(lead.status.notin(CONVERTED))
	query = query.where(lead.nurture_last_activity_on.isnull() | (lead.nurture_last_activity_on < since))
	for found in busy:
		query = query.where(found.negate())
	return query


def _any(table: Any, criterion: Any) -> Any:
	from pypika.terms import ExistsCriterion

	return ExistsCriterion(frappe.qb.from_(table).select(1).where(criterion))
