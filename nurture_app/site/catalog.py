"""The fields of Lead that conditions, steps and placeholders may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import frappe
from frappe import _
from frappe.model import no_value_fields

from nurture_app.engine.ports import FieldInfo
from nurture_app.site import journey_stages

KINDS = {
	"Int": "int",
	"Duration": "int",
	"Check": "check",
	"Float": "float",
	"Currency": "float",
	"Percent": "float",
	"Rating": "float",
	"Date": "date",
	"Datetime": "datetime",
	"Time": "time",
}
"""Every other field type that has a column is a text."""

SKIPPED = {"Password", "Signature", "Geolocation"}
STANDARD = (
	("name", "ID", "text"),
	("creation", "Created On", "datetime"),
	("modified", "Last Updated On", "datetime"),
	("owner", "Created By", "text"),
)


class LeadCatalog(Mapping[str, FieldInfo]):
	"""Read from the DocType's meta when first asked for: most document events never ask."""

	def __init__(self) -> None:
		self._fields: dict[str, FieldInfo] | None = None

	def __getitem__(self, fieldname: str) -> FieldInfo:
		return self._loaded()[fieldname]

	def __iter__(self) -> Iterator[str]:
		return iter(self._loaded())

	def __len__(self) -> int:
		return len(self._loaded())

	def _loaded(self) -> dict[str, FieldInfo]:
		if self._fields is None:
			self._fields = read_fields("Lead")
		return self._fields


def read_fields(doctype: str) -> dict[str, FieldInfo]:
	"""Fields with a column in the table of `doctype`, labels in the user's language."""
	found = {name: FieldInfo(name, _(label), kind) for name, label, kind in STANDARD}
	for df in frappe.get_meta(doctype).fields:
		if df.fieldtype in no_value_fields or df.fieldtype in SKIPPED or df.get("is_virtual"):
			continue
		options = tuple((df.options or "").split("\n")) if df.fieldtype == "Select" else ()
		titles: tuple[tuple[str, str], ...] = ()
		if df.fieldtype == "Link" and df.options == journey_stages.DOCTYPE:
			titles = tuple(journey_stages.titles().items())
			options = ("", *(name for name, _title in titles))
		found[df.fieldname] = FieldInfo(
			df.fieldname,
			_(df.label or df.fieldname, context=doctype),
			KINDS.get(df.fieldtype, "text"),
			options,
			titles,
			df.options if df.fieldtype == "Link" else "",
		)
	return found
