"""Values that steps write into fields of the Lead which name another record: a name of nothing there would keep the
Lead from being saved ever after."""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.definition import Step


def check_linked_values(steps: Iterable[Step]) -> None:
	"""Raise `set_field_no_record` for a Set Field step with the name of a record that is not there."""
	fields = frappe.get_meta("Lead")
	for step in steps:
		df = fields.get_field(step.field_name) if step.step_type == "Set Field" else None
		if not df or df.fieldtype != "Link" or not step.field_value:
			continue
		if not frappe.db.exists(df.options, step.field_value):
			raise NurtureError(
				"set_field_no_record",
				step=step.label,
				field=step.field_name,
				value=step.field_value,
				doctype=df.options,
			)
