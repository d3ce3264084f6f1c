"""Two leads that are one person become one record, and nothing that one of them said no to is allowed by the other (DH-01).

Frappe moves what links to a lead, `lead_records.rename` what the app keeps of it; the rest is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.utils import cstr, escape_html

from nurture_app.engine import evidence, opt_down, optout
from nurture_app.engine.addresses import normalise
from nurture_app.engine.capture.merging import FIRST_CONTACT, FIRST_TOUCH, WRITTEN_ONCE, is_empty
from nurture_app.engine.codes import Reason
from nurture_app.engine.enrollments import ending
from nurture_app.engine.personas import BY_HAND
from nurture_app.engine.ports import Host
from nurture_app.site.host import site_host
from nurture_app.site.privacy import audit

MOST_AT_ONCE = 10
SOURCE = "Merge of leads"
FILLED = (
	*BY_HAND,
	"nurture_use_case",
	"nurture_team_size",
	"nurture_preferences",
	"nurture_linkedin",
	"nurture_referrer",
	"nurture_cold_reason",
)
"""Fields of ours that people fill in; the others follow from what is on record."""
TOLD = ("lead_name", "email_id", "phone", "mobile_no", "whatsapp_no", "company_name", "job_title", "website")
"""What a comment says of a lead that goes, where the one that remains says something else."""
CARRIED = ("Unsubscribed", "Complaint", "Manual", "Erased")
"""Reasons of a suppression that are the person's, not the address's."""
MOBILE_INVALID = "nurture_mobile_invalid"
CLOSED = "Do Not Contact"
OPEN = ("Lead", "Open", "Replied", "Interested")


def carry_refusals(host: Host, old: str, new: str) -> None:
	"""Within a merge of `old` into `new`, before `old` goes: what the one refused holds for the one that remains."""
	fields = ["email_id", "mobile_no", "unsubscribed", "status", optout.NO_TRACKING, MOBILE_INVALID]
	was, kept = (frappe.db.get_value("Lead", name, fields, as_dict=True) for name in (old, new))
	changes: dict[str, Any] = {}
	if was[optout.NO_TRACKING]:
		changes[optout.NO_TRACKING] = 1
	if was[MOBILE_INVALID] and (kept.mobile_no or was.mobile_no) == was.mobile_no:
		changes[MOBILE_INVALID] = 1
	if was.status == CLOSED:
		changes["unsubscribed"] = 1
		if kept.status in OPEN:
			changes["status"] = CLOSED
	reason = _refusal(host, was)
	if reason:
		changes["unsubscribed"] = 1
	if changes:
		frappe.db.set_value("Lead", new, changes, update_modified=False)
	address = normalise(kept.email_id)
	if reason and address:
		optout.suppress(host, address, SOURCE, reason, new)
	if refused := reason or _refusal(host, kept) or (CLOSED in (was.status, kept.status) and "Manual"):
		# what runs or waits in a queue for either of them, at whatever address
		known = address or normalise(was.email_id)
		ending.end_for_person(host, known, [new], optout.EXIT_OF.get(refused, Reason.SUPPRESSED))
	if address and normalise(was.email_id):
		opt_down.join(host, normalise(was.email_id), address, SOURCE)
	if status := evidence.status_of(host, new, "Email"):
		shown = "" if status == "Pending" else status
		frappe.db.set_value("Lead", new, "nurture_email_consent", shown, update_modified=False)


def _refusal(host: Host, was: Any) -> str:
	"""Why a lead gets no marketing mail, if that is the person's own doing or a colleague's; a reason of a suppression."""
	address = normalise(was.get("email_id"))
	reason = optout.suppression_of(host, address) if address else ""
	if reason in CARRIED:
		return reason
	if was.get("unsubscribed") or (address and _left_in_frappe(address)):
		return "Unsubscribed"
	return ""


def _left_in_frappe(address: str) -> bool:
	"""As the gate counts it: everything, or the mails about a lead."""
	return bool(
		frappe.get_all(
			"Email Unsubscribe",
			filters={"email": address},
			or_filters={"global_unsubscribe": 1, "reference_doctype": "Lead"},
			limit=1,
			order_by=None,
		)
	)


def merge(kept: str, others: Sequence[str], seen: Mapping[str, str]) -> None:
	"""Make `others` part of the lead `kept`, as the present user, within the caller's transaction.

	`seen` says by lead when it had been changed last as the user saw it. Raises ValidationError when one has changed since
	then or has gone, PermissionError when the user may not write one of them or not delete one of `others`.
	"""
	others = [name for name in dict.fromkeys(others) if name != kept]
	if not others or len(others) >= MOST_AT_ONCE:
		frappe.throw(_("Choose from 2 to {0} leads to merge.").format(MOST_AT_ONCE))
	for name in (kept, *others):
		if not frappe.db.exists("Lead", name):
			frappe.throw(
				_("The lead {0} is not there any more. Look at the list again.").format(escape_html(name))
			)
	# always in one order, so that two merges wait for each other
	locked = {name: _checked(name, seen, name != kept) for name in sorted((kept, *others))}
	for name in others:
		_merge_one(locked[name], kept)


def _checked(name: str, seen: Mapping[str, str], goes: bool) -> Any:
	doc = frappe.get_doc("Lead", name, for_update=True)
	doc.check_permission("write")
	if goes:
		doc.check_permission("delete")
	if cstr(doc.modified) != cstr(seen.get(name)):
		frappe.throw(
			_("{0} has been changed in the meantime. Look at the leads again before you merge them.").format(
				escape_html(doc.lead_name or name)
			)
		)
	return doc


def _merge_one(old: Any, kept: str) -> None:
	new = frappe.get_doc("Lead", kept)
	filled = {
		df.fieldname: old.get(df.fieldname) for df in fields_to_fill() if _fills(df.fieldname, old, new)
	}
	first = _first_facts(old, new)
	rows = {
		df.fieldname: [row.as_dict(no_default_fields=True) for row in old.get(df.fieldname) or []]
		for df in old.meta.get_table_fields()
	}
	tags = [tag for tag in (old.get("_user_tags") or "").split(",") if tag]
	aside = _said_otherwise(old, new)
	refused = old.status == CLOSED or bool(_refusal(site_host(commit=False), old))
	frappe.rename_doc("Lead", old.name, kept, merge=True, show_alert=False, rebuild_search=False)
	new = frappe.get_doc("Lead", kept)
	if refused and not new.unsubscribed:
		# the hook that carries it over stops no merge by others
		frappe.throw(
			_(
				"{0} wants no mail, and that could not be noted on the lead that remains. Nothing was merged."
			).format(escape_html(old.lead_name or old.name))
		)
	new.update(filled)
	for table, some in rows.items():
		new.extend(table, some)
	# rights were checked; what is above the user's level would be left out, and is gone with the other lead
	new.save(ignore_permissions=True)
	if first:
		frappe.db.set_value("Lead", kept, first, update_modified=False)
	for tag in tags:
		new.add_tag(tag)
	_tell(old, new, aside)


def _tell(old: Any, new: Any, aside: Sequence[str]) -> None:
	text = _("{0} ({1}) was merged into this lead.").format(escape_html(old.lead_name or ""), old.name)
	if aside:
		text += " " + _("It said besides: {0}.").format(escape_html("; ".join(aside)))
	new.add_comment("Info", text)
	audit.note(audit.MERGED, lead=new.name, detail=old.name)


def fields_to_fill() -> Iterator[Any]:
	"""Fields of Lead that are filled from a lead that goes, where the one that remains says nothing."""
	for df in frappe.get_meta("Lead").fields:
		if df.fieldtype in (*no_value_fields, "Check") or df.fieldname.startswith("nurture_"):
			if df.fieldname in FILLED:
				yield df
			continue
		if not (df.read_only or df.no_copy):
			yield df


def _fills(fieldname: str, old: Any, new: Any) -> bool:
	return is_empty(new.get(fieldname)) and not is_empty(old.get(fieldname))


def _first_facts(old: Any, new: Any) -> dict[str, Any]:
	"""Where the person came from first: of the lead that was there first, and what only the other one knows (CT-30)."""
	is_earlier = (old.get(FIRST_CONTACT) or old.creation) < (new.get(FIRST_CONTACT) or new.creation)
	first, second = (old, new) if is_earlier else (new, old)
	facts = {field: first.get(field) or second.get(field) for field in WRITTEN_ONCE}
	visit = first if any(first.get(field) for field in FIRST_TOUCH) else second
	facts |= {field: visit.get(field) for field in FIRST_TOUCH}
	return {field: value for field, value in facts.items() if (value or None) != (new.get(field) or None)}


def _said_otherwise(old: Any, new: Any) -> list[str]:
	"""How else the person can be reached, or what else they are called. Not from fields that not everybody may see: everybody
	reads comments."""
	return [
		f"{_(df.label)}: {old.get(df.fieldname)}"
		for df in map(new.meta.get_field, TOLD)
		if df and not df.permlevel and new.get(df.fieldname)
		if old.get(df.fieldname) and old.get(df.fieldname) != new.get(df.fieldname)
	]


def note_apart(leads: Sequence[str]) -> int:
	"""The user has looked at these leads: each is somebody else. How many pairs are new. Raises PermissionError."""
	leads = sorted(set(leads))
	if not 2 <= len(leads) <= MOST_AT_ONCE:
		frappe.throw(_("Choose from 2 to {0} leads.").format(MOST_AT_ONCE))
	for name in leads:
		frappe.get_doc("Lead", name).check_permission("write")
	added = 0
	for place, one in enumerate(leads):
		for other in leads[place + 1 :]:
			key = f"{one}|{other}"
			if not frappe.db.exists("Nurture Not Duplicate", {"pair_key": key}):
				values = {"party": one, "other": other, "pair_key": key, "noted_by": frappe.session.user}
				doc = frappe.get_doc({"doctype": "Nurture Not Duplicate", **values})
				doc.insert(ignore_permissions=True)
				added += 1
	return added


def forget_apart(lead: str) -> None:
	"""A lead goes: what was said of it and others."""
	for field in ("party", "other"):
		frappe.db.delete("Nurture Not Duplicate", {field: lead})


def follow_rename(new: str) -> None:
	"""Frappe has renamed the links; the pair is the same one, unless both are one lead now."""
	rows = frappe.get_all(
		"Nurture Not Duplicate",
		or_filters={"party": new, "other": new},
		fields=["name", "party", "other"],
		order_by=None,
	)
	for row in rows:
		key = "|".join(sorted((row.party, row.other)))
		known = {"pair_key": key, "name": ["!=", row.name]}
		if row.party == row.other or frappe.db.exists("Nurture Not Duplicate", known):
			frappe.db.delete("Nurture Not Duplicate", {"name": row.name})
		else:
			frappe.db.set_value("Nurture Not Duplicate", row.name, "pair_key", key, update_modified=False)
