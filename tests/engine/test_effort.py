"""Messages and people's time beside what came of them: the same numbers as counting one by one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from nurture_app.engine.figures.effort import BY, COUNTED, Effort, effort, together
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_week import note, sent

DAY = timedelta(days=1)
TIERS = ("High-Touch", "Low-Touch", None)
KINDS = (*COUNTED, "Page View")


def span(world):
	return world.clock.now() - 30 * DAY, world.clock.now()


def test_the_numbers_are_those_of_counting_one_by_one(world):
	dice = random.Random(7)
	leads = {world.lead(): dice.choice(TIERS) for _ in range(12)}
	expected: dict[str, dict[str, float]] = {}
	became = set()
	for lead, tier in leads.items():
		with world.db.transaction():
			world.db.update("tabLead", ("name", "nurture_tier"), [(lead, tier)])
		row = expected.setdefault(tier or "", dict.fromkeys(("leads", "messages", *COUNTED.values()), 0))
		row["leads"] += 1
		for days_ago in dice.sample(range(60), 25):
			kind = dice.choice(KINDS)
			note(world, lead, kind, days_ago)
			if days_ago > 30 or kind not in COUNTED:
				continue
			what = COUNTED[kind]
			row[what] += what in ("contacts", "tasks") or (lead, what) not in became
			became.add((lead, what))
		for days_ago in dice.sample(range(60), 5):
			sent(world, lead, days_ago, status=dice.choice(("Sent", "Failed")))
	rows = world.all("Nurture Touch", "party", "status", "queued_on")
	for lead, status, moment in rows:
		inside = str(moment) >= str(world.clock.now() - 30 * DAY)
		expected[leads[lead] or ""]["messages"] += status == "Sent" and inside
	found = {row.name: row for row in effort(world.host, *span(world))}
	assert found == {name: Effort(name, **row, amount=0.0) for name, row in expected.items()}
	assert together(found.values()).leads == 12


def test_those_who_take_most_time_come_first_and_those_without_a_tier_last(world):
	low, high, none = (world.lead(nurture_tier=tier) for tier in ("Low-Touch", "High-Touch", None))
	for days_ago in (1, 2):
		note(world, high, "Call", days_ago)
		note(world, none, "Call", days_ago)
	note(world, low, "Call", 1, classification="machine")
	assert [row.name for row in effort(world.host, *span(world))] == ["High-Touch", "Low-Touch", ""]


def test_invoices_are_those_posted_in_the_time(world):
	lead, day = world.lead(nurture_tier="High-Touch"), world.clock.now().date()
	world.put("Customer", "C-1", lead_name=lead)
	for number, (days_ago, amount, status) in enumerate(((0, 100, 1), (30, 20, 1), (31, 7, 1), (1, 5, 0))):
		world.put(
			"Sales Invoice", f"I-{number}", customer="C-1", company="Ours", docstatus=status, base_net_total=amount,
			posting_date=day - DAY * days_ago,
		)  # fmt: skip
	(row,) = effort(world.host, *span(world), companies=["Ours"])
	assert row.amount == 120
	assert effort(world.host, *span(world))[0].amount == 0


def test_only_leads_that_may_be_seen_and_none_in_quarantine(world):
	seen, _, _ = world.lead(), world.lead(), world.lead(nurture_quarantined=1)
	assert effort(world.host, *span(world), visible={seen})[0].leads == 1
	assert effort(world.host, *span(world))[0].leads == 2


def test_each_group_there_is(world):
	world.lead(nurture_tier="T", nurture_type="Y", nurture_persona="P", source="S", lead_owner="O")
	assert [effort(world.host, *span(world), by)[0].name for by in BY] == ["T", "Y", "P", "S", "O"]


def test_as_many_queries_for_many_leads(world):
	def calls(many: int) -> int:
		for _ in range(many):
			note(world, world.lead(), "Call", 1)
		watched = WatchedDatabase(world.db)
		effort(replace(world.host, db=watched), *span(world), companies=["Ours"])
		return watched.calls

	assert calls(2) == calls(30) == 5
