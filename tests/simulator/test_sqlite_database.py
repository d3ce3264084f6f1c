"""The simulator's database answers as a site's MariaDB would."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from pypika import functions as fn

from nurture_app.engine.sql import Fn, P, Query, Raw, Table, doctype
from nurture_app.simulator.collation import fold, like
from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.tables import lead_catalog, own_doctypes
from nurture_app.simulator.virtual_clock import VirtualClock

START = datetime(2026, 1, 5, 9, 30)
lead = doctype("Lead", "lead")


@pytest.fixture
def clock():
	return VirtualClock(START, ZoneInfo("UTC"))


@pytest.fixture
def db(clock):
	database = SQLiteDatabase(clock)
	yield database
	database.close()


def add_leads(db, *companies):
	db.insert(
		"tabLead", ("name", "company_name"), [(f"L{index}", name) for index, name in enumerate(companies)]
	)


def companies(db, criterion):
	query = Query.from_(lead).select(lead.company_name).where(criterion).orderby(lead.name)
	return [name for (name,) in db.rows(query)]


# What MariaDB 10.11 answers for utf8mb4_unicode_ci, asked once and written down.
EQUAL_IN_MARIADB = [
	("Müller", "muller", True),
	("Müller", "mueller", False),
	("Straße", "strasse", True),
	("ø", "o", False),
	("œ", "oe", True),
	("æ", "ae", False),
	("ł", "l", False),
	("İ", "i", True),
	("ı", "i", False),
	("a", "a   ", True),
	("a", " a", False),
	("Ａ", "a", True),
	("ﬁ", "fi", True),
	("é", "e\u0301", True),
	("ñ", "N", True),
	("ё", "е", True),
	("й", "и", False),
	("ά", "Α", True),
	("ς", "Σ", True),
	("a\u200bb", "ab", True),
	("a\xa0b", "a b", True),
	("a-b", "ab", False),
	("’", "'", False),
	("中", "国", False),
	("", "   ", True),
	("a\t", "a", False),
	("²", "2", True),
	("™", "tm", True),
]


@pytest.mark.parametrize(("left", "right", "equal"), EQUAL_IN_MARIADB)
def test_texts_are_equal_when_mariadb_says_so(db, left, right, equal):
	assert (fold(left) == fold(right)) is equal
	add_leads(db, left)
	assert bool(companies(db, lead.company_name == P(right))) is equal
	assert bool(companies(db, lead.company_name.isin([P(right)]))) is equal


def test_like_ignores_case_and_accents_and_knows_the_backslash(db):
	add_leads(db, "Café Noir", "100% Gut", "A_B", "Straße", None)
	assert companies(db, Raw("{} LIKE {}", lead.company_name, "%CAFE%")) == ["Café Noir"]
	assert companies(db, Raw("{} LIKE {}", lead.company_name, "%100\\%%")) == ["100% Gut"]
	assert companies(db, Raw("{} LIKE {}", lead.company_name, "a\\_b")) == ["A_B"]
	assert companies(db, Raw("{} LIKE {}", lead.company_name, "_ _%")) == []
	assert companies(db, Raw("{} LIKE {} ESCAPE {}", lead.company_name, "100|%%", "|")) == ["100% Gut"]
	assert companies(db, Raw("{} NOT LIKE {}", lead.company_name, "%a%")) == ["100% Gut"]
	assert like("stra_e", "Straße") == 1
	assert like("strasse", "Straße") == 0  # as MariaDB: LIKE goes letter by letter
	assert like("a", "a ") == 0
	assert like(None, "a") is None


def test_functions_of_mariadb_are_there(db):
	dual = Query.from_(lead).select(
		Fn("POWER", 0.5, 2),
		Fn("POW", 2, 3),
		Fn("LEAST", 3, 2),
		Fn("GREATEST", 3, 2),
		Raw("LEAST({}, NULL)", 1),
		Raw("{} REGEXP {}", "Head of Sales", r"(^|[\W_])(head|vp)($|[\W_])"),
		Raw("LOWER({})", "ÄÖ"),
	)
	add_leads(db, "x")
	assert db.rows(dual) == [(0.25, 8.0, 2, 3, None, 1, "äö")]


def test_datetimes_come_out_as_datetimes_and_compare_by_time(db, clock):
	add_leads(db, "early")
	clock.move_to(datetime(2026, 1, 5, 9, 30, 0, 1))
	db.insert("tabLead", ("name", "company_name"), [("L9", "late")])
	assert companies(db, lead.creation > P(START)) == ["late"]
	assert companies(db, lead.creation == P(START)) == ["early"]
	assert db.rows(Query.from_(lead).select(lead.creation).where(lead.name == P("L0"))) == [(START,)]


def test_other_values_are_stored_as_frappe_stores_them(db):
	db.insert(
		"tabLead",
		("name", "qualified_on", "unsubscribed", "annual_revenue"),
		[("L1", date(2026, 1, 5), True, 1e6)],
	)
	db.insert("tabNurture Sequence", ("name", "title", "window_start"), [("S", "S", time(8, 30))])
	columns = (lead.qualified_on, lead.unsubscribed, lead.annual_revenue, lead.status)
	assert db.rows(Query.from_(lead).select(*columns)) == [("2026-01-05", 1, 1e6, "Lead")]
	sequence = Table("tabNurture Sequence")
	columns = (sequence.window_start, sequence.exit_on_bounce, sequence.status)
	assert db.rows(Query.from_(sequence).select(*columns)) == [("08:30:00", 1, "Draft")]


def test_an_aware_datetime_is_refused(db):
	with pytest.raises(ValueError, match="naive"):
		db.insert("tabLead", ("name", "creation"), [("L1", datetime(2026, 1, 5, tzinfo=ZoneInfo("UTC")))])


def test_insert_adds_frappes_own_columns(db):
	add_leads(db, "x")
	row = db.rows(
		Query.from_(lead).select(lead.creation, lead.modified, lead.owner, lead.docstatus, lead.idx)
	)
	assert row == [(START, START, "Administrator", 0, 0)]


def test_insert_ignoring_leaves_out_only_rows_whose_key_exists(db):
	columns = ("name", "touch_key", "subject")
	assert db.insert("tabNurture Touch", columns, [("T1", "a", "one"), ("T2", "b", "two")]) == 2
	rows = [("T3", "a", "again"), ("T4", "c", "three"), ("T1", "d", "same name")]
	assert db.insert("tabNurture Touch", columns, rows, ignore=True) == 1
	touch = Table("tabNurture Touch")
	assert db.rows(Query.from_(touch).select(touch.subject).orderby(touch.name)) == [
		("one",),
		("two",),
		("three",),
	]
	with pytest.raises(sqlite3.IntegrityError):
		db.insert("tabNurture Touch", columns, [("T5", "a", "again")])


def test_insert_ignoring_does_not_hide_a_text_that_is_too_long(db):
	with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
		db.insert("tabNurture Touch", ("name", "subject"), [("T1", "x" * 256)], ignore=True)


def test_update_gives_each_row_its_own_values(db):
	add_leads(db, "a", "b", "c")
	db.update(
		"tabLead", ("name", "nurture_score", "nurture_stage_since"), [("L0", 5, START), ("L2", 7, None)]
	)
	rows = db.rows(Query.from_(lead).select(lead.nurture_score, lead.nurture_stage_since).orderby(lead.name))
	assert rows == [(5, START), (0, None), (7, None)]


def test_execute_returns_the_number_of_rows(db):
	add_leads(db, "a", "b", "c")
	table = Table("tabLead")
	assert db.execute(Query.update(table).set(table.status, P("Open")).where(table.name != P("L1"))) == 2
	assert db.execute(Query.from_(table).delete().where(table.status == P("OPEN"))) == 2


def test_a_transaction_is_all_or_nothing(db):
	called = []
	with pytest.raises(RuntimeError, match="boom"), db.transaction():
		add_leads(db, "a")
		db.after_commit(lambda: called.append("rolled back"))
		raise RuntimeError("boom")
	assert companies(db, lead.name.isnotnull()) == []
	with db.transaction():
		add_leads(db, "a")
		db.after_commit(lambda: called.append("committed"))
		assert called == []
	assert companies(db, lead.name.isnotnull()) == ["a"]
	assert called == ["committed"]


def test_transactions_are_not_nested(db):
	with db.transaction():
		with pytest.raises(RuntimeError, match="not nested"), db.transaction():
			pass
		add_leads(db, "a")
	assert companies(db, lead.name.isnotnull()) == ["a"]


def test_names_are_unique_and_sorted_by_time(db):
	names = [db.new_name() for _ in range(1000)]
	assert sorted(set(names)) == names


def test_settings_are_texts_by_field(db):
	db.write_settings("Nurture Settings", {"mql_threshold": 60, "company_name": "Ärger GmbH"})
	db.write_settings("Nurture Settings", {"mql_threshold": 55})
	singles = Table("tabSingles")
	rows = db.rows(Query.from_(singles).select(singles["field"], singles["value"]).orderby(singles["field"]))
	assert rows == [("company_name", "Ärger GmbH"), ("mql_threshold", "55")]


def test_every_doctype_has_its_table_and_the_due_index_is_used(db):
	for table in own_doctypes().values():
		if not table.is_single:
			rows = Table(table.table)
			assert db.rows(Query.from_(rows).select(fn.Count("*"))) == [(0,)]
	plan = db._connection.execute(
		"EXPLAIN QUERY PLAN SELECT name FROM \"tabNurture Enrollment\" WHERE status = 'Active' "
		"AND lease_until IS NULL AND due_on <= '2026'"
	).fetchall()
	assert "status_lease_until_due_on" in plan[0][3]


def test_ids_are_compared_byte_by_byte_so_that_joins_use_their_index(db):
	plan = db._connection.execute(
		'EXPLAIN QUERY PLAN SELECT 1 FROM "tabNurture Enrollment" e JOIN "tabLead" l ON e.party = l.name'
	).fetchall()
	assert any("sqlite_autoindex_tabLead" in row[3] or "party" in row[3] for row in plan)
	assert not any("SCAN e" in row[3] and "SCAN l" in row[3] for row in plan)


def test_the_catalog_has_the_lead_fields_with_erpnexts_choices():
	catalog = lead_catalog()
	assert catalog["no_of_employees"].options == ("1-10", "11-50", "51-200", "201-500", "501-1000", "1000+")
	assert catalog["status"].options[-1] == "Do Not Contact"
	assert {catalog[name].kind for name in ("industry", "nurture_score", "creation", "unsubscribed")} == {
		"text",
		"int",
		"datetime",
		"check",
	}
