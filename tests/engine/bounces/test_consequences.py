"""What follows from each kind of report: for the address, the message, the sequence, the lead and its score."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from nurture_app.engine.bounces import guard
from nurture_app.engine.bounces.consequences import Evidence, Outcome, act_on, note_deliveries
from nurture_app.engine.bounces.report import Kind, Report
from nurture_app.engine.lifecycle import resume
from tests.world import World

MAILS = [{"step_label": "One"}, {"step_label": "Two", "delay": 1}, {"step_label": "Three", "delay": 1}]
BY_MAIL = "Bounce Mailbox"


def later(world: World, span: timedelta) -> None:
	world.clock.move_to(world.clock.now() + span)


class Scene:
	"""A lead that has got the first mail of a sequence."""

	def __init__(self, world: World, name: str = "ADA") -> None:
		self.world = world
		world.sequence("Welcome", MAILS)
		self.lead = world.lead(name)
		self.address = f"{name.lower()}@example.com"
		world.enroll("Welcome", self.lead)
		world.tick()
		self.mark_sent()
		self.reports = 0

	def mark_sent(self) -> None:
		touches = self.world.all("Nurture Touch", "name", "status", party=self.lead)
		rows = [(name, "Sent", self.world.clock.now()) for name, status in touches if status == "Queued"]
		with self.world.db.transaction():
			self.world.db.update("tabNurture Touch", ("name", "status", "sent_on"), rows)

	@property
	def touches(self) -> list[str]:
		return [name for (name,) in self.world.all("Nurture Touch", "name", party=self.lead)]

	def message_id(self, number: int = -1) -> str:
		return self.world.row("Nurture Touch", self.touches[number], "message_id")[0]

	def report(self, kind: Kind, trusted: bool = False, key: str = "", **values: object) -> Outcome:
		self.reports += 1
		values = {
			"message_id": self.message_id(),
			"address": self.address,
			"diagnostic": "550 5.1.1 words",
			**values,
		}
		return act_on(
			self.world.host, Report(kind, **values), Evidence(BY_MAIL, key or f"k{self.reports}", trusted)
		)

	def touch(self, *columns: str) -> tuple:
		return self.world.row("Nurture Touch", self.touches[-1], *columns)

	def enrollment(self) -> tuple:
		((status, reason),) = self.world.all("Nurture Enrollment", "status", "reason", party=self.lead)
		return status, reason or ""

	def suppressed(self) -> list[str]:
		return [reason for (reason,) in self.world.all("Nurture Suppression", "reason", address=self.address)]

	def activities(self) -> list[str]:
		return sorted(
			kind for (kind,) in self.world.all("Nurture Activity", "activity_type", party=self.lead)
		)

	def ledger(self) -> list[tuple]:
		return sorted(self.world.all("Nurture Bounce", "kind", "state", address=self.address))

	def next_day(self) -> None:
		later(self.world, timedelta(days=1))
		self.world.tick()
		self.mark_sent()


@pytest.fixture
def scene(world: World) -> Scene:
	return Scene(world)


def test_a_hard_bounce_stops_the_address_and_ends_its_sequences(scene):
	scene.world.rule("Bounced", activity_type="Email Bounced", points=-30)
	assert scene.report(Kind.HARD) == Outcome.STOPPED
	assert scene.suppressed() == ["Bounced"]
	assert scene.enrollment() == ("Exited", "bounced")
	assert scene.touch("status", "reason", "reason_detail") == ("Bounced", "bounced", "550 5.1.1 words")
	assert scene.touch("bounced_on")[0] is not None
	assert scene.activities() == ["Email Bounced"]
	assert scene.world.score(scene.lead) == -30
	assert scene.ledger() == [("Hard", "To Repair")]


def test_the_same_report_twice_has_one_consequence(scene):
	scene.report(Kind.HARD, key="same")
	assert scene.report(Kind.HARD, key="same") == Outcome.REPEATED
	assert len(scene.ledger()) == 1 and scene.activities() == ["Email Bounced"]


def test_a_soft_bounce_is_counted_and_the_sequence_goes_on(scene):
	assert scene.report(Kind.SOFT, diagnostic="452 4.2.2 full") == Outcome.NOTED
	assert scene.suppressed() == [] and scene.enrollment()[0] == "Active"
	assert scene.touch("status", "reason") == ("Bounced", "soft_bounced")
	assert scene.activities() == ["Soft Bounce"]
	scene.next_day()
	assert len(scene.world.sent(scene.lead)) == 2


def test_soft_bounces_of_as_many_messages_as_the_limit_count_as_hard(scene):
	scene.world.settings(soft_bounce_limit=3, soft_bounce_days=30, cap_messages=9)
	for day in range(3):
		# The same message told by the mailbox and by the provider is one.
		outcomes = {scene.report(Kind.SOFT), scene.report(Kind.SOFT, trusted=True)}
		if day < 2:
			assert outcomes == {Outcome.NOTED} and scene.suppressed() == []
			scene.next_day()
	assert scene.suppressed() == ["Bounced"]
	assert scene.activities().count("Email Bounced") == 1


def test_soft_bounces_long_ago_do_not_count(scene):
	scene.world.settings(soft_bounce_limit=2, soft_bounce_days=7)
	scene.report(Kind.SOFT)
	later(scene.world, timedelta(days=8))
	scene.world.tick()
	scene.mark_sent()
	assert scene.report(Kind.SOFT) == Outcome.NOTED and scene.suppressed() == []


def test_without_a_limit_soft_bounces_never_count_as_hard(scene):
	scene.world.settings(soft_bounce_limit=0)
	assert scene.report(Kind.SOFT) == Outcome.NOTED and scene.suppressed() == []


def test_a_block_is_not_the_persons_fault(scene):
	assert scene.report(Kind.BLOCK, diagnostic="550 5.7.1 spam") == Outcome.NOTED
	assert scene.suppressed() == [] and scene.enrollment()[0] == "Active"
	assert scene.touch("status", "reason") == ("Bounced", "blocked")
	assert scene.activities() == ["Blocked"] and scene.ledger() == [("Block", "Noted")]


def test_a_complaint_stops_the_address_and_withdraws_consent(scene):
	assert scene.report(Kind.COMPLAINT) == Outcome.STOPPED
	assert scene.suppressed() == ["Complaint"] and scene.enrollment() == ("Exited", "complaint")
	assert scene.world.all("Nurture Consent", "status", party=scene.lead) == [("Withdrawn",)]
	assert scene.touch("status", "reason") == ("Sent", "complaint"), "it arrived"
	assert scene.activities() == ["Spam Complaint"]


@pytest.mark.parametrize("kind", [Kind.DELAYED, Kind.AUTO_REPLY])
def test_delays_and_automatic_answers_change_nothing(scene, kind):
	assert scene.report(kind) == Outcome.IGNORED
	assert scene.touch("status") == ("Sent",) and scene.ledger() == [] and scene.activities() == []


def test_a_mail_that_proves_nothing_is_listed_and_does_nothing(scene):
	assert scene.report(Kind.HARD, message_id="") == Outcome.NO_PROOF
	assert scene.suppressed() == [] and scene.touch("status") == ("Sent",)
	assert scene.ledger() == [("Hard", "No Proof")]


def test_a_quoted_unsubscribe_link_is_proof(scene):
	token = scene.touch("token")[0]
	assert scene.report(Kind.HARD, message_id="", token=token) == Outcome.STOPPED


def test_ids_and_tokens_are_compared_letter_by_letter(scene):
	swapped = scene.message_id().swapcase()
	assert scene.report(Kind.HARD, message_id=swapped) == Outcome.NO_PROOF


def test_a_provider_that_proved_itself_may_name_the_address_alone(scene):
	assert scene.report(Kind.HARD, trusted=True, message_id="") == Outcome.STOPPED
	assert scene.touch("status") == ("Bounced",)


def test_an_address_alone_does_not_reach_back_for_ever(scene):
	later(scene.world, timedelta(days=40))
	assert scene.report(Kind.HARD, trusted=True, message_id="") == Outcome.STOPPED, "it is still that lead's"
	assert scene.touch("status") == ("Sent",)


def test_nothing_is_kept_of_strangers(scene):
	outcome = scene.report(Kind.HARD, trusted=True, message_id="", address="stranger@elsewhere.example")
	assert outcome == Outcome.IGNORED
	assert scene.world.all("Nurture Bounce", "name") == []


def test_the_address_we_wrote_to_counts_not_where_it_was_forwarded_to(scene):
	scene.report(Kind.HARD, address="private@elsewhere.example")
	assert scene.suppressed() == ["Bounced"]


def test_deliveries_show_on_touches_unless_more_is_known(scene):
	reports = [
		Report(Kind.DELIVERED, message_id=scene.message_id()),
		Report(Kind.DELIVERED, message_id="other@x"),
	]
	assert note_deliveries(scene.world.host, reports) == 1
	assert scene.touch("status") == ("Delivered",)
	scene.report(Kind.HARD)
	assert note_deliveries(scene.world.host, reports) == 0
	assert scene.touch("status") == ("Bounced",)


def test_a_provider_tells_of_an_unsubscribe(scene):
	assert scene.report(Kind.UNSUBSCRIBE, trusted=True) == Outcome.STOPPED
	assert scene.suppressed() == ["Unsubscribed"] and scene.enrollment() == ("Exited", "unsubscribed")


def test_a_moment_that_cannot_be_right_becomes_now(scene):
	now = scene.world.clock.now()
	future = now.replace(tzinfo=timezone.utc) + timedelta(days=400)
	scene.report(Kind.HARD, occurred_on=future)
	assert scene.touch("bounced_on") == (now,)


# --- the guard ---------------------------------------------------------------------------------------------------


class Crowd:
	"""A sequence that has written to many."""

	def __init__(self, world: World, people: int = 40) -> None:
		self.world = world
		world.settings(
			guard_min_sent=20,
			guard_days=7,
			max_hard_bounce_percent=5,
			max_complaint_percent=2.5,
			cap_messages=9,
		)
		world.sequence("Crowd", MAILS)
		self.leads = [world.lead(f"C{number}") for number in range(people)]
		world.enroll("Crowd", *self.leads)
		self.send()

	def send(self) -> None:
		self.world.tick()
		rows = self.world.all("Nurture Touch", "name", "status", sequence="Crowd")
		with self.world.db.transaction():
			updates = [(name, "Sent") for name, status in rows if status == "Queued"]
			self.world.db.update("tabNurture Touch", ("name", "status"), updates)

	def report(self, kind: Kind, count: int, start: int = 0) -> None:
		for lead in self.leads[start : start + count]:
			touch = max(self.world.all("Nurture Touch", "name", "message_id", party=lead))
			act_on(
				self.world.host, Report(kind, message_id=touch[1]), Evidence("x", f"{kind}{touch[0]}", True)
			)

	def review(self) -> list[guard.Verdict]:
		return guard.review(self.world.host, lambda verdict: f"{verdict.code} {verdict.count}/{verdict.sent}")

	def state(self) -> tuple:
		return self.world.row("Nurture Sequence", "Crowd", "status", "hold_reason")


def test_too_many_hard_bounces_hold_the_sequence_with_the_figures(world):
	crowd = Crowd(world)
	crowd.report(Kind.HARD, 2)
	assert crowd.review() == [] and crowd.state()[0] == "Active", "5 % are allowed"
	crowd.report(Kind.HARD, 1, start=2)
	(verdict,) = crowd.review()
	assert (verdict.count, verdict.sent, verdict.percent) == (3, 40, 7.5)
	assert crowd.state() == ("Paused", "guard_hard_bounces 3/40")
	later(world, timedelta(days=1))
	before = len(world.sent())
	world.tick()
	assert len(world.sent()) == before, "nothing leaves while it is held"


def test_complaints_hold_it_earlier(world):
	crowd = Crowd(world)
	crowd.report(Kind.COMPLAINT, 1)
	assert crowd.review() == []
	crowd.report(Kind.COMPLAINT, 1, start=1)
	assert [one.code for one in crowd.review()] == ["guard_complaints"]


def test_few_mails_prove_nothing_and_blocks_and_soft_bounces_hold_nothing(world):
	crowd = Crowd(world, people=19)
	crowd.report(Kind.HARD, 10)
	assert crowd.review() == []


def test_blocks_and_soft_bounces_hold_nothing(world):
	crowd = Crowd(world)
	crowd.report(Kind.BLOCK, 20)
	crowd.report(Kind.SOFT, 10, start=20)
	assert crowd.review() == []


def test_who_resumes_it_starts_a_new_count(world):
	crowd = Crowd(world)
	crowd.report(Kind.HARD, 5)
	assert crowd.review()
	later(world, timedelta(hours=2))
	resume(world.host, "Crowd")
	assert crowd.state() == ("Active", None)
	crowd.report(Kind.HARD, 5, start=5)
	assert crowd.review() == [], "late bounces of mails sent before do not count"
	later(world, timedelta(days=1))
	crowd.send()
	crowd.report(Kind.HARD, 3, start=10)
	assert len(crowd.review()) == 1, "new ones do"


def test_what_was_long_ago_does_not_count(world):
	crowd = Crowd(world)
	crowd.report(Kind.HARD, 5)
	later(world, timedelta(days=8))
	assert crowd.review() == []
