"""A Lead is created, changed, renamed or deleted."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime, get_datetime, now_datetime

from nurture_app.engine.addresses import normalise
from nurture_app.engine.first_that_holds import Given
from nurture_app.engine.given_by_segments import CUSTOMER, KINDS, TIERS, Kind
from nurture_app.engine.personas import PERSONA
from nurture_app.engine.scoring import WRITTEN_BY_SCORING
from nurture_app.site import changed_leads, time_zone
from nurture_app.site.active import is_active, relevant_fields, watched_fields
from nurture_app.site.capture import origin
from nurture_app.site.events.safely import safely

CONSENT = "nurture_email_consent"
GIVEN = (PERSONA, *(kind.given for kind in KINDS))
ALWAYS_RELEVANT = (
	"email_id",
	"status",
	"unsubscribed",
	CONSENT,
	"nurture_time_zone",
	"_user_tags",
	*(given.by_hand for given in GIVEN),
)


@safely(writes=False)
def before_save(doc: Any) -> None:
	"""A form opened before the last tick would write old scores over new ones, and an old consent over a withdrawn one."""
	before = doc.get_doc_before_save()
	origin.before_save(doc, before)
	time_zone.before_save(doc, before)
	for field in WRITTEN_BY_SCORING:
		# A new lead begins without a score, whatever a form or an import says.
		doc.set(field, before.get(field) if before else None)
	_keep_given(doc, before)
	if before is None:
		return
	if before.get(CONSENT) == "Withdrawn" and doc.get(CONSENT) != "Withdrawn":
		_keep_fresh_withdrawal(doc, before)


@safely(writes=False)
def on_update(doc: Any) -> None:
	"""Runs after an insert as well. A usual save costs no query here; see `changed_leads` for what follows the commit."""
	before = doc.get_doc_before_save()
	if _consent_of(before) != _consent_of(doc):
		record_consent(doc)
	if before and normalise(before.email_id) != normalise(doc.email_id):
		carry_consent(doc, before)
	if _newly_shut_out(doc, before):
		record_opt_out(doc)
	if before is None and frappe.flags.in_web_form:
		record_web_form(doc)
	if any(one.get(kind.given.by_hand) for kind in KINDS for one in (doc, before) if one):
		note_choices(doc)
	if not is_active():
		return
	if before and normalise(before.email_id) != normalise(doc.email_id):
		follow_address(doc)
	_note_referral(doc, before)
	if not frappe.flags.in_import:
		changed_leads.soon(doc.name, matters=_is_relevant(doc, before))
	elif _is_relevant(doc, before):
		changed_leads.remember(doc.name)


def _note_referral(doc: Any, before: Any) -> None:
	"""Whoever is named under Referred By, by address or by the name of the record, has recommended us (NS-38)."""
	named = (doc.get("nurture_referrer") or "").strip()
	if not named or (before and (before.get("nurture_referrer") or "").strip() == named):
		return
	filters = {"email_id": normalise(named)} if "@" in named else {"name": named}
	referrer = frappe.db.get_value("Lead", filters, order_by="creation asc")
	if referrer and referrer != doc.name:
		changed_leads.happened(referrer, "Referral Made", doc.name)


@safely(writes=False)
def on_change(doc: Any) -> None:
	"""Not on_update: ERPNext changes the status of a Lead without saving it. Fields nobody waits for cost nothing."""
	if doc.get_doc_before_save() is None or not is_active():
		return
	for field in watched_fields():
		if doc.has_value_changed(field):
			value = doc.get(field)
			detail = f"{field} = {'' if value is None else value}"
			changed_leads.happened(doc.name, "Field Changed", detail)


@safely
def on_trash(doc: Any) -> None:
	from nurture_app.site.lead_records import remove

	remove(doc.name)


@safely
def after_rename(doc: Any, old: str, new: str, merge: bool = False) -> None:
	from nurture_app.site.lead_records import rename

	rename(old, new, merge)


def _keep_given(doc: Any, before: Any) -> None:
	"""Who brings a lead with its persona or type has chosen it; otherwise the conditions do, whatever an old form says."""
	for given in GIVEN:
		if before is None:
			doc.set(given.by_hand, int(bool(doc.get(given.field))))
		elif not doc.get(given.by_hand):
			doc.set(given.field, before.get(given.field))
		if given.since:
			_keep_since(doc, before, given)


def _keep_since(doc: Any, before: Any, given: Given) -> None:
	is_new = (doc.get(given.field) or "") != ((before.get(given.field) if before else "") or "")
	doc.set(given.since, now_datetime() if is_new else before.get(given.since) if before else None)


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


@safely
def note_choices(doc: Any) -> None:
	"""ERPNext keeps no track of changes on Lead, and whoever wonders about a type or tier should find who chose it (LT-01)."""
	for kind in KINDS:
		note_choice(doc, kind)


def note_choice(doc: Any, kind: Kind) -> None:
	from nurture_app.site.privacy import audit

	given, before = kind.given, doc.get_doc_before_save()
	was, of_now = ((one.get(given.by_hand), one.get(given.field)) if one else None for one in (before, doc))
	if was == of_now:
		return
	chosen, left = audit.CHOICES[kind.doctype]
	before_it, after_it = (before.get(given.field) or "") if before else "", doc.get(given.field) or ""
	audit.note(
		chosen if doc.get(given.by_hand) else left,
		lead=doc.name,
		detail=f"{before_it or '-'} → {after_it or '-'}",
	)
	if kind is TIERS and doc.status != CUSTOMER and is_active():
		note_tier(doc.name, before_it, after_it)


def note_tier(lead: str, before: str, after: str) -> None:
	"""What somebody chose does the same to sequences as what segments give."""
	from nurture_app.engine.touch_tiers import crossing, tiers_of_people
	from nurture_app.site.host import site_host

	kind = crossing(tiers_of_people(site_host(commit=False)), before, after)
	if kind:
		changed_leads.happened(lead, kind, after or before)


@safely
def record_consent(doc: Any) -> None:
	"""The change on the form is the evidence."""
	from nurture_app.engine import optout
	from nurture_app.site.host import site_host

	optout.set_consent(
		site_host(commit=False),
		doc.name,
		doc.email_id or "",
		# Emptied: nobody said no, but there is no yes to show any more.
		_consent_of(doc) or "Pending",
		_source(),
		frappe.session.user,
	)


@safely
def record_opt_out(doc: Any) -> None:
	"""ERPNext's own ways to say no count as ours."""
	from nurture_app.engine import optout
	from nurture_app.site.host import site_host

	ticked = bool(doc.get("unsubscribed"))
	source = f"{_source()}: {_('Unsubscribed') if ticked else _('Do Not Contact')}, {frappe.session.user}"
	reason = "Unsubscribed" if ticked else "Manual"
	optout.unsubscribe(site_host(commit=False), normalise(doc.email_id), source, reason, doc.name)


def carry_consent(doc: Any, before: Any) -> None:
	"""Consent and preferences follow a changed address."""

	@safely
	def carry(doc: Any) -> None:
		from nurture_app.site import lead_records

		lead_records.carry_consent(doc.name, normalise(before.email_id), normalise(doc.email_id))

	carry(doc)


@safely
def record_web_form(doc: Any) -> None:
	"""Somebody made a Web Form on Lead itself."""
	origin.note_web_form(doc)


@safely
def follow_address(doc: Any) -> None:
	"""Running sequences follow a changed address."""
	from nurture_app.site import lead_records

	lead_records.change_address(doc.name, normalise(doc.email_id))


def _consent_of(doc: Any) -> str:
	return (doc.get(CONSENT) if doc else None) or ""


def _newly_shut_out(doc: Any, before: Any) -> bool:
	if not normalise(doc.email_id):
		return False
	ticked = doc.get("unsubscribed") and not (before and before.get("unsubscribed"))
	return bool(
		ticked or (doc.status == "Do Not Contact" and not (before and before.status == "Do Not Contact"))
	)


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
