"""Leads that changed in bulk and wait for the next tick, so that an import is not slowed down."""

from __future__ import annotations

import frappe

from nurture_app.engine.ports import Host

KEY = "nurture_app_changed_leads"
AT_ONCE = 500


def remember(lead: str) -> None:
	"""Have the next tick look at `lead`, once this transaction is committed.

	Kept in Redis; should it lose them, the nightly pass finds the same leads.
	"""
	frappe.db.after_commit.add(lambda: frappe.cache.sadd(KEY, lead))


def work_off(host: Host) -> int:
	"""Look at all remembered leads; returns how many there were."""
	from nurture_app.engine import activities

	done = 0
	while batch := _next_batch():
		try:
			activities.leads_changed(host, batch)
		except BaseException:
			frappe.cache.sadd(KEY, *batch)
			raise
		done += len(batch)
	return done


def _next_batch() -> list[str]:
	batch = []
	while len(batch) < AT_ONCE and (name := frappe.cache.spop(KEY)):
		batch.append(name.decode() if isinstance(name, bytes) else name)
	return batch
