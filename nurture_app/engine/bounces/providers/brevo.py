"""Brevo's transactional webhooks: one event each or a batch, not signed. The key in the address is the secret.

https://developers.brevo.com/docs/transactional-webhooks
"""

from __future__ import annotations

from nurture_app.engine.bounces.providers.base import (
	HEADER_SECRET,
	Call,
	address,
	bare_id,
	check_shared_secret,
	failure,
	first,
	from_epoch,
	reports_of,
	text,
)
from nurture_app.engine.bounces.report import Kind, Report, one_line

CUSTOM = "X-Mailin-custom"
BOUNCES = {
	"hard_bounce": Kind.HARD,
	"invalid_email": Kind.HARD,
	"soft_bounce": Kind.SOFT,
	"error": Kind.SOFT,
	"blocked": Kind.BLOCK,
}
OTHERS = {
	"spam": Kind.COMPLAINT,
	"complaint": Kind.COMPLAINT,
	"unsubscribed": Kind.UNSUBSCRIBE,
	"delivered": Kind.DELIVERED,
}


class Brevo:
	title = "Brevo"
	slug = "brevo"
	needs_secret = False
	secret_is = f"Any long text. If set, give it to Brevo as a custom header named {HEADER_SECRET}."
	steps = (
		"In Brevo, Transactional, Settings, Webhooks: add one with the address above.",
		"Choose hard bounce, soft bounce, blocked, invalid, error, complaint, unsubscribed and, if you like, delivered.",
		f"Brevo does not sign. Whoever knows the address may knock, so keep it secret; a webhook made through Brevo's API may carry a header {HEADER_SECRET} with the secret entered here. Brevo publishes the IP ranges it calls from: let your firewall admit only these if you can. Save, and switch this on.",
	)

	def verify(self, call: Call) -> None:
		check_shared_secret(call)

	def reports(self, call: Call) -> list[Report]:
		return reports_of(call, self._report)

	def mail_headers(self, message_id: str) -> dict[str, str]:
		return {CUSTOM: message_id}

	def _report(self, event: dict) -> Report | None:
		kind = text(event, "event")
		words = text(event, "reason")
		moments = (event.get("ts_epoch"), event.get("ts_event"), event.get("ts"))
		known = {
			"address": address(event.get("email")),
			"message_id": bare_id(first([text(event, CUSTOM), text(event, "message-id")])),
			"occurred_on": next((moment for value in moments if (moment := from_epoch(value))), None),
			"event_id": " ".join((kind, text(event, "message-id"), text(event, "ts_event"))),
		}
		if kind in BOUNCES:
			return failure(BOUNCES[kind], event, words, **known)
		return Report(OTHERS[kind], diagnostic=one_line(words), **known) if kind in OTHERS else None
