"""Codes of the engine as sentences in the user's language. The engine holds the English patterns, `_` translates them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from nurture_app.engine import sentences
from nurture_app.engine.codes import NurtureError, Reason

OWN_ERRORS = {
	"links_too_long": "The site's address is too long for mail headers: {address} has {length} characters, at most {limit} work. Set a shorter host_name in site_config.json.",
}
OWN_REASONS = {
	"queue_row_gone": "The mail was deleted from the Email Queue before its fate was known.",
}
"""What only a site can say."""


def reason_sentence(code: str | None, detail: str | None = "") -> str:
	"""Why a step waits or an enrollment ended, and what to do; empty for no reason."""
	if not code:
		return ""
	text = _(OWN_REASONS[code]) if code in OWN_REASONS else sentences.reason_sentence(code, _)
	return f"{text} {detail}" if detail else text


def error_sentence(error: NurtureError) -> str:
	"""What is wrong and how to mend it, as plain text."""
	if error.code in OWN_ERRORS:
		return _(OWN_ERRORS[error.code]).format(**error.params)
	return sentences.error_sentence(error, _)


def advice_sentence(code: str, params: dict[str, Any]) -> str:
	return sentences.advice_sentence(code, params, _)


def all_reasons() -> dict[str, str]:
	"""Every reason code with its sentence."""
	return {str(code): reason_sentence(str(code)) for code in (*Reason, *OWN_REASONS)}


@contextmanager
def errors_as_messages(title: str | None = None) -> Iterator[None]:
	"""Turn the engine's `NurtureError` into Frappe's validation message."""
	try:
		yield
	except NurtureError as error:
		frappe.throw(escape_html(error_sentence(error)), frappe.ValidationError, title=title)
