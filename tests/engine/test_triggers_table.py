"""One row per trigger of the requirements: what is set up, what happens, who is in the sequence afterwards.

Each row has a lead that must start and, beside it, one that must not. Both databases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from nurture_app.engine import segments
from tests.world import World

Happen = Callable[[World], Any]


@dataclass(frozen=True)
class Row:
	"""`events` are (day, lead, activity type, detail) or (day, function); `ann` starts, `bob` does not."""

	ids: str
	trigger: dict[str, Any]
	events: list[tuple]
	until: int = 0
	"""The day on which to look; nights are passed on the way."""
	lead: dict[str, Any] = field(default_factory=dict)
	"""Fields of both leads."""
	set_up: Happen | None = None
	starts: tuple[str, ...] = ("ann",)


def activity(kind: str, detail: str = "", **values: Any) -> dict[str, Any]:
	return {"trigger_type": "Activity", "trigger_activity": kind, "trigger_detail": detail, **values}


def trigger(kind: str, **values: Any) -> dict[str, Any]:
	return {"trigger_type": kind, **{f"trigger_{name}": value for name, value in values.items()}}


def simple(ids: str, kind: str, detail: str = "", other: str = "", **values: Any) -> Row:
	"""An activity trigger; bob does the same with `other` as detail, or nothing."""
	events: list[tuple] = [(0, "ann", kind, detail)]
	if other:
		events.append((0, "bob", kind, other))
	return Row(ids, activity(kind, detail if other else "", **values), events)


def put(doctype: str, **values: Any) -> Happen:
	return lambda world: world.put(doctype, **values)


def points_for(kind: str, points: int) -> Happen:
	return lambda world: world.rule(
		f"{kind} pays", activity_type=kind, points=points, cap_count=99, cooldown=0
	)


def two_colleagues(world: World) -> None:
	"""Ann and cid share a company, bob is alone in his; one event is worth 30 points."""
	points_for("Demo Request", 30)(world)
	world.lead("cid", company_name="Acme Ltd")


def member(name: str, leave: bool = False) -> Happen:
	def move(world: World) -> None:
		(segments.remove_members if leave else segments.add_members)(world.host, "Picked", [name])

	return move


def picked(world: World) -> None:
	world.segment("Picked", None, segment_type="Static")
	world.segment("Other", None, segment_type="Static")


TABLE = [
	simple("TR-01", "Content Download", "Pricing Guide", other="Onboarding Guide"),
	simple("TR-01", "Form Submitted", "Contact", other="Newsletter"),
	simple("TR-02", "Demo Request"),
	simple("TR-03", "Pricing Page View"),
	Row(
		"TR-03",
		activity("Pricing Page View", trigger_count=3, trigger_days=7),
		[(day, "ann", "Pricing Page View", "/pricing") for day in (0, 1, 2)]
		+ [(day, "bob", "Pricing Page View", "/pricing") for day in (0, 5, 10)],
		until=11,
	),
	Row(
		"TR-04",
		activity("Email Open", trigger_count=3),
		[(day, "ann", "Email Open", "") for day in (0, 1, 2)]
		+ [(day, "bob", "Email Open", "") for day in (0, 1)],
		until=3,
	),
	Row(
		"TR-05",
		activity("Email Click", "https://example.com/pricing*"),
		[
			(0, "ann", "Email Click", "https://example.com/pricing?from=mail"),
			(0, "bob", "Email Click", "https://example.com/blog"),
		],
	),
	Row("TR-06", trigger("Silent For", days=45), [(20, "bob", "Page View", "/")], until=46),
	Row(
		"TR-07",
		trigger("Score Above", count=25),
		[(0, "ann", "Demo Request", ""), (0, "bob", "Page View", "")],
		set_up=points_for("Demo Request", 30),
	),
	Row(
		"TR-07",
		trigger("Score Below", count=25),
		[
			(0, "ann", "Demo Request", ""),
			(0, "bob", "Demo Request", ""),
			(60, "bob", "Demo Request", ""),
		],
		set_up=points_for("Demo Request", 30),
		until=95,
	),
	Row(
		"TR-08",
		trigger("Stage Reached", stage="MQL"),
		[(0, "ann", "Demo Request", ""), (0, "bob", "Page View", "")],
		set_up=points_for("Demo Request", 60),
	),
	Row(
		"TR-08",
		trigger("Stage Lost", stage="MQL"),
		[(0, "ann", "Demo Request", ""), (0, "bob", "Page View", "")],
		set_up=points_for("Demo Request", 60),
		until=95,
	),
	simple("TR-08", "Opportunity Stage Changed", "Negotiation", other="Prospecting"),
	Row(
		"TR-09",
		trigger("Tag Added", detail="Hot"),
		[(0, "ann", "Tag Added", "hot"), (0, "bob", "Tag Added", "Hotel")],
	),
	Row(
		"TR-09",
		trigger("Field Changed", detail="status=Interested"),
		[(0, "ann", "Field Changed", "status = Interested"), (0, "bob", "Field Changed", "status = Open")],
	),
	Row(
		"TR-09",
		trigger("Field Changed", detail="industry"),
		[(0, "ann", "Field Changed", "industry = Software"), (0, "bob", "Field Changed", "status = Open")],
	),
	Row("TR-09", trigger("Segment Entered", segment="Picked"), [(0, member("ann"))], set_up=picked),
	Row(
		"TR-09",
		trigger("Segment Left", segment="Picked"),
		[(0, member("ann")), (0, member("bob")), (1, member("ann", leave=True))],
		set_up=picked,
		until=2,
	),
	Row(
		"TR-10",
		activity(
			"Intent Signal",
			"CRM*",
			trigger_count=3,
			trigger_days=7,
			condition=[{"stage": "Recycle"}],
		),
		[(day, "ann", "Intent Signal", "CRM software") for day in (0, 1, 2)]
		+ [(day, "bob", "Intent Signal", "Payroll") for day in (0, 1, 2)],
		lead={"nurture_stage": "Recycle"},
		until=3,
	),
	Row(
		"TR-11",
		trigger("Account Score Above", count=50),
		[(0, "ann", "Demo Request", ""), (1, "cid", "Demo Request", ""), (1, "bob", "Demo Request", "")],
		set_up=two_colleagues,
		lead={"company_name": "Acme Ltd"},
		until=2,
		starts=("ann", "cid"),
	),
	Row(
		"TR-11",
		trigger("Account Activity", activity="Intent Signal", detail="CRM*", count=3, days=7),
		[
			(0, "ann", "Intent Signal", "CRM"),
			(1, "ann", "Intent Signal", "Payroll"),
			(1, "ann", "Intent Signal", "CRM software"),
			(2, "bob", "Intent Signal", "CRM"),
			(2, "cid", "Intent Signal", "CRM"),
		],
		set_up=two_colleagues,
		lead={"company_name": "Acme Ltd"},
		until=3,
		starts=("cid",),
	),
	simple("TR-12", "Chat Started"),
	simple("TR-12", "Chat Asked", "Price list", other="Opening hours"),
	simple("TR-13", "Webinar Registered", "Spring webinar", other="Autumn webinar"),
	simple("TR-13", "Webinar Attended", "Spring webinar", other="Autumn webinar"),
	simple("TR-13", "Webinar No-show"),
	simple("TR-13", "Event Attended"),
	simple("TR-14", "Email Reply"),
	simple("TR-14", "Question Asked", "Pricing", other="Timeline"),
	Row(
		"TR-15",
		trigger("Not Contacted After", activity="MQL Reached", days=2),
		[
			(0, "ann", "Demo Request", ""),
			(0, "bob", "Demo Request", ""),
			(1, "bob", "Call", ""),
		],
		set_up=points_for("Demo Request", 60),
		until=4,
	),
	Row(
		"TR-15",
		trigger("No Answer After", activity="MQL Reached", days=3),
		[
			(0, "ann", "Demo Request", ""),
			(0, "bob", "Demo Request", ""),
			(2, "bob", "Email Reply", "Re: hello"),
		],
		set_up=points_for("Demo Request", 60),
		until=5,
	),
	Row(
		"TR-16",
		activity("Pricing Page View", condition=[{"score": [">=", 60]}]),
		[
			(0, "ann", "Demo Request", ""),
			(1, "ann", "Pricing Page View", ""),
			(1, "bob", "Pricing Page View", ""),
		],
		set_up=points_for("Demo Request", 60),
		until=2,
	),
	simple("TR-17", "Tier Limit Reached", "Contacts", other="Users"),
	simple("TR-17", "Users Added"),
	simple("TR-17", "Feature Used", "First report", other="Log in"),
	Row(
		"TR-17",
		trigger("No Answer After", activity="Signed Up", days=7, detail="Activated"),
		[
			(0, "ann", "Signed Up", ""),
			(0, "bob", "Signed Up", ""),
			(3, "bob", "Activated", ""),
			(3, "ann", "Call", ""),
		],
		until=9,
	),
	simple("TR-18", "Milestone Reached", "100 invoices", other="First invoice"),
	Row(
		"TR-18",
		trigger("Days After Date", detail="qualified_on", days=90),
		[],
		lead={"qualified_on": "2026-03-05"},
		until=95,
		starts=("ann", "bob"),
	),
	Row(
		"TR-19",
		trigger("Days Before Date", detail="Contract.end_date", days=30),
		[],
		set_up=lambda world: [
			world.put("Customer", "Ann Ltd", customer_name="Ann Ltd", lead_name="ann"),
			world.put("Customer", "Bob Ltd", customer_name="Bob Ltd", lead_name="bob"),
			world.put(
				"Contract",
				party_type="Customer",
				party_name="Ann Ltd",
				status="Active",
				end_date="2026-04-10",
			),
			world.put(
				"Contract",
				party_type="Customer",
				party_name="Bob Ltd",
				status="Active",
				end_date="2027-04-10",
			),
		],
		until=15,
	),
	simple("TR-19", "Product Usage", "Upgrade page", other="Log in"),
	simple("TR-20", "Survey Answered", "No budget", other="Too busy"),
	simple("TR-21", "Opportunity Created"),
	simple("TR-21", "Opportunity Won"),
	simple("TR-21", "Opportunity Lost"),
	simple("TR-21", "Quotation Sent"),
	simple("TR-22", "Trial Started"),
	Row(
		"TR-22",
		trigger("Days Before Date", detail="Subscription.trial_period_end", days=3),
		[],
		set_up=lambda world: [
			world.put("Customer", "Ann Ltd", customer_name="Ann Ltd", lead_name="ann"),
			world.put("Customer", "Bob Ltd", customer_name="Bob Ltd", lead_name="bob"),
			*(
				world.put(
					"Subscription",
					party_type="Customer",
					party=who,
					status=status,
					trial_period_end="2026-03-16",
				)
				for who, status in (("Ann Ltd", "Trialling"), ("Bob Ltd", "Cancelled"))
			),
		],
		until=14,
	),
	simple("TR-23", "Appointment Booked"),
	simple("TR-23", "Appointment Attended"),
	simple("TR-23", "Appointment Missed"),
	simple("TR-24", "Cart Abandoned"),
	simple("TR-25", "Unsubscribe"),
	Row(
		"TR-25",
		activity("Preferences Changed", "Less*"),
		[(0, "ann", "Preferences Changed", "Less: Weekly"), (0, "bob", "Preferences Changed", "Topics")],
	),
	simple("TR-25", "Email Bounced"),
	Row(
		"TR-26",
		trigger("No Answer After", activity="Email Open", days=3, detail="Email Reply"),
		[(0, "ann", "Email Open", ""), (0, "bob", "Email Open", ""), (1, "bob", "Email Reply", "Re: hello")],
		until=5,
	),
]
STEPS = [{"step_label": "Look", "step_type": "Task", "task_description": "Look at this lead."}]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.ids} {row.trigger['trigger_type']}")
def test_a_trigger_starts_whom_it_should_and_nobody_else(world, row):
	world.lead("ann", **row.lead)
	world.lead("bob", **(row.lead | ({"company_name": "Bobs"} if "company_name" in row.lead else {})))
	if row.set_up:
		row.set_up(world)
	world.sequence("Seq", STEPS, reentry="Never", **row.trigger)
	start = world.clock.now()
	events = sorted(row.events, key=lambda event: event[0])
	for day in range(row.until + 1):
		world.run_until(start + timedelta(days=day))
		for event in (event for event in events if event[0] == day):
			if callable(event[1]):
				event[1](world)
			else:
				world.record(event[1], event[2], detail=event[3])
	world.tick()
	assert tuple(party for (party,) in world.all("Nurture Enrollment", "party")) == row.starts
	started = {
		party
		for party, outcome in world.all("Nurture Trigger Log", "party", "outcome")
		if outcome == "Started"
	}
	assert started == set(row.starts)


def test_the_table_has_every_trigger_of_the_requirements():
	assert {row.ids for row in TABLE} == {f"TR-{number:02}" for number in range(1, 27)}
