"""ERPNext as it is without this app, in the same process and on the same data: the peer of several figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def without_app_hooks() -> Iterator[None]:
	"""Document events as they were if the app were not installed."""
	with_app = frappe.get_doc_hooks()
	frappe.local.doc_events_hooks = {
		doctype: {event: _others(methods) for event, methods in events.items()}
		for doctype, events in with_app.items()
	}
	try:
		yield
	finally:
		frappe.local.doc_events_hooks = with_app


def _others(methods: list[str]) -> list[str]:
	return [method for method in methods if not method.startswith("nurture_app.")]
