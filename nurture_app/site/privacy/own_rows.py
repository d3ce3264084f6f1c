"""Which rows are a person's own, table by table, as the registry describes it."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import getaddresses
from functools import reduce
from operator import or_
from typing import Any

import frappe

from nurture_app.engine.addresses import normalise
from nurture_app.site.privacy.foreign_tables import LAWFUL
from nurture_app.site.privacy.person import Person, digits_of
from nurture_app.site.privacy.personal import Personal
from nurture_app.site.privacy.registry import OURS, PERSONAL

ROUNDS = 4
"""A comment on a message of an opportunity is three steps from the person."""
AT_ONCE = 500
Own = dict[str, set[str]]
"""Names of the rows by DocType."""


def own_rows(person: Person) -> Own:
	"""The person's own rows, without the leads, contacts and addresses themselves."""
	documents: Own = {"Lead": set(person.leads), **_own_contacts(person)}
	found: Own = {}
	for entry in present():
		_add(found, entry.doctype, _directly(entry, person))
	fresh: Own = {**documents, **{doctype: set(names) for doctype, names in found.items()}}
	for _round in range(ROUNDS):
		fresh = _belonging_to(fresh, found)
		for doctype, names in _of_these_people_alone(found).items():
			_add(fresh, doctype, names)
			_add(found, doctype, names)
		if not fresh:
			break
	return found


def present() -> list[Personal]:
	"""The tables this site has."""
	return [entry for entry in PERSONAL if frappe.db.table_exists(entry.doctype)]


def columns_of(entry: Personal, named: Iterable[str]) -> list[str]:
	"""Those of `named` that the table has in this version."""
	known = set(frappe.db.get_table_columns(entry.doctype))
	return [column for column in named if column in known]


def attached_columns(entry: Personal) -> tuple[str, str] | None:
	"""Those that name the document a row is filed under; None where the table lacks them."""
	return entry.attached if len(columns_of(entry, entry.attached)) == 2 else None


def not_lawful(entry: Personal, table: Any) -> Any | None:
	"""The criterion that leaves out what is filed under documents which must be kept."""
	attached = attached_columns(entry)
	if not attached:
		return None
	column = table[attached[0]]
	return column.isnull() | column.notin(list(LAWFUL))


def like(text: str) -> str:
	"""`text` anywhere in a column, its own signs taken as they stand."""
	escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
	return f"%{escaped}%"


def _own_contacts(person: Person) -> Own:
	"""Contacts and addresses that nobody else shares: what is attached to them goes with them."""
	from nurture_app.site.privacy.contacts import shared_with

	return {
		doctype: {name for name in names if not shared_with(doctype, name, person)}
		for doctype, names in (("Contact", person.contacts), ("Address", person.places))
	}


def _directly(entry: Personal, person: Person) -> set[str]:
	"""By lead, address, hash or number."""
	table = frappe.qb.DocType(entry.doctype)
	searched = person.addresses if entry in OURS or not person.is_ours else ()
	matches = [(column, person.leads) for column in columns_of(entry, [entry.party])]
	matches += [(column, searched) for column in columns_of(entry, entry.addresses)]
	matches += [(column, person.hashes) for column in columns_of(entry, entry.hashes)]
	matches += [(column, person.phones) for column in columns_of(entry, entry.phones)]
	criteria = [table[column].isin(list(values)) for column, values in matches if values]
	found = _names(entry, table, criteria)
	for column in columns_of(entry, entry.lists):
		found |= _alone(entry, table, column, (*searched, *person.phones))
	return found


def _alone(entry: Personal, table: Any, column: str, keys: tuple[str, ...]) -> set[str]:
	if not keys:
		return set()
	query = frappe.qb.from_(table).select(table.name, table[column])
	query = query.where(reduce(or_, [table[column].like(like(key)) for key in keys]))
	if (lawful := not_lawful(entry, table)) is not None:
		query = query.where(lawful)
	own = {*filter(None, map(normalise, keys)), *filter(None, map(digits_of, keys))}
	return {name for name, text in query.run() if _everybody_in(text) <= own}


def _everybody_in(text: str) -> set[str]:
	"""Addresses of a header, or numbers of a JSON list."""
	if "@" in text:
		return {normalise(address) or address for _name, address in getaddresses([text])} - {""}
	return {digits for part in text.split(",") if (digits := digits_of(part))}


def _belonging_to(fresh: Own, found: Own) -> Own:
	"""Rows attached to `fresh` ones or parts of them; adds them to `found` and returns those that are new."""
	new: Own = {}
	for entry in present():
		table = frappe.qb.DocType(entry.doctype)
		for column, doctype in entry.through:
			for names in _chunks(fresh.get(doctype, ())):
				_add(new, entry.doctype, _names(entry, table, [table[column].isin(names)]))
		attached = attached_columns(entry)
		if not attached:
			continue
		for doctype, known in fresh.items():
			for names in _chunks(known):
				both = (table[attached[0]] == doctype) & table[attached[1]].isin(names)
				_add(new, entry.doctype, _names(entry, table, [both]))
	added = {doctype: names - found.get(doctype, set()) for doctype, names in new.items()}
	for doctype, names in added.items():
		_add(found, doctype, names)
	return {doctype: names for doctype, names in added.items() if names}


def _of_these_people_alone(found: Own) -> Own:
	"""Rows all of whose people are the person, and that were not found yet."""
	new: Own = {}
	for entry in present():
		mine = found.get(entry.members, set())
		if not mine:
			continue
		filters = {"name": ["in", sorted(mine)], "parenttype": entry.doctype}
		parents = set(frappe.get_all(entry.members, filters, pluck="parent", order_by=None))
		for names in _chunks(parents - found.get(entry.doctype, set())):
			rows = frappe.get_all(entry.members, {"parent": ["in", names]}, ["name", "parent"], order_by=None)
			with_others = {row.parent for row in rows if row.name not in mine}
			_add(new, entry.doctype, set(names) - with_others)
	return new


def _names(entry: Personal, table: Any, criteria: list[Any]) -> set[str]:
	if not criteria:
		return set()
	query = frappe.qb.from_(table).select(table.name).where(reduce(or_, criteria))
	if (lawful := not_lawful(entry, table)) is not None:
		query = query.where(lawful)
	return {name for (name,) in query.run()}


def _add(own: Own, doctype: str, names: set[str]) -> None:
	if names:
		own.setdefault(doctype, set()).update(names)


def _chunks(names: Iterable[str]) -> list[list[str]]:
	every = sorted(names, key=str)
	return [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]
