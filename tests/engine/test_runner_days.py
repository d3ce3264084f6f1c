"""On which days and at which hours messages go out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nurture_app.engine import lifecycle, moving
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import pausing
from tests.diary import Diary
from tests.world import MONDAY, UTC, World

FIVE = [
	{"step_label": f"Mail {number}", "timing": "On Day", "day": day}
	for number, day in enumerate((1, 3, 7, 12, 18), 1)
]


def five_mails(world: World, **values: Any) -> None:
	for number in range(1, 6):
		world.content(f"Mail {number}")
	steps = [step | {"content": step["step_label"]} for step in FIVE]
	world.sequence("Five", steps, **values)


def test_five_mails_go_out_on_their_days_inside_the_window(world):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.run_until(datetime(2026, 4, 1))
	assert diary.of(lead) == [
		"Mon 02 Mar 10:00 Mail 1",  # at once
		"Wed 04 Mar 09:00 Mail 2",
		"Mon 09 Mar 09:00 Mail 3",  # day 7 is a Sunday
		"Fri 13 Mar 09:00 Mail 4",
		"Thu 19 Mar 09:00 Mail 5",
	]
	assert world.all("Nurture Enrollment", "status", "reason") == [("Completed", "finished")]
	assert world.all("Nurture Touch", "status", "visit") == [("Queued", visit) for visit in range(5)]


@pytest.mark.parametrize(
	("enrolled", "first", "second"),
	[
		(datetime(2026, 3, 7, 12), "Mon 09 Mar 09:00", "Mon 09 Mar 09:00"),  # Saturday noon
		(datetime(2026, 3, 8, 23, 45), "Mon 09 Mar 09:00", "Tue 10 Mar 09:00"),  # Sunday night
	],
)
def test_a_first_mail_moved_out_of_the_weekend_moves_no_later_one(world, enrolled, first, second):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.clock.move_to(enrolled)
	world.enroll("Five", lead)
	world.run_until(datetime(2026, 4, 1))
	# days 7, 12 and 18 counted from the day of enrollment, whenever the mails before them left
	planned = [enrolled.date() + timedelta(days=day - 1) for day in (7, 12, 18)]
	later = [day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0) for day in planned]
	assert diary.of(lead) == [
		f"{first} Mail 1",
		f"{second} Mail 2",
		*(f"{day:%a %d %b} 09:00 Mail {number}" for number, day in enumerate(later, 3)),
	]


def test_before_and_after_the_window(world):
	five_mails(world)
	diary = Diary(world)
	expected = {"06:00": "Tue 03 Mar 09:00", "16:59": "Tue 03 Mar 16:59", "17:00": "Wed 04 Mar 09:00"}
	for clock in expected:
		world.run_until(datetime.fromisoformat(f"2026-03-03 {clock}"))
		world.lead(clock, email_id=clock.replace(":", "-") + "@example.com")
		world.enroll("Five", clock)
	world.run_until(datetime(2026, 3, 5))
	assert {clock: diary.of(clock)[0].removesuffix(" Mail 1") for clock in expected} == expected


ZONES = [
	# (zone, enrolled in UTC, their clock for the first three mails)
	("Asia/Tokyo", datetime(2026, 3, 2, 10), ["Tue 03 Mar 09:00", "Wed 04 Mar 09:00", "Mon 09 Mar 09:00"]),
	# in New York it is still Monday morning; on Sunday their clocks go forward
	(
		"America/New_York",
		datetime(2026, 3, 2, 10),
		["Mon 02 Mar 09:00", "Wed 04 Mar 09:00", "Mon 09 Mar 09:00"],
	),
	# late on Sunday in UTC is Monday morning in Tokyo: Day 1 is Monday
	(
		"Asia/Tokyo",
		datetime(2026, 3, 8, 23, 30),
		["Mon 09 Mar 09:00", "Wed 11 Mar 09:00", "Mon 16 Mar 09:00"],
	),
	(
		"Pacific/Kiritimati",
		datetime(2026, 3, 2, 10),
		["Tue 03 Mar 09:00", "Thu 05 Mar 09:00", "Mon 09 Mar 09:00"],
	),
	("Asia/Kolkata", datetime(2026, 3, 2, 10), ["Mon 02 Mar 15:30", "Wed 04 Mar 09:00", "Mon 09 Mar 09:00"]),
	("No/Where", datetime(2026, 3, 2, 10), ["Mon 02 Mar 10:00", "Wed 04 Mar 09:00", "Mon 09 Mar 09:00"]),
]


@pytest.mark.parametrize(("zone", "enrolled", "moments"), ZONES, ids=[f"{z} {e:%d %H}" for z, e, _ in ZONES])
def test_hours_and_days_are_the_recipients(world, zone, enrolled, moments):
	five_mails(world)
	known = UTC if zone == "No/Where" else ZoneInfo(zone)
	diary, lead = Diary(world, known), world.lead(nurture_time_zone=zone)
	world.clock.move_to(enrolled)
	world.enroll("Five", lead)
	world.run_until(enrolled + timedelta(days=9))
	assert diary.of(lead) == [f"{moment} Mail {number}" for number, moment in enumerate(moments, 1)]


def test_a_lead_without_a_zone_lives_in_the_settings_zone(world):
	world.settings(default_time_zone="America/New_York")
	five_mails(world)
	diary, lead = Diary(world, ZoneInfo("America/New_York")), world.lead()
	world.enroll("Five", lead)
	world.run_until(MONDAY + timedelta(days=1))
	assert diary.of(lead) == ["Mon 02 Mar 09:00 Mail 1"]


def test_holidays_are_kept_and_move_no_later_mail(world):
	for day in ("2026-03-04", "2026-03-05", "2026-03-09"):
		world.put("Holiday", parent="Office", holiday_date=day)
	world.settings(holiday_list="Office")
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.run_until(datetime(2026, 3, 14))
	assert diary.of(lead) == [
		"Mon 02 Mar 10:00 Mail 1",
		"Fri 06 Mar 09:00 Mail 2",
		"Tue 10 Mar 09:00 Mail 3",
		"Fri 13 Mar 09:00 Mail 4",
	]


def test_a_sequences_own_window_and_holidays_count_instead_of_the_settings(world):
	world.put("Holiday", parent="Theirs", holiday_date="2026-03-04")
	world.put("Holiday", parent="Office", holiday_date="2026-03-08")
	world.settings(holiday_list="Office")
	days = {
		f"window_{day}": 1
		for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
	}
	five_mails(
		world,
		use_default_window=0,
		window_start="22:00:00",
		window_end="02:00:00",
		holiday_list="Theirs",
		**days,
	)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.run_until(datetime(2026, 3, 14))
	assert diary.of(lead) == [
		"Mon 02 Mar 22:00 Mail 1",
		"Wed 04 Mar 00:00 Mail 2",  # still Tuesday's window
		"Sun 08 Mar 00:00 Mail 3",
		"Fri 13 Mar 00:00 Mail 4",
	]


def test_at_a_time_of_day_and_after_a_delay(world):
	steps: list[dict[str, Any]] = [
		{"step_label": "A", "timing": "On Day", "day": 1, "at_time": "16:30:00"},
		{"step_label": "B", "delay": 90, "delay_unit": "Minutes"},
		{"step_label": "C", "timing": "On Day", "day": 3, "at_time": "11:00:00"},
		{"step_label": "D", "delay": 1, "delay_unit": "Weeks"},
		{"step_label": "E", "delay": 1, "delay_unit": "Months"},
	]
	for step in steps:
		step["content"] = world.content(step["step_label"])
	world.sequence("Seq", steps)
	diary, lead = Diary(world), world.lead()
	world.enroll("Seq", lead)
	world.run_until(datetime(2026, 4, 20))
	assert diary.of(lead) == [
		"Mon 02 Mar 16:30 A",
		"Tue 03 Mar 09:00 B",  # 18:00 is outside
		"Wed 04 Mar 11:00 C",
		"Wed 11 Mar 11:00 D",
		"Mon 13 Apr 09:00 E",  # 11 April is a Saturday
	]


def test_a_step_that_is_no_message_knows_no_window(world):
	steps = [
		{
			"step_label": "Call",
			"step_type": "Task",
			"task_description": "Call",
			"delay": 14,
			"delay_unit": "Hours",
		},
		{"step_label": "Mail"},
	]
	world.sequence("Seq", steps)
	lead = world.lead()
	world.enroll("Seq", lead)
	world.run_until(datetime(2026, 3, 3, 0, 15))
	assert len(world.todos.tasks) == 1 and world.sent() == []
	world.run_until(datetime(2026, 3, 3, 9))
	assert len(world.sent()) == 1


# --- standing still ----------------------------------------------------------------------------------------------


def names(world: World) -> list[str]:
	return [name for (name,) in world.all("Nurture Enrollment", "name")]


def test_pausing_a_lead_skips_nothing_and_moves_its_days(world):
	five_mails(world)
	diary, lead, other = Diary(world), world.lead(), world.lead()
	world.enroll("Five", lead, other)
	(mine,) = [name for name, party in world.all("Nurture Enrollment", "name", "party") if party == lead]
	world.run_until(datetime(2026, 3, 3, 12))
	assert pausing.pause(world.host, [mine], "sales@example.com") == 1
	assert world.row("Nurture Enrollment", mine, "status", "reason", "reason_detail") == (
		"Paused",
		"paused_by_user",
		"sales@example.com",
	)
	world.run_until(datetime(2026, 3, 17, 12))  # two weeks
	assert pausing.resume(world.host, [mine]) == 1
	world.run_until(datetime(2026, 4, 5))
	assert diary.of(lead) == [
		"Mon 02 Mar 10:00 Mail 1",
		"Wed 18 Mar 09:00 Mail 2",
		"Mon 23 Mar 09:00 Mail 3",
		"Fri 27 Mar 09:00 Mail 4",
		"Thu 02 Apr 09:00 Mail 5",
	]
	assert len(diary.of(other)) == 5 and diary.of(other)[1] == "Wed 04 Mar 09:00 Mail 2"


def test_pausing_a_sequence_skips_nothing_and_moves_everybodys_days(world):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.run_until(datetime(2026, 3, 3, 12))
	lifecycle.pause(world.host, "Five")
	world.run_until(datetime(2026, 3, 10, 12))
	assert len(diary.of(lead)) == 1
	lifecycle.resume(world.host, "Five")
	world.run_until(datetime(2026, 3, 31))
	assert diary.of(lead)[1:] == [
		"Wed 11 Mar 09:00 Mail 2",
		"Mon 16 Mar 09:00 Mail 3",
		"Fri 20 Mar 09:00 Mail 4",
		"Thu 26 Mar 09:00 Mail 5",
	]


def at(day: int) -> datetime:
	return datetime(2026, 3, day, 12)


OVERLAPS = [
	# (lead paused, resumed, sequence paused, resumed, when the second mail of 4 March then goes)
	(
		at(3),
		at(5),
		at(6),
		at(8),
		"Mon 09 Mar 09:00",
	),  # resumed between: 6 March 00:00 was due before the pause
	(at(3), at(10), at(5), at(17), "Wed 18 Mar 09:00"),
	(at(3), at(17), at(5), at(10), "Wed 18 Mar 09:00"),
	(at(5), at(17), at(3), at(10), "Wed 18 Mar 09:00"),
	(at(5), at(10), at(3), at(17), "Wed 18 Mar 09:00"),
]


@pytest.mark.parametrize(("paused", "resumed", "stopped", "started", "expected"), OVERLAPS)
def test_two_pauses_that_overlap_count_once(world, paused, resumed, stopped, started, expected):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.tick()
	moves = [
		(paused, lambda: pausing.pause(world.host, names(world))),
		(resumed, lambda: pausing.resume(world.host, names(world))),
		(stopped, lambda: lifecycle.pause(world.host, "Five")),
		(started, lambda: lifecycle.resume(world.host, "Five")),
	]
	for moment, move in sorted(moves, key=lambda pair: pair[0]):
		world.clock.move_to(moment)
		move()
	world.run_until(started + timedelta(days=20) if started > resumed else resumed + timedelta(days=20))
	assert diary.of(lead)[1] == f"{expected} Mail 2"
	if expected.startswith("Wed 18"):
		assert diary.of(lead)[2] == "Mon 23 Mar 09:00 Mail 3"  # fourteen days later than planned


def test_activating_a_paused_sequence_resumes_it(world):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.run_until(at(3))
	lifecycle.pause(world.host, "Five")
	world.run_until(at(10))
	lifecycle.activate(world.host, "Five")
	world.run_until(at(12))
	assert diary.of(lead)[1:] == ["Wed 11 Mar 09:00 Mail 2"]


def test_a_scheduler_that_slept_sends_late_in_order_and_not_all_at_once(world):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.enroll("Five", lead)
	world.tick()
	world.clock.move_to(datetime(2026, 3, 14, 12))  # days 3, 7 and 12 have passed; a Saturday
	world.run_until(datetime(2026, 3, 31))
	assert diary.of(lead) == [
		"Mon 02 Mar 10:00 Mail 1",
		"Mon 16 Mar 09:00 Mail 2",
		"Tue 17 Mar 09:00 Mail 3",
		"Wed 18 Mar 09:00 Mail 4",
		"Mon 23 Mar 09:00 Mail 5",  # three mails in seven days are enough
	]


def test_holding_all_sending_holds_and_then_goes_on_in_order(world):
	five_mails(world)
	diary, lead = Diary(world), world.lead()
	world.settings(hold_all_sending=1)
	world.enroll("Five", lead)
	world.run_until(datetime(2026, 3, 5, 12))
	assert diary.notes == []
	world.settings(hold_all_sending=0)
	world.run_until(datetime(2026, 3, 10))
	assert diary.of(lead) == [
		"Thu 05 Mar 12:00 Mail 1",
		"Fri 06 Mar 12:00 Mail 2",
		"Mon 09 Mar 09:00 Mail 3",
	]


def test_an_edit_makes_a_new_version_and_people_on_their_way_keep_theirs(world):
	five_mails(world)
	diary, old = Diary(world), world.lead()
	world.enroll("Five", old)
	world.tick()
	first = world.row("Nurture Sequence", "Five", "current_version")[0]
	assert lifecycle.activate(world.host, "Five") == first  # nothing changed: the same version
	world.content("Other 2")
	((second_step,),) = world.all("Nurture Sequence Step", "name", step_label="Mail 2")
	with world.db.transaction():
		world.db.update("tabNurture Sequence Step", ("name", "content", "day"), [(second_step, "Other 2", 2)])
	assert world.row("Nurture Sequence", "Five", "current_version") == (first,)
	second = lifecycle.activate(world.host, "Five")
	assert second != first
	assert sorted(number for (number,) in world.all("Nurture Sequence Version", "version")) == [1, 2]
	new = world.lead()
	world.enroll("Five", new)
	world.run_until(datetime(2026, 3, 5))
	assert diary.of(old)[1:] == ["Wed 04 Mar 09:00 Mail 2"]
	assert diary.of(new)[1:] == ["Tue 03 Mar 09:00 Other 2"]
	versions = dict(world.all("Nurture Enrollment", "party", "version"))
	assert versions == {old: first, new: second}


def test_people_move_to_the_new_version_only_when_asked_and_only_if_their_step_is_there(world):
	five_mails(world)
	here, gone = world.lead(), world.lead()
	world.enroll("Five", here)
	world.tick()
	world.enroll("Five", gone)
	rows = dict(world.all("Nurture Sequence Step", "step_label", "name"))
	world.delete("Nurture Sequence Step", rows["Mail 1"])
	version = lifecycle.activate(world.host, "Five")
	by_party = {party: name for name, party in world.all("Nurture Enrollment", "name", "party")}
	results = dict(moving.move_to_current(world.host, list(by_party.values())))
	assert results == {by_party[here]: "", by_party[gone]: "step_missing"}
	assert world.row("Nurture Enrollment", by_party[here], "version") == (version,)
	world.run_until(datetime(2026, 3, 5))
	assert world.sent(here) == ["Mail 1", "Mail 2"] and world.sent(gone) == ["Mail 1", "Mail 2"]


def test_retiring_a_sequence_ends_it_for_everybody(world):
	five_mails(world)
	leads = [world.lead() for _ in range(3)]
	world.enroll("Five", *leads)
	pausing.pause(world.host, names(world)[:1])
	assert lifecycle.retire(world.host, "Five") == 3
	assert set(world.all("Nurture Enrollment", "status", "reason")) == {("Exited", "stopped")}
	world.run_until(datetime(2026, 3, 5))
	assert world.sent() == []


def test_a_message_waits_for_its_weekday_and_moves_no_later_one(world):
	steps: list[dict[str, Any]] = [
		{"step_label": "A", "timing": "On Day", "day": 1, "at_weekday": "Tuesday"},
		{"step_label": "B", "timing": "On Day", "day": 2, "at_time": "11:00:00", "at_weekday": "Tuesday"},
		{"step_label": "C", "timing": "On Day", "day": 4, "at_time": "10:30:00", "at_weekday": "Thursday"},
		{"step_label": "D", "timing": "On Day", "day": 5, "at_time": "12:00:00", "at_weekday": "Tuesday"},
		{"step_label": "E", "timing": "On Day", "day": 10},
		{"step_label": "F", "delay": 1, "delay_unit": "Days", "at_weekday": "Thursday"},
	]
	for step in steps:
		step["content"] = world.content(step["step_label"])
	world.sequence("Seq", steps)
	diary, lead = Diary(world), world.lead()
	world.enroll("Seq", lead)  # Monday at ten
	world.run_until(datetime(2026, 4, 20))
	assert diary.of(lead) == [
		"Tue 03 Mar 09:00 A",
		"Tue 03 Mar 11:00 B",
		"Thu 05 Mar 10:30 C",
		"Tue 10 Mar 12:00 D",
		"Wed 11 Mar 09:00 E",
		"Thu 12 Mar 10:30 F",  # C was the third message in seven days
	]


def test_a_weekday_is_that_of_the_recipient(world):
	content = world.content("Letter")
	world.sequence("Seq", [{"step_label": "Letter", "content": content, "at_weekday": "Tuesday"}])
	diary = Diary(world)
	auckland, honolulu = (
		world.lead(nurture_time_zone="Pacific/Auckland"),
		world.lead(nurture_time_zone="Pacific/Honolulu"),
	)
	world.enroll("Seq", auckland, honolulu)
	world.run_until(datetime(2026, 3, 12))
	assert diary.of(auckland) == ["Mon 02 Mar 20:00 Letter"]  # Tuesday at nine there
	assert diary.of(honolulu) == ["Tue 03 Mar 19:00 Letter"]


def test_a_weekday_on_which_the_window_is_closed_is_refused(world):
	content = world.content("Letter")
	steps = [{"step_label": "Letter", "content": content, "at_weekday": "Sunday"}]
	with pytest.raises(NurtureError) as refused:
		world.sequence("Seq", steps)
	assert (refused.value.code, refused.value.params) == (
		"step_weekday_closed",
		{"step": "Letter", "day": "Sunday"},
	)
