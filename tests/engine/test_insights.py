"""What colleagues heard is counted by different leads."""

from __future__ import annotations

import random
from datetime import date

import pytest

from nurture_app.engine.figures.insights import (
	Heard,
	Insight,
	by,
	competitors,
	in_the_way,
	leads_of,
	matching,
	ways_they_heard,
)
from nurture_app.engine.insights import KINDS, LONGEST_TITLE, title_of, usually_said_by

DAY = date(2026, 3, 2)


def insight(kind="Objection", said="Too dear", **values):
	return Insight("x", kind, said, DAY, **values)


def test_a_lead_counts_once_and_a_note_about_nobody_adds_none():
	found = [
		insight("Competitor", lead="A", competitor="Rival"),
		insight("Competitor", lead="A", competitor="rival "),
		insight("Competitor", lead="B", competitor="Other"),
		insight("Competitor", competitor="Rival"),
		insight("Objection", lead="C", competitor="Rival"),
	]
	assert competitors(found) == [Heard("Rival", 1, 3), Heard("Other", 1, 1)]
	assert leads_of(found) == 3


def test_what_stands_in_the_way_goes_by_its_topic_or_its_words():
	found = [
		insight(lead="A", topic="Price"),
		insight("Blocker", "The board meets in May", lead="B", topic="price"),
		insight(lead="C", said="too  DEAR"),
		insight("Competitor", lead="D", topic="Price"),
	]
	assert in_the_way(found) == [Heard("Price", 2, 2), Heard("too DEAR", 1, 1)]


def test_how_they_heard_counts_that_kind_alone():
	found = [insight("How They Heard of Us", "A friend", lead="A"), insight(said="A friend", lead="B")]
	assert ways_they_heard(found) == [Heard("A friend", 1, 1)]


def test_the_name_is_the_spelling_used_most():
	found = [insight("Competitor", competitor=name) for name in ("ACME", "Acme", "acme", "Acme")]
	assert [one.name for one in competitors(found)] == ["Acme"]


def test_words_are_found_in_whatever_capitals_and_a_sign_is_a_sign():
	found = [
		insight(said="Hundert % der Woche"),
		insight(said="Nichts", answer="STRASSE gibt es"),
		insight("Competitor", said="Nichts", competitor="Rival & Co"),
	]
	assert [len(matching(found, text)) for text in ("", "%", "straße", "rival", "_")] == [3, 1, 1, 1, 0]
	assert matching(found, competitor="rival") == found[2:]
	assert matching(found, "hundert", "rival") == []


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_those_of_a_slow_count(seed):
	chance = random.Random(seed)
	found = [
		insight(
			chance.choice(KINDS),
			chance.choice(("One", "Two")),
			lead=chance.choice(("", "A", "B", "C")),
			topic=chance.choice(("", "Price", "PRICE", "Time")),
		)
		for _ in range(60)
	]
	for row in by(found, lambda one: one.topic):
		leads = []
		notes = 0
		for one in found:
			if one.topic.lower() == row.name.lower():
				notes += 1
				if one.lead and one.lead not in leads:
					leads.append(one.lead)
		assert (row.leads, row.notes) == (len(leads), notes)
	assert {row.name.lower() for row in by(found, lambda one: one.topic)} == {"price", "time"}
	order = [(-row.leads, -row.notes) for row in by(found, lambda one: one.kind)]
	assert order == sorted(order)


def test_a_title_is_the_first_words():
	assert title_of(" One\n two ") == "One two"
	long = title_of("word " * 50)
	assert long.endswith("word…") and len(long) <= LONGEST_TITLE
	assert len(title_of("x" * 500)) == LONGEST_TITLE


def test_what_resonates_is_ours_and_everything_else_theirs():
	assert {kind for kind in KINDS if usually_said_by(kind) == "Colleague"} == {"Phrase That Resonates"}
