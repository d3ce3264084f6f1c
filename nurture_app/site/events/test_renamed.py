"""A colleague marries, and the address that is their name in Frappe changes; a list of holidays gets another name."""

from __future__ import annotations

from datetime import date

import frappe

from nurture_app.engine import runner
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import from_json
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.people import load_holidays
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_sequence
from nurture_app.site.testing.site_case import SiteCase

OLD, NEW = "kim.smith@colleagues.example", "kim.jones@colleagues.example"


class TestRenamed(SiteCase):
	def setUp(self) -> None:
		for name in (OLD, NEW):
			frappe.delete_doc("User", name, force=True, ignore_missing=True)
		user = {"email": OLD, "first_name": "Kim", "send_welcome_email": 0, "roles": [{"role": "Sales User"}]}
		frappe.get_doc({"doctype": "User", **user}).insert()

	def test_tasks_and_approvals_of_people_on_their_way_go_to_the_new_name(self) -> None:
		steps = [
			{"step_label": "Ask", "step_type": "Approval", "approve_by": OLD, "delay": 0},
			{
				"step_label": "Call",
				"step_type": "Task",
				"task_description": "Call them",
				"task_assign_to": OLD,
				"delay": 0,
			},
		]
		sequence = make_sequence("Renamed Test", steps)
		lead = make_lead("renamed")
		host = site_host(commit=True)
		enroll(host, sequence, [lead.name])
		runner.tick(host, "w")
		waiting = frappe.db.get_value("Nurture Enrollment", {"party": lead.name}, "reason_detail")
		self.assertEqual(waiting, OLD)
		frappe.rename_doc("User", OLD, NEW, force=True)
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", {"party": lead.name}, "reason_detail"), NEW
		)
		text = frappe.db.get_value("Nurture Sequence Version", {"sequence": sequence}, "definition")
		ask, call = from_json(text).steps
		self.assertEqual((ask.approve_by, call.task_assign_to), (NEW, NEW))
		self.assertEqual(frappe.db.count("Nurture Sequence Version", {"sequence": sequence}), 1)

	def test_holidays_of_a_running_sequence_are_kept_when_their_list_gets_another_name(self) -> None:
		old, new = "Renamed Test Holidays", "Renamed Test Holidays of Bavaria"
		for name in (old, new):
			frappe.delete_doc("Holiday List", name, force=True, ignore_missing=True)
		days = {"from_date": "2031-01-01", "to_date": "2031-12-31"}
		holidays = [{"holiday_date": "2031-05-01", "description": "Labour Day"}]
		frappe.get_doc(
			{"doctype": "Holiday List", "holiday_list_name": old, **days, "holidays": holidays}
		).insert()
		sequence = make_sequence("Renamed Test", holiday_list=old)
		frappe.rename_doc("Holiday List", old, new)
		definition = from_json(
			frappe.db.get_value("Nurture Sequence Version", {"sequence": sequence}, "definition")
		)
		self.assertEqual(definition.holiday_list, new)
		host = site_host(commit=False)
		known = load_holidays(host, load_settings(host.db), [definition])
		self.assertEqual(known[definition.holiday_list], {date(2031, 5, 1)})
