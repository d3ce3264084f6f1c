"""When mail may leave: windows, delays and sequence days across clock changes, month ends and holidays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.timing import (
	HORIZON_DAYS,
	SendWindow,
	add_delay,
	check_window,
	day_of_sequence,
	next_opening,
	to_aware,
	to_naive,
	zone_or_none,
)

NEW_YORK = ZoneInfo("America/New_York")  # forward 8 March 2026 02:00, back 1 November 2026 02:00
BERLIN = ZoneInfo("Europe/Berlin")  # forward 29 March 2026 02:00, back 25 October 2026 03:00
SYDNEY = ZoneInfo("Australia/Sydney")  # back 5 April 2026 03:00, forward 4 October 2026 02:00
CAIRO = ZoneInfo("Africa/Cairo")  # forward 24 April 2026 00:00: the day begins at 01:00
HAVANA = ZoneInfo("America/Havana")  # back 1 November 2026 01:00: midnight occurs twice
SANTIAGO = ZoneInfo("America/Santiago")  # back 5 April 2026 00:00: Saturday 23:00 occurs twice
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # by half an hour
APIA = ZoneInfo("Pacific/Apia")  # has no 30 December 2011
KOLKATA = ZoneInfo("Asia/Kolkata")
PHOENIX = ZoneInfo("America/Phoenix")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
UTC = timezone.utc
ZONES = [NEW_YORK, BERLIN, SYDNEY, CAIRO, HAVANA, SANTIAGO, LORD_HOWE, APIA, KOLKATA, PHOENIX, KATHMANDU]

DAILY = frozenset(range(7))
WORKDAYS = frozenset(range(5))
OFFICE = SendWindow(time(9), time(17), WORKDAYS)
NIGHT = SendWindow(time(22), time(6), WORKDAYS)


def window(start: str, end: str, days: frozenset[int] = DAILY) -> SendWindow:
	return SendWindow(time.fromisoformat(start), time.fromisoformat(end), days)


def at(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
	return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def iso(moment: datetime | None) -> str | None:
	return moment and moment.isoformat(timespec="minutes")


@pytest.mark.parametrize(
	("moment", "expected"),
	[
		("2026-01-05 12:00", "2026-01-05T12:00+01:00"),  # Monday, open
		("2026-01-05 09:00", "2026-01-05T09:00+01:00"),  # the opening itself
		("2026-01-05 08:59", "2026-01-05T09:00+01:00"),
		("2026-01-05 16:59", "2026-01-05T16:59+01:00"),
		("2026-01-05 17:00", "2026-01-06T09:00+01:00"),  # the end is outside
		("2026-01-09 17:00", "2026-01-12T09:00+01:00"),  # Friday evening
		("2026-01-10 12:00", "2026-01-12T09:00+01:00"),  # Saturday
		("2024-02-29 18:00", "2024-03-01T09:00+01:00"),
		("2024-02-28 18:00", "2024-02-29T09:00+01:00"),
		("2026-12-31 18:00", "2027-01-01T09:00+01:00"),
	],
)
def test_office_hours(moment, expected):
	assert iso(next_opening(at(moment, BERLIN), OFFICE, BERLIN)) == expected


@pytest.mark.parametrize(
	("moment", "expected"),
	[
		("2026-01-05 22:00", "2026-01-05T22:00+01:00"),
		("2026-01-06 05:59", "2026-01-06T05:59+01:00"),  # opened on Monday
		("2026-01-06 06:00", "2026-01-06T22:00+01:00"),
		("2026-01-10 03:00", "2026-01-10T03:00+01:00"),  # Saturday morning belongs to Friday's window
		("2026-01-10 06:00", "2026-01-12T22:00+01:00"),  # Saturday and Sunday do not open
		("2026-01-12 03:00", "2026-01-12T22:00+01:00"),  # Monday morning would belong to Sunday
	],
)
def test_window_over_midnight_belongs_to_the_day_it_opened(moment, expected):
	assert iso(next_opening(at(moment, BERLIN), NIGHT, BERLIN)) == expected


def test_holidays_are_passed_over():
	holidays = {date(2026, 12, 25), date(2026, 12, 28)}
	assert (
		iso(next_opening(at("2026-12-24 18:00", BERLIN), OFFICE, BERLIN, holidays))
		== "2026-12-29T09:00+01:00"
	)
	assert (
		iso(next_opening(at("2026-12-25 12:00", BERLIN), OFFICE, BERLIN, holidays))
		== "2026-12-29T09:00+01:00"
	)


def test_holiday_closes_the_night_that_opens_on_it_and_not_the_morning_before():
	holidays = {date(2026, 1, 6)}
	assert (
		iso(next_opening(at("2026-01-06 03:00", BERLIN), NIGHT, BERLIN, holidays)) == "2026-01-06T03:00+01:00"
	)
	assert (
		iso(next_opening(at("2026-01-06 23:00", BERLIN), NIGHT, BERLIN, holidays)) == "2026-01-07T22:00+01:00"
	)
	assert (
		iso(next_opening(at("2026-01-07 03:00", BERLIN), NIGHT, BERLIN, holidays)) == "2026-01-07T22:00+01:00"
	)


def test_window_that_does_not_open_within_the_horizon_is_none():
	class Always:
		def __contains__(self, day: date) -> bool:
			return True

	assert next_opening(at("2026-01-05 12:00", BERLIN), OFFICE, BERLIN, Always()) is None
	days = {date(2026, 1, 5) + timedelta(days=n) for n in range(-3, HORIZON_DAYS)}
	last = next_opening(at("2026-01-05 12:00", BERLIN), window("09:00", "17:00"), BERLIN, days)
	assert last is not None and last.date() == date(2026, 1, 5) + timedelta(days=HORIZON_DAYS)


@pytest.mark.parametrize(
	("zone", "moment", "hours", "expected"),
	[
		# Clocks forward: an opening in the gap is the first instant after it.
		(NEW_YORK, "2026-03-08 00:30", ("02:30", "04:00"), "2026-03-08T03:00-04:00"),
		(BERLIN, "2026-03-29 00:30", ("02:30", "04:00"), "2026-03-29T03:00+02:00"),
		(SYDNEY, "2026-10-04 00:30", ("02:30", "04:00"), "2026-10-04T03:00+11:00"),
		(LORD_HOWE, "2026-10-04 00:30", ("02:15", "04:00"), "2026-10-04T02:30+11:00"),
		(CAIRO, "2026-04-23 12:00", ("00:00", "06:00"), "2026-04-24T01:00+03:00"),
		# A window that lies in the gap does not open that day.
		(NEW_YORK, "2026-03-08 00:30", ("02:10", "02:50"), "2026-03-09T02:10-04:00"),
		(BERLIN, "2026-03-29 00:30", ("02:00", "03:00"), "2026-03-30T02:00+02:00"),
		(APIA, "2011-12-29 18:00", ("09:00", "17:00"), "2011-12-31T09:00+14:00"),
		# One that ends in it closes where it begins.
		(BERLIN, "2026-03-29 01:59", ("01:00", "02:30"), "2026-03-29T01:59+01:00"),
		(BERLIN, "2026-03-29 03:00", ("01:00", "02:30"), "2026-03-30T01:00+02:00"),
		# Office hours follow the wall clock.
		(NEW_YORK, "2026-03-07 18:00", ("09:00", "17:00"), "2026-03-08T09:00-04:00"),
		(NEW_YORK, "2026-10-31 18:00", ("09:00", "17:00"), "2026-11-01T09:00-05:00"),
		(BERLIN, "2026-10-24 18:00", ("09:00", "17:00"), "2026-10-25T09:00+01:00"),
		(SYDNEY, "2026-04-04 18:00", ("09:00", "17:00"), "2026-04-05T09:00+10:00"),
		(KOLKATA, "2026-03-29 01:00", ("02:30", "04:00"), "2026-03-29T02:30+05:30"),
		(PHOENIX, "2026-03-08 01:00", ("02:30", "04:00"), "2026-03-08T02:30-07:00"),
		# Clocks back: the first of the two.
		(NEW_YORK, "2026-11-01 00:30", ("01:30", "04:00"), "2026-11-01T01:30-04:00"),
		(BERLIN, "2026-10-25 00:30", ("02:30", "04:00"), "2026-10-25T02:30+02:00"),
		(HAVANA, "2026-10-31 12:00", ("00:30", "04:00"), "2026-11-01T00:30-04:00"),
		(SANTIAGO, "2026-04-04 12:00", ("23:30", "04:00"), "2026-04-04T23:30-03:00"),
		# Nights over the change.
		(NEW_YORK, "2026-03-07 22:00", ("22:00", "06:00"), "2026-03-07T22:00-05:00"),
		(NEW_YORK, "2026-03-08 05:59", ("22:00", "06:00"), "2026-03-08T05:59-04:00"),
		(NEW_YORK, "2026-03-08 06:00", ("22:00", "06:00"), "2026-03-08T22:00-04:00"),
		(SYDNEY, "2026-04-05 06:00", ("22:00", "06:00"), "2026-04-05T22:00+10:00"),
	],
)
def test_clock_changes(zone, moment, hours, expected):
	assert iso(next_opening(at(moment, zone), window(*hours), zone)) == expected


def test_open_window_stays_open_through_the_repeated_hour():
	repeated = at("2026-11-01 01:10", NEW_YORK, fold=1)  # ten minutes after the second 01:00
	opened = next_opening(repeated, window("01:30", "04:00"), NEW_YORK)
	assert opened is not None and opened.astimezone(UTC) == repeated.astimezone(UTC)
	closed = next_opening(repeated, window("22:00", "01:30"), NEW_YORK)
	assert iso(closed) == "2026-11-01T22:00-05:00"


def test_repeated_evening_before_midnight_belongs_to_its_window():
	repeated = at("2026-04-04 23:30", SANTIAGO, fold=1)
	assert next_opening(repeated, window("20:00", "06:00"), SANTIAGO) == repeated
	assert iso(next_opening(repeated, window("20:00", "23:00"), SANTIAGO)) == "2026-04-05T20:00-04:00"


def test_result_is_in_the_zone_of_the_recipient():
	moment = at("2026-01-05 12:00", NEW_YORK)
	opening = next_opening(moment, OFFICE, BERLIN)
	assert iso(opening) == "2026-01-06T09:00+01:00"
	assert opening.tzinfo is BERLIN


@pytest.mark.parametrize(
	("bad", "code"),
	[
		(SendWindow(time(9), time(9), DAILY), "window_zero_length"),
		(SendWindow(time(9), time(17), frozenset()), "window_no_days"),
		(SendWindow(time(9), time(17), frozenset({7})), "window_no_days"),
	],
)
def test_window_that_never_opens_is_refused(bad, code):
	for check in (
		lambda: check_window(bad),
		lambda: next_opening(at("2026-01-05 12:00", BERLIN), bad, BERLIN),
	):
		with pytest.raises(NurtureError) as refused:
			check()
		assert refused.value.code == code


def test_datetime_without_zone_is_refused():
	with pytest.raises(ValueError):
		next_opening(datetime(2026, 1, 5), OFFICE, BERLIN)
	with pytest.raises(ValueError):
		add_delay(datetime(2026, 1, 5), 1, "Hours", BERLIN)


@pytest.mark.parametrize(
	("zone", "moment", "amount", "unit", "expected"),
	[
		(BERLIN, "2026-01-05 12:00", 90, "Minutes", "2026-01-05T13:30+01:00"),
		(BERLIN, "2026-03-28 12:00", 24, "Hours", "2026-03-29T13:00+02:00"),  # elapsed
		(BERLIN, "2026-03-28 12:00", 1, "Days", "2026-03-29T12:00+02:00"),  # same wall time
		(BERLIN, "2026-03-28 02:30", 1, "Days", "2026-03-29T03:30+02:00"),  # skipped: moves on by the hour
		(BERLIN, "2026-10-24 02:30", 1, "Days", "2026-10-25T02:30+02:00"),  # twice: the first
		(BERLIN, "2026-10-24 12:00", 24, "Hours", "2026-10-25T11:00+01:00"),
		(NEW_YORK, "2026-03-01 02:30", 1, "Weeks", "2026-03-08T03:30-04:00"),
		(SYDNEY, "2026-09-27 02:30", 7, "Days", "2026-10-04T03:30+11:00"),
		(SYDNEY, "2026-03-05 09:00", 1, "Months", "2026-04-05T09:00+10:00"),
		(KOLKATA, "2026-01-31 09:00", 1, "Months", "2026-02-28T09:00+05:30"),
		(KOLKATA, "2024-01-31 09:00", 1, "Months", "2024-02-29T09:00+05:30"),
		(KOLKATA, "2024-02-29 09:00", 12, "Months", "2025-02-28T09:00+05:30"),
		(KOLKATA, "2026-11-30 09:00", 3, "Months", "2027-02-28T09:00+05:30"),
		(KOLKATA, "2026-03-31 09:00", -1, "Months", "2026-02-28T09:00+05:30"),
		(KOLKATA, "2026-01-05 09:00", 0, "Months", "2026-01-05T09:00+05:30"),
	],
)
def test_delays(zone, moment, amount, unit, expected):
	assert iso(add_delay(at(moment, zone), amount, unit, zone)) == expected


def test_no_delay_is_the_moment_itself_even_in_the_repeated_hour():
	repeated = at("2026-10-25 02:30", BERLIN, fold=1)
	for unit in ("Minutes", "Hours", "Days", "Weeks", "Months"):
		assert add_delay(repeated, 0, unit, BERLIN).astimezone(UTC) == repeated.astimezone(UTC)


def test_an_hour_in_the_repeated_hour_is_an_hour():
	first = at("2026-10-25 02:30", BERLIN)
	second = add_delay(first, 1, "Hours", BERLIN)
	assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
	assert second.fold == 1


def test_unknown_unit_is_refused():
	with pytest.raises(NurtureError) as refused:
		add_delay(at("2026-01-05 09:00", BERLIN), 1, "Years", BERLIN)
	assert (refused.value.code, refused.value.params) == ("delay_unit_unknown", {"unit": "Years"})


@pytest.mark.parametrize(
	("zone", "anchor", "day", "at_time", "expected"),
	[
		(BERLIN, "2026-01-05 15:00", 1, None, "2026-01-05T15:00+01:00"),  # at once
		(BERLIN, "2026-01-05 15:00", 0, None, "2026-01-05T15:00+01:00"),
		(BERLIN, "2026-01-05 15:00", 1, time(16), "2026-01-05T16:00+01:00"),
		(BERLIN, "2026-01-05 15:00", 1, time(9), "2026-01-05T15:00+01:00"),  # never before the enrollment
		(BERLIN, "2026-01-05 15:00", 2, None, "2026-01-06T00:00+01:00"),
		(BERLIN, "2026-01-05 23:59", 2, time(9, 30), "2026-01-06T09:30+01:00"),
		(BERLIN, "2024-02-28 15:00", 2, time(9), "2024-02-29T09:00+01:00"),
		(BERLIN, "2026-12-30 15:00", 5, time(9), "2027-01-03T09:00+01:00"),
		(BERLIN, "2026-03-28 15:00", 2, time(2, 30), "2026-03-29T03:30+02:00"),
		(BERLIN, "2026-03-01 15:00", 45, time(9), "2026-04-14T09:00+02:00"),
		(CAIRO, "2026-04-23 15:00", 2, None, "2026-04-24T01:00+03:00"),
		(NEW_YORK, "2026-10-31 15:00", 2, time(1, 30), "2026-11-01T01:30-04:00"),
	],
)
def test_day_of_sequence(zone, anchor, day, at_time, expected):
	assert iso(day_of_sequence(at(anchor, zone), day, at_time, zone)) == expected


def test_first_day_is_the_day_in_the_recipients_zone():
	anchor = at("2026-01-05 23:00", NEW_YORK)  # already the 6th in Sydney
	assert iso(day_of_sequence(anchor, 2, time(9), SYDNEY)) == "2026-01-07T09:00+11:00"
	assert iso(day_of_sequence(anchor, 2, time(9), NEW_YORK)) == "2026-01-06T09:00-05:00"


@pytest.mark.parametrize(
	"name",
	[
		None,
		"",
		"  ",
		"Mars/Olympus",
		"Europe",
		"../etc/passwd",
		"/etc/passwd",
		"a\0b",
		"Europe/Berlin\n\n x",
		"ü" * 300,
	],
)
def test_unusable_zone_names_are_none(name):
	assert zone_or_none(name) is None


def test_zone_names_are_looked_up_once():
	assert zone_or_none(" Europe/Berlin ") == BERLIN
	assert zone_or_none("Europe/Berlin") is zone_or_none("Europe/Berlin")


def test_stored_times_around_clock_changes():
	assert iso(to_aware(datetime(2026, 3, 29, 2, 30), BERLIN)) == "2026-03-29T03:30+02:00"
	assert iso(to_aware(datetime(2026, 10, 25, 2, 30), BERLIN)) == "2026-10-25T02:30+02:00"
	repeated = at("2026-10-25 02:30", BERLIN, fold=1)
	stored = to_naive(repeated, BERLIN)
	assert (stored, stored.tzinfo, stored.fold) == (datetime(2026, 10, 25, 2, 30), None, 0)
	assert to_naive(at("2026-01-05 12:00", NEW_YORK), BERLIN) == datetime(2026, 1, 5, 18)


# --- properties -------------------------------------------------------------------------------------------------------

zones = st.sampled_from(ZONES)
instants = st.datetimes(datetime(2011, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))
# Days around changes are drawn often; far from them nothing surprising happens.
changes = st.sampled_from(
	[
		datetime(2026, 3, 8, 7, tzinfo=UTC),
		datetime(2026, 11, 1, 6, tzinfo=UTC),
		datetime(2026, 3, 29, 1, tzinfo=UTC),
		datetime(2026, 10, 25, 1, tzinfo=UTC),
		datetime(2026, 4, 4, 16, tzinfo=UTC),
		datetime(2026, 10, 3, 16, tzinfo=UTC),
		datetime(2026, 4, 23, 22, tzinfo=UTC),
		datetime(2026, 4, 5, 3, tzinfo=UTC),
		datetime(2011, 12, 30, 10, tzinfo=UTC),
	]
)
near_changes = st.builds(
	lambda change, minutes: change + timedelta(minutes=minutes), changes, st.integers(-3000, 3000)
)
moments = instants | near_changes
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
windows = st.builds(SendWindow, times, times, st.frozensets(st.integers(0, 6), min_size=1)).filter(
	lambda w: w.start != w.end
)


def opening_day(moment: datetime, w: SendWindow) -> date | None:
	"""The day whose window is open at this wall time, judged by the clock alone."""
	wall = moment.timetz().replace(tzinfo=None, fold=0)
	if w.start < w.end:
		return moment.date() if w.start <= wall < w.end else None
	if wall >= w.start:
		return moment.date()
	return moment.date() - timedelta(days=1) if wall < w.end else None


def near_clock_change(moment: datetime) -> bool:
	offsets = {
		(moment.astimezone(UTC) + timedelta(hours=h)).astimezone(moment.tzinfo).utcoffset() for h in (-26, 26)
	}
	return len(offsets) > 1


@given(moments, windows, zones, st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5))
@settings(max_examples=400, deadline=None)
def test_opening_is_inside_the_window_not_before_the_moment_and_stable(moment, w, zone, holidays):
	opening = next_opening(moment, w, zone, holidays)
	assert opening is not None
	assert opening.astimezone(UTC) >= moment
	again = next_opening(opening, w, zone, holidays)
	assert again.astimezone(UTC) == opening.astimezone(UTC)
	if not near_clock_change(opening):
		day = opening_day(opening, w)
		assert day is not None
		assert day.weekday() in w.weekdays
		assert day not in holidays


@given(moments, windows, zones)
@settings(max_examples=200, deadline=None)
def test_nothing_opens_between_the_moment_and_the_opening(moment, w, zone):
	opening = next_opening(moment, w, zone)
	span = opening.astimezone(UTC) - moment
	for part in range(8):
		between = moment + span * part / 8
		assert next_opening(between, w, zone).astimezone(UTC) == max(
			between, opening.astimezone(UTC) if span else between
		)


@given(moments, st.integers(0, 400), st.sampled_from(["Minutes", "Hours", "Days", "Weeks", "Months"]), zones)
@settings(max_examples=300, deadline=None)
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1, "Days", BERLIN)
def test_delay_keeps_the_wall_time_or_the_elapsed_time(moment, amount, unit, zone):
	moment = moment.replace(microsecond=0)
	later = add_delay(moment, amount, unit, zone)
	if unit in ("Minutes", "Hours"):
		elapsed = timedelta(minutes=amount) if unit == "Minutes" else timedelta(hours=amount)
		assert later.astimezone(UTC) - moment == elapsed
		return
	before = moment.astimezone(zone)
	if not near_clock_change(later):
		assert later.time() == before.time()
		if unit == "Months":
			assert (later.year - before.year) * 12 + later.month - before.month == amount
		else:
			assert (later.date() - before.date()).days == amount * (7 if unit == "Weeks" else 1)
	assert later.astimezone(UTC) >= moment - timedelta(hours=1)


@given(moments, st.integers(1, 120), st.none() | times, zones)
@settings(max_examples=200, deadline=None)
def test_day_of_sequence_is_never_before_the_enrollment(moment, day, at_time, zone):
	start = day_of_sequence(moment, day, at_time, zone)
	assert start.astimezone(UTC) >= moment
	if not near_clock_change(start) and start.astimezone(UTC) > moment:
		assert (start.date() - moment.astimezone(zone).date()).days == day - 1


@given(moments, zones)
@settings(deadline=None)
def test_storage_round_trip_is_exact_but_for_the_repeated_hour(moment, zone):
	back = to_aware(to_naive(moment, zone), zone).astimezone(UTC)
	if moment.astimezone(zone).fold:
		assert timedelta(0) <= moment - back <= timedelta(hours=1)
	else:
		assert back == moment
