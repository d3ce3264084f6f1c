"""Sources of events: who may send, known by a key."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.utils import now_datetime

from nurture_app.engine.codes import NurtureError
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.request import PublicRequest, Refused

DOCTYPE = "Nurture Event Source"
PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{22}")
SERVER_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
MISSES = "event source misses"
MISSES_PER_MINUTE = 60
"""Unknown keys an address may try."""


def new_public_key() -> str:
	return secrets.token_urlsafe(16)


def new_server_key() -> str:
	return secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
	"""A server key is random and long: a plain digest gives nothing away."""
	return hashlib.sha256(key.encode()).hexdigest()


def by_public_key(request: PublicRequest, key: str, kind: str) -> Any:
	"""The enabled source of this kind with the key in the address. Raises `Refused` 404, 429."""
	found = None
	if PUBLIC_KEY.fullmatch(key):
		found = frappe.db.get_value(
			DOCTYPE, {"public_key": key, "kind": kind}, ["name", "public_key"], as_dict=True
		)
	if not found or not hmac.compare_digest(found.public_key, key):
		_miss(request)
		raise Refused(404, _("There is no source with this key."))
	return _usable(found.name)


def by_listed_page(request: PublicRequest) -> tuple[Any, str]:
	"""The browser source with the key in the address, and the origin of the page that calls.

	Raises `Refused` 403 for pages of websites the source does not list, and as `by_public_key`.
	"""
	source, origin = by_public_key(request, request.part, "Browser"), request.header("Origin")
	if origin.lower() not in origins_in(source.allowed_origins):
		raise Refused(403, _("Pages of this website may not report or ask here. Add it to the source."))
	return source, origin


def by_server_key(request: PublicRequest) -> Any:
	"""The enabled source whose key stands in the header. Raises `Refused` 401, 429."""
	key = request.header("X-Nurture-Key")
	name = (
		frappe.db.get_value(DOCTYPE, {"key_hash": key_hash(key), "kind": "Server"})
		if SERVER_KEY.fullmatch(key)
		else None
	)
	if not name:
		_miss(request)
		raise Refused(401, _("The header X-Nurture-Key is missing or holds no key of a source."))
	return _usable(name)


def take_turn(source: Any, weight: int = 1) -> None:
	"""Raises `Refused` 429 when the source sends more a minute than it may."""
	if source.per_minute and too_many("event source", source.name, source.per_minute, weight=weight):
		raise Refused(429, _("This source may send {0} requests a minute.").format(source.per_minute))


def count(source: str, accepted: int = 0, refused: int = 0) -> None:
	"""Add to what the source shows. The last statement before a commit: it locks the source's row."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.update(table).set(table.accepted, table.accepted + accepted)
	query = query.set(table.refused, table.refused + refused)
	if accepted:
		query = query.set(table.last_event_on, now_datetime())
	query.where(table.name == source).run()


def origins_in(text: str | None) -> tuple[str, ...]:
	"""The websites in a field, one a line, as browsers name them. Raises `source_origin_bad`."""
	found = []
	for line in (text or "").split():
		origin = line.strip().lower().rstrip("/")
		try:
			parts = urlsplit(origin)
			port = parts.port
		except ValueError:
			raise NurtureError("source_origin_bad", origin=line) from None
		if (
			parts.scheme not in ("http", "https")
			or not parts.hostname
			or parts.path
			or parts.query
			or parts.username
		):
			raise NurtureError("source_origin_bad", origin=line)
		standard = port == {"http": 80, "https": 443}[parts.scheme]
		found.append(f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port and not standard else ""))
	return tuple(found)


def event_types(source: Any) -> frozenset[str]:
	"""The activity types a website may report beside page views."""
	return frozenset(row.activity_type for row in source.types if row.activity_type)


def _usable(name: str) -> Any:
	source = frappe.get_cached_doc(DOCTYPE, name)
	if not source.enabled:
		raise Refused(403, _("This source is not enabled."))
	return source


def _miss(request: PublicRequest) -> None:
	if too_many(MISSES, request.address, MISSES_PER_MINUTE):
		raise Refused(429, _("Please try again in a minute."))
