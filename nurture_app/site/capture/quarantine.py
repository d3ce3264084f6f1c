"""Imported leads wait here until they are checked, by the app or by a manager (DH-06)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from nurture_app.engine import activities
from nurture_app.engine.addresses import normalise
from nurture_app.engine.capture.forms import lines
from nurture_app.engine.capture.merging import is_empty
from nurture_app.engine.config import load_settings
from nurture_app.engine.sql import chunks
from nurture_app.site.capture.origin import QUARANTINED
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.host import site_host
from nurture_app.site.privacy import audit

PHONES = ("phone", "mobile_no")
LATELY = timedelta(minutes=15)
"""More than two ticks: what was changed since the one before last is looked at again."""

AT_ONCE = 500
LEAST_DIGITS = 7
"""Of a telephone number; what has fewer (an extension, a dash) tells nobody apart."""


def problems(leads: Sequence[str]) -> dict[str, list[str]]:
	"""What is wrong with each of these leads, in sentences; an empty list for one that may leave."""
	needed = [
		name for name in lines(_settings().quarantine_fields) if frappe.get_meta("Lead").has_field(name)
	]
	found: dict[str, list[str]] = {}
	for names in chunks(list(leads)):
		rows = _rows(names, needed)
		same_address, same_phone = _others_by_address(rows), _others_by_phone(rows)
		for row in rows:
			found[row.name] = [
				*_address_problems(row, same_address),
				*_phone_problems(row, same_phone),
				*_missing(row, needed),
			]
	return found


def release(leads: Sequence[str], *, commit: bool = False) -> int:
	"""Let leads out, whatever is wrong with them: they are scored, and sequences for new leads take them."""
	table = frappe.qb.DocType("Lead")
	released = 0
	for names in chunks(list(leads), AT_ONCE):
		waiting = frappe.get_all("Lead", {"name": ["in", names], QUARANTINED: 1}, pluck="name", order_by=None)
		if not waiting:
			continue
		frappe.qb.update(table).set(table[QUARANTINED], 0).where(table.name.isin(waiting)).run()
		for name in waiting:
			frappe.clear_document_cache("Lead", name)
		audit.note_leads(audit.QUARANTINE_RELEASED, waiting, "" if not commit else "checked by the app")
		if commit:
			frappe.db.commit()  # nosemgrep: jobs only
		activities.leads_changed(site_host(commit=commit), waiting)
		released += len(waiting)
	return released


def release_checked_lately() -> int:
	"""Tick: leads in quarantine that were imported or changed a moment ago and have nothing wrong with them."""
	return _release_checked({QUARANTINED: 1, "modified": [">", now_datetime() - LATELY]})


def release_all_checked() -> int:
	"""Nightly: all of them, because what was wrong may have been another lead's doing."""
	return _release_checked({QUARANTINED: 1})


def _release_checked(filters: dict[str, Any]) -> int:
	waiting = frappe.get_all("Lead", filters, pluck="name", order_by="name asc")
	fine = [name for some in chunks(waiting, AT_ONCE) for name, wrong in problems(some).items() if not wrong]
	return release(fine, commit=True)


def _settings() -> Any:
	return load_settings(FrappeDatabase(commit=False))


def _rows(names: Sequence[str], needed: Sequence[str]) -> list[Any]:
	fields = list(dict.fromkeys(["name", "email_id", *PHONES, *needed]))
	return frappe.get_all("Lead", {"name": ["in", names]}, fields, order_by="name asc")


def _address_problems(row: Any, others: dict[str, list[str]]) -> list[str]:
	if is_empty(row.email_id):
		return [_("It has no e-mail address.")]
	address = normalise(row.email_id)
	if not address:
		return [_("{0} is not an e-mail address.").format(row.email_id)]
	same = [name for name in others.get(address, ()) if name != row.name]
	return [_("{0} has the same e-mail address.").format(same[0])] if same else []


def _phone_problems(row: Any, others: dict[str, list[str]]) -> list[str]:
	for field in PHONES:
		same = [name for name in others.get(_digits(row.get(field)), ()) if name != row.name]
		if same:
			return [_("{0} has the same telephone number.").format(same[0])]
	return []


def _missing(row: Any, needed: Iterable[str]) -> list[str]:
	meta = frappe.get_meta("Lead")
	return [_("{0} is empty.").format(_(meta.get_label(name))) for name in needed if is_empty(row.get(name))]


def _others_by_address(rows: Sequence[Any]) -> dict[str, list[str]]:
	"""Index (email_id)."""
	addresses = sorted({normalise(row.email_id) for row in rows} - {""})
	found: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Lead", {"email_id": ["in", addresses]}, ["name", "email_id"], order_by="name asc"
	):
		found.setdefault(normalise(row.email_id), []).append(row.name)
	return found


def _others_by_phone(rows: Sequence[Any]) -> dict[str, list[str]]:
	"""By the digits that count. ERPNext has no index on numbers; one pass over the leads serves a whole batch."""
	wanted = {_digits(row.get(field)) for row in rows for field in PHONES} - {""}
	if not wanted:
		return {}
	table = frappe.qb.DocType("Lead")
	some = (table.phone.isnotnull() & (table.phone != "")) | (
		table.mobile_no.isnotnull() & (table.mobile_no != "")
	)
	found: dict[str, list[str]] = {}
	for name, *numbers in (
		frappe.qb.from_(table).select(table.name, table.phone, table.mobile_no).where(some).run()
	):
		for digits in {_digits(number) for number in numbers} & wanted:
			found.setdefault(digits, []).append(name)
	return found


def _digits(number: str | None) -> str:
	"""The last nine digits, so that a number counts as itself with and without the code of its country."""
	digits = "".join(character for character in number or "" if character.isdigit())
	return digits[-9:] if len(digits) >= LEAST_DIGITS else ""
