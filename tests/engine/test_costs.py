"""What was spent, by the day: the same as adding up each day's part."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from nurture_app.engine.figures.costs import costs

DAY = timedelta(days=1)
FIRST = date(2026, 3, 1)


def spend(world, name, first, last, amount, kind="Source", company="Ours"):
	world.put(
		"Nurture Cost",
		kind=kind,
		spent_on=name,
		from_date=first,
		to_date=last,
		amount=amount,
		company=company,
	)


def moments(start, end):
	return datetime.combine(start, datetime.min.time()), datetime.combine(end, datetime.max.time())


def test_only_the_days_asked_for_count(world):
	dice, spent = random.Random(3), []
	for _ in range(60):
		start = FIRST + DAY * dice.randrange(60)
		one = (
			dice.choice(("Fair", "Ads", "SEO")),
			start,
			start + DAY * dice.randrange(20),
			dice.randint(1, 900),
		)
		spent.append(one)
		spend(world, *one)
	for start, end in ((FIRST, FIRST), (FIRST + 10 * DAY, FIRST + 40 * DAY), (FIRST, FIRST + 99 * DAY)):
		expected: dict[str, float] = {}
		for name, first, last, amount in spent:
			days = [first + DAY * number for number in range((last - first).days + 1)]
			for day in days:
				if start <= day <= end:
					expected[name] = expected.get(name, 0.0) + amount / len(days)
		assert costs(world.host, *moments(start, end), "Source", ["Ours"]) == pytest.approx(expected)


def test_names_that_differ_in_case_are_one(world):
	spend(world, "Google Ads", FIRST, FIRST, 10)
	spend(world, "google  ads", FIRST, FIRST, 5)
	assert sum(costs(world.host, *moments(FIRST, FIRST), "Source", ["Ours"]).values()) == 15
	assert len(costs(world.host, *moments(FIRST, FIRST), "Source", ["Ours"])) == 1


def test_only_what_was_asked_for_and_of_these_companies(world):
	spend(world, "Spring", FIRST, FIRST, 10, kind="Campaign")
	spend(world, "Fair", FIRST, FIRST, 5, company="Theirs")
	assert costs(world.host, *moments(FIRST, FIRST), "Source", ["Ours"]) == {}
	assert costs(world.host, *moments(FIRST, FIRST), "Campaign", ["Ours"]) == {"Spring": 10}
