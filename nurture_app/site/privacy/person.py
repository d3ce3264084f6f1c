"""Who is meant by an address: the leads with it, other addresses, names and numbers they are known by."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import frappe

from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.countries import country_code
from nurture_app.engine.phone_numbers import international

LEAD_PHONES = ("phone", "mobile_no", "whatsapp_no", "fax")
LEAD_NAMES = ("first_name", "middle_name", "last_name", "lead_name")
KNOWN_IN = (("Nurture Touch", "address"), ("Nurture Enrollment", "address"), ("Nurture Consent", "address"))
"""Where earlier addresses of a lead are remembered."""

SHORTEST_NAME = 6
"""Characters; a shorter name is blacked out in the person's own rows only, for it is part of too many words."""
FEWEST_DIGITS = 6
"""Of a telephone number; an extension such as 12 means nobody."""
ERASED = "[erased]"


@dataclass(frozen=True, slots=True)
class Person:
	"""Everything one has to look for."""

	addresses: tuple[str, ...]
	"""Normalised; the one asked for comes first. Empty for a lead without an address."""
	leads: tuple[str, ...]
	contacts: tuple[str, ...] = ()
	places: tuple[str, ...] = ()
	"""Documents of the DocType Address."""
	full_names: tuple[str, ...] = ()
	"""Unlikely enough to be looked for anywhere."""
	short_names: tuple[str, ...] = ()
	"""To be looked for in the person's own rows only."""
	phones: tuple[str, ...] = ()
	"""As written, and in the international form in which numbers are kept."""
	is_ours: bool = False
	"""One of the addresses belongs to a colleague or to the company: texts and mails are then not searched for it."""

	@property
	def address(self) -> str:
		return self.addresses[0] if self.addresses else ""

	@property
	def hashes(self) -> tuple[str, ...]:
		"""Of addresses and numbers alike, as Nurture Suppression keeps them."""
		return tuple(address_hash(text) for text in (*self.addresses, *self.phones))

	@property
	def subject_hash(self) -> str:
		"""By which an erasure is known afterwards: of the address, or of the leads of somebody without one."""
		return address_hash(self.address or "|".join(self.leads))

	def to_json(self) -> str:
		return json.dumps(asdict(self))

	@classmethod
	def from_json(cls, text: str) -> Person:
		"""What `to_json` wrote."""
		values = json.loads(text)
		return cls(
			**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
		)


def find_person(address: str, leads: Iterable[str] = ()) -> Person:
	"""By address (any spelling), by leads, or both. Knows nobody: a person with that address and nothing else."""
	known = normalise(address)
	found = sorted({*_leads_with([known]), *_existing(leads)})
	addresses = _addresses(known, found)
	found = sorted({*found, *_leads_with(addresses)})
	contacts = _contacts(found, addresses)
	full, short, phones = _names_and_phones(found, contacts)
	namesakes = _namesakes(full, found)
	phones = _not_shared(phones, found, contacts)
	return Person(
		addresses=tuple(addresses),
		leads=tuple(found),
		contacts=tuple(contacts),
		places=tuple(_places(found, contacts)),
		full_names=tuple(name for name in full if name.lower() not in namesakes),
		short_names=tuple((*short, *(name for name in full if name.lower() in namesakes))),
		phones=tuple(dict.fromkeys((*phones, *_international(phones, found)))),
		is_ours=_is_ours(addresses),
	)


def together(people: Iterable[Person]) -> Person:
	"""Several people as one: for an erasure that searches the logs once for all of them. None of them may be ours."""
	every = list(people)
	fields = ("addresses", "leads", "contacts", "places", "full_names", "short_names", "phones")
	return Person(
		**{
			field: tuple(dict.fromkeys(value for person in every for value in getattr(person, field)))
			for field in fields
		}
	)


def spellings(text: str) -> Iterator[str]:
	"""A text as it stands in plain text, in JSON and in HTML."""
	yield from dict.fromkeys(
		(text, json.dumps(text)[1:-1], html.escape(text), html.escape(text, quote=False))
	)


def pattern_of(texts: Iterable[str], phones: Iterable[str] = ()) -> re.Pattern[str] | None:
	"""Matches each text as a word of its own, whatever its case, and each number however it is grouped."""
	parts = [rf"(?<![\w.+-]){re.escape(one)}(?!\w)" for text in texts for one in spellings(text)]
	parts += [r"\+?" + r"[\s()/.\-]{0,3}".join(digits_of(phone)) + r"(?!\d)" for phone in phones]
	return re.compile("|".join(sorted(parts, key=len, reverse=True)), re.IGNORECASE) if parts else None


def digits_of(phone: str) -> str:
	return re.sub(r"\D", "", phone)


def _leads_with(addresses: Iterable[str]) -> list[str]:
	wanted = [address for address in addresses if address]
	return frappe.get_all("Lead", {"email_id": ["in", wanted]}, pluck="name", order_by=None) if wanted else []


def _existing(leads: Iterable[str]) -> list[str]:
	wanted = [lead for lead in leads if lead]
	return frappe.get_all("Lead", {"name": ["in", wanted]}, pluck="name", order_by=None) if wanted else []


def _addresses(asked: str, leads: list[str]) -> list[str]:
	"""The address asked for, those on the leads, and earlier ones of theirs that no other lead has now."""
	if not leads:
		return [asked] if asked else []
	present = frappe.get_all("Lead", {"name": ["in", leads]}, pluck="email_id", order_by=None)
	earlier = {
		normalise(address)
		for doctype, column in KNOWN_IN
		for address in frappe.get_all(doctype, {"party": ["in", leads]}, pluck=column, order_by=None)
	} - {""}
	others = frappe.get_all(
		"Lead",
		{"email_id": ["in", sorted(earlier) or [""]], "name": ["not in", leads]},
		pluck="email_id",
		order_by=None,
	)
	earlier -= {normalise(address) for address in others}
	return list(dict.fromkeys(one for one in (asked, *map(normalise, present), *sorted(earlier)) if one))


def _contacts(leads: list[str], addresses: list[str]) -> list[str]:
	found = set(_linked("Contact", "Lead", leads))
	if addresses:
		filters = {"email_id": ["in", addresses], "parenttype": "Contact"}
		found.update(frappe.get_all("Contact Email", filters, pluck="parent", order_by=None))
	return sorted(found)


def _places(leads: list[str], contacts: list[str]) -> list[str]:
	found = {*_linked("Address", "Lead", leads), *_linked("Address", "Contact", contacts)}
	if contacts:
		own = frappe.get_all("Contact", {"name": ["in", contacts]}, pluck="address", order_by=None)
		found.update(name for name in own if name)
	return sorted(found)


def _linked(parenttype: str, doctype: str, names: list[str]) -> list[str]:
	if not names:
		return []
	filters = {"parenttype": parenttype, "link_doctype": doctype, "link_name": ["in", names]}
	return frappe.get_all("Dynamic Link", filters, pluck="parent", order_by=None)


def _names_and_phones(leads: list[str], contacts: list[str]) -> tuple[list[str], list[str], list[str]]:
	rows: list[Any] = []
	if leads:
		fields = [*LEAD_NAMES, *LEAD_PHONES, "company_name"]
		rows += frappe.get_all("Lead", {"name": ["in", leads]}, fields, order_by=None)
	if contacts:
		fields = ["first_name", "middle_name", "last_name", "phone", "mobile_no", "company_name"]
		rows += frappe.get_all("Contact", {"name": ["in", contacts]}, fields, order_by=None)
		filters = {"parent": ["in", contacts], "parenttype": "Contact"}
		rows += frappe.get_all("Contact Phone", filters, ["phone"], order_by=None)
	firms = {(row.get("company_name") or "").strip().lower() for row in rows}
	full: dict[str, None] = {}
	short: dict[str, None] = {}
	phones: dict[str, None] = {}
	for row in rows:
		for name in _spoken(row):
			if name.lower() not in firms:
				(full if " " in name and len(name) >= SHORTEST_NAME else short)[name] = None
		phones |= {row[column].strip(): None for column in LEAD_PHONES if row.get(column)}
	return list(full), list(short), [one for one in phones if len(digits_of(one)) >= FEWEST_DIGITS]


def _namesakes(names: list[str], leads: list[str]) -> set[str]:
	"""Names that another lead has too, in lower case: only the person's own rows are searched for them."""
	filters = {"lead_name": ["in", names or [""]], "name": ["not in", leads or [""]]}
	return {name.lower() for name in frappe.get_all("Lead", filters, pluck="lead_name", order_by=None)}


def _not_shared(phones: list[str], leads: list[str], contacts: list[str]) -> list[str]:
	"""Without the numbers others have too, such as that of a switchboard."""
	shared: set[str] = set()
	for doctype, columns, own in (
		("Lead", LEAD_PHONES, leads),
		("Contact", ("phone", "mobile_no"), contacts),
	):
		for column in columns:
			filters = {column: ["in", phones or [""]], "name": ["not in", own or [""]]}
			shared.update(frappe.get_all(doctype, filters, pluck=column, order_by=None))
	return [phone for phone in phones if phone not in shared]


def _international(phones: list[str], leads: list[str]) -> list[str]:
	"""Written without a code, a number is one of the lead's country or of that in the settings."""
	named = frappe.get_all("Lead", {"name": ["in", leads or [""]]}, pluck="country", order_by=None)
	named.append(frappe.db.get_single_value("Nurture Settings", "mobile_country"))
	codes = dict.fromkeys(map(country_code, named))
	return [number for phone in phones for code in codes if (number := international(phone, code))]


def _spoken(row: Any) -> list[str]:
	"""The ways a name is written: in full, without the middle name, and its parts."""
	first, middle, last = ((row.get(part) or "").strip() for part in LEAD_NAMES[:3])
	together = [" ".join(filter(None, names)) for names in ((first, middle, last), (first, last))]
	turned = f"{last}, {first}" if first and last else ""
	parts = [part for part in (first, middle, last) if len(part) > 2]
	return [
		name
		for name in dict.fromkeys((*together, turned, (row.get("lead_name") or "").strip(), *parts))
		if name
	]


def _is_ours(addresses: list[str]) -> bool:
	if not addresses:
		return False
	return bool(
		frappe.db.exists("User", {"email": ["in", addresses], "user_type": "System User"})
		or frappe.db.exists("Email Account", {"email_id": ["in", addresses]})
	)
