"""How often an address may knock. Counted in Redis, a minute at a time."""

from __future__ import annotations

import time

import frappe

SECONDS = 60


def too_many(what: str, who: str, limit: int, *, weight: int = 1) -> bool:
	"""Count `weight` for `who` (an IP address, a key) and say whether that is more than `limit` in this minute."""
	return count(what, who, weight) > limit


def count(what: str, who: str, weight: int = 1) -> int:
	"""Add `weight`; returns what `who` has come to in this minute."""
	key = _key(what, who)
	counted = frappe.cache.incrby(key, weight)
	if counted == weight:
		frappe.cache.expire(key, 2 * SECONDS)
	return counted


def counted(what: str, who: str) -> int:
	"""What `count` has come to, without adding to it."""
	return int(frappe.cache.get(_key(what, who)) or 0)


def forget(what: str) -> None:
	"""Begin anew; for tests."""
	for key in frappe.cache.keys(frappe.cache.make_key(f"nurture_limit:{what}:*")):
		frappe.cache.delete(key)


def _key(what: str, who: str) -> bytes:
	return frappe.cache.make_key(f"nurture_limit:{what}:{who}:{int(time.time()) // SECONDS}")
