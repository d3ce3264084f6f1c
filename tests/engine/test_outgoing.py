"""What leaves by HTTP: queued with the step, sent once, tried again only where that cannot do harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine import lifecycle, nightly, optout, runner
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.enrollments import ending, pausing
from nurture_app.engine.outgoing import parcels, sender
from nurture_app.engine.outgoing.parcels import CallResult, OutgoingStatus, Parcel
from nurture_app.engine.outgoing.policy import BACK_OFF, judge
from nurture_app.engine.outgoing.webhooks import lead_fields_of, signature
from tests.database_wrappers import WatchedDatabase
from tests.world import World

HOOK = {"step_label": "Tell", "step_type": "Webhook", "webhook": "CRM"}


class Line:
	"""Plays the way out: keeps what it was given, answers what it was told to."""

	def __init__(self, *answers: CallResult | BaseException):
		self.parcels: list[Parcel] = []
		self.answers = list(answers)

	def call(self, parcel: Parcel) -> CallResult:
		self.parcels.append(parcel)
		answer = self.answers.pop(0) if self.answers else CallResult(200, text="ok")
		if isinstance(answer, BaseException):
			raise answer
		return answer


class Killed(BaseException):
	"""The worker dies."""


def hooked(world: World, **values: object) -> str:
	values = {"enabled": 1, "url": "https://crm.example/hook", "lead_fields": "company_name"} | values
	world.put("Nurture Webhook", "CRM", title="CRM", **values)
	return world.sequence("Told", [HOOK])


def outgoing(world: World, *columns: str) -> list[tuple]:
	return world.all("Nurture Outgoing", *columns)


def touched(world: World) -> list[tuple]:
	return world.all("Nurture Touch", "status", "reason", "channel")


def test_a_webhook_step_queues_its_call_with_the_fields_it_names(world):
	sequence = hooked(world)
	lead = world.lead(company_name="Analytical Engines")
	world.enroll(sequence, lead)
	world.tick()
	((name, status, payload),) = outgoing(world, "name", "status", "payload")
	assert status == "Queued" and '"company_name": "Analytical Engines"' in payload
	assert touched(world) == [("Queued", "", "Webhook")]
	line = Line()
	assert sender.work(world.host, line).sent == 1
	(parcel,) = line.parcels
	assert parcel.name == name and parcel.payload["lead"]["name"] == lead
	assert parcel.payload["sequence"] == "Told" and parcel.payload["step"] == "Tell"
	assert outgoing(world, "status", "response_status") == [("Sent", 200)]
	assert touched(world) == [("Sent", "", "Webhook")]
	assert sender.work(world.host, line).total == 0, "once is enough"


def test_many_webhooks_take_as_many_statements_as_one(make_world):
	counts = []
	for people in (1, 30):
		world = make_world("sqlite")
		world.enroll(hooked(world), *[world.lead() for _ in range(people)])
		watched = WatchedDatabase(world.db)
		runner.tick(replace(world.host, db=watched), "w")
		counts.append(watched.calls)
	assert counts[0] == counts[1]


def test_a_worker_that_dies_during_the_call_leaves_it_unknown_and_it_is_never_repeated(world):
	world.enroll(hooked(world), world.lead())
	world.tick()
	line = Line(Killed())
	with pytest.raises(Killed):
		sender.work(world.host, line)
	assert outgoing(world, "status") == [("Sending",)]
	assert sender.work(world.host, line).total == 0, "its worker may still be alive"
	world.clock.move_to(world.clock.now() + sender.INTERRUPTED_AFTER + timedelta(seconds=1))
	assert sender.work(world.host, line).unknown == 1
	assert outgoing(world, "status", "reason") == [("Unknown", "interrupted")]
	assert touched(world) == [("Unknown", "interrupted", "Webhook")]
	world.clock.move_to(world.clock.now() + timedelta(days=3))
	assert sender.work(world.host, line).total == 0
	assert len(line.parcels) == 1


def test_two_workers_never_take_the_same_call(world):
	world.enroll(hooked(world), *[world.lead() for _ in range(3)])
	world.tick()
	second = Line()

	class First(Line):
		def call(self, parcel: Parcel) -> CallResult:
			if not second.parcels:
				sender.work(world.host, second)
			return super().call(parcel)

	first = First()
	sender.work(world.host, first)
	called = [parcel.name for parcel in (*first.parcels, *second.parcels)]
	assert sorted(called) == sorted({name for (name,) in outgoing(world, "name")})


def test_an_opt_out_between_queueing_and_sending_stops_the_call(world):
	lead = world.lead()
	world.enroll(hooked(world), lead)
	world.tick()
	optout.unsubscribe(world.host, f"{lead.lower()}@example.com", "test")
	line = Line()
	sender.work(world.host, line)
	assert not line.parcels
	assert outgoing(world, "status", "reason") == [("Cancelled", "unsubscribed")]
	assert touched(world) == [("Skipped", "unsubscribed", "Webhook")]


def test_a_webhook_is_tried_again_with_growing_waits_and_then_fails(world):
	world.enroll(hooked(world), world.lead())
	world.tick()
	line = Line(*[CallResult(500, text="broken")] * 10)
	moments = []
	for wait in (timedelta(), *BACK_OFF, timedelta(days=2)):
		world.clock.move_to(world.clock.now() + wait)
		sender.work(world.host, line)
		moments.append(len(line.parcels))
	assert moments == [1, 2, 3, 4, 5, 6, 7, 7]
	assert outgoing(world, "status", "reason", "attempts") == [("Failed", "server_error", 7)]
	assert touched(world) == [("Failed", "server_error", "Webhook")]
	assert len({parcel.event_id for parcel in line.parcels}) == 1, "the receiver can tell that it is the same"


def test_a_target_that_does_not_answer_keeps_others_from_waiting(world):
	hooked(world)
	world.put("Nurture Webhook", "Other", title="Other", enabled=1, url="https://other.example/")
	world.sequence("Else", [HOOK | {"webhook": "Other"}])
	world.enroll("Told", *[world.lead() for _ in range(3)])
	world.tick()
	world.enroll("Else", world.lead())
	world.tick()
	line = Line(CallResult(problem="timed_out"))
	run = sender.work(world.host, line)
	assert [parcel.target for parcel in line.parcels] == ["CRM", "Other"]
	assert run.resting == {"CRM"} and run.sent == 1


def test_a_switched_off_webhook_holds_the_step(world):
	sequence = hooked(world, enabled=0)
	world.enroll(sequence, world.lead())
	world.tick()
	assert world.all("Nurture Enrollment", "status", "reason", "reason_detail") == [
		("Held", "channel_off", "CRM")
	]
	assert not outgoing(world, "name")
	with world.db.transaction():
		world.db.update("tabNurture Webhook", ("name", "enabled"), [("CRM", 1)])
	nightly.nightly(world.host)
	world.tick()
	assert len(outgoing(world, "name")) == 1


def test_replay_sends_the_same_call_with_the_same_id_again(world):
	world.enroll(hooked(world), world.lead())
	world.tick()
	line = Line(CallResult(400, text="no"))
	sender.work(world.host, line)
	((name,),) = outgoing(world, "name")
	again = parcels.replay(world.host, name)
	sender.work(world.host, line)
	assert again and [one.event_id for one in line.parcels] == [line.parcels[0].event_id] * 2
	assert sorted(outgoing(world, "status")) == [("Failed",), ("Sent",)]


def test_nothing_goes_while_all_sending_is_on_hold(world):
	world.enroll(hooked(world), world.lead())
	world.tick()
	world.settings(hold_all_sending=1)
	line = Line()
	assert sender.work(world.host, line).total == 0 and not line.parcels


@pytest.mark.parametrize("what", ["sequence", "person"])
def test_what_is_paused_waits_and_keeps_nobody_else_from_going(world, what):
	others = hooked(world)
	sequence = world.sequence("Stops", [HOOK, {"step_label": "Wait", "step_type": "Wait", "delay": 9}])
	paused, other = world.lead(), world.lead()
	(enrollment,) = (one.enrollment for one in world.enroll(sequence, paused))
	world.tick()
	if what == "sequence":
		lifecycle.pause(world.host, sequence)
	else:
		pausing.pause(world.host, [enrollment])
	world.enroll(others, other)
	world.tick()
	line = Line()
	sender.work(world.host, line)
	assert [one.party for one in line.parcels] == [other]
	if what == "sequence":
		lifecycle.resume(world.host, sequence)
	else:
		pausing.resume(world.host, [enrollment])
	sender.work(world.host, line)
	assert [one.party for one in line.parcels] == [other, paused]


def test_what_a_pause_keeps_back_does_not_leave_when_the_sequence_is_retired(world):
	"""Nor to those who have had their last step, whom nobody can stop any more."""
	sequence = hooked(world)
	world.enroll(sequence, world.lead())
	world.tick()
	assert world.all("Nurture Enrollment", "status") == [("Completed",)]
	lifecycle.pause(world.host, sequence)
	lifecycle.retire(world.host, sequence)
	line = Line()
	sender.work(world.host, line)
	assert not line.parcels and touched(world) == [("Skipped", "stopped", "Webhook")]


def test_what_an_active_sequence_has_handed_over_leaves_after_it_is_retired(world):
	sequence = hooked(world)
	world.enroll(sequence, world.lead())
	world.tick()
	lifecycle.retire(world.host, sequence)
	line = Line()
	sender.work(world.host, line)
	assert len(line.parcels) == 1


@pytest.mark.parametrize(
	("channel", "result", "attempts", "status"),
	[
		("Webhook", CallResult(204), 1, "Sent"),
		("Webhook", CallResult(302), 1, "Failed"),
		("Webhook", CallResult(404), 1, "Failed"),
		("Webhook", CallResult(429), 1, "Queued"),
		("Webhook", CallResult(500), 1, "Queued"),
		("Webhook", CallResult(500), len(BACK_OFF) + 1, "Failed"),
		("Webhook", CallResult(problem="timed_out"), 1, "Queued"),
		("Webhook", CallResult(problem="address_refused", reached=False), 1, "Failed"),
		("SMS", CallResult(200), 1, "Sent"),
		("SMS", CallResult(problem="no_answer", reached=False), 1, "Queued"),
		("SMS", CallResult(problem="timed_out"), 1, "Unknown"),
		("SMS", CallResult(500), 1, "Unknown"),
		("SMS", CallResult(503), 1, "Queued"),
		("SMS", CallResult(429), 1, "Queued"),
		("SMS", CallResult(400), 1, "Failed"),
		("SMS", CallResult(302), 1, "Failed"),
		("SMS", CallResult(200, problem="refused"), 1, "Failed"),
		("WhatsApp", CallResult(200, problem="undeliverable"), 1, "Failed"),
		("WhatsApp", CallResult(200, problem="not_understood"), 1, "Unknown"),
		("WhatsApp", CallResult(400, problem="throttled"), 1, "Queued"),
		("WhatsApp", CallResult(401, problem="credentials_refused"), 1, "Queued"),
		("WhatsApp", CallResult(problem="call_failed"), 1, "Unknown"),
	],
)
def test_what_follows_from_an_answer(channel, result, attempts, status):
	assert judge(channel, result, attempts).status == OutgoingStatus(status)


def test_a_receiver_may_ask_for_more_time_but_not_for_ever():
	assert judge("Webhook", CallResult(429, retry_after=600), 1).wait == timedelta(minutes=10)
	assert judge("Webhook", CallResult(429, retry_after=10**9), 1).wait == timedelta(days=1)


def test_a_signature_covers_time_and_body():
	made = signature("secret", "1700000000", b"{}")
	assert made.startswith("sha256=") and len(made) == 71
	assert made != signature("secret", "1700000001", b"{}") != signature("secret", "1700000001", b"{ }")
	assert made != signature("other", "1700000000", b"{}")


def test_a_step_without_a_webhook_is_refused(world):
	with pytest.raises(NurtureError) as refused:
		world.sequence("Nobody", [HOOK | {"webhook": ""}])
	assert refused.value.code == "step_without_webhook" and refused.value.params["step"] == "Tell"
	assert lead_fields_of(" company_name \n\nstatus\nstatus") == ("company_name", "status")


def test_ending_an_enrollment_takes_its_call_back(world):
	world.enroll(hooked(world), world.lead())
	world.tick()
	((enrollment,),) = world.all("Nurture Enrollment", "name")
	with world.db.transaction():
		assert ending.recall(world.host, {enrollment: "stopped"}) == 1
	assert outgoing(world, "status") == [("Cancelled",)]


def test_webhooks_beyond_the_limit_of_the_day_wait_for_tomorrow_and_others_go_on(world):
	world.settings(webhook_daily_limit=2)
	sequence = hooked(world)
	world.enroll(sequence, *[world.lead() for _ in range(5)])
	world.tick()
	line = Line()
	assert [sender.work(world.host, line).sent for _ in range(2)] == [2, 0]
	waits = [row[1:] for row in outgoing(world, "status", "reason", "next_try_on") if row[0] == "Queued"]
	midnight = world.clock.now().replace(hour=0) + timedelta(days=1)
	assert waits == [("daily_limit", midnight)] * 3
	for expected in (2, 1):
		world.clock.move_to(world.clock.now() + timedelta(days=1))
		assert sender.work(world.host, line).sent == expected
	assert len({parcel.name for parcel in line.parcels}) == 5
	assert {reason or "" for (reason,) in outgoing(world, "reason")} == {""}
