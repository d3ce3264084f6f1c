"""One person at a time: whoever writes about an address keeps others waiting until the transaction ends.

A lead that is not there yet cannot be locked in the database, so the address is, in Redis.
"""

from __future__ import annotations

import frappe
from redis.exceptions import LockError

from nurture_app.engine.addresses import address_hash

HELD_AT_MOST = 60
"""Seconds after which a lock ends by itself, should its process have died."""

WAIT_AT_MOST = 10
"""Seconds. Then the database's own time-out is raised, which jobs and routes answer by trying again."""


def lock_person(address: str) -> None:
	"""Wait for the address and keep it until this transaction is committed or rolled back. May be called again."""
	held = getattr(frappe.local, "nurture_locked_people", None)
	if held is None:
		held = frappe.local.nurture_locked_people = {}
	key = address_hash(address)
	if key in held:
		return
	lock = frappe.cache.lock(
		frappe.cache.make_key(f"nurture_person:{key}"),
		timeout=HELD_AT_MOST,
		blocking_timeout=WAIT_AT_MOST,
		thread_local=False,
	)
	if not lock.acquire():
		raise frappe.QueryTimeoutError("another submission of the same address is still being recorded")
	held[key] = lock
	if len(held) == 1:
		frappe.db.after_commit.add(release_people)
		frappe.db.after_rollback.add(release_people)


def begin_for(address: str) -> None:
	"""For a request that has written nothing: wait for the address, and see everything as it stands after that."""
	if not frappe.db.transaction_writes:
		frappe.db.rollback()
		lock_person(address)


def release_people() -> None:
	"""Let the next in."""
	held = getattr(frappe.local, "nurture_locked_people", None) or {}
	while held:
		_key, lock = held.popitem()
		try:
			lock.release()
		except LockError:
			pass  # it ended by itself
