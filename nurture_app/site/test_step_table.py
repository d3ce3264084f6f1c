"""The step table on a real site: the same rows as on the databases of the engine's tests, by the job that ticks there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe

from nurture_app.engine import approvals, optout
from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.enrollments import entering, pausing
from nurture_app.site import nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.testing.step_table import ANSWERS, CHANNELS, EXITS, RULES, STEPS, Event, Row, play

BEGIN = datetime(2026, 3, 2, 10, 0)
DAY = timedelta(days=1)
TITLES = ("Main", "Other", "Promotion")


class SitePlayer:
	"""Plays one row with a lead of its own."""

	def __init__(self, case: SiteCase, number: int):
		self.case, self.now = case, BEGIN
		with case.at(self.now):
			values = {"country": "Germany", "mobile_no": f"0151 {12345000 + number}"}
			lead = make_lead(f"table{number}", city="Bonn", nurture_email_consent="Given", **values)
			frappe.db.set_value("Lead", lead.name, "lead_owner", None)
			frappe.db.commit()  # nosemgrep: a test site
		self.lead = lead.name

	def sequence(self, title: str, steps: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
		with self.case.at(self.now):
			make_sequence(title, [_with_content(step) for step in steps], **values)
			frappe.db.commit()  # nosemgrep: a test site

	def happen(self, event: Event) -> None:
		kind, *arguments = event
		if kind == "wait":
			self._wait(*arguments)
			return
		with self.case.at(self.now):
			getattr(self, f"_{kind}")(*arguments)
			frappe.db.commit()  # nosemgrep: a test site
			nurture_jobs.run_tick()

	def touches(self) -> list[tuple[str, str]]:
		filters = {"party": self.lead, "sequence": "Main"}
		rows = frappe.get_all("Nurture Touch", filters, ["step", "status"], order_by="visit asc")
		return [(row.step, row.status) for row in rows]

	def state(self, sequence: str) -> tuple[str, str]:
		filters = {"party": self.lead, "sequence": sequence}
		row = frappe.db.get_value("Nurture Enrollment", filters, ["status", "reason"])
		return (row[0], row[1] or "") if row else ("", "")

	def lead_value(self, fieldname: str) -> Any:
		return frappe.db.get_value("Lead", self.lead, fieldname)

	def _wait(self, span: timedelta) -> None:
		end = self.now + span
		while self.now < end:
			self.now = min(self.now + DAY, end)
			with self.case.at(self.now):
				nurture_jobs.run_tick()

	def _put(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		if not frappe.db.exists(doctype, name):
			frappe.get_doc({"doctype": doctype, "name": name, "title": name, **values}).db_insert()

	def _settle(self, values: Mapping[str, Any]) -> None:
		"""Not by saving: that would ask name servers for addresses that exist in this table alone."""
		for fieldname, value in values.items():
			doctype = "SMS Settings" if fieldname == "sms_gateway_url" else "Nurture Settings"
			frappe.db.set_single_value(doctype, fieldname, value)

	def _agree(self, channel: str) -> None:
		host = site_host(commit=True)
		optout.set_consent(host, self.lead, "", "Given", "test", "tester", channel=channel)

	def _enroll(self, sequence: str) -> None:
		entering.enroll(site_host(commit=True), sequence, [self.lead])

	def _do(self, activity_type: str, detail: str) -> None:
		record(site_host(commit=True), [ActivityIn(self.lead, activity_type, self.now, detail=detail)])

	def _set(self, fieldname: str, value: Any) -> None:
		lead = frappe.get_doc("Lead", self.lead)
		lead.set(fieldname, value)
		lead.save()

	def _of(self, sequence: str) -> list[str]:
		return frappe.get_all("Nurture Enrollment", {"party": self.lead, "sequence": sequence}, pluck="name")

	def _pause(self, sequence: str) -> None:
		pausing.pause(site_host(commit=True), self._of(sequence))

	def _resume(self, sequence: str) -> None:
		pausing.resume(site_host(commit=True), self._of(sequence))

	def _release(self) -> None:
		approvals.release(site_host(commit=True), self._of("Main")[0], "Administrator")

	def _refuse(self) -> None:
		approvals.refuse(site_host(commit=True), self._of("Main")[0], "Administrator")


def _sending_account() -> str:
	return frappe.db.get_value("Email Account", {"enable_outgoing": 1})


def _with_content(step: Mapping[str, Any]) -> dict[str, Any]:
	own = {"content": make_content("Step Table Mail")} if step["step_type"] == "Email" else {}
	return {**own, **step}


class TestStepTable(SiteCase):
	played = 0

	def setUp(self) -> None:
		settle_settings(email_account=_sending_account(), sms_enabled=0, whatsapp_enabled=0, portal_enabled=0)
		frappe.db.commit()  # nosemgrep: a test site

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.db.set_single_value("SMS Settings", "sms_gateway_url", "")
		settle_settings(sms_enabled=0, whatsapp_enabled=0, portal_enabled=0)
		for title in TITLES:
			frappe.db.set_value("Nurture Sequence", title, "status", "Draft")
		frappe.db.commit()  # nosemgrep: a test site

	def play_all(self, rows: Sequence[Row]) -> None:
		for row in rows:
			TestStepTable.played += 1
			with self.subTest(row.name):
				play(SitePlayer(self, TestStepTable.played), row)

	def test_steps(self) -> None:
		self.play_all(STEPS)

	def test_channels(self) -> None:
		self.play_all(CHANNELS)

	def test_exits(self) -> None:
		self.play_all(EXITS)

	def test_rules(self) -> None:
		self.play_all(RULES)

	def test_answers(self) -> None:
		self.play_all(ANSWERS)
