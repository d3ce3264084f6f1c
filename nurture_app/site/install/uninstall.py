"""Before and after the app leaves a site. DocTypes, pages and workspaces go with their module by Frappe's own hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import frappe

from nurture_app.site import home, mail_hits
from nurture_app.site.active import CACHE_KEY
from nurture_app.site.deliverability.mailbox import MEMORY as BOUNCE_MAILBOX
from nurture_app.site.host import site_host
from nurture_app.site.install.custom_fields import field_names, remove_custom_fields
from nurture_app.site.install.indexes import remove_indexes
from nurture_app.site.install.mentions import (
	remove_mentions_of_doctypes,
	remove_mentions_of_fields,
	remove_mentions_of_reports,
)
from nurture_app.site.install.one_field import MODULE
from nurture_app.site.install.presets import forget_presets
from nurture_app.site.install.roles import remove_roles
from nurture_app.site.install.web_forms import forget_web_forms
from nurture_app.site.website import inbox

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FIXTURE_DOCTYPES = ("Custom HTML Block",)
ABOUT_A_DOCTYPE = (
	("Assignment Rule", "document_type"),
	("Auto Repeat", "reference_doctype"),
	("Calendar View", "reference_doctype"),
	("Client Script", "dt"),
	("Custom DocPerm", "parent"),
	("Custom Field", "dt"),
	("Dashboard Chart", "document_type"),
	("Data Import", "reference_doctype"),
	("Document Naming Rule", "document_type"),
	("Kanban Board", "reference_doctype"),
	("List Filter", "reference_doctype"),
	("List View Settings", "name"),
	("Milestone Tracker", "document_type"),
	("Notification", "document_type"),
	("Number Card", "document_type"),
	("Print Format", "doc_type"),
	("Property Setter", "doc_type"),
	("Server Script", "reference_doctype"),
	("User Permission", "allow"),
	("Webhook", "webhook_doctype"),
	("Web Form", "doc_type"),
	("Workflow", "document_type"),
)
"""What people set up for a DocType of ours and which, without it, fails where Frappe looks at all of them."""
ABOUT_A_RECORD = (
	("Comment", "reference_doctype"),
	("Deleted Document", "deleted_doctype"),
	("DocShare", "share_doctype"),
	("Document Follow", "ref_doctype"),
	("Energy Point Log", "reference_doctype"),
	("Logs To Clear", "ref_doctype"),
	("Milestone", "reference_type"),
	("Notification Log", "document_type"),
	("Tag Link", "document_type"),
	("ToDo", "reference_type"),
	("Version", "ref_doctype"),
	("View Log", "reference_doctype"),
	("__UserSettings", "doctype"),
)
"""What Frappe keeps beside records: a task about one that is gone cannot even be closed."""


def before_uninstall() -> None:
	if _is_rehearsal():
		return
	_take_back_unsent_mails()
	remove_mentions_of_reports(frappe.get_all("Report", {"module": MODULE}, pluck="name", order_by=None))
	remove_mentions_of_doctypes(_own_doctypes())
	remove_mentions_of_fields(field_names())
	remove_custom_fields()
	remove_indexes()
	forget_presets()
	forget_web_forms()
	_remove_fixtures()
	_remove_traces()


def after_uninstall() -> None:
	"""Roles go last: until here DocTypes still name them."""
	if _is_rehearsal():
		return
	remove_roles()
	frappe.db.delete("Singles", {"doctype": "Nurture Settings"})
	frappe.cache.delete_value(CACHE_KEY)
	home.forget_last_done()
	for waiting in (mail_hits.HITS, inbox.HITS):
		frappe.cache.delete_keys(waiting.key)
	frappe.clear_cache()  # notifications by DocType, users' roles
	frappe.db.commit()  # nosemgrep: Frappe commits nothing after this hook


def _is_rehearsal() -> bool:
	"""Whether this is `uninstall-app --dry-run`: Frappe calls the hooks of an app then too, and does not tell them."""
	context = click.get_current_context(silent=True)
	return bool(context and context.params.get("dry_run"))


def _take_back_unsent_mails() -> None:
	"""Their unsubscribe links are about to stop working."""
	waiting = frappe.get_all(
		"Nurture Touch",
		filters={"status": "Queued", "email_queue": ["is", "set"]},
		pluck="email_queue",
		order_by=None,
	)
	if waiting:
		site_host(commit=False).channels["Email"].cancel(waiting)


def _remove_fixtures() -> None:
	"""Records of Frappe's own DocTypes that came with the app's fixtures; ours go with their DocTypes, roles later."""
	for path in FIXTURES.glob("*.json"):
		for record in json.loads(path.read_text(encoding="utf-8")):
			if record["doctype"] in FIXTURE_DOCTYPES:
				frappe.delete_doc(
					record["doctype"],
					record["name"],
					force=True,
					ignore_missing=True,
					ignore_permissions=True,
				)


def _remove_traces() -> None:
	"""Rows in Frappe's own tables that speak of our DocTypes and carry no module."""
	ours = ["in", _own_doctypes()]
	for doctype, field in ABOUT_A_DOCTYPE:
		for name in _names(doctype, {field: ours}):
			frappe.delete_doc(
				doctype,
				name,
				force=True,
				ignore_permissions=True,
				delete_permanently=True,
				for_reload=True,
			)
	for doctype, field in ABOUT_A_RECORD:
		if frappe.db.table_exists(doctype):
			frappe.db.delete(doctype, {field: ours})
	jobs = {"method": ["like", "nurture_app.%"]}
	frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": ["in", _names("Scheduled Job Type", jobs)]})
	frappe.db.delete("Scheduled Job Type", jobs)
	frappe.db.delete("Block Module", {"module": MODULE})
	frappe.db.delete("Patch Log", {"patch": ["like", "nurture_app.%"]})
	frappe.db.delete("DefaultValue", {"defkey": ["in", (BOUNCE_MAILBOX, home.MEMORY)]})


def _own_doctypes() -> list[str]:
	return frappe.get_all("DocType", {"module": MODULE}, pluck="name", order_by=None)


def _names(doctype: str, filters: dict[str, Any]) -> list[str]:
	"""Records of a DocType that not every version of Frappe has."""
	if not frappe.db.table_exists(doctype):
		return []
	return frappe.get_all(doctype, filters, pluck="name", order_by=None)
