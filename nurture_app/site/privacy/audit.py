"""The trail of what was done with somebody's data where no ledger tells it already (CP-17).

Consent changes stand in Nurture Consent, messages in Nurture Touch, points in Nurture Score Entry, erasures in Nurture
Erasure. Exports, releases from quarantine and whatever else a person did by hand stand in Nurture Audit Entry.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.addresses import address_hash, normalise

EXPORT = "Personal Data Exported"
ERASURE_ASKED = "Erasure Requested"
QUARANTINE_RELEASED = "Released From Quarantine"
MERGED = "Lead Merged"
CHOICES = {
	"Nurture Lead Type": ("Lead Type Chosen by Hand", "Lead Type Left to Segments"),
	"Nurture Touch Tier": ("Touch Tier Chosen by Hand", "Touch Tier Left to Segments"),
}
"""By what is chosen: what is noted of a choice by hand, and of one taken back."""


def note(action: str, *, address: str = "", lead: str = "", detail: str = "", done_by: str = "") -> str:
	"""Add an entry within the caller's transaction; returns its name. `detail` must not name the person."""
	known = normalise(address)
	entry = frappe.get_doc(
		{
			"doctype": "Nurture Audit Entry",
			"action": action[:60],
			"occurred_on": now_datetime(),
			"done_by": done_by or frappe.session.user,
			"lead": lead,
			"subject_hash": address_hash(known) if known else "",
			"detail": detail[:1000],
		}
	)
	return entry.insert(ignore_permissions=True).name


def note_leads(action: str, leads: Sequence[str], detail: str = "") -> None:
	"""An entry for each of many leads, within the caller's transaction, with one statement per five hundred."""
	from nurture_app.site.database import FrappeDatabase

	database, now, user = FrappeDatabase(commit=False), now_datetime(), frappe.session.user
	columns = ("name", "action", "occurred_on", "done_by", "lead", "detail")
	database.insert(
		"tabNurture Audit Entry",
		columns,
		[(database.new_name(), action[:60], now, user, lead, detail[:1000]) for lead in leads],
	)
