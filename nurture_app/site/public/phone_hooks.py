"""What comes back from telephones: `/n/sms/<key>` by the SMS gateway, `/n/whatsapp` by Meta.

The key, or Meta's signature over the very bytes of the body, proves who calls. Nothing is read from a message that
proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import frappe
from frappe import _
from werkzeug.wrappers import Response

from nurture_app.engine.mobile_replies import StatusNews, note_reply, note_status, stop_messages
from nurture_app.engine.opt_out_words import is_stop
from nurture_app.engine.phone_numbers import from_provider
from nurture_app.engine.ports import Host
from nurture_app.engine.timing import to_naive
from nurture_app.site.channels.whatsapp import secret_of
from nurture_app.site.host import site_host
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.request import PublicRequest, Refused, answer, json_answer
from nurture_app.site.transactions import retrying

SENDERS = ("from", "From", "msisdn", "sender", "mobile", "number", "originator")
TEXTS = ("text", "Body", "body", "message", "content", "msg")
IDS = ("id", "MessageSid", "messageId", "message_id", "message-id", "msgid", "sid", "request_id")
REPORTED = ("MessageStatus", "status", "Status", "dlr_status", "dlrstatus", "state")
PROBLEMS = ("ErrorCode", "error_code", "err-code", "errorCode", "reason", "error")
REPORTS = {
	"sent": ("sent", "accepted", "accepd", "buffered", "submitted"),
	"delivered": ("delivered", "delivrd", "delivery_success"),
	"failed": ("failed", "undelivered", "undeliv", "delivery_failed", "rejected", "rejectd", "expired"),
}
"""Delivery reports: the words of gateways, most of them those of SMPP."""
FIELDS = ("messages", "user_preferences")
"""Of Meta's webhook, that we read."""
MISSES = "phone hook misses"
MISSES_PER_MINUTE = 30
MOST = 1000
"""Messages and statuses in one call."""


def sms_reply(request: PublicRequest) -> Response:
	"""An answer to an SMS, in the words of whichever gateway: a form or JSON with a sender and a text. Or what became of one."""
	key = frappe.db.get_single_value("Nurture Settings", "sms_key") or ""
	if not key or not hmac.compare_digest(key.encode(), request.part.encode()):
		_missed(request, 404, _("Nobody listens at this address."))
	fields = _fields(request)
	host = site_host(commit=True)
	if news := _delivery_report(host, fields):
		return json_answer({"taken": bool(retrying(lambda: note_status(host, "SMS", news)))})
	number = from_provider(_first(fields, SENDERS))
	if not number:
		raise Refused(400, _("The request names no telephone number."))
	_note(host, "SMS", number, _first(fields, TEXTS), _first(fields, IDS))
	return json_answer({"taken": True})


def _delivery_report(host: Host, fields: dict[str, Any]) -> StatusNews | None:
	"""What became of a message of ours, in the words of whichever gateway; None for anything else."""
	said, name = _first(fields, REPORTED).strip().lower(), _first(fields, IDS)
	status = next((one for one, words in REPORTS.items() if said in words), "")
	if not status or not name or len(name) > 140 or _first(fields, TEXTS):
		return None
	return StatusNews(
		name, status, host.clock.now(), " ".join((said, _first(fields, PROBLEMS))).strip()[:500]
	)


def whatsapp(request: PublicRequest) -> Response:
	"""Meta's webhook: GET asks whether the address is ours, POST tells of messages and what became of ours."""
	if not request.is_post:
		return _challenge(request)
	secret = secret_of("whatsapp_app_secret")
	body = request.body()
	given = request.header("X-Hub-Signature-256")
	expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
	if not secret or not hmac.compare_digest(given.encode(), expected.encode()):
		_missed(request, 403, _("This request does not prove where it comes from."))
	host, taken = site_host(commit=True), 0
	for value in _values(request.json()):
		for status in _dicts(value.get("statuses")):
			taken += _note_status(host, status)
		for message in _dicts(value.get("messages")):
			taken += _note_message(host, message)
		for preference in _dicts(value.get("user_preferences")):
			taken += _note_preference(host, preference)
	return json_answer({"taken": taken})


def _challenge(request: PublicRequest) -> Response:
	token = frappe.db.get_single_value("Nurture Settings", "whatsapp_verify_token") or ""
	given = request.query.get("hub.verify_token") or ""
	challenge = request.query.get("hub.challenge") or ""
	fits = token and hmac.compare_digest(token.encode(), given.encode("utf-8", "replace"))
	if (
		request.query.get("hub.mode") != "subscribe"
		or not fits
		or not challenge.isalnum()
		or len(challenge) > 200
	):
		_missed(request, 403, _("This request does not prove where it comes from."))
	return answer(challenge)


def _values(payload: Any) -> Iterator[dict[str, Any]]:
	"""The news in Meta's envelope. What has another form is no news."""
	for entry in _dicts(payload.get("entry") if isinstance(payload, dict) else None):
		for change in _dicts(entry.get("changes")):
			if change.get("field") in FIELDS and isinstance(change.get("value"), dict):
				yield change["value"]


def _note_status(host: Host, status: dict[str, Any]) -> bool:
	name, wamid = str(status.get("status") or ""), str(status.get("id") or "")
	if name not in ("sent", "delivered", "read", "failed") or not wamid or len(wamid) > 140:
		return False
	errors = _dicts(status.get("errors"))
	detail = "; ".join(
		f"{one.get('code', '')} {one.get('title') or one.get('message') or ''}" for one in errors
	)
	news = StatusNews(wamid, name, _moment(host, status.get("timestamp")), detail[:500])
	return bool(retrying(lambda: note_status(host, "WhatsApp", news)))


def _note_message(host: Host, message: dict[str, Any]) -> bool:
	number = from_provider(str(message.get("from") or ""))
	if not number:
		return False
	return _note(host, "WhatsApp", number, _text_of(message), str(message.get("id") or ""))


def _text_of(message: dict[str, Any]) -> str:
	"""What the person wrote, or the button they pressed: under a template, in a message, or in a list."""
	said = message.get(str(message.get("type") or "")) or message.get("text")
	if not isinstance(said, dict):
		return ""
	chosen = said.get(str(said.get("type") or ""))
	fields = (said.get("body"), said.get("text"), said.get("caption"))
	title = chosen.get("title") if isinstance(chosen, dict) else ""
	return next((one for one in (title, *fields) if isinstance(one, str) and one), "").replace("\x00", "")[
		:5000
	]


def _note_preference(host: Host, preference: dict[str, Any]) -> bool:
	"""Somebody told WhatsApp itself that they want no more marketing messages from us. Nothing brings them back but a
	consent of theirs."""
	number = from_provider(str(preference.get("wa_id") or ""))
	if not number or preference.get("value") != "stop":
		return False
	detail = "WhatsApp: " + str(preference.get("detail") or "stop")
	retrying(lambda: stop_messages(host, "WhatsApp", number, detail[:140]))
	return True


def _note(host: Host, channel: str, number: str, text: str, key: str) -> bool:
	if is_stop(text, frappe.db.get_single_value("Nurture Settings", "stop_words") or ""):
		retrying(lambda: stop_messages(host, channel, number, f"{channel}: {text}"[:140]))
		return True
	# A gateway that gives no id tells each answer once; the text tells two of a day apart.
	key = key or hashlib.sha256(f"{number}|{text}|{host.clock.now().date()}".encode()).hexdigest()[:32]
	return bool(retrying(lambda: note_reply(host, channel, number, text, key[:80])))


def _moment(host: Host, stamp: Any) -> datetime:
	"""Meta's seconds since 1970, no later than now; naive, in the site's zone."""
	now = host.clock.now()
	try:
		moment = to_naive(datetime.fromtimestamp(int(str(stamp)), timezone.utc), host.clock.zone)
	except (ValueError, OverflowError, OSError):
		return now
	return min(moment, now)


def _fields(request: PublicRequest) -> dict[str, Any]:
	if "json" not in request.header("Content-Type"):
		return dict(request.form)
	value = request.json()
	return value if isinstance(value, dict) else {}


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str:
	found = next((fields[name] for name in names if isinstance(fields.get(name), (str, int))), "")
	return str(found).replace("\x00", "")[:5000]


def _dicts(value: Any) -> list[dict[str, Any]]:
	return [one for one in value[:MOST] if isinstance(one, dict)] if isinstance(value, list) else []


def _missed(request: PublicRequest, status: int, sentence: str) -> None:
	if too_many(MISSES, request.address, MISSES_PER_MINUTE):
		raise Refused(429, _("Please try again in a minute."))
	raise Refused(status, sentence)
