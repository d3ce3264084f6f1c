"""Leads that look like one person: the same mailbox, the same telephone, or the same name at the same company (DH-01)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product
from typing import Any

from nurture_app.engine.addresses import normalise
from nurture_app.engine.countries import country_code
from nurture_app.engine.phone_numbers import international
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, as_datetime, doctype

ADDRESS, TELEPHONE, NAME = "Address", "Telephone", "Name and Company"
EVIDENCE = (ADDRESS, TELEPHONE, NAME)
"""What makes leads look alike, the surest first."""
RESTS_ON = {ADDRESS: ("email_id",), TELEPHONE: ("phone", "mobile_no"), NAME: ("lead_name", "company_name")}
"""By kind of evidence, the fields of the Lead."""
MOST_ALIKE = 10
"""A mailbox, telephone or name that more leads than this have in common tells nothing of a person: a switchboard, a test."""
DOTS_IGNORED = ("gmail.com", "googlemail.com")
"""Providers for whom dots before the @ make no difference; both domains are one."""
LEGAL_FORMS = frozenset(
	"ab ag as aps bv co company corp corporation doo ek gesmbh gmbh inc incorporated kg kk limited llc llp ltd mbh nv oy oyj pbc plc pte pty "
	"pvt sa sarl sas se sl sp spa srl ug zoo".split()
)
"""Words of a company's name that people write or leave out."""
DIGITS = 7
"""Numbers that agree in their last digits, as people write them with and without prefixes, are compared whole."""
COLUMNS = ("name", "email_id", "phone", "mobile_no", "lead_name", "company_name", "country", "creation")


@dataclass(frozen=True, slots=True)
class Group:
	"""Leads that look alike, the oldest first."""

	leads: tuple[str, ...]
	evidence: Mapping[str, tuple[str, ...]]
	"""By kind of `EVIDENCE`, what they have in common."""

	@property
	def surest(self) -> str:
		return next(kind for kind in EVIDENCE if kind in self.evidence)


@dataclass(frozen=True, slots=True)
class _Lead:
	name: str
	created_on: datetime
	keys: Mapping[str, Collection[str]]
	"""By kind of `EVIDENCE`."""


def duplicate_groups(
	host: Host, visible: Collection[str] | None = None, kinds: Collection[str] = EVIDENCE
) -> list[Group]:
	"""All groups, the surest first, then the largest; only of `visible` leads if given, and by these `kinds` of evidence.

	Pairs of whom somebody said that they are not the same do not count. Two queries; 100,000 leads take some seconds.
	"""
	leads, apart = _load(host), known_apart(host)
	groups = _Groups()
	for kind in EVIDENCE:
		if kind in kinds:
			for value, alike in _in_common(leads, lambda lead, kind=kind: lead.keys[kind]).items():
				seen = alike if visible is None else [name for name in alike if name in visible]
				groups.join(kind, value, seen, apart)
	created = {lead.name: (lead.created_on, lead.name) for lead in leads}
	found = groups.found(lambda name: created[name])
	return sorted(found, key=lambda one: (EVIDENCE.index(one.surest), -len(one.leads), one.leads))


def kinds_without(hidden: Collection[str]) -> list[str]:
	"""The kinds of evidence that rest on none of the fields `hidden` from somebody."""
	return [kind for kind in EVIDENCE if not set(RESTS_ON[kind]) & set(hidden)]


def known_apart(host: Host) -> set[frozenset[str]]:
	"""Pairs of leads that somebody looked at and found to be different people."""
	table = doctype("Nurture Not Duplicate", "n")
	return {frozenset(pair) for pair in host.db.rows(Query.from_(table).select(table.party, table.other))}


def mailbox(address: str | None) -> str:
	"""One spelling for all addresses that surely reach the same mailbox; empty when this is no address."""
	local, _at, domain = normalise(address).partition("@")
	local = local.partition("+")[0] or local
	if domain in DOTS_IGNORED:
		local, domain = local.replace(".", ""), DOTS_IGNORED[0]
	return f"{local}@{domain}" if domain else ""


def folded(text: str | None) -> tuple[str, ...]:
	"""The words of a name without case, accents and punctuation."""
	plain = unicodedata.normalize("NFKD", (text or "").casefold().replace("&", " and "))
	plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
	return tuple(re.sub(r"[^\w\s]", "", plain.replace("-", " ").replace("/", " ")).split())


def _load(host: Host) -> list[_Lead]:
	table = doctype("Lead", "lead")
	rows = host.db.rows(Query.from_(table).select(*(getattr(table, column) for column in COLUMNS)))
	found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
	telephones = _telephones(found)
	return [
		_Lead(
			row["name"],
			as_datetime(row["creation"]),
			{
				ADDRESS: {mailbox(row["email_id"])} - {""},
				TELEPHONE: telephones.get(row["name"], ()),
				NAME: {_name_at_company(row)} - {""},
			},
		)
		for row in found
	]


def _telephones(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
	"""By lead, its numbers in international form, of those that somebody else may have too: reading a number takes long."""
	ending: dict[str, list[tuple[str, str, str]]] = {}
	for row in rows:
		for number in {row["phone"] or "", row["mobile_no"] or ""} - {""}:
			digits = re.sub(r"\D", "", number)
			if len(digits) >= DIGITS:
				one = (row["name"], number, row["country"] or "")
				ending.setdefault(digits[-DIGITS:], []).append(one)
	found: dict[str, set[str]] = {}
	for some in ending.values():
		if len({name for name, _, _ in some}) > 1:
			for name, number, country in some:
				if read := international(number, country_code(country)):
					found.setdefault(name, set()).add(read)
	return found


def _name_at_company(row: Mapping[str, Any]) -> str:
	"""Both must be said, and not the one for the other: ERPNext calls a lead without a person's name as its company."""
	person = folded(row["lead_name"])
	company = [word for word in folded(row["company_name"]) if word not in LEGAL_FORMS]
	if company[-1:] == ["and"]:  # of "GmbH & Co. KG"
		company.pop()
	if len(person) < 2 or not company or person == folded(row["company_name"]):
		return ""
	return f"{' '.join(person)} ({' '.join(company)})"


def _in_common(leads: Iterable[_Lead], keys_of: Callable[[_Lead], Collection[str]]) -> dict[str, list[str]]:
	"""By value, the leads that have it; of those that some, and not too many, have."""
	found: dict[str, list[str]] = {}
	for lead in leads:
		for key in keys_of(lead):
			found.setdefault(key, []).append(lead.name)
	return {key: names for key, names in found.items() if 1 < len(names) <= MOST_ALIKE}


class _Groups:
	"""Who is alike with whom; what joins two joins their groups, unless that would bring together who are known apart."""

	def __init__(self) -> None:
		self._of: dict[str, list[str]] = {}
		self._evidence: dict[int, dict[str, set[str]]] = {}

	def join(self, kind: str, value: str, names: Collection[str], apart: Collection[frozenset[str]]) -> None:
		for one, other in combinations(sorted(names), 2):
			self._join_two(kind, value, one, other, apart)

	def _join_two(
		self, kind: str, value: str, one: str, other: str, apart: Collection[frozenset[str]]
	) -> None:
		group, joining = self._group(one), self._group(other)
		if group is not joining:
			if len(group) + len(joining) > MOST_ALIKE:
				return
			if any(frozenset(pair) in apart for pair in product(group, joining)):
				return
			evidence = self._evidence.pop(id(joining), {})
			for name in joining:
				self._of[name] = group
			group += joining
			for known, values in evidence.items():
				self._evidence.setdefault(id(group), {}).setdefault(known, set()).update(values)
		self._evidence.setdefault(id(group), {}).setdefault(kind, set()).add(value)

	def _group(self, name: str) -> list[str]:
		return self._of.setdefault(name, [name])

	def found(self, order: Callable[[str], Any]) -> list[Group]:
		groups = {id(group): group for group in self._of.values() if len(group) > 1}
		return [
			Group(
				tuple(sorted(group, key=order)),
				{kind: tuple(sorted(values)) for kind, values in self._evidence[key].items()},
			)
			for key, group in groups.items()
		]
