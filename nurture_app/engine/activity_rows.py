"""Activities as they are written: what is said of one, and its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import as_datetime

TEXTS = {"detail": 255, "campaign": 140, "channel": 140}
"""What people and other systems say of an activity, and how much of it is kept."""
COLUMNS = (
	"name",
	"activity_type",
	"occurred_on",
	"party_type",
	"party",
	"channel",
	"detail",
	"classification",
	"campaign",
	"sequence",
	"enrollment",
	"touch",
	"source_doctype",
	"source_name",
	"properties",
	"dedupe_key",
)


@dataclass(frozen=True, slots=True)
class ActivityIn:
	"""Something a lead did. `occurred_on` is naive, in the host's zone; `dedupe_key` makes a repetition harmless."""

	party: str
	activity_type: str
	occurred_on: datetime
	channel: str = ""
	detail: str = ""
	classification: str = "human"
	dedupe_key: str = ""
	touch: str = ""
	sequence: str = ""
	enrollment: str = ""
	campaign: str = ""
	source_doctype: str = ""
	source_name: str = ""
	properties: str = ""


def row_of(name: str, one: ActivityIn) -> tuple:
	"""In the order of `COLUMNS`; `name` is the id it gets."""
	return (
		name,
		one.activity_type,
		as_datetime(one.occurred_on),
		"Lead",
		one.party,
		one.channel,
		one.detail[: TEXTS["detail"]],
		one.classification,
		one.campaign,
		one.sequence,
		one.enrollment,
		one.touch,
		one.source_doctype,
		one.source_name,
		one.properties,
		one.dedupe_key or name,
	)


def insert_noted(host: Host, notes: Sequence[ActivityIn]) -> list[str]:
	"""Note what the app itself found out, within the caller's transaction: dated facts that earn nothing; returns their ids."""
	names = [host.db.new_name() for _ in notes]
	host.db.insert(
		"tabNurture Activity", COLUMNS, [row_of(name, note) for name, note in zip(names, notes, strict=True)]
	)
	return names
