"""Is anything switched on at all? One cached answer, so that a site that only installed the app pays nothing."""

from __future__ import annotations

import time
from typing import Any

import frappe

CACHE_KEY = "nurture_app_active"
SECONDS = 300
"""An answer never lives longer than this, in case something was switched on by SQL."""

MOMENT = 0.1
"""Seconds: longer than a save, shorter than anybody notices."""

IN_USE: dict[str, dict[str, Any]] = {
	"Lead Scoring Rule": {"enabled": 1},
	"Nurture Persona": {"enabled": 1},
	"Nurture Segment": {"enabled": 1},
	"Nurture Sequence": {"status": ["in", ["Active", "Paused"]]},
}


def is_active() -> bool:
	"""Whether a scoring rule, a persona, a segment or a sequence is in use."""
	return _state()["active"]


def forget(*_args: Any, **_kwargs: Any) -> None:
	"""Document event of whatever is set up; also called after it is changed by SQL.

	Forgets once more after the commit: until then another request could read the old state into the cache.
	"""
	_forget_now(changing=True)
	frappe.db.after_commit.add(_forget_now)
	frappe.db.after_rollback.add(_forget_now)


def is_changing() -> bool:
	"""Whether the running transaction has set something up anew, so that it sees what nobody else does yet."""
	return getattr(frappe.local, "nurture_set_up_changes", False)


def state_id() -> str:
	"""Changes whenever something is set up anew, and every few minutes."""
	return _present_state()["id"]


def _forget_now(changing: bool = False) -> None:
	frappe.local.nurture_set_up_changes = changing
	frappe.local.nurture_set_up_state = None, 0.0
	frappe.cache.delete_value(CACHE_KEY)


def relevant_fields() -> frozenset[str] | None:
	"""Fields of Lead that a condition in use looks at; None when that cannot be told, so any may matter."""
	fields = _state()["fields"]
	return None if fields is None else frozenset(fields)


def watched_fields() -> frozenset[str]:
	"""Fields of Lead whose change starts a sequence that runs now."""
	return frozenset(_state()["watched"])


def _state() -> dict[str, Any]:
	"""Asked several times by one save: within a moment the answer is the same."""
	state, until = getattr(frappe.local, "nurture_set_up_state", (None, 0.0))
	if state is None or time.monotonic() > until:
		state = _present_state()
		frappe.local.nurture_set_up_state = state, time.monotonic() + MOMENT
	return state


def _present_state() -> dict[str, Any]:
	# Frappe 16 keeps in this process what it once set there with an expiry, as long as the request or job lasts.
	frappe.local.cache.pop(frappe.cache.make_key(CACHE_KEY), None)
	state = frappe.cache.get_value(CACHE_KEY, expires=True)
	if state is None:
		active = any(frappe.db.exists(doctype, filters) for doctype, filters in IN_USE.items())
		state = {
			"id": frappe.generate_hash(length=16),
			"active": active,
			"fields": _fields_in_use() if active else [],
			"watched": _fields_waited_for() if active else [],
		}
		frappe.cache.set_value(CACHE_KEY, state, expires_in_sec=SECONDS)
	return state


def _fields_in_use() -> list[str] | None:
	from nurture_app.engine import conditions
	from nurture_app.engine.codes import NurtureError
	from nurture_app.engine.condition_fields import FieldLeaf
	from nurture_app.engine.waiting import awaited_conditions
	from nurture_app.site.catalog import LeadCatalog
	from nurture_app.site.host import site_host

	catalog = LeadCatalog()
	texts = [
		text
		for doctype, filters in IN_USE.items()
		for text in frappe.get_all(doctype, filters=filters, pluck="condition", order_by=None)
	]
	found: set[str] = set()
	try:
		parsed = [conditions.parse(text, catalog) for text in texts]
		parsed += [
			conditions.parse(awaited, catalog, in_sequence=True)
			for awaited in awaited_conditions(site_host(commit=False))
		]
	except NurtureError:
		return None
	for condition in parsed:
		leaves = conditions.leaves(condition)
		found.update(leaf.field.fieldname for leaf in leaves if isinstance(leaf, FieldLeaf))
	return sorted(found)


def _fields_waited_for() -> list[str]:
	"""Of the versions in use, not of what is being edited."""
	from nurture_app.engine.live import load_live_sequences
	from nurture_app.engine.trigger_types import fields_waited_for
	from nurture_app.site.host import site_host

	live = load_live_sequences(site_host(commit=False))
	return sorted(fields_waited_for([one.definition for one in live]))
