"""Batches that are done two at a time within one job.

While the database writes one batch, Python makes the next: of the time a tick takes, nearly half is waiting for the
database. To the runner a lane is one more worker, kept apart from others by its leases.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import frappe

from nurture_app.engine.outcome import TickResult

PATIENCE = 0.05
"""Seconds."""

Batches = Callable[[], Iterator[TickResult]]
"""Does batch after batch, one each time it is asked for the next."""


def in_lanes(batches: Batches) -> TickResult:
	"""All that `batches` does, which each of two lanes calls for itself.

	The second works as the same user with a connection of its own: nothing that `frappe.local` holds here is seen there.
	An exception in one lane stops the other after the batch it is at, and passes. Where the database has no connection
	to spare, the first lane does it all.
	"""
	broken = threading.Event()
	beside = _connected(lambda: _drain(batches, broken))
	with _patient_threads(), ThreadPoolExecutor(1, "nurture_lane") as pool:
		second = pool.submit(beside)
		total = _drain(batches, broken)
		total.add(second.result())
	return total


@contextmanager
def _patient_threads() -> Iterator[None]:
	"""Lanes take turns where they wait for the database anyway. To be interrupted every five milliseconds, Python's usual
	interval, costs them a tenth of their time."""
	usual = sys.getswitchinterval()
	sys.setswitchinterval(PATIENCE)
	try:
		yield
	finally:
		sys.setswitchinterval(usual)


def _drain(batches: Batches, broken: threading.Event) -> TickResult:
	total = TickResult()
	try:
		for result in batches():
			total.add(result)
			if broken.is_set():
				break
	except BaseException:
		broken.set()
		raise
	return total


def _connected(work: Callable[[], TickResult]) -> Callable[[], TickResult]:
	"""`work`, to be called in another thread."""
	site, sites_path, user = frappe.local.site, frappe.local.sites_path, frappe.session.user

	def connected() -> TickResult:
		frappe.init(site=site, sites_path=sites_path)
		try:
			try:
				frappe.connect()
				frappe.db.connect()
			except Exception:
				return TickResult()
			frappe.set_user(user)
			return work()
		finally:
			frappe.destroy()

	return connected
