"""The launch checklist: each point with its state, what was found, what to do, and where (CK-01 to CK-10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime

from nurture_app.site.deliverability.lines import FIX, OK, UNKNOWN
from nurture_app.site.launch.checks import CHECKS, Found


@dataclass(frozen=True, slots=True)
class LaunchLine:
	"""A point of the checklist. All texts are plain and in the user's language."""

	code: str
	"""The name of the `Nurture Launch Check`."""
	title: str
	asked: str
	state: str
	"""`ok`, `fix` or `unknown`."""
	found: str
	todo: str
	route: str
	"""Where to mend it, as a route of the Desk; may be empty."""
	needs_word: bool
	confirmed: bool
	word: str
	"""Who confirmed it, when, and what was noted."""


def checklist() -> list[LaunchLine]:
	"""All points in their order. Reads only."""
	fields = ["name", "check_name", "needs_word", "description", "todo"]
	fields += ["confirmed", "confirmed_by", "confirmed_on", "note"]
	rows = frappe.get_all("Nurture Launch Check", fields=fields, order_by="sort_order asc, name asc")
	return [_line(row) for row in rows]


def _line(row: Any) -> LaunchLine:
	check = CHECKS.get(row.check_name or "")
	found = check() if check else Found(OK if row.confirmed else UNKNOWN, "")
	state = found.state
	if row.needs_word and not row.confirmed and state == OK:
		state = UNKNOWN
	word = ""
	if row.confirmed:
		word = _("Confirmed by {0} on {1}.").format(row.confirmed_by, format_datetime(row.confirmed_on))
		word += f" {row.note}" if row.note else ""
	elif row.needs_word:
		word = _("Nobody has confirmed it yet.")
	return LaunchLine(
		code=row.name,
		title=_(row.name),
		asked=_(row.description or ""),
		state=state,
		found=found.found,
		todo=_(row.todo or "") if state != OK else "",
		route=found.route,
		needs_word=bool(row.needs_word),
		confirmed=bool(row.confirmed),
		word=word,
	)


def is_ready(lines: list[LaunchLine]) -> bool:
	return all(line.state not in (FIX, UNKNOWN) for line in lines)
