"""What a process keeps of the set-up between requests, so that recording an activity does not read all rules anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import frappe

from nurture_app.site import active

T = TypeVar("T")
SECONDS = 1
"""A job that runs for minutes asks this often whether something was set up anew meanwhile."""

_kept: dict[tuple[str, str], tuple[str, Any]] = {}
"""(site, what) -> (state of the set-up, what was read in it)."""


class SiteMemory:
	"""`engine.ports.Memory`. Every state of the set-up has an id, which `active.forget` makes invalid for all processes."""

	def __init__(self) -> None:
		self._state, self._ask_again_at = "", 0.0

	def remembered(self, what: str, read: Callable[[], T]) -> T:
		if active.is_changing():
			# What this transaction has set up is not for others yet, perhaps never.
			self._ask_again_at = 0.0
			return read()
		state, key = self._present_state(), (frappe.local.site, what)
		kept = _kept.get(key)
		if kept is None or kept[0] != state:
			kept = _kept[key] = (state, read())
		return kept[1]

	def _present_state(self) -> str:
		if time.monotonic() >= self._ask_again_at:
			self._state, self._ask_again_at = active.state_id(), time.monotonic() + SECONDS
		return self._state
