"""Workers die, overlap and are overtaken: nothing is sent twice, nothing is lost, nobody is written to after an opt-out.

Invariants 1 to 3. Faults are put in at every single call of the database, and real processes are killed at random.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from nurture_app.engine import (
	activities,
	lifecycle,
	nightly,
	optout,
	runner,
	scoring,
	segments,
	sums,
)
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.bounces import consequences as bounces
from nurture_app.engine.bounces.consequences import Evidence
from nurture_app.engine.bounces.report import Kind, Report
from nurture_app.engine.enrollments import ending, entering, pausing
from nurture_app.engine.incoming import inbox
from nurture_app.engine.incoming.events import IncomingEvent
from nurture_app.engine.mobile_replies import note_reply
from nurture_app.engine.ports import Host
from tests.crash_scene import SEED, Books, Workers, host_on, retrying, tick_until_done, with_queues
from tests.database_wrappers import Crash, Intruder, WatchedDatabase, crashing, interrupted
from tests.mariadb_database import is_retryable
from tests.world import MONDAY, World

KILLS = int(os.environ.get("CRASH_KILLS", 220))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE_OVER = timedelta(minutes=16)

EVERY_KIND = [
	{"step_label": "Mail"},
	{"step_label": "Call", "step_type": "Task", "task_description": "Call {{ lead.lead_name }}"},
	{"step_label": "Mark", "step_type": "Set Field", "field_name": "city", "field_value": "Ulm"},
	{
		"step_label": "Tell",
		"step_type": "Notification",
		"notify_text": "Look",
		"notify_who": "Role",
		"notify_role": "x",
	},
	{"step_label": "Leave", "step_type": "Leave"},
	{"step_label": "Tag", "step_type": "Tag", "tag": "Seen"},
	{"step_label": "Points", "step_type": "Add Score", "score_points": 5},
	{
		"step_label": "Until",
		"step_type": "Wait Until",
		"condition": {"not": {"touches": "replied"}},
		"on_true": "Fork",
		"on_false": "Quit",
	},
	{
		"step_label": "Fork",
		"step_type": "Branch",
		"condition": {"touches": "replied"},
		"on_true": "Quit",
		"on_false": "Last",
	},
	{"step_label": "Last", "go_to": "Stop"},
	{"step_label": "Quit", "step_type": "End", "end_outcome": "No Reaction"},
	{"step_label": "Stop", "step_type": "End"},
]
STARTS = ("Mail", "Call", "Mark", "Tell", "Leave", "Tag", "Points", "Until", "Fork", "Last", "Quit", "Stop")


@pytest.fixture
def scene(world: World) -> World:
	return with_queues(world)


@pytest.fixture
def mariadb_scene(mariadb_world: World) -> World:
	return with_queues(mariadb_world)


def chance_of(test: str) -> random.Random:
	print(f"\n{test}: CRASH_SEED={SEED}")
	return random.Random(f"{SEED}{test}")


# --- a fault at every call ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_tick_that_dies_at_any_call_is_made_good_by_the_next(scene, after):
	world = scene
	world.sequence("Seq", EVERY_KIND)
	at, survived = -1, False
	while not survived:
		at += 1
		world.empty("Lead", "Nurture Consent", "Nurture Enrollment", "Nurture Touch", "Nurture Suppression")
		world.empty("Nurture Activity", "Email Queue", "ToDo", "Notice", "Tag Link", "Nurture Score Entry")
		leads = {step: world.lead(f"{step}-{at}") for step in STARTS}
		leads["Held"] = world.lead(f"held-{at}")
		world.enroll("Seq", *leads.values())
		places = {lead: step if step in STARTS else "Mail" for step, lead in leads.items()}
		rows = [(name, places[party]) for name, party in world.all("Nurture Enrollment", "name", "party")]
		with world.db.transaction():
			world.db.update("tabNurture Enrollment", ("name", "step"), rows)
			world.db.update("tabLead", ("name", "email_id"), [(leads["Held"], None)])

		try:
			runner.tick(host_on(world, crashing(world.db, at, after=after)), "dying")
			survived = True
		except Crash:
			pass
		books = Books(world)
		books.check_ledger_and_queues_agree()
		assert len(books.mails) in (0, 2), "some of a batch, and not all of it"

		world.clock.move_to(world.clock.now() + LEASE_OVER)
		tick_until_done(world.host, "next")
		books = Books(world)
		books.check_ledger_and_queues_agree()
		for name, one in books.enrollments.items():
			start = places[one["party"]]
			if one["party"] == leads["Held"]:
				assert (one["status"], one["reason"], books.mails_of(name)) == ("Held", "no_address", [])
				continue
			reason = "no_reaction" if start == "Quit" else "finished"
			assert (one["status"], one["reason"]) == ("Completed", reason), (at, one)
			mails = [step for step in STARTS[STARTS.index(start) :] if step in ("Mail", "Last")]
			assert [step for _, _, step in books.mails_of(name)] == mails, (at, one)
			tasks = [t for t in books.touches.values() if t["enrollment"] == name and t["step"] == "Call"]
			assert len(tasks) == (start in ("Mail", "Call")), (at, one)
			told = world.all("Notice", "party", party=one["party"])
			assert len(told) == (STARTS.index(start) <= STARTS.index("Tell")), (at, one)
			before_points = STARTS.index(start) <= STARTS.index("Points")
			assert world.score(one["party"]) == 5 * before_points, (at, one)
			tags = world.all("Tag Link", "tag", document_name=one["party"])
			assert tags == [("Seen",)] * (STARTS.index(start) <= STARTS.index("Tag")), (at, one)
			assert one["lease_token"] is None
		suppressed = [address for (address,) in world.all("Nurture Suppression", "address")]
		assert suppressed == [f"quit-{at}@example.com"]
		if world.clock.now().hour >= 16:
			world.clock.move_to(datetime.combine(world.clock.now().date() + DAY, MONDAY.time()))
			if world.clock.now().weekday() > 4:
				world.clock.move_to(world.clock.now() + 2 * DAY)
	assert at > 30, "a fault at every call there is"


def snapshot(world: World) -> dict[str, list[tuple]]:
	"""Everything that may change, row by row."""
	with world.db.transaction():
		pass
	columns = {
		"Lead": (
			"name",
			"nurture_score",
			"nurture_stage",
			"nurture_email_consent",
			"nurture_last_activity_on",
		),
		"Nurture Activity": ("activity_type", "party", "classification", "occurred_on"),
		"Nurture Score Entry": ("rule", "party", "points", "expires_on"),
		"Nurture Consent": ("party", "status", "withdrawn_on"),
		"Nurture Suppression": ("address_hash", "reason"),
		"Nurture Enrollment": (
			"sequence",
			"party",
			"status",
			"reason",
			"step",
			"due_on",
			"anchor_on",
			"stopped_on",
		),
		"Nurture Touch": ("enrollment", "step", "status", "reason", "clicked_on"),
		"Nurture Segment Member": ("segment", "party", "left_on"),
		"Nurture Segment": ("name", "member_count"),
		"Nurture Sequence": ("name", "status", "paused_on"),
		"Email Queue": ("touch", "status"),
	}
	return {table: sorted(world.all(table, *names), key=str) for table, names in columns.items()}


def on_the_way(world: World) -> None:
	"""One lead, known all over: scored, in segments, in two sequences, a mail in the queue."""
	world.rule("Clicked", activity_type="Email Click", points=55, cooldown=0, cap_count=0)
	world.rule("Fits", rule_type="Profile", score_part="Fit", points=5, condition=["city", "=", "Ulm"])
	world.segment("Ulm", ["city", "=", "Ulm"])
	world.segment("Hot", {"score": [">=", 50]})
	mails = [{"step_label": "One"}, {"step_label": "Two", "delay": 2}]
	world.sequence("Seq", mails, exit_segment="Ulm")
	world.sequence("Hot", mails, trigger_type="Segment Entered", trigger_segment="Hot")
	world.sequence("New", mails, trigger_type="New Lead", condition=["city", "=", "Bonn"])
	world.lead("ann", email_id="ann@example.com", city="Ulm")
	activities.leads_changed(world.host, ["ann"])
	world.enroll("Seq", "ann")
	tick_until_done(world.host, "w")
	world.clock.move_to(MONDAY + HOUR)


def enrollment(world: World) -> str:
	return world.all("Nurture Enrollment", "name", party="ann")[0][0]


def click(world: World, host: Host) -> None:
	((touch),) = [name for (name,) in world.all("Nurture Touch", "name")]
	clicked = ActivityIn("ann", "Email Click", world.clock.now(), touch=touch, dedupe_key="click-1")
	activities.record(host, [clicked])


def move(world: World, host: Host) -> None:
	with host.db.transaction():
		host.db.update("tabLead", ("name", "city"), [("ann", "Bonn")])
	activities.leads_changed(host, ["ann"])


OPERATIONS: dict[str, Callable[[World, Host], Any]] = {
	"record": click,
	"opt out": lambda world, host: optout.unsubscribe(host, "ann@example.com", "link"),
	"withdraw": lambda world, host: optout.set_consent(host, "ann", "ann@example.com", "Withdrawn", "x", ""),
	"enroll": lambda world, host: entering.enroll(host, "Hot", ["ann"]),
	"pause": lambda world, host: pausing.pause(host, [enrollment(world)]),
	"stop": lambda world, host: ending.stop(host, [enrollment(world)]),
	"pause the sequence": lambda world, host: lifecycle.pause(host, "Seq"),
	"rescore": lambda world, host: scoring.rescore(host, ["ann"]),
}
MANY_TRANSACTIONS: dict[str, Callable[[World, Host], Any]] = {
	"change a lead": move,
	"retire": lambda world, host: lifecycle.retire(host, "Seq"),
	"refresh segments": lambda world, host: segments.refresh_all(host),
	"rebuild scores": lambda world, host: scoring.rebuild(host),
	"nightly": lambda world, host: nightly.nightly(host),
}


def scene_for(make_world: Callable[[str], World], database: str, operation: str) -> World:
	world = with_queues(make_world(database))
	on_the_way(world)
	if operation in (
		"rescore",
		"refresh segments",
		"rebuild scores",
		"nightly",
	):  # something for them to find
		with world.db.transaction():
			world.db.update("tabLead", ("name", "city"), [("ann", "Bonn")])
			row = ("A1", "ann", "Email Click", MONDAY, "human", "k")
			columns = ("name", "party", "activity_type", "occurred_on", "classification", "dedupe_key")
			world.db.insert("tabNurture Activity", columns, [row])
	if operation == "nightly":  # a stage is reached by time alone
		quiet = {"not": {"activity": "Page View", "within_days": 1}}
		world.rule("Quiet", rule_type="Profile", points=60, condition=quiet)
		world.sequence("For MQLs", [{"step_label": "One"}], trigger_type="Stage Reached", trigger_stage="MQL")
	return world


def calls_of(world: World, work: Callable[[World, Host], Any]) -> tuple[int, dict[str, list[tuple]]]:
	"""How many calls `work` takes when nothing goes wrong, and what it leaves."""
	before = snapshot(world)
	counted = WatchedDatabase(world.db)
	work(world, host_on(world, counted))
	done = snapshot(world)
	assert done != before, "the operation does something"
	world.db.close()
	return counted.calls, done


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_what_dies_at_any_call_has_done_nothing_and_can_be_done_again(make_world, database, operation):
	work = OPERATIONS[operation]
	calls, done = calls_of(scene_for(make_world, database, operation), work)
	world = scene_for(make_world, database, operation)
	before = snapshot(world)
	for at in range(calls):
		with pytest.raises(Crash):
			work(world, host_on(world, crashing(world.db, at, after=False)))
		assert snapshot(world) == before, at
	work(world, world.host)
	assert snapshot(world) == done


@pytest.mark.parametrize("operation", MANY_TRANSACTIONS)
@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_a_chain_of_transactions_that_dies_at_any_call_ends_well_when_done_again(
	make_world, database, operation
):
	work = MANY_TRANSACTIONS[operation]
	calls, done = calls_of(scene_for(make_world, database, operation), work)
	step = 1 + calls // 15  # the longer ones not at every call in every run
	for at in range(chance_of(operation).randrange(step), calls, step):
		world = scene_for(make_world, database, operation)
		with pytest.raises(Crash):
			work(world, host_on(world, crashing(world.db, at, after=False)))
		work(world, world.host)
		assert snapshot(world) == done, at
		world.db.close()


# --- real processes, really killed -------------------------------------------------------------------------------


def dripping(world: World, mails: int) -> list[str]:
	"""A sequence that has something to do every few minutes of the working day."""
	steps = [
		{"step_label": f"Mail {number}", "delay": 0 if number == 1 else 3, "delay_unit": "Minutes"}
		for number in range(1, mails + 1)
	]
	steps.insert(
		2, {"step_label": "Call", "step_type": "Task", "task_description": "Call {{ lead.lead_name }}"}
	)
	world.sequence("Drip", steps)
	return [step["step_label"] for step in steps if step["step_label"] != "Call"]


def into_working_hours(world: World) -> None:
	now = world.clock.now()
	if now.hour >= 16 or now.weekday() > 4:
		now = datetime.combine(now.date() + DAY, MONDAY.time())
		while now.weekday() > 4:
			now += DAY
		world.clock.move_to(now)


def test_workers_killed_at_random_send_nothing_twice_and_lose_nothing(mariadb_scene):
	world, chance = mariadb_scene, chance_of("kills")
	world.settings(batch_size=6, lease_minutes=2, cap_messages=0)
	mails = dripping(world, 6)
	workers, kills, rounds, slept = Workers(world), 0, 0, 0
	zones = [None, "Europe/London", "Africa/Abidjan"]
	seconds = 0.15
	while kills < KILLS:
		rounds += 1
		if rounds % 4 == 1:
			leads = [world.lead(nurture_time_zone=chance.choice(zones)) for _ in range(8)]
			world.enroll("Drip", *leads)
		pids = [workers.start(tick_until_done) for _ in range(chance.choice([1, 2, 3]))]
		started = time.monotonic()
		for pid in chance.sample(pids, len(pids)):
			pause = chance.uniform(0, seconds) - (time.monotonic() - started)
			time.sleep(max(0.0, pause))
			workers.kill(pid)
		died = [workers.wait(pid) for pid in pids]
		kills += sum(died)
		# aim at the time a worker takes here: too early kills nothing but beginners, too late nobody
		seconds = min(1.0, seconds * 1.03) if all(died) else max(0.03, seconds * 0.9)
		world.clock.move_to(world.clock.now() + 3 * MINUTE)
		if rounds % 40 == 0:
			world.clock.move_to(world.clock.now() + 2 * DAY)  # the scheduler sleeps
			slept += 1
		into_working_hours(world)
		if rounds % 10 == 0:
			Books(world).check_ledger_and_queues_agree()
	assert not workers.failed
	for _ in range(60):
		world.clock.move_to(world.clock.now() + 3 * MINUTE)
		into_working_hours(world)
		tick_until_done(world.host, "last")
	for _ in range(20):  # what was late keeps a day's distance
		world.clock.move_to(world.clock.now() + DAY)
		into_working_hours(world)
		tick_until_done(world.host, "last")
	books = Books(world)
	print(
		f"{kills} workers killed in {rounds} rounds, {slept} sleeps of two days, {len(books.enrollments)} people,"
		f" {len(books.mails)} mails; died in {dict(workers.died_in)}"
	)
	books.check_ledger_and_queues_agree()
	books.check_complete_and_in_order("Drip", mails)
	books.check_window(9, 17)
	assert len(books.tasks) == len(books.enrollments)
	assert len(workers.died_in) >= 5, "workers died in many places"
	assert slept or KILLS < 200


def test_three_workers_at_once_keep_order_windows_and_caps(mariadb_scene):
	world, chance = mariadb_scene, chance_of("overlap")
	world.settings(batch_size=4, lease_minutes=5, cap_messages=2, cap_days=3)
	mails = {}
	for name, priority in (("A", 1), ("B", 5), ("C", 3)):
		steps = [{"step_label": f"Mail {number}", "timing": "On Day", "day": number} for number in (1, 2, 3)]
		world.sequence(name, steps, priority=priority)
		mails[name] = [step["step_label"] for step in steps]
	zones = [None, "Asia/Tokyo", "America/New_York"]
	for number in range(12):  # two leads for each address
		for twin in ("", "-twin"):
			zone = chance.choice(zones)
			world.lead(f"L{number}{twin}", email_id=f"p{number}@example.com", nurture_time_zone=zone)
		world.enroll("A", f"L{number}")
		world.enroll("B", f"L{number}-twin")
		world.enroll("C", f"L{number}" if number % 2 else f"L{number}-twin")
	workers = Workers(world)
	for _ in range(200):
		for pid in [workers.start(tick_until_done) for _ in range(3)]:
			workers.wait(pid)
		with world.db.transaction():  # see what they did
			pass
		waiting = [
			due_on
			for due_on, status in world.all("Nurture Enrollment", "due_on", "status")
			if status == "Active"
		]
		if not waiting:
			break
		# who was in two workers' hands at once was given back by both, and is due still
		world.clock.move_to(max(min(waiting), world.clock.now() + MINUTE))
	assert not workers.failed
	books = Books(world)
	books.check_ledger_and_queues_agree()
	for name, labels in mails.items():
		books.check_complete_and_in_order(name, labels)
	books.check_window(9, 17)
	books.check_cap(2, timedelta(days=3))
	assert len(books.mails) == 12 * 9


# --- opt-outs in between -----------------------------------------------------------------------------------------


CASES = ["first mail", "last mail", "address changed since", "opened address of a twin"]


@pytest.mark.parametrize("case", CASES)
def test_an_opt_out_between_any_two_calls_of_a_tick_leaves_nothing_in_the_queue(mariadb_scene, case):
	"""Where the tick has locked the person, the opt-out waits: here it comes right after the tick instead."""
	world = mariadb_scene
	world.sequence(
		"Seq", [{"step_label": "One"}] + [{"step_label": "Two", "delay": 1}] * (case != "last mail")
	)
	other = world.db.another("other-", wait=False)
	at, calls, before, waited = 0, 1, 0, 0
	while at < calls:
		lead = world.lead(
			f"L{at}", email_id=f"old{at}@example.com" if "changed" in case else f"p{at}@example.com"
		)
		bystander = world.lead(f"B{at}")
		if "twin" in case:
			world.lead(f"T{at}", email_id=f"P{at}@Example.com")
		world.enroll("Seq", lead, bystander)
		if "changed" in case:
			with world.db.transaction():
				world.db.update("tabLead", ("name", "email_id"), [(lead, f"p{at}@example.com")])
		opt_out = Intruder(partial(optout.unsubscribe, host_on(world, other), f"p{at}@example.com", "link"))
		watched = interrupted(world.db, at, opt_out)
		try:
			runner.tick(host_on(world, watched), "w")
		except Exception as error:
			assert is_retryable(error)
		had_to_wait = opt_out.comes_after()
		before, waited = before + (not had_to_wait), waited + had_to_wait
		at, calls = at + 1, max(calls, watched.calls)
		books = Books(world)
		books.check_ledger_and_queues_agree()
		left = [address for _, address, status in books.mails if status == "Not Sent"]
		assert f"p{at - 1}@example.com" not in left, at - 1
		world.clock.move_to(world.clock.now() + LEASE_OVER)
		tick_until_done(world.host, "next")
		books = Books(world)
		left = [address for _, address, status in books.mails if status == "Not Sent"]
		assert f"p{at - 1}@example.com" not in left, at - 1
		assert left.count(f"b{at - 1}@example.com") == 1, at - 1
		into_working_hours(world)
	other.close()
	assert before > 5 and waited > 5, "it came in at some places and had to wait at others"


def test_opt_outs_racing_three_workers_leave_nothing_in_the_queue(mariadb_scene):
	world, chance = mariadb_scene, chance_of("opt-outs")
	world.settings(batch_size=5, lease_minutes=2, cap_messages=0)
	dripping(world, 3)
	workers = Workers(world)
	raced = 0
	for _ in range(12):
		leads = [world.lead() for _ in range(14)]
		world.enroll("Drip", *leads)
		leaving = chance.sample(leads, 7)
		pause = chance.uniform(0, 0.05)

		def opt_out(host: Host, _: str) -> None:
			time.sleep(pause)
			for lead in leaving:
				address = f"{lead.lower()}@example.com"
				retrying(lambda: optout.unsubscribe(host, address, "link"))

		pids = [workers.start(tick_until_done) for _ in range(3)]
		pids.append(workers.start(opt_out))
		for pid in pids:
			workers.wait(pid)
		assert not workers.failed
		books = Books(world)
		books.check_ledger_and_queues_agree()
		gone = {f"{lead.lower()}@example.com" for lead in leaving}
		mails = [(address, status) for _, address, status in books.mails if address in gone]
		assert [address for address, status in mails if status == "Not Sent"] == []
		raced += sum(1 for _, status in mails if status == "Cancelled")
		world.clock.move_to(world.clock.now() + 4 * MINUTE)
		into_working_hours(world)
		tick_until_done(world.host, "next")
		assert [a for _, a, status in Books(world).mails if a in gone and status == "Not Sent"] == []
	for _ in range(10):
		world.clock.move_to(world.clock.now() + 4 * MINUTE)
		into_working_hours(world)
		tick_until_done(world.host, "last")
	books = Books(world)
	books.check_ledger_and_queues_agree()
	reasons = [one["reason"] for one in books.enrollments.values()]
	assert (reasons.count("unsubscribed"), reasons.count("finished")) == (84, 84)
	print(f"{raced} mails were taken back from the queue")


# --- everybody at once -------------------------------------------------------------------------------------------


def test_two_workers_taking_turns_at_any_call_keep_the_cap(mariadb_scene):
	world = mariadb_scene
	world.settings(cap_messages=1, cap_days=7)
	for name in ("A", "B"):
		world.sequence(name, [{"step_label": "One"}])
	other = world.db.another("other-")
	for first, second in (("w1", "w2"), ("w2", "w1")):
		at, calls = 0, 1
		while at < calls:
			world.settings(batch_size=1)
			lead, twin = (
				world.lead(email_id=f"{first}{at}@example.com"),
				world.lead(email_id=f"{first}{at}@EXAMPLE.com"),
			)
			world.enroll("A", lead), world.enroll("B", twin)

			def come_in_between() -> None:
				with other._connection.cursor() as cursor:
					cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
				try:
					runner.tick(host_on(world, other), second)
				except Exception as error:
					if not is_retryable(error):
						raise

			watched = interrupted(world.db, at, come_in_between)
			retrying(lambda: runner.tick(host_on(world, watched), first))
			at, calls = at + 1, max(calls, watched.calls)
			world.clock.move_to(world.clock.now() + LEASE_OVER)
			tick_until_done(world.host, "next")
			books = Books(world)
			books.check_ledger_and_queues_agree()
			assert sum(address == f"{first}{at - 1}@example.com" for _, address, _ in books.mails) == 1, (
				first,
				at,
			)
			world.empty("Nurture Enrollment", "Nurture Touch", "Email Queue")
			into_working_hours(world)
	other.close()


def test_two_workers_each_find_something_to_do(mariadb_scene):
	"""A claim locks what it takes, not all that is due."""
	world = mariadb_scene
	world.settings(batch_size=5)
	world.sequence("A", [{"step_label": "One"}])
	world.sequence("B", [{"step_label": "One"}])
	leads = [world.lead() for _ in range(40)]
	world.enroll("A", *leads[:20]), world.enroll("B", *leads[20:])
	other = world.db.another("other-")
	claimed = []

	def meanwhile(number: int, call: str) -> None:
		if (
			call in ("update", "execute") and not claimed
		):  # the claim has locked its rows and is about to lease them
			claimed.extend(runner.claim(host_on(world, other), "w2", 5, 15))

	mine = runner.claim(host_on(world, WatchedDatabase(world.db, before=meanwhile)), "w1", 5, 15)
	other.close()
	assert (len(mine), len(claimed)) == (5, 5)
	assert not {one.name for one in mine} & {one.name for one in claimed}


def test_activities_recorded_in_turns_at_any_call_leave_the_score_the_ledger_says(mariadb_scene):
	world = mariadb_scene
	world.rule("Looked", activity_type="Page View", points=7, cooldown=0, cap_count=3, cap_window_days=0)
	other = world.db.another("other-", wait=False)
	at, calls, before, waited = 0, 1, 0, 0
	while at < calls:
		lead = world.lead()
		visits = [ActivityIn(lead, "Page View", MONDAY, dedupe_key=f"{at}-{number}") for number in range(4)]
		activities.record(world.host, visits[:1])
		come_in_between = Intruder(partial(activities.record, host_on(world, other), visits[1:3]))
		watched = interrupted(world.db, at, come_in_between)
		activities.record(host_on(world, watched), visits[3:])
		had_to_wait = come_in_between.comes_after()
		before, waited = before + (not had_to_wait), waited + had_to_wait
		at, calls = at + 1, max(calls, watched.calls)
		with world.db.transaction():  # see what the other one did
			pass
		assert world.score(lead) == 21 == sum(sums.score_at(world.host, lead)), at - 1
	other.close()
	assert before and waited > 5, "it came in at some places and had to wait at others"


def an_event(world: World, lead: str) -> Callable[[Host], object]:
	event = IncomingEvent(f"event of {lead}", "Email Reply", MONDAY, lead=lead)
	with world.db.transaction():
		inbox.put(world.host, "shop", [(event, lead)])
	return inbox.work_off


def a_message(world: World, lead: str) -> Callable[[Host], object]:
	number = f"+49{world.host.db.new_name()}"
	world.put("Nurture Touch", party=lead, channel="SMS", address=number, status="Sent")
	return lambda host: note_reply(host, "SMS", number, "Yes", number)


def an_opt_out(world: World, lead: str) -> Callable[[Host], object]:
	(address,) = world.row("Lead", lead, "email_id")
	report, evidence = Report(Kind.UNSUBSCRIBE, address), Evidence("Provider", lead, is_trusted=True)
	return lambda host: bounces.act_on(host, report, evidence)


@pytest.mark.parametrize("came", [an_event, a_message, an_opt_out])
def test_what_comes_from_outside_in_turns_with_a_visit_leaves_the_score_the_ledger_says(mariadb_scene, came):
	"""A transaction that reads before it has its locks does not see the points that others gave while it waited."""
	world = mariadb_scene
	world.rule("Looked", activity_type="Page View", points=7, cooldown=0, cap_count=0)
	for kind in ("Email Reply", "Unsubscribe"):
		world.rule(kind, activity_type=kind, points=11, cooldown=0, cap_count=0)
	other = world.db.another("other-", wait=False)
	at, calls, before = 0, 1, 0
	while at < calls:
		lead = world.lead()
		comes = came(world, lead)
		page_view = ActivityIn(lead, "Page View", MONDAY)
		visit = Intruder(partial(activities.record, host_on(world, other), [page_view]))
		watched = interrupted(world.db, at, visit)
		comes(host_on(world, watched))
		before += not visit.comes_after()
		at, calls = at + 1, max(calls, watched.calls)
		with world.db.transaction():  # see what the other one did
			pass
		assert world.score(lead) == 18 == sum(sums.score_at(world.host, lead)), at - 1
	other.close()
	assert 0 < before < at, "it came in at some places and had to wait at others"


def test_activities_recorded_at_once_leave_the_score_the_ledger_says(mariadb_scene):
	world, chance = mariadb_scene, chance_of("activities")
	world.rule("Looked", activity_type="Page View", points=7, cooldown=0, cap_count=5, cap_window_days=0)
	world.rule("Called", activity_type="Call", points=11, cooldown=0, cap_count=0, decay="None")
	world.rule("Keen", rule_type="Profile", points=9, condition={"activity": "Any", "count": [">=", 4]})
	world.segment("Hot", {"score": [">=", 30]})
	leads = [world.lead() for _ in range(4)]
	workers = Workers(world)
	for number in range(3):
		plan = [
			(chance.choice(leads), chance.choice(["Page View", "Call"]), f"{number}-{n}") for n in range(40)
		]

		def visit(host: Host, worker: str, plan: list = plan) -> None:
			for lead, kind, key in plan:
				one = ActivityIn(lead, kind, MONDAY, dedupe_key=key)
				retrying(lambda: activities.record(host, [one]))

		workers.start(visit)
	for pid in list(workers._stages):
		workers.wait(pid)
	assert not workers.failed
	with world.db.transaction():
		pass
	assert len(world.all("Nurture Activity", "name", classification="human")) >= 120
	shown = {lead: world.score(lead) for lead in leads}
	assert shown == {lead: sum(sums.score_at(world.host, lead)) for lead in leads}
	scoring.rebuild(world.host)
	assert shown == {lead: world.score(lead) for lead in leads}
	inside = sorted(party for (party,) in world.all("Nurture Segment Member", "party") if shown[party] >= 30)
	assert inside == sorted(lead for lead in leads if shown[lead] >= 30)


def test_nothing_here_depends_on_the_memory_of_a_worker(scene):
	"""A new process for every batch."""
	world = scene
	world.settings(batch_size=2)
	world.sequence("Seq", EVERY_KIND)
	leads = [world.lead() for _ in range(7)]
	world.enroll("Seq", *leads)
	for number in range(7 * len(EVERY_KIND)):
		runner.tick(replace(host_on(world, world.db)), f"w{number}")
	books = Books(world)
	books.check_ledger_and_queues_agree()
	books.check_complete_and_in_order("Seq", ["Mail", "Last"])
