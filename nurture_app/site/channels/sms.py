"""SMS through the gateway of Frappe's own SMS Settings, with the time-out that Frappe's sending lacks."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import frappe

from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing.parcels import CallResult, Parcel
from nurture_app.site.channels.http_calls import ask

JSON = "application/json"
NO_ERROR = (None, False, 0, "", "0", "00", "000", "none", "null", "ok", "success", "false", [], {})
"""Values of a field called error and the like that tell of none."""
ID_KEYS = ("id", "message_id", "messageId", "message-id", "sid", "msgid", "request_id")


def call_sms(parcel: Parcel) -> CallResult:
	"""One message. A gateway that says no with a good status is taken at its word."""
	settings = frappe.get_cached_doc("SMS Settings")
	ours = frappe.get_cached_doc("Nurture Settings")
	url = (settings.sms_gateway_url or "").strip()
	if not url or not ours.sms_enabled:
		return CallResult(problem=Reason.CHANNEL_OFF, reached=False, text="SMS Settings")
	number = parcel.number.lstrip("+") if ours.sms_without_plus else parcel.number
	headers = {"Accept": "text/plain, text/html, */*"}
	fields = {}
	for row in settings.parameters:
		(headers if row.header else fields)[row.parameter] = row.value or ""
	fields |= {settings.message_parameter: str(parcel.payload["text"]), settings.receiver_parameter: number}
	if not settings.use_post:
		url += ("&" if "?" in url else "?") + urlencode(fields)
		body = None
	elif JSON in next((value for name, value in headers.items() if name.lower() == "content-type"), ""):
		body = json.dumps(fields).encode()
	else:
		headers["Content-Type"] = "application/x-www-form-urlencoded"
		body = urlencode(fields).encode()
	result, answer = ask(url, "POST" if settings.use_post else "GET", headers, body)
	if result.status in (401, 403):
		return replace(result, problem=Reason.CREDENTIALS_REFUSED)
	if not answer or not answer.ok:
		return result
	if says_no(answer.text, ours.sms_refused_words or ""):
		return replace(result, problem=Reason.REFUSED)
	return replace(result, provider_id=_id_in(answer.text))


def says_no(text: str, words: str = "") -> bool:
	"""Whether an answer with a good status tells of an error, as many gateways have it: in the usual names of JSON, at the
	beginning of a text, or in the site's own `words`, one per line."""
	plain = text.casefold()
	if any(word.strip().casefold() in plain for word in words.splitlines() if word.strip()):
		return True
	try:
		said = json.loads(text)
	except ValueError:
		return bool(re.match(r"\W*(err|fail|invalid|unauthori[sz]ed)", plain))
	return _tells_of_an_error(said)


def _tells_of_an_error(said: Any) -> bool:
	"""Of a whole answer, or of the first message in it."""
	if isinstance(said, list):
		return bool(said) and _tells_of_an_error(said[0])
	if not isinstance(said, dict):
		return False
	for name, value in said.items():
		name, value = name.casefold(), value.strip().casefold() if isinstance(value, str) else value
		if name.startswith("err") and value not in NO_ERROR:
			return True
		if name in ("status", "type", "result") and value in ("error", "failed", "failure", "rejected"):
			return True
		if name in ("success", "accepted") and value in (False, "false"):
			return True
	return any(_tells_of_an_error(said[name]) for name in ("messages", "data", "response") if name in said)


def _id_in(text: str) -> str:
	"""The id a gateway gives the message, where its answer is JSON that names one."""
	try:
		said = json.loads(text)
	except ValueError:
		return ""
	while isinstance(said, (list, dict)) and said:
		if isinstance(said, list):
			said = said[0]
			continue
		found = next((said[key] for key in ID_KEYS if isinstance(said.get(key), (str, int))), None)
		if found is not None:
			return str(found)[:140]
		said = said.get("messages") or said.get("data")
	return ""
