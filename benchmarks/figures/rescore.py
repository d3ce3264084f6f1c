"""Rescoring all leads with twenty rules, beside its floor: one grouped sum over the ledger and one UPDATE of the leads.

The UPDATE writes each lead's own sums, and its stage where it has none, as the rescore must. Quiet night: nothing but time has
passed since the last rescore. All change: no lead shows its score and stage yet, the ledger is there. Entries new: the profile entries are not there either, so the floor also inserts as many rows, through
`frappe.db.bulk_insert`.
"""

from __future__ import annotations

from collections.abc import Callable

import frappe

from benchmarks import measure
from benchmarks.measure import Figure
from benchmarks.setting import rules_in_use
from nurture_app.engine import scoring
from nurture_app.engine.config import load_settings
from nurture_app.site.host import site_host

ROUNDS = 5
LIMIT = 3.0
GROWTH_LIMIT = 1.25
_per_lead: dict[int, float] = {}
"""Microseconds of a quiet night per lead, by number of leads, of this run."""

SUM = """
	SELECT party, SUM(IF(score_part = 'Fit', worth, 0)) AS fit, SUM(IF(score_part = 'Fit', 0, worth)) AS engagement
	FROM (
		SELECT party, score_part, IF(
			half_life_days > 0,
			points * POWER(0.5, TIMESTAMPDIFF(SECOND, occurred_on, %(now)s) / 86400 / half_life_days),
			points
		) AS worth
		FROM `tabNurture Score Entry`
		WHERE occurred_on <= %(now)s AND (expires_on IS NULL OR expires_on > %(now)s)
	) entry
	GROUP BY party
"""
UPDATE = """
	UPDATE `tabLead` lead JOIN nurture_benchmark_sums sums ON sums.party = lead.name
	SET nurture_score = ROUND(fit) + ROUND(engagement), nurture_fit_score = ROUND(fit),
		nurture_engagement_score = ROUND(engagement)
"""
FIRST_STAGES = """,
		nurture_stage_since = %(now)s,
		nurture_stage = CASE
			WHEN ROUND(fit) + ROUND(engagement) >= %(sql)s THEN 'SQL'
			WHEN ROUND(fit) + ROUND(engagement) >= %(mql)s THEN 'MQL'
			WHEN ROUND(fit) + ROUND(engagement) >= %(nurture)s THEN 'Nurture'
			ELSE 'Recycle' END
"""
UPDATE_OTHERS = """
	UPDATE `tabLead` SET nurture_stage = 'Recycle', nurture_stage_since = %(now)s WHERE nurture_stage = ''
"""
"""Of leads without an entry."""
SHOWN = "SELECT name, nurture_score, nurture_stage FROM `tabLead` ORDER BY name"
CLEAR = """
	UPDATE `tabLead` SET nurture_score = 0, nurture_fit_score = 0, nurture_engagement_score = 0,
		nurture_stage = '', nurture_stage_since = NULL
"""


def measure_all(leads: int) -> list[Figure]:
	_rescore()
	_check_floor()
	quiet = measure.in_turns(ROUNDS, rescore=lambda number: _rescore, floor=lambda number: _floor)
	first = measure.in_turns(3, rescore=_cleared(_rescore), floor=_cleared(_floor_with_stages))
	ever = measure.in_turns(
		2, rescore=_without_profiles(_rescore), floor=_without_profiles(_floor_and_entries)
	)
	compared_to = "grouped sum of the ledger and UPDATE of the leads"
	figures = [
		_figure("rescore_on_a_quiet_night", leads, quiet, compared_to),
		_figure("rescore_when_all_scores_change", leads, first, compared_to),
		_figure(
			"rescore_when_profile_entries_are_new", leads, ever, compared_to + ", INSERT of as many entries"
		),
	]
	_per_lead[leads] = figures[0].value / leads * 1e6
	if len(_per_lead) > 1:
		fewest = min(_per_lead)
		figures.append(
			measure.at_most(
				"rescore_cost_per_lead_does_not_grow",
				leads,
				_per_lead[leads],
				"µs per lead",
				f"the same at {fewest} leads",
				_per_lead[fewest],
				GROWTH_LIMIT,
			)
		)
	return figures


def _figure(name: str, leads: int, seconds: dict[str, list[float]], compared_to: str) -> Figure:
	value, floor = measure.middle(seconds["rescore"]), measure.middle(seconds["floor"])
	details = {"rules": rules_in_use(), "entries": frappe.db.count("Nurture Score Entry")}
	return measure.at_most(name, leads, value, "s", compared_to, floor, LIMIT, **details)


def _rescore() -> None:
	scoring.rescore(site_host(commit=True))


def _floor() -> None:
	"""One grouped sum and one UPDATE that writes each lead's own sums.

	Apart, with the sums in between: joined in one UPDATE they take five times as long, because MariaDB then locks the
	whole ledger.
	"""
	_sum_and(UPDATE)


def _floor_with_stages() -> None:
	"""Likewise, where leads have no stage yet and get one."""
	_sum_and(UPDATE + FIRST_STAGES, UPDATE_OTHERS)


def _sum_and(*updates: str) -> None:
	frappe.db.commit()
	cursor = frappe.db._cursor  # Frappe takes a temporary table for one whose making commits
	settings = load_settings(site_host(commit=True).db)
	lines = {
		"sql": settings.sql_threshold,
		"mql": settings.mql_threshold,
		"nurture": settings.nurture_threshold,
	}
	values = {"now": frappe.utils.now_datetime(), **lines}
	cursor.execute("DROP TEMPORARY TABLE IF EXISTS nurture_benchmark_sums")
	cursor.execute(f"CREATE TEMPORARY TABLE nurture_benchmark_sums (PRIMARY KEY (party)) {SUM}", values)
	for update in updates:
		cursor.execute(update, values)
	frappe.db.commit()


def _cleared(work: Callable[[], None]) -> measure.Prepare:
	def prepare(number: int) -> Callable[[], None]:
		frappe.db.sql(CLEAR)
		frappe.db.commit()
		return work

	return prepare


def _without_profiles(work: Callable[[], None]) -> measure.Prepare:
	"""The entries of profile rules are put aside before, and the aside ones brought back in by the floor."""

	def prepare(number: int) -> Callable[[], None]:
		frappe.db.sql(CLEAR)
		frappe.db.sql_ddl("CREATE OR REPLACE TABLE nurture_benchmark_entries LIKE `tabNurture Score Entry`")
		frappe.db.sql(
			"INSERT INTO nurture_benchmark_entries SELECT * FROM `tabNurture Score Entry` WHERE activity = ''"
		)
		frappe.db.sql("DELETE FROM `tabNurture Score Entry` WHERE activity = ''")
		frappe.db.commit()
		return work

	return prepare


def _floor_and_entries() -> None:
	columns = frappe.db.get_table_columns("Nurture Score Entry")
	rows = frappe.db.sql("SELECT * FROM nurture_benchmark_entries")
	frappe.db.bulk_insert("Nurture Score Entry", columns, rows)
	_floor_with_stages()


def _check_floor() -> None:
	"""The floor must come to what the engine comes to, or the two are not comparable.

	It rounds halves in another way, and of a few leads points run out between the two.
	"""
	shown = []
	for work in (_rescore, _floor_with_stages):
		_cleared(work)(0)()
		shown.append(frappe.db.sql(SHOWN))
	different = [
		f"{lead}: the engine says {score}, {stage}, the floor {other_score}, {other_stage}"
		for (lead, score, stage), (_, other_score, other_stage) in zip(*shown, strict=True)
		if abs(score - other_score) > 1 or (stage != other_stage and score == other_score)
	]
	if len(different) > len(shown[0]) / 5000:
		raise AssertionError(f"{len(different)} leads differ; {different[0]}")
