"""Leads into sequences by the dozen or the thousand: first who and why not, then the deed."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine import enroll_preview as engine
from nurture_app.engine.codes import Reason
from nurture_app.engine.live import live_sequences
from nurture_app.engine.sql import chunks
from nurture_app.site.api.access import (
	ENROLLERS,
	MOST_AT_ONCE,
	names_from,
	readable_leads,
	require_role,
)
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_enroll_segment
from nurture_app.site.permissions import and_may_read
from nurture_app.site.sentences import reason_sentence

SHOWN = 10
"""Leads named for each reason."""
MOST_LOOKED_AT = 5000
"""Members of a segment a preview looks at; of a larger one it says so."""


@frappe.whitelist()
def preview(
	sequence: str, leads: str | list[str] | None = None, segment: str | None = None
) -> dict[str, Any]:
	"""How many of these leads would enter now, and of the others why not, with some names. Writes nothing.

	Give leads, or a segment whose members are meant. Only leads the user may see are looked at.
	"""
	require_role(ENROLLERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	wanted, members = _wanted(leads, segment)
	host = site_host(commit=False)
	found = engine.preview(host, sequence, wanted)
	shown = [party for parties in found.refused.values() for party in parties[:SHOWN]]
	titles = _titles([*found.entering[:SHOWN], *shown])
	unmet = _unmet(host, sequence, found.refused.get(str(Reason.NOT_MATCHING), [])[:SHOWN])
	return {
		"asked": members,
		"looked_at": len(wanted),
		"entering": len(found.entering),
		"entering_some": [_named(party, titles) for party in found.entering[:SHOWN]],
		"refused": [
			{
				"reason": reason,
				"sentence": reason_sentence(reason),
				"count": len(parties),
				"some": [
					_named(party, titles)
					| {
						"unmet": unmet.get(party, []) if reason == Reason.NOT_MATCHING else [],
						"detail": found.details.get(party, ""),
					}
					for party in parties[:SHOWN]
				],
			}
			for reason, parties in sorted(found.refused.items(), key=lambda one: -len(one[1]))
		],
		"in_background": bool(segment) and len(wanted) > MOST_AT_ONCE,
	}


@frappe.whitelist(methods=["POST"])
def enroll_segment(sequence: str, segment: str) -> dict[str, Any]:
	"""Enroll the members of a segment the user may see: at once, or in the background when they are many (`queued`)."""
	require_role(ENROLLERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	members = readable_members(segment)
	if len(members) > MOST_AT_ONCE:
		enqueue_enroll_segment(sequence, segment)
		return {"queued": True, "entered": 0, "refused": 0}
	return {"queued": False, **enroll_all(sequence, members)}


def enroll_all(sequence: str, leads: list[str], *, commit: bool = False) -> dict[str, int]:
	"""Enroll leads by hand, as the present user; the log says of each what became of it."""
	from nurture_app.engine import trigger_log
	from nurture_app.engine.enrollments import entering, rows

	host = site_host(commit=commit)
	entered = 0
	for some in chunks(leads, rows.MOST_AT_ONCE):
		outcomes = entering.enroll(host, sequence, some, frappe.session.user)
		with host.db.transaction():
			trigger_log.note_by_hand(host, sequence, outcomes, frappe.session.user)
		entered += sum(1 for outcome in outcomes if outcome.enrollment)
	return {"entered": entered, "refused": len(leads) - entered}


def readable_members(segment: str) -> list[str]:
	"""The members of a segment whose leads the user may see, in one query. Index (segment, left_on, party)."""
	return [name for (name,) in _of_members(segment, "ORDER BY m.party")]


def newest_members(segment: str, most: int) -> list[dict[str, Any]]:
	"""The last who entered of those the user may see, each as `lead` and `title`, in two queries."""
	order = f"ORDER BY m.entered_on DESC, m.name DESC LIMIT {int(most)}"
	leads = [name for (name,) in _of_members(segment, order)]
	titles = _titles(leads)
	return [_named(lead, titles) for lead in leads]


def _of_members(segment: str, order: str) -> tuple[tuple, ...]:
	"""`order` is ours, and `m` the member in it."""
	frappe.has_permission("Nurture Segment", "read", doc=segment, throw=True)
	mark = "`" if frappe.db.db_type == "mariadb" else '"'
	lead, members = f"{mark}tabLead{mark}", f"{mark}tabNurture Segment Member{mark}"
	query = f"SELECT m.party FROM {members} m JOIN {lead} ON {lead}.name = m.party WHERE m.segment = %s AND m.left_on IS NULL{and_may_read()} {order}"
	return frappe.db.sql(query, (segment,))


def _wanted(leads: str | list[str] | None, segment: str | None) -> tuple[list[str], int]:
	"""The leads to look at, and how many were asked for."""
	if segment:
		members = readable_members(segment)
		return members[:MOST_LOOKED_AT], len(members)
	wanted = names_from(leads or [])
	if not wanted:
		frappe.throw(_("Choose leads or a segment."))
	allowed = readable_leads(wanted)
	return [lead for lead in wanted if lead in allowed], len(wanted)


def _titles(leads: list[str]) -> dict[str, str]:
	rows = frappe.get_all(
		"Lead", filters={"name": ["in", leads or [""]]}, fields=["name", "lead_name", "company_name"]
	)
	return {row.name: row.lead_name or row.company_name or row.name for row in rows}


def _named(lead: str, titles: dict[str, str]) -> dict[str, Any]:
	return {"lead": lead, "title": titles.get(lead, lead)}


def _unmet(host: Any, sequence: str, leads: list[str]) -> dict[str, list[str]]:
	live = next((one for one in live_sequences(host) if one.name == sequence), None)
	return engine.unmet_parts(host, live.definition, leads, _) if live else {}
