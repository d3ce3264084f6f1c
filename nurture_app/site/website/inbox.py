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
from nurture_app.site.transactions import RETRYABLE
from nurture_app.site.waiting_list import WaitingList
from nurture_app.site.website import sources

HITS = WaitingList("nurture_app_hits", most=200_000, at_once=AT_ONCE)
"""Some 100 MB of Redis at most. Beyond, hits are refused until the job has caught up."""

SECONDS = 60
"""A run stops taking new batches after this long; the next one goes on."""


def push(hits: Sequence[Hit]) -> None:
	"""One round trip to Redis."""
	HITS.push(*(hit.as_text() for hit in hits))


def work_off(host: Host) -> int:
	"""Write down what waits and put known leads' page views on their timelines; returns how many hits there were.

	One worker at a time.
	"""
	settings, ends = load_settings(host.db), time.monotonic() + SECONDS
	with HITS.alone() as is_ours:
		if not is_ours:
			return 0
		done = HITS.work_off(lambda texts: _store(host, list(map(hit_from_text, texts)), settings), SECONDS)
		while time.monotonic() < ends and record_views(host):
			HITS.keep_alone()
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
