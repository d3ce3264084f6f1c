"""Which fields make a lead complete: as Nurture Settings lists them, by label or by name (DH-04)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model import no_value_fields

from nurture_app.engine.figures.data_check import USUAL_FIELDS, completeness
from nurture_app.site.api.access import require_lead
from nurture_app.site.permissions import hidden_fields

SETTING = "complete_fields"


def complete_fields() -> dict[str, str]:
	"""Labels by fieldname, in their order; those of the settings that there are, or else the usual ones."""
	lines = _lines(frappe.db.get_single_value("Nurture Settings", SETTING))
	known = _known() if lines else {}
	names = [known[line.casefold()] for line in lines if line.casefold() in known]
	meta = frappe.get_meta("Lead")
	usual = [name for name in USUAL_FIELDS if meta.has_field(name)]
	return {name: _(meta.get_label(name)) for name in names or usual}


def completeness_of(lead: str) -> tuple[int, list[str]]:
	"""How complete a lead is, in percent, and the labels of what it lacks, of the fields the user may see.

	Raises PermissionError for a lead they may not read, or that is not there.
	"""
	require_lead(lead)
	hidden = hidden_fields()
	labels = {name: label for name, label in complete_fields().items() if name not in hidden}
	values = frappe.db.get_value("Lead", lead, list(labels), as_dict=True) if labels else {}
	percent, missing = completeness(values, list(labels))
	return percent, [labels[name] for name in missing]


def check(text: str | None) -> None:
	"""Raise ValidationError, which names the line, for a field that Lead does not have."""
	known = _known()
	for line in _lines(text):
		if line.casefold() not in known:
			frappe.throw(
				_("{0}: Lead has no field “{1}”. Write its label or its name, one in each line.").format(
					_(frappe.get_meta("Nurture Settings").get_label(SETTING)), line
				)
			)


def _lines(text: str | None) -> list[str]:
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _known() -> dict[str, str]:
	"""Fieldnames by name and by label, in English and in the user's language. A name wins over a label."""
	found: dict[str, str] = {}
	fields = [df for df in frappe.get_meta("Lead").fields if df.fieldtype not in no_value_fields]
	for df in fields:
		for label in (df.label or "", _(df.label or "")):
			found.setdefault(label.casefold(), df.fieldname)
	return found | {df.fieldname: df.fieldname for df in fields}
