"""Experiments from beginning to end: who gets what, what counts, and what happens with a winner."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture_app.engine import runner
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.experiments import life
from nurture_app.engine.experiments.check import advice_on, subjects_tried
from nurture_app.engine.experiments.definition import (
	HOLDOUT,
	Experiment,
	Variant,
	experiments_in_force,
	load_experiment,
	person_key,
)
from nurture_app.engine.experiments.findings import Difference, findings_from_json, is_futile
from nurture_app.engine.experiments.tally import tally
from nurture_app.engine.experiments.wording import in_words
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.mobile_replies import note_reply
from nurture_app.engine.one_by_one import NotAll
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_mobile import person, ready
from tests.world import MONDAY, Memory, World

TRIED = "Subject of the welcome"
SUBJECTS = [{"label": "A"}, {"label": "B", "subject": "A question, {{ lead.first_name }}?"}]


def sequence(world: World, **values: Any) -> str:
	world.settings(window_start="00:00:00", window_end="23:59:59", cap_messages=50)
	return world.sequence("Welcome", [{"step_label": "Hello"}, {"step_label": "More", "delay": 30}], **values)


def experiment(
	world: World, variants: list[dict[str, Any]] | None = None, start: bool = True, **values: Any
) -> str:
	values = {
		"sequence": "Welcome",
		"step": "Hello",
		"variable": "Subject",
		"status": "Draft",
		"metric": "Human Click",
		"window_days": 2,
		"min_people": 10,
		"min_days": 14,
		"confidence": 95,
	} | values
	name = values.pop("name", TRIED)
	world.put("Nurture Experiment", name, title=name, **values)
	for place, row in enumerate(variants or SUBJECTS, 1):
		world.put("Nurture Experiment Variant", parent=name, idx=place, **{"weight": 1, **row})
	if start:
		life.start(world.host, name)
	return name


def people(world: World, number: int, enroll: bool = True) -> list[str]:
	leads = [world.lead() for _ in range(number)]
	if enroll:
		world.enroll("Welcome", *leads)
		world.tick()
	return leads


def variants_of(world: World) -> dict[str, str]:
	rows = world.all("Nurture Touch", "party", "variant", step="Hello")
	return {party: variant for party, variant in rows}


def react(world: World, lead: str, kind: str = "Email Click", **values: Any) -> None:
	touch = world.all("Nurture Touch", "name", party=lead, step="Hello")[0][0]
	world.record(lead, kind, touch=touch, **values)


# --- who gets what ----------------------------------------------------------------------------------------------------


def test_about_half_get_each_subject_and_the_ledger_says_which(world):
	sequence(world)
	experiment(world)
	leads = people(world, 80)
	found = variants_of(world)
	assert set(found) == set(leads) and set(found.values()) == {"A", "B"}
	assert 25 <= Counter(found.values())["B"] <= 55
	for lead in leads:
		assert world.sent(lead) == ["A question, Ada?" if found[lead] == "B" else "Welcome Hello"]
	assert {name for (name,) in world.all("Nurture Touch", "experiment", step="Hello")} == {TRIED}


def test_a_person_gets_the_same_variant_again_on_another_lead_of_the_same_address_and_in_any_case():
	one = Experiment("X", "S", "Hello", "Subject", (Variant("A"), Variant("B", subject="?")))
	for number in range(50):
		first, second = f"p{number}@example.com", f" P{number}@Example.COM "
		assert one.variant_for(person_key(first, "LEAD-1")) is one.variant_for(person_key(second, "LEAD-2"))
	assert one.variant_for(person_key("", "LEAD-1")) is one.variant_for(person_key("", "LEAD-1"))


def test_people_are_divided_by_weight_and_otherwise_in_every_experiment():
	variants = (Variant("A", 70), Variant("B", 20), Variant("C", 10))
	shared: Counter[tuple[str, str]] = Counter()
	for number in range(10_000):
		labels = [
			Experiment(name, "", "", "Subject", variants).variant_for(f"{number}@example.com").label
			for name in "XY"
		]
		shared[labels[0], labels[1]] += 1
	for first, expected in (("A", 0.7), ("B", 0.2), ("C", 0.1)):
		share = sum(count for pair, count in shared.items() if pair[0] == first) / 10_000
		assert share == pytest.approx(expected, abs=0.015)
	assert shared["A", "A"] / 10_000 == pytest.approx(
		0.49, abs=0.02
	)  # one experiment tells nothing of another


def test_another_text_is_sent_and_noted(world):
	sequence(world)
	other = world.content(
		"Other words", body="<p>Quite different, {{ lead.company_name | default('friend') }}.</p>"
	)
	experiment(world, [{"label": "A"}, {"label": "B", "content": other}], variable="Content")
	leads = people(world, 20)
	for lead in leads:
		text = next(one for one in world.outbox.messages if one.party == lead).text
		content = world.all("Nurture Touch", "content", party=lead, step="Hello")[0][0]
		assert ("Quite different" in text) == (content == other) == (variants_of(world)[lead] == "B")


def test_another_sender_writes(world):
	robin = {"full_name": "Robin Roe", "email": "robin@example.com", "enabled": 1}
	world.put("User", "robin@example.com", **robin)
	sequence(world)
	rows = [{"label": "A"}, {"label": "B", "sender_from": "User", "sender_user": "robin@example.com"}]
	experiment(world, rows, variable="Sender")
	people(world, 20)
	found = variants_of(world)
	for message in world.outbox.messages:
		assert (message.sender_name == "Robin Roe") == (found[message.party] == "B")
	assert set(found.values()) == {"A", "B"}


def test_a_subject_may_name_the_owner_of_the_lead(world):
	world.put("User", "robin@example.com", full_name="Robin Roe", email="robin@example.com", enabled=1)
	sequence(world)
	experiment(world, [{"label": "A"}, {"label": "B", "subject": "A word from {{ owner.name }}"}])
	leads = [world.lead(lead_owner="robin@example.com") for _ in range(20)]
	world.enroll("Welcome", *leads)
	world.tick()
	assert {"A word from Robin Roe", "Welcome Hello"} == set(world.sent())


def test_a_subject_is_not_put_on_a_version_in_another_language(world):
	sequence(world)
	world.put("Nurture Content", "Hallo", title="Hallo", subject="Hallo", body="<p>Ein Gruß.</p>", revision=1,
		language="de", version_of="Welcome Hello")  # fmt: skip
	experiment(world, holdout_percent=20)
	leads = [world.lead(language="de") for _ in range(20)]
	world.enroll("Welcome", *leads)
	world.tick()
	assert world.sent() == ["Hallo"] * 20
	assert set(variants_of(world).values()) == {None}, "they take no part"


def test_a_later_time_of_day_is_waited_for_on_the_recipients_clock(world):
	sequence(world)
	rows = [{"label": "at once"}, {"label": "afternoon", "at_time": "15:00:00"}]
	experiment(world, rows, variable="Send Time", min_days=28)
	world.clock.move_to(datetime(2026, 3, 3, 10, 0))  # UTC
	leads = [world.lead(nurture_time_zone="Europe/Berlin") for _ in range(20)]
	world.enroll("Welcome", *leads)
	world.tick()
	early = set(leads) - {one for (one,) in world.all("Nurture Enrollment", "party", step="Hello")}
	assert 0 < len(early) < 20
	world.clock.move_to(datetime(2026, 3, 3, 13, 59))
	world.tick()
	assert len(world.sent()) == len(early)
	world.clock.move_to(datetime(2026, 3, 3, 14, 0))  # 15:00 in Berlin
	world.tick()
	assert len(world.sent()) == 20
	assert {lead for lead, label in variants_of(world).items() if label == "at once"} == early


def test_tuesday_morning_is_tried_against_thursday_midday(world):
	sequence(world)
	rows = [
		{"label": "Tuesday", "at_weekday": "Tuesday", "at_time": "09:30:00"},
		{"label": "Thursday", "at_weekday": "Thursday", "at_time": "12:00:00"},
	]
	experiment(world, rows, variable="Send Time", min_days=28)
	world.clock.move_to(datetime(2026, 3, 4, 10, 0))  # a Wednesday
	leads = [world.lead() for _ in range(20)]
	world.enroll("Welcome", *leads)
	moments = {}
	for moment in (
		datetime(2026, 3, 4, 10, 0),
		datetime(2026, 3, 5, 11, 59),
		datetime(2026, 3, 5, 12, 0),
		datetime(2026, 3, 10, 9, 29),
		datetime(2026, 3, 10, 9, 30),
	):
		world.clock.move_to(moment)
		before = len(world.sent())
		world.tick()
		moments[moment] = len(world.sent()) - before
	labels = list(variants_of(world).values())
	assert set(labels) == {"Tuesday", "Thursday"}
	assert moments == {
		datetime(2026, 3, 4, 10, 0): 0,
		datetime(2026, 3, 5, 11, 59): 0,
		datetime(2026, 3, 5, 12, 0): labels.count("Thursday"),
		datetime(2026, 3, 10, 9, 29): 0,
		datetime(2026, 3, 10, 9, 30): labels.count("Tuesday"),
	}


def test_a_weekday_that_was_missed_is_not_waited_for_again(world):
	sequence(world)
	rows = [
		{"label": "A", "at_weekday": "Tuesday"},
		{"label": "B", "at_weekday": "Tuesday", "at_time": "12:00:00"},
	]
	experiment(world, rows, variable="Send Time", min_days=28)
	world.clock.move_to(datetime(2026, 3, 4, 10, 0))
	world.enroll("Welcome", *[world.lead() for _ in range(6)])
	world.tick()
	assert world.sent() == []
	world.clock.move_to(datetime(2026, 3, 12, 10, 0))  # nothing ran on Tuesday
	world.tick()
	assert len(world.sent()) == 6


def test_a_time_that_has_passed_means_at_once(world):
	sequence(world)
	rows = [{"label": "A"}, {"label": "B", "at_time": "09:00:00"}]
	experiment(world, rows, variable="Send Time", min_days=28)
	people(world, 20)  # at 10:00
	assert len(world.sent()) == 20


def test_those_held_out_get_no_message_and_go_on(world):
	sequence(world)
	experiment(world, holdout_percent=50)
	leads = people(world, 60)
	found = variants_of(world)
	held = {lead for lead, label in found.items() if label == HOLDOUT}
	assert 15 <= len(held) <= 45
	assert all(bool(world.sent(lead)) != (lead in held) for lead in leads)
	statuses = {
		(status, reason)
		for party, status, reason in world.all("Nurture Touch", "party", "status", "reason", step="Hello")
		if party in held
	}
	assert statuses == {("Skipped", "held_out")}
	assert {step for (step,) in world.all("Nurture Enrollment", "step")} == {"More"}


def test_only_who_would_get_the_message_is_held_out(world):
	sequence(world)
	experiment(world, holdout_percent=50)
	world.settings(postal_address="")  # without one nothing may be sent
	people(world, 20)
	assert set(variants_of(world).values()) == {None}


def test_other_steps_and_sequences_are_left_alone(world):
	sequence(world)
	world.sequence("Other", [{"step_label": "Hello"}])
	experiment(world)
	leads = [world.lead() for _ in range(20)]
	world.enroll("Other", *leads)
	world.tick()
	assert set(world.sent()) == {"Other Hello"}
	assert {name for (name,) in world.all("Nurture Touch", "experiment")} == {None}


# --- what counts ------------------------------------------------------------------------------------------------------


def count(world: World) -> dict[str, tuple[int, int, int]]:
	found = tally(world.host, load_experiment(world.host, TRIED))
	return {label: (one.people, one.counted, one.converted) for label, one in found.items()}


def test_a_person_counts_when_the_days_have_passed_and_not_before(world):
	sequence(world)
	experiment(world)
	leads = people(world, 20)
	sizes = Counter(variants_of(world).values())
	assert count(world) == {label: (size, 0, 0) for label, size in sizes.items()}
	for lead in leads:
		react(world, lead)
	world.clock.move_to(MONDAY + timedelta(days=2, minutes=1))
	assert count(world) == {label: (size, size, size) for label, size in sizes.items()}


def test_what_comes_after_the_days_does_not_count(world):
	sequence(world)
	experiment(world)
	leads = people(world, 20)
	world.clock.move_to(MONDAY + timedelta(days=3))
	for lead in leads:
		react(world, lead)
	assert sum(converted for _, _, converted in count(world).values()) == 0


def test_only_clicks_of_people_count(world):
	sequence(world)
	experiment(world)
	leads = people(world, 20)
	for lead in leads:
		react(world, lead, classification="machine")
	world.clock.move_to(MONDAY + timedelta(days=3))
	assert sum(converted for _, _, converted in count(world).values()) == 0


@pytest.mark.parametrize(
	("metric", "kind"),
	[
		("Reply", "Email Reply"),
		("Meeting", "Meeting"),
		("Opportunity", "Opportunity Created"),
		("Booking", "Appointment Booked"),
		("Booking", "Meeting"),
		("SQL Reached", "SQL Reached"),
		("Stage Velocity", "MQL Reached"),
		("Stage Velocity", "Became Customer"),
	],
)
def test_what_else_may_be_measured(world, metric, kind):
	sequence(world, exit_on_conversion=0)
	experiment(world, metric=metric)
	leads = people(world, 20)
	world.record(leads[0], kind, MONDAY - timedelta(days=1))  # before the message
	for _ in range(2):  # twice counts once
		world.clock.move_to(world.clock.now() + timedelta(hours=1))
		react(world, leads[1], kind)
	react(world, leads[2], kind, classification="machine")
	world.clock.move_to(MONDAY + timedelta(days=3))
	found = {label: converted for label, (_, _, converted) in count(world).items()}
	assert found[variants_of(world)[leads[1]]] == 1 and sum(found.values()) == 1


def test_revenue_is_what_the_customers_they_became_were_invoiced_within_the_days(world):
	sequence(world)
	experiment(world, metric="Revenue", revenue_cap=1000, window_days=30)
	leads = people(world, 20)
	world.put("Opportunity", "O", opportunity_from="Lead", party_name=leads[2])
	for number, lead in enumerate(leads[:2]):
		world.put("Customer", f"C{number}", customer_name=lead, lead_name=lead)
	world.put("Customer", "C2", customer_name="Three", opportunity_name="O")
	invoices = ((0, 5, 1, 300), (0, 6, 1, 200), (1, 40, 1, 900), (2, 7, 0, 900), (2, 8, 1, 5000))
	for number, days, docstatus, amount in invoices:
		date = (MONDAY + timedelta(days=days)).date()
		values = {"customer": f"C{number}", "posting_date": date, "base_net_total": amount}
		name = world.put("Sales Invoice", **values)
		with world.db.transaction():
			world.db.update("tabSales Invoice", ("name", "docstatus"), [(name, docstatus)])
	world.clock.move_to(MONDAY + timedelta(days=31))
	found = tally(world.host, load_experiment(world.host, TRIED))
	labels = variants_of(world)
	amounts = sorted(amount for one in found.values() for amount in one.amounts)
	assert amounts == [500, 5000]
	assert 500 in found[labels[leads[0]]].amounts and 5000 in found[labels[leads[2]]].amounts
	life.review(world.host, TRIED)
	words = " ".join(in_words(load_experiment(world.host, TRIED), findings(world)))
	assert "per person" in words and "at most 1,000.00 counts" in words


def test_a_second_time_through_the_sequence_is_the_same_person(world):
	sequence(world, reentry="After It Ended")
	experiment(world)
	(lead,) = people(world, 1)
	world.run_until(MONDAY + timedelta(days=42))
	world.enroll("Welcome", lead)
	world.tick()
	assert len(world.all("Nurture Touch", "name", step="Hello")) == 2
	assert sum(size for size, _, _ in count(world).values()) == 1


# --- what is found, and what follows ----------------------------------------------------------------------------------


def findings(world: World) -> Any:
	return findings_from_json(world.row("Nurture Experiment", TRIED, "results")[0])


def clicks_for(world: World, label: str, number: int) -> list[str]:
	"""People of whom those with variant `label` click."""
	leads = people(world, number)
	found = variants_of(world)
	for lead in leads:
		if found[lead] == label:
			react(world, lead)
	return leads


def test_a_clear_winner_is_rolled_out_at_night_once_enough_days_have_passed(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, auto_roll_out=1)
	clicks_for(world, "B", 120)
	world.run_until(MONDAY + timedelta(days=10))
	assert world.row("Nurture Experiment", TRIED, "status") == ("Running",)
	assert findings(world).winner == "B" and not findings(world).is_enough
	assert any("too early to decide" in line for line in words(world))
	world.run_until(MONDAY + timedelta(days=16))
	columns = ("status", "decision", "winner")
	assert world.row("Nurture Experiment", TRIED, *columns) == ("Decided", "Roll Out", "B")
	later = people(world, 20)
	assert {subject for lead in later for subject in world.sent(lead)} == {"A question, Ada?"}
	assert {variants_of(world)[lead] for lead in later} == {None}, "nobody is tried on any more"
	assert findings(world).winner == "B"


def words(world: World) -> list[str]:
	return in_words(load_experiment(world.host, TRIED), findings(world))


def test_without_the_tick_a_winner_waits_for_somebody_to_decide(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world)
	clicks_for(world, "B", 120)
	world.run_until(MONDAY + timedelta(days=16))
	assert world.row("Nurture Experiment", TRIED, "status") == ("Running",)
	assert words(world)[0] == "“B” is better than every other variant."
	assert words(world)[1].startswith("“B” gets ") and words(world)[1].endswith("per 100 people than “A”.")
	assert words(world)[2].startswith("In at most 5 of 100 experiments")


def test_if_the_step_as_it_is_wins_it_is_kept(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, auto_roll_out=1)
	clicks_for(world, "A", 120)
	world.run_until(MONDAY + timedelta(days=16))
	assert world.row("Nurture Experiment", TRIED, "status", "decision", "winner") == ("Decided", "Keep", "A")
	later = people(world, 10)
	assert {subject for lead in later for subject in world.sent(lead)} == {"Welcome Hello"}


def test_without_a_difference_nothing_is_decided(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, auto_roll_out=1)
	for lead in people(world, 100)[::3]:
		react(world, lead)
	world.run_until(MONDAY + timedelta(days=20))
	assert world.row("Nurture Experiment", TRIED, "status") == ("Running",)
	assert "no difference can be told" in words(world)[0]


def test_too_few_people_are_said_to_be_too_few(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, min_people=400)
	people(world, 40)
	world.run_until(MONDAY + timedelta(days=9))
	smallest = min(one.counted for one in findings(world).lines)
	assert words(world)[0] == (
		f"Not enough data yet: {smallest} of 400 people for each variant, 8 of 14 days."
	)


def test_a_split_that_chance_does_not_explain_is_pointed_out_and_decides_nothing(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, auto_roll_out=1)
	clicks_for(world, "B", 200)
	gone = [
		name
		for name, variant in world.all("Nurture Touch", "name", "variant", step="Hello")
		if variant == "A"
	][25:]
	for name in gone:
		world.delete("Nurture Touch", name)
	world.run_until(MONDAY + timedelta(days=20))
	assert world.row("Nurture Experiment", TRIED, "status") == ("Running",)
	assert words(world)[0].startswith("The people are not divided as the weights say (A ")


def test_the_message_is_compared_with_no_message(sqlite_world):
	world = sqlite_world
	sequence(world, exit_on_conversion=0)
	experiment(world, metric="Meeting", holdout_percent=40)
	for lead in people(world, 200):
		if variants_of(world)[lead] != HOLDOUT:
			react(world, lead, "Meeting")
	world.run_until(MONDAY + timedelta(days=4))
	assert any(line.startswith("The message brings ") and "more meetings" in line for line in words(world))


def test_a_winner_can_be_taken_back(world):
	sequence(world)
	experiment(world)
	life.roll_out(world.host, TRIED, "B")
	(first,) = people(world, 1)
	life.revert(world.host, TRIED)
	(second,) = people(world, 1)
	assert (world.sent(first), world.sent(second)) == (["A question, Ada?"], ["Welcome Hello"])
	assert world.row("Nurture Experiment", TRIED, "status", "decision") == ("Decided", "Revert")


def test_a_stopped_experiment_changes_nothing_any_more(world):
	sequence(world)
	experiment(world, holdout_percent=50)
	life.stop(world.host, TRIED)
	leads = people(world, 20)
	assert set(variants_of(world).values()) == {None}
	assert all(world.sent(lead) == ["Welcome Hello"] for lead in leads)


def test_the_next_experiment_builds_on_the_winner(world):
	sequence(world)
	experiment(world)
	life.roll_out(world.host, TRIED, "B")
	other = world.content("Other words")
	rows = [{"label": "A"}, {"label": "B", "content": other}]
	experiment(world, rows, name="Second", variable="Content")
	leads = people(world, 20)
	assert {subject for lead in leads for subject in world.sent(lead)} == {"A question, Ada?"}
	assert {content for (content,) in world.all("Nurture Touch", "content")} == {"Welcome Hello", other}


def test_a_winner_stays_in_use_until_the_step_itself_says_something_else(world):
	sequence(world)
	experiment(world)
	life.roll_out(world.host, TRIED, "B")
	step = world.all("Nurture Sequence Step", "name", step_label="Hello")[0][0]
	world.content("New text", subject="Brand new")
	(old,) = people(world, 1, enroll=False)
	world.enroll("Welcome", old)
	with world.db.transaction():
		world.db.update("tabNurture Sequence Step", ("name", "content"), [(step, "New text")])
	from nurture_app.engine import lifecycle

	lifecycle.activate(world.host, "Welcome")
	(new,) = people(world, 1)
	assert world.sent(old) == ["A question, Ada?"], "on the old version the winner is still right"
	assert world.sent(new) == ["Brand new"]


# --- paths -------------------------------------------------------------------------------------------------------------

WAYS = [{"name": "Short", "weight": 1, "to": "Short mail"}, {"name": "Long", "weight": 1, "to": "Long mail"}]
PATHS = [{"label": "Short"}, {"label": "Long"}]


def forked(world: World) -> None:
	world.settings(window_start="00:00:00", window_end="23:59:59", cap_messages=50)
	steps = [
		{"step_label": "Fork", "step_type": "Split", "split_ways": WAYS},
		{"step_label": "Short mail", "go_to": "Bye"},
		{"step_label": "Long mail", "delay": 1},
		{"step_label": "Bye", "step_type": "End"},
	]
	world.sequence("Welcome", steps)


def test_paths_are_compared_by_what_people_do_with_any_of_their_messages(world):
	forked(world)
	experiment(world, PATHS, variable="Path", step="Fork", window_days=5)
	leads = people(world, 20)
	way_of = dict(world.all("Nurture Touch", "party", "variant", step="Fork"))
	assert set(way_of.values()) == {"Short", "Long"}
	world.run_until(MONDAY + timedelta(days=2))
	long = [lead for lead in leads if way_of[lead] == "Long"]
	for lead in long:
		world.record(lead, "Email Click")
	world.run_until(MONDAY + timedelta(days=6))
	assert count(world)["Long"] == (len(long), len(long), len(long))
	assert count(world)["Short"][2] == 0


def test_everybody_goes_the_way_that_won(world):
	forked(world)
	experiment(world, PATHS, variable="Path", step="Fork")
	life.roll_out(world.host, TRIED, "Long")
	leads = people(world, 10)
	world.run_until(MONDAY + timedelta(days=2))
	assert all(world.sent(lead) == ["Welcome Long mail"] for lead in leads)


@pytest.mark.parametrize(
	("code", "variants", "values"),
	[
		("experiment_ways", [{"label": "Short"}, {"label": "Other"}], {}),
		("experiment_ways", [{"label": "Short", "weight": 3}, {"label": "Long"}], {}),
		("experiment_path_holdout", PATHS, {"holdout_percent": 10}),
		("experiment_step_kind", PATHS, {"step": "Short mail"}),
	],
)
def test_a_path_has_the_ways_of_its_step(sqlite_world, code, variants, values):
	world = sqlite_world
	forked(world)
	with pytest.raises(NurtureError) as refused:
		experiment(world, variants, **{"variable": "Path", "step": "Fork", **values})
	assert refused.value.code == code


# --- what is refused --------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, dict[str, Any], list[dict[str, Any]] | None]] = [
	("experiment_step_missing", {"step": "Nowhere"}, None),
	("experiment_step_kind", {"step": "Pause"}, None),
	("experiment_variable", {"variable": "Colour"}, None),
	("experiment_metric", {"metric": "Applause"}, None),
	("experiment_cap", {"metric": "Revenue"}, None),
	("experiment_open", {"metric": "Open", "auto_roll_out": 1}, None),
	("experiment_number", {"confidence": 100}, None),
	("experiment_number", {"min_people": 0}, None),
	("experiment_number", {"window_days": 0}, None),
	("experiment_number", {"holdout_percent": 80}, None),
	("experiment_time_days", {"variable": "Send Time"}, None),
	("experiment_variants", {}, [{"label": "A"}]),
	("experiment_label", {}, [{"label": "A"}, {"label": HOLDOUT, "subject": "?"}]),
	("experiment_label_twice", {}, [{"label": "A"}, {"label": "a", "subject": "?"}]),
	("experiment_weight", {}, [{"label": "A"}, {"label": "B", "subject": "?", "weight": 0}]),
	("experiment_nothing_tried", {}, [{"label": "A"}, {"label": "B", "at_time": "10:00:00"}]),
	("experiment_same", {}, [{"label": "A", "subject": "?"}, {"label": "B", "subject": "?"}]),
	(
		"experiment_same",
		{"variable": "Content"},
		[{"label": "A"}, {"label": "B", "content": "Welcome Hello"}],
	),
	(
		"experiment_content_missing",
		{"variable": "Content"},
		[{"label": "A"}, {"label": "B", "content": "Gone"}],
	),
	("experiment_subject", {}, [{"label": "A"}, {"label": "B", "subject": "{{ lead.nonsense }}"}]),
	("experiment_sender", {"variable": "Sender"}, [{"label": "A"}, {"label": "B", "sender_from": "User"}]),
	(
		"experiment_time_closed",
		{"variable": "Send Time", "min_days": 28},
		[{"label": "A"}, {"label": "B", "at_time": "19:00:00"}],
	),
	(
		"experiment_weekday",
		{"variable": "Send Time", "min_days": 28},
		[{"label": "A"}, {"label": "B", "at_weekday": "Someday"}],
	),
	(
		"experiment_weekday_closed",
		{"variable": "Send Time", "min_days": 28},
		[{"label": "A"}, {"label": "B", "at_weekday": "Sunday", "at_time": "10:00:00"}],
	),
	(
		"experiment_time_early",
		{"variable": "Send Time", "min_days": 28, "step": "Late"},
		[{"label": "A"}, {"label": "B", "at_time": "09:30:00"}],
	),
]


@pytest.mark.parametrize(("code", "values", "variants"), WRONG)
def test_what_cannot_work_is_refused_with_a_sentence_that_names_the_field(
	sqlite_world, code, values, variants
):
	world = sqlite_world
	world.sequence(
		"Welcome",
		[
			{"step_label": "Hello"},
			{"step_label": "Pause", "step_type": "Wait", "delay": 1},
			{"step_label": "Late", "timing": "On Day", "day": 3, "at_time": "11:00:00"},
		],
	)
	experiment(world, variants, start=False, **values)
	with pytest.raises(NurtureError) as refused:
		life.start(world.host, TRIED)
	assert refused.value.code == code
	assert "{" not in str(refused.value).replace("{{ lead", "") and str(refused.value) != code
	assert world.row("Nurture Experiment", TRIED, "status") == ("Draft",)


def test_an_experiment_that_is_remembered_costs_a_batch_no_statement_however_many_people(world):
	sequence(world)
	people(world, 1)  # the links of the content are stored with its first mail
	counted = []
	for number, begin in ((3, False), (3, True), (60, False)):
		if begin:
			experiment(world)
		world.enroll("Welcome", *[world.lead() for _ in range(number)])
		watched = WatchedDatabase(world.db)
		host = replace(world.host, db=watched, memory=Memory())
		experiments_in_force(host)
		watched.names.clear()
		assert runner.tick(host, "w").claimed == number
		counted.append(dict(watched.names))
	assert counted[0] == counted[1] == counted[2]


def test_one_experiment_at_a_time_runs_on_a_step(world):
	sequence(world)
	experiment(world)
	with pytest.raises(NurtureError) as refused:
		experiment(world, name="Second")
	assert refused.value.code == "experiment_other_running" and TRIED in str(refused.value)
	experiment(world, name="Third", step="More")


@pytest.mark.parametrize("action", [life.start, life.keep, life.revert, life.stop])
def test_what_is_over_or_has_not_begun_is_not_ended_or_begun_again(sqlite_world, action):
	world = sqlite_world
	sequence(world)
	experiment(world, start=action in (life.start, life.revert))
	with pytest.raises(NurtureError) as refused:
		action(world.host, TRIED)
	assert refused.value.code in ("experiment_not_in_status", "experiment_not_rolled_out")


def test_variants_that_differ_in_more_than_what_is_tried_are_flagged():
	variants = (
		Variant("A"),
		Variant("B", subject="?", content="Other"),
		Variant("C", subject="!", at_time="10:00:00"),
	)
	codes = [
		(one.code, one.params.get("field"))
		for one in advice_on(Experiment("X", "S", "Hello", "Subject", variants), None)
	]
	assert codes == [("experiment_two_variables", "at_time"), ("experiment_two_variables", "content")]


def test_contents_under_different_subjects_are_flagged(world):
	sequence(world)
	world.content("Other", subject="Another subject")
	rows = [{"label": "A"}, {"label": "B", "content": "Other"}]
	name = experiment(world, rows, start=False, variable="Content")
	tried = load_experiment(world.host, name)
	step = load_definition(world.host, tried.sequence).step(tried.step)
	(one,) = advice_on(tried, step, subjects_tried(world.host, tried, step))
	assert (one.code, one.params["field"]) == ("experiment_two_variables", "subject")


def test_a_new_version_that_changes_the_step_is_not_counted(world):
	sequence(world)
	experiment(world)
	step = world.all("Nurture Sequence Step", "name", step_label="Hello")[0][0]
	world.content("New text", subject="Brand new")
	with world.db.transaction():
		world.db.update("tabNurture Sequence Step", ("name", "content"), [(step, "New text")])
	from nurture_app.engine import lifecycle

	lifecycle.activate(world.host, "Welcome")
	leads = people(world, 20)
	assert {subject for lead in leads for subject in world.sent(lead)} == {"Brand new"}
	assert set(variants_of(world).values()) == {None}


# --- an end without a winner, and messages to a telephone -------------------------------------------------------------


@pytest.mark.parametrize(
	("worthwhile", "differences", "variable", "futile"),
	[
		(2.0, [("A", "B", -0.05, 0.019)], "Subject", True),
		(2.0, [("A", "B", -0.05, 0.021)], "Subject", False),
		(0.0, [("A", "B", -0.001, 0.001)], "Subject", False),
		(2.0, [("A", "B", -0.01, 0.01), ("A", "C", -0.01, 0.03), ("B", "C", -0.01, 0.01)], "Subject", False),
		(2.0, [("A", "B", -0.01, 0.01), ("A", "C", -0.01, 0.01), ("B", "C", -0.9, 0.9)], "Subject", True),
		(2.0, [("A", "B", -0.05, 0.019)], "Path", False),
		(2.0, [("A", "B", -0.019, 0.019)], "Path", True),
	],
)
def test_there_is_nothing_left_to_find_when_nothing_surely_beats_the_step_by_what_is_worth_it(
	worthwhile, differences, variable, futile
):
	labels = sorted({one for pair in differences for one in pair[:2]})
	tried = Experiment("E", "S", "X", variable, tuple(Variant(one) for one in labels), worthwhile=worthwhile)
	found = tuple(Difference(first, second, low, 0.0, high) for first, second, low, high in differences)
	assert is_futile(tried, found) is futile


def test_an_experiment_without_a_difference_worth_having_ends_at_night_and_says_so(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, auto_roll_out=1, worthwhile=60)
	people(world, 400)
	world.clock.move_to(MONDAY + timedelta(days=13))
	assert life.review_running(world.host) == []
	world.clock.move_to(MONDAY + timedelta(days=15))
	assert life.review(world.host, TRIED).may_give_up
	assert any("nothing worth having left" in one for one in words(world))
	assert life.review_running(world.host) == [TRIED]
	assert world.row("Nurture Experiment", TRIED, "status", "decision", "winner") == ("Decided", "Keep", "")


def test_an_experiment_that_cannot_be_read_keeps_no_other_from_being_judged(sqlite_world):
	world = sqlite_world
	sequence(world)
	experiment(world, auto_roll_out=1, worthwhile=60)
	people(world, 400)
	world.put("Nurture Experiment", "A broken one", title="A broken one", status="Running", baseline="{")
	world.clock.move_to(MONDAY + timedelta(days=15))
	with pytest.raises(NotAll, match="Nurture Experiment A broken one"):
		life.review_running(world.host)
	assert world.row("Nurture Experiment", TRIED, "status", "decision") == ("Decided", "Keep")


def test_an_experiment_that_cannot_be_read_stops_no_sequence(world):
	sequence(world)
	experiment(world)
	broken = {"sequence": "Welcome", "step": "Hello", "status": "Running", "baseline": "{"}
	world.put("Nurture Experiment", "A broken one", title="A broken one", **broken)
	people(world, 20)
	assert len(world.sent()) == 20
	assert set(variants_of(world).values()) == {"A", "B"}, "the other one is tried as before"


def test_an_experiment_that_cannot_be_read_can_be_stopped(world):
	sequence(world)
	broken = {"sequence": "Welcome", "step": "Hello", "baseline": "{"}
	for title, status in (("A broken one", "Running"), ("A broken draft", "Draft")):
		world.put("Nurture Experiment", title, title=title, status=status, **broken)
	life.stop(world.host, "A broken one")
	assert world.row("Nurture Experiment", "A broken one", "status", "decision") == ("Stopped", "")
	with pytest.raises(ValueError):
		life.stop(world.host, "A broken draft")


def text_to_try(world: World, **values: Any) -> str:
	ready(world)
	for name, channel in (("Long", "SMS"), ("A Template", "WhatsApp")):
		world.put("Nurture Content", name, title=name, channel=channel, revision=1, sms_text=f"{name}: hello")
	world.settings(window_start="00:00:00", window_end="23:59:59")
	world.sequence(
		"Welcome", [{"step_label": "Hello", "step_type": "SMS", "content": "Short"}], on_reply="Continue"
	)
	rows = [{"label": "A"}, {"label": "B", "content": values.pop("content", "Long")}]
	return experiment(world, rows, variable="Content", **{"metric": "Reply", **values})


def test_two_texts_of_an_sms_are_tried_and_answers_counted(world):
	text_to_try(world)
	leads = [person(world, mobile_no=f"0151 1234567{number}") for number in range(8)]
	world.enroll("Welcome", *leads)
	world.tick()
	found = variants_of(world)
	contents = dict(world.all("Nurture Touch", "party", "content"))
	assert set(found.values()) == {"A", "B"}
	assert all(contents[lead] == {"A": "Short", "B": "Long"}[found[lead]] for lead in leads)
	world.clock.move_to(MONDAY + timedelta(hours=1))
	note_reply(world.host, "SMS", "+4915112345673", "Tell me more", "key-1")
	world.record(leads[5], "Email Reply", world.clock.now())  # to some mail
	world.clock.move_to(MONDAY + timedelta(days=3))
	assert {label: one[2] for label, one in count(world).items()} == {
		label: int(label == found[leads[3]]) for label in ("A", "B")
	}


@pytest.mark.parametrize(
	("values", "code"),
	[
		({"metric": "Human Click"}, "experiment_metric"),
		({"metric": "Open"}, "experiment_metric"),
		({"content": "A Template"}, "content_other_channel"),
		({"worthwhile": 101}, "experiment_number"),
	],
)
def test_what_cannot_be_tried_or_measured_on_a_telephone_is_refused(world, values, code):
	with pytest.raises(NurtureError) as refused:
		text_to_try(world, **values)
	assert refused.value.code == code
