"""Hits wait in Redis until the next job writes them down: a visitor's browser never waits for the database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import frappe

from nurture_app.engine.config import Settings, load_settings
from nurture_app.engine.ports import Host
from nurture_app.engine.visits.hits import Hit, hit_from_text
from nurture_app.engine.visits.known import AT_ONCE, record_views
from nurture_app.engine.visits.store import store
from nurture_app.site.database import RETRYABLE
from nurture_app.site.website import sources

KEY = "nurture_app_hits"
LOCK = "nurture_app_hits_lock"
LOCK_SECONDS = 300
MOST_WAITING = 200_000
"""Some 100 MB of Redis. Beyond, hits are refused until the job has caught up."""

SECONDS = 60
"""A run stops taking new batches after this long; the next one goes on."""


def is_full() -> bool:
	return frappe.cache.llen(KEY) >= MOST_WAITING


def push(hits: Sequence[Hit]) -> None:
	for hit in hits:
		frappe.cache.rpush(KEY, hit.as_text())


def work_off(host: Host) -> int:
	"""Write down what waits and put known leads' page views on their timelines; returns how many hits there were.

	One worker at a time. A batch leaves Redis after its commit: one that died is done again, which changes nothing.
	"""
	lock, mine = frappe.cache.make_key(LOCK), frappe.generate_hash(length=12)
	if not frappe.cache.set(lock, mine, nx=True, ex=LOCK_SECONDS):
		return 0
	try:
		return _work_off(host, lock)
	finally:
		if frappe.cache.get(lock) == mine.encode():
			frappe.cache.delete(lock)


def _work_off(host: Host, lock: bytes) -> int:
	settings, done, ends = load_settings(host.db), 0, time.monotonic() + SECONDS
	while time.monotonic() < ends and (texts := frappe.cache.lrange(KEY, 0, AT_ONCE - 1)):
		frappe.cache.expire(lock, LOCK_SECONDS)
		hits = [hit_from_text(text) for text in texts]
		_store(host, hits, settings)
		frappe.cache.ltrim(KEY, len(texts), -1)
		done += len(texts)
	while time.monotonic() < ends and record_views(host):
		frappe.cache.expire(lock, LOCK_SECONDS)
	return done


def _store(host: Host, hits: Sequence[Hit], settings: Settings) -> None:
	"""A batch; where one hit of it cannot be written, all the others are."""
	try:
		store(host, hits, settings)
	except RETRYABLE:
		raise
	except Exception:
		if len(hits) == 1:
			frappe.log_error(title="nurture_app: a hit could not be stored")
			frappe.db.commit()  # nosemgrep: jobs only
			return
		for hit in hits:
			_store(host, [hit], settings)
		return
	with host.db.transaction():
		for website, number in Counter(hit.website for hit in hits).items():
			sources.count(website, accepted=number)
