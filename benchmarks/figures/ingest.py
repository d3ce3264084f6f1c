"""A batch of 1,000 events through the events API, from its body to the commit, beside the bulk insert of its rows.

What the API does beside inserting: reads the JSON, checks each event, finds their leads, looks for repetitions. Scores
and sequences follow in the next job; what that takes for the batch stands in the details.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone, now_datetime

from benchmarks import measure
from benchmarks.dataset import lead_name
from benchmarks.measure import Figure
from nurture_app.engine.incoming import inbox
from nurture_app.site.host import site_host
from nurture_app.site.website.ingest import ACCEPTED, ingest

ROUNDS = 15
BATCH = 1000
LIMIT = 3.0
SOURCE = "Benchmark"
KINDS = ("Product Usage", "Page View", "Webinar Attended", "Content Download", "Chat Started")
STANDARD = ("creation", "modified", "owner", "modified_by")
_numbers = count(1)


def measure_all(leads: int) -> list[Figure]:
	addresses = _addresses(leads)
	frappe.db.delete(inbox.INBOX)
	frappe.db.commit()

	def through_the_api(number: int) -> Callable[[], None]:
		_empty()
		body, host = _body(addresses), site_host(commit=True)
		return lambda: _ingest(host, body)

	def bulk_insert(number: int) -> Callable[[], None]:
		_ingest(site_host(commit=True), _body(addresses))
		rows = frappe.db.sql(f"SELECT {', '.join((*inbox.COLUMNS, *STANDARD))} FROM `tab{inbox.INBOX}`")
		_empty()
		return lambda: _insert(rows)

	def own_insert(number: int) -> Callable[[], None]:
		_empty()
		host, rows = site_host(commit=True), [*_rows(addresses)]
		return lambda: _insert_ourselves(host, rows)

	seconds = measure.in_turns(ROUNDS, ingest=through_the_api, insert=bulk_insert, own_insert=own_insert)
	_empty()
	with measure.counted_queries() as statements:
		_ingest(site_host(commit=True), _body(addresses))
	started = time.perf_counter()
	while inbox.work_off(site_host(commit=True)):
		pass
	recorded = time.perf_counter() - started
	frappe.db.delete("Nurture Activity", {"source_name": SOURCE})
	frappe.db.commit()
	value = measure.middle(seconds["ingest"]) * 1000
	details = {"queries": len(statements), "recorded_by_the_job_ms": recorded * 1000}
	return [
		measure.at_most(
			f"ingest_of_1000_events_beside_{name}",
			leads,
			value,
			"ms",
			compared_to,
			measure.middle(seconds[name]) * 1000,
			LIMIT,
			**details,
		)
		for name, compared_to in (
			("insert", "frappe.db.bulk_insert of the same rows, with commit"),
			("own_insert", "the app's own multi-row insert of the same rows, with commit"),
		)
	]


def _addresses(leads: int) -> list[str]:
	names = [lead_name(number) for number in random.Random(3).sample(range(1, leads + 1), BATCH)]
	return [row[0] for row in frappe.db.sql("SELECT email_id FROM `tabLead` WHERE name IN %s", [names])]


def _body(addresses: list[str]) -> bytes:
	on = now_datetime().replace(tzinfo=ZoneInfo(get_system_timezone())).isoformat()
	events = [
		{
			"id": f"benchmark-{next(_numbers)}",
			"type": KINDS[place % len(KINDS)],
			"occurred_on": on,
			"person": {"email": address},
			"detail": f"Feature {place % 40}",
			"properties": {"plan": "Team", "seats": place},
		}
		for place, address in enumerate(addresses)
	]
	return json.dumps(events).encode()


def _ingest(host: Any, body: bytes) -> None:
	results = ingest(host, SOURCE, json.loads(body))
	assert all(result.status == ACCEPTED for result in results)


def _rows(addresses: list[str]) -> Iterator[tuple]:
	"""Rows such as the API writes, in the order of the inbox's columns."""
	host, now = site_host(commit=True), now_datetime()
	for event in json.loads(_body(addresses)):
		yield (
			*(
				host.db.new_name(),
				SOURCE,
				event["type"],
				now,
				"Lead",
				lead_name(1),
				"",
				event["detail"],
				"",
				"human",
			),
			json.dumps(event["properties"]),
			inbox.dedupe_key(SOURCE, event["id"]),
		)


def _insert_ourselves(host: Any, rows: list[tuple]) -> None:
	with host.db.transaction():
		host.db.insert(f"tab{inbox.INBOX}", inbox.COLUMNS, rows)


def _insert(rows: tuple[tuple, ...]) -> None:
	frappe.db.bulk_insert(inbox.INBOX, [*inbox.COLUMNS, *STANDARD], rows)
	frappe.db.commit()


def _empty() -> None:
	frappe.db.sql_ddl(f"TRUNCATE TABLE `tab{inbox.INBOX}`")
