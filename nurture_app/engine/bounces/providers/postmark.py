"""Postmark's webhooks: one event each, not signed. The key in the address is the secret, and a header of ours if set.

https://postmarkapp.com/developer/webhooks/webhooks-overview
"""

from __future__ import annotations

from nurture_app.engine.bounces.providers.base import (
	HEADER_SECRET,
	REF,
	Call,
	address,
	bare_id,
	check_shared_secret,
	failure,
	from_iso,
	reports_of,
	text,
)
from nurture_app.engine.bounces.report import Kind, Report, one_line

HARD = ("HardBounce", "BadEmailAddress", "ManuallyDeactivated")
SOFT = ("Transient", "SoftBounce", "DnsError", "Undeliverable", "InboundError", "Unknown")
BLOCK = (
	"Blocked",
	"SpamNotification",
	"DMARCPolicy",
	"TemplateRenderingFailed",
	"VirusNotification",
	"SMTPApiError",
)
NOTHING = (
	"AutoResponder",
	"AddressChange",
	"Subscribe",
	"OpenRelayTest",
	"ChallengeVerification",
	"Unconfirmed",
)


class Postmark:
	title = "Postmark"
	slug = "postmark"
	needs_secret = False
	secret_is = f"Any long text. If set, give it to Postmark as a custom header named {HEADER_SECRET}."
	steps = (
		"In Postmark, open your server and message stream, Webhooks: add one with the address above.",
		f"Postmark does not sign. Enter a long secret here and the same in Postmark as a custom header named {HEADER_SECRET}. Do not use basic authentication: Frappe would refuse it.",
		"Choose Bounce, Spam Complaint, Subscription Change and, if you like, Delivery. Save, and switch this on.",
	)

	def verify(self, call: Call) -> None:
		check_shared_secret(call)

	def reports(self, call: Call) -> list[Report]:
		return reports_of(call, self._report)

	def mail_headers(self, message_id: str) -> dict[str, str]:
		return {f"X-PM-Metadata-{REF}": message_id}

	def _report(self, event: dict) -> Report | None:
		record, kind = text(event, "RecordType"), text(event, "Type")
		known = {
			"address": address(event.get("Email") or event.get("Recipient")),
			"message_id": bare_id(text(event, "Metadata", REF)),
			"event_id": text(event, "ID") or f"{record} {text(event, 'MessageID')}",
		}
		words = text(event, "Details") or text(event, "Description")
		when = from_iso(text(event, "BouncedAt") or text(event, "DeliveredAt") or text(event, "ChangedAt"))
		if record == "SpamComplaint" or (record == "Bounce" and kind == "SpamComplaint"):
			return Report(Kind.COMPLAINT, diagnostic=one_line(words), occurred_on=when, **known)
		if record == "Bounce" and kind == "Unsubscribe":
			return Report(Kind.UNSUBSCRIBE, diagnostic=one_line(words), occurred_on=when, **known)
		if record == "Bounce" and kind not in NOTHING:
			return failure(_kind(kind), event, words, occurred_on=when, **known)
		if record == "Delivery":
			return Report(Kind.DELIVERED, occurred_on=when, **known)
		if record == "SubscriptionChange" and event.get("SuppressSending") is True:
			return _suppressed(event, when, known)
		return None


def _kind(name: str) -> Kind | None:
	if name in HARD:
		return Kind.HARD
	if name in BLOCK:
		return Kind.BLOCK
	return Kind.SOFT if name in SOFT else None


def _suppressed(event: dict, when: object, known: dict) -> Report:
	reason = text(event, "SuppressionReason")
	kinds = {"HardBounce": Kind.HARD, "SpamComplaint": Kind.COMPLAINT}
	return Report(kinds.get(reason, Kind.UNSUBSCRIBE), diagnostic=one_line(reason), occurred_on=when, **known)
