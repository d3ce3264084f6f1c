"""One event as another system sends it, checked (CT-04, CT-13 to CT-19)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from nurture_app.engine.addresses import normalise
from nurture_app.engine.capture.submission import PERSON
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import ActivityType
from nurture_app.engine.visits.hits import is_visitor_id

MOST_IN_A_BATCH = 1000
OLDEST_YEARS = 10
CLOCK_SKEW = timedelta(minutes=5)
"""A sender's clock may be this much ahead; later moments are refused."""

LONGEST_ID = 140
LONGEST_PROPERTIES = 4000
"""Characters of the properties as JSON."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_KNOWN = frozenset(
	("id", "type", "occurred_on", "person", "detail", "channel", "campaign", "properties", "create")
)
_PERSON = frozenset(("email", "lead", "visitor", *PERSON))


@dataclass(frozen=True, slots=True)
class IncomingEvent:
	"""A checked event. `occurred_on` is naive, in the host's zone; the person is known by at least one of three."""

	event_id: str
	activity_type: str
	occurred_on: datetime
	address: str = ""
	lead: str = ""
	visitor: str = ""
	detail: str = ""
	channel: str = ""
	campaign: str = ""
	properties: str = ""
	create: bool = False
	"""Make a lead when there is none with the address."""
	traits: Mapping[str, str] = field(default_factory=dict)


def read_event(entry: Any, kinds: Mapping[str, ActivityType], now: datetime, zone: ZoneInfo) -> IncomingEvent:
	"""Check one entry of a batch. Raises `NurtureError` naming the field."""
	if not isinstance(entry, Mapping):
		raise NurtureError("event_malformed", field="event", expected="an object")
	for key in entry:
		if key not in _KNOWN:
			raise NurtureError(
				"event_malformed", field=str(key)[:40], expected=f"one of {', '.join(sorted(_KNOWN))}"
			)
	person = entry.get("person")
	if not isinstance(person, Mapping) or not set(person) <= _PERSON:
		raise NurtureError(
			"event_malformed", field="person", expected=f"an object with {', '.join(sorted(_PERSON))}"
		)
	who = {key: text_in(person, key, 140) for key in _PERSON}
	if who["email"] and not normalise(who["email"]):
		raise NurtureError("address_invalid", address=who["email"])
	if who["visitor"] and not is_visitor_id(who["visitor"]):
		raise NurtureError(
			"event_malformed", field="person.visitor", expected="an id made by the tracking script"
		)
	if not (who["email"] or who["lead"] or who["visitor"]):
		raise NurtureError("event_malformed", field="person", expected="email, lead or visitor")
	return IncomingEvent(
		event_id=event_id_in(entry),
		activity_type=known_type(text_in(entry, "type", 140), kinds),
		occurred_on=read_moment(entry.get("occurred_on"), now, zone),
		address=normalise(who["email"]),
		lead=who["lead"],
		visitor=who["visitor"],
		detail=text_in(entry, "detail", 255),
		channel=text_in(entry, "channel", 140),
		campaign=text_in(entry, "campaign", 140),
		properties=properties_in(entry.get("properties")),
		create=entry.get("create") is True,
		traits={
			key: value for key, value in who.items() if value and key not in ("email", "lead", "visitor")
		},
	)


def event_id_in(entry: Any) -> str:
	"""The sender's id of an event. Raises `event_malformed`."""
	value = entry.get("id")
	if isinstance(value, int) and not isinstance(value, bool):
		value = str(value)
	if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ID or _CONTROL.search(value):
		raise NurtureError("event_malformed", field="id", expected=f"a text of 1 to {LONGEST_ID} characters")
	return value.strip()


def known_type(name: str, kinds: Mapping[str, ActivityType]) -> str:
	"""`name` if it may be sent. Raises `event_type_unknown`, `event_type_system`."""
	kind = kinds.get(name)
	if kind is None:
		raise NurtureError("event_type_unknown", activity=name)
	if kind.is_system:
		raise NurtureError("event_type_system", activity=name)
	return name


def read_moment(value: Any, now: datetime, zone: ZoneInfo, *, zone_may_miss: bool = False) -> datetime:
	"""A moment as the host stores it, from ISO 8601 with a zone; with `zone_may_miss` also without one (UTC), or seconds
	or milliseconds since 1970. Raises `event_no_zone`, `event_in_future`, `event_too_old`.
	"""
	moment = _parsed(value, zone_may_miss)
	if moment is None:
		raise NurtureError("event_no_zone", value=str(value)[:60])
	try:
		local = moment.astimezone(zone).replace(tzinfo=None)
	except (OverflowError, ValueError):
		raise NurtureError("event_no_zone", value=str(value)[:60]) from None
	if local > now + CLOCK_SKEW:
		raise NurtureError("event_in_future", value=str(value)[:60])
	if local < now - timedelta(days=365 * OLDEST_YEARS):
		raise NurtureError("event_too_old", value=str(value)[:60], years=OLDEST_YEARS)
	return min(local, now)


def properties_in(value: Any) -> str:
	"""As JSON. Raises `event_malformed`."""
	if value in (None, "", {}):
		return ""
	if not isinstance(value, Mapping):
		raise NurtureError("event_malformed", field="properties", expected="an object")
	text = json.dumps(value, ensure_ascii=False, default=str)
	if len(text) > LONGEST_PROPERTIES:
		raise NurtureError(
			"event_malformed", field="properties", expected=f"at most {LONGEST_PROPERTIES} characters"
		)
	return text


def text_in(values: Mapping[str, Any], key: str, length: int) -> str:
	"""Without control characters; longer texts are refused rather than cut."""
	value = values.get(key)
	if value is None:
		return ""
	if not isinstance(value, str) or len(value) > length:
		raise NurtureError("event_malformed", field=key, expected=f"a text of at most {length} characters")
	return " ".join(_CONTROL.sub(" ", value).split())


def _parsed(value: Any, zone_may_miss: bool) -> datetime | None:
	if zone_may_miss and isinstance(value, int | float) and not isinstance(value, bool):
		if not math.isfinite(value) or abs(value) > 1e14:
			return None
		seconds = value / 1000 if abs(value) > 1e11 else value
		return datetime.fromtimestamp(seconds, timezone.utc)
	if not isinstance(value, str) or len(value) > 60:
		return None
	text = value.strip()
	if zone_may_miss and re.fullmatch(r"\d{9,13}", text):
		return _parsed(int(text), True)
	if text[-1:] in ("Z", "z"):  # Python 3.10 does not read it
		text = text[:-1] + "+00:00"
	# nor fractions of other lengths than three and six
	text = re.sub(r"\.(\d{1,9})", lambda found: "." + found[1][:6].ljust(6, "0"), text)
	try:
		moment = datetime.fromisoformat(text)
	except ValueError:
		return None
	if moment.tzinfo is None:
		return moment.replace(tzinfo=timezone.utc) if zone_may_miss else None
	return moment
