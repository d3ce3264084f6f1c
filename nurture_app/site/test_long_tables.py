"""What people open stays quick when tables are long: it reads a page, not the table. Counted in rows, never in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import frappe
from frappe.permissions import add_user_permission, clear_user_permissions_for_doctype

from nurture_app.site import permissions
from nurture_app.site.host import site_host
from nurture_app.site.test_permissions import SALES, make_user
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.site_case import SiteCase

ROWS = 3000
FEW_ROWS = ROWS // 4
SHORT = {
	"Nurture Activity Type",
	"Nurture Data Record",
	"Nurture Event Source",
	"Nurture Journey Stage",
	"Nurture Launch Check",
	"Nurture Lead Type",
	"Nurture Page Category",
	"Nurture Persona",
	"Nurture Sales Cycle",
	"Nurture Social Post",
	"Nurture Topic",
	"Nurture Touch Tier",
}
"""Written by people, a few dozen rows: their lists have an order of their own."""


def rows_read(work: Callable[[], Any]) -> int:
	"""How many rows or entries of an index the database looks at for `work`."""

	def total() -> int:
		return sum(int(count) for _name, count in frappe.db.sql("SHOW SESSION STATUS LIKE 'Handler_read%'"))

	before = total()
	work()
	return total() - before


class TestLongTables(SiteCase):
	"""Every tenth activity is of a lead of the user's. Committed and analyzed: the database plans by what it has counted."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		if frappe.db.db_type != "mariadb":
			return
		make_user(SALES, "Sales User", "Nurture User")
		cls.mine = make_lead("longmine", lead_owner=SALES).name
		cls.theirs = make_lead("longtheirs", lead_owner="Administrator").name
		start = datetime(2036, 1, 1)
		columns = ("name", "modified", "party", "activity_type", "occurred_on", "dedupe_key")
		rows = []
		for number in range(ROWS):
			key, moment = f"long-{number:05}", start + timedelta(minutes=number)
			party = cls.theirs if number % 10 else cls.mine
			rows.append((key, moment, party, "Page View", moment, key))
		site_host(commit=False).db.insert("tabNurture Activity", columns, rows)
		frappe.db.commit()  # nosemgrep: a test site
		frappe.db.sql("ANALYZE TABLE `tabNurture Activity`")

	@classmethod
	def tearDownClass(cls) -> None:
		if frappe.db.db_type == "mariadb":
			frappe.db.sql("DELETE FROM `tabNurture Activity` WHERE name LIKE 'long-%'")
			for lead in (cls.mine, cls.theirs):
				frappe.delete_doc("Lead", lead, force=True)
			frappe.db.commit()  # nosemgrep: a test site
		super().tearDownClass()

	def setUp(self) -> None:
		if frappe.db.db_type != "mariadb":
			self.skipTest("asks MariaDB how many rows it read")
		add_user_permission("User", SALES, SALES, applicable_for="Lead", ignore_permissions=True)
		frappe.clear_cache(user=SALES)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		clear_user_permissions_for_doctype("User", SALES)
		frappe.db.rollback()

	def page(self) -> list[str]:
		"""The first page of the list, in its default order."""
		meta = frappe.get_meta("Nurture Activity")
		order = f"`tabNurture Activity`.`{meta.sort_field}` {meta.sort_order}"
		return frappe.get_list("Nurture Activity", pluck="party", order_by=order, limit_page_length=20)

	def test_the_default_order_of_each_list_is_that_of_an_index(self) -> None:
		"""Otherwise the whole table is read and sorted for a page of twenty."""
		for doctype in frappe.get_all(
			"DocType", {"module": "Nurture App", "istable": 0, "issingle": 0}, pluck="name"
		):
			if doctype in SHORT:
				continue
			with self.subTest(doctype):
				field = frappe.get_meta(doctype).sort_field
				first = frappe.db.sql(
					f"SHOW INDEX FROM `tab{doctype}` WHERE Seq_in_index = 1 AND Column_name = %s", field
				)
				self.assertTrue(first, f"sorted by {field}, which no index begins with")

	def test_a_page_of_a_list_reads_a_page(self) -> None:
		self.assertLess(rows_read(self.page), FEW_ROWS)

	def test_a_page_of_somebody_who_sees_many_leads_reads_little_more(self) -> None:
		frappe.set_user(SALES)
		with patch.object(permissions, "FEW_LEADS", 0):
			self.assertEqual(self.page(), [self.mine] * 20)
			self.assertLess(rows_read(self.page), FEW_ROWS)

	def test_a_page_of_somebody_who_sees_few_leads_reads_their_rows(self) -> None:
		frappe.set_user(SALES)
		self.assertEqual(self.page(), [self.mine] * 20)
		self.assertLess(rows_read(self.page), FEW_ROWS)

	def test_who_sees_no_lead_sees_no_rows(self) -> None:
		frappe.db.set_value("Lead", self.mine, "lead_owner", "Administrator")
		frappe.set_user(SALES)
		self.assertEqual(self.page(), [])
