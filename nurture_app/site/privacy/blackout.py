"""Mentions of a person in texts that stay: a log, a colleague's note about somebody else, a message to several people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

import frappe

from nurture_app.site.privacy.own_rows import Own, columns_of, like, not_lawful
from nurture_app.site.privacy.person import ERASED, Person, digits_of, pattern_of, spellings
from nurture_app.site.privacy.personal import Personal

AT_ONCE = 200
PLAIN_TABLES = (
	("__UserSettings", ("user", "doctype"), ("data",)),
	("__global_search", ("doctype", "name"), ("title", "content")),
)
"""Tables of Frappe's without a DocType: filters saved by users, and the search over everything."""


def black_out(person: Person, entry: Personal) -> int:
	"""Address and number in every row of a table, the full name as well in logs. Returns how many rows changed."""
	texts = _identifying(person)
	if entry.names_too:
		texts += person.full_names
	return _black_out(entry, texts, () if person.is_ours else person.phones, None)


def black_out_own(person: Person, entry: Personal, own: Own) -> int:
	"""Every name as well, in the person's own rows that stay."""
	names = sorted(own.get(entry.doctype, ()))
	texts = (*person.addresses, *person.full_names, *person.short_names)
	return sum(
		_black_out(entry, texts, person.phones, names[start : start + AT_ONCE])
		for start in range(0, len(names), AT_ONCE)
	)


def black_out_copies(person: Person, comments: Iterable[str]) -> int:
	"""Before comments are deleted: Frappe copies the latest into a column of the document they stand on."""
	pattern = _everything(person)
	return sum(_black_out_copy(pattern, comment) for comment in comments) if pattern else 0


def without(person: Person, text: str) -> str:
	"""`text` with every way to name the person blacked out."""
	pattern = _everything(person)
	return pattern.sub(ERASED, text) if pattern else text


def black_out_plain_tables(person: Person) -> int:
	"""Rows of `__UserSettings` and `__global_search` that mention the person."""
	changed = 0
	texts = (*_identifying(person), *person.full_names)
	phones = () if person.is_ours else person.phones
	pattern = pattern_of(texts, phones)
	if not pattern:
		return 0
	for name, keys, columns in PLAIN_TABLES:
		table = frappe.qb.Table(name)
		query = frappe.qb.from_(table).select(*keys, *columns)
		for row in query.where(_mentions(table, columns, texts, phones)).run(as_dict=True):
			fresh = {column: pattern.sub(ERASED, row[column] or "") for column in columns}
			update = frappe.qb.update(table).where(
				reduce(lambda a, b: a & b, [table[key] == row[key] for key in keys])
			)
			for column, text in fresh.items():
				update = update.set(table[column], text)
			update.run()
			changed += 1
	return changed


def _everything(person: Person) -> re.Pattern[str] | None:
	return pattern_of((*person.addresses, *person.full_names, *person.short_names), person.phones)


def _identifying(person: Person) -> tuple[str, ...]:
	return () if person.is_ours else person.addresses


def _black_out(
	entry: Personal, texts: tuple[str, ...], phones: tuple[str, ...], names: list[str] | None
) -> int:
	columns = columns_of(entry, entry.texts)
	pattern = pattern_of(texts, phones)
	if not columns or not pattern:
		return 0
	table = frappe.qb.DocType(entry.doctype)
	query = frappe.qb.from_(table).select(table.name, *(table[column] for column in columns))
	query = query.where(_mentions(table, columns, texts, phones))
	if names is not None:
		query = query.where(table.name.isin(names))
	if (lawful := not_lawful(entry, table)) is not None:
		query = query.where(lawful)
	changed = 0
	for row in query.run(as_dict=True):
		fresh = {column: new for column in columns if (new := _without(pattern, row[column])) != row[column]}
		if fresh:
			frappe.db.set_value(entry.doctype, row.name, fresh, update_modified=False)
			changed += 1
			if entry.doctype == "Comment":
				_black_out_copy(pattern, row.name)
	return changed


def _black_out_copy(pattern: re.Pattern[str], comment: str) -> int:
	doctype, name = frappe.db.get_value("Comment", comment, ["reference_doctype", "reference_name"]) or (
		"",
		"",
	)
	if not doctype or not name or not frappe.db.has_column(doctype, "_comments"):
		return 0
	copied = frappe.db.get_value(doctype, name, "_comments")
	if not copied or not pattern.search(copied):
		return 0
	frappe.db.set_value(doctype, name, "_comments", pattern.sub(ERASED, copied), update_modified=False)
	return 1


def _without(pattern: re.Pattern[str], text: str | None) -> str | None:
	return pattern.sub(ERASED, text) if text else text


def _mentions(table: Any, columns: Any, texts: tuple[str, ...], phones: tuple[str, ...]) -> Any:
	"""A first choice by the database; the pattern decides. Numbers are looked for by their last digits in a row."""
	needles = [needle for text in texts for needle in spellings(text)]
	needles += [
		one for phone in phones for one in dict.fromkeys((phone, digits_of(phone), digits_of(phone)[-6:]))
	]
	return reduce(or_, [table[column].like(like(needle)) for column in columns for needle in needles])
