"""Leads that were handed to a colleague who does not take them: the ledger says so."""

from __future__ import annotations

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, locking

CHANNEL = "Handoff"
REFUSED = (Reason.GIVEN_BACK, Reason.NOBODY_TO_TELL, Reason.STEP_ERROR)
"""Why a handover came to nothing."""


def note_given_back(host: Host, party: str, task: str) -> list[str]:
	"""The colleague does not want the lead; returns the sequences that had handed it over.

	`task` is the host's name of what told them of it; unknown ones are nobody's.
	"""
	return _change(host, party, task, (TouchStatus.DONE, ""), (TouchStatus.SKIPPED, Reason.GIVEN_BACK))


def note_taken_again(host: Host, party: str, task: str) -> None:
	"""They have changed their mind."""
	_change(host, party, task, (TouchStatus.SKIPPED, Reason.GIVEN_BACK), (TouchStatus.DONE, ""))


def _change(host: Host, party: str, task: str, before: tuple[str, str], after: tuple[str, str]) -> list[str]:
	"""The sequences whose ledger changed. Index (party, sent_on)."""
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name, touch.status, touch.reason, touch.sequence)
	query = query.where((touch.party == P(party)) & (touch.channel == P(CHANNEL)))
	query = query.where(touch.email_queue == P(task))
	if not host.db.rows(query):  # an assignment of somebody's own: the lead is not locked for that
		return []
	with host.db.transaction():
		lock_leads(host, {party})
		changing = {
			name: sequence
			for name, status, reason, sequence in host.db.rows(locking(query, host.db.dialect))
			if (status, reason or "") == (str(before[0]), str(before[1]))
		}
		rows = [(name, *after) for name in changing]
		host.db.update("tabNurture Touch", ("name", "status", "reason"), rows)
	return sorted(set(changing.values()))
