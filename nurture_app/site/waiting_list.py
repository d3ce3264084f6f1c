"""What strangers' requests bring waits in Redis until a job writes it down: nobody waits for the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe

LOCK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class WaitingList:
	"""A list of texts."""

	key: str
	"""Stands in `persistent_cache_keys` of hooks.py too, or it would be gone with a cleared cache."""
	most: int
	"""Texts that wait at most."""
	at_once: int = 1000
	"""Texts of a batch."""

	def is_full(self) -> bool:
		return frappe.cache.llen(self.key) >= self.most

	def push(self, *texts: str) -> None:
		"""Put texts at the end, in one round trip to Redis; what comes on top of `most` is dropped."""
		if frappe.cache.execute_command("RPUSH", frappe.cache.make_key(self.key), *texts) > self.most:
			frappe.cache.ltrim(self.key, 0, self.most - 1)

	@contextmanager
	def alone(self) -> Iterator[bool]:
		"""Whether no other worker is writing the list down; none may begin until the block ends."""
		mine = frappe.generate_hash(length=12)
		if not frappe.cache.set(self._lock, mine, nx=True, ex=LOCK_SECONDS):
			yield False
			return
		try:
			yield True
		finally:
			if frappe.cache.get(self._lock) == mine.encode():
				frappe.cache.delete(self._lock)

	def work_off(self, store: Callable[[list[str]], None], seconds: float = 60) -> int:
		"""Hand batches to `store`, which writes and commits them, for up to `seconds`; returns how many texts left.

		Within `alone`. A batch leaves Redis after it is stored: one whose worker died comes again, and to store it
		twice must change nothing.
		"""
		done, ends = 0, time.monotonic() + seconds
		while time.monotonic() < ends and (raw := frappe.cache.lrange(self.key, 0, self.at_once - 1)):
			store([text.decode() for text in raw])
			frappe.cache.ltrim(self.key, len(raw), -1)
			self.keep_alone()
			done += len(raw)
		return done

	def keep_alone(self) -> None:
		"""For work that goes on: others wait for another while."""
		frappe.cache.expire(self._lock, LOCK_SECONDS)

	@property
	def _lock(self) -> bytes:
		return frappe.cache.make_key(f"{self.key}_lock")
