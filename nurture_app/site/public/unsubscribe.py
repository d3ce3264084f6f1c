"""`/u/<token>`: the page behind the unsubscribe link of every mail, and the address of one-click unsubscribing (RFC 8058).

Looking changes nothing, for mail scanners open every link; only POST acts. An unknown token gets the same answers,
without the masked address.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import frappe
from frappe import _
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.engine.addresses import normalise
from nurture_app.engine.tokens import is_token
from nurture_app.site.language import speak
from nurture_app.site.links import PREFERENCES, signed_url, site_url
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.page import form, note, page
from nurture_app.site.public.request import PublicRequest, Refused

MISSES = "unsubscribe misses"
MISSES_PER_MINUTE = 60
"""Unknown tokens an address may try. Known ones always work: a mail provider unsubscribes all its users from one address."""


@dataclass(frozen=True, slots=True)
class Recipient:
	"""Whom a token belongs to."""

	address: str
	party: str


def respond(request: PublicRequest) -> Response:
	"""The handler of the route."""
	recipient = find_recipient(request.part)
	if recipient is None and too_many(MISSES, request.address, MISSES_PER_MINUTE):
		raise Refused(429, _("Please try again in a minute."))
	if recipient:
		speak(frappe.db.get_value("Lead", recipient.party, "language") if recipient.party else "")
	if not request.is_post:
		return _ask(recipient, request.part)
	if recipient:
		try:
			opt_out(recipient)
		except Exception:
			_log()
			return page(
				_("This did not work just now"),
				_("Please try again in a few minutes, or answer the e-mail and ask us to stop."),
				status=503,
			)
	return page(
		_("You are unsubscribed"),
		_("You will get no more marketing e-mail from us."),
		_way_to_preferences(request.part, _("A mistake? Here you can come back.")) if recipient else "",
	)


def find_recipient(token: str) -> Recipient | None:
	"""By the unique index on Nurture Touch.token; compared exactly, as the database ignores case."""
	if not is_token(token):
		return None
	row = frappe.db.get_value("Nurture Touch", {"token": token}, ["token", "address", "party"], as_dict=True)
	if not row or not hmac.compare_digest(row.token.encode(), token.encode()) or not normalise(row.address):
		return None
	return Recipient(row.address, row.party or "")


def opt_out(recipient: Recipient) -> None:
	"""Idempotent. Tried three times at most where the tick holds the same rows."""
	from nurture_app.engine import optout
	from nurture_app.site.host import site_host
	from nurture_app.site.transactions import RETRYABLE

	for attempt in (1, 2, 3):
		try:
			optout.unsubscribe(
				site_host(commit=True), recipient.address, "Unsubscribe link", party=recipient.party
			)
			return
		except RETRYABLE:
			if attempt == 3:
				raise


def masked(address: str) -> str:
	"""`j•••@e•••.com`: enough for its owner to know it again."""
	name, _at, domain = address.partition("@")
	host, _dot, ending = domain.rpartition(".")
	return f"{name[:1]}•••@{host[:1]}•••.{ending}"


def masked_number(number: str) -> str:
	"""`•••678`."""
	return f"•••{number[-3:]}"


def _way_to_preferences(token: str, words: str) -> Markup:
	path = signed_url(PREFERENCES, token).removeprefix(site_url())
	return Markup('<p><a href="{}">{}</a></p>').format(path, words)


def _ask(recipient: Recipient | None, token: str) -> Response:
	whom = Markup('<p class="whom">{}</p>').format(masked(recipient.address)) if recipient else Markup("")
	extra = whom + form(_("Unsubscribe"))
	if recipient:
		extra += _way_to_preferences(token, _("Rather less than nothing? Change what you get."))
	extra += note(_("Messages about your orders and requests are not affected."))
	return page(_("No more e-mail from us?"), _("One click, and our marketing e-mails to you stop."), extra)


def _log() -> None:
	frappe.db.rollback()
	frappe.log_error(title="nurture_app: unsubscribe page")
	frappe.db.commit()  # nosemgrep: a failed request is rolled back, and the error would be lost
