"""What our document events add to a `Lead.save()` while rules, segments and a sequence are in use."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import frappe

from benchmarks import measure
from benchmarks.dataset import JOB_TITLES, lead_name
from benchmarks.measure import Figure
from benchmarks.plain_erpnext import without_app_hooks

ROUNDS = 200
LIMIT = 1.05


def measure_all(leads: int) -> list[Figure]:
	def mobile_no(doc: Any) -> None:
		doc.mobile_no = f"+1 555 {random.randrange(10**7):07}"

	def job_title(doc: Any) -> None:
		doc.job_title = random.choice([title for title in JOB_TITLES if title != doc.job_title])

	return [
		_compare("lead_save_of_a_field_no_condition_reads", leads, mobile_no),
		_compare("lead_save_of_a_field_rules_read", leads, job_title),
	]


def _compare(figure: str, leads: int, change: Callable[[Any], None]) -> Figure:
	sample = random.Random(2).sample(range(1, leads + 1), ROUNDS)

	def prepare(number: int) -> Callable[[], None]:
		doc = frappe.get_doc("Lead", lead_name(sample[number]))
		change(doc)
		return doc.save

	def prepare_plain(number: int) -> Callable[[], None]:
		save = prepare(number)

		def plain() -> None:
			with without_app_hooks():
				save()

		return plain

	seconds = measure.in_turns(ROUNDS, with_app=prepare, without_app=prepare_plain)
	with measure.counted_queries() as statements:
		prepare(0)()
	frappe.db.commit()
	with measure.counted_queries() as plain_statements:
		prepare_plain(0)()
	frappe.db.commit()
	value, peer = measure.middle(seconds["with_app"]), measure.middle(seconds["without_app"])
	return measure.at_most(
		figure,
		leads,
		value * 1000,
		"ms",
		"the same save without the app's document events",
		peer * 1000,
		LIMIT,
		queries=len(statements),
		queries_without_app=len(plain_statements),
	)
