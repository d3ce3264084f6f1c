"""The first and the last day that reports ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate


def whole_days(filters: Mapping[str, Any]) -> tuple[datetime, datetime]:
	"""From the first moment of `from_date` to the last of `to_date` (naive, the site's zone), both today unless given.

	Raises ValidationError when one is no date, or they stand the other way round.
	"""
	start, end = getdate(filters.get("from_date")), getdate(filters.get("to_date"))
	if not (start and end):
		frappe.throw(_("Give a first and a last day."))
	if start > end:
		frappe.throw(_("The first day is after the last."))
	return datetime.combine(start, time.min), datetime.combine(end, time.max)
