"""A test case on a real site whose clock moves when told. Everything it makes is committed, and cleared at the end."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import frappe

try:
	from frappe.tests import IntegrationTestCase
except ImportError:  # version 15
	from frappe.tests.utils import FrappeTestCase as IntegrationTestCase

from nurture_app.site import active

LOGS = (
	"Nurture Bounce",
	"Nurture Mail Provider",
	"Nurture Content Use",
	"Nurture Touch",
	"Nurture Enrollment",
	"Nurture Activity",
	"Nurture Link",
	"Nurture Mail Hit",
	"Nurture Score Entry",
	"Nurture Segment Member",
	"Nurture Trigger Log",
	"Nurture Consent",
	"Nurture Consent Entry",
	"Nurture Preference",
	"Nurture Preference Topic",
	"Nurture Public Link",
	"Nurture Topic",
	"Nurture Suppression",
	"Nurture Run Log",
	"Nurture Sequence Version",
	"Nurture Form Submission",
	"Nurture Incoming Event",
	"Nurture Audience Member",
	"Nurture Outgoing",
	"Nurture Refused Event",
	"Nurture Page View",
	"Nurture Visit",
	"Nurture Visitor",
)


class SiteCase(IntegrationTestCase):
	"""Clears the app's ledgers before and after, and switches off what a test switched on."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		clear_site()

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.set_user("Administrator")
		clear_site()
		super().tearDownClass()

	@contextmanager
	def at(self, moment: datetime):
		"""The site's wall clock stands at `moment` (naive, site time zone)."""
		with self.freeze_time(moment):
			yield


def clear_site() -> None:
	"""Remove leads of example domains with all that belongs to them, and the app's own ledgers; commit."""
	frappe.db.rollback()
	for name in LOGS:
		frappe.db.delete(name)
	leads = frappe.get_all("Lead", filters={"email_id": ["like", "%.example"]}, pluck="name", order_by=None)
	for lead in leads:
		for child, field in (
			("Communication", "reference_name"),
			("Email Queue", "reference_name"),
			("ToDo", "reference_name"),
		):
			frappe.db.delete(child, {field: lead})
		for opportunity in frappe.get_all(
			"Opportunity", {"opportunity_from": "Lead", "party_name": lead}, pluck="name"
		):
			frappe.delete_doc("Opportunity", opportunity, force=True, ignore_permissions=True)
		frappe.delete_doc("Lead", lead, force=True, ignore_permissions=True, delete_permanently=True)
	for name in frappe.get_all("Data Import", {"reference_doctype": "Lead"}, pluck="name"):
		frappe.delete_doc("Data Import", name, force=True, ignore_permissions=True, delete_permanently=True)
	frappe.db.delete("Email Unsubscribe", {"email": ["like", "%.example"]})
	for doctype, values in (
		("Lead Scoring Rule", {"enabled": 0}),
		("Nurture Segment", {"enabled": 0}),
		(
			"Nurture Sequence",
			{"status": "Draft", "current_version": None, "activated_on": None, "paused_on": None},
		),
	):
		for name in frappe.get_all(doctype, pluck="name", order_by=None):
			frappe.db.set_value(doctype, name, values, update_modified=False)
	active.forget()
	frappe.db.commit()  # nosemgrep: a test site


def dump(value: Any) -> str:
	"""For failure messages."""
	return json.dumps(value, indent=1, default=str)
