"""When the jobs ran and what they did: the beat of the tick, and Nurture Run Log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe
from frappe.utils import get_datetime

from nurture_app.site import home

HEARTBEAT = "nurture_app_last_tick"


def beat(moment: datetime) -> None:
	"""Remember that the tick ran. In Redis: it is worth nothing tomorrow."""
	frappe.cache.set_value(HEARTBEAT, str(moment))


def last_tick() -> datetime | None:
	"""When the tick last ran through, as far as is known."""
	told = frappe.cache.get_value(HEARTBEAT)
	if told:
		return get_datetime(told)
	logged = frappe.db.get_value("Nurture Run Log", {"job": "Tick"}, "started_on", order_by="started_on desc")
	return get_datetime(logged) if logged else None


def write_log(job: str, started_on: datetime, seconds: float, counts: Any, message: str) -> None:
	"""One line in Nurture Run Log, committed."""
	values = {
		name: getattr(counts, name, 0)
		for name in ("claimed", "queued", "held", "deferred", "ended", "failed")
	}
	if message:
		values["failed"] = max(1, values["failed"])
	frappe.get_doc(
		{
			"doctype": "Nurture Run Log",
			"job": job,
			"started_on": started_on,
			"seconds": round(seconds, 3),
			"message": message[:1000],
			**values,
		}
	).insert(ignore_permissions=True)
	frappe.db.commit()  # nosemgrep: jobs only
	if job == "Tick":
		home.note_done(started_on)
