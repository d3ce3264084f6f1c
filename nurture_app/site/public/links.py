"""Links made for one person and one purpose, such as confirming a consent: kept with an end, and used up once.

Links that every mail carries (unsubscribe, open, click, preferences) need no row of their own: they hold a token of
their touch, see `nurture_app.site.links`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.utils import now_datetime

from nurture_app.site.links import new_token, signed_url, token_in

DOCTYPE = "Nurture Public Link"


@dataclass(frozen=True, slots=True)
class PublicLink:
	"""What a link stands for. Moments are naive, in the site's time zone."""

	name: str
	purpose: str
	party: str
	address: str
	expires_on: datetime | None
	used_on: datetime | None
	detail: Mapping[str, Any] = field(default_factory=dict)

	@property
	def is_expired(self) -> bool:
		return bool(self.expires_on and self.expires_on < now_datetime())


def make_link(
	purpose: str, *, address: str, party: str = "", days: int = 7, detail: Mapping[str, Any] | None = None
) -> str:
	"""The URL of a new link to the route `n/<purpose>`, good for `days`. `detail` must be plain JSON."""
	token = new_token()
	frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"purpose": purpose,
			"party_type": "Lead" if party else None,
			"party": party or None,
			"address": address,
			"expires_on": now_datetime() + timedelta(days=days),
			"detail": json.dumps(dict(detail or {}), default=str),
			"token": token,
		}
	).insert(ignore_permissions=True, ignore_links=True)
	return signed_url(purpose, token)


def find_link(purpose: str, signed: str) -> PublicLink | None:
	"""The link behind a signed token, expired and used ones too; None for anything that was not made for `purpose`."""
	token = token_in(purpose, signed)
	if not token:
		return None
	row = frappe.db.get_value(
		DOCTYPE,
		{"token": token},
		["name", "purpose", "party", "address", "expires_on", "used_on", "detail", "token"],
		as_dict=True,
	)
	if not row or row.token != token or row.purpose != purpose:
		return None
	return PublicLink(
		row.name,
		row.purpose,
		row.party or "",
		row.address or "",
		row.expires_on,
		row.used_on,
		json.loads(row.detail or "{}"),
	)


def use_up(link: PublicLink) -> bool:
	"""Mark the link as used. Of several requests at once exactly one gets True; the row stays locked until its commit."""
	table = frappe.qb.DocType(DOCTYPE)
	frappe.db.get_value(DOCTYPE, link.name, "name", for_update=True)
	free = frappe.qb.from_(table).select(table.name).where((table.name == link.name) & table.used_on.isnull())
	if not free.for_update().run():
		return False
	frappe.qb.update(table).set(table.used_on, now_datetime()).where(table.name == link.name).run()
	return True


def forget_expired(days: int = 30) -> None:
	"""Nightly: links that ended `days` ago."""
	frappe.db.delete(DOCTYPE, {"expires_on": ["<", now_datetime() - timedelta(days=days)]})
