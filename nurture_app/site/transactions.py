"""Transactions of a site: one within another that can be undone, and again when another was in the way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import frappe

RETRYABLE = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)
"""Raised by every method of `FrappeDatabase` when another transaction was in the way: run the whole batch again."""

RECORD_CHANGED = 1020
"""MariaDB 11.6 and newer: a row changed after the transaction's snapshot; the transaction is rolled back."""

ATTEMPTS = 5
Result = TypeVar("Result")


@contextmanager
def savepoint() -> Iterator[None]:
	"""Undo what the block wrote when an exception passes; commit nothing."""
	mark = f"nurture_{os.urandom(6).hex()}"
	frappe.db.savepoint(mark)
	try:
		yield
	except frappe.QueryDeadlockError:
		# It has rolled back everything, this savepoint included.
		raise
	except frappe.QueryTimeoutError:
		_undo_after_timeout(mark)
		raise
	except BaseException:
		frappe.db.rollback(save_point=mark)
		raise
	else:
		frappe.db.release_savepoint(mark)


def retrying(work: Callable[[], Result]) -> Result:
	"""Run `work`, which is one transaction or a chain of them, again when another transaction was in its way."""
	for attempt in range(1, ATTEMPTS + 1):
		try:
			return work()
		except RETRYABLE:
			frappe.db.rollback()
			if attempt == ATTEMPTS:
				raise
			time.sleep(0.1 * 2**attempt)
	raise AssertionError("unreachable")


@contextmanager
def translated_errors() -> Iterator[None]:
	"""Whatever a database says of another transaction in the way becomes one of `RETRYABLE`."""
	try:
		yield
	except RETRYABLE:
		raise
	except Exception as error:
		code = error.args[0] if error.args else None
		if frappe.db.is_deadlocked(error) or code == RECORD_CHANGED:
			raise frappe.QueryDeadlockError(error) from error
		if frappe.db.is_timedout(error):
			raise frappe.QueryTimeoutError(error) from error
		raise


def _undo_after_timeout(mark: str) -> None:
	"""A wait for a lock that was too long undoes its own statement alone, and what the block wrote before stands.

	A server with innodb_rollback_on_timeout rolls back everything: then there is no savepoint to go back to, and like
	a deadlock it must not be hidden from whoever wrote before.
	"""
	try:
		frappe.db.rollback(save_point=mark)
	except Exception as error:
		raise frappe.QueryDeadlockError("the transaction was rolled back after a time-out") from error
