"""Indexes on tables of other apps, for what Frappe and ERPNext look up when a lead moves on.

Composite, because Frappe's schema sync drops single-column indexes it does not know.
"""

from __future__ import annotations

import frappe

from nurture_app.engine.schema import INDEXES
from nurture_app.nurture_app import indexes as own

PREFIX = "nurture_"
FOREIGN: dict[str, tuple[str, str]] = {
	"Contact Email": ("email_id", "parent"),  # every Communication looks its addresses up here
	"Customer": ("lead_name", "name"),  # Lead.set_status at each save
	"Opportunity": ("party_name", "opportunity_from"),  # likewise
	"Prospect Lead": ("lead", "parent"),  # each mail, each save of a Lead
	"Issue": ("lead", "status"),
	"Lead": ("company_name", "name"),  # the score of an account (TR-11)
}


def add_indexes() -> None:
	"""Online on InnoDB. Leaves an index alone that serves the same columns already."""
	for doctype, columns in FOREIGN.items():
		if not frappe.db.table_exists(doctype):
			continue
		if set(columns) <= set(frappe.db.get_table_columns(doctype)):
			frappe.db.add_index(doctype, list(columns), index_name(columns))


def add_own_indexes() -> None:
	"""Those of our own tables. Frappe looks at them only when a DocType itself has changed, and a release may add one."""
	for doctype in INDEXES:
		own.add_indexes(doctype)


def remove_indexes() -> None:
	for doctype, columns in FOREIGN.items():
		if frappe.db.table_exists(doctype) and frappe.db.has_index(f"tab{doctype}", index_name(columns)):
			_drop(doctype, index_name(columns))


def index_name(columns: tuple[str, ...]) -> str:
	return PREFIX + "_".join(columns)


def _drop(doctype: str, name: str) -> None:
	if frappe.db.db_type == "mariadb":
		frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX `{name}`")
	else:
		frappe.db.sql_ddl(f'DROP INDEX IF EXISTS "{name}"')
