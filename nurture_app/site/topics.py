"""Topics on a site: those that are named already, and what there is to hand out next on each of them (PZ-05, PZ-14)."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import getdate, nowdate

from nurture_app.engine.interests import FIRST, LAST

NAMED_IN = (
	("Nurture Asset", "topic"),
	("Nurture Form", "interest"),
	("Nurture Page Category", "topic"),
	("Nurture Topic", "name"),
)
NEXT_STEPS = ("Checklist", "Scorecard", "Teardown")
"""Formats that tell a reader what to do next."""
INTERESTS = (LAST, FIRST)


def known_topics() -> list[str]:
	"""Each once, whatever its capitals: the databases take those for one."""
	found: dict[str, str] = {}
	for doctype, field in NAMED_IN:
		table = DocType(doctype)
		for (topic,) in frappe.qb.from_(table).select(table[field]).distinct().run():
			if topic and topic.strip():
				found.setdefault(topic.strip().lower(), topic.strip())
	return sorted(found.values(), key=str.lower)


def variants_by_topic(formats: list[str], interest: str) -> list[dict[str, Any]]:
	"""Rows of a block, one for each topic: its newest asset of one of `formats` that may be used today.

	`interest` is the field of Lead that decides: the last interest or the first.
	"""
	assets = frappe.get_all(
		"Nurture Asset",
		filters={
			"enabled": 1,
			"format": ["in", formats],
			"topic": ["is", "set"],
			"version_of": ["is", "not set"],
		},
		fields=["name", "topic", "is_offer", "valid_until", "published_on", "creation"],
	)
	today = getdate(nowdate())
	newest: dict[str, Any] = {}
	for one in sorted(assets, key=lambda row: (str(row.published_on or ""), row.creation, row.name)):
		if not (one.is_offer and one.valid_until and one.valid_until < today):
			newest[one.topic.strip().lower()] = one
	return [
		{
			"label": one.topic.strip(),
			"asset": one.name,
			"text": _("<p>Your next step: {0}</p>").format('<a href="{{ asset.url }}">{{ asset.title }}</a>'),
			"condition": json.dumps([[interest, "=", one.topic.strip()]], ensure_ascii=False),
		}
		for _topic, one in sorted(newest.items())
	]
