"""Who may do what, and how arguments come in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _

from nurture_app.site.transactions import savepoint

ADMINISTRATORS = ("System Manager",)
MANAGERS = ("Nurture Manager", "System Manager")
USERS = ("Nurture User", *MANAGERS)
READERS = ("Sales User", "Sales Manager", *USERS)
"""Who may open sequences, segments and rules."""
ENROLLERS = READERS
MOST_AT_ONCE = 1000
"""Records one call may change; more than that is a matter for a segment or an import."""


def require_role(roles: Sequence[str]) -> None:
	"""Raises `frappe.PermissionError`, which names the roles."""
	if not has_role(roles):
		frappe.throw(
			_("You need one of these roles: {0}.").format(", ".join(map(_, roles))), frappe.PermissionError
		)


def has_role(roles: Sequence[str]) -> bool:
	"""The present user; Administrator has every role."""
	return frappe.session.user == "Administrator" or bool(set(roles) & set(frappe.get_roles()))


def may_read_lead(lead: str) -> bool:
	"""The present user; False for a lead that is not there."""
	return bool(frappe.db.exists("Lead", lead) and frappe.has_permission("Lead", "read", doc=lead))


def require_lead(lead: str) -> None:
	"""The user may read this lead; somebody who may not learns no more than that."""
	if not may_read_lead(lead):
		frappe.throw(_("You may not see this lead, or it does not exist."), frappe.PermissionError)


def readable_leads(names: Sequence[str]) -> set[str]:
	"""Those of `names` the user may read."""
	if not names or not frappe.has_permission("Lead", "read"):
		return set()
	found = frappe.get_list("Lead", filters={"name": ["in", list(names)]}, pluck="name", limit_page_length=0)
	return set(found)


def names_from(value: str | list[str]) -> list[str]:
	"""A list of record names as the Desk sends it: a list, or JSON text of one."""
	if isinstance(value, str):
		try:
			value = json.loads(value)
		except ValueError:
			frappe.throw(_("A list of names was expected."))
	if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
		frappe.throw(_("A list of names was expected."))
	if len(value) > MOST_AT_ONCE:
		frappe.throw(_("At most {0} records at once.").format(MOST_AT_ONCE))
	return list(dict.fromkeys(value))


def document_from(value: str | dict[str, Any], doctype: str) -> dict[str, Any]:
	"""A document as the Desk holds it, saved or not."""
	try:
		data = json.loads(value) if isinstance(value, str) else value
	except ValueError:
		data = None
	if not isinstance(data, dict) or data.get("doctype", doctype) != doctype:
		frappe.throw(_("A {0} was expected.").format(_(doctype)))
	return data


class _Undo(Exception):
	"""Leaves `only_trying` without a trace."""


@contextmanager
def only_trying() -> Iterator[None]:
	"""Run a block for what it says, then undo what it wrote."""
	try:
		with savepoint():
			yield
			raise _Undo
	except _Undo:
		return
