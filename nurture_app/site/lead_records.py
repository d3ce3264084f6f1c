"""What the app keeps of a Lead when that is deleted, renamed or merged into another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import frappe
from frappe.utils import now_datetime

from nurture_app.engine import activities, audiences, evidence, opt_down, optout
from nurture_app.engine.codes import LIVE_STATUSES, Reason
from nurture_app.engine.enrollments import ending, pausing
from nurture_app.engine.ports import Host
from nurture_app.site import merged_leads
from nurture_app.site.host import site_host

OF_A_LEAD = (
	"Nurture Activity",
	"Nurture Bounce",
	"Nurture Consent",
	"Nurture Consent Entry",
	"Nurture Content Use",
	"Nurture Enrollment",
	"Nurture Form Submission",
	"Nurture Link",
	"Nurture Mail Hit",
	"Nurture Score Entry",
	"Nurture Segment Member",
	"Nurture Trigger Log",
	"Nurture Incoming Event",
	"Nurture Audience Member",
	"Nurture Outgoing",
	"Nurture Page View",
	"Nurture Portal Message",
	"Nurture Visit",
	"Nurture Visitor",
)
LINK_DAYS = 60
"""How long the unsubscribe link of a sent mail goes on working after its lead is deleted; CAN-SPAM asks for 30."""

MENDED_ON_LEAD = (
	Reason.NO_ADDRESS,
	Reason.INVALID_ADDRESS,
	Reason.NO_CONSENT,
	Reason.TEMPLATE_ERROR,
	Reason.ASSET_NOT_FOR_LEAD,
)

KEYS = {
	"Nurture Enrollment": ("live_party_key", "live_address_key"),
	"Nurture Segment Member": ("live_key",),
	"Nurture Audience Member": ("live_key",),
	"Nurture Score Entry": ("entry_key",),
	"Nurture Consent": ("consent_key",),
}
"""Unique keys with the lead's name in them, which must follow a rename."""


def remove(lead: str) -> None:
	"""End what runs for a lead and delete its rows. Suppressions stay: they belong to the address."""
	host = site_host(commit=False)
	live = frappe.get_all("Nurture Enrollment", filters={"party": lead}, pluck="name", order_by=None)
	ending.stop(host, live, Reason.PARTY_MISSING)
	ending.take_back_of(host, [lead], Reason.PARTY_MISSING)
	audiences.forget(host, lead)
	merged_leads.forget_apart(lead)
	for doctype in OF_A_LEAD:
		frappe.db.delete(doctype, {"party": lead})
	frappe.db.delete("Nurture Insight", {"lead": lead})  # a link, which Frappe renames and merges by itself
	_strip_touches(lead, host.clock.now())


def _strip_touches(lead: str, now: datetime) -> None:
	"""Mails already out carry an unsubscribe link: keep token and address for as long as it must work, nothing else."""
	touch = frappe.qb.DocType("Nurture Touch")
	recent = touch.queued_on > now - timedelta(days=LINK_DAYS)
	(
		frappe.qb.update(touch)
		.set(touch.party, None)
		.set(touch.enrollment, None)
		.set(touch.subject, None)
		.set(touch.communication, None)
		.where((touch.party == lead) & recent)
	).run()
	frappe.db.delete("Nurture Touch", {"party": lead})


def purge_stripped_touches() -> None:
	"""Nightly: forget the addresses of deleted leads once their links have expired."""
	touch = frappe.qb.DocType("Nurture Touch")
	expired = touch.queued_on < now_datetime() - timedelta(days=LINK_DAYS)
	frappe.qb.from_(touch).delete().where((touch.party.isnull() | (touch.party == "")) & expired).run()


def change_address(lead: str, address: str) -> None:
	"""Running enrollments belong to the new address, so that an opt-out of it ends them.

	Where another lead with that address is in the same sequence already, this one leaves it.
	"""
	host = site_host(commit=False)
	_mark_repaired(lead, address)
	live = frappe.get_all(
		"Nurture Enrollment",
		filters={"party": lead, "status": ["in", [str(status) for status in LIVE_STATUSES]]},
		fields=["name", "sequence"],
		order_by=None,
	)
	for row in live:
		key = f"{row.sequence}|{address or lead}"
		holder = frappe.db.get_value("Nurture Enrollment", {"live_address_key": key})
		if holder and holder != row.name:
			ending.stop(host, [row.name], Reason.ADDRESS_ENROLLED)
			continue
		values = {"address": address, "live_address_key": key}
		frappe.db.set_value("Nurture Enrollment", row.name, values, update_modified=False)


def carry_consent(lead: str, old: str, new: str) -> None:
	"""A changed address: what the person said and chose goes on for the new one, and the history tells (CP-01)."""
	host = site_host(commit=False)
	status = evidence.status_of(host, lead, "Email")
	if status and new:
		said = evidence.Evidence(
			status,
			"Change of address",
			frappe.session.user,
			proof=f"Before: {old}",
			occurred_on=host.clock.now(),
		)
		evidence.follow_address(host, lead, new, said)
	if old and new:
		opt_down.follow_address(host, old, new)


def _mark_repaired(lead: str, address: str) -> None:
	"""Another address was what its bounces were waiting for (DH-08)."""
	if not address:
		return
	bounce = frappe.qb.DocType("Nurture Bounce")
	(
		frappe.qb.update(bounce)
		.set(bounce.state, "Repaired")
		.where((bounce.party == lead) & (bounce.state == "To Repair") & (bounce.address != address))
	).run()


def release_held(leads: list[str]) -> None:
	"""Let steps go on that were held for want of something on these leads; if it is still missing, they are held again.

	Commits: called after the user's own commit.
	"""
	held = frappe.get_all(
		"Nurture Enrollment",
		filters={
			"party": ["in", leads],
			"status": "Held",
			"reason": ["in", [str(reason) for reason in MENDED_ON_LEAD]],
		},
		pluck="name",
		order_by=None,
	)
	if held:
		pausing.resume(site_host(commit=True), held)


def rename(old: str, new: str, merge: bool = False) -> None:
	"""Rows of `old` become rows of `new`. When the two are merged, what both have is kept once, consent at its strictest, and
	what the one refused is refused."""
	host = site_host(commit=False)
	for doctype in (*OF_A_LEAD, "Nurture Touch", "Nurture Public Link"):
		table = frappe.qb.DocType(doctype)
		frappe.qb.update(table).set(table.party, new).where(table.party == old).run()
	for doctype, columns in KEYS.items():
		for column in columns:
			_rename_keys(host, doctype, column, old, new)
	merged_leads.follow_rename(new)
	if merge:
		merged_leads.carry_refusals(host, old, new)
	activities.leads_changed(host, [new])


def _rename_keys(host: Host, doctype: str, column: str, old: str, new: str) -> None:
	rows = frappe.get_all(doctype, filters={"party": new}, fields=["name", column], order_by=None)
	present = {row[column]: row.name for row in rows if row[column]}
	for row in rows:
		parts = (row[column] or "").split("|")
		if old not in parts:
			continue
		wanted = "|".join(new if part == old else part for part in parts)
		if wanted in present:
			_ON_CONFLICT[doctype](host, row.name, present[wanted])
		else:
			frappe.db.set_value(doctype, row.name, column, wanted, update_modified=False)


def _end_second_enrollment(host: Host, name: str, other: str) -> None:
	ending.stop(host, [name], Reason.ALREADY_ENROLLED)


def _leave_second_membership(host: Host, name: str, other: str) -> None:
	values = {"left_on": host.clock.now(), "live_key": name}
	frappe.db.set_value("Nurture Segment Member", name, values, update_modified=False)


def _drop_second_entry(host: Host, name: str, other: str) -> None:
	frappe.db.delete("Nurture Score Entry", {"name": name})


STRICTNESS = ("Given", "Pending", "Withdrawn")


def _keep_stricter_consent(host: Host, name: str, other: str) -> None:
	"""The history of both has moved along already, so nothing is lost with the row."""
	fields = ["status", "party", "address", "channel", "wording"]
	found = frappe.db.get_value("Nurture Consent", name, fields, as_dict=True)
	kept = frappe.db.get_value("Nurture Consent", other, fields, as_dict=True)
	frappe.db.delete("Nurture Consent", {"name": name})
	if STRICTNESS.index(found.status) > STRICTNESS.index(kept.status):
		optout.set_consent(
			host,
			found.party,
			kept.address or found.address or "",
			found.status,
			"Merge of leads",
			frappe.session.user,
			found.wording or "",
			found.channel,
		)


_ON_CONFLICT: dict[str, Callable[[Host, str, str], None]] = {
	"Nurture Enrollment": _end_second_enrollment,
	"Nurture Segment Member": _leave_second_membership,
	"Nurture Score Entry": _drop_second_entry,
	"Nurture Consent": _keep_stricter_consent,
}
