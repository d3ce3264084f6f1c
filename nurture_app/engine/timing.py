"""When: send windows, delays and days of a sequence, in the recipient's time zone.

Everything here works on aware datetimes and computes in UTC, because Python compares and subtracts two datetimes of
the same zone by their wall clock and so gets the hours around a clock change wrong. Storage holds naive datetimes
in the site's zone: `to_aware` and `to_naive` convert at the edge.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from nurture_app.engine.codes import NurtureError

HORIZON_DAYS = 370
"""How far ahead an opening is looked for: a year and a little, so that a yearly holiday list cannot hide one."""

FOR_EVER = 365_000
"""Days: a thousand years. Whoever types more means for ever, and a longer span would leave the calendar."""

DAYS_OF_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""As forms offer them."""

_ELAPSED = {"Minutes": timedelta(minutes=1), "Hours": timedelta(hours=1)}
_CALENDAR = ("Days", "Weeks", "Months")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SendWindow:
	"""The hours in which mail may leave, on the recipient's clock.

	`end` before `start` spans midnight; such a window belongs to the day on which it opened. The window is one
	stretch of time: from the first instant at which the clock reaches `start` to the first at which it reaches
	`end`, which is no longer inside.
	"""

	start: time
	end: time
	weekdays: frozenset[int]
	"""Monday is 0."""


def so_many_days(days: int) -> timedelta:
	"""A span that somebody typed: `FOR_EVER` at the most, so that it can be counted from any moment."""
	return timedelta(days=min(days, FOR_EVER))


def check_window(window: SendWindow) -> None:
	"""Refuse a window that can never open: `window_zero_length`, `window_no_days`."""
	if window.start == window.end:
		raise NurtureError("window_zero_length", start=window.start, end=window.end)
	if not any(0 <= day <= 6 for day in window.weekdays):
		raise NurtureError("window_no_days")


def next_opening(
	moment: datetime, window: SendWindow, zone: ZoneInfo, holidays: Container[date] = ()
) -> datetime | None:
	"""The first instant at or after `moment` at which mail may leave, in `zone`.

	That is `moment` itself while the window is open, and None when it does not open within `HORIZON_DAYS`.
	Raises as `check_window`.
	"""
	check_window(window)
	for begins, _ends in _open_stretches(_utc(moment), window, zone, holidays):
		return begins.astimezone(zone)
	return None


def after_open_time(
	moment: datetime, wait: timedelta, window: SendWindow, zone: ZoneInfo, holidays: Container[date] = ()
) -> datetime | None:
	"""The instant at which the window has been open for `wait` since `moment`; None if not within `HORIZON_DAYS`.

	Raises as `check_window`.
	"""
	check_window(window)
	left = wait
	for begins, ends in _open_stretches(_utc(moment), window, zone, holidays):
		if ends - begins >= left:
			return (begins + left).astimezone(zone)
		left -= ends - begins
	return None


def add_delay(moment: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
	"""`moment` plus a step's delay, in `zone`.

	Minutes and hours are elapsed time. Days, weeks and months keep the wall clock; months end at the month's last
	day (31 January + 1 month = 28 or 29 February). A wall time that a clock change skips moves on by what was
	skipped; one that occurs twice means the first. Raises `delay_unit_unknown`.
	"""
	instant = _utc(moment)
	if unit in _ELAPSED:
		return (instant + amount * _ELAPSED[unit]).astimezone(zone)
	if unit not in _CALENDAR:
		raise NurtureError("delay_unit_unknown", unit=unit)
	if not amount:
		return instant.astimezone(zone)
	wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
	if unit == "Months":
		wall = _add_months(wall, amount)
	else:
		wall += timedelta(days=amount * (7 if unit == "Weeks" else 1))
	return to_aware(wall, zone)


def day_of_sequence(anchor: datetime, day: int, at_time: time | None, zone: ZoneInfo) -> datetime:
	"""When day `day` of a sequence begins (Day 1 is the day of `anchor` in `zone`), or `at_time` on that day.

	Never before `anchor`, so Day 1 without a time is `anchor` itself.
	"""
	start = _utc(anchor)
	if day <= 1 and at_time is None:
		return start.astimezone(zone)
	first_day = start.astimezone(zone).date()
	wall = datetime.combine(first_day + timedelta(days=day - 1), at_time or time())
	return max(start, _utc(to_aware(wall, zone))).astimezone(zone)


def weekday_from(moment: datetime, weekday: str, at_time: time | None = None) -> datetime:
	"""The first moment at or after `moment` (aware) that lies on `weekday` (one of `DAYS_OF_WEEK`), in its own zone.

	That is `moment` itself on such a day; on a later one it is `at_time`, or midnight.
	"""
	days = (DAYS_OF_WEEK.index(weekday) - moment.weekday()) % 7
	if not days:
		return moment
	day = moment.date() + timedelta(days=days)
	return to_aware(datetime.combine(day, at_time or time()), moment.tzinfo)


@lru_cache(maxsize=1024)
def zone_or_none(name: str | None) -> ZoneInfo | None:
	"""The zone of an IANA name, or None for an empty or unknown one."""
	if not name or not name.strip():
		return None
	try:
		return ZoneInfo(name.strip())
	except (OSError, ValueError, LookupError):
		# An unknown key, a folder of the zone database ("Europe"), a path out of it, control characters.
		return None


def to_aware(naive: datetime, zone: ZoneInfo) -> datetime:
	"""A stored datetime as an instant. A skipped wall time moves on by what was skipped.

	A repeated one is the first, unless it says that it is the second (`fold`), as the present of a clock does.
	"""
	return naive.replace(tzinfo=zone).astimezone(timezone.utc).astimezone(zone)


def to_naive(aware: datetime, zone: ZoneInfo) -> datetime:
	"""An instant as it is stored: the wall time in `zone`."""
	return _utc(aware).astimezone(zone).replace(tzinfo=None, fold=0)


def to_due(aware: datetime, zone: ZoneInfo) -> datetime:
	"""An instant from which on something may happen, as it is stored: naive, in `zone`.

	A stored time that occurs twice is read as the first of the two. What lies in the second waits until that is
	over, at most an hour: late, not early.
	"""
	wall = _utc(aware).astimezone(zone)
	if not wall.fold:
		return wall.replace(tzinfo=None)
	moment = wall.replace(tzinfo=None, fold=0)
	low, high = 0, int((wall.replace(fold=0).utcoffset() - wall.utcoffset()).total_seconds())
	while high - low > 1:
		middle = (low + high) // 2
		shown = (moment + timedelta(seconds=middle)).replace(tzinfo=zone)
		is_twice = shown.utcoffset() != shown.replace(fold=1).utcoffset()
		low, high = (middle, high) if is_twice else (low, middle)
	return (moment + timedelta(seconds=high)).replace(microsecond=0)


def _utc(moment: datetime) -> datetime:
	if moment.tzinfo is None:
		raise ValueError(f"a datetime without time zone cannot be placed in time: {moment!r}")
	return moment.astimezone(timezone.utc)


def _add_months(wall: datetime, amount: int) -> datetime:
	year, month = divmod(wall.year * 12 + wall.month - 1 + amount, 12)
	return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


def _open_stretches(
	instant: datetime, window: SendWindow, zone: ZoneInfo, holidays: Container[date]
) -> Iterator[tuple[datetime, datetime]]:
	"""What is left of each opening (from, until) at and after `instant`, in UTC, for `HORIZON_DAYS`."""
	today = instant.astimezone(zone).date()
	# A window over midnight may have opened yesterday; a clock put back over midnight repeats yesterday evening.
	for offset in range(-2, HORIZON_DAYS + 1):
		day = today + timedelta(days=offset)
		if day.weekday() not in window.weekdays or day in holidays:
			continue
		opens, closes = _stretch(window, zone, day)
		begins = max(instant, opens)
		if begins < closes:
			yield begins, closes


@lru_cache(maxsize=8192)
def _stretch(window: SendWindow, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
	"""When the window of `day` opens and closes, in UTC. Equal when a clock change swallows it."""
	closing_day = day + _DAY if window.end < window.start else day
	opens = _first_instant(datetime.combine(day, window.start), zone)
	closes = _first_instant(datetime.combine(closing_day, window.end), zone)
	return opens, closes


def _first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
	"""The first instant at which the clock in `zone` shows `wall` or, where it skips `wall`, has passed it."""
	instant = wall.replace(tzinfo=zone).astimezone(timezone.utc)
	if instant.astimezone(zone).replace(tzinfo=None) == wall:
		return instant
	# Skipped: the change lies between the readings with the offset after it (fold 1) and before it (fold 0).
	before = wall.replace(tzinfo=zone, fold=1).astimezone(timezone.utc)
	offset_before = before.astimezone(zone).utcoffset()
	low, high = 0, int((instant - before).total_seconds()) + 1
	while high - low > 1:
		middle = (low + high) // 2
		shown = (before + timedelta(seconds=middle)).astimezone(zone)
		low, high = (middle, high) if shown.utcoffset() == offset_before else (low, middle)
	return (before + timedelta(seconds=high)).replace(microsecond=0)
