"""Each provider: complete, its proof checked, its documented payloads read, and nothing odd able to break it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture_app.engine.bounces.providers import PROVIDERS, by_slug, by_title, ses
from nurture_app.engine.bounces.providers.base import Call, Malformed, NotProven, from_iso
from nurture_app.engine.bounces.report import Kind, Report
from nurture_app.simulator.tables import own_doctypes

OURS = "Zk3vQ8aLr2XwTn5yPb7cHg@crm.company.example"
ADA = "ada.king@customer.example"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc).timestamp()


def call(value: object, **more: object) -> Call:
	body = value if isinstance(value, bytes) else json.dumps(value).encode()
	return Call(body, **{"now": NOW, **more})


def read(slug: str, value: object) -> list[Report]:
	return by_slug(slug).reports(call(value))


def sns(message: object, **more: str) -> dict:
	text = message if isinstance(message, str) else json.dumps(message)
	given = {
		"Type": "Notification",
		"MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
		"TopicArn": "arn:aws:sns:eu-west-1:123456789012:mail",
		"Message": text,
		"Timestamp": "2026-03-02T09:00:20.000Z",
		"SignatureVersion": "2",
		"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
	}
	return {**given, **more}


def ses_mail() -> dict:
	return {
		"messageId": "0102018d-amazon",
		"destination": [ADA],
		"headers": [
			{"name": "From", "value": "team@company.example"},
			{"name": "Message-ID", "value": f"<{OURS}>"},
		],
		"commonHeaders": {"messageId": f"<{OURS}>"},
	}


def ses_bounce(kind: str, sub: str, **recipient: str) -> dict:
	return {
		"notificationType": "Bounce",
		"bounce": {
			"bounceType": kind,
			"bounceSubType": sub,
			"bouncedRecipients": [{"emailAddress": ADA, **recipient}],
			"timestamp": "2026-03-02T09:00:19.000Z",
			"feedbackId": "0102-feedback",
		},
		"mail": ses_mail(),
	}


SES_UNKNOWN = {"status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
SES_SPAM = {"status": "5.7.1", "diagnosticCode": "smtp; 550 5.7.1 blocked as spam"}
SENDGRID = {"email": ADA, "timestamp": 1772442019, "smtp-id": f"<{OURS}>", "sg_event_id": "ZXZlbnQ"}
POSTMARK = {
	"RecordType": "Bounce",
	"ID": 42,
	"Email": ADA,
	"MessageID": "883953f4",
	"Metadata": {"nurture": OURS},
}
BREVO = {
	"email": ADA,
	"id": 26224,
	"message-id": "<2026@smtp-relay.example>",
	"ts_event": 1772442019,
	"X-Mailin-custom": OURS,
}


def mailgun(event: str, **values: object) -> dict:
	data = {
		"event": event,
		"id": "G9Bn5sl1TC6nu79C8C0bwg",
		"timestamp": 1772442019.1,
		"recipient": ADA,
		"message": {"headers": {"message-id": OURS, "to": ADA}},
		**values,
	}
	return {"signature": {}, "event-data": data}


def status(code: int, words: str) -> dict:
	return {"delivery-status": {"code": code, "message": words}}


CASES = [
	("ses", sns(ses_bounce("Permanent", "General", **SES_UNKNOWN)), Kind.HARD),
	("ses", sns(ses_bounce("Permanent", "General", **SES_SPAM)), Kind.BLOCK),
	("ses", sns(ses_bounce("Permanent", "General")), Kind.HARD),
	("ses", sns(ses_bounce("Permanent", "Suppressed")), Kind.HARD),
	("ses", sns(ses_bounce("Transient", "MailboxFull")), Kind.SOFT),
	("ses", sns(ses_bounce("Transient", "ContentRejected")), Kind.BLOCK),
	("ses", sns({"notificationType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": ADA}], "complaintFeedbackType": "abuse"}, "mail": ses_mail()}), Kind.COMPLAINT),
	("ses", sns({"eventType": "Delivery", "delivery": {"recipients": [ADA], "timestamp": "2026-03-02T09:00:19.000Z"}, "mail": ses_mail()}), Kind.DELIVERED),
	("ses", sns({"eventType": "Open", "open": {}, "mail": ses_mail()}), None),
	("ses", sns("Successfully validated SNS topic for Amazon SES event publishing."), None),
	("ses", sns("", Type="SubscriptionConfirmation"), None),
	("sendgrid", [{**SENDGRID, "event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown"}], Kind.HARD),
	("sendgrid", [{**SENDGRID, "event": "bounce", "type": "bounce", "status": "5.2.2", "reason": "552 5.2.2 full"}], Kind.SOFT),
	("sendgrid", [{**SENDGRID, "event": "bounce", "type": "blocked", "status": "5.1.0", "reason": "550 refused"}], Kind.BLOCK),
	("sendgrid", [{**SENDGRID, "event": "dropped", "reason": "Bounced Address"}], Kind.HARD),
	("sendgrid", [{**SENDGRID, "event": "dropped", "reason": "Spam Content"}], Kind.BLOCK),
	("sendgrid", [{**SENDGRID, "event": "spamreport"}], Kind.COMPLAINT),
	("sendgrid", [{**SENDGRID, "event": "group_unsubscribe"}], Kind.UNSUBSCRIBE),
	("sendgrid", [{**SENDGRID, "event": "delivered", "response": "250 OK"}], Kind.DELIVERED),
	("sendgrid", [{**SENDGRID, "event": "deferred"}, {**SENDGRID, "event": "open"}, {**SENDGRID, "event": "click"}], None),
	("postmark", {**POSTMARK, "Type": "HardBounce", "Details": "550 5.1.1", "BouncedAt": "2026-03-02T09:00:19.1234567Z"}, Kind.HARD),
	("postmark", {**POSTMARK, "Type": "SoftBounce", "Details": "mailbox full"}, Kind.SOFT),
	("postmark", {**POSTMARK, "Type": "Blocked", "Details": "ISP block"}, Kind.BLOCK),
	("postmark", {**POSTMARK, "Type": "AutoResponder"}, None),
	("postmark", {**POSTMARK, "RecordType": "SpamComplaint", "Type": "SpamComplaint"}, Kind.COMPLAINT),
	("postmark", {"RecordType": "Delivery", "Recipient": ADA, "MessageID": "883953f4", "Metadata": {"nurture": OURS}}, Kind.DELIVERED),
	("postmark", {"RecordType": "SubscriptionChange", "Recipient": ADA, "SuppressSending": True, "SuppressionReason": "ManualSuppression", "Metadata": {"nurture": OURS}}, Kind.UNSUBSCRIBE),
	("postmark", {"RecordType": "SubscriptionChange", "Recipient": ADA, "SuppressSending": False}, None),
	("postmark", {"RecordType": "Open", "Recipient": ADA}, None),
	("mailgun", mailgun("failed", severity="permanent", reason="generic", **status(550, "5.1.1 no such user")), Kind.HARD),
	("mailgun", mailgun("failed", severity="permanent", reason="suppress-bounce", **status(605, "Not delivering to previously bounced address")), Kind.HARD),
	("mailgun", mailgun("failed", severity="permanent", reason="espblock", **status(421, "4.7.0 rate limited")), Kind.BLOCK),
	("mailgun", mailgun("failed", severity="permanent", reason="old", **status(602, "Too old")), Kind.SOFT),
	("mailgun", mailgun("failed", severity="temporary", reason="generic", **status(452, "4.2.2 full")), None),
	("mailgun", mailgun("complained"), Kind.COMPLAINT),
	("mailgun", mailgun("unsubscribed"), Kind.UNSUBSCRIBE),
	("mailgun", mailgun("delivered", **status(250, "OK")), Kind.DELIVERED),
	("mailgun", mailgun("opened"), None),
	("brevo", {**BREVO, "event": "hard_bounce", "reason": "550 5.1.1 user unknown"}, Kind.HARD),
	("brevo", {**BREVO, "event": "soft_bounce", "reason": "mailbox full"}, Kind.SOFT),
	("brevo", {**BREVO, "event": "blocked", "reason": "blacklisted"}, Kind.BLOCK),
	("brevo", {**BREVO, "event": "spam"}, Kind.COMPLAINT),
	("brevo", {**BREVO, "event": "unsubscribed"}, Kind.UNSUBSCRIBE),
	("brevo", [{**BREVO, "event": "delivered"}], Kind.DELIVERED),
	("brevo", {**BREVO, "event": "opened"}, None),
]  # fmt: skip


@pytest.mark.parametrize(
	("slug", "value", "kind"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)]
)
def test_what_providers_tell_is_understood(slug, value, kind):
	reports = read(slug, value)
	assert [report.kind for report in reports] == ([kind] if kind else [])
	for report in reports:
		assert (report.message_id, report.address) == (OURS, ADA)
		assert report.event_id


def test_codes_and_words_come_along():
	(report,) = read(
		"sendgrid", [{**SENDGRID, "event": "bounce", "status": "5.1.1", "reason": "550 5.1.1 <a>: no"}]
	)
	assert (report.enhanced_code, report.smtp_code, report.diagnostic) == (
		"5.1.1",
		"550",
		"550 5.1.1 <a>: no",
	)
	assert report.occurred_on == datetime.fromtimestamp(1772442019, timezone.utc)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.slug)
def test_each_provider_is_complete(provider):
	assert provider.slug.isalpha() and provider.slug.islower()
	assert by_slug(provider.slug) is provider and by_title(provider.title) is provider
	assert provider.secret_is.endswith(".") and len(provider.steps) >= 2
	assert all(step.endswith(".") for step in provider.steps)
	assert all(len(value) <= 75 for value in provider.mail_headers(OURS).values())
	assert {kind for slug, _value, kind in CASES if slug == provider.slug} >= {
		Kind.HARD,
		Kind.SOFT,
		Kind.BLOCK,
		Kind.COMPLAINT,
		Kind.DELIVERED,
		None,
	}
	with open("docs/deliverability.md", encoding="utf-8") as docs:
		assert f"### {provider.title}" in docs.read()


def test_the_form_offers_exactly_these():
	field = next(df for df in own_doctypes()["Nurture Mail Provider"].fields if df["fieldname"] == "provider")
	assert field["options"].split("\n") == [provider.title for provider in PROVIDERS]


JSON = st.recursive(
	st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30) | st.just(ADA),
	lambda inner: st.lists(inner, max_size=4)
	| st.dictionaries(
		st.sampled_from(["event", "email", "Type", "RecordType", "event-data", "bounce", "mail", "Message", "status", "x"]),
		inner,
		max_size=5,
	),
	max_leaves=15,
)  # fmt: skip


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.slug)
@settings(max_examples=150, deadline=None)
@given(value=JSON, spoiled=JSON, place=st.integers(0, 40))
def test_nothing_odd_breaks_a_provider(provider, value, spoiled, place):
	payloads = [payload for slug, payload, _kind in CASES if slug == provider.slug]
	damaged = json.loads(json.dumps(payloads[place % len(payloads)]))
	target = damaged[0] if isinstance(damaged, list) else damaged.get("event-data", damaged)
	key = sorted(target)[place % len(target)]
	target[key] = spoiled
	for odd in (value, damaged):
		for ask in (provider.verify, provider.reports):
			try:
				ask(call(odd, secret="secret"))
			except (NotProven, Malformed):
				pass


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'"x"', b"null", b"[1]", b"[" * 100_000])
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.slug)
def test_bodies_that_are_none_are_refused(provider, body):
	with pytest.raises((Malformed, NotProven)):
		provider.verify(call(body))
		provider.reports(call(body))


# --- proofs --------------------------------------------------------------------------------------------------------


def signed_mailgun(key: str = "secret", moment: float = NOW) -> dict:
	stamp, token = str(int(moment)), "a" * 50
	signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
	return {
		**mailgun("complained"),
		"signature": {"timestamp": stamp, "token": token, "signature": signature},
	}


def test_mailgun_checks_key_and_time():
	provider = by_slug("mailgun")
	provider.verify(call(signed_mailgun(), secret="secret"))
	for value, secret in (
		(signed_mailgun("other"), "secret"),
		(signed_mailgun(moment=NOW - 13 * 3600), "secret"),
		(signed_mailgun(""), ""),
		(mailgun("complained"), "secret"),
	):
		with pytest.raises(NotProven):
			provider.verify(call(value, secret=secret))


def test_sendgrid_checks_an_ecdsa_signature():
	pytest.importorskip("cryptography")
	from cryptography.hazmat.primitives import hashes, serialization
	from cryptography.hazmat.primitives.asymmetric import ec

	key = ec.generate_private_key(ec.SECP256R1())
	kind = serialization.PublicFormat.SubjectPublicKeyInfo
	public = base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, kind)).decode()
	body, stamp = b'[{"event":"open"}]', str(int(NOW))

	def headers(signed: bytes, at: str = stamp) -> dict:
		signature = base64.b64encode(key.sign(at.encode() + signed, ec.ECDSA(hashes.SHA256()))).decode()
		return {
			"x-twilio-email-event-webhook-signature": signature,
			"x-twilio-email-event-webhook-timestamp": at,
		}

	provider = by_slug("sendgrid")
	provider.verify(call(body, secret=public, headers=headers(body)))
	old = str(int(NOW - 3 * 86400))
	for given_headers, secret in (
		(headers(b"[]"), public),
		(headers(body, old), public),
		({}, public),
		(headers(body), ""),
		(headers(body), "bm90IGEga2V5"),
	):
		with pytest.raises(NotProven):
			provider.verify(call(body, secret=secret, headers=given_headers))


def amazon_key() -> tuple:
	from cryptography import x509
	from cryptography.hazmat.primitives import hashes, serialization
	from cryptography.hazmat.primitives.asymmetric import rsa
	from cryptography.x509.oid import NameOID

	key = rsa.generate_private_key(65537, 2048)
	name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
	builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
	builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1))
	certificate = builder.not_valid_after(datetime(2040, 1, 1)).sign(key, hashes.SHA256())
	return key, certificate.public_bytes(serialization.Encoding.PEM)


def test_amazon_checks_certificate_address_topic_and_signature():
	pytest.importorskip("cryptography")
	from cryptography.hazmat.primitives import hashes
	from cryptography.hazmat.primitives.asymmetric import padding

	key, certificate = amazon_key()
	asked: list[str] = []

	def fetch(url: str) -> bytes:
		asked.append(url)
		return certificate

	def signed(version: str = "2", **more: str) -> dict:
		value = sns("hello", SignatureVersion=version, **more)
		algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
		signature = key.sign(ses.signed_text(value), padding.PKCS1v15(), algorithm)
		return {**value, "Signature": base64.b64encode(signature).decode()}

	provider = by_slug("ses")
	for version in ("1", "2"):
		provider.verify(call(signed(version), fetch=fetch, topic="arn:aws:sns:eu-west-1:123456789012:mail"))
	forged = {**signed(), "Message": "other"}
	for value, topic in ((forged, ""), (signed(), "arn:other"), ({**signed(), "SignatureVersion": "3"}, "")):
		with pytest.raises(NotProven):
			provider.verify(call(value, fetch=fetch, topic=topic))
	asked.clear()
	for url in (
		"http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
		"https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem",
		"https://evil.example/?sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
		"https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
		"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem\n",
		"https://169.254.169.254/latest",
		"",
	):
		with pytest.raises(NotProven):
			provider.verify(call(signed(SigningCertURL=url), fetch=fetch))
	assert asked == [], "nobody else is asked for a certificate"


@pytest.mark.parametrize(
	("url", "is_confirmed"),
	[
		("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=abcdef0123", True),
		("https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:x:abcdefghij", False),
		("https://evil.example/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=abcdef0123", False),
		("http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws&Token=abcdef0123", False),
	],
)  # fmt: skip
def test_only_amazons_own_address_is_confirmed(url, is_confirmed):
	value = sns("", Type="SubscriptionConfirmation", SubscribeURL=url)
	assert ses.confirmation_url(call(value)) == (url if is_confirmed else "")
	assert ses.confirmation_url(call({**value, "Type": "Notification"})) == ""


@pytest.mark.parametrize("slug", ["postmark", "brevo"])
def test_a_shared_secret_is_asked_for_where_one_is_set(slug):
	provider = by_slug(slug)
	provider.verify(call({}))
	provider.verify(call({}, secret="s3cret", headers={"x-nurture-secret": "s3cret"}))
	for headers in ({}, {"x-nurture-secret": "other"}):
		with pytest.raises(NotProven):
			provider.verify(call({}, secret="s3cret", headers=headers))


def test_moments_in_every_spelling():
	wanted = datetime(2026, 3, 2, 9, 0, 19, tzinfo=timezone.utc)
	for text in ("2026-03-02T09:00:19Z", "2026-03-02T09:00:19.000Z", "2026-03-02T10:00:19.0000000+01:00"):
		assert from_iso(text) == wanted, text
	assert from_iso("2026-03-02T09:00:19.1234567Z") - wanted == timedelta(microseconds=123456)
	assert from_iso("yesterday") is None
