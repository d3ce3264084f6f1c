"""Amazon SES, whose notifications come through Amazon SNS, signed with a certificate of Amazon's.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from nurture_app.engine.bounces.providers.base import (
	Call,
	Malformed,
	NotProven,
	address,
	bare_id,
	failure,
	first,
	from_iso,
	text,
)
from nurture_app.engine.bounces.report import Kind, Report, one_line

_HOST = r"https://sns\.[a-z0-9-]{2,30}\.amazonaws\.com(?:\.cn)?"
CERTIFICATE_URL = re.compile(_HOST + r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")
CONFIRM_URL = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[A-Za-z0-9=&%:._~/+-]{20,1500}")
SIGNED = {
	"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
	"SubscriptionConfirmation": (
		"Message",
		"MessageId",
		"SubscribeURL",
		"Timestamp",
		"Token",
		"TopicArn",
		"Type",
	),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]
BLOCKS = ("MessageTooLarge", "ContentRejected", "AttachmentRejected")
"""Sub-types of a transient bounce that speak of the message, not the mailbox."""


class AmazonSES:
	title = "Amazon SES"
	slug = "ses"
	needs_secret = False
	secret_is = "Not needed: Amazon signs with its certificate."
	steps = (
		"In Amazon SNS, create a standard topic and copy its ARN into SNS Topic here. Save, and switch this on.",
		"Create a subscription of that topic: protocol HTTPS, endpoint the address above, raw message delivery off. It is confirmed by itself while this is switched on.",
		"In Amazon SES, open your identity, Notifications: choose the topic for bounces, complaints and, if you like, deliveries, each with the original headers. Switch e-mail feedback forwarding off.",
	)

	def verify(self, call: Call) -> None:
		envelope = envelope_of(call)
		topic = text(envelope, "TopicArn")
		if call.topic and topic != call.topic:
			raise NotProven(f"The message is of another topic: {one_line(topic, 120)}")
		url = text(envelope, "SigningCertURL")
		if not CERTIFICATE_URL.fullmatch(url):
			raise NotProven("The certificate is not at an address of Amazon SNS.")
		if call.fetch is None:
			raise NotProven("The certificate cannot be fetched.")
		check_signature(envelope, call.fetch(url))

	def reports(self, call: Call) -> list[Report]:
		envelope = envelope_of(call)
		if envelope["Type"] != "Notification":
			return []
		try:
			message = json.loads(text_of_message(envelope))
		except (ValueError, RecursionError):
			return []  # a note Amazon sends when a topic is connected is plain text
		if not isinstance(message, dict):
			return []
		kind = text(message, "notificationType") or text(message, "eventType")
		read = {"Bounce": _bounces, "Complaint": _complaints, "Delivery": _deliveries}.get(kind)
		return read(message, message_id_of(message), text(envelope, "MessageId")) if read else []

	def mail_headers(self, message_id: str) -> dict[str, str]:
		return {}  # SES replaces the id of a mail, and tells the old one among the original headers


def envelope_of(call: Call) -> dict[str, Any]:
	"""The SNS message. Raises `Malformed`."""
	envelope = call.json()
	if not isinstance(envelope, dict) or text(envelope, "Type") not in SIGNED:
		raise Malformed("This is no message of Amazon SNS.")
	return envelope


def confirmation_url(call: Call) -> str:
	"""Where to confirm a subscription, if this asks for it and the address is Amazon's; else empty."""
	envelope = envelope_of(call)
	url = text(envelope, "SubscribeURL")
	asks = envelope["Type"] == "SubscriptionConfirmation"
	return url if asks and CONFIRM_URL.fullmatch(url) else ""


def text_of_message(envelope: dict[str, Any]) -> str:
	message = envelope.get("Message")
	return message if isinstance(message, str) else ""


def signed_text(envelope: dict[str, Any]) -> bytes:
	"""What Amazon signs: names and values of some fields, a line each."""
	lines = []
	for name in SIGNED[envelope["Type"]]:
		value = envelope.get(name)
		if isinstance(value, str):
			lines.append(f"{name}\n{value}\n")
	return "".join(lines).encode("utf-8", "surrogatepass")


def check_signature(envelope: dict[str, Any], certificate: bytes) -> None:
	"""Version 1 is SHA-1, version 2 SHA-256. Raises `NotProven`."""
	from cryptography import x509
	from cryptography.exceptions import InvalidSignature
	from cryptography.hazmat.primitives import hashes
	from cryptography.hazmat.primitives.asymmetric import padding

	version = text(envelope, "SignatureVersion")
	algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}.get(version)
	if algorithm is None:
		raise NotProven("The signature has an unknown version.")
	try:
		key = x509.load_pem_x509_certificate(certificate).public_key()
		signature = base64.b64decode(text(envelope, "Signature"), validate=True)
		key.verify(signature, signed_text(envelope), padding.PKCS1v15(), algorithm())
	except (InvalidSignature, ValueError, TypeError, AttributeError):
		raise NotProven("The signature does not fit the message.") from None


def message_id_of(message: dict[str, Any]) -> str:
	"""Of our own mail, as it was before SES replaced it."""
	headers = message.get("mail", {}).get("headers") if isinstance(message.get("mail"), dict) else None
	named = [
		text(header, "value")
		for header in (headers if isinstance(headers, list) else [])
		if text(header, "name").lower() == "message-id"
	]
	return bare_id(first([*named, text(message, "mail", "commonHeaders", "messageId")]))


def _recipients(message: dict[str, Any], *path: str) -> list[dict[str, Any]]:
	value: Any = message
	for name in path:
		value = value.get(name) if isinstance(value, dict) else None
	found = value if isinstance(value, list) else []
	return [one if isinstance(one, dict) else {"emailAddress": one} for one in found][:50]


def _bounces(message: dict[str, Any], message_id: str, event: str) -> list[Report]:
	general, sub = text(message, "bounce", "bounceType"), text(message, "bounce", "bounceSubType")
	found = []
	for one in _recipients(message, "bounce", "bouncedRecipients"):
		words = text(one, "diagnosticCode") or f"{general} {sub}"
		told = text(one, "diagnosticCode") or text(one, "status")
		kind = _kind(general, sub, bool(told))
		found.append(
			failure(
				kind,
				one,
				words,
				address=address(one.get("emailAddress")),
				enhanced_code=text(one, "status"),
				message_id=message_id,
				occurred_on=from_iso(text(message, "bounce", "timestamp")),
				event_id=text(message, "bounce", "feedbackId") or event,
			)
		)
	return found


def _kind(general: str, sub: str, is_told: bool) -> Kind | None:
	if general == "Permanent":
		# "General" is what SES says of any refusal for good: the server's words tell a dead mailbox from a spam filter.
		return None if sub == "General" and is_told else Kind.HARD
	if general == "Transient":
		return Kind.BLOCK if sub in BLOCKS else Kind.SOFT
	return None


def _complaints(message: dict[str, Any], message_id: str, event: str) -> list[Report]:
	if text(message, "complaint", "complaintFeedbackType") in ("not-spam", "auth-failure"):
		return []
	words = text(message, "complaint", "complaintFeedbackType") or text(message, "complaint", "userAgent")
	return [
		Report(
			Kind.COMPLAINT,
			address=address(one.get("emailAddress")),
			diagnostic=one_line(words),
			message_id=message_id,
			occurred_on=from_iso(text(message, "complaint", "timestamp")),
			event_id=text(message, "complaint", "feedbackId") or event,
		)
		for one in _recipients(message, "complaint", "complainedRecipients")
	]


def _deliveries(message: dict[str, Any], message_id: str, event: str) -> list[Report]:
	return [
		Report(
			Kind.DELIVERED,
			address=address(one.get("emailAddress")),
			message_id=message_id,
			occurred_on=from_iso(text(message, "delivery", "timestamp")),
			event_id=event,
		)
		for one in _recipients(message, "delivery", "recipients")
	]
