"""Lead types on a site: what may be saved, who gets one, what the form says, and what it cannot undo."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine import activities
from nurture_app.engine.given_by_segments import TYPES, assign
from nurture_app.site.api import given_by_segments as actions
from nurture_app.site.api.lead_panel import get_panel
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import as_json, make_lead
from nurture_app.site.testing.site_case import SiteCase

BAKERS = [["job_title", "like", "%Baker%"]]
SEGMENT = "Type Test Bakers"
TYPE = "Type Test Baker"


def make_segment(title: str = SEGMENT, condition: Any = None, **values: Any) -> Any:
	values = {"title": title, "condition": as_json(condition or BAKERS), "enabled": 1, **values}
	return frappe.get_doc({"doctype": "Nurture Segment", **values}).insert()


def make_type(title: str = TYPE, **values: Any) -> Any:
	values = {"title": title, "segment": SEGMENT, "enabled": 1, "position": 1, **values}
	return frappe.get_doc({"doctype": "Nurture Lead Type", **values}).insert()


class TestNurtureLeadType(SiteCase):
	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def type_of(self, lead: Any) -> str | None:
		return frappe.db.get_value("Lead", lead.name, "nurture_type")

	def logged(self, lead: Any) -> list[tuple]:
		fields, filters = ["action", "detail", "done_by"], {"lead": lead.name}
		return [tuple(row) for row in frappe.get_all("Nurture Audit Entry", filters, fields, as_list=True)]

	def look(self, lead: Any) -> None:
		activities.leads_changed(site_host(commit=False), [lead.name])

	def baker(self) -> Any:
		make_segment()
		make_type(
			meaning="Bakes bread.",
			treatment="Call before noon.",
			looked_after_by="Sales",
			fewest_touches=3,
			most_touches=9,
		)
		lead = make_lead("type-test", job_title="Chief Baker")
		self.look(lead)
		return lead

	def test_a_lead_gets_the_type_of_its_segment_and_loses_it(self) -> None:
		lead = self.baker()
		self.assertEqual(self.type_of(lead), TYPE)
		lead.reload()
		self.assertTrue(lead.nurture_type_since)
		lead.job_title = "Painter"
		lead.save()
		self.look(lead)
		self.assertIsNone(self.type_of(lead))

	def test_the_panel_tells_what_it_means_and_how_many_touches_are_usual(self) -> None:
		panel = get_panel(self.baker().name)
		self.assertEqual(
			(panel["type"]["title"], panel["type"]["treatment"], panel["type"]["who"]),
			(TYPE, "Call before noon.", "Sales"),
		)
		self.assertEqual(panel["touch_counts"]["usual"], (3, 9))
		self.assertEqual(panel["touch_counts"]["of_type"], TYPE)

	def test_one_chosen_by_hand_stays_is_dated_and_logged(self) -> None:
		lead = self.baker()
		make_type("Type Test Friend", enabled=0)
		lead.reload()
		lead.update(
			{"nurture_type": "Type Test Friend", "nurture_type_by_hand": 1, "nurture_type_since": None}
		)
		lead.save()
		self.look(lead)
		self.assertEqual(self.type_of(lead), "Type Test Friend")
		self.assertTrue(lead.nurture_type_since)
		self.assertEqual(
			self.logged(lead), [("Lead Type Chosen by Hand", f"{TYPE} → Type Test Friend", "Administrator")]
		)
		lead.city = "Bath"
		lead.save()
		self.assertEqual(len(self.logged(lead)), 1)
		lead.nurture_type_by_hand = 0
		lead.save()
		self.look(lead)
		self.assertEqual(self.type_of(lead), TYPE)
		self.assertEqual(len(self.logged(lead)), 2)

	def test_a_form_opened_before_sets_neither_the_type_nor_its_date_back(self) -> None:
		make_segment()
		make_type()
		lead = make_lead("type-test", job_title="Chief Baker")
		stale = frappe.get_doc("Lead", lead.name)
		self.look(lead)
		stale.city = "Bath"
		stale.nurture_type, stale.nurture_type_since = None, None
		stale.save()
		stored = frappe.get_doc("Lead", lead.name)
		self.assertEqual(stored.nurture_type, TYPE)
		self.assertTrue(stored.nurture_type_since)

	def test_an_enabled_type_needs_an_enabled_segment(self) -> None:
		make_segment(enabled=0)
		self.assertRaisesRegex(frappe.ValidationError, "is not enabled", make_type)
		make_type(enabled=0)

	def test_its_segment_may_not_be_switched_off_or_deleted(self) -> None:
		segment = make_segment()
		make_type()
		segment.enabled = 0
		self.assertRaisesRegex(frappe.ValidationError, "Disable that first", segment.save)
		self.assertRaises(frappe.LinkExistsError, frappe.delete_doc, "Nurture Segment", SEGMENT)

	def test_a_segment_that_asks_for_the_type_is_none_for_a_type(self) -> None:
		make_segment()
		make_type()
		other = make_segment("Type Test Asks", ["nurture_type", "=", TYPE])
		self.assertRaisesRegex(
			frappe.ValidationError,
			"touch tiers go by segments",
			make_type,
			"Type Test Other",
			segment=other.name,
		)
		segment = frappe.get_doc("Nurture Segment", SEGMENT)
		segment.condition = as_json({"segment": other.name})
		self.assertRaisesRegex(frappe.ValidationError, "touch tiers go by segments", segment.save)

	def test_a_range_the_wrong_way_round_is_refused(self) -> None:
		make_segment()
		self.assertRaisesRegex(
			frappe.ValidationError, "Exchange From and To", make_type, fewest_touches=9, most_touches=3
		)

	def test_the_shipped_ones_are_off_and_go_on_together_with_their_segments(self) -> None:
		shipped = {"preset": ["like", "type-%"]}
		rows = frappe.get_all("Nurture Lead Type", shipped, ["name", "enabled", "segment"])
		self.assertEqual(len(rows), 8)
		self.assertFalse([row.name for row in rows if row.enabled])
		actions.enable("Nurture Lead Type", [row.name for row in rows])
		left = {"enabled": 0, "name": ["in", [row.segment for row in rows]]}
		self.assertFalse(frappe.get_all("Nurture Segment", left))
		self.assertEqual(frappe.db.count("Nurture Lead Type", {**shipped, "enabled": 1}), 8)
		lead = make_lead("type-test")
		assign(site_host(commit=False), TYPES, [lead.name])
		self.look(lead)
		self.assertEqual(self.type_of(lead), "Cold, Never Engaged")

	def test_only_managers_enable_types(self) -> None:
		make_segment()
		make_type(enabled=0)
		make_user("type-seller@site.example", "Sales User")
		frappe.set_user("type-seller@site.example")
		self.assertRaises(frappe.PermissionError, actions.enable, "Nurture Lead Type", [TYPE])
