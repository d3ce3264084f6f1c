"""What Frappe 16 refuses and Frappe 15 lets pass: SQL in the fields of lists. Read through the pages and reports that count."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import frappe
from frappe.model.db_query import DatabaseQuery
from frappe.utils import add_days, today

from nurture_app.engine import lifecycle
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.trigger_log import note_by_hand
from nurture_app.nurture_app.report.nurture_signals.nurture_signals import execute
from nurture_app.site import content_plan, journey, sequence_reviews
from nurture_app.site.host import site_host
from nurture_app.site.launch import checklist, guide
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestVersion16(SiteCase):
	def setUp(self) -> None:
		settle_settings(system_review_days=30)
		self.sequence = make_sequence("Counted on Version 16")

	def tearDown(self) -> None:
		frappe.db.rollback()

	@contextmanager
	def as_on_16(self):
		"""Lists that take names and `{"COUNT": ...}`, as Frappe 16 has them."""
		execute, get_values = DatabaseQuery.execute, frappe.db.get_values

		def listed(query: Any, *args: Any, fields: Any = None, **more: Any) -> Any:
			given = {} if fields is None else {"fields": _as_on_15(fields)}
			return execute(query, *map(_as_on_15, args), **given, **more)

		def valued(
			doctype: str, filters: Any = None, fieldname: Any = "name", *args: Any, **more: Any
		) -> Any:
			_as_on_15([fieldname] if isinstance(fieldname, str) else fieldname)
			return get_values(doctype, filters, fieldname, *args, **more)

		with (
			patch.object(DatabaseQuery, "execute", listed),
			patch.object(frappe.db, "get_values", valued),
			patch.object(frappe, "__version__", "16.1.0"),
		):
			yield

	def test_pages_that_count(self) -> None:
		make_lead("counted16", nurture_journey_stage="Awareness")
		host = site_host(commit=False)
		with self.as_on_16():
			steps = content_plan.content_plan(host)
			journey.journey_map()
			checklist.checklist()
			guide.guide()
		self.assertRegex(steps[1]["found"], r"\([1-9]\d* leads\)")

	def test_when_the_system_is_due_for_a_review(self) -> None:
		frappe.db.set_value("Nurture Sequence", {"name": ["!=", self.sequence]}, "activated_on", None)
		first = add_days(today(), -90)
		frappe.db.set_value("Nurture Sequence", self.sequence, "activated_on", first)
		lifecycle.activate(site_host(commit=False), make_sequence("Activated Later"))
		with self.as_on_16():
			self.assertEqual(str(sequence_reviews.system_due_on()), add_days(first, 30))

	def test_the_report_of_signals(self) -> None:
		lead, host = make_lead("signalled16", nurture_email_consent="Given").name, site_host(commit=False)
		note_by_hand(host, self.sequence, enroll(host, self.sequence, [lead]), "Administrator")
		with self.as_on_16():
			_columns, rows = execute()
		(row,) = (row for row in rows if row.get("sequence") == self.sequence)
		self.assertEqual((row["started"], row["refused"]), (1, 0))


def _as_on_15(fields: Any) -> Any:
	"""What stands among the arguments of a list: fields, or filters, which are left as they are."""
	if not isinstance(fields, list | tuple) or any(isinstance(one, list | tuple) for one in fields):
		return fields
	return [
		f"count({one['COUNT']}) as {one['as']}" if isinstance(one, dict) else _plain(one) for one in fields
	]


def _plain(field: str) -> str:
	if "(" in field:
		raise frappe.ValidationError(f"SQL functions are not allowed as strings: {field}")
	return field
