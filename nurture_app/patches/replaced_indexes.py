"""Indexes that longer ones replaced (`engine.schema`) and that would only be paid for."""

from __future__ import annotations

import frappe

REPLACED = (
	("Nurture Activity", "activity_type_occurred_on_index"),
	("Nurture Enrollment", "status_due_on_index"),
	("Nurture Enrollment", "sequence_party_index"),
	("Nurture Consent", "party_channel_purpose_index"),
	("Nurture Touch", "status_queued_on_index"),
)


def execute() -> None:
	for doctype, index in REPLACED:
		if frappe.db.db_type == "mariadb":
			frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX IF EXISTS `{index}`")
		elif frappe.db.db_type == "postgres":
			frappe.db.sql_ddl(f'DROP INDEX IF EXISTS "{index}"')
