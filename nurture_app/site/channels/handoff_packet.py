"""What a colleague wants to know of a lead that is handed to them, in a few lines (SM-13)."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.utils import format_date, format_datetime

from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Facts, Never, load_facts, may_ever_send
from nurture_app.engine.interests import LAST
from nurture_app.engine.library.had import Reading, readings_of
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.ports import Handover, Host
from nurture_app.site.sentences import reason_sentence

PIECES_TOLD = 3
LEAD_COLUMNS = ("nurture_score", "nurture_stage", "nurture_persona", LAST)


def packets(host: Host, handovers: Sequence[Handover]) -> dict[str, str]:
	"""By touch, plain lines: the note, the score and why, what the lead did, who it is, what it has had, what is forbidden.

	A fixed number of queries, however many there are.
	"""
	parties = sorted({one.party for one in handovers})
	leads = load_leads(host, parties, LEAD_COLUMNS)
	recipients = [recipient_of(row) for row in leads.values()]
	facts = load_facts(host, recipients, load_settings(host.db))
	readings = readings_of(host, parties)
	pains = _pains({row["nurture_persona"] for row in leads.values()} - {"", None})
	return {
		one.touch: "\n".join(
			line
			for line in (
				one.note or _("This lead is ready for you."),
				_score(one, leads[one.party]),
				*_activities(one),
				_persona(leads[one.party], pains),
				_("Interested in: {0}").format(leads[one.party][LAST]) if leads[one.party][LAST] else "",
				_content(readings[one.party]),
				_forbidden(leads[one.party], facts),
			)
			if line
		)
		for one in handovers
		if one.party in leads
	}


def _score(one: Handover, lead: dict) -> str:
	if not one.reasons:
		return ""
	told = ", ".join(f"{_(rule)} ({points:+d})" for rule, points in one.reasons)
	stage = f" ({_(lead['nurture_stage'])})" if lead["nurture_stage"] else ""
	return _("Score {0}. It comes from: {1}").format(f"{int(lead['nurture_score'] or 0)}{stage}", told)


def _activities(one: Handover) -> list[str]:
	return [
		f"{format_datetime(moment)}  {_(kind)}: {detail}"
		if detail
		else f"{format_datetime(moment)}  {_(kind)}"
		for kind, detail, moment in one.activities
	]


def _persona(lead: dict, pains: dict[str, str]) -> str:
	name = lead["nurture_persona"]
	if not name:
		return ""
	pain = pains.get(name, "")
	return _("Persona: {0}. What hurts: {1}").format(name, pain) if pain else _("Persona: {0}").format(name)


def _pains(personas: set[str]) -> dict[str, str]:
	"""By persona, the first line of what hurts."""
	if not personas:
		return {}
	rows = frappe.get_all(
		"Nurture Persona", {"name": ["in", sorted(personas)]}, ["name", "pain_points"], order_by=None
	)
	return {row.name: next(iter((row.pain_points or "").strip().splitlines()), "") for row in rows}


def _content(reading: Reading) -> str:
	taken = [one for one in reading.had if one.taken_in][:PIECES_TOLD]
	if not taken:
		return ""
	told = [f"{one.title} ({format_date(one.clicked_on or one.downloaded_on)})" for one in taken]
	return _("Has taken in: {0}").format(", ".join(told))


def _forbidden(lead: dict, facts: Facts) -> str:
	verdict = may_ever_send(recipient_of(lead), facts)
	return (
		_("No marketing e-mail: {0}").format(reason_sentence(verdict.reason))
		if isinstance(verdict, Never)
		else ""
	)
