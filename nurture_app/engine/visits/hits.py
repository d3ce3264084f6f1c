"""What a visitor's browser reports, read with care: page views, time on the page, events the page may report.

A browser is anybody. It tells how long ago something was, since its clock may be wrong; it cannot name a lead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.visits.came_by import UTM_PARTS, CameBy, came_by

MOST_IN_A_BATCH = 50
LONGEST_AGO = timedelta(days=1)
"""A page left open keeps its last report until it is looked at again; older ones are worth nothing."""

LONGEST_STAY = 4 * 3600
"""Seconds on one page."""

VIEW, TIME, EVENT, FORGET = "view", "time", "event", "forget"
_ID = re.compile(r"[A-Za-z0-9_-]{16,40}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Hit:
	"""One thing reported. `occurred_on` is naive, in the host's zone."""

	kind: str
	website: str
	visitor_id: str
	view_id: str = ""
	occurred_on: datetime = datetime.min
	path: str = ""
	title: str = ""
	referrer: str = ""
	utm: Mapping[str, str] = field(default_factory=dict)
	seconds: int = 0
	activity_type: str = ""
	consented: bool = False

	@property
	def came_by(self) -> CameBy:
		"""How the visit began, if it began with this page."""
		return came_by(self.utm, self.referrer, self.path)

	def as_text(self) -> str:
		return json.dumps({**asdict(self), "occurred_on": self.occurred_on.isoformat()})


def hit_from_text(text: str) -> Hit:
	"""What `Hit.as_text` wrote."""
	values = json.loads(text)
	return Hit(**{**values, "occurred_on": datetime.fromisoformat(values["occurred_on"])})


def is_visitor_id(text: Any) -> bool:
	"""Whether `text` has the form of an id made by the script."""
	return isinstance(text, str) and bool(_ID.fullmatch(text))


def read_hits(payload: Any, website: str, now: datetime, event_types: Collection[str]) -> list[Hit]:
	"""The hits in what a browser posted: `{"v": visitor, "c": 1, "e": [{"t": "view", "i": id, "p": path, ...}]}`.

	Raises `hit_malformed` naming what is wrong, `hit_type_not_allowed` for an event the website may not report.
	"""
	if not isinstance(payload, dict):
		raise NurtureError("hit_malformed", what="object")
	visitor, entries = payload.get("v"), payload.get("e")
	if not is_visitor_id(visitor):
		raise NurtureError("hit_malformed", what="v")
	if not isinstance(entries, list) or not 0 < len(entries) <= MOST_IN_A_BATCH:
		raise NurtureError("hit_malformed", what="e")
	consented = payload.get("c") in (1, True)
	return [_hit(entry, website, visitor, consented, now, event_types) for entry in entries]


def _hit(
	entry: Any, website: str, visitor: str, consented: bool, now: datetime, event_types: Collection[str]
) -> Hit:
	if not isinstance(entry, dict):
		raise NurtureError("hit_malformed", what="e")
	kind = entry.get("t")
	moment = now - timedelta(milliseconds=_number(entry, "a", LONGEST_AGO.total_seconds() * 1000))
	if kind == FORGET:
		return Hit(FORGET, website, visitor, occurred_on=moment)
	if not is_visitor_id(entry.get("i")):
		raise NurtureError("hit_malformed", what="i")
	common: dict[str, Any] = {
		"website": website,
		"visitor_id": visitor,
		"view_id": entry["i"],
		"occurred_on": moment,
		"consented": consented,
	}
	if kind == TIME:
		return Hit(TIME, seconds=int(_number(entry, "s", LONGEST_STAY)), **common)
	common["path"] = _path(entry.get("p"))
	if kind == EVENT:
		activity_type = _text(entry, "n", 140)
		if activity_type not in event_types:
			raise NurtureError("hit_type_not_allowed", activity=activity_type)
		return Hit(EVENT, title=_text(entry, "d", 255), activity_type=activity_type, **common)
	if kind != VIEW:
		raise NurtureError("hit_malformed", what="t")
	utm = entry.get("u") or {}
	if not isinstance(utm, dict):
		raise NurtureError("hit_malformed", what="u")
	marks = {part: _text(utm, part, 140) for part in UTM_PARTS if utm.get(part)}
	return Hit(VIEW, title=_text(entry, "n", 255), referrer=_referrer(entry), utm=marks, **common)


def _path(value: Any) -> str:
	"""Without what follows `?` or `#`, where addresses and tokens of people may stand."""
	if not isinstance(value, str) or not value.startswith("/"):
		raise NurtureError("hit_malformed", what="p")
	return without_markup(_CONTROL.sub("", value.split("?")[0].split("#")[0]))[:255]


def _referrer(entry: Mapping[str, Any]) -> str:
	text = _text(entry, "r", 2000)
	try:
		parts = urlsplit(text)
		host = parts.hostname or ""
	except ValueError:
		return ""
	return f"{parts.scheme}://{host}{parts.path}"[:255] if parts.scheme in ("http", "https") and host else ""


def _text(values: Mapping[str, Any], key: str, length: int) -> str:
	value = values.get(key, "")
	if not isinstance(value, str):
		raise NurtureError("hit_malformed", what=key)
	return without_markup(" ".join(_CONTROL.sub(" ", value).split()))[:length]


def _number(values: Mapping[str, Any], key: str, most: float) -> float:
	"""Between 0 and `most`."""
	value = values.get(key, 0)
	if isinstance(value, bool) or not isinstance(value, int | float):
		raise NurtureError("hit_malformed", what=key)
	return min(max(value, 0), most)
