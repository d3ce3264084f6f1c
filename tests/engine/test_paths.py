"""Ways to an outcome: the same as following each lead."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest

from nurture_app.engine.figures.paths import FEWEST, OUTCOMES, Path, paths
from nurture_app.engine.figures.shares import Share
from tests.database_wrappers import WatchedDatabase

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KINDS = ("Page View", "Demo Request")


def note(world, lead, kind, on, classification="human"):
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=on,
		classification=classification, dedupe_key=f"{lead}|{kind}|{on}|{classification}",
	)  # fmt: skip


def walked(world, *kinds, outcome="Became Customer", ago=1, apart=1):
	"""A lead that did these things, so many days apart, and had the outcome so many days ago."""
	lead, now = world.lead(), world.clock.now()
	for place, kind in enumerate(reversed(kinds), 1):
		note(world, lead, kind, now - DAY * (ago + place * apart))
	if outcome:
		note(world, lead, outcome, now - DAY * ago)
	return lead


def look(world, days_back=30, **values):
	now = world.clock.now()
	return paths(world.host, now - DAY * days_back, now, **values)


def test_the_last_steps_in_their_order_and_how_often_they_led_nowhere(world):
	for _ in range(FEWEST):
		walked(world, "Webinar Attended", "Page View", "Page View", "Content Download", "Demo Request")
	for _ in range(3):
		walked(world, "Page View", "Content Download", "Demo Request", "Page View", outcome="")
	walked(world, "Content Download", "Page View", "Demo Request", outcome="")
	walked(world, "Call")
	walked(world)
	found = look(world)
	steps = ("Page View", "Content Download", "Demo Request")
	assert found.found == (Path(steps, FEWEST, 4, Share(FEWEST, FEWEST + 3)),)
	assert (found.others, found.unknown) == (1, 1)
	assert found.everybody == Share(FEWEST + 2, FEWEST + 6)


def follow(facts, counted, outcome_kinds, start, end, length, days):
	"""Slowly, lead by lead."""
	ways, lasts = {}, {}
	for lead, done in facts.items():
		outcomes = sorted(moment for moment, kind in done if kind in outcome_kinds)
		if outcomes and outcomes[0] < start:
			continue
		had = outcomes[0] if outcomes and outcomes[0] <= end else None
		until = had or end
		steps, moments = [], []
		for moment, kind in sorted(done):
			inside = until - DAY * days <= moment <= until and start - DAY * days <= moment
			if inside and kind in counted and (not steps or steps[-1] != kind):
				steps.append(kind)
				moments.append(moment)
		if steps or had:
			ways[lead] = (tuple(steps), had)
		if had and steps:
			last = tuple(steps[-length:])
			lasts.setdefault(last, []).append((had.date() - moments[-len(last)].date()).days)

	def contains(way, steps):
		return any(way[place : place + len(steps)] == steps for place in range(len(way)))

	expected = []
	for steps, spans in lasts.items():
		if len(spans) >= FEWEST:
			seen = [had for way, had in ways.values() if contains(way, steps)]
			share = Share(sum(had is not None for had in seen), len(seen))
			expected.append(Path(steps, len(spans), median(spans), share))
	expected.sort(key=lambda one: (-one.leads, one.steps))
	return tuple(expected), Share(sum(had is not None for _, had in ways.values()), len(ways))


@pytest.mark.parametrize("outcome", ("Customer", "Meeting"))
@pytest.mark.parametrize("length, days", ((1, 20), (2, 40)))
def test_the_numbers_are_those_of_following_each_lead(world, outcome, length, days):
	dice, now, facts = random.Random(5), world.clock.now(), {}
	kinds = (*KINDS, "Became Customer", "Meeting", "Email Open")
	for _ in range(120):
		lead = world.lead()
		facts[lead] = {
			(now - HOUR * dice.randrange(1, 24 * 90), dice.choice(kinds)) for _ in range(dice.randrange(12))
		}
		for moment, kind in facts[lead]:
			note(world, lead, kind, moment)
		note(world, lead, "Demo Request", now - HOUR * 0.5, classification="machine")
	# on the way to a customer a meeting counts as what sales did
	counted = (*KINDS, "Meeting") if outcome == "Customer" else KINDS
	start = now - DAY * 60
	found = paths(world.host, start, now, outcome, length, days)
	expected, everybody = follow(facts, counted, OUTCOMES[outcome], start, now, length, days)
	assert len(expected) > 1
	assert (found.found, found.everybody) == (expected, everybody)


def test_what_happened_in_one_moment_stands_in_one_order(world):
	moment = world.clock.now() - DAY * 3
	for number in range(FEWEST):
		lead = world.lead()
		pair = ("Page View", "Content Download")
		for kind in pair if number % 2 else reversed(pair):
			note(world, lead, kind, moment)
		note(world, lead, "Became Customer", world.clock.now() - DAY)
	assert [one.steps for one in look(world).found] == [("Content Download", "Page View")]


def test_who_had_it_before_is_neither_with_nor_without_it(world):
	for _ in range(FEWEST):
		walked(world, "Demo Request")
	walked(world, "Demo Request", ago=35)
	found = look(world)
	assert found.found[0].seen == Share(FEWEST, FEWEST)
	assert found.everybody == Share(FEWEST, FEWEST)


def test_only_leads_that_may_be_seen_and_none_in_quarantine(world):
	leads = [walked(world, "Demo Request") for _ in range(FEWEST + 1)]
	with world.db.transaction():
		world.db.update("tabLead", ("name", "nurture_quarantined"), [(leads[0], 1)])
	assert look(world).found[0].leads == FEWEST
	assert look(world, visible=set(leads[:3])).others == 2


def test_as_many_queries_for_many_leads(world):
	def calls(many: int) -> int:
		for _ in range(many):
			walked(world, "Demo Request")
		watched, now = WatchedDatabase(world.db), world.clock.now()
		paths(replace(world.host, db=watched), now - DAY * 30, now)
		return watched.calls

	assert calls(2) == calls(20)
