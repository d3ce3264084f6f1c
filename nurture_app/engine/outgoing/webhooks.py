"""Webhooks: what a step tells the system behind an address, and how the call is signed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, chunks, doctype, params
from nurture_app.engine.timing import to_aware

SIGNATURE, STAMP, EVENT = "X-Nurture-Signature", "X-Nurture-Timestamp", "X-Nurture-Id"
MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Webhook:
	name: str
	enabled: bool
	fields: tuple[str, ...]


def lead_fields_of(text: str | None) -> tuple[str, ...]:
	"""The fields a webhook sends, one name per line."""
	return tuple(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))


def check_fields(fields: Collection[str], catalog: Collection[str]) -> None:
	"""Raise `webhook_field_unknown` for what is no field of Lead, `webhook_too_many_fields`."""
	for fieldname in fields:
		if fieldname not in catalog:
			raise NurtureError("webhook_field_unknown", field=fieldname)
	if len(fields) > MOST_FIELDS:
		raise NurtureError("webhook_too_many_fields", limit=MOST_FIELDS)


def load_webhooks(host: Host, names: Collection[str]) -> dict[str, Webhook]:
	"""By name. Primary key."""
	table = doctype("Nurture Webhook", "w")
	found = {}
	for some in chunks(sorted(set(names))):
		query = Query.from_(table).select(table.name, table.enabled, table.lead_fields)
		for name, enabled, fields in host.db.rows(query.where(table.name.isin(params(some)))):
			found[name] = Webhook(name, bool(int(enabled or 0)), lead_fields_of(fields))
	return found


def payload_of(
	lead: Mapping[str, Any],
	fields: Collection[str],
	sequence: str,
	step: str,
	enrollment: str,
	moment: datetime,
	zone: Any,
) -> dict[str, Any]:
	"""What is sent about a step. `moment` is naive, in `zone`; it travels with its offset."""
	return {
		"event": "step",
		"occurred_on": to_aware(moment, zone).isoformat(),
		"sequence": sequence,
		"step": step,
		"enrollment": enrollment,
		"lead": {"name": lead["name"], **{one: _plain(lead.get(one)) for one in fields}},
	}


def signature(secret: str, stamp: str, body: bytes) -> str:
	"""`sha256=<hex>`: HMAC of timestamp, a dot and the body, so that an old call cannot be played again as a new one."""
	return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
	return value if value is None or isinstance(value, str | int | float | bool) else str(value)
