"""The way out for what waits in Nurture Outgoing: one call at a time, whatever happens told as a result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import frappe

from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing.parcels import CallResult, Parcel
from nurture_app.engine.outgoing.webhooks import EVENT, SIGNATURE, STAMP, signature
from nurture_app.site.channels.http_calls import EXCERPT, ask
from nurture_app.site.channels.sms import call_sms
from nurture_app.site.channels.whatsapp import call_whatsapp


class SiteCaller:
	"""`engine.outgoing.parcels.Caller` of this site."""

	def call(self, parcel: Parcel) -> CallResult:
		"""Never raises: an exception becomes a result and an entry in the Error Log."""
		try:
			return CALLS[parcel.channel](parcel)
		except Exception as error:
			frappe.log_error(
				title=f"nurture_app: {parcel.channel} call failed",
				reference_doctype="Nurture Outgoing",
				reference_name=parcel.name,
			)
			return CallResult(problem=Reason.CALL_FAILED, text=f"{type(error).__name__}: {error}"[:EXCERPT])


def call_webhook(parcel: Parcel) -> CallResult:
	"""Nothing is called once the record is switched off or gone."""
	webhook = frappe.db.get_value("Nurture Webhook", parcel.target, ["url", "enabled"], as_dict=True)
	if not webhook or not webhook.enabled:
		return CallResult(problem=Reason.CHANNEL_OFF, reached=False, text=parcel.target)
	return call_signed("Nurture Webhook", parcel.target, webhook.url, parcel)


def call_audience(parcel: Parcel) -> CallResult:
	"""Nothing is called once the record is gone or delivered by another way."""
	audience = frappe.db.get_value("Nurture Audience", parcel.target, ["url", "delivery"], as_dict=True)
	if not audience or audience.delivery != "Webhook":
		return CallResult(problem=Reason.CHANNEL_OFF, reached=False, text=parcel.target)
	return call_signed("Nurture Audience", parcel.target, audience.url, parcel)


def call_signed(doctype: str, name: str, url: str, parcel: Parcel) -> CallResult:
	"""Post the payload to `url`, signed with the secret of the record."""
	doc = frappe.get_cached_doc(doctype, name)
	secret = doc.get_password("secret", raise_exception=False) or ""
	body = json.dumps({"id": parcel.event_id, **parcel.payload}, ensure_ascii=False).encode()
	stamp = str(int(time.time()))
	headers = {
		"Content-Type": "application/json",
		EVENT: parcel.event_id,
		"Idempotency-Key": parcel.event_id,
		STAMP: stamp,
		SIGNATURE: signature(secret, stamp, body),
	}
	return ask(url, "POST", headers, body)[0]


CALLS: dict[str, Callable[[Parcel], CallResult]] = {
	"Webhook": call_webhook,
	"Audience": call_audience,
	"SMS": call_sms,
	"WhatsApp": call_whatsapp,
}
