"""Presets: rules, segments, contents and sequences that ship with the app, inactive, for people to edit.

Each is installed once. A migrate refreshes those nobody has touched, never overwrites an edit nor a text that is being
sent, and brings back nothing that was deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import frappe
from frappe.model import default_fields, no_value_fields, table_fields

from nurture_app.nurture_app.usage import is_sent
from nurture_app.site.transactions import savepoint

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "presets"
ORDER = (
	"calculations",
	"content_blocks",
	"contents",
	"audiences",
	"segments",
	"scoring_rules",
	"personas",
	"sequences",
	"lead_types",
	"touch_tiers",
)
"""Files and folders: what is named comes before what names it; the others follow."""

INSTALLED = "nurture_app_presets"
NOT_CONTENT = {
	"preset",
	"preset_hash",
	"revision",
	"member_count",
	"last_built_on",
	"build_seconds",
	"last_error",
	"current_version",
	"activated_on",
	"paused_on",
	"hold_reason",
	"guard_from",
	"goal_date",
	"review_on",
	"responsible",
	"reviewed_on",
	"public_key",
	"key_hash",
	"key_ending",
	"accepted",
	"refused",
	"last_event_on",
	"evidence_count",
	"goal_told",
	"variants_since",
	"reviewed_by",
	"confirmed",
	"confirmed_by",
	"confirmed_on",
	"note",
}
"""Fields that change without anybody editing the record."""


def install_presets() -> None:
	"""Install what is new, refresh what is untouched. A preset that does not fit this site is logged and left out."""
	known = installed_keys()
	for record in shipped():
		key = record["preset"]
		name = frappe.db.get_value(record["doctype"], {"preset": key})
		try:
			with savepoint():
				if name:
					_refresh(record, name)
				elif key not in known and not frappe.db.exists(record["doctype"], record["title"]):
					_write(record, frappe.new_doc(record["doctype"]))
				known.add(key)
		except frappe.QueryDeadlockError:
			raise
		except Exception:
			frappe.clear_messages()
			frappe.log_error(title=f"nurture_app: preset {key} was not installed")
	frappe.db.set_global(INSTALLED, json.dumps(sorted(known)))


def forget_presets() -> None:
	"""So that a second installation begins anew; the records themselves go with their DocTypes."""
	frappe.db.delete("DefaultValue", {"defkey": INSTALLED})
	frappe.clear_cache()


def installed_keys() -> set[str]:
	"""Presets this site has had, whether or not they are still there."""
	return set(json.loads(frappe.db.get_global(INSTALLED) or "[]"))


def shipped() -> Iterator[dict[str, Any]]:
	"""The records in the app's files, conditions as text."""
	files = sorted(FOLDER.rglob("*.json"), key=lambda path: (_position(path), path.as_posix()))
	for path in files:
		for record in json.loads(path.read_text(encoding="utf-8")):
			yield _with_texts(record)


def stands_as_written(doc: Any) -> bool:
	"""Whether nobody has edited a preset since it was written.

	Records written by earlier versions counted empty tables that there were then; a table that came later is empty too.
	"""
	written, content = (doc.preset_hash or "").partition(":")[0], _content(doc)
	empty = [name for name, value in content.items() if value == []]
	without = {name: value for name, value in content.items() if value != []}
	some = chain.from_iterable(combinations(empty, count) for count in range(len(empty) + 1))
	return bool(written) and any(_digest(without | {name: [] for name in names}) == written for names in some)


def fingerprint(doc: Any) -> str:
	"""What a record says. Empty tables and values that equal their field's default do not count, so that a new field changes
	nothing."""
	return _digest({name: value for name, value in _content(doc).items() if value != []})


def _refresh(record: Mapping[str, Any], name: str) -> None:
	doc = frappe.get_doc(record["doctype"], name)
	shipped_hash = (doc.preset_hash or "").partition(":")[2]
	if shipped_hash == _digest(record) or not stands_as_written(doc) or is_sent(doc):
		return
	for df in doc.meta.get_table_fields():
		doc.set(df.fieldname, [])
	_write(record, doc)


def _write(record: Mapping[str, Any], doc: Any) -> None:
	name, shipped_hash = doc.name, _digest(record)
	values = {key: value for key, value in deepcopy(record).items() if key not in ("doctype", "name")}
	if name:
		values.pop("title", None)  # records keep their name
	doc.update(values)
	doc.save(ignore_permissions=True)
	stored = frappe.get_doc(doc.doctype, doc.name)
	frappe.db.set_value(
		doc.doctype,
		doc.name,
		"preset_hash",
		f"{fingerprint(stored)}:{shipped_hash}",
		update_modified=False,
	)


def _with_texts(record: Any) -> Any:
	"""Conditions and ways of a split stand in the files as objects and in the database as text."""
	if isinstance(record, list):
		return [_with_texts(row) for row in record]
	if not isinstance(record, dict):
		return record
	return {
		key: json.dumps(value, indent=1, ensure_ascii=False)
		if key in ("condition", "split_ways") and not isinstance(value, (str, type(None)))
		else _with_texts(value)
		for key, value in record.items()
	}


def _content(doc: Any) -> dict[str, Any]:
	found: dict[str, Any] = {}
	for df in doc.meta.fields:
		value = doc.get(df.fieldname)
		if df.fieldname in NOT_CONTENT or df.fieldname in default_fields:
			continue
		if df.fieldtype in table_fields:
			found[df.fieldname] = [_content(row) for row in value or []]
		elif df.fieldtype not in no_value_fields and str(value or "0") != str(df.default or "0"):
			found[df.fieldname] = str(value or "")
	return found


def _digest(data: Any) -> str:
	text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
	return hashlib.sha256(text.encode()).hexdigest()[:32]


def _position(path: Path) -> int:
	kind = path.relative_to(FOLDER).parts[0].removesuffix(".json")
	return ORDER.index(kind) if kind in ORDER else len(ORDER)
