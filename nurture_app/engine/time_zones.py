"""The time zone of a lead that nobody typed one for: from the state, the phone number or the country (PZ-09).

Country by country the zones are those of the tz database (`zone.tab`, shipped by the `tzdata` library); those of phone
numbers come from the `phonenumbers` library. Only the states and provinces of countries with several zones are a table
of our own, `state_zones.json`: codes and names of ISO 3166-2, each with the zone that most of its people live in, after
the tz database's own descriptions of its zones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from pypika import Table

from nurture_app.engine.config import load_settings
from nurture_app.engine.countries import country_code, plain_name
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params
from nurture_app.engine.timing import zone_or_none

GIVEN, STATE, PHONE, COUNTRY, ASSUMED, UNKNOWN = ("Given", "State", "Phone", "Country", "Assumed", "Unknown")
ORIGINS = (GIVEN, STATE, PHONE, COUNTRY, ASSUMED, UNKNOWN)
"""Values of `nurture_time_zone_from`. Assumed: the country has several zones, this is where most of its people live."""

ZONE, ORIGIN = "nurture_time_zone", "nurture_time_zone_from"
PHONES = ("phone", "mobile_no", "whatsapp_no")
SOURCES = ("country", "state", *PHONES)
"""Columns of Lead that tell where somebody is."""

_RECENT = timedelta(days=2)

_MAIN_ZONES = {
	"AR": "America/Argentina/Buenos_Aires",
	"AU": "Australia/Sydney",
	"BR": "America/Sao_Paulo",
	"CA": "America/Toronto",
	"CD": "Africa/Kinshasa",
	"CL": "America/Santiago",
	"CN": "Asia/Shanghai",
	"CY": "Asia/Nicosia",
	"DE": "Europe/Berlin",
	"EC": "America/Guayaquil",
	"ES": "Europe/Madrid",
	"FM": "Pacific/Chuuk",
	"GL": "America/Nuuk",
	"ID": "Asia/Jakarta",
	"KI": "Pacific/Tarawa",
	"KZ": "Asia/Almaty",
	"MH": "Pacific/Majuro",
	"MN": "Asia/Ulaanbaatar",
	"MX": "America/Mexico_City",
	"MY": "Asia/Kuala_Lumpur",
	"NZ": "Pacific/Auckland",
	"PF": "Pacific/Tahiti",
	"PG": "Pacific/Port_Moresby",
	"PS": "Asia/Gaza",
	"PT": "Europe/Lisbon",
	"RU": "Europe/Moscow",
	"UA": "Europe/Kyiv",
	"US": "America/New_York",
	"UZ": "Asia/Tashkent",
}
"""Where most people of a country live that the tz database divides."""

# What stands around a state's name and is not part of it.
_BEFORE = re.compile(r"^(?:republic|state|province|estado|provincia|region) (?:of|de) ")
_AFTER = re.compile(
	r"(?: (?:oblast|krai|kray|autonomous|okrug|republic|respublika|state|province|region|territory))+$"
)


@dataclass(frozen=True, slots=True)
class Origin:
	"""A time zone and where it is known from."""

	zone: str
	"""IANA name, or empty."""
	origin: str
	"""One of `ORIGINS`."""


@lru_cache(maxsize=16384)
def derive(country: str, state: str, phones: tuple[str, ...], home: str = "") -> Origin:
	"""The zone of somebody in `state` of `country` (as people write them) with these phone numbers.

	The state says it best, then a phone number of that country (a number of another one says nothing about where
	somebody sits), then the country. Without a country, that of the number counts. Where a country has several zones and
	nothing says which, `home`, the zone of the settings or the site, is the likeliest if it is one of them.
	"""
	code = country_code(country)
	numbers = [number for number in (_Number.read(phone, code) for phone in phones) if number]
	if not code and numbers:
		code = numbers[0].region
	zone, is_sure = zone_of_country(code)
	if is_sure:
		return Origin(zone, COUNTRY)
	if theirs := zone_of_state(code, state):
		return Origin(theirs, STATE)
	for number in numbers:
		if number.region == code and number.zone:
			return Origin(number.zone, PHONE)
	if home in _zones_of_countries().get(code, ()):
		zone = home
	return Origin(zone, ASSUMED if zone else UNKNOWN)


def derive_for(lead: Any, home: str = "") -> Origin:
	"""`derive` for a row or document of Lead (anything with `get`)."""
	phones = (str(lead.get(field) or "").strip() for field in PHONES)
	country, state = (str(lead.get(field) or "").strip() for field in ("country", "state"))
	return derive(country, state, tuple(filter(None, phones)), home)


def zone_of_country(code: str) -> tuple[str, bool]:
	"""The zone most people of a country live in, and whether all of them do."""
	zones = _zones_of_countries().get(code, ())
	if not zones:
		return "", False
	zone = _MAIN_ZONES.get(code, zones[0])
	return zone, all(_behaves(one) == _behaves(zone) for one in zones)


def zone_of_state(code: str, state: str) -> str:
	"""The zone of a state or province, by its code or name; empty where unknown or where the country needs none."""
	states = _states().get(code)
	name = plain_name(state)
	if not states or not name:
		return ""
	name = name.removeprefix(f"{code.lower()} ")
	return states.get(name) or states.get(_bare(name)) or ""


def fill_time_zones(host: Host, *, everybody: bool = False) -> int:
	"""Give leads that were written past the form their time zone; returns how many changed.

	Looks at leads without an origin, and again at derived ones that changed in the last two days (`everybody`: at all
	of them). A typed zone is never touched, only marked as given.
	"""
	table = Table("tabLead")
	typed = Query.update(table).set(table.nurture_time_zone_from, P(GIVEN))
	typed = typed.where(_is_empty(table.nurture_time_zone_from) & _is_empty(table.nurture_time_zone).negate())
	with host.db.transaction():
		changed = host.db.execute(typed)
	last = ""
	while rows := _to_derive(host, last, everybody):
		last = rows[-1][0]
		with host.db.transaction():
			changed += _store(host, rows)
	return changed


def is_derived(lead: Any) -> bool:
	"""Whether the zone of a lead (anything with `get`) is one of ours, which any better knowledge may replace."""
	return (lead.get(ORIGIN) or GIVEN) != GIVEN


def _is_empty(column: Any) -> Any:
	return column.isnull() | (column == P(""))


def _to_derive(host: Host, after: str, everybody: bool) -> Sequence[tuple]:
	"""The next thousand by name (the primary key)."""
	lead = doctype("Lead", "lead")
	columns = ("name", ZONE, ORIGIN, *SOURCES)
	query = Query.from_(lead).select(*(getattr(lead, column) for column in columns))
	stale = lead.nurture_time_zone_from != P(GIVEN)
	if not everybody:
		stale &= lead.modified > P(host.clock.now() - _RECENT)
	fresh = _is_empty(lead.nurture_time_zone_from)
	return host.db.rows(query.where((fresh | stale) & (lead.name > P(after))).orderby(lead.name).limit(1000))


def _store(host: Host, rows: Iterable[tuple]) -> int:
	"""One UPDATE for each zone and origin met."""
	home = load_settings(host.db).default_time_zone or host.clock.zone.key
	found: dict[Origin, list[str]] = {}
	for name, zone, origin, *values in rows:
		derived = derive_for(dict(zip(SOURCES, values, strict=True)), home)
		if (zone or "", origin) != (derived.zone, derived.origin):
			found.setdefault(derived, []).append(name)
	table = Table("tabLead")
	for derived, names in found.items():
		query = Query.update(table).set(table.nurture_time_zone, P(derived.zone))
		query = query.set(table.nurture_time_zone_from, P(derived.origin))
		for some in chunks(names):
			# Somebody may have typed one meanwhile.
			still = _is_empty(table.nurture_time_zone_from) | (table.nurture_time_zone_from != P(GIVEN))
			host.db.execute(query.where(table.name.isin(params(some)) & still))
	return sum(map(len, found.values()))


@dataclass(frozen=True, slots=True)
class _Number:
	"""A valid phone number."""

	region: str
	"""ISO code of its country; empty for international services."""
	zone: str
	"""Empty when the number may be in zones whose clocks differ by more than an hour."""

	@classmethod
	def read(cls, phone: str, region: str) -> _Number | None:
		"""`phone` as typed; without a country code it is one of `region`."""
		import phonenumbers
		from phonenumbers.timezone import time_zones_for_number

		try:
			number = phonenumbers.parse(phone, region or None)
		except phonenumbers.NumberParseException:
			return None
		if not phonenumbers.is_valid_number(number):
			return None
		zones = [name for name in time_zones_for_number(number) if zone_or_none(name)]
		return cls(phonenumbers.region_code_for_number(number) or "", _common_zone(zones))


def _common_zone(zones: Sequence[str]) -> str:
	"""One zone for all: where they differ by an hour at most, the one whose clock is behind, so that nobody is early."""
	if not zones:
		return ""
	behind = min(zones, key=_behaves)
	spans = (
		abs(one - other)
		for zone in zones
		for one, other in zip(_behaves(zone), _behaves(behind), strict=True)
	)
	return behind if max(spans) <= timedelta(hours=1) else ""


@lru_cache(maxsize=1024)
def _behaves(zone: str) -> tuple[timedelta, timedelta]:
	"""The offsets of a zone in January and July: zones with the same ones are one to us."""
	info = ZoneInfo(zone)
	winter, summer = (datetime(2026, month, 15, 12, tzinfo=info).utcoffset() for month in (1, 7))
	return winter or timedelta(), summer or timedelta()


def _bare(name: str) -> str:
	return _AFTER.sub("", _BEFORE.sub("", name))


@lru_cache
def _states() -> dict[str, dict[str, str]]:
	"""By country and plain name or code of the state."""
	source = json.loads(files("nurture_app.engine").joinpath("state_zones.json").read_text(encoding="utf-8"))
	found: dict[str, dict[str, str]] = {}
	for country, zones in source.items():
		names = found.setdefault(country, {})
		for zone, states in zones.items():
			for state in states:
				code, _, written = state.partition(" ")
				for name in (code, *written.split("/")):
					names[plain_name(name)] = zone
					names.setdefault(_bare(plain_name(name)), zone)
	return found


@lru_cache
def _zones_of_countries() -> dict[str, tuple[str, ...]]:
	table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
	found: dict[str, list[str]] = {}
	for line in table.splitlines():
		if line and not line.startswith("#"):
			country, _, zone, *_ = line.split("\t")
			found.setdefault(country, []).append(zone)
	return {country: tuple(zones) for country, zones in found.items()}
