"""The engine's database on a real site: bulk writes, savepoints, retryable errors."""

from __future__ import annotations

import threading
from unittest.mock import patch

import frappe
from pypika import Query, Table

from nurture_app.engine.sql import P, doctype, params
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.testing.factories import at_the_same_time, in_other_connection
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.transactions import savepoint

TABLE = "tabNurture Score Entry"
COLUMNS = ("name", "entry_key", "party", "points", "detail")


class TestDatabase(SiteCase):
	def setUp(self) -> None:
		self.db = FrappeDatabase(commit=False)
		frappe.db.delete("Nurture Score Entry")
		frappe.db.commit()  # nosemgrep: a test site; other connections must not wait for this one

	def tearDown(self) -> None:
		frappe.db.rollback()

	def rows(self) -> list:
		entry = doctype("Nurture Score Entry", "e")
		return self.db.rows(
			Query.from_(entry).select(entry.name, entry.points, entry.detail).orderby(entry.name)
		)

	def test_insert_adds_frappes_own_columns(self) -> None:
		self.db.insert(TABLE, COLUMNS, [("one", "k1", "L", 5, 'it\'s 100% "quoted" \\ 漢字 🎉')])
		row = frappe.db.get_value("Nurture Score Entry", "one", "*", as_dict=True)
		self.assertEqual((row.owner, row.docstatus, row.idx), ("Administrator", 0, 0))
		self.assertTrue(row.creation and row.modified)
		self.assertEqual(row.detail, 'it\'s 100% "quoted" \\ 漢字 🎉')

	def test_insert_ignoring_conflicts_counts_what_went_in(self) -> None:
		rows = [(f"n{number:05}", f"k{number}", "L", 1, "") for number in range(1200)]
		self.assertEqual(self.db.insert(TABLE, COLUMNS, rows), 1200)
		again = [(f"m{number:05}", f"k{number}", "L", 1, "") for number in range(1190, 1210)]
		self.assertEqual(self.db.insert(TABLE, COLUMNS, again, ignore=True), 10)

	def test_update_gives_each_row_its_own_values(self) -> None:
		rows = [(f"n{number:05}", f"k{number}", "L", 1, "") for number in range(1200)]
		self.db.insert(TABLE, COLUMNS, rows)
		self.db.update(
			TABLE, ("name", "points", "detail"), [(row[0], index, None) for index, row in enumerate(rows)]
		)
		self.assertEqual([points for _, points, _ in self.rows()], list(range(1200)))

	def test_ids_are_all_there_even_where_the_database_cuts_them_short(self) -> None:
		entry = doctype("Nurture Score Entry", "e")
		query = Query.from_(entry).select(entry.name.as_("id"))
		self.assertEqual(self.db.ids(query), [])
		self.db.insert(
			TABLE, COLUMNS, [(f"n{number:05}", f"k{number}", "L", 1, "") for number in range(1200)]
		)
		expected = [f"n{number:05}" for number in range(1200)]
		self.assertEqual(sorted(self.db.ids(query)), expected)
		with patch("nurture_app.site.database.LONGEST_JOINED", "group_concat_max_len = 1000"):
			self.assertEqual(sorted(self.db.ids(query)), expected)

	def test_many_rows_far_apart_and_side_by_side_are_updated_alike(self) -> None:
		rows = [(f"n{number:05}", f"k{number}", "L", 1, "") for number in range(3000)]
		self.db.insert(TABLE, COLUMNS, rows)
		for chosen in (rows[::4], rows[100:2900]):
			changed = {row[0]: int(row[0][1:]) + len(chosen) for row in chosen}
			before = {name: points for name, points, _ in self.rows()}
			# in any order, and one that is not there
			self.db.update(TABLE, ("name", "points"), [*reversed(changed.items()), ("n00200-gone", 7)])
			self.assertEqual({name: points for name, points, _ in self.rows()}, before | changed)

	def test_columns_that_all_rows_share_arrive_like_others(self) -> None:
		columns = ("name", "entry_key", "party", "points", "half_life_days", "expires_on", "detail")
		rows = [("a", "ka", "L", 0, 0, None, "%s"), ("b", "kb", "L", 0, 7, None, None)]
		self.db.insert(TABLE, columns, rows)
		found = frappe.db.sql(
			f"SELECT name, entry_key, party, points, half_life_days, expires_on, detail FROM `{TABLE}` ORDER BY name"
		)
		self.assertEqual(list(found), rows)

	def test_many_parameters_arrive_as_few_do(self) -> None:
		odd = ["100%", "%s", "it's", 'a "b"', "back\\slash", "%(p0)s", "漢字", ""]
		self.db.insert(TABLE, COLUMNS, [(f"o{n}", f"k{n}", "L", n, text) for n, text in enumerate(odd)])
		entry = doctype("Nurture Score Entry", "e")
		query = Query.from_(entry).select(entry.detail).orderby(entry.name)
		for padding in (0, 100):
			wanted = params([*odd, *(f"pad{number}" for number in range(padding))])
			found = self.db.rows(query.where(entry.detail.isin(wanted) & (entry.party == P("L"))))
			self.assertEqual([text or "" for (text,) in found], odd, padding)

	def test_update_does_not_bring_back_a_deleted_row(self) -> None:
		self.db.update(TABLE, ("name", "points"), [("gone", 7)])
		self.assertEqual(self.rows(), [])

	def test_large_rows_are_split_into_statements_the_server_takes(self) -> None:
		columns = ("name", "subject", "content")
		rows = [(f"nurture-test-{number}", "big", "x" * 900_000) for number in range(20)]
		self.assertEqual(self.db.insert("tabCommunication", columns, rows), 20)

	def test_long_texts_arrive_as_they_are(self) -> None:
		every_sign = "".join(map(chr, range(0x180))) + "漢字🎉"
		for text in (every_sign * 3, "\\'" * 200, "%s %(name)s 100%" * 50):
			name = self.db.new_name()
			self.db.insert("tabCommunication", ("name", "subject", "content"), [(name, "100% %s", text)])
			self.assertEqual(
				frappe.db.get_value("Communication", name, ["subject", "content"]), ("100% %s", text)
			)

	def test_texts_that_share_most_of_their_lines_arrive_as_they_are(self) -> None:
		shared = [
			"A line that every mail of the batch has, with a 'quote' and a \\ in it.\r\n" * 3,
			"100% %s\n" * 20,
		]
		texts = {}
		for number in range(60):
			kind = number % 2
			own = f"Dear {number} 漢字🎉 it's @nurture_text_0 {chr(0)}\n"
			texts[self.db.new_name()] = (
				f"{shared[kind] * 5}{own * (number % 4)}{shared[1 - kind] * 3}{own}" * 2
			)
		texts[self.db.new_name()] = "quite another text " * 100
		self.db.insert("tabCommunication", ("name", "content"), list(texts.items()))
		stored = frappe.get_all("Communication", {"name": ["in", list(texts)]}, ["name", "content"])
		self.assertEqual({row.name: row.content for row in stored}, texts)

	def test_a_failed_transaction_is_undone_and_what_came_before_it_stays(self) -> None:
		self.db.insert(TABLE, COLUMNS, [("before", "a", "L", 1, "")])
		with self.assertRaises(ValueError), self.db.transaction():
			self.db.insert(TABLE, COLUMNS, [("inside", "b", "L", 1, "")])
			raise ValueError
		self.assertEqual([name for name, *_ in self.rows()], ["before"])

	def test_document_events_never_commit(self) -> None:
		with self.db.transaction():
			self.db.insert(TABLE, COLUMNS, [("inside", "b", "L", 1, "")])
		frappe.db.rollback()
		self.assertEqual(self.rows(), [])

	def test_a_job_commits_and_sees_what_others_committed(self) -> None:
		db = FrappeDatabase(commit=True)
		self.rows()  # takes a snapshot
		in_other_connection(
			lambda: FrappeDatabase(commit=False).insert(TABLE, COLUMNS, [("theirs", "x", "L", 1, "")])
		)
		with db.transaction():
			self.assertEqual([name for name, *_ in self.rows()], ["theirs"])
			db.insert(TABLE, COLUMNS, [("ours", "y", "L", 1, "")])
		frappe.db.rollback()
		self.assertEqual([name for name, *_ in self.rows()], ["ours", "theirs"])
		frappe.db.delete("Nurture Score Entry")
		frappe.db.commit()  # nosemgrep: a test site

	def test_a_deadlock_is_a_retryable_error(self) -> None:
		self.db.insert(TABLE, COLUMNS, [("a", "a", "L", 1, ""), ("b", "b", "L", 1, "")])
		frappe.db.commit()  # nosemgrep: both connections must see the rows
		reached, errors = threading.Barrier(2, timeout=20), []

		def cross(first: str, second: str) -> None:
			db = FrappeDatabase(commit=False)
			try:
				db.update(TABLE, ("name", "points"), [(first, 2)])
				reached.wait()
				db.update(TABLE, ("name", "points"), [(second, 2)])
			except frappe.QueryDeadlockError as error:
				errors.append(error)
				frappe.db.rollback()

		at_the_same_time(lambda: cross("a", "b"), lambda: cross("b", "a"))
		self.assertEqual(len(errors), 1)
		frappe.db.delete("Nurture Score Entry")
		frappe.db.commit()  # nosemgrep: a test site

	def test_execute_says_how_many_rows_it_touched(self) -> None:
		self.db.insert(TABLE, COLUMNS, [("a", "a", "L", 1, ""), ("b", "b", "L", 1, "")])
		table = Table(TABLE)
		query = Query.update(table).set(table.points, P(9)).where(table.party == P("L"))
		self.assertEqual(self.db.execute(query), 2)

	def test_new_names_are_short_unique_and_sorted_by_time(self) -> None:
		names = [self.db.new_name() for _ in range(2000)]
		self.assertEqual(len(set(names)), 2000)
		self.assertTrue(all(len(name) == 20 for name in names))
		self.assertEqual([name[:9] for name in names], sorted(name[:9] for name in names))

	def test_savepoint_passes_the_error_on(self) -> None:
		with self.assertRaises(KeyError), savepoint():
			raise KeyError("x")
