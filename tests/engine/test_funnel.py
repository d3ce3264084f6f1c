"""How far leads got on their way to a customer, and in how many days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nurture_app.engine.figures.funnel import FEWEST_DAYS, GROUPS, IN_ANY, IN_NONE, column_for, funnel
from nurture_app.engine.segments import refresh_all
from nurture_app.engine.sql import as_datetime

DAY = timedelta(days=1)


def note(world, lead, *kinds_and_days):
	"""Steps of a lead, each so many days after it was created."""
	(created_on,) = world.row("Lead", lead, "creation")
	for kind, days in kinds_and_days:
		world.put(
			"Nurture Activity",
			party_type="Lead",
			party=lead,
			activity_type=kind,
			occurred_on=as_datetime(created_on) + days * DAY,
			classification="human",
			dedupe_key=f"{lead}|{kind}|{days}",
		)


def count(world, by="Month", **values):
	now = world.clock.now()
	return funnel(world.host, now - 400 * DAY, now, by, **values)


def test_steps_are_counted_once_and_in_days_from_the_creation_of_the_lead(world):
	start = world.clock.now() - 100 * DAY
	note(world, world.lead(creation=start), ("MQL Reached", 0))  # from here on steps are recorded
	for days in (2, 3, 4, 6, 30):
		lead = world.lead(creation=start + DAY)
		note(world, lead, ("MQL Reached", days), ("MQL Reached", days + 5), ("SQL Reached", 2 * days))
	buyer = world.lead(creation=start + DAY)
	note(world, buyer, ("Opportunity Created", 3), ("Became Customer", 9), ("Invoice Submitted", 10))
	world.lead(creation=start + 2 * DAY)
	everybody = count(world).everybody
	assert everybody.leads == 8
	assert everybody.reached == {"mql": 6, "sql": 5, "opportunity": 1, "customer": 1}
	assert everybody.share("sql", "mql").percent == pytest.approx(500 / 6)
	assert everybody.share("customer").percent == 12.5
	# of 0, 2, 3, 4, 6 and 30 days; one opportunity is too few to speak of
	assert everybody.days == {"to_mql": 3.5, "mql_to_sql": 4, "to_opportunity": None, "to_customer": None}
	assert FEWEST_DAYS == 5


def test_leads_that_are_older_than_what_was_recorded_count_without_their_days(world):
	"""All leads cross their lines on the day on which the rules are switched on: that says nothing of how long it took."""
	now = world.clock.now()
	old = [world.lead(creation=now - 300 * DAY) for _ in range(6)]
	for lead in old:
		note(world, lead, ("MQL Reached", 290))
	found = count(world)
	assert found.everybody.reached["mql"] == 6
	assert found.everybody.days["to_mql"] is None
	assert found.recorded_since == now - 10 * DAY


def test_the_lead_says_what_nobody_recorded(world):
	"""Sold before the app was there, or qualified in the moment in which the rules were switched on."""
	world.lead(status="Converted")
	world.lead(status="Quotation")
	world.lead(status="Open", nurture_stage="SQL")
	world.lead(nurture_stage="MQL")
	world.lead(nurture_stage="Nurture")
	everybody = count(world).everybody
	assert everybody.reached == {"mql": 2, "sql": 1, "opportunity": 1, "customer": 1}


def test_who_was_sql_was_mql_and_steps_the_other_way_round_have_no_days(world):
	start = world.clock.now() - 100 * DAY
	note(world, world.lead(creation=start), ("Opportunity Created", 0))
	for _ in range(FEWEST_DAYS):
		note(world, world.lead(creation=start + DAY), ("SQL Reached", 3), ("MQL Reached", 5))
	note(world, world.lead(creation=start + DAY), ("SQL Reached", 3))
	everybody = count(world).everybody
	assert (everybody.reached["mql"], everybody.reached["sql"]) == (6, 6)
	assert everybody.days["mql_to_sql"] is None


def test_machines_and_unchecked_imports_take_no_step(world):
	lead = world.lead()
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type="MQL Reached",
		occurred_on=world.clock.now(), classification="machine", dedupe_key="m",
	)  # fmt: skip
	world.lead(nurture_quarantined=1)
	everybody = count(world).everybody
	assert (everybody.leads, everybody.reached["mql"]) == (1, 0)


def test_by_month_and_by_what_the_lead_says(world):
	now = world.clock.now()
	world.lead(creation=now - 40 * DAY, country="France")
	world.lead(creation=now - 40 * DAY, country="France")
	world.lead(creation=now, country="Austria")
	world.lead(creation=now)
	months = [(one.name, one.leads) for one in count(world).groups]
	assert months == [("2026-01", 2), ("2026-03", 2)]
	by_country = [(one.name, one.leads) for one in count(world, "Country").groups]
	assert by_country == [("France", 2), ("Austria", 1), ("", 1)]
	assert sum(one.leads for one in count(world, "Industry").groups) == 4


def test_a_lead_counts_in_each_sequence_it_entered_before_it_bought(world):
	world.sequence("First", [{"step_label": "One", "delay": 5}])
	world.sequence("Second", [{"step_label": "One", "delay": 5}])
	world.sequence("Onboarding", [{"step_label": "One", "delay": 5}], exit_on_conversion=0)
	both, buyer, nobody = world.lead(), world.lead(), world.lead()
	world.enroll("First", both, buyer)
	world.enroll("Second", both)
	world.clock.move_to(world.clock.now() + 10 * DAY)
	note(world, buyer, ("Became Customer", 5))
	world.enroll("Onboarding", buyer)
	groups = {one.name: one for one in count(world, "Sequence").groups}
	assert {name: one.leads for name, one in groups.items()} == {"First": 2, "Second": 1, "": 1}
	assert groups["First"].reached["customer"] == 1
	nurtured = {one.name: one.leads for one in count(world, "Nurtured").groups}
	assert nurtured == {IN_ANY: 2, IN_NONE: 1}
	assert count(world, "Nurtured", visible={nobody}).groups[0].name == IN_NONE


def test_by_segment_counts_who_is_in_it_now(world):
	world.segment("French", [["country", "=", "France"]])
	world.lead(country="France")
	gone, _ = world.lead(country="France"), world.lead()
	refresh_all(world.host)
	world.db.update("tabLead", ("name", "country"), [(gone, "Austria")])
	refresh_all(world.host)
	assert [(one.name, one.leads) for one in count(world, "Segment").groups] == [("French", 1), ("", 2)]


def invoice(world, customer, amount, company="Ours", docstatus=1):
	name = world.put("Sales Invoice", customer=customer, base_net_total=amount, company=company)
	world.db.update("tabSales Invoice", ("name", "docstatus"), [(name, docstatus)])


def test_what_their_customers_were_invoiced_is_summed(world):
	direct, by_deal, nobody = world.lead(country="France"), world.lead(), world.lead()
	own = world.put("Opportunity", opportunity_from="Lead", party_name=direct)
	bought = world.put("Customer", customer_name="Direct", lead_name=direct, opportunity_name=own)
	deal = world.put("Opportunity", opportunity_from="Lead", party_name=by_deal)
	world.put("Customer", "Deal", customer_name="Deal", opportunity_name=deal)
	other = world.put("Opportunity", opportunity_from="Customer", party_name=nobody)
	world.put("Customer", "Other", customer_name="Other", opportunity_name=other)
	for customer, *values in (
		(bought, 1000),
		(bought, 500, "Sister"),
		(bought, -200),
		(bought, 70, "Elsewhere"),
		(bought, 9999, "Ours", 0),
		(bought, 9999, "Ours", 2),
		("Deal", 300),
		("Other", 50),
	):
		invoice(world, customer, *values)
	found = count(world, "Country", companies=["Ours", "Sister"])
	assert {one.name: one.invoiced for one in found.groups} == {"France": 1300, "": 300}
	assert found.everybody.invoiced == 1600
	assert count(world, "Country").everybody.invoiced == 0


def test_only_visible_leads_and_only_those_of_the_period(world):
	now = world.clock.now()
	one, _ = world.lead(), world.lead()
	world.lead(creation=now - 500 * DAY)
	world.lead(creation=now + DAY)
	assert count(world).everybody.leads == 2
	assert count(world, visible={one}).everybody.leads == 1
	assert count(world, visible=()).groups == ()


def test_every_group_is_answered_on_this_host(world):
	lead = world.lead()
	for by in GROUPS:
		assert [one.leads for one in count(world, by).groups] == [1], by
	assert column_for(world.host, "Month") == ""
	assert lead
