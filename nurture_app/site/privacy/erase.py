"""Erase a person: nothing but a hash of the address stays, so that no later import brings the mail back (CP-08).

An erasure is a row in Nurture Erasure and a chain of pieces, each committed and each harmless when repeated. First of
all everything stops: the address is suppressed, series end, waiting mails are taken back. The leads go last, because
they say what belongs together; what the pieces look for stands encrypted in the row until they are done, so that the
nightly job can finish what an interruption left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import frappe
from frappe.utils import now_datetime
from frappe.utils.password import decrypt, encrypt

from nurture_app.engine import audiences, optout
from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.enrollments import ending
from nurture_app.site.host import site_host
from nurture_app.site.privacy import audit, blackout, contacts, elsewhere
from nurture_app.site.privacy.contacts import Kept, what_stays
from nurture_app.site.privacy.own_rows import columns_of, own_rows, present
from nurture_app.site.privacy.person import Person, find_person, together
from nurture_app.site.privacy.personal import BLANK, DELETE, Personal
from nurture_app.site.transactions import retrying

DOCTYPE = "Nurture Erasure"
AT_ONCE = 500


@dataclass(slots=True)
class ErasedCount:
	"""What an erasure did, or would do (`preview`)."""

	erasure: str = ""
	"""Its Nurture Erasure; empty in a preview."""
	deleted: dict[str, int] = field(default_factory=dict)
	"""Rows by DocType."""
	blanked: dict[str, int] = field(default_factory=dict)
	mentions: int = 0
	"""Rows of others in which the person was blacked out."""
	kept: list[Kept] = field(default_factory=list)

	@property
	def total(self) -> int:
		return sum(self.deleted.values()) + sum(self.blanked.values()) + self.mentions


def erase_person(address: str, reason: str, leads: Iterable[str] = (), by: str = "") -> ErasedCount:
	"""Erase everybody with this address, in whatever spelling; `leads` adds leads without one. Commits.

	Asking again does no harm and finds what has come in since. Raises `NurtureError` `address_invalid` when there is
	neither an address nor a lead. When it is interrupted, the nightly job goes on (`finish_interrupted`).
	"""
	person = find_person(address, leads)
	if not person.addresses and not person.leads:
		raise NurtureError("address_invalid", address=address)
	told = blackout.without(person, reason)  # whoever writes it may name the person
	erasure = retrying(lambda: _begin(person, told, by or frappe.session.user))
	return _carry_out(erasure, person)


def erase_together(people: list[Person], reason: str) -> None:
	"""Erase many at once for a reason of our own. Puts nobody on the list of addresses that get nothing. Commits."""
	crowd = [person for person in people if not person.is_ours]
	alone = [person for person in people if person.is_ours]
	for person in [*([together(crowd)] if crowd else []), *alone]:
		told = f"{reason} ({len(person.leads)} leads)"
		erasure = retrying(lambda person=person, told=told: _begin(person, told, "", suppress=False))
		_carry_out(erasure, person)


def preview(address: str, leads: Iterable[str] = ()) -> ErasedCount:
	"""What `erase_person` would do; changes nothing. Mentions in texts of others are not counted."""
	person = find_person(address, leads)
	own = own_rows(person)
	counted = ErasedCount(kept=what_stays(person))
	for entry in present():
		if names := own.get(entry.doctype):
			(counted.blanked if entry.erase == BLANK else counted.deleted)[entry.doctype] = len(names)
	for doctype, names in (("Contact", person.contacts), ("Address", person.places), ("Lead", person.leads)):
		if alone := [name for name in names if not _is_kept(counted.kept, doctype, name)]:
			counted.deleted[doctype] = len(alone)
	return counted


def finish_interrupted() -> int:
	"""Nightly: carry out what was begun and not finished; returns how many are done now. Commits."""
	rows = frappe.get_all(DOCTYPE, {"status": "Running"}, ["name", "work"], order_by="requested_on asc")
	done = 0
	for row in rows:
		try:
			_carry_out(row.name, Person.from_json(decrypt(row.work)))
			done += 1
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"nurture_app: erasure {row.name} could not be finished")
			_commit()
	return done


def _begin(person: Person, reason: str, by: str, *, suppress: bool = True) -> str:
	"""From here on nothing is sent to the person any more."""
	host = site_host(commit=False)
	if suppress:
		for address in person.addresses:
			optout.unsubscribe(host, address, "Erasure", "Erased")
			frappe.db.set_value(
				"Nurture Suppression",
				{"address_hash": address_hash(address)},
				"reason",
				"Erased",
				update_modified=False,
			)
	live = {"party": ["in", list(person.leads) or [""]]}
	ending.stop(host, frappe.get_all("Nurture Enrollment", live, pluck="name", order_by=None), Reason.STOPPED)
	for recipient in person.addresses:
		_take_back(recipient)
	erasure = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"status": "Running",
			"reason": reason[:140],
			"requested_on": now_datetime(),
			"requested_by": by if normalise(by) not in person.addresses else "",
			"subject_hash": person.subject_hash,
			"work": encrypt(person.to_json()),
		}
	).insert(ignore_permissions=True)
	if suppress:
		audit.note(audit.ERASURE_ASKED, address=person.address, detail=reason, done_by=erasure.requested_by)
	_commit()
	return erasure.name


def _take_back(recipient: str) -> None:
	"""Mails of Frappe's own that wait for this address alone."""
	queue, to = frappe.qb.DocType("Email Queue"), frappe.qb.DocType("Email Queue Recipient")
	waiting = (
		frappe.qb.from_(queue)
		.join(to)
		.on(to.parent == queue.name)
		.select(queue.name)
		.where((to.recipient == recipient) & (queue.status == "Not Sent"))
	)
	names = [name for (name,) in waiting.run()]
	if names:
		site_host(commit=False).channels["Email"].cancel(names)


def _carry_out(erasure: str, person: Person) -> ErasedCount:
	counted = ErasedCount(erasure, kept=what_stays(person))
	elsewhere.flush_search_queue()
	_piece(lambda: _leave_audiences(person))
	counted.deleted["File"] = _piece(lambda: elsewhere.remove_files(person, own_rows(person)))
	own = own_rows(person)  # anew, for Frappe has noted on the documents that their files are gone
	entries = present()
	for entry in reversed(entries):  # what belongs to a row stands below it and goes first
		names = sorted(own.get(entry.doctype, ()), key=str)
		if not names:
			continue
		if entry.doctype == "Comment":
			counted.mentions += _piece(lambda: blackout.black_out_copies(person, names))
		if entry.doctype == "Tag Link":
			_piece(lambda: elsewhere.remove_tags(person, names))
		if entry.erase == DELETE:
			counted.deleted[entry.doctype] = _piece(lambda entry=entry, names=names: _delete(entry, names))
		elif entry.erase == BLANK:
			counted.blanked[entry.doctype] = _piece(lambda entry=entry, names=names: _blank(entry, names))
			counted.mentions += _piece(lambda entry=entry: blackout.black_out_own(person, entry, own))
	counted.deleted["Contact and Address"] = _piece(lambda: contacts.remove_contacts(person))
	deleted, anonymous = _piece(lambda: contacts.remove_leads(person))
	counted.deleted["Lead"], counted.blanked["Lead"] = deleted, anonymous
	_piece(lambda: elsewhere.remove_feed(person))
	_piece(lambda: elsewhere.remove_series(person))
	for entry in entries:
		counted.mentions += _piece(lambda entry=entry: blackout.black_out(person, entry))
	counted.mentions += _piece(lambda: blackout.black_out_plain_tables(person))
	_piece(lambda: _forget_suppressed_address(person))
	_finish(counted)
	elsewhere.forget_in_redis(person, own)
	return counted


def _leave_audiences(person: Person) -> int:
	"""First, while it is known what they were told: the ad platforms forget the person as well."""
	host = site_host(commit=False)
	for lead in person.leads:
		audiences.forget(host, lead)
	return len(person.leads)


def _piece(work: Callable[[], int]) -> int:
	"""One transaction; tried again when another one was in its way."""
	done = retrying(work)
	_commit()
	return done


def _delete(entry: Personal, names: list[str]) -> int:
	"""With child rows, tags and passwords, around the document layer: an erased mail must not leave a Deleted Document."""
	meta = frappe.get_meta(entry.doctype)
	children = [df.options for df in meta.get_table_fields()]
	for start in range(0, len(names), AT_ONCE):
		some = names[start : start + AT_ONCE]
		for child in children:
			frappe.db.delete(child, {"parenttype": entry.doctype, "parent": ["in", some]})
		frappe.db.delete(entry.doctype, {"name": ["in", some]})
		frappe.db.delete("__global_search", {"doctype": entry.doctype, "name": ["in", some]})
	return len(names)


def _blank(entry: Personal, names: list[str]) -> int:
	columns = columns_of(entry, (*entry.blank, *contacts.SYSTEM_COLUMNS))
	table = frappe.qb.DocType(entry.doctype)
	for start in range(0, len(names), AT_ONCE):
		query = frappe.qb.update(table).where(table.name.isin(names[start : start + AT_ONCE]))
		for column in columns:
			query = query.set(table[column], None)
		query.run()
	for name in names:
		frappe.clear_document_cache(entry.doctype, name)
	frappe.db.delete("__global_search", {"doctype": entry.doctype, "name": ["in", names]})
	return len(names)


def _forget_suppressed_address(person: Person) -> int:
	"""Whatever suppressed the address before: from now on the list knows a hash only."""
	table = frappe.qb.DocType("Nurture Suppression")
	query = frappe.qb.update(table).where(table.address_hash.isin(list(person.hashes) or [""]))
	for column in ("address", "notes", "source"):
		query = query.set(table[column], None)
	query.run()
	return 0


def _finish(counted: ErasedCount) -> None:
	kinds: dict[tuple[str, str], int] = {}
	for kept in counted.kept:
		kinds[kept.doctype, kept.why if kept.doctype not in ("Contact", "Address") else "shared"] = (
			kinds.get((kept.doctype, kept.why), 0) + 1
		)
	values = {
		"status": "Done",
		"done_on": now_datetime(),
		"work": None,
		"rows_deleted": sum(counted.deleted.values()),
		"rows_blanked": sum(counted.blanked.values()),
		"mentions_removed": counted.mentions,
		"kept": "\n".join(f"{doctype}: {number} ({why})" for (doctype, why), number in kinds.items()),
	}
	frappe.db.set_value(DOCTYPE, counted.erasure, values)
	_commit()


def _is_kept(kept: list[Kept], doctype: str, name: str) -> bool:
	return any((one.doctype, one.name) == (doctype, name) for one in kept)


def _commit() -> None:
	frappe.db.commit()  # nosemgrep: an erasure is a chain of transactions, see the top of this file
