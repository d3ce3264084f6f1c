"""Leads that changed: looked at right after the transaction that changed them, in one of our own.

So saving a Lead costs next to nothing, and whatever goes wrong here cannot touch what the user saved. Until a lead is
done its name waits in Redis, where the next tick finds it; should Redis lose it, the nightly pass does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import frappe

from nurture_app.engine.ports import Host
from nurture_app.site.transactions import RETRYABLE, retrying

KEY = "nurture_app_changed_leads"
EVENTS_KEY = "nurture_app_lead_events"
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


def happened(lead: str, activity_type: str, detail: str) -> None:
	"""Have this recorded of `lead` as soon as this transaction is committed, or by the next tick in an import."""
	events = getattr(frappe.local, "nurture_lead_events", None)
	if events is None:
		events = frappe.local.nurture_lead_events = {}
	moment = str(frappe.utils.now_datetime())
	# told twice in one transaction, it happened once
	events.setdefault((lead, activity_type, detail), (frappe.generate_hash(length=16), moment))
	frappe.db.after_commit.add(_record_now)
	frappe.db.after_rollback.add(events.clear)


def work_off(host: Host) -> int:
	"""Look at all remembered leads and record what happened to them; returns how many there were of both.

	What cannot be done keeps nothing else waiting: it stays in Redis, and the first of its errors passes at the end.
	"""
	from nurture_app.engine import activities

	failures: dict[str, Exception] = {}
	done = _record_waiting(host, failures)
	done += _look_at_waiting(lambda batch: activities.leads_changed(host, batch), failures)
	if failures:
		raise next(iter(failures.values()))
	return done


def _record_waiting(host: Host, failures: dict[str, Exception]) -> int:
	"""What happened stays in Redis until it is recorded: nothing else knows of it, and who records it may be killed."""
	waiting = sorted(_as_text(event) for event in frappe.cache.smembers(EVENTS_KEY))
	for start in range(0, len(waiting), AT_ONCE):
		batch = waiting[start : start + AT_ONCE]
		failures |= _failures(lambda some: _record(host, some), batch)
		if recorded := [event for event in batch if event not in failures]:
			frappe.cache.srem(EVENTS_KEY, *recorded)
	return len(waiting)


def _look_at_waiting(work: Callable[[Sequence[str]], object], failures: dict[str, Exception]) -> int:
	"""Leads are taken out first: one that changes again meanwhile is looked at again."""
	done = 0
	batch: list[str] = []
	failed: list[str] = []
	try:
		while batch := _next_batch(KEY):
			errors = _failures(work, batch)
			failures |= errors
			failed += errors
			done += len(batch)
	finally:
		if back := {*batch, *failed}:
			frappe.cache.sadd(KEY, *back)
	return done


def _failures(work: Callable[[Sequence[str]], object], batch: list[str]) -> dict[str, Exception]:
	"""`work` on a batch; where that fails, on each half of it, down to the texts that fail by themselves."""
	try:
		work(batch)
	except RETRYABLE:
		raise
	except Exception as error:
		frappe.db.rollback()
		if len(batch) == 1:
			return {batch[0]: error}
		half = len(batch) // 2
		return _failures(work, batch[:half]) | _failures(work, batch[half:])
	return {}


def _record_now() -> None:
	"""Runs after a commit."""
	from nurture_app.site.host import site_host

	events = frappe.local.nurture_lead_events
	texts = [json.dumps([*event, *event_id]) for event, event_id in events.items()]
	events.clear()
	if not texts:
		return
	frappe.cache.sadd(EVENTS_KEY, *texts)
	if frappe.flags.in_import:
		return
	try:
		retrying(lambda: _record(site_host(commit=True), texts[:AT_ONCE]))
		frappe.cache.srem(EVENTS_KEY, *texts[:AT_ONCE])
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title="nurture_app: what happened to leads")
		frappe.db.commit()  # nosemgrep: after the user's own commit, only the log is in it


def _record(host: Host, texts: Sequence[str]) -> None:
	"""Each has an id of its own, so that it is recorded once even if two workers hold it."""
	from nurture_app.engine import activities
	from nurture_app.engine.sql import as_datetime
	from nurture_app.site.events.recording import existing_leads

	events = [json.loads(text) for text in texts]
	present = set(existing_leads(lead for lead, *_ in events))
	found = [
		activities.ActivityIn(
			party=lead,
			activity_type=activity_type,
			occurred_on=as_datetime(moment),
			channel="System",
			detail=detail,
			source_doctype="Lead",
			source_name=lead,
			dedupe_key=f"{activity_type}|{event_id}",
		)
		for lead, activity_type, detail, event_id, moment in events
		if lead in present
	]
	if found:
		activities.record(host, found)


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
		retrying(lambda: release_held(list(waiting)[:AT_ONCE]))
		if now := changed[:AT_ONCE]:
			retrying(lambda: activities.leads_changed(site_host(commit=True), now))
			frappe.cache.srem(KEY, *now)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(
			title="nurture_app: changed leads", reference_doctype="Lead", reference_name=next(iter(waiting))
		)
		frappe.db.commit()  # nosemgrep: after the user's own commit, only the log is in it


def _next_batch(key: str) -> list[str]:
	batch = []
	while len(batch) < AT_ONCE and (name := frappe.cache.spop(key)):
		batch.append(_as_text(name))
	return batch


def _as_text(value: str | bytes) -> str:
	return value.decode() if isinstance(value, bytes) else value
