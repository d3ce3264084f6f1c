"""What a submission changes on a lead: empty fields are filled, what is there stays (CT-30)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nurture_app.engine.capture.plain import one_line, paragraphs
from nurture_app.engine.capture.submission import LONGEST_ANSWER, LONGEST_LINE, LONGEST_TEXT, Checked
from nurture_app.engine.time_zones import ZONE, is_derived
from nurture_app.engine.visits.came_by import UTM_PARTS

FIRST_FORM = "nurture_first_form"
FIRST_SOURCE = "nurture_first_source"
FIRST_INTEREST = "nurture_first_interest"
FIRST_CONTACT = "nurture_first_contact_on"
LANDING_PAGE = "nurture_landing_page"
UTM_FIELDS = {key: f"nurture_utm_{key}" for key in UTM_PARTS}
FIRST_TOUCH = (*UTM_FIELDS.values(), LANDING_PAGE)
"""Belong together: they tell of one visit."""

WRITTEN_ONCE = (FIRST_SOURCE, FIRST_FORM, FIRST_INTEREST, FIRST_CONTACT, *FIRST_TOUCH)
LONGEST_URL = 500


@dataclass(frozen=True, slots=True)
class Merged:
	"""`filled` goes to the Lead; `aside` is what it has said differently, and stays with the activity."""

	filled: Mapping[str, Any]
	aside: Mapping[str, str]


def merge(checked: Checked, stored: Mapping[str, Any], moment: datetime) -> Merged:
	"""`stored` are the lead's values, none for a new one; `moment` is when the person did it."""
	filled: dict[str, Any] = {}
	aside: dict[str, str] = {}
	for name, value in checked.values.items():
		if is_empty(stored.get(name)) or (name == ZONE and is_derived(stored)):
			filled[name] = value
		elif str(stored[name]).strip().lower() != value.lower():
			aside[name] = value
	for name, value in first_facts(checked, stored, moment).items():
		if is_empty(stored.get(name)) and value:
			filled[name] = value
	return Merged(filled, aside)


def first_facts(checked: Checked, stored: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
	"""Source, form, interest and contact that came first, as far as this submission can tell."""
	submission = checked.submission
	facts: dict[str, Any] = {
		FIRST_SOURCE: stored.get("source") or checked.source,
		FIRST_FORM: one_line(submission.form)[:LONGEST_LINE],
		FIRST_INTEREST: one_line(submission.interest)[:LONGEST_LINE],
		# Somebody made the lead by hand before this form was filled in.
		FIRST_CONTACT: min(moment, stored["creation"]) if stored.get("creation") else moment,
	}
	if all(is_empty(stored.get(name)) for name in FIRST_TOUCH):
		facts |= {UTM_FIELDS[key]: value for key, value in checked.utm.items()}
		facts[LANDING_PAGE] = page_of(submission.page_url)
	return facts


def is_empty(value: Any) -> bool:
	"""A number that is zero was never filled in."""
	return value in (None, "", 0) or not str(value).strip()


def page_of(url: str) -> str:
	"""A page's address, or empty for anything but the web."""
	text = one_line(url)[:LONGEST_URL]
	return text if text.lower().startswith(("http://", "https://", "/")) else ""


def properties(checked: Checked, merged: Merged) -> str:
	"""What the activity keeps of a submission beside its own columns, as JSON; empty for nothing."""
	submission = checked.submission
	kept: dict[str, Any] = {
		"form": one_line(submission.form)[:LONGEST_LINE],
		"source": checked.source,
		"interest": one_line(submission.interest)[:LONGEST_LINE],
		"asset": one_line(submission.asset)[:LONGEST_LINE],
		"page": page_of(submission.page_url),
		"utm": dict(checked.utm),
		"topics": [one_line(topic)[:LONGEST_LINE] for topic in submission.topics],
		"said": dict(merged.aside),
		"message": paragraphs(submission.message)[:LONGEST_TEXT],
		"answers": {
			one_line(question)[:LONGEST_LINE]: one_line(answer)[:LONGEST_ANSWER]
			for question, answer in submission.answers.items()
		},
	}
	return json.dumps({key: value for key, value in kept.items() if value}, ensure_ascii=False, default=str)
