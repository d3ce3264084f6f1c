"""Leads that have been silent for as long as the settings say are erased, a few each night (CP-09); the months may differ by country.

Silent is a lead about whom nothing has happened: nothing the person did, nothing a colleague changed, wrote or noted,
no sequence that runs, no task that is open; and who never became an opportunity, a quotation or a customer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import frappe
from frappe.query_builder import functions as fn
from frappe.utils import add_months, get_datetime, now_datetime

from nurture_app.engine.codes import LIVE_STATUSES
from nurture_app.engine.privacy_rules import PrivacyRules
from nurture_app.site.privacy.erase import erase_together
from nurture_app.site.privacy.person import find_person
from nurture_app.site.privacy_rules import site_privacy_rules

TOGETHER = 25
"""Leads per erasure: one search through the logs serves them all."""
SECONDS = 600
"""A night goes on no longer than this; the next one takes the rest."""
CONVERTED = ("Converted", "Opportunity", "Quotation")


def erase_silent() -> int:
	"""Nightly; returns how many leads are gone. Does nothing where Nurture Settings name no number of months. Commits.

	Nobody asked for it, so nobody is put on the list of addresses that get nothing: who comes back may be written to.
	Those who are on it stay there, by the hash alone.
	"""
	started, erased = time.monotonic(), 0
	for months, countries in periods(site_privacy_rules()).items():
		while time.monotonic() - started < SECONDS:
			leads = silent_leads(months, TOGETHER, countries)
			if not leads:
				break
			erase_together(
				[find_person("", [lead]) for lead in leads], f"Retention: silent for {months} months"
			)
			erased += len(leads)
	return erased


def periods(rules: PrivacyRules) -> dict[int, list[str] | None]:
	"""By a number of months: in which countries, as leads write them, it holds; None for everybody. Those kept for ever are
	left out. Empty stands for leads without a country (LO-05)."""
	if not any(row.retention_months for row in rules.rows):
		return {months: None} if (months := rules.retention_months(None)) > 0 else {}
	lead = frappe.qb.DocType("Lead")
	written = {
		(country or "").strip() for (country,) in frappe.qb.from_(lead).select(lead.country).distinct().run()
	}
	found: dict[int, list[str] | None] = {}
	for country in sorted(written):
		if months := rules.retention_months(country):
			found.setdefault(months, []).append(country)
	return found


def silent_leads(months: int, limit: int, countries: Sequence[str] | None = None) -> list[str]:
	"""The names of at most `limit` leads of `countries` (`periods`), oldest first."""
	lead = frappe.qb.DocType("Lead")
	query = _silent(months, countries).select(lead.name)
	return query.orderby(lead.modified, order=frappe.qb.asc).limit(limit).run(pluck=True)


def count_silent(rules: PrivacyRules) -> int:
	"""How many leads would go by now."""
	lead = frappe.qb.DocType("Lead")
	counted = fn.Count(lead.name)
	return sum(
		int(_silent(months, countries).select(counted).run()[0][0])
		for months, countries in periods(rules).items()
	)


def _silent(months: int, countries: Sequence[str] | None) -> Any:
	"""Indexes: Lead (modified); the others by the lead's name."""
	since = get_datetime(add_months(now_datetime(), -months))
	lead, other = frappe.qb.DocType("Lead"), frappe.qb.DocType("Lead").as_("other")
	activity, live = frappe.qb.DocType("Nurture Activity"), frappe.qb.DocType("Nurture Enrollment")
	mail, comment, todo = (frappe.qb.DocType(name) for name in ("Communication", "Comment", "ToDo"))
	insight = frappe.qb.DocType("Nurture Insight")
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
		_any(insight, (insight.lead == lead.name) & (insight.creation >= since)),
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
	if countries is not None:
		query = query.where(fn.Trim(fn.Coalesce(lead.country, "")).isin(list(countries)))
	for found in busy:
		query = query.where(found.negate())
	return query


def _any(table: Any, criterion: Any) -> Any:
	from pypika.terms import ExistsCriterion

	return ExistsCriterion(frappe.qb.from_(table).select(1).where(criterion))
