"""Mailgun's webhooks: one event each, with an HMAC of a time stamp and a token.

https://documentation.mailgun.com/docs/mailgun/user-manual/events/webhooks
"""

from __future__ import annotations

import hashlib
import hmac

from nurture_app.engine.bounces.providers.base import (
	Call,
	Malformed,
	NotProven,
	address,
	bare_id,
	failure,
	from_epoch,
	text,
)
from nurture_app.engine.bounces.report import Kind, Report, one_line

TOLERANCE = 12 * 3600
"""Seconds. Mailgun tries again for eight hours; the token of each call is remembered for as long."""


class Mailgun:
	title = "Mailgun"
	slug = "mailgun"
	needs_secret = True
	secret_is = "The HTTP webhook signing key of your Mailgun account."
	steps = (
		"In Mailgun, Sending, Webhooks: add the address above for permanent failure, temporary failure, spam complaints, unsubscribes and, if you like, delivered.",
		"Copy the HTTP webhook signing key from the account's API security page into Secret here, save, and switch this on.",
	)

	def verify(self, call: Call) -> None:
		signature = call.json().get("signature") if isinstance(call.json(), dict) else None
		stamp, token, given = (text(signature, name) for name in ("timestamp", "token", "signature"))
		if not (stamp.isascii() and stamp.isdigit() and token and given):
			raise NotProven("There is no signature.")
		if abs(call.now - int(stamp[:12])) > TOLERANCE:
			raise NotProven("The time stamp is too old.")
		expected = hmac.new(call.secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
		if not call.secret or not hmac.compare_digest(expected.encode(), given.encode()):
			raise NotProven("The signature does not fit the signing key.")

	def reports(self, call: Call) -> list[Report]:
		event = call.json().get("event-data") if isinstance(call.json(), dict) else None
		if not isinstance(event, dict):
			raise Malformed("There is no event-data.")
		report = self._report(event)
		return [report] if report else []

	def mail_headers(self, message_id: str) -> dict[str, str]:
		return {}  # Mailgun keeps the id of a mail and tells it

	def _report(self, event: dict) -> Report | None:
		kind = text(event, "event")
		known = {
			"address": address(event.get("recipient")),
			"message_id": bare_id(text(event, "message", "headers", "message-id")),
			"occurred_on": from_epoch(event.get("timestamp")),
			"event_id": text(event, "id"),
		}
		status = event.get("delivery-status")
		words = text(status, "message") or text(status, "description")
		if kind in ("failed", "rejected"):
			if text(event, "severity") == "temporary":
				return None  # Mailgun goes on trying, and tells when it gives up
			return failure(
				_kind(event, text(status, "message") + text(status, "description")),
				event,
				words or text(event, "reason"),
				enhanced_code=text(status, "enhanced-code"),
				smtp_code=text(status, "code") if text(status, "code")[:1] in ("4", "5") else "",
				**known,
			)
		simple = {"complained": Kind.COMPLAINT, "unsubscribed": Kind.UNSUBSCRIBE, "delivered": Kind.DELIVERED}
		return Report(simple[kind], diagnostic=one_line(words), **known) if kind in simple else None


def _kind(event: dict, words: str) -> Kind | None:
	"""Mailgun's own lists first: then it never asked the server, and says 605, 606 or 607."""
	reason = text(event, "reason")
	if reason == "suppress-bounce":
		return Kind.HARD
	if reason == "suppress-complaint":
		return Kind.COMPLAINT
	if reason == "suppress-unsubscribe":
		return Kind.UNSUBSCRIBE
	if reason == "espblock" or text(event, "event") == "rejected":
		return Kind.BLOCK
	if reason == "old":
		return Kind.SOFT  # given up after hours
	return None if words.strip() else Kind.SOFT
