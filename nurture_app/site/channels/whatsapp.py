"""WhatsApp through Meta's Cloud API: approved templates out, and what its webhook tells read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from frappe.utils.password import get_decrypted_password

from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing.parcels import CallResult, Parcel
from nurture_app.site.channels.http_calls import ask

SETTINGS = "Nurture Settings"
THROTTLED = (4, 80007, 130429, 131048, 131056, 133016)
"""Error codes of Meta that ask for patience: the message was not taken."""
CREDENTIALS = (0, 3, 10, 190, *range(200, 300))
UNDELIVERABLE = (131026, 131047, 131049, 131051, 130472)
"""Codes that speak of this recipient."""


def call_whatsapp(parcel: Parcel) -> CallResult:
	"""One message, by a template that Meta has approved."""
	settings = frappe.get_cached_doc(SETTINGS)
	try:
		token = secret_of("whatsapp_token")
	except frappe.ValidationError:  # nobody was asked yet: once it can be read, the message goes
		text = _(
			"The token cannot be read: encryption_key in site_config.json is not the one it was stored with."
		)
		return CallResult(problem=Reason.CREDENTIALS_REFUSED, reached=False, text=text)
	if not (settings.whatsapp_enabled and settings.whatsapp_phone_number_id and token):
		return CallResult(problem=Reason.CHANNEL_OFF, reached=False, text="WhatsApp")
	base = (settings.whatsapp_base_url or "https://graph.facebook.com").rstrip("/")
	version = settings.whatsapp_api_version or "v21.0"
	url = f"{base}/{version}/{settings.whatsapp_phone_number_id}/messages"
	headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
	result, answer = ask(url, "POST", headers, json.dumps(message_of(parcel)).encode())
	if answer is None:
		return result
	said = _json(answer.text)
	if answer.ok and not said.get("error"):
		wamid = _first(said, "messages").get("id")
		# An answer without an id is none of Meta's: nobody can tell whether it took the message.
		return (
			replace(result, provider_id=str(wamid))
			if wamid
			else replace(result, problem=Reason.NOT_UNDERSTOOD)
		)
	return _refused(result, said)


def message_of(parcel: Parcel) -> dict[str, Any]:
	"""The body that Meta expects for a template message."""
	template: dict[str, Any] = {
		"name": parcel.payload["template"],
		"language": {"code": parcel.payload["language"]},
	}
	if parcel.payload.get("parameters"):
		texts = [{"type": "text", "text": text} for text in parcel.payload["parameters"]]
		template["components"] = [{"type": "body", "parameters": texts}]
	return {
		"messaging_product": "whatsapp",
		"recipient_type": "individual",
		"to": parcel.number,
		"type": "template",
		"template": template,
	}


def _refused(result: CallResult, said: dict[str, Any]) -> CallResult:
	error = said.get("error") if isinstance(said.get("error"), dict) else {}
	code = error.get("code")
	text = str(error.get("message") or result.text)[:500]
	if code in THROTTLED:
		return replace(result, problem=Reason.THROTTLED, text=text)
	if result.status in (401, 403) or (isinstance(code, int) and code in CREDENTIALS):
		return replace(result, problem=Reason.CREDENTIALS_REFUSED, text=text)
	if code in UNDELIVERABLE:
		return replace(result, problem=Reason.UNDELIVERABLE, text=text)
	return replace(result, text=text, problem=Reason.REFUSED if result.status < 300 else "")


def secret_of(fieldname: str) -> str:
	"""A secret of the settings, decrypted; empty when there is none. Frappe raises `ValidationError` with another key."""
	return get_decrypted_password(SETTINGS, SETTINGS, fieldname, raise_exception=False) or ""


def _json(text: str) -> dict[str, Any]:
	try:
		said = json.loads(text)
	except ValueError:
		return {}
	return said if isinstance(said, dict) else {}


def _first(said: dict[str, Any], key: str) -> dict[str, Any]:
	found = said.get(key)
	return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
