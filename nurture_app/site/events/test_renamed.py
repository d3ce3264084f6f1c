"""A colleague marries, and the address that is their name in Frappe changes."""

from __future__ import annotations

import frappe

from nurture_app.engine import runner
from nurture_app.engine.definition import from_json
from nurture_app.engine.enrollments.entering import enroll
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
