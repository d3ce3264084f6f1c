"""Short ways to make what a test needs. Addresses end in `.example`, so that `SiteCase` clears them."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from typing import Any

import frappe
from frappe.utils import now_datetime
from werkzeug.test import Client, TestResponse

from nurture_app.site import active
from nurture_app.site.host import site_host
from nurture_app.site.testing.a_goal import A_GOAL


def make_lead(name: str, **values: Any) -> Any:
	"""A saved Lead with the address `<name>@site.example`. Its picture keeps ERPNext from asking the internet for one."""
	given = {"first_name": name.title(), "email_id": f"{name}@site.example", "image": "/files/none.png"}
	return frappe.get_doc({"doctype": "Lead", "status": "Lead", **given, **values}).insert(
		ignore_permissions=True
	)


def make_rule(title: str, activity_type: str, points: int, **values: Any) -> str:
	"""An enabled behaviour rule, made anew."""
	frappe.delete_doc("Lead Scoring Rule", title, force=True, ignore_missing=True)
	rule = {
		"rule_type": "Behaviour",
		"score_part": "Engagement",
		"decay": "None",
		"enabled": 1,
		"points": points,
	}
	doc = frappe.get_doc(
		{"doctype": "Lead Scoring Rule", "title": title, "activity_type": activity_type, **rule, **values}
	)
	doc.insert(ignore_permissions=True)
	return doc.name


def make_sequence(title: str, steps: list[dict[str, Any]] | None = None, **values: Any) -> str:
	"""An active sequence of two mails a day apart, or of `steps`; its contents are made along with it."""
	for table in ("Nurture Enrollment", "Nurture Touch", "Nurture Sequence Version"):
		frappe.db.delete(table, {"sequence": title})
	frappe.delete_doc("Nurture Sequence", title, force=True, ignore_missing=True)
	content = make_content(f"{title} text")
	default = [
		{
			"step_label": "First",
			"step_type": "Email",
			"content": content,
			"timing": "On Day",
			"day": 1,
			"at_time": "",
		},
		{
			"step_label": "Second",
			"step_type": "Email",
			"content": content,
			"delay": 1,
			"delay_unit": "Days",
			"at_time": "",
		},
	]
	doc = frappe.get_doc(
		{
			"doctype": "Nurture Sequence",
			"title": title,
			"trigger_type": "Manual",
			"promotional": 0,
			"use_default_window": 0,
			"window_start": "00:00:00",
			"window_end": "23:59:59",
			**{f"window_{day}": 1 for day in ("saturday", "sunday")},
			"steps": steps or default,
			**A_GOAL,
			**values,
		}
	).insert(ignore_permissions=True)
	from nurture_app.engine.lifecycle import activate

	activate(site_host(commit=False), doc.name)
	active.forget()
	return doc.name


def forget_experiments(sequence: str) -> None:
	"""Delete the experiments on a sequence, whatever their state."""
	names = frappe.get_all("Nurture Experiment", {"sequence": sequence}, pluck="name")
	frappe.db.delete("Nurture Experiment Variant", {"parent": ["in", names]})
	frappe.db.delete("Nurture Experiment", {"sequence": sequence})
	active.forget()


def make_content(title: str) -> str:
	if not frappe.db.exists("Nurture Content", title):
		frappe.get_doc(
			{
				"doctype": "Nurture Content",
				"title": title,
				"subject": "Hello {{ lead.first_name | default('there') }}",
				"body": "<p>Good to have you, {{ lead.first_name | default('there') }}.</p>",
			}
		).insert(ignore_permissions=True)
	return title


def make_touch(lead: Any, **values: Any) -> str:
	"""A mail that was sent to the lead; returns its token."""
	token = site_host(commit=False).links.new_token()
	frappe.get_doc(
		{
			"doctype": "Nurture Touch",
			"party": lead.name,
			"address": lead.email_id,
			"channel": "Email",
			"status": "Sent",
			"sent_on": now_datetime(),
			"queued_on": now_datetime(),
			"token": token,
			"touch_key": token,
			**values,
		}
	).insert(ignore_permissions=True)
	frappe.db.commit()  # nosemgrep: requests have their own connections
	return token


def make_mail_account(name: str, address: str, port: int = 0, **values: Any) -> str:
	"""An Email Account, made anew, that sends through the server on `port` of this machine."""
	frappe.delete_doc("Email Account", name, force=True, ignore_missing=True)
	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": name,
			"email_id": address,
			"enable_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"smtp_port": port or None,
			"no_smtp_authentication": 1,
			**values,
		}
	)
	account.flags.ignore_validate = account.flags.ignore_mandatory = True
	frappe.local.outgoing_email_account = {}  # which Frappe remembers for a request, and a test run is one
	return account.insert(ignore_permissions=True).name


def settle_settings(**values: Any) -> None:
	"""Nurture Settings under which mail may leave."""
	settings = frappe.get_doc("Nurture Settings")
	settings.update(
		{
			"email_account": None,
			"sender_name": "Robin Example",
			"company_name": "Example Company",
			"postal_address": "1 Sample Street",
			"hold_all_sending": 0,
			"cap_messages": 3,
			"window_start": "09:00:00",
			"window_end": "17:00:00",
			**values,
		}
	)
	settings.save(ignore_permissions=True)


def request(method: str, path: str, **kwargs: Any) -> TestResponse:
	"""A request to the whole web application, as a stranger sends it. Sees committed data only.

	In a thread of its own, because Frappe keeps the request, the user and the database connection per thread.
	"""
	from frappe.app import application

	headers = {"X-Frappe-Site-Name": frappe.local.site, **kwargs.pop("headers", {})}

	def run() -> TestResponse:
		return Client(application).open(path, method=method, headers=headers, **kwargs)

	# In developer mode Frappe prints the traceback of each refused request.
	with redirect_stdout(io.StringIO()):
		return in_thread(run)


def in_thread(work: Callable[[], Any]) -> Any:
	"""What `work` returns or raises when it runs in another thread."""
	return _in_threads(work)[0]


def in_other_connection(work: Callable[[], Any]) -> Any:
	"""Run `work` as another process of the same site would: its own connection, its own commit."""
	return at_the_same_time(work)[0]


def at_the_same_time(*works: Callable[[], Any]) -> list[Any]:
	"""What each of `works` returns, all running at once, each with its own connection and commit."""
	site, sites_path = frappe.local.site, frappe.local.sites_path

	def connected(work: Callable[[], Any]) -> Any:
		frappe.init(site=site, sites_path=sites_path)
		frappe.connect()
		try:
			result = work()
			frappe.db.commit()  # nosemgrep: stands for a request of its own
			return result
		finally:
			frappe.destroy()

	return _in_threads(*(partial(connected, work) for work in works))


def _in_threads(*works: Callable[[], Any]) -> list[Any]:
	results: list[Any] = [None] * len(works)
	errors: list[BaseException] = []

	def run(place: int, work: Callable[[], Any]) -> None:
		try:
			results[place] = work()
		except BaseException as error:
			errors.append(error)

	threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	if errors:
		raise errors[0]
	return results


def as_json(value: Any) -> str:
	return json.dumps(value)
