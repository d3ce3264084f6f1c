"""Twilio SendGrid's Event Webhook: batches of events, signed with ECDSA.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
from dataclasses import replace

from nurture_app.engine.bounces.providers.base import (
	Call,
	NotProven,
	address,
	bare_id,
	failure,
	from_epoch,
	reports_of,
	text,
)
from nurture_app.engine.bounces.report import Kind, Report, one_line

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
TOLERANCE = 24 * 3600
"""Seconds. SendGrid repeats what we did not take for a day; what is known already has no second effect."""


class SendGrid:
	title = "SendGrid"
	slug = "sendgrid"
	needs_secret = True
	secret_is = "The verification key that SendGrid shows after you switched on the signed event webhook."
	steps = (
		"In SendGrid, Settings, Mail Settings, Event Webhooks: create one with the address above as post URL.",
		"Choose Bounced, Dropped, Spam Reports, Unsubscribed and, if you like, Delivered.",
		"Switch on Signature Verification, copy the verification key into Secret here, save, and switch this on.",
	)

	def verify(self, call: Call) -> None:
		from cryptography.exceptions import InvalidSignature
		from cryptography.hazmat.primitives import hashes
		from cryptography.hazmat.primitives.asymmetric import ec
		from cryptography.hazmat.primitives.serialization import load_der_public_key

		stamp = call.headers.get(TIMESTAMP, "")
		if not stamp.isascii() or not stamp.isdigit() or abs(call.now - int(stamp[:12])) > TOLERANCE:
			raise NotProven("The time stamp is missing, or too old.")
		try:
			key = load_der_public_key(base64.b64decode(call.secret))
			signature = base64.b64decode(call.headers.get(SIGNATURE, ""), validate=True)
			key.verify(signature, stamp.encode() + call.body, ec.ECDSA(hashes.SHA256()))
		except (InvalidSignature, ValueError, TypeError, AttributeError):
			raise NotProven("The signature does not fit the message and the verification key.") from None

	def reports(self, call: Call) -> list[Report]:
		return reports_of(call, self._report)

	def mail_headers(self, message_id: str) -> dict[str, str]:
		return {}  # the id of a mail sent by SMTP comes back as "smtp-id"

	def _report(self, event: dict) -> Report | None:
		known = {
			"address": address(event.get("email")),
			"message_id": bare_id(text(event, "smtp-id")),
			"occurred_on": from_epoch(event.get("timestamp")),
			"event_id": text(event, "sg_event_id"),
		}
		kind, words = text(event, "event"), text(event, "reason") or text(event, "response")
		if kind == "bounce":
			# "blocked" is SendGrid's word for refusals it does not blame on the address.
			is_blocked = text(event, "type") == "blocked"
			report = failure(None, event, words, enhanced_code=text(event, "status"), **known)
			return _not_hard(report) if is_blocked else report
		if kind == "dropped":
			return _dropped(event, words, known)
		simple = {
			"spamreport": Kind.COMPLAINT,
			"delivered": Kind.DELIVERED,
			"unsubscribe": Kind.UNSUBSCRIBE,
			"group_unsubscribe": Kind.UNSUBSCRIBE,
		}
		return Report(simple[kind], diagnostic=one_line(words), **known) if kind in simple else None


def _not_hard(report: Report) -> Report:
	return replace(report, kind=Kind.BLOCK) if report.kind == Kind.HARD else report


def _dropped(event: dict, words: str, known: dict) -> Report | None:
	"""SendGrid did not even try, because of its own lists."""
	reason = words.lower()
	if "bounced address" in reason or "invalid" in reason:
		return failure(Kind.HARD, event, words, **known)
	if "spam report" in reason:
		return Report(Kind.COMPLAINT, diagnostic=one_line(words), **known)
	if "unsubscribed" in reason:
		return Report(Kind.UNSUBSCRIBE, diagnostic=one_line(words), **known)
	return failure(Kind.BLOCK, event, words, **known)
