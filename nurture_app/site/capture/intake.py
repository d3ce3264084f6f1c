"""From a filled-in form to a lead: one row of Nurture Form Submission, whether it came from a Web Form, a page or a chat.

A refused one is kept too, with the reason, so that somebody can still answer a person who mistyped their address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import frappe
from frappe.utils import cint

from nurture_app.engine.answers import ANSWERED, SURVEY, Asked
from nurture_app.engine.capture.forms import lines
from nurture_app.engine.capture.plain import one_line, paragraphs
from nurture_app.engine.capture.submission import Submission
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.visits.came_by import UTM_PARTS
from nurture_app.site.capture.assets import release
from nurture_app.site.capture.service import Captured, capture
from nurture_app.site.sentences import error_sentence

DOCTYPE = "Nurture Form Submission"
DOWNLOAD = "Content Download"
LEAST_SECONDS = 2
"""Nobody reads and fills in a form faster. 0 seconds: nobody counted."""

TRAPPED = "A machine filled in a field that people do not see."
ON_LEAD = ("first_name", "last_name", "company_name", "phone", "job_title", "country")
FURTHER = ("no_of_employees",)
ANSWERS = ("timeframe", "rating")
TEXTS = ("message", "wording", "topics", "page_url", "reason")


@dataclass(frozen=True, slots=True)
class Terms:
	"""What the owner of a form has settled; never the visitor's word."""

	form: str
	activity_type: str = "Form Submitted"
	source: str = ""
	interest: str = ""
	asset: str = ""
	wording: str = ""
	asked: Asked | None = None
	"""The message that asked, and so the lead; otherwise the address tells it."""


def clean(doc: Any) -> None:
	"""Before a row is stored: plain text in all of it."""
	for df in doc.meta.fields:
		value = doc.get(df.fieldname)
		if isinstance(value, str) and value and df.fieldtype in ("Data", "Small Text", "Text"):
			doc.set(df.fieldname, paragraphs(value) if df.fieldname in TEXTS else one_line(value))


def take(
	doc: Any,
	terms: Terms,
	fields: Mapping[str, str] | None = None,
	answers: Mapping[str, str] | None = None,
	named: Mapping[str, str] | None = None,
) -> Captured | None:
	"""Make a lead of a stored row; None for a machine, which is told nothing.

	`answers` are by the words of their questions, `named` by the names of these.
	Raises `NurtureError`; the row is then kept as refused once the transaction is rolled back.
	"""
	_remember(
		doc, form=terms.form, activity_type=terms.activity_type, wording=terms.wording if doc.consent else ""
	)
	if doc.nickname:
		_remember(doc, status="Refused", reason=TRAPPED)
		return None
	try:
		if 0 < cint(doc.seconds) < LEAST_SECONDS:
			raise NurtureError("capture_too_fast")
		submission = _submission(doc, terms, fields or {}, answers or {}, named or {})
		captured = capture(_for_lead(submission, terms.asked))
		url = release(terms.asset, doc.address, captured.lead) if terms.asset else ""
		if url and terms.activity_type != DOWNLOAD:
			_record_download(doc, terms)
	except NurtureError as error:
		frappe.db.after_rollback.add(partial(_keep_refused, doc.as_dict(), terms, error_sentence(error)))
		raise
	_remember(
		doc,
		status="Accepted",
		party_type="Lead",
		party=captured.lead,
		activity=captured.activity,
		asset=terms.asset,
	)
	doc.download_url = url  # in the answer only: whoever reads this row later is not the one it was made for
	return captured


def _record_download(doc: Any, terms: Terms) -> None:
	"""Beside the form or chat that led to it, what was taken counts by its own name (TR-01)."""
	capture(
		Submission(
			doc.address,
			form=terms.form,
			source=terms.source,
			activity_type=DOWNLOAD,
			detail=terms.asset,
			asset=terms.asset,
			source_doctype=DOCTYPE,
			source_name=doc.name,
		)
	)


def _for_lead(submission: Submission, asked: Asked | None) -> Submission:
	"""As the answer to a message, of which the first counts."""
	if asked is None:
		return submission
	return replace(
		submission,
		lead=asked.party,
		touch=asked.touch,
		sequence=asked.sequence,
		enrollment=asked.enrollment,
		event_id=survey_event(asked),
	)


def survey_event(asked: Asked) -> str:
	"""Tells the survey a message asked for from every other."""
	return f"{SURVEY}|{asked.touch}"


def _submission(
	doc: Any,
	terms: Terms,
	fields: Mapping[str, str],
	answers: Mapping[str, str],
	named: Mapping[str, str],
) -> Submission:
	by_name = {name: doc.get(name) for name in ANSWERS if doc.get(name)}
	answers = {**by_name, **answers}
	detail = "; ".join(f"{question}: {answer}" for question, answer in answers.items())
	return Submission(
		address=doc.address or "",
		**{name: doc.get(name) or "" for name in ON_LEAD},
		language=_language_asked_for(),
		time_zone=fields.get("time_zone", ""),
		fields={
			**{name: doc.get(name) for name in FURTHER if doc.get(name)},
			**{name: value for name, value in fields.items() if name not in ("time_zone", "language")},
		},
		form=terms.form,
		source=terms.source,
		interest=terms.interest or doc.interest or _topic(terms.asset),
		activity_type=terms.activity_type,
		detail=detail if terms.activity_type == ANSWERED else terms.asset or terms.form,
		consent=bool(cint(doc.consent)),
		wording=terms.wording,
		topics=lines(doc.topics),
		visitor=doc.visitor or "",
		utm={key: doc.get(f"utm_{key}") or "" for key in UTM_PARTS},
		page_url=doc.page_url or "",
		ip=doc.ip or "",
		asset=terms.asset,
		message=doc.message or "",
		answers=answers,
		named={**by_name, **named},
		source_doctype=DOCTYPE,
		source_name=doc.name,
	)


def _language_asked_for() -> str:
	"""By the visitor's browser; a colleague's own says nothing about the lead."""
	request = getattr(frappe.local, "request", None)
	if frappe.session.user != "Guest" or not request:
		return ""
	return (request.accept_languages.best or "").replace("*", "")[:10]


def _topic(asset: str) -> str:
	return (frappe.db.get_value("Nurture Asset", asset, "topic") or "") if asset else ""


def _remember(doc: Any, **values: Any) -> None:
	"""In the table only. The document itself goes back to the visitor, who need not know the lead's number."""
	frappe.db.set_value(DOCTYPE, doc.name, values, update_modified=False)


def _keep_refused(row: Mapping[str, Any], terms: Terms, reason: str) -> None:
	"""After the rollback, in a transaction of its own."""
	try:
		doc = frappe.get_doc({**row, "doctype": DOCTYPE, "name": None, "__islocal": 1})
		doc.update(
			{"status": "Refused", "reason": reason, "form": terms.form, "activity_type": terms.activity_type}
		)
		doc.flags.is_refused = True
		doc.insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: the request itself was rolled back
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title="nurture_app: refused submission was not kept")
		frappe.db.commit()  # nosemgrep: the request itself was rolled back


def as_json(value: Mapping[str, Any]) -> str:
	return json.dumps(dict(value), ensure_ascii=False) if value else ""
