"""What no column of the database holds is refused before anything reads it, naming the row and the field.

Frappe itself stops with an error of the database, or of whatever reads the value first.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from nurture_app.engine.condition_values import read_moment

TEXTS = frozenset(
	"Attach,Attach Image,Autocomplete,Code,Data,Dynamic Link,HTML Editor,Link,Long Text,Markdown Editor,Select,"
	"Small Text,Text,Text Editor".split(",")
)
NUMBERS = ("Currency", "Float", "Percent")
LARGEST = 10**12
"""Numbers from here on do not fit the columns Frappe makes for them."""
MOST_BYTES = {"Small Text": 65_535, "Text": 65_535}
"""What the columns of MariaDB hold; shorter ones Frappe looks after itself, longer ones have limits of their own."""


def check(doc: Document, method: str | None = None) -> None:
	"""Hook `before_validate`. Numbers in texts are written out; raises ValidationError for what cannot be kept."""
	_check(doc, "")
	for field in doc.meta.fields:
		if field.fieldtype in table_fields:
			for row in doc.get(field.fieldname) or ():
				name = row.get("step_label") or row.get("label") or ""
				_check(row, f"{_(field.label)}, {_('row {0}').format(row.idx)} {_quoted(name)}".rstrip())


def _check(row: Document, where: str) -> None:
	for field in row.meta.fields:
		value = row.get(field.fieldname)
		if value is None or field.fieldtype in table_fields:
			continue
		if field.fieldtype != "JSON" and isinstance(value, dict | list | tuple | set):
			_refuse(where, field, _("must be a single value."))
		if field.fieldtype in ("Date", "Datetime") and not _is_moment(value):
			_refuse(where, field, _("is no date such as 2026-01-31."))
		if field.fieldtype in NUMBERS and not _is_number(value):
			_refuse(where, field, _("is no number that can be stored."))
		if field.fieldtype not in TEXTS:
			continue
		if not isinstance(value, str):
			row.set(field.fieldname, value := str(value))
		if "\x00" in value or not _is_unicode(value):
			_refuse(where, field, _("holds characters that cannot be stored. Please type it again."))
		most = MOST_BYTES.get(field.fieldtype)
		if most and len(value.encode()) > most:
			_refuse(where, field, _("is too long: at most {0} bytes can be stored.").format(most))


def _refuse(where: str, field: Any, what: str) -> None:
	label = _(field.label or field.fieldname)
	frappe.throw(escape_html(f"{': '.join(filter(None, (where, label)))} {what}"), frappe.ValidationError)


def _is_moment(value: Any) -> bool:
	try:
		return value == "" or bool(read_moment(value))
	except ValueError:
		return False


def _is_number(value: Any) -> bool:
	return abs(flt(value)) < LARGEST  # nor is what is no number at all less than it


def _is_unicode(text: str) -> bool:
	"""Half a character, as what is left when a text is cut, is none."""
	try:
		text.encode()
	except UnicodeEncodeError:
		return False
	return True


def _quoted(name: object) -> str:
	text = str(name).encode(errors="replace").decode().replace("\x00", "")
	return f"“{text[:60]}”" if name else ""
