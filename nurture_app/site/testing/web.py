"""Requests to the whole web application, each in a thread of its own as on a server, as a guest."""

from __future__ import annotations

from threading import Thread
from typing import Any
from unittest.mock import patch

import frappe
from frappe.app import application
from werkzeug.test import Client, TestResponse


def request(method: str, path: str, **kwargs: Any) -> TestResponse:
	"""The answer to a request of somebody who is not logged in. What it wrote is committed or rolled back as always."""
	site = frappe.local.site
	answers: list[TestResponse] = []

	def ask() -> None:
		# Which site is meant is told by the host name on a server, and by this patch here.
		with patch("frappe.app.get_site_name", return_value=site):
			answers.append(Client(application).open(path, method=method, base_url=f"http://{site}", **kwargs))

	thread = Thread(target=ask)
	thread.start()
	thread.join()
	frappe.db.rollback()  # end our snapshot: see what the request wrote
	if not answers:
		raise AssertionError(f"{method} {path} raised outside of the application")
	return answers[0]
