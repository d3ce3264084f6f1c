"""The parts of a job, each on its own: what fails is logged, and the others are done all the same."""

from __future__ import annotations

from collections.abc import Callable
from traceback import format_exception
from typing import TypeVar

import frappe

from nurture_app.engine.one_by_one import Failure, NotAll
from nurture_app.site.transactions import retrying

Result = TypeVar("Result")


def attempt(what: str, failures: list[str], work: Callable[[], Result]) -> Result | None:
	"""`work` with retries, committed; a failure is logged and the rest of the job goes on, what was done before stands."""

	def done() -> tuple[Result | None, tuple[Failure, ...]]:
		result, broken = None, ()
		try:
			result = work()
		except NotAll as error:
			broken = error.failures
		frappe.db.commit()  # nosemgrep: jobs only; a later part that fails rolls back
		return result, broken

	try:
		result, broken = retrying(done)
		for failure in broken:
			_log_failure(what, failure)
			failures.append(f"{what}: {failure}"[:300])
		return result
	except Exception as error:
		frappe.db.rollback()
		frappe.log_error(title=f"nurture_app: {what}")
		frappe.db.commit()  # nosemgrep: jobs only
		failures.append(f"{what}: {error}"[:300])
		return None


def _log_failure(what: str, failure: Failure) -> None:
	frappe.log_error(
		title=f"nurture_app: {what}",
		message="".join(format_exception(failure.error)),
		reference_doctype=failure.doctype or None,
		reference_name=failure.name or None,
	)
	frappe.db.commit()  # nosemgrep: jobs only
