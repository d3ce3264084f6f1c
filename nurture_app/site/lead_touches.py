"""On the lead's form: what it will get and when, and how often it was in touch (CD-08, CD-16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from nurture_app.engine.forecast import upcoming
from nurture_app.engine.ports import Host
from nurture_app.engine.timing import to_aware
from nurture_app.engine.touch_counts import ALL, FIRST_MEETING, RULE_OF_SEVEN, touch_counts, usual_range


def coming(host: Host, lead: str, zone: ZoneInfo) -> list[dict[str, Any]]:
	"""Messages and tasks of the next 90 days if nothing happens, with their moments on the lead's clock."""
	return [
		{
			"on": to_aware(one.due_on, host.clock.zone).astimezone(zone).replace(tzinfo=None),
			"sequence": one.sequence,
			"step": one.step,
			"kind": one.kind,
			"depends": one.depends,
		}
		for one in upcoming(host, lead)
	]


def counts(host: Host, lead: str, stage: str, kind: Mapping[str, Any] | None = None) -> dict[str, Any]:
	"""Touches by channel, and the ranges that are usual: of its type (`lead_types.described`), or else of its stage."""
	found = touch_counts(host, lead)
	if kind and kind["usual"]:
		usual, of_type = kind["usual"], kind["title"]
	else:
		usual, of_type = usual_range(stage), ""
	return {
		"total": found.total,
		"by_channel": found.by_channel,
		"usual": usual,
		"of_type": of_type,
		"is_warm": bool(stage),
		"first_meeting": FIRST_MEETING,
		"rule": RULE_OF_SEVEN,
		"all": ALL,
	}
