"""Where a lead lives in time, when nobody said so."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from zoneinfo import available_timezones

import pytest

from nurture_app.engine import time_zones
from nurture_app.engine.countries import country_code
from nurture_app.engine.time_zones import Origin, derive, fill_time_zones

PLACES = [
	# (country, state, phone numbers, zone, origin)
	("Germany", "", (), "Europe/Berlin", "Country"),
	("Germany", "Bayern", ("+1 212 555 1234",), "Europe/Berlin", "Country"),  # a foreign number says nothing
	("India", "Karnataka", (), "Asia/Kolkata", "Country"),
	("Argentina", "", (), "America/Argentina/Buenos_Aires", "Country"),  # many names, one time
	("United Kingdom", "", ("+447400123456",), "Europe/London", "Country"),
	("United States", "CA", (), "America/Los_Angeles", "State"),
	("United States", "california ", ("+1 212 555 1234",), "America/Los_Angeles", "State"),
	("US", "US-TX", (), "America/Chicago", "State"),
	("USA", "New York State", (), "America/New_York", "State"),
	("United States", "Arizona", (), "America/Phoenix", "State"),
	("United States", "Elsewhere", ("+1 206 555 0100",), "America/Los_Angeles", "Phone"),
	("United States", "", ("206-555-0100",), "America/Los_Angeles", "Phone"),  # as typed at home
	# 480 may be Phoenix or, for the library, Denver: the clock that is behind, so that no mail comes early
	("United States", "", ("+1 480 555 1234",), "America/Phoenix", "Phone"),
	("United States", "", ("+1 800 555 1234",), "America/New_York", "Assumed"),  # toll-free: anywhere
	("United States", "", ("+1 800 555 1234", "+1 312 555 0100"), "America/Chicago", "Phone"),
	("United States", "", (), "America/New_York", "Assumed"),
	("Canada", "Québec", (), "America/Toronto", "State"),
	("Canada", "SK", (), "America/Regina", "State"),
	("Australia", "Queensland", (), "Australia/Brisbane", "State"),
	("Australia", "", ("0412 345 678",), "Australia/Sydney", "Assumed"),  # mobile numbers are used everywhere
	("Brazil", "Sao Paulo", (), "America/Sao_Paulo", "State"),
	("Brazil", "Amazonas", (), "America/Manaus", "State"),
	("Mexico", "Baja California Sur", (), "America/Mazatlan", "State"),
	("Russian Federation", "Novosibirsk Oblast", (), "Asia/Novosibirsk", "State"),
	("Russian Federation", "Republic of Tatarstan", (), "Europe/Moscow", "State"),
	("Spain", "", ("+34 928 123456",), "Atlantic/Canary", "Phone"),
	("Portugal", "Açores", (), "Atlantic/Azores", "State"),
	("Korea, Republic of", "", (), "Asia/Seoul", "Country"),
	("", "", ("+49 30 123456",), "Europe/Berlin", "Country"),  # the number's country
	("", "California", ("+1 800 555 1234",), "America/Los_Angeles", "State"),
	("Atlantis", "", ("+49 30 123456",), "Europe/Berlin", "Country"),  # a country of the site's own making
	("", "California", (), "", "Unknown"),
	("", "", ("12345", "no phone", "+999 1"), "", "Unknown"),
	("", "", (), "", "Unknown"),
]


@pytest.mark.parametrize(("country", "state", "phones", "zone", "origin"), PLACES)
def test_a_zone_is_found_from_what_is_known(country, state, phones, zone, origin):
	assert derive(country, state, phones) == Origin(zone, origin)


def _zone_tab() -> dict[str, set[str]]:
	found: dict[str, set[str]] = {}
	for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text().splitlines():
		if not line.startswith("#"):
			country, _, zone, *_ = line.split("\t")
			found.setdefault(country, set()).add(zone)
	return found


def test_every_country_with_several_zones_has_a_main_one_of_its_own():
	of_countries = _zone_tab()
	uninhabited = {"AQ", "UM"}
	divided = {country for country, zones in of_countries.items() if len(zones) > 1} - uninhabited
	assert divided == set(time_zones._MAIN_ZONES)
	for country, zone in time_zones._MAIN_ZONES.items():
		assert zone in of_countries[country]


def test_states_are_in_zones_that_exist_and_no_name_is_given_twice():
	import json

	source = json.loads(files("nurture_app.engine").joinpath("state_zones.json").read_text(encoding="utf-8"))
	for country, zones in source.items():
		assert set(zones) <= available_timezones()
		written = [state for states in zones.values() for state in states]
		codes = [state.split(" ")[0] for state in written]
		names = [name for state in written for name in state.partition(" ")[2].split("/")]
		assert len(codes) == len(set(codes)) and len(names) == len(set(names)), country


@pytest.mark.parametrize(
	("name", "code"),
	[
		("Germany", "DE"),
		("de", "DE"),
		("Türkiye", "TR"),
		("Turkey", "TR"),
		("congo", "CG"),
		("Congo, The Democratic Republic of the", "CD"),
		("St. Lucia", "LC"),
		("Trinidad & Tobago", "TT"),
		("Deutschland", "DE"),
		("DEU", "DE"),
		("österreich", "AT"),
		("Suisse", "CH"),
		("Etats-Unis", "US"),
		("U.S.A.", "US"),
		("the U.S.A.", "US"),
		("The U.K.", "GB"),
		("the United States", "US"),
		("U.K.", "GB"),
		("Great Britain (UK)", "GB"),
		("Deutschland / Germany", "DE"),
		("Republic of Ireland", "IE"),
		("Holland", "NL"),
		("España", "ES"),
		("Россия", "RU"),
		("中国", "CN"),
		("", ""),
		("n/a", ""),
		("N. A.", ""),
		("Atlantis", ""),
		("Europe", ""),
		("419", ""),
	],
)
def test_countries_by_name(name, code):
	assert country_code(name) == code


def zones(world) -> dict[str, tuple[str, str]]:
	rows = world.all("Lead", "name", "nurture_time_zone", "nurture_time_zone_from")
	return {name: (zone or "", origin or "") for name, zone, origin in rows}


def test_leads_written_past_the_form_get_their_zone_at_night_and_typed_ones_stay(world):
	world.lead("typed", country="Germany", nurture_time_zone="Asia/Tokyo")
	world.lead("country", country="Germany")
	world.lead("state", country="United States", state="Texas")
	world.lead("nowhere")
	assert fill_time_zones(world.host) == 4
	expected = {
		"typed": ("Asia/Tokyo", "Given"),
		"country": ("Europe/Berlin", "Country"),
		"state": ("America/Chicago", "State"),
		"nowhere": ("", "Unknown"),
	}
	assert zones(world) == expected
	assert fill_time_zones(world.host) == 0 and zones(world) == expected


def test_a_derived_zone_follows_a_change_at_night_and_a_typed_one_does_not(world):
	world.lead("moved", country="Germany")
	world.lead("typed", country="Germany", nurture_time_zone="Asia/Tokyo")
	fill_time_zones(world.host)
	world.clock.move_to(world.clock.now() + timedelta(days=30))
	now = world.clock.now()
	with world.db.transaction():
		world.db.update(
			"tabLead",
			("name", "country", "modified"),
			[("moved", "Japan", now), ("typed", "France", now)],
		)
	fill_time_zones(world.host)
	assert zones(world) == {"moved": ("Asia/Tokyo", "Country"), "typed": ("Asia/Tokyo", "Given")}


def test_sends_use_the_derived_zone(world):
	world.sequence("Seq", [{"step_label": "A"}])
	world.lead("far", country="Japan")
	fill_time_zones(world.host)
	world.enroll("Seq", "far")
	world.tick()  # 10:00 in UTC is evening in Tokyo
	assert world.sent() == []
	world.run_until(world.clock.now() + timedelta(hours=14))
	assert [touch for (touch,) in world.all("Nurture Touch", "status")] == ["Queued"]


def test_of_several_zones_our_own_is_the_likeliest():
	assert derive("United States", "", (), "America/Los_Angeles") == Origin("America/Los_Angeles", "Assumed")
	assert derive("United States", "TX", (), "America/Los_Angeles") == Origin("America/Chicago", "State")
	assert derive("Canada", "", (), "America/Los_Angeles") == Origin("America/Toronto", "Assumed")
