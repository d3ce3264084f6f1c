"""What brought customers, by each of the usual models."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nurture_app.engine.figures.attribution import (
	BY,
	FIRST,
	LAST,
	LINEAR,
	MODELS,
	U_SHAPED,
	W_SHAPED,
	attribute,
	deals,
)
from tests.database_wrappers import WatchedDatabase

DAY = timedelta(days=1)
CUSTOMER, OPPORTUNITY = "Became Customer", "Opportunity Created"


def note(world, lead, kind, days, channel="", classification="human", **values):
	"""An activity `days` after now."""
	moment = world.clock.now() + DAY * days
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=moment, channel=channel,
		classification=classification, dedupe_key=f"{lead}|{kind}|{moment}|{values}", **values,
	)  # fmt: skip


def visit(world, lead, days, channel, kind="Page View", **values):
	name = world.put("Nurture Visit", party=lead, channel=channel, **values)
	note(world, lead, kind, days, "Website", source_doctype="Nurture Visit", source_name=name)


def customer(world, days=30, **values):
	lead = world.lead(**values)
	note(world, lead, CUSTOMER, days)
	return lead


def look(world, by="Source", model=LINEAR, percent=None, **values):
	now = world.clock.now()
	found = deals(world.host, now, now + 60 * DAY, **values)
	return {one.name: round(one.deals, 3) for one in attribute(found, by, model, percent)}


@pytest.fixture
def bought(world):
	"""By an ad on the day it was created, a mail, a webinar after which there was an opportunity, and a mail again."""
	lead = customer(world)
	visit(world, lead, 0, "Ads", utm_campaign="Spring")
	note(world, lead, "Email Click", 5, "Email", sequence="Welcome")
	note(world, lead, "Webinar Attended", 10, "Event")
	note(world, lead, OPPORTUNITY, 12)
	note(world, lead, "Email Reply", 20, "Email", sequence="Welcome")
	return lead


@pytest.mark.parametrize(
	("model", "credit"),
	[
		(FIRST, {"Ads": 1, "Email": 0, "Event": 0}),
		(LAST, {"Ads": 0, "Email": 1, "Event": 0}),
		(LINEAR, {"Ads": 0.25, "Email": 0.5, "Event": 0.25}),
		(U_SHAPED, {"Ads": 0.4, "Email": 0.5, "Event": 0.1}),
		# the ad is both the first touch and the one with which the lead was there
		(W_SHAPED, {"Ads": 0.6, "Email": 0.1, "Event": 0.3}),
	],
)
def test_the_credit_of_one_deal(world, bought, model, credit):
	assert look(world, model=model) == credit


def test_by_everything_it_can_be_asked_for(world, bought):
	assert look(world, "Campaign") == {"Spring": 0.25, "": 0.75}
	assert look(world, "Activity", FIRST)["Page View"] == 1
	assert look(world, "Sequence", LAST) == {"Welcome": 1, "": 0}
	assert look(world, "Content") == {"": 1}


def test_what_each_touch_that_stands_out_gets_can_be_said(world, bought):
	assert look(world, model=U_SHAPED, percent=50) == {"Ads": 0.5, "Email": 0.5, "Event": 0}
	assert look(world, model=U_SHAPED, percent=0) == {"Ads": 0, "Email": 0.5, "Event": 0.5}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("by", BY)
def test_together_it_is_all_deals(world, bought, model, by):
	short, bare = customer(world), customer(world)
	note(world, short, "Demo Request", 2, "Website")
	note(world, bare, OPPORTUNITY, 1)
	found = deals(world.host, world.clock.now(), world.clock.now() + 60 * DAY)
	rows = attribute([replace(one, amount=100.0) for one in found], by, model)
	assert round(sum(row.deals for row in rows), 9) == 3
	assert round(sum(row.amount for row in rows), 6) == 300
	assert all(row.influenced >= row.deals - 1e-9 for row in rows)


def test_ten_pages_of_a_day_are_one_touch(world):
	lead = customer(world)
	for hour in range(10):
		visit(world, lead, 1 + hour / 24, "Organic Search")
	note(world, lead, "Webinar Attended", 3, "Event")
	assert look(world, model=LINEAR)["Event"] == look(world, model=LINEAR)["Organic Search"]


def test_a_lead_that_nothing_on_record_brought_came_by_its_source(world):
	fair = customer(world, nurture_first_source="Event", campaign_name="Fair of May")
	web = customer(world, source="Exhibition")
	nobody = customer(world)
	note(world, fair, "Email Click", 4, "Email")
	assert look(world) == {"Event": 0.5, "Email": 0.5, "Exhibition": 1, "": 1}
	assert look(world, "Campaign", FIRST) == {"Fair of May": 1, "": 2}
	assert look(world, "Activity", FIRST) == {"Lead Created": 3, "Email Click": 0}
	assert {web, nobody} <= {
		one.lead for one in deals(world.host, world.clock.now(), world.clock.now() + 60 * DAY)
	}


def test_only_what_people_did_themselves_in_the_time_that_counts(world):
	old = customer(world, creation=world.clock.now() - 400 * DAY, source="Exhibition")
	note(world, old, "Webinar Attended", -390, "Event")
	assert look(world) == {"": 1}
	assert look(world, days=500) == {"Exhibition": 0.5, "Event": 0.5}
	note(world, old, "Email Click", 1, "Email", classification="machine")
	note(world, old, "Email Open", 2, "Email")
	note(world, old, "Call", 3, "Phone")
	note(world, old, "Demo Request", 31, "Website")
	assert look(world) == {"": 1}
	assert look(world, conversations=True) == {"Phone": 1}


def test_a_deal_counts_once_when_it_was_reached_first(world):
	again = customer(world, days=-10)
	note(world, again, CUSTOMER, 10)
	quarantined = customer(world, nurture_quarantined=1)
	seen = customer(world)
	found = deals(world.host, world.clock.now(), world.clock.now() + 60 * DAY)
	assert [one.lead for one in found] == [seen]
	assert not deals(
		world.host, world.clock.now(), world.clock.now() + 60 * DAY, visible={again, quarantined}
	)


def test_other_steps_than_customers(world, bought):
	now = world.clock.now()
	(deal,) = deals(world.host, now, now + 60 * DAY, "opportunity")
	assert deal.reached_on == now + 12 * DAY and len(deal.touchpoints) == 3
	assert deals(world.host, now, now + 60 * DAY, "sql") == []


def test_many_cost_no_more_queries_than_few(world):
	def calls(many):
		for _ in range(many):
			visit(world, customer(world), 1, "Ads")
		watched = WatchedDatabase(world.db)
		now = world.clock.now()
		assert len(deals(replace(world.host, db=watched), now, now + 60 * DAY)) >= many
		return watched.calls

	assert calls(2) == calls(50)
