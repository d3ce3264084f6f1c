"""Leads that changed: looked at right after the transaction that changed them, in one of our own.

So saving a Lead costs next to nothing, and whatever goes wrong here cannot touch what the user saved. Until a lead is
done its name waits in Redis, where the next tick finds it; should Redis lose it, the nightly pass does.
"""

from __future__ import annotations

import frappe

from nurture_app.engine.ports import Host

KEY = "nurture_app_changed_leads"
AT_ONCE = 500


def soon(lead: str, *, matters: bool = True) -> None:
	"""Have `lead` looked at as soon as this transaction is committed.

	Steps that were held for want of something on the lead try again after any change; with `matters`, a condition in
	use can see the change, and scores, segments and sequences follow.
	"""
	waiting = getattr(frappe.local, "nurture_changed_leads", None)
	if waiting is None:
		waiting = frappe.local.nurture_changed_leads = {}
	waiting[lead] = waiting.get(lead, False) or matters
	frappe.db.after_commit.add(_look_now)


def remember(lead: str) -> None:
	"""Have the next tick look at `lead`: for imports, which shall not be slowed down."""
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


def _look_now() -> None:
	"""Runs after a commit. More leads than a user waits for are left to the tick."""
	from nurture_app.engine import activities
	from nurture_app.site.host import site_host
	from nurture_app.site.lead_records import release_held

	waiting = dict(frappe.local.nurture_changed_leads)
	frappe.local.nurture_changed_leads.clear()
	if not waiting:
		return
	changed = [name for name, matters in waiting.items() if matters]
	try:
		if changed:
			frappe.cache.sadd(KEY, *changed)
		release_held(list(waiting)[:AT_ONCE])
		if now := changed[:AT_ONCE]:
			activities.leads_changed(site_host(commit=True), now)
			frappe.cache.srem(KEY, *now)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(
			title="nurture_app: changed leads", reference_doctype="Lead", reference_name=next(iter(waiting))
		)
		frappe.db.commit()  # nosemgrep: after the user's own commit, only the log is in it


def _next_batch() -> list[str]:
	batch = []
	while len(batch) < AT_ONCE and (name := frappe.cache.spop(KEY)):
		batch.append(name.decode() if isinstance(name, bytes) else name)
	return batch
