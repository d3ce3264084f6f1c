"""Who reads the portal messages of a lead: the person by each of their logins, and the contacts of their customer (CH-09)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from nurture_app.engine.addresses import normalise
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params


def load_logins(host: Host, addresses: Collection[str]) -> set[str]:
	"""Those of `addresses` with which people, not colleagues, can log in on the website. Primary key."""
	user = doctype("User", "u")
	query = Query.from_(user).select(user.name)
	query = query.where((user.enabled == P(1)) & (user.user_type == P("Website User")))
	rows = _rows(host, {*addresses} - {""}, lambda some: query.where(user.name.isin(params(some))))
	return {name.lower() for (name,) in rows}


def load_readers(
	host: Host, addresses: Mapping[str, str], everybody_at: Collection[str] = ()
) -> dict[str, list[str]]:
	"""By lead, the logins that see its messages, its own address first. `addresses` are those of the leads.

	A person's own are that address and the user of a Contact that has it. Of leads in `everybody_at` the users of all
	contacts of their customer read too. At most five queries per thousand leads. Indexes: Customer (lead_name),
	Dynamic Link (link_doctype, link_name), Contact Email (parent).
	"""
	customers = _customers(host, addresses)
	by_contact: dict[str, set[tuple[str, str]]] = {}
	for kind, links in (("Lead", {lead: [lead] for lead in addresses}), ("Customer", customers)):
		for contact, name in _contacts_of(host, kind, links):
			by_contact.setdefault(contact, set()).update((lead, kind) for lead in links.get(name, ()))
	users, mails = _users(host, by_contact), _mails(host, by_contact)
	wanted: dict[str, list[str]] = {lead: [address] for lead, address in addresses.items()}
	for contact, user in sorted(users.items()):
		for lead, kind in sorted(by_contact[contact]):
			is_person = bool(addresses[lead]) and addresses[lead] in mails.get(contact, ())
			if is_person or (kind == "Customer" and lead in everybody_at):
				wanted[lead].append(user)
	logins = load_logins(host, {user for some in wanted.values() for user in some})
	return {lead: [one for one in dict.fromkeys(some) if one in logins] for lead, some in wanted.items()}


def _customers(host: Host, leads: Collection[str]) -> dict[str, list[str]]:
	"""The leads of each customer that was made of one."""
	table = doctype("Customer", "c")
	query = Query.from_(table).select(table.name, table.lead_name)
	found: dict[str, list[str]] = {}
	for name, lead in _rows(host, leads, lambda some: query.where(table.lead_name.isin(params(some)))):
		found.setdefault(name, []).append(lead)
	return found


def _contacts_of(host: Host, kind: str, names: Collection[str]) -> Sequence[tuple]:
	"""(contact, name of the lead or customer)."""
	link = doctype("Dynamic Link", "l")
	query = Query.from_(link).select(link.parent, link.link_name)
	query = query.where((link.parenttype == P("Contact")) & (link.link_doctype == P(kind)))
	return _rows(host, names, lambda some: query.where(link.link_name.isin(params(some))))


def _users(host: Host, contacts: Collection[str]) -> dict[str, str]:
	table = doctype("Contact", "c")
	query = Query.from_(table).select(table.name, table.user)
	rows = _rows(host, contacts, lambda some: query.where(table.name.isin(params(some))))
	return {name: user.lower() for name, user in rows if user}


def _mails(host: Host, contacts: Collection[str]) -> dict[str, set[str]]:
	table = doctype("Contact Email", "m")
	query = Query.from_(table).select(table.parent, table.email_id)
	found: dict[str, set[str]] = {}
	for contact, address in _rows(host, contacts, lambda some: query.where(table.parent.isin(params(some)))):
		found.setdefault(contact, set()).add(normalise(address or ""))
	return found


def _rows(host: Host, names: Collection[str], query: Callable[[Sequence[str]], Any]) -> list[tuple]:
	return [row for some in chunks(sorted(set(names))) for row in host.db.rows(query(some))]
