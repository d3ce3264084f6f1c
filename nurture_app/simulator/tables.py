"""The tables of a site, made for SQLite: ours from the DocType files, ERPNext's from `foreign_schema.json`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.schema import INDEXES
from nurture_app.simulator.collation import NAME as TEXT_COLLATION

PACKAGE = Path(__file__).resolve().parent.parent
DOCTYPES = PACKAGE / "nurture_app" / "doctype"
FOREIGN_SCHEMA = Path(__file__).with_name("foreign_schema.json")

DATETIME_TYPE = "DATETIME_TEXT"
"""Declared type of datetime columns; `sqlite_database` turns their texts back into datetimes."""

_LAYOUT = {
	"Section Break",
	"Column Break",
	"Tab Break",
	"HTML",
	"Table",
	"Table MultiSelect",
	"Button",
	"Fold",
	"Heading",
}
_NUMBERS = {"Int": "INTEGER", "Check": "INTEGER", "Float": "REAL", "Currency": "REAL", "Percent": "REAL"}
_LONG_TEXTS = {
	"Small Text",
	"Text",
	"Text Editor",
	"Code",
	"Long Text",
	"JSON",
	"HTML Editor",
	"Markdown Editor",
}
_ID_COLUMNS = {
	"activity", "email_queue", "enrollment", "entered_run", "left_run", "lease_token", "message_id", "source_name", "touch",
}  # fmt: skip
_NAMED_BY_PEOPLE = {"Tag"}
"""Foreign DocTypes whose ids are words."""
_KINDS = {
	"Int": "int", "Check": "check", "Float": "float", "Currency": "float", "Percent": "float",
	"Date": "date", "Datetime": "datetime", "Time": "time",
}  # fmt: skip
_STANDARD_FIELDS = (
	("name", "ID", "text"),
	("creation", "Created On", "datetime"),
	("modified", "Last Updated On", "datetime"),
	("owner", "Created By", "text"),
)


@dataclass(frozen=True, slots=True)
class DocTypeTable:
	"""What a DocType file says about its table."""

	name: str
	fields: tuple[Mapping[str, Any], ...]
	is_child: bool = False
	is_single: bool = False
	title_field: str = ""
	"""The field whose value is the id; empty where ids are made up."""

	@property
	def table(self) -> str:
		return f"tab{self.name}"

	@property
	def named_by_people(self) -> bool:
		"""Its ids are compared as texts; all other ids are compared byte by byte, which is faster."""
		return bool(self.title_field)

	def child_tables(self) -> dict[str, str]:
		"""The DocTypes of its rows by fieldname."""
		return {
			field["fieldname"]: field["options"]
			for field in self.fields
			if field["fieldtype"] in ("Table", "Table MultiSelect")
		}

	def columns(self) -> Iterator[Mapping[str, Any]]:
		return (field for field in self.fields if field["fieldtype"] not in _LAYOUT)


def own_doctypes() -> dict[str, DocTypeTable]:
	"""The app's DocTypes by name."""
	tables = {}
	for path in sorted(DOCTYPES.glob("*/*.json")):
		data = json.loads(path.read_text(encoding="utf-8"))
		tables[data["name"]] = DocTypeTable(
			name=data["name"],
			fields=tuple(data["fields"]),
			is_child=bool(data.get("istable")),
			is_single=bool(data.get("issingle")),
			title_field=_title_field(str(data.get("autoname", ""))),
		)
	return tables


def _title_field(autoname: str) -> str:
	return autoname.removeprefix("field:") if autoname.startswith("field:") else ""


def foreign_doctypes() -> dict[str, DocTypeTable]:
	"""The parts of ERPNext's and Frappe's DocTypes that nurturing reads."""
	schema = json.loads(FOREIGN_SCHEMA.read_text(encoding="utf-8"))
	return {
		name: DocTypeTable(
			name=name, fields=tuple(fields), title_field="name" if name in _NAMED_BY_PEOPLE else ""
		)
		for name, fields in schema.items()
	}


def lead_catalog() -> dict[str, FieldInfo]:
	"""The Lead fields that conditions may name, with ERPNext's own choices."""
	catalog = {name: FieldInfo(name, label, kind) for name, label, kind in _STANDARD_FIELDS}
	for field in foreign_doctypes()["Lead"].columns():
		if field["fieldname"].startswith("_"):
			continue  # Frappe's own, of which a site's catalogue says nothing either
		choices = field.get("options", "") if field["fieldtype"] == "Select" else ""
		catalog[field["fieldname"]] = FieldInfo(
			fieldname=field["fieldname"],
			label=field["label"],
			kind=_KINDS.get(field["fieldtype"], "text"),
			options=tuple(filter(None, choices.split("\n"))),
		)
	return catalog


def longest_text(field: Mapping[str, Any]) -> int:
	"""How many characters fit into a field; 0 where there is no limit, or where it holds no text."""
	if field["fieldtype"] in (*_LONG_TEXTS, *_NUMBERS, "Date", "Datetime", "Time"):
		return 0
	return int(field.get("length") or 140)


def statements() -> Iterator[str]:
	"""CREATE TABLE and CREATE INDEX for everything."""
	own = own_doctypes()
	ids = {
		name for name, doctype in (*own.items(), *foreign_doctypes().items()) if not doctype.named_by_people
	}
	yield (
		f'CREATE TABLE "tabSingles" ("doctype" TEXT COLLATE {TEXT_COLLATION}, "field" TEXT COLLATE {TEXT_COLLATION},'
		' "value" TEXT, UNIQUE ("doctype", "field"))'
	)
	for doctype in (*own.values(), *foreign_doctypes().values()):
		if not doctype.is_single:
			yield from _table_statements(doctype, ids, () if doctype.name not in own else own.keys() - ids)
	for name, indexes in INDEXES.items():
		for columns in indexes:
			yield _index(f"tab{name}", columns)


def _table_statements(doctype: DocTypeTable, ids: set[str], named: Collection[str]) -> Iterator[str]:
	"""`ids` are DocTypes whose ids are made up, `named` those of ours that people name and that are only named here."""
	name_type = f"TEXT COLLATE {TEXT_COLLATION}" if doctype.named_by_people else "TEXT"
	columns = [
		f'"name" {name_type} NOT NULL PRIMARY KEY',
		f'"creation" {DATETIME_TYPE}',
		f'"modified" {DATETIME_TYPE}',
		'"modified_by" TEXT',
		'"owner" TEXT',
		'"docstatus" INTEGER NOT NULL DEFAULT 0',
		'"idx" INTEGER NOT NULL DEFAULT 0',
	]
	if doctype.is_child:
		columns += [
			f'"{name}" TEXT COLLATE {TEXT_COLLATION}' for name in ("parent", "parentfield", "parenttype")
		]
	columns += [_column(field, ids, named) for field in doctype.columns()]
	yield f'CREATE TABLE "{doctype.table}" ({", ".join(columns)})'
	if doctype.is_child:
		yield _index(doctype.table, ["parent"])
	for field in doctype.columns():
		if field.get("search_index") and not field.get("unique"):
			yield _index(doctype.table, [field["fieldname"]])


def _column(field: Mapping[str, Any], ids: set[str], named: Collection[str]) -> str:
	name, fieldtype, default = field["fieldname"], field["fieldtype"], field.get("default")
	if fieldtype in _NUMBERS:
		return f'"{name}" {_NUMBERS[fieldtype]} NOT NULL DEFAULT {default or 0}'
	if fieldtype == "Datetime":
		return f'"{name}" {DATETIME_TYPE}'
	parts = [f'"{name}" TEXT']
	if fieldtype == "Select":
		parts.append("COLLATE NOCASE")  # choices are ASCII, and SQLite's own collation is much faster
	elif fieldtype == "Link" and field.get("options") in named:
		# Whoever names an activity type, a rule, a segment or a sequence must write it as it is written there.
		parts.append("COLLATE NOCASE")
	elif not _holds_an_id(field, ids):
		parts.append(f"COLLATE {TEXT_COLLATION}")
	if field.get("unique"):
		parts.append("UNIQUE")
	if default:
		parts.append("DEFAULT '{}'".format(str(default).replace("'", "''")))
	if most := longest_text(field):
		# MariaDB refuses a text that is longer than its column; so does this.
		parts.append(f'CHECK (length("{name}") <= {most})')
	return " ".join(parts)


def _holds_an_id(field: Mapping[str, Any], ids: set[str]) -> bool:
	name, fieldtype = field["fieldname"], field["fieldtype"]
	if fieldtype == "Link":
		return field.get("options") in ids
	return fieldtype == "Dynamic Link" or name in _ID_COLUMNS or name.endswith(("_key", "_hash", "token"))


def _index(table: str, columns: Sequence[str]) -> str:
	label = "_".join((table, *columns)).replace(" ", "_")
	return 'CREATE INDEX IF NOT EXISTS "{}" ON "{}" ({})'.format(
		label, table, ", ".join(f'"{c}"' for c in columns)
	)
