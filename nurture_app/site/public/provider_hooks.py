"""`/n/hook/<provider>/<key>`: what mail providers tell about our mails (OX-14).

The key in the address finds the Nurture Mail Provider; its signature or secret proves who calls. Nothing is read from a
message that proves nothing, and nothing of ours changes by it but the note on the provider's own record of why it was
refused, once a minute at most.
"""

from __future__ import annotations

import hmac
import re
import time
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime
from werkzeug.wrappers import Response

from nurture_app.engine.bounces.consequences import Evidence, act_on, fingerprint, note_deliveries
from nurture_app.engine.bounces.providers import by_slug, by_title
from nurture_app.engine.bounces.providers.base import HEADER_SECRET, Call, Malformed, NotProven, Provider
from nurture_app.engine.bounces.providers.sendgrid import SIGNATURE, TIMESTAMP
from nurture_app.engine.bounces.report import Kind, Report
from nurture_app.site.host import site_host
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.request import PublicRequest, Refused, json_answer
from nurture_app.site.transactions import retrying

DOCTYPE = "Nurture Mail Provider"
KEY = re.compile(r"[A-Za-z0-9_-]{32}")
MISSES = "provider hook misses"
MISSES_PER_MINUTE = 30
NOTES = "provider hook refusals"
HEADERS = (HEADER_SECRET.lower(), SIGNATURE, TIMESTAMP)


def respond(request: PublicRequest) -> Response:
	"""The handler of the route."""
	account = _account_of(request)
	provider = by_title(account.provider)
	call = _call(request, account)
	try:
		provider.verify(call)
		reports = provider.reports(call)
	except NotProven as refusal:
		_note_refusal(account.name, str(refusal))
		raise Refused(403, _("This request does not prove where it comes from.")) from None
	except Malformed as refusal:
		_note_refusal(account.name, str(refusal))
		raise Refused(400, str(refusal)) from None
	if _confirms(provider, call, account):
		return json_answer({"confirmed": True})
	taken = _take(account, provider, reports)
	_note_events(account.name, len(reports))
	return json_answer({"taken": taken})


def _account_of(request: PublicRequest) -> Any:
	"""The record behind the address. Nobody learns more than that there is none for this address."""
	slug, key = request.parts if len(request.parts) == 2 else ("", "")
	provider = by_slug(slug)
	account = None
	if provider and KEY.fullmatch(key):
		columns = ["name", "provider", "enabled", "topic", "key"]
		account = frappe.db.get_value(DOCTYPE, {"key": key}, columns, as_dict=True)
	if (
		not account
		or not hmac.compare_digest(account.key.encode(), key.encode())
		or account.provider != provider.title
	):
		if too_many(MISSES, request.address, MISSES_PER_MINUTE):
			raise Refused(429, _("Please try again in a minute."))
		raise Refused(404, _("Nobody listens at this address."))
	if not account.enabled:
		_note_refusal(account.name, _("Something arrived while this was switched off."))
		raise Refused(403, _("This address is switched off."))
	return account


def _call(request: PublicRequest, account: Any) -> Call:
	from frappe.utils.password import get_decrypted_password

	from nurture_app.site.deliverability.amazon import fetch_certificate

	return Call(
		body=request.body(),
		headers={name: request.header(name) for name in HEADERS},
		secret=get_decrypted_password(DOCTYPE, account.name, "secret", raise_exception=False) or "",
		topic=account.topic or "",
		now=time.time(),
		fetch=fetch_certificate,
	)


def _take(account: Any, provider: Provider, reports: list[Report]) -> int:
	"""Act on each report in a transaction of its own: what one of them breaks, the others keep; returns how many counted."""
	host = site_host(commit=True)
	delivered = [report for report in reports if report.kind == Kind.DELIVERED]
	taken = retrying(lambda: note_deliveries(host, delivered)) if delivered else 0
	for report in reports:
		if report.kind == Kind.DELIVERED:
			continue
		evidence = Evidence(provider.title, _key_of(account, report), is_trusted=True)
		outcome = retrying(lambda report=report, evidence=evidence: act_on(host, report, evidence))
		taken += outcome not in ("ignored", "repeated")
	return taken


def _key_of(account: Any, report: Report) -> str:
	"""What makes a repetition: the provider's own id of the event, or all that it says."""
	return f"{account.name[:40]}|{fingerprint(report.event_id or repr(report))}"


def _confirms(provider: Provider, call: Call, account: Any) -> bool:
	"""Amazon asks whether we want its messages. Only a switched on account gets here, and only Amazon's address is asked."""
	from nurture_app.engine.bounces.providers.ses import AmazonSES, confirmation_url, envelope_of
	from nurture_app.site.deliverability.amazon import confirm

	if not isinstance(provider, AmazonSES):
		return False
	url = confirmation_url(call)
	if not url:
		return False
	confirm(url)
	if not account.topic:
		# Not past `modified`: a form that was opened before must not empty it again.
		frappe.db.set_value(
			DOCTYPE, account.name, "topic", str(envelope_of(call).get("TopicArn") or "")[:255]
		)
	return True


def _note_events(name: str, count: int) -> None:
	if count:
		table = frappe.qb.DocType(DOCTYPE)
		update = frappe.qb.update(table).set(table.event_count, table.event_count + count)
		update.set(table.last_event_on, now_datetime()).where(table.name == name).run()


def _note_refusal(name: str, why: str) -> None:
	"""On the provider's own record, so that an administrator sees it; once a minute, or a stranger could keep us writing."""
	frappe.db.rollback()
	if too_many(NOTES, name, 1):
		return
	table = frappe.qb.DocType(DOCTYPE)
	update = frappe.qb.update(table).set(table.refusal_count, table.refusal_count + 1)
	update = update.set(table.last_refusal_on, now_datetime()).set(table.last_refusal, why[:300])
	update.where(table.name == name).run()
	frappe.db.commit()  # nosemgrep: what follows is a refusal, which rolls back
