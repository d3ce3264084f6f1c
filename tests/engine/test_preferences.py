"""The person's choice goes before every sequence's own timing: topics, frequency, a pause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import opt_down, optout, runner
from nurture_app.engine.batch import load_batch
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.decide import decide
from nurture_app.engine.preferences import EVERYTHING, Preference, load_preferences
from tests.world import MONDAY, World

MAILS = [{"step_label": "One"}, {"step_label": "Two", "delay": 2}, {"step_label": "Three", "delay": 2}]
ADDRESS = "ann@example.com"
DAY = timedelta(days=1)
WEEKLY = Preference("Weekly")


def on_the_way(world: World, title: str = "Seq", **values: Any) -> str:
	"""A lead whose first mail has gone on Monday, and whose second is due on Wednesday."""
	world.sequence(title, MAILS, **values)
	lead = world.lead("ann", email_id=ADDRESS)
	world.enroll(title, lead)
	world.tick()
	leave_the_queue(world)
	return lead


def leave_the_queue(world: World) -> None:
	names = [name for (name,) in world.all("Nurture Touch", "name", status="Queued")]
	with world.db.transaction():
		world.db.update("tabNurture Touch", ("name", "status"), [(name, "Sent") for name in names])


def choose(world: World, choice: Preference, address: str = ADDRESS) -> bool:
	return opt_down.choose(world.host, address, choice, "Preference centre")


def enrollment(world: World, *columns: str) -> tuple:
	return world.all("Nurture Enrollment", *columns)[0]


def changes(world: World, lead: str) -> list[str]:
	return [
		detail
		for (detail,) in world.all(
			"Nurture Activity", "detail", party=lead, activity_type="Preferences Changed"
		)
	]


# --- frequency -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("frequency", "days"), [("Weekly", 7), ("Monthly", 30), ("Quarterly", 91)])
def test_the_next_message_comes_when_the_person_wants_it(world, frequency, days):
	lead = on_the_way(world)
	assert choose(world, Preference(frequency))
	world.run_until(MONDAY + days * DAY - timedelta(hours=1))
	assert world.sent(lead) == ["Seq One"]
	assert enrollment(world, "reason") == ("chosen_frequency",)
	world.run_until(MONDAY + (days + 3) * DAY)
	assert world.sent(lead) == ["Seq One", "Seq Two"]


def test_a_frequency_counts_messages_of_all_sequences(world):
	lead = on_the_way(world)
	choose(world, WEEKLY)
	world.sequence("Other", MAILS)
	world.enroll("Other", lead)
	world.run_until(MONDAY + 6 * DAY)
	assert world.sent(lead) == ["Seq One"]
	world.run_until(MONDAY + 8 * DAY)
	assert len(world.sent(lead)) == 2, "one of the two sequences, not both"


def test_choosing_more_lets_what_was_put_off_go_at_once(world):
	lead = on_the_way(world)
	choose(world, Preference("Quarterly"))
	world.run_until(MONDAY + 10 * DAY)
	choose(world, EVERYTHING)
	world.tick()
	assert world.sent(lead) == ["Seq One", "Seq Two"]
	assert [detail.partition(":")[0] for detail in changes(world, lead)] == ["Less", "More"]


# --- pause -----------------------------------------------------------------------------------------------------------


def test_a_pause_puts_off_and_skips_nothing(world):
	lead = on_the_way(world)
	choose(world, Preference(paused_until=MONDAY + 30 * DAY))
	world.run_until(MONDAY + 29 * DAY)
	assert world.sent(lead) == ["Seq One"] and enrollment(world, "reason") == ("person_paused",)
	world.run_until(MONDAY + 45 * DAY)
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]


def test_a_pause_ends_by_itself_and_holds_for_every_spelling_and_lead_of_the_address(world):
	choose(world, Preference(paused_until=MONDAY + 30 * DAY), " ANN@Example.com")
	world.sequence("Seq", MAILS)
	leads = [world.lead(email_id="Ann@example.com"), world.lead(email_id="ann@EXAMPLE.com")]
	assert sorted(bool(one.enrollment) for one in world.enroll("Seq", *leads)) == [False, True]
	world.run_until(MONDAY + 29 * DAY)
	assert world.sent() == []
	world.run_until(MONDAY + 30 * DAY + timedelta(hours=1))
	assert world.sent() == ["Seq One"]


# --- topics ----------------------------------------------------------------------------------------------------------

NO_NEWS = Preference(topics=(("News", False), ("Tips", True)))


def test_a_topic_not_wanted_ends_its_sequences_and_no_other(world):
	lead = on_the_way(world, topic="News")
	world.sequence("Tips", MAILS, topic="Tips")
	world.sequence("Plain", MAILS)
	world.enroll("Tips", lead)
	world.enroll("Plain", lead)
	choose(world, NO_NEWS)
	rows = world.all("Nurture Enrollment", "sequence", "status", "reason")
	found = {sequence: (status, reason or "") for sequence, status, reason in rows}
	assert found == {"Seq": ("Exited", "topic_unwanted"), "Tips": ("Active", ""), "Plain": ("Active", "")}


def test_nobody_enters_a_sequence_of_a_topic_they_do_not_want(world):
	choose(world, NO_NEWS)
	world.sequence("Seq", MAILS, topic="News")
	lead = world.lead("ann", email_id=ADDRESS)
	assert [one.reason for one in world.enroll("Seq", lead)] == ["topic_unwanted"]


def test_a_topic_given_to_a_running_sequence_holds_for_those_on_their_way(world):
	lead = on_the_way(world)
	choose(world, NO_NEWS)
	with world.db.transaction():
		world.db.update("tabNurture Sequence", ("name", "topic"), [("Seq", "News")])
	world.run_until(MONDAY + 10 * DAY)
	assert world.sent(lead) == ["Seq One"]
	assert enrollment(world, "status", "reason") == ("Exited", "topic_unwanted")


def test_topics_ticked_in_a_form_do_not_overrule_the_person(world):
	world.lead("ann", email_id=ADDRESS)
	choose(world, NO_NEWS)
	assert opt_down.want_topics(world.host, ADDRESS, ["News", "Events", "Events"], "form /x")
	found = load_preferences(world.host, [ADDRESS])[ADDRESS]
	assert found.topics == (("Events", True), ("News", False), ("Tips", True))
	assert not opt_down.want_topics(world.host, ADDRESS, ["News"], "form /x")


# --- what waits in a queue -------------------------------------------------------------------------------------------


def queued(world: World, **values: Any) -> str:
	"""A lead whose first mail waits in the queue."""
	world.sequence("Seq", MAILS, **values)
	lead = world.lead("ann", email_id=ADDRESS)
	world.enroll("Seq", lead)
	world.tick()
	assert world.all("Nurture Touch", "status") == [("Queued",)]
	return lead


def test_a_pause_takes_back_what_waits_and_it_comes_after_the_pause(world):
	lead = queued(world)
	choose(world, Preference(paused_until=MONDAY + 30 * DAY))
	assert len(world.outbox.cancelled) == 1
	assert world.all("Nurture Touch", "status", "queued_on") == [("Planned", None)]
	world.outbox.messages.clear()
	world.run_until(MONDAY + 29 * DAY)
	assert world.sent(lead) == []
	world.run_until(MONDAY + 45 * DAY)
	assert world.sent(lead) == ["Seq One", "Seq Two", "Seq Three"]
	assert len(world.all("Nurture Touch", "name")) == 3, "the same line of the ledger was used again"


def test_a_topic_taken_back_takes_its_waiting_mail_along(world):
	queued(world, topic="News")
	choose(world, NO_NEWS)
	assert len(world.outbox.cancelled) == 1
	assert world.all("Nurture Touch", "status", "reason") == [("Skipped", "topic_unwanted")]


def test_the_last_mail_of_a_sequence_that_is_over_does_not_come_in_a_pause(world):
	world.sequence("Seq", MAILS[:1])
	world.enroll("Seq", world.lead("ann", email_id=ADDRESS))
	world.tick()
	choose(world, Preference(paused_until=MONDAY + 30 * DAY))
	assert world.all("Nurture Touch", "status", "reason") == [("Skipped", "person_paused")]


def test_what_was_sent_already_stays_sent(world):
	on_the_way(world)
	choose(world, Preference(paused_until=MONDAY + 30 * DAY))
	assert world.outbox.cancelled == [] and world.all("Nurture Touch", "status") == [("Sent",)]


def test_a_batch_in_hand_is_decided_anew_after_the_choice(world):
	world.sequence("Seq", MAILS)
	lead = world.lead("ann", email_id=ADDRESS)
	world.enroll("Seq", lead)
	claimed = runner.claim(world.host, "w", 10, 15)
	batch = load_batch(world.host, claimed)
	outcomes = [decide(one, batch) for one in batch.claimed]
	messages = runner.render_all(world.host, batch, outcomes)
	choose(world, Preference(paused_until=MONDAY + 30 * DAY))
	runner.record_or_hold(world.host, batch, outcomes, messages, claimed[0].lease_token)
	world.tick()
	assert world.sent(lead) == [] and enrollment(world, "reason") == ("person_paused",)


# --- the choice itself -----------------------------------------------------------------------------------------------


def test_the_same_choice_again_changes_nothing_and_is_no_news(world):
	lead = world.lead("ann", email_id=ADDRESS)
	assert choose(world, WEEKLY) and not choose(world, WEEKLY)
	assert not choose(world, EVERYTHING, "other@example.com")
	assert changes(world, lead) == ["Less: Weekly"]
	assert len(world.all("Nurture Preference", "name")) == 1


def test_a_choice_is_read_as_it_was_written(world):
	choice = Preference("Monthly", MONDAY + 9 * DAY, (("News", False), ("Tips", True)))
	choose(world, choice)
	assert load_preferences(world.host, [ADDRESS, "other@example.com"]) == {ADDRESS: choice}
	choose(world, replace(choice, topics=(("Tips", False),)))
	assert load_preferences(world.host, [ADDRESS])[ADDRESS].topics == (("Tips", False),)


def test_opting_down_starts_sequences_that_wait_for_it(world):
	world.sequence("Less is fine", MAILS, trigger_type="Activity", trigger_activity="Preferences Changed")
	lead = world.lead("ann", email_id=ADDRESS)
	choose(world, WEEKLY)
	assert world.all("Nurture Enrollment", "party", "sequence") == [(lead, "Less is fine")]


def test_a_choice_follows_the_person_to_a_new_address_but_overrules_none(world):
	choose(world, WEEKLY)
	opt_down.follow_address(world.host, ADDRESS, "new@example.com")
	assert load_preferences(world.host, ["new@example.com"])["new@example.com"] == WEEKLY
	choose(world, Preference("Quarterly"), "third@example.com")
	opt_down.follow_address(world.host, ADDRESS, "third@example.com")
	assert load_preferences(world.host, ["third@example.com"])["third@example.com"].frequency == "Quarterly"


def test_what_is_no_choice_is_refused_by_name(world):
	for address, choice, code in (
		("ann", WEEKLY, "address_invalid"),
		(ADDRESS, Preference("Hourly"), "frequency_unknown"),
	):
		with pytest.raises(NurtureError) as refused:
			choose(world, choice, address)
		assert refused.value.code == code
	assert world.all("Nurture Preference", "name") == []


def test_preferences_of_many_cost_as_many_queries_as_of_few(world):
	for number in range(60):
		choose(world, WEEKLY, f"p{number}@example.com")
	counts = []
	for number in (5, 60):
		queries: list[Any] = []
		rows = world.db.rows
		world.db.rows = lambda query, rows=rows, queries=queries: queries.append(query) or rows(query)
		found = load_preferences(world.host, [f"p{n}@example.com" for n in range(number)])
		del world.db.rows
		assert len(found) == number
		counts.append(len(queries))
	assert counts == [2, 2]


def test_an_opt_out_goes_before_any_choice(world):
	lead = on_the_way(world)
	choose(world, WEEKLY)
	optout.unsubscribe(world.host, ADDRESS, "link")
	choose(world, EVERYTHING)
	world.run_until(MONDAY + 30 * DAY)
	assert world.sent(lead) == ["Seq One"]
