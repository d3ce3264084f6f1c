"""Consents recorded before there was a history: their state becomes its first lines."""

from __future__ import annotations

import frappe

from nurture_app.engine.evidence import ENTRY_COLUMNS
from nurture_app.site.host import site_host


def execute() -> None:
	consent, entry = frappe.qb.DocType("Nurture Consent"), frappe.qb.DocType("Nurture Consent Entry")
	told = frappe.qb.from_(entry).select(entry.party).distinct()
	words = ("source", "recorded_by", "wording", "proof")
	known = ("party_type", "party", "address", "channel", "purpose")
	columns = (*known, "status", "given_on", "withdrawn_on", "creation", *words)
	rows = (
		frappe.qb.from_(consent)
		.select(*(consent[column] for column in columns))
		.where(consent.party.notin(told))
		.run(as_dict=True)
	)
	db = site_host(commit=False).db
	lines = []
	for row in rows:
		whom = tuple(row[column] for column in known)
		said = tuple(row[column] or "" for column in words)
		if row.given_on or row.status == "Pending":
			status = "Given" if row.given_on else "Pending"
			lines.append((db.new_name(), *whom, status, row.given_on or row.creation, *said))
		if row.status == "Withdrawn":
			lines.append(
				(db.new_name(), *whom, "Withdrawn", row.withdrawn_on or row.creation, "", "", "", "")
			)
	db.insert("tabNurture Consent Entry", ENTRY_COLUMNS, lines)
