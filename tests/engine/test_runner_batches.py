"""Batches: what others do between claim and record, what one bad apple costs, and how many queries a batch takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import lifecycle, optout, rendering, runner
from nurture_app.engine.enrollments import ending, pausing
from nurture_app.engine.outcome import TickResult
from nurture_app.engine.ports import Host
from nurture_app.engine.steps import STEP_TYPES
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY, World

DAY = timedelta(days=1)
MAILS = [{"step_label": "One"}, {"step_label": "Two", "delay": 2}, {"step_label": "Three", "delay": 2}]


def ready(world: World, number: int = 3, **values: Any) -> list[str]:
	world.sequence("Seq", MAILS, **values)
	leads = [world.lead() for _ in range(number)]
	world.enroll("Seq", *leads)
	return leads


def tick_with(world: World, meanwhile: Callable[[], None], *, host: Host | None = None) -> TickResult:
	"""A tick during which something else happens after the batch is claimed, loaded, decided and rendered."""
	render_all = runner.render_all

	def rendered(*args: Any) -> Any:
		runner.render_all = render_all
		messages = render_all(*args)
		meanwhile()
		return messages

	runner.render_all = rendered
	return runner.tick(host or world.host, "slow")


# --- between claim and record ------------------------------------------------------------------------------------


def address(lead: str) -> str:
	return f"{lead.lower()}@example.com"


def name_of(world: World, lead: str) -> str:
	return dict(world.all("Nurture Enrollment", "party", "name"))[lead]


MEANWHILE = {
	"opts out": lambda world, lead: optout.unsubscribe(world.host, address(lead), "link"),
	"withdraws consent": lambda world, lead: optout.set_consent(
		world.host, lead, address(lead), "Withdrawn", "x", ""
	),
	"replies": lambda world, lead: world.record(lead, "Email Reply"),
	"reaches the goal": lambda world, lead: world.record(lead, "Opportunity Created"),
	"bounces": lambda world, lead: world.record(lead, "Email Bounced"),
	"is paused": lambda world, lead: pausing.pause(world.host, [name_of(world, lead)]),
	"is stopped": lambda world, lead: ending.stop(world.host, [name_of(world, lead)]),
	"is in a sequence that is paused": lambda world, lead: lifecycle.pause(world.host, "Seq"),
	"is in a sequence that is retired": lambda world, lead: lifecycle.retire(world.host, "Seq"),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_nothing_goes_to_who_in_the_meantime(world, case):
	lead, other, third = ready(world, goal_activity="Opportunity Created")
	tick_with(world, lambda: MEANWHILE[case](world, lead))
	sent = sorted(one.party for one in world.outbox.messages)
	assert sent == ([] if "sequence" in case else [other, third])
	assert world.all("Nurture Touch", "name", party=lead) == []
	if "sequence" in case:
		return
	world.run_until(MONDAY + timedelta(hours=1))
	assert world.sent(lead) == []


def test_a_pause_between_claim_and_record_only_puts_off(world):
	lead, *_ = ready(world)
	tick_with(world, lambda: lifecycle.pause(world.host, "Seq"))
	world.run_until(MONDAY + DAY)
	lifecycle.resume(world.host, "Seq")
	world.run_until(MONDAY + 8 * DAY)
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]


def test_a_worker_whose_lease_ran_out_writes_nothing_over_the_next_ones_work(world):
	lead, *_ = ready(world, 1)

	def meanwhile() -> None:
		world.clock.move_to(MONDAY + timedelta(minutes=16))
		assert runner.tick(world.host, "next").queued == 1

	result = tick_with(world, meanwhile)
	assert result.queued == 0
	assert world.sent(lead) == ["Seq One"]
	assert world.all("Nurture Enrollment", "step", "lease_token") == [("Two", None)]


def test_a_worker_whose_lease_ran_out_sends_nothing_even_if_nobody_took_over(world):
	"""Somebody else may have taken another enrollment of the same person meanwhile."""
	world.settings(cap_messages=1, cap_days=7)
	world.sequence("Other", [{"step_label": "One"}])
	(lead,) = ready(world, 1)

	def meanwhile() -> None:
		world.clock.move_to(MONDAY + timedelta(minutes=16))
		world.enroll("Other", lead)
		(mine,) = [n for n, s in world.all("Nurture Enrollment", "name", "sequence") if s == "Seq"]
		later = MONDAY + timedelta(minutes=17)
		with world.db.transaction():  # so that only the other one is due
			world.db.update("tabNurture Enrollment", ("name", "due_on"), [(mine, later)])
		assert runner.tick(world.host, "next").queued == 1

	tick_with(world, meanwhile)
	assert world.sent(lead) == ["Other One"]


def test_two_workers_never_have_one_person_in_hand_at_once(world):
	world.settings(batch_size=1, cap_messages=1, cap_days=7)
	for name in ("A", "B"):
		world.sequence(name, [{"step_label": "One"}])
	lead, twin = world.lead(email_id="ann@example.com"), world.lead(email_id="ann@EXAMPLE.com")
	world.enroll("A", lead), world.enroll("B", twin)
	for first, second in (("w1", "w2"), ("w2", "w1")):  # whichever comes first
		mine = runner.claim(world.host, first, 1, 15)
		theirs = runner.claim(world.host, second, 1, 15)
		assert len(mine) == 1 and theirs == []
		world.clock.move_to(world.clock.now() + timedelta(minutes=16))
	world.run_until(world.clock.now() + timedelta(minutes=16), every=timedelta(minutes=1))
	assert len(world.sent()) == 1


def test_a_dead_workers_batch_is_taken_up_after_its_lease(world):
	leads = ready(world)
	assert len(runner.claim(world.host, "dead", 500, 15)) == 3
	world.clock.move_to(MONDAY + timedelta(minutes=15))
	assert runner.tick(world.host, "next").claimed == 0
	world.clock.move_to(MONDAY + timedelta(minutes=15, seconds=1))
	assert runner.tick(world.host, "next").queued == 3
	assert sorted(one.party for one in world.outbox.messages) == sorted(leads)


@pytest.mark.parametrize("status", ["Queued", "Sending", "Sent", "Delivered", "Opened", "Bounced", "Unknown"])
def test_an_enrollment_set_back_does_not_send_what_the_ledger_says_was_sent(world, status):
	"""A row restored by hand or from a backup: the ledger is what counts."""
	(lead,) = ready(world, 1)
	before = world.all("Nurture Enrollment", "name", "step", "due_on", "nominal_on", "visit")
	world.tick()
	((touch,),) = world.all("Nurture Touch", "name")
	with world.db.transaction():
		world.db.update("tabNurture Enrollment", ("name", "step", "due_on", "nominal_on", "visit"), before)
		world.db.update("tabNurture Touch", ("name", "status"), [(touch, status)])
	world.run_until(MONDAY + 8 * DAY)
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]
	assert world.row("Nurture Touch", touch, "status") == (status,)


def test_the_oldest_are_taken_first(world):
	world.settings(batch_size=2)
	world.sequence("Seq", MAILS)
	leads = []
	for minute in (3, 1, 4, 2, 5):
		leads.append(world.lead(f"L{minute}"))
	for minute in range(1, 6):
		world.clock.move_to(MONDAY + timedelta(minutes=minute))
		world.enroll("Seq", f"L{minute}")
	batches = []
	while (result := runner.tick(world.host, "w")).claimed:
		batches.append(result.claimed)
	assert batches == [2, 2, 1]
	assert [one.party for one in world.outbox.messages] == ["L1", "L2", "L3", "L4", "L5"]


# --- one bad apple -----------------------------------------------------------------------------------------------


def sent_to(world: World) -> list[str]:
	return sorted(one.party for one in world.outbox.messages)


def test_an_unforeseen_error_in_deciding_holds_one_and_lets_the_others_go(world, monkeypatch):
	bad, *good = ready(world)
	email = STEP_TYPES["Email"].decide

	def stumbling(one: Any, step: Any, batch: Any) -> Any:
		if one.party == bad:
			raise ZeroDivisionError("out of the blue")
		return email(one, step, batch)

	monkeypatch.setattr(type(STEP_TYPES["Email"]), "decide", staticmethod(stumbling))
	result = world.tick()
	assert (result.queued, result.held) == (2, 1)
	assert sent_to(world) == sorted(good)
	((status, reason, detail),) = world.all(
		"Nurture Enrollment", "status", "reason", "reason_detail", party=bad
	)
	assert (status, reason) == ("Held", "step_error")
	assert "ZeroDivisionError: out of the blue" in detail


def test_an_unforeseen_error_in_rendering_holds_one_and_lets_the_others_go(world, monkeypatch):
	bad, *good = ready(world)
	render = rendering.render_marked

	def stumbling(compiled: Any, values: Any) -> Any:
		if values["lead"]["name"] == bad:
			raise RecursionError("out of the blue")
		return render(compiled, values)

	monkeypatch.setattr(rendering, "render_marked", stumbling)
	world.tick()
	assert sent_to(world) == sorted(good)
	assert world.all("Nurture Enrollment", "status", "reason", party=bad) == [("Held", "template_error")]


def test_a_row_the_database_refuses_holds_one_and_lets_the_others_go(world):
	"""A custom field shorter than the text a step writes, a trigger, a full column: found out at the last moment."""
	step = {"step_label": "Mark", "step_type": "Set Field", "field_name": "city", "field_value": "ok"}
	world.sequence("Seq", [step, {"step_label": "Mail"}])
	leads = [world.lead() for _ in range(9)]
	world.enroll("Seq", *leads)
	bad = leads[4]

	class Refusing(WatchedDatabase):
		def update(self, table: str, columns: Any, rows: Any) -> None:
			rows = list(rows)
			if table == "tabLead" and any(row[0] == bad for row in rows):
				raise ValueError("Data too long for column 'city'")
			super().update(table, columns, rows)

	host = replace(world.host, db=Refusing(world.db))
	result = runner.tick(host, "w")
	assert (result.claimed, result.held) == (9, 1)
	world.tick()
	assert sent_to(world) == sorted(set(leads) - {bad})
	((status, reason, detail),) = world.all(
		"Nurture Enrollment", "status", "reason", "reason_detail", party=bad
	)
	assert (status, reason) == ("Held", "step_error") and "Data too long" in detail
	assert {world.row("Lead", lead, "city")[0] for lead in leads if lead != bad} == {"ok"}
	world.run_until(MONDAY + 2 * DAY)  # tried again at night
	assert sent_to(world) == sorted(leads)


def test_an_error_that_meets_everybody_reaches_the_host_and_loses_nothing(world):
	"""The database is gone: no use in holding anybody."""
	leads = ready(world)

	class Gone(WatchedDatabase):
		def insert(self, *args: Any, **options: Any) -> int:
			raise ConnectionError("gone away")

	with pytest.raises(ConnectionError):
		runner.tick(replace(world.host, db=Gone(world.db)), "w")
	assert {status for (status,) in world.all("Nurture Enrollment", "status")} == {"Active"}
	world.run_until(MONDAY + timedelta(minutes=16), every=timedelta(minutes=16))
	assert sorted(world.all("Nurture Touch", "party", "status")) == [
		(lead, "Queued") for lead in sorted(leads)
	]


# --- how many queries --------------------------------------------------------------------------------------------


def mixed(world: World, number: int) -> None:
	"""Everything a batch may meet: mails, tasks, fields, branches, ends, holds, deferrals, endings."""
	steps = [
		{"step_label": "Mail"},
		{"step_label": "Call", "step_type": "Task", "task_description": "Call {{ lead.lead_name }}"},
		{"step_label": "Mark", "step_type": "Set Field", "field_name": "city", "field_value": "Ulm"},
		{
			"step_label": "Fork",
			"step_type": "Branch",
			"condition": {"touches": "opened"},
			"on_true": "Stop",
			"on_false": "Wait",
		},
		{"step_label": "Wait", "step_type": "Wait", "delay": 1},
		{"step_label": "Second"},
		{"step_label": "Stop", "step_type": "End"},
	]
	world.sequence("Mixed", steps, goal_activity="Opportunity Created")
	start = ["Mail", "Call", "Mark", "Fork", "Wait", "Second", "Stop"]
	leads = [world.lead(unsubscribed=int(place % 11 == 0)) for place in range(number)]
	with world.db.transaction():
		world.db.update("tabLead", ("name", "unsubscribed"), [(lead, 0) for lead in leads])
	world.enroll("Mixed", *leads)
	rows = [(name, start[place % 7]) for place, (name,) in enumerate(world.all("Nurture Enrollment", "name"))]
	with world.db.transaction():
		world.db.update("tabNurture Enrollment", ("name", "step"), rows)
		world.db.update("tabLead", ("name", "unsubscribed"), [(lead, 1) for lead in leads[::11]])
		world.db.update("tabLead", ("name", "email_id"), [(lead, None) for lead in leads[::13]])


@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_a_batch_of_500_takes_no_more_queries_than_one_of_50(make_world, database):
	counted = {}
	for number in (50, 500):
		world = make_world(database)
		world.settings(batch_size=number)
		mixed(world, number)
		watched = WatchedDatabase(world.db)
		result = runner.tick(replace(world.host, db=watched), "w")
		assert result.claimed == number
		assert result.queued and result.held and result.ended
		counted[number] = dict(watched.names)
	assert counted[500] == counted[50]
	assert sum(counted[500].values()) < 70, "a fixed number, and not a large one"


def test_a_tick_with_nothing_due_asks_four_things(world):
	"""The settings, the active sequences, what is free, and what a dead worker left."""
	ready(world)
	world.tick()
	watched = WatchedDatabase(world.db)
	assert runner.tick(replace(world.host, db=watched), "w").claimed == 0
	assert watched.names["rows"] <= 4 and watched.names["update"] == watched.names["insert"] == 0
