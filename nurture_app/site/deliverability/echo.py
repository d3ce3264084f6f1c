"""The id of a mail in a header that the mail provider tells back, where it replaces the Message-ID."""

from __future__ import annotations

from collections.abc import Sequence

import frappe

from nurture_app.engine.bounces.providers import by_title
from nurture_app.engine.bounces.providers.base import Provider


def echoing_providers() -> list[Provider]:
	"""Those that are switched on. Headers of one do no harm at another."""
	titles = frappe.get_all(
		"Nurture Mail Provider", {"enabled": 1}, pluck="provider", distinct=True, order_by="provider asc"
	)
	return [by_title(title) for title in titles]


def echo_headers(providers: Sequence[Provider], message_id: str) -> str:
	"""Lines to put before the others of a mail; the id is ours, so there is nothing in it to fold or to inject."""
	headers = {name: value for one in providers for name, value in one.mail_headers(message_id).items()}
	return "".join(f"{name}: {value}\r\n" for name, value in headers.items())
