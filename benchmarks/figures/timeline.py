"""The lead's timeline while there are a million activities: of an ordinary lead and of one that did 5,000 things."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from benchmarks import measure
from benchmarks.dataset import KINDS, lead_name
from benchmarks.measure import Figure, say
from nurture_app.engine.activities import COLUMNS
from nurture_app.site.api import lead_panel
from nurture_app.site.database import FrappeDatabase

ROUNDS = 30
ACTIVITIES = 1_000_000
BUSY = 5_000
LIMIT_MS = 50.0
SOURCE = "timeline benchmark"


def measure_all(leads: int) -> list[Figure]:
	busy = lead_name(1)
	_fill(leads, busy)
	try:
		sample = random.Random(4).sample(range(2, leads + 1), ROUNDS + 1)

		def timeline(lead: str) -> Callable[[], object]:
			return lambda: lead_panel._latest_activities(lead)

		seconds = measure.in_turns(
			ROUNDS,
			timeline=lambda number: timeline(lead_name(sample[number])),
			busy_timeline=lambda number: timeline(busy),
			panel=lambda number: lambda: lead_panel.get_panel(lead_name(sample[number])),
		)
		plan = frappe.db.sql(
			"EXPLAIN SELECT activity_type FROM `tabNurture Activity` WHERE party = %s ORDER BY occurred_on DESC LIMIT 10",
			busy,
			as_dict=True,
		)[0]
		activities = frappe.db.count("Nurture Activity")
	finally:
		frappe.db.delete("Nurture Activity", {"source_doctype": SOURCE})
		frappe.db.commit()
	return [
		measure.at_most(
			f"lead_{name}",
			leads,
			measure.middle(seconds[name]) * 1000,
			"ms",
			"50 ms",
			LIMIT_MS,
			1.0,
			activities=activities,
			index=plan.get("key"),
			whole_panel_ms=measure.middle(seconds["panel"]) * 1000,
		)
		for name in ("timeline", "busy_timeline")
	]


def _fill(leads: int, busy: str) -> None:
	"""A million activities in all, 5,000 of them of one lead; marked, so that they can be taken away again."""
	missing = max(0, ACTIVITIES - frappe.db.count("Nurture Activity") - BUSY)
	say(f"   adding {missing + BUSY} activities")
	db = FrappeDatabase(commit=True)
	for first in range(0, missing, 100_000):
		with db.transaction():
			db.insert("tabNurture Activity", COLUMNS, _rows(db, leads, "", min(100_000, missing - first)))
	with db.transaction():
		db.insert("tabNurture Activity", COLUMNS, _rows(db, leads, busy, BUSY))
	frappe.db.sql("ANALYZE TABLE `tabNurture Activity`")


def _rows(db: FrappeDatabase, leads: int, lead: str, number: int) -> Iterator[tuple]:
	pick, now = random.Random(number), now_datetime()
	for _ in range(number):
		name = db.new_name()
		kind, channel = pick.choice(KINDS)
		party = lead or lead_name(pick.randint(2, leads))
		moment = now - timedelta(days=pick.uniform(0, 365))
		yield (
			*(name, kind, moment, "Lead", party, channel, "/pricing", "human"),
			*("", "", "", "", SOURCE, "", "", name),
		)
