"""A Lead is created, changed, renamed or deleted."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime, get_datetime

from nurture_app.engine.addresses import normalise
from nurture_app.site import changed_leads
from nurture_app.site.active import is_active, relevant_fields
from nurture_app.site.events.safely import safely

WRITTEN_BY_APP = (
	"nurture_score",
	"nurture_fit_score",
	"nurture_engagement_score",
	"nurture_stage",
	"nurture_stage_since",
	"nurture_last_activity_on",
)
CONSENT = "nurture_email_consent"
ALWAYS_RELEVANT = ("email_id", "status", "unsubscribed", CONSENT, "nurture_time_zone", "_user_tags")


@safely
def before_save(doc: Any) -> None:
	"""A form opened before the last tick would write old scores over new ones, and an old consent over a withdrawn one."""
	before = doc.get_doc_before_save()
	if before is None:
		return
	for field in WRITTEN_BY_APP:
		doc.set(field, before.get(field))
	if before.get(CONSENT) == "Withdrawn" and doc.get(CONSENT) != "Withdrawn":
		_keep_fresh_withdrawal(doc, before)


@safely
def on_update(doc: Any) -> None:
	"""Runs after an insert as well."""
	before = doc.get_doc_before_save()
	_record_consent(doc, before)
	_record_opt_out(doc, before)
	if not is_active():
		return
	if before:
		_follow(doc, before)
	if not _is_relevant(doc, before):
		return
	if frappe.flags.in_import:
		changed_leads.remember(doc.name)
	else:
		changed_leads.soon(doc.name)


@safely
def on_trash(doc: Any) -> None:
	from nurture_app.site.lead_records import remove

	remove(doc.name)


@safely
def after_rename(doc: Any, old: str, new: str, merge: bool = False) -> None:
	from nurture_app.site.lead_records import rename

	rename(old, new)


def _keep_fresh_withdrawal(doc: Any, before: Any) -> None:
	"""Withdrawn since the Lead was last saved: whoever saves now may not have seen it."""
	withdrawn_on = frappe.db.get_value(
		"Nurture Consent", {"party": doc.name, "channel": "Email", "status": "Withdrawn"}, "withdrawn_on"
	)
	if withdrawn_on and get_datetime(withdrawn_on) > get_datetime(before.modified):
		doc.set(CONSENT, "Withdrawn")
		frappe.msgprint(
			_(
				"E-mail consent stays withdrawn: it was withdrawn on {0}. If the person has given it again since, set it once more."
			).format(format_datetime(withdrawn_on)),
			alert=True,
			indicator="orange",
		)


def _record_consent(doc: Any, before: Any) -> None:
	old, new = (before.get(CONSENT) if before else None) or "", doc.get(CONSENT) or ""
	if old == new:
		return
	from nurture_app.engine import optout
	from nurture_app.site.host import site_host

	optout.set_consent(
		site_host(commit=False),
		doc.name,
		doc.email_id or "",
		# Emptied: nobody said no, but there is no yes to show any more.
		new or "Pending",
		_source(),
		frappe.session.user,
	)


def _record_opt_out(doc: Any, before: Any) -> None:
	address = normalise(doc.email_id)
	if not address:
		return
	ticked = doc.get("unsubscribed") and not (before and before.get("unsubscribed"))
	shut_out = doc.status == "Do Not Contact" and not (before and before.status == "Do Not Contact")
	if ticked or shut_out:
		from nurture_app.engine import optout
		from nurture_app.site.host import site_host

		source = f"{_source()}: {_('Unsubscribed') if ticked else _('Do Not Contact')}, {frappe.session.user}"
		optout.unsubscribe(
			site_host(commit=False), address, source, "Unsubscribed" if ticked else "Manual", doc.name
		)


def _follow(doc: Any, before: Any) -> None:
	"""Running sequences follow a changed address, and steps that waited for this lead to be mended try again."""
	from nurture_app.site import lead_records

	if normalise(before.email_id) != normalise(doc.email_id):
		lead_records.change_address(doc.name, normalise(doc.email_id))
	lead_records.release_held(doc.name)


def _is_relevant(doc: Any, before: Any) -> bool:
	"""Whether a condition in use can see the change."""
	if before is None:
		return True
	fields = relevant_fields()
	if fields is None:
		fields = [df.fieldname for df in doc.meta.fields]
	return any(before.get(field) != doc.get(field) for field in {*fields, *ALWAYS_RELEVANT})


def _source() -> str:
	"""Where a change came from, as evidence of consent names it."""
	if frappe.flags.in_import:
		return "Data Import"
	if frappe.flags.in_web_form:
		return "Web Form"
	request = getattr(frappe.local, "request", None)
	if not request:
		return "Server"
	return (
		"Lead form"
		if "/frappe.desk." in request.path or "frappe.desk." in (frappe.form_dict.get("cmd") or "")
		else "API"
	)
