"""A handler of somebody else's document must never be the reason why that document is not saved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial, wraps
from typing import Any

import frappe

from nurture_app.site.transactions import savepoint

Handler = Callable[..., None]


def safely(handler: Handler | None = None, *, writes: bool = True) -> Any:
	"""Run a document event so that its failure is logged, undone, and otherwise without effect. Commits nothing.

	With `writes` False the handler must leave the database alone; it then costs no savepoint.

	One thing passes: a deadlock. The database has then rolled back the user's own change as well, and hiding that
	would let Frappe report as saved what is not there; Frappe repeats the job or tells the user to try again.
	"""
	if handler is None:
		return partial(safely, writes=writes)

	@wraps(handler)
	def run(doc: Any, method: str | None = None, *args: Any) -> None:
		if _setting_up():
			return
		try:
			with savepoint() if writes else nullcontext():
				handler(doc, *args)
		except frappe.QueryDeadlockError:
			raise
		except Exception:
			_log(doc, handler)

	return run


def _setting_up() -> bool:
	flags = frappe.flags
	return bool(flags.in_install or flags.in_uninstall or flags.in_migrate or flags.in_patch)


def _log(doc: Any, handler: Handler) -> None:
	title = f"nurture_app: {handler.__module__.rsplit('.', 1)[-1]}.{handler.__name__}"
	try:
		frappe.log_error(
			title=title,
			message=frappe.get_traceback(),
			reference_doctype=doc.doctype,
			reference_name=doc.name,
		)
	except Exception:
		frappe.logger("nurture_app").exception(title)
