"""Has the steps done that are due, batch after batch, in one lane or two."""

from __future__ import annotations

import time
from collections.abc import Iterator

import frappe

from nurture_app.engine import claiming, runner
from nurture_app.engine.outcome import TickResult
from nurture_app.site.attempts import attempt
from nurture_app.site.host import site_host
from nurture_app.site.lanes import in_lanes

CLAIMS_IN_VAIN = 6
"""After so many in a row a lane believes that there is nothing for it."""


def work_off_due(ends: float, failures: list[str]) -> TickResult:
	"""Batch after batch until `ends` (of the monotonic clock), nothing is due or something went wrong.

	Where more is due than a batch takes, a second lane helps; what goes wrong is logged and added to `failures`.
	"""
	if attempt("tick", failures, lambda: claiming.may_be_shared(site_host(commit=True))):
		worked = in_lanes(lambda failed: _due_batches(ends, failed))
		failures += worked.failures
		return worked.result
	total = TickResult()
	for result in _due_batches(ends, failures):
		total.add(result)
	return total


def _due_batches(ends: float, failures: list[str]) -> Iterator[TickResult]:
	"""Until nothing is due, or nothing can be had.

	Of a small table MariaDB may lock all rows to lock some: then another lane finds none to take for a moment, although
	there are.
	"""
	host, worker = site_host(commit=True), frappe.generate_hash(length=8)
	in_vain = 0
	while time.monotonic() < ends:
		result = attempt("tick", failures, lambda: runner.tick(host, worker))
		if result and result.claimed:
			in_vain = 0
			yield result
		elif result and in_vain < CLAIMS_IN_VAIN and claiming.may_be_shared(host):
			in_vain += 1
			time.sleep(0.05)
		else:
			break
