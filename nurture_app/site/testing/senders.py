"""Sources of events and what they send, for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import frappe
from frappe.utils import now_datetime
from werkzeug.test import TestResponse

from nurture_app.site.testing.factories import request

BROWSER = (
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
SHOP = "https://www.shop.example"


def make_source(title: str, kind: str, **values: Any) -> Any:
	"""An enabled source made anew, committed; a server's key stands in its `flags.key`."""
	frappe.delete_doc("Nurture Event Source", title, force=True, ignore_missing=True)
	standard = {"enabled": 1, "per_minute": 0}
	if kind == "Browser":
		standard["allowed_origins"] = SHOP
	doc = frappe.get_doc(
		{"doctype": "Nurture Event Source", "title": title, "kind": kind, **standard, **values}
	)
	doc.insert(ignore_permissions=True)
	if kind == "Server":
		doc.flags.key = doc.set_new_key()
	frappe.db.commit()  # nosemgrep: requests see committed data only
	return doc


def post_hits(source: Any, payload: Any, *, origin: str | None = SHOP, **headers: str) -> TestResponse:
	"""As a browser posts from a page of `origin`."""
	body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
	sent = {"User-Agent": BROWSER, **({"Origin": origin} if origin else {})}
	sent |= {name.replace("_", "-"): value for name, value in headers.items()}
	return request(
		"POST",
		f"/n/hit/{source.public_key}",
		data=body,
		content_type="text/plain;charset=UTF-8",
		headers=sent,
	)


def post_events(key: str, events: Any, content_type: str = "application/json") -> TestResponse:
	body = events if isinstance(events, bytes) else json.dumps(events).encode()
	return request("POST", "/n/events", data=body, content_type=content_type, headers={"X-Nurture-Key": key})


def post_payload(source: Any, payload: Any, **headers: str) -> TestResponse:
	body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
	sent = {name.replace("_", "-"): value for name, value in headers.items()}
	return request(
		"POST", f"/n/inbound/{source.public_key}", data=body, content_type="application/json", headers=sent
	)


def event(number: int, address: str, **values: Any) -> dict[str, Any]:
	"""One event for the events API, a minute ago."""
	from datetime import timedelta
	from zoneinfo import ZoneInfo

	from frappe.utils import get_system_timezone

	on = (now_datetime() - timedelta(minutes=1)).replace(tzinfo=ZoneInfo(get_system_timezone()))
	return {
		"id": f"event-{number}",
		"type": "Product Usage",
		"occurred_on": on.isoformat(),
		"person": {"email": address},
		**values,
	}


def count_rows(doctypes: Sequence[str]) -> dict[str, int]:
	"""For showing that nothing was written."""
	return {doctype: frappe.db.count(doctype) for doctype in doctypes}
