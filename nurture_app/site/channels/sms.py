"""SMS through the gateway of Frappe's own SMS Settings, with the time-out that Frappe's sending lacks."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import frappe

from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing.parcels import CallResult, Parcel
from nurture_app.site.channels.http_calls import ask

JSON = "application/json"
ID_KEYS = ("id", "message_id", "messageId", "message-id", "sid", "msgid", "request_id")


def call_sms(parcel: Parcel) -> CallResult:
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
		return _changed(result, problem=Reason.CREDENTIALS_REFUSED)
	return _changed(result, provider_id=_id_in(answer.text)) if answer and answer.ok else result


def _changed(result: CallResult, **values: Any) -> CallResult:
	from dataclasses import replace

	return replace(result, **values)


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
