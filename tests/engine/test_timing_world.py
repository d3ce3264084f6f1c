"""Nine in the morning is nine in the morning, wherever somebody lives and whatever their clocks do.

Everything here goes through the tick, on both databases. Clock changes of 2026: New York 8 March and 1 November at
02:00, Berlin 29 March at 02:00 and 25 October at 03:00, Sydney 5 April at 03:00 and 4 October at 02:00, Lord Howe on
the same days at 02:00 by half an hour. Phoenix, Kolkata and Kathmandu never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nurture_app.engine.timing import to_naive
from tests.diary import Diary
from tests.world import UTC, World

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONES = (
	"America/New_York",
	"Europe/Berlin",
	"Australia/Sydney",
	"America/Phoenix",
	"Asia/Kolkata",
	"Asia/Kathmandu",
	"Australia/Lord_Howe",
	"Africa/Cairo",  # whose changes happen at midnight
	"America/Santiago",  # too, on a Saturday evening
)
HOSTS = ("UTC", "America/New_York")
CHANGES = {
	"March": date(2026, 3, 8),
	"late March": date(2026, 3, 29),
	"April": date(2026, 4, 5),
	"end of April": date(2026, 4, 24),
	"early September": date(2026, 9, 6),
	"October": date(2026, 10, 4),
	"late October": date(2026, 10, 25),
	"November": date(2026, 11, 1),
}


def place(world: World, host: str, start: str) -> None:
	"""The site stands in `host`, where it is `start`."""
	world.clock.zone = ZoneInfo(host)
	world.clock._now = datetime.fromisoformat(start)  # before anything happened; a clock is never set back


def every_day(**more: Any) -> dict[str, Any]:
	"""A sequence's own window on all days."""
	return {"use_default_window": 0, **{f"window_{day}": 1 for day in WEEKDAYS}} | more


def hours(start: str, end: str, **more: Any) -> dict[str, Any]:
	return every_day(window_start=f"{start}:00", window_end=f"{end}:00", **more)


def mails(world: World, steps: list[dict[str, Any]], title: str = "Seq", **values: Any) -> None:
	world.settings(cap_messages=0)
	numbered = [{"step_label": str(number), "content": "Mail"} | step for number, step in enumerate(steps, 1)]
	if not world.all("Nurture Content", "name"):
		world.content("Mail")
	world.sequence(title, numbered, **values)


def starts(local: str, zones: Sequence[str] = ZONES) -> list[tuple[str, datetime]]:
	"""When it is `local` in each zone, in order."""
	moments = [(zone, datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))) for zone in zones]
	return sorted(moments, key=lambda one: one[1].astimezone(UTC))


def enroll(world: World, zone: str, sequence: str = "Seq") -> str:
	"""Somebody who lives in `zone`, from now on in `sequence`."""
	lead = world.lead(f"{zone} {sequence}".replace("/", "-").replace(" ", "-"), nurture_time_zone=zone)
	world.enroll(sequence, lead)
	return lead


def shown(diary: Diary, lead: str, zone: str) -> list[str]:
	moments = (moment.astimezone(ZoneInfo(zone)) for moment in diary.moments.get(lead, ()))
	return [f"{moment:%Y-%m-%d %H:%M}" for moment in moments]


DAILY = {
	"on the day": [{"timing": "On Day", "day": day} for day in range(1, 7)],
	"on the day at nine": [{"timing": "On Day", "day": day, "at_time": "09:00:00"} for day in range(1, 7)],
	"a day later": [{"timing": "On Day", "day": 1, "at_time": "09:00:00"}] + [{"delay": 1}] * 5,
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("change", CHANGES)
def test_daily_mails_leave_at_nine_on_every_day_around_a_change(world, change, host):
	first = CHANGES[change] - timedelta(days=2)
	place(world, host, f"{first - timedelta(days=2)} 00:00")
	diary = Diary(world)
	for title, steps in DAILY.items():
		mails(world, steps, title, **hours("09:00", "17:00"))
	everybody = []
	for zone, start in starts(f"{first} 06:00"):
		world.run_until(to_naive(start, world.clock.zone))
		everybody += [(zone, enroll(world, zone, title)) for title in DAILY]
	world.run_until(datetime.combine(first + timedelta(days=8), time()))
	expected = [f"{first + timedelta(days=number)} 09:00" for number in range(6)]
	assert {(zone, lead): shown(diary, lead, zone) for zone, lead in everybody} == {
		one: expected for one in everybody
	}


def test_weekly_mails_leave_at_nine_all_year(world):
	place(world, "UTC", "2026-01-03 00:00")
	mails(
		world,
		[{"timing": "On Day", "day": 1, "at_time": "09:00:00"}] + [{"delay": 1, "delay_unit": "Weeks"}] * 50,
	)
	diary = Diary(world)
	everybody = []
	for zone, start in starts("2026-01-05 06:00"):
		world.run_until(to_naive(start, world.clock.zone))
		everybody.append((zone, enroll(world, zone)))
	world.run_until(datetime(2026, 12, 31))
	expected = [f"{date(2026, 1, 5) + timedelta(weeks=number)} 09:00" for number in range(51)]
	assert {zone: shown(diary, lead, zone) for zone, lead in everybody} == dict.fromkeys(ZONES, expected)


# --- the host's own repeated hour ---------------------------------------------------------------------------------


def test_what_falls_due_in_the_hosts_repeated_hour_is_neither_early_nor_tried_again_and_again(world):
	"""Nine in Perth is the second 02:00 of that night in Berlin, and the site only writes down "02:00"."""
	place(world, "Europe/Berlin", "2026-10-24 00:00")
	mails(world, [{"timing": "On Day", "day": 1}], **hours("09:00", "17:00"))
	diary = Diary(world)
	world.clock.move_to(datetime(2026, 10, 24, 20))
	lead = enroll(world, "Australia/Perth")
	results = []
	for moment in ("20:30", "01:55", "02:00", "02:30", "03:00"):
		day = 24 if moment == "20:30" else 25
		world.clock.move_to(datetime.fromisoformat(f"2026-10-{day} {moment}"))
		results.append(world.tick().claimed)
	assert shown(diary, lead, "Australia/Perth") == ["2026-10-25 10:00"]
	assert results == [0, 0, 0, 0, 1]


def test_a_window_that_closes_before_the_second_hour_is_closed_in_it(world):
	"""The clock in Berlin shows 02:30 for the second time; in Perth it is half past nine."""
	place(world, "Europe/Berlin", "2026-10-24 20:00")
	mails(world, [on(1)], **hours("07:00", "09:00"))
	diary = Diary(world)
	lead = enroll(world, "Australia/Perth")
	world.clock.move_to(datetime(2026, 10, 25, 2, 30, fold=1))  # nobody ticked since the evening
	world.tick()
	assert world.sent() == []
	world.run_until(datetime(2026, 10, 26, 12))
	assert shown(diary, lead, "Australia/Perth") == ["2026-10-26 07:00"]


def test_a_wait_that_ends_in_the_second_hour_is_not_over_in_the_first(world):
	"""Three hours after 00:30 it is 02:30 in Berlin for the second time; the site can only write down "02:30"."""
	place(world, "Europe/Berlin", "2026-10-24 20:00")
	wait = {
		"step_type": "Wait Until",
		"wait_activity": "Page View",
		"timeout": 3,
		"timeout_unit": "Hours",
		"on_true": "Came",
		"on_false": "Late",
		"delay_unit": "Minutes",
	}
	steps = [
		{"step_label": "Wait", **wait},
		{"step_label": "Came", "go_to": "Stop"},
		{"step_label": "Late"},
		{"step_label": "Stop", "step_type": "End"},
	]
	world.sequence("Seq", steps, **hours("00:00", "23:59"))
	world.clock.move_to(datetime(2026, 10, 25, 0, 30))
	late, came = (enroll(world, zone) for zone in ("Europe/Berlin", "Europe/Paris"))
	world.tick()
	world.clock.move_to(datetime(2026, 10, 25, 2, 45))
	world.tick()
	assert world.sent() == [], "nobody's three hours are over"
	world.record(came, "Page View")
	world.tick()
	world.clock.move_to(datetime(2026, 10, 25, 3, 0))
	world.tick()
	ways = dict(world.all("Nurture Touch", "party", "reason_detail", step="Wait"))
	assert ways == {late: "false", came: "true"}


# --- single days and nights ---------------------------------------------------------------------------------------

NIGHT = hours("22:00", "06:00")
OFFICE = hours("09:00", "17:00", window_saturday=0, window_sunday=0)
ALWAYS = hours("00:00", "23:59")


def on(day: int, at_time: str = "") -> dict[str, Any]:
	return {"timing": "On Day", "day": day} | ({"at_time": f"{at_time}:00"} if at_time else {})


def after(delay: int, unit: str) -> dict[str, Any]:
	return {"delay": delay, "delay_unit": unit}


FRIDAYS = NIGHT | {f"window_{day}": int(day == "friday") for day in WEEKDAYS}

SCENES = {
	# name: (zone, window, enrolled there, steps, when each mail left by their clock)
	"a night when clocks go forward in Berlin": (
		"Europe/Berlin", NIGHT, "2026-03-28 12:00",
		[on(1, "22:00"), after(5, "Hours"), after(1, "Hours"), after(1, "Hours")],
		["03-28 22:00+0100", "03-29 04:00+0200", "03-29 05:00+0200", "03-29 22:00+0200"],
	),
	"a time that does not exist in Berlin": (
		"Europe/Berlin", NIGHT, "2026-03-28 12:00",
		[on(1, "22:00"), on(2, "02:30"), on(3, "02:30")],
		["03-28 22:00+0100", "03-29 03:30+0200", "03-30 02:30+0200"],
	),
	"a night when clocks go back in Berlin": (
		"Europe/Berlin", NIGHT, "2026-10-24 12:00",
		[on(1, "22:00"), after(5, "Hours"), after(30, "Minutes"), after(3, "Hours"), after(1, "Hours")],
		["10-24 22:00+0200", "10-25 02:00+0100", "10-25 02:30+0100", "10-25 05:30+0100", "10-25 22:00+0100"],
	),
	"a time that comes twice in Berlin": (
		"Europe/Berlin", NIGHT, "2026-10-24 12:00",
		[on(1, "22:00"), on(2, "02:30"), after(1, "Hours"), on(3, "02:30")],
		["10-24 22:00+0200", "10-25 02:30+0200", "10-25 02:30+0100", "10-26 02:30+0100"],
	),
	"a night when clocks go forward in New York": (
		"America/New_York", NIGHT, "2026-03-07 23:00",
		[on(1), after(3, "Hours"), after(2, "Hours"), after(59, "Minutes"), after(1, "Minutes")],
		["03-07 23:00-0500", "03-08 03:00-0400", "03-08 05:00-0400", "03-08 05:59-0400", "03-08 22:00-0400"],
	),
	"a night when clocks go back in New York": (
		"America/New_York", NIGHT, "2026-10-31 23:00",
		[on(1), after(2, "Hours"), after(1, "Hours"), after(299, "Minutes"), after(1, "Minutes")],
		["10-31 23:00-0400", "11-01 01:00-0400", "11-01 01:00-0500", "11-01 05:59-0500", "11-01 22:00-0500"],
	),
	"a night when clocks go forward in Sydney": (
		"Australia/Sydney", NIGHT, "2026-10-03 22:30",
		[on(1), after(210, "Minutes"), on(2, "02:15"), on(3, "02:15")],
		["10-03 22:30+1000", "10-04 03:00+1100", "10-04 03:15+1100", "10-05 02:15+1100"],
	),
	"a night when clocks go back in Sydney": (
		"Australia/Sydney", NIGHT, "2026-04-04 22:30",
		[on(1), after(4, "Hours"), after(1, "Hours"), after(3, "Hours"), after(1, "Hours")],
		["04-04 22:30+1100", "04-05 02:30+1100", "04-05 02:30+1000", "04-05 05:30+1000", "04-05 22:00+1000"],
	),
	"half an hour forward on Lord Howe": (
		"Australia/Lord_Howe", NIGHT, "2026-10-03 23:00",
		[on(1), after(3, "Hours"), on(2, "02:15")],
		["10-03 23:00+1030", "10-04 02:30+1100", "10-04 02:45+1100"],
	),
	"half an hour back on Lord Howe": (
		"Australia/Lord_Howe", NIGHT, "2026-04-04 23:00",
		[on(1), after(150, "Minutes"), after(30, "Minutes"), after(4, "Hours")],
		["04-04 23:00+1100", "04-05 01:30+1100", "04-05 01:30+1030", "04-05 05:30+1030"],
	),
	"a night in Kathmandu": (
		"Asia/Kathmandu", NIGHT, "2026-03-28 21:59",
		[on(1), after(8, "Hours"), after(1, "Minutes")],
		["03-28 22:00+0545", "03-29 05:59+0545", "03-29 22:00+0545"],
	),
	"a night in Phoenix": (
		"America/Phoenix", NIGHT, "2026-03-07 22:00",
		[on(1), after(4, "Hours"), on(2, "02:30"), after(1, "Days")],
		["03-07 22:00-0700", "03-08 02:00-0700", "03-08 02:30-0700", "03-09 02:30-0700"],
	),
	"a night belongs to the day on which it began": (
		"Europe/Berlin", FRIDAYS, "2026-03-28 03:00",  # a Saturday
		[on(1), after(4, "Hours")],
		["03-28 03:00+0100", "04-10 22:00+0200"],  # 3 April is Good Friday
	),
	"hours and minutes are elapsed time, forward": (
		"Europe/Berlin", ALWAYS, "2026-03-28 09:00",
		[on(1), after(24, "Hours"), after(1440, "Minutes")],
		["03-28 09:00+0100", "03-29 10:00+0200", "03-30 10:00+0200"],
	),
	"hours and minutes are elapsed time, back": (
		"America/New_York", ALWAYS, "2026-10-31 09:00",
		[on(1), after(1440, "Minutes"), after(24, "Hours")],
		["10-31 09:00-0400", "11-01 08:00-0500", "11-02 08:00-0500"],
	),
	"days, weeks and months are by the calendar": (
		"Europe/Berlin", ALWAYS, "2026-03-28 09:00",
		[on(1), after(1, "Days"), after(1, "Weeks"), after(7, "Months")],
		["03-28 09:00+0100", "03-29 09:00+0200", "04-05 09:00+0200", "11-05 09:00+0100"],
	),
	"a month after the 31st": (
		"Asia/Kolkata", ALWAYS, "2027-01-31 09:00",
		[on(1), after(1, "Months"), after(1, "Months")],  # a month after the step before, which left on the 28th
		["01-31 09:00+0530", "02-28 09:00+0530", "03-28 09:00+0530"],
	),
	"a month after the 31st in a leap year, then a year": (
		"Europe/Berlin", ALWAYS, "2028-01-31 09:00",
		[on(1), after(1, "Months"), after(12, "Months")],
		["01-31 09:00+0100", "02-29 09:00+0100", "2029-02-28 09:00+0100"],
	),
	"29 February is a day like others": (
		"Australia/Sydney", ALWAYS, "2028-02-27 12:00",
		[on(1), on(3, "09:00"), after(1, "Days"), after(36, "Months")],
		["02-27 12:00+1100", "02-29 09:00+1100", "03-01 09:00+1100", "2031-03-01 09:00+1100"],
	),
	"the year ends": (
		"America/New_York", ALWAYS, "2027-12-31 23:30",
		[on(1), after(1, "Hours"), after(1, "Months"), on(60, "09:00")],
		["12-31 23:30-0500", "2028-01-01 00:30-0500", "2028-02-01 00:30-0500", "2028-02-28 09:00-0500"],
	),
	"Easter": (
		"Europe/Berlin", OFFICE, "2026-04-02 18:00",  # Maundy Thursday; Friday and Monday are holidays
		[on(1), on(4), on(6, "10:00"), on(7, "08:00")],
		["04-07 09:00+0200", "04-07 09:00+0200", "04-07 10:00+0200", "04-08 09:00+0200"],
	),
	"Christmas and New Year": (
		"Europe/Berlin", OFFICE, "2026-12-24 18:00",
		[on(1), on(8), on(9), after(1, "Days")],
		["12-28 09:00+0100", "12-31 09:00+0100", "2027-01-04 09:00+0100", "2027-01-04 09:00+0100"],
	),
	"the night into a holiday is that of the day before": (
		"Europe/Berlin", NIGHT, "2026-05-01 01:00",
		[on(1), after(12, "Hours")],
		["05-01 01:00+0200", "05-02 22:00+0200"],
	),
}  # fmt: skip

HOLIDAYS = ("2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25", "2026-12-26", "2027-01-01")


@pytest.mark.parametrize("host", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("scene", SCENES)
def test_every_mail_leaves_when_their_clock_says(world, scene, host):
	zone, window, enrolled, steps, expected = SCENES[scene]
	start = to_naive(datetime.fromisoformat(enrolled).replace(tzinfo=ZoneInfo(zone)), ZoneInfo(host))
	place(world, host, str(start))
	for day in HOLIDAYS:
		world.put("Holiday", parent="Germany", holiday_date=day)
	mails(world, steps, **window, holiday_list="Germany")
	diary = Diary(world)
	lead = enroll(world, zone)
	world.tick()
	while world.all("Nurture Enrollment", "status") == [("Active",)]:
		world.clock.move_to(world.next_due())
		world.tick()
	moments = [moment.astimezone(ZoneInfo(zone)) for moment in diary.moments[lead]]
	year = enrolled[:4]
	assert [f"{moment:%Y-%m-%d %H:%M%z}".removeprefix(f"{year}-") for moment in moments] == expected


# --- holidays of their country ------------------------------------------------------------------------------------


def test_holidays_of_the_leads_country_go_before_the_sequences_and_ours(world):
	for country, holiday_list, days in (
		("Germany", "German", ["2026-03-03"]),
		("Japan", "Japanese", []),  # a list without a day says: no holidays
	):
		world.put(
			"Nurture Country Holidays", parent="Nurture Settings", country=country, holiday_list=holiday_list
		)
		for day in days:
			world.put("Holiday", parent=holiday_list, holiday_date=day)
	world.put("Holiday", parent="Ours", holiday_date="2026-03-04")
	world.settings(holiday_list="Ours", holidays_by_country=1)
	mails(world, [on(2), on(3)])
	diary = Diary(world)
	leads = {
		country: world.lead(country or "none", country=country)
		for country in ("Germany", "Deutschland", "Japan", "France", "")
	}
	world.enroll("Seq", *leads.values())
	world.run_until(datetime(2026, 3, 6))
	assert {country: [day[8:10] for day in shown(diary, lead, "UTC")] for country, lead in leads.items()} == {
		"Germany": ["04", "04"],
		"Deutschland": ["04", "04"],  # as an import wrote it
		"Japan": ["03", "04"],
		"France": ["03", "05"],
		"": ["03", "05"],
	}


def test_without_the_setting_one_list_is_for_everybody(world):
	world.put("Nurture Country Holidays", parent="Nurture Settings", country="Germany", holiday_list="German")
	world.put("Holiday", parent="German", holiday_date="2026-03-03")
	mails(world, [on(2)])
	diary, lead = Diary(world), world.lead(country="Germany")
	world.enroll("Seq", lead)
	world.run_until(datetime(2026, 3, 6))
	assert shown(diary, lead, "UTC") == ["2026-03-03 09:00"]
