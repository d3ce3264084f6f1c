"""Refreshing every shipped segment, beside the plain SELECT of the leads its condition finds."""

from __future__ import annotations

import random
from collections.abc import Callable

import frappe

from benchmarks import measure
from benchmarks.dataset import lead_name
from benchmarks.measure import Figure
from nurture_app.engine import segments
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.segment_members import MEMBER_COLUMNS
from nurture_app.engine.segments import Segment
from nurture_app.engine.sql import Query, render
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.host import site_host

ROUNDS = 5
LIMIT = 2.0
CHURN = 0.01


def measure_all(leads: int) -> list[Figure]:
	host = site_host(commit=True)
	found = segments.load_dynamic(host)
	for segment in found:
		segments.refresh(host, segment.name)
	figures = []
	sums = {"steady": [0.0, 0.0], "churn": [0.0, 0.0]}
	for segment in found:
		selected = measure.in_turns(
			ROUNDS,
			steady=lambda number, segment=segment: (
				lambda: segments.refresh(site_host(commit=True), segment.name)
			),
			select=lambda number, segment=segment: lambda: _select(segment),
			churn=lambda number, segment=segment: _churned(segment, leads, number),
		)
		select = measure.middle(selected["select"])
		for kind in sums:
			value = measure.middle(selected[kind])
			sums[kind][0] += value
			sums[kind][1] += select
			members = frappe.db.get_value("Nurture Segment", segment.name, "member_count")
			figures.append(_figure(f"segment_{kind}: {segment.name}", leads, value, select, members=members))
	return [
		_figure(f"segments_{kind}_all", leads, *sums[kind], segments=len(found)) for kind in sums
	] + figures


def _figure(name: str, leads: int, value: float, select: float, **details: int) -> Figure:
	compared_to = "SELECT of the leads its condition finds"
	return measure.at_most(name, leads, value * 1000, "ms", compared_to, select * 1000, LIMIT, **details)


def _select(segment: Segment) -> None:
	scope = lead_scope(site_host(commit=True))
	query = Query.from_(scope.lead).select(scope.lead.name).where(segment.condition.sql(scope))
	frappe.db.sql(*render(query, "mysql"))


def _churned(segment: Segment, leads: int, number: int) -> Callable[[], None]:
	"""Half a percent of the leads are no members any more but match, and as many are members that do not match."""
	db = FrappeDatabase(commit=True)
	moved = int(leads * CHURN / 2)
	frappe.db.sql(
		"DELETE FROM `tabNurture Segment Member` WHERE segment = %s AND left_on IS NULL ORDER BY RAND(%s) LIMIT %s",
		(segment.name, number + 1, moved),
	)
	members = {
		party
		for (party,) in frappe.db.sql(
			"SELECT party FROM `tabNurture Segment Member` WHERE segment = %s AND left_on IS NULL",
			segment.name,
		)
	}
	scope = lead_scope(site_host(commit=True))
	query = Query.from_(scope.lead).select(scope.lead.name).where(segment.condition.sql(scope))
	members.update(name for (name,) in frappe.db.sql(*render(query, "mysql")))
	strangers = [lead_name(n) for n in random.Random(number).sample(range(1, leads + 1), leads)]
	strangers = [name for name in strangers if name not in members][:moved]
	now = frappe.utils.now_datetime()
	rows = [
		(db.new_name(), segment.name, "Lead", party, now, f"{segment.name}|{party}", "benchmark")
		for party in strangers
	]
	with db.transaction():
		db.insert("tabNurture Segment Member", MEMBER_COLUMNS, rows)
	return lambda: segments.refresh(site_host(commit=True), segment.name)
