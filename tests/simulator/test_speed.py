"""A run does not do again what has not changed: counted, so that it shows on any machine."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from nurture_app.engine import runner
from nurture_app.engine.sql import P, Query, Table, doctype
from nurture_app.simulator import collation
from nurture_app.simulator.csv_input import ActivityRow, LeadRow
from nurture_app.simulator.outcome import read_outcome
from nurture_app.simulator.presets import read_presets
from nurture_app.simulator.run import Simulation
from nurture_app.simulator.set_up_memory import SetUpMemory
from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.virtual_clock import VirtualClock
from nurture_app.simulator.world import Scenario

START = datetime(2026, 1, 5)


@pytest.fixture
def db():
	database = SQLiteDatabase(VirtualClock(START, ZoneInfo("UTC")))
	yield database
	database.close()


def simulation(people: int, days: int) -> Simulation:
	"""Everybody looks at a page once a day, each at a time of their own."""
	leads = [
		LeadRow(number, f"p{number}@example.com", {"email_id": f"p{number}@example.com"}, START, True, "")
		for number in range(people)
	]
	activities = [
		ActivityRow(
			number,
			lead.address,
			"Page View",
			START + timedelta(days=day, hours=1, minutes=7 * number),
			"",
			"",
		)
		for day in range(days)
		for number, lead in enumerate(leads)
	]
	return Simulation(
		Scenario(leads, activities, read_presets(None), START, START + timedelta(days), ZoneInfo("UTC"), 1)
	)


def test_rules_and_sequences_are_not_read_again_for_everything_that_happens(monkeypatch):
	reads: Counter[str] = Counter()
	remembered = SetUpMemory.remembered

	def counted(memory, what, read):
		return remembered(memory, what, lambda: reads.update([what]) or read())

	monkeypatch.setattr(SetUpMemory, "remembered", counted)
	run = simulation(people=20, days=10)
	run.run()
	assert {"rules", "live sequences", "activity types", "dynamic segments"} <= reads.keys()
	assert max(reads.values()) <= 5, reads


def test_the_runner_is_woken_only_when_something_is_due(monkeypatch):
	claimed: list[int] = []
	tick = runner.tick

	def counted(host, worker):
		result = tick(host, worker)
		claimed.append(result.claimed)
		return result

	monkeypatch.setattr(runner, "tick", counted)
	simulation(people=20, days=10).run()
	assert any(claimed)
	assert claimed.count(0) <= len(claimed) / 2  # the last batch of a mark finds nothing more


@pytest.mark.parametrize(
	"change",
	[
		lambda db: db.insert("tabLead Scoring Rule", ("name", "title"), [("X", "X")]),
		lambda db: db.insert("tabNurture Segment", ("name", "title"), [("X", "X")]),
		lambda db: db.update("tabNurture Sequence", ("name", "status"), [("X", "Paused")]),
		lambda db: db.write_settings("Nurture Settings", {"mql_threshold": 60}),
		lambda db: db.execute(Query.from_(Table("tabNurture Segment")).delete()),
		lambda db: db.execute(Query.update(Table("tabNurture Persona")).set("enabled", P(0))),
	],
)
def test_what_is_set_up_anew_is_read_anew(db, change):
	memory, reads = SetUpMemory(db), iter(range(9))
	assert [memory.remembered("x", lambda: next(reads)) for _ in range(2)] == [0, 0]
	change(db)
	assert [memory.remembered("x", lambda: next(reads)) for _ in range(2)] == [1, 1]


def test_what_was_rolled_back_is_not_remembered(db):
	memory = SetUpMemory(db)
	rule = doctype("Lead Scoring Rule", "r")

	def read() -> int:
		return len(db.rows(Query.from_(rule).select(rule.name)))

	with pytest.raises(KeyError), db.transaction():
		db.insert("tabLead Scoring Rule", ("name", "title"), [("X", "X")])
		assert memory.remembered("rules", read) == 1
		raise KeyError
	assert memory.remembered("rules", read) == 0


def test_what_people_do_leaves_the_set_up_as_it_is(db):
	memory, reads = SetUpMemory(db), iter(range(9))
	memory.remembered("x", lambda: next(reads))
	db.insert("tabLead", ("name",), [("L1",)])
	db.update("tabLead", ("name", "nurture_score"), [("L1", 5)])
	db.update("tabNurture Segment", ("name", "member_count"), [("X", 5)])
	db.execute(Query.update(Table("tabNurture Enrollment")).set("status", P("Active")))
	assert memory.remembered("x", lambda: next(reads)) == 0


def test_the_outcome_is_read_in_as_many_queries_for_many_leads_as_for_few(monkeypatch):
	queries = []
	for people in (5, 40):
		run = simulation(people, days=2)
		run.run()
		asked = count(1)
		rows = SQLiteDatabase.rows
		monkeypatch.setattr(SQLiteDatabase, "rows", lambda db, query: (next(asked), rows(db, query))[1])
		read_outcome(run)
		queries.append(next(asked))
		monkeypatch.undo()
	assert queries[0] == queries[1]


def test_names_of_our_own_are_compared_by_sqlite_itself(monkeypatch):
	"""Activities, points and members are looked up by type, rule and segment more often than anything else."""
	compare, calls = collation.compare, 0

	def counted(left: str, right: str) -> int:
		nonlocal calls
		calls += 1
		return compare(left, right)

	monkeypatch.setattr(collation, "compare", counted)
	run = simulation(people=20, days=10)
	run.set_up()
	calls = 0
	run.set_up = lambda: None
	run.run()
	assert calls < 20 * 10 * 50
