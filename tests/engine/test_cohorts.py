"""Cohorts: the same as looking at each lead, month by month."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine.figures.cohorts import (
	ACTIVE,
	CONVERTED,
	MONTH,
	REVENUE,
	SEQUENCE,
	SHOWN,
	SOURCE,
	VERSION,
	cohorts,
)
from tests.database_wrappers import WatchedDatabase

DAY = timedelta(days=1)
FIRST = datetime(2025, 6, 1, 9)
"""Nine months before the clock's now."""


def note(world, lead, kind, on, classification="human"):
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=on,
		classification=classification, dedupe_key=f"{lead}|{kind}|{on}",
	)  # fmt: skip


def look(world, by=MONTH, **values):
	return cohorts(world.host, FIRST, world.clock.now(), by, **values)


def cells(found):
	return {one.name: [(cell.people, round(cell.total, 2)) for cell in one.cells] for one in found}


@pytest.fixture
def crowd(world):
	"""Leads of all months, with purchases, invoices and visits before and after; as plain facts."""
	dice, facts = random.Random(11), []
	for number in range(40):
		created = FIRST + DAY * dice.randrange(270)
		lead = world.lead(creation=created, source=dice.choice(("Fair", "Ads", None)))
		bought = created + DAY * dice.randrange(-20, 200) if dice.random() < 0.6 else None
		if bought and bought < world.clock.now():
			note(world, lead, "Became Customer", bought)
			note(world, lead, "Became Customer", bought + DAY * 40)
		world.put("Customer", f"C-{number}", lead_name=lead)
		sales = [(created.date() + DAY * dice.randrange(-5, 150), dice.randint(1, 99)) for _ in range(3)]
		for place, (day, amount) in enumerate(sales):
			world.put(
				"Sales Invoice", f"I-{number}-{place}", customer=f"C-{number}", company="Ours", docstatus=1,
				base_net_total=amount, posting_date=day,
			)  # fmt: skip
		seen = [created + DAY * day for day in dice.sample(range(-10, 150), 4)]
		for moment in seen:
			note(world, lead, "Page View", moment)
		note(world, lead, "Page View", created + DAY * 3.5, classification="machine")
		facts.append((lead, created, world.row("Lead", lead, "source")[0] or "", bought, sales, seen))
	return facts


def one_by_one(world, facts, group_of, shown, months):
	today, expected = world.clock.now().date(), {}
	for _, created, source, bought, sales, seen in facts:
		row = expected.setdefault(group_of(created, source), [[0, 0.0] for _ in range(months)])
		for month, cell in enumerate(row):
			first, after = (created.date() + DAY * 30 * number for number in (month, month + 1))
			if after > today:
				continue
			cell[0] += 1
			if shown == CONVERTED:
				cell[1] += bool(bought and created.date() <= bought.date() < after)
			elif shown == REVENUE:
				cell[1] += sum(amount for day, amount in sales if created.date() <= day < after)
			else:
				cell[1] += any(first <= moment.date() < after for moment in seen)
	return {name: [(people, round(total, 2)) for people, total in row] for name, row in expected.items()}


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("by", (MONTH, SOURCE))
def test_the_numbers_are_those_of_looking_at_each_lead(world, crowd, shown, by):
	found = look(world, by, shown=shown, months=5, companies=["Ours"])
	group_of = (lambda created, _: f"{created:%Y-%m}") if by == MONTH else (lambda _, source: source)
	assert cells(found) == one_by_one(world, crowd, group_of, shown, 5)
	assert sum(one.people for one in found) == len(crowd)


def test_months_come_in_order_and_others_the_largest_first(world, crowd):
	names = [one.name for one in look(world)]
	assert names == sorted(names)
	found = look(world, SOURCE)
	assert [one.people for one in found[:-1]] == sorted((one.people for one in found[:-1]), reverse=True)
	assert found[-1].name == ""


def enter(world, lead, sequence, on, version=""):
	key = f"{lead}|{sequence}|{on}"
	world.put(
		"Nurture Enrollment", sequence=sequence, version=version, party_type="Lead", party=lead, enrolled_on=on,
		status="Exited", live_party_key=key, live_address_key=key,
	)  # fmt: skip


def test_by_sequence_people_begin_when_they_entered_first(world):
	now = world.clock.now()
	lead, before = world.lead(creation=FIRST - DAY * 300), world.lead()
	enter(world, lead, "Welcome", now - DAY * 65)
	enter(world, lead, "Welcome", now - DAY * 5)
	note(world, lead, "Became Customer", now - DAY * 30)
	enter(world, before, "Welcome", FIRST - DAY)
	enter(world, before, "Other", now - DAY)
	found = look(world, SEQUENCE, months=3)
	assert cells(found) == {"Welcome": [(1, 0.0), (1, 1.0), (0, 0.0)], "Other": [(0, 0.0)] * 3}
	assert [cell.each for cell in found[1].cells] == [0.0, 1.0, None]


def test_by_version_only_those_of_the_sequence(world):
	now = world.clock.now()
	for number in (1, 2):
		world.put("Nurture Sequence Version", f"W-{number}", sequence="Welcome", version=number)
		enter(world, world.lead(), "Welcome", now - DAY * 40, version=f"W-{number}")
	enter(world, world.lead(), "Other", now - DAY * 40, version="W-1")
	assert [(one.name, one.people) for one in look(world, VERSION, sequence="Welcome")] == [
		("1", 1),
		("2", 1),
	]


def test_who_was_a_customer_before_did_not_become_one(world):
	lead = world.lead(creation=world.clock.now() - DAY * 40)
	note(world, lead, "Became Customer", world.clock.now() - DAY * 50)
	assert look(world, months=1)[0].cells[0].total == 0


def test_only_leads_that_may_be_seen_and_none_in_quarantine(world):
	seen, _, _ = (world.lead(nurture_quarantined=number == 2) for number in range(3))
	assert [one.people for one in look(world)] == [2]
	assert [one.people for one in look(world, visible={seen})] == [1]
	assert look(world, visible=set()) == []


def test_a_month_that_nobody_has_had_is_empty_and_the_day_it_is_over_it_counts(world):
	world.lead(creation=world.clock.now() - DAY * 29)
	assert look(world, months=1)[0].cells[0].each is None
	world.lead(creation=world.clock.now() - DAY * 30)
	assert sum(cell.people for one in look(world, months=1) for cell in one.cells) == 1


def test_as_many_queries_for_many_leads(world):
	def calls(many: int, shown: str) -> int:
		for _ in range(many):
			note(world, world.lead(), "Page View", world.clock.now())
		watched = WatchedDatabase(world.db)
		cohorts(replace(world.host, db=watched), FIRST, world.clock.now(), shown=shown, companies=["Ours"])
		return watched.calls

	for shown, queries in ((CONVERTED, 2), (REVENUE, 3), (ACTIVE, 3)):
		assert calls(2, shown) == calls(20, shown) == queries
