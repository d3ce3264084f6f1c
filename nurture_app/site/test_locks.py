"""A tick and whoever else writes about the same people wait for each other, and never both for ever."""

from __future__ import annotations

import threading
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from nurture_app.engine import recording, runner
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.engine.enrollments.rows import load_live
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Task
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import at_the_same_time, make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Locks Test"
PATIENCE = 2
"""Seconds that one thread waits for the other; one that stands in line behind it cannot come."""
STEPS: dict[str, dict[str, Any]] = {
	"a task": {"step_type": "Task", "task_description": "Call"},
	"an approval": {"step_type": "Approval", "approve_by": "Administrator"},
}


class TestLocks(SiteCase):
	def setUp(self) -> None:
		settle_settings(email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}))

	def lead_before(self, step: dict[str, Any]) -> str:
		last = {"step_label": "Last", "step_type": "Task", "task_description": "Done"}
		make_sequence(SEQUENCE, [step, last])
		lead = make_lead(f"locks{frappe.generate_hash(length=8)}", nurture_email_consent="Given").name
		(outcome,) = enroll(site_host(commit=True), SEQUENCE, [lead])
		self.assertTrue(outcome.enrollment, outcome.reason)
		frappe.db.set_value("Nurture Enrollment", outcome.enrollment, "due_on", "2020-01-01")
		frappe.db.commit()  # nosemgrep: others have connections of their own
		return lead

	def test_a_step_that_writes_on_the_lead_locks_it_before_the_enrollment(self) -> None:
		for title, values in STEPS.items():
			step = {"step_label": "Step", "delay": 0, "delay_unit": "Minutes", "at_time": "", **values}
			with self.subTest(title):
				self._tick_while_somebody_records(self.lead_before(step))

	def _tick_while_somebody_records(self, lead: str) -> None:
		has_enrollment, done, apply = threading.Event(), threading.Event(), recording._apply

		def late(*args: Any) -> Any:
			if not has_enrollment.is_set():
				has_enrollment.set()
				done.wait(PATIENCE)
			return apply(*args)

		def tick() -> int:
			with patch.object(recording, "_apply", late):
				return runner.tick(site_host(commit=True), "locks").claimed

		def record() -> None:
			"""As everybody does who records an activity that may end a sequence."""
			self.assertTrue(has_enrollment.wait(20))
			host = site_host(commit=True)
			with host.db.transaction():
				lock_leads(host, [lead])
				load_live(host, "party", [lead])
			done.set()

		claimed, _ = at_the_same_time(tick, record)
		self.assertEqual(claimed, 1)

	def test_two_ticks_that_give_tasks_at_once_do_not_stop_each_other(self) -> None:
		leads = [make_lead(f"locks{frappe.generate_hash(length=8)}").name for _ in range(4)]
		frappe.db.delete("ToDo", {"reference_name": ["in", leads]})
		frappe.db.commit()  # nosemgrep: others have connections of their own
		both = threading.Barrier(2)

		def give(first: str, second: str) -> None:
			host = site_host(commit=True)
			with host.db.transaction():
				deliver = host.channels["Task"].deliver
				deliver([_task(first)])
				try:
					both.wait(PATIENCE)
				except threading.BrokenBarrierError:
					pass  # the other one stands in line
				deliver([_task(second)])

		at_the_same_time(lambda: give(leads[0], leads[2]), lambda: give(leads[1], leads[3]))
		given = frappe.get_all("ToDo", {"reference_name": ["in", leads]}, pluck="reference_name")
		self.assertEqual(sorted(given), sorted(leads))


def _task(lead: str) -> Task:
	return Task("", lead, "Call", assign_to="Administrator", due_on=now_datetime().date())
