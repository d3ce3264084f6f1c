"""The one way by which a stranger becomes a lead, or a known lead does something on a form, in a chat, elsewhere.

Within the caller's transaction: either all of it is recorded or nothing. Of two submissions at the same moment the
second finds the lead of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import strip_html

from nurture_app.engine import activities
from nurture_app.engine.answers import ANSWERED
from nurture_app.engine.capture.domains import Domains, domains_from
from nurture_app.engine.capture.merging import Merged, merge, properties
from nurture_app.engine.capture.plain import one_line
from nurture_app.engine.capture.submission import Captured, Checked, Submission, check
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Settings, activity_types, load_settings
from nurture_app.engine.ports import Host
from nurture_app.site import changed_leads
from nurture_app.site.capture.consent import record_consent
from nurture_app.site.capture.lead_values import fitting, plain_markup
from nurture_app.site.capture.person_lock import lock_person
from nurture_app.site.host import site_host
from nurture_app.site.transactions import savepoint

__all__ = ["Captured", "Submission", "capture", "site_domains", "was_captured"]

DEDUPE = "capture"
ONE_ANSWER = "Survey Answer"
PHONES = {"phone": "is_primary_phone", "mobile_no": "is_primary_mobile_no"}
"""Of the Lead, and what they are on its Contact."""


def capture(submission: Submission) -> Captured:
	"""Create or update the lead of a submission and record what the person did.

	Raises `NurtureError` naming what is wrong, before anything is written, and `frappe.QueryTimeoutError` or
	`frappe.QueryDeadlockError` when another transaction was in the way: roll back and call again, as
	`transactions.retrying` does.
	"""
	host = site_host(commit=False)
	settings = load_settings(host.db)
	checked = check(submission, host.catalog, site_domains(settings), settings.block_disposable)
	if submission.activity_type not in activity_types(host):
		raise NurtureError("activity_type_unknown", activity=submission.activity_type)
	fits, aside = fitting(checked.values)
	lock_person(checked.address or submission.lead)
	if earlier := _earlier(submission.event_id):
		return earlier
	moment = _moment(host, submission.occurred_on)
	lead = _known(submission.lead) or find_lead(checked.address)
	is_new = not lead
	if lead and not frappe.db.exists("Lead", lead):
		# Made by somebody else after this transaction's view began: what follows would read the past.
		raise frappe.QueryDeadlockError(f"{lead} was made a moment ago")
	if lead:
		lead, merged = _update(lead, checked, fits, moment)
	else:
		lead, merged = _create(checked, fits, moment, settings)
	if submission.consent:  # before the activity: a sequence that it starts asks for consent at once
		record_consent(lead, checked)
	activity = _record(host, checked, lead, moment, Merged(merged.filled, {**merged.aside, **aside}))
	_identify(submission.visitor, lead)
	return Captured(lead, is_new, activity)


def find_lead(address: str) -> str:
	"""The lead of an address, as it stands now whatever this transaction has read before; empty for none.

	Of several the one that is neither closed nor disabled, then the oldest. Index (email_id).
	"""
	lead = frappe.qb.DocType("Lead")
	query = frappe.qb.from_(lead).select(lead.name, lead.disabled, lead.status, lead.creation)
	rows = query.where(lead.email_id == address).for_update().run()
	closed = ("Converted", "Do Not Contact", "Lost Quotation")
	rows = sorted(rows, key=lambda row: (bool(row[1]), row[2] in closed, row[3], row[0]))
	return rows[0][0] if rows else ""


def _known(lead: str) -> str:
	"""The lead, if it is still there."""
	return (frappe.db.get_value("Lead", lead, "name", for_update=True) or "") if lead else ""


def site_domains(settings: Settings | None = None) -> Domains:
	"""The lists of free, throw-away and student domains with the site's own entries."""
	chosen = settings or load_settings(site_host(commit=False).db)
	return domains_from(chosen.free_domains, chosen.disposable_domains, chosen.student_domains)


def _create(
	checked: Checked, fits: Mapping[str, Any], moment: datetime, settings: Settings
) -> tuple[str, Merged]:
	merged = merge(_with(checked, fits), {}, moment)
	lead = frappe.new_doc("Lead")
	# ERPNext's defaults are those of the person at the keyboard: a guest, in our own country.
	lead.update({"lead_owner": _owner(checked.address, settings), "country": "", "language": ""})
	phones = {field: merged.filled[field] for field in PHONES if field in merged.filled}
	lead.update({field: value for field, value in merged.filled.items() if field not in phones})
	lead.email_id = checked.address
	_link_source(lead, checked)
	lead.flags.ignore_mandatory = True  # what a site wants its salespeople to fill in, nobody asks a visitor
	try:
		with savepoint():
			lead.insert(ignore_permissions=True)
			_add_phones(lead, phones)
	except frappe.ValidationError as error:
		frappe.clear_messages()
		raise NurtureError("capture_not_saved", message=strip_html(str(error))[:300]) from error
	return lead.name, merged


def _add_phones(lead: Any, phones: Mapping[str, str]) -> None:
	"""After the insert: ERPNext commits whatever is going on when a Contact is inserted with a phone number."""
	if not phones:
		return
	lead.db_set(dict(phones), update_modified=False)
	contact = getattr(lead, "contact_doc", None)
	if contact:
		for field, number in phones.items():
			contact.append("phone_nos", {"phone": number, PHONES[field]: 1})
		contact.save(ignore_permissions=True)


def _update(name: str, checked: Checked, fits: Mapping[str, Any], moment: datetime) -> tuple[str, Merged]:
	lead = frappe.get_doc("Lead", name, for_update=True)
	merged = merge(_with(checked, fits), lead.as_dict(), moment)
	if not merged.filled:
		return name, merged
	lead.update(merged.filled)
	lead.flags.ignore_mandatory = True
	try:
		with savepoint():
			lead.save(ignore_permissions=True)
	except frappe.ValidationError:
		# The lead as it stands breaks a rule of the site (an old duplicate, say). That is no reason to lose this.
		frappe.clear_messages()
		frappe.db.set_value("Lead", name, dict(merged.filled))
		changed_leads.soon(name)
	return name, merged


def _with(checked: Checked, fits: Mapping[str, Any]) -> Checked:
	return Checked(checked.submission, checked.address, fits, checked.utm, checked.source)


def _owner(address: str, settings: Settings) -> str:
	"""Whoever is named in the settings, unless an Assignment Rule of ERPNext distributes leads."""
	owner = settings.capture_owner
	if not owner or owner.lower() == address or not frappe.db.get_value("User", owner, "enabled"):
		return ""
	if frappe.db.exists("Assignment Rule", {"document_type": "Lead", "disabled": 0}):
		return ""
	return owner


def _link_source(lead: Any, checked: Checked) -> None:
	"""ERPNext's own source and campaign, where records of these names exist (version 16 names the fields otherwise)."""
	for fields, name in (
		(("source", "utm_source"), checked.source),
		(("campaign_name", "utm_campaign"), checked.utm.get("campaign", "")),
	):
		df = next((df for field in fields if (df := lead.meta.get_field(field))), None)
		if df and name and not lead.get(df.fieldname) and frappe.db.exists(df.options, name):
			lead.set(df.fieldname, name)


def _record(host: Host, checked: Checked, lead: str, moment: datetime, merged: Merged) -> str:
	submission = checked.submission
	key = _dedupe_key(submission.event_id or host.db.new_name())
	detail = next((text for text in (submission.detail, submission.asset, submission.form) if text), "")
	whole = activities.ActivityIn(
		party=lead,
		activity_type=submission.activity_type,
		occurred_on=moment,
		channel=activity_types(host)[submission.activity_type].channel or "Website",
		detail=plain_markup(one_line(detail))[:255],
		campaign=plain_markup(checked.utm.get("campaign", ""))[:140],
		properties=properties(checked, merged),
		source_doctype=submission.source_doctype,
		source_name=submission.source_name,
		dedupe_key=key,
		touch=submission.touch,
		sequence=submission.sequence,
		enrollment=submission.enrollment,
	)
	activities.record(host, [whole, *_answers(host, submission, whole)])
	return frappe.db.get_value("Nurture Activity", {"dedupe_key": key}, "name") or ""


def _answers(host: Host, submission: Submission, whole: activities.ActivityIn) -> list[activities.ActivityIn]:
	"""Each answer of a survey for itself, so that conditions and rules can ask for it however many there are (CH-12)."""
	if submission.activity_type != ANSWERED or ONE_ANSWER not in activity_types(host):
		return []
	return [
		replace(
			whole,
			activity_type=ONE_ANSWER,
			detail=plain_markup(f"{one_line(name)}: {one_line(answer)}")[:255],
			properties="",
			dedupe_key=f"{whole.dedupe_key[:180]}|{one_line(name)}"[:255],
		)
		for name, answer in (submission.named or submission.answers).items()
		if one_line(answer)
	]


def _earlier(event_id: str) -> Captured | None:
	"""What came of the same event before."""
	if not event_id:
		return None
	found = frappe.db.get_value("Nurture Activity", {"dedupe_key": _dedupe_key(event_id)}, ["party", "name"])
	return Captured(found[0], False, found[1]) if found else None


def was_captured(event_id: str) -> bool:
	"""Whether what this event brought is recorded already."""
	return _earlier(event_id) is not None


def _dedupe_key(event_id: str) -> str:
	return f"{DEDUPE}|{event_id}"[:255]


def _moment(host: Host, occurred_on: datetime | None) -> datetime:
	"""In the site's zone and naive; what claims to lie in the future happened now."""
	now = host.clock.now()
	if occurred_on is None:
		return now
	if occurred_on.tzinfo is not None:
		occurred_on = occurred_on.astimezone(host.clock.zone).replace(tzinfo=None)
	return min(occurred_on, now)


def _identify(visitor: str, lead: str) -> None:
	"""Earlier visits join the lead. Should that fail, the lead is worth more than its visits."""
	if not visitor:
		return
	try:
		from nurture_app.site.website.identify import identify
	except ImportError:
		return
	try:
		with savepoint():
			identify(visitor, lead)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception:
		frappe.log_error(title="nurture_app: visits of a lead", reference_doctype="Lead", reference_name=lead)
