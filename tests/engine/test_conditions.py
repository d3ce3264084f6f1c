"""Who a condition picks, leaf by leaf, the same on every database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine import conditions, optout, segments
from nurture_app.engine.condition_scope import Scope
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import Query, params
from nurture_app.simulator.virtual_clock import VirtualClock
from tests.world import MONDAY, World

LEADS = {
	"ann": {
		"industry": "Software",
		"city": "München",
		"job_title": "VP of Sales",
		"no_of_employees": "11-50",
		"annual_revenue": 1000.5,
		"unsubscribed": 0,
		"qualified_on": "2026-02-28",
		"nurture_score": 40,
		"nurture_stage_since": datetime(2026, 2, 28, 23, 59, 59),
		"company_name": "100% Best_Co",
	},
	"bob": {
		"industry": "software",
		"city": "munchen",
		"job_title": "svp, marketing",
		"no_of_employees": "51-200",
		"annual_revenue": 0,
		"unsubscribed": 1,
		"qualified_on": "2026-03-01",
		"nurture_score": 55,
		"nurture_stage_since": datetime(2026, 3, 1),
		"company_name": "1000 BestXCo",
	},
	"cyd": {  # never filled in
		"email_id": None,
		"first_name": None,
		"status": None,
	},
	"dan": {  # filled in once and emptied again
		"industry": "",
		"city": "",
		"job_title": "",
		"no_of_employees": "",
		"company_name": "",
		"nurture_stage_since": datetime(2026, 3, 2, 10, 0, 1),
		"annual_revenue": -5,
	},
}
EVERYBODY = "ann bob cyd dan"


@pytest.fixture
def people(world: World) -> World:
	for name, values in LEADS.items():
		world.lead(name, consent=False, **values)
	return world


def who(world: World, condition: object) -> str:
	"""Names of the leads a condition picks, in one line; it must pick the same when it is asked of one at a time."""
	parsed = conditions.parse(condition, world.host.catalog)

	def build(scope: Scope, parties: Sequence[object]) -> object:
		query = Query.from_(scope.lead).select(scope.lead.name).where(parsed.sql(scope))
		return query.where(scope.lead.name.isin(params(parties)))

	everybody = sorted(name for (name,) in world.all("Lead", "name"))
	questions = Questions()
	together = {name for (name,) in questions.ask(world.host, "who", everybody, build)}
	an_hour_ago = VirtualClock(world.clock.now() - timedelta(hours=1), world.clock.zone)
	questions.ask(replace(world.host, clock=an_hour_ago), "who", ["nobody"], build)
	alone = {name for name in everybody if questions.ask(world.host, "who", [name], build)}
	assert alone == together
	return " ".join(sorted(together))


FIELD_LEAVES = [
	# = and !=: case, accents and trailing blanks do not count; an empty field is nobody's value
	(["industry", "=", "SOFTWARE"], "ann bob"),
	(["industry", "=", "software "], "ann bob"),
	(["city", "=", "MUNCHEN"], "ann bob"),
	(["city", "=", "Münch"], ""),
	(["industry", "!=", "Software"], "cyd dan"),
	(["city", "=", ""], "cyd dan"),
	(["city", "!=", ""], "ann bob"),
	(["annual_revenue", "=", 1000.5], "ann"),
	(["annual_revenue", "=", "0"], "bob cyd"),
	(["annual_revenue", "!=", 0], "ann dan"),
	(["unsubscribed", "=", 1], "bob"),
	(["unsubscribed", "=", False], "ann cyd dan"),
	(["unsubscribed", "!=", 1], "ann cyd dan"),
	(["nurture_score", "=", 40], "ann"),
	# order
	(["annual_revenue", ">", 0], "ann"),
	(["annual_revenue", ">=", 0], "ann bob cyd"),
	(["annual_revenue", "<", 0], "dan"),
	(["annual_revenue", "<=", 0], "bob cyd dan"),
	(["nurture_score", ">", 40], "bob"),
	(["nurture_score", ">", 40.5], "bob"),
	(["nurture_score", ">=", "40"], "ann bob"),
	(["nurture_score", "between", [40, 54]], "ann"),
	(["nurture_score", "between", "40, 55"], "ann bob"),
	# dates: nothing is neither before nor after
	(["qualified_on", "=", "2026-02-28"], "ann"),
	(["qualified_on", "=", "2026-02-28 00:00:00"], "ann"),
	(["qualified_on", "=", "2026-02-28 13:00:00"], "ann"),
	(["qualified_on", "!=", "2026-02-28"], "bob cyd dan"),
	(["qualified_on", ">", "2026-02-28"], "bob"),
	(["qualified_on", ">=", "2026-02-28"], "ann bob"),
	(["qualified_on", "<", "2026-03-01"], "ann"),
	(["qualified_on", "<=", "2026-03-01"], "ann bob"),
	(["qualified_on", "between", ["2026-02-28", "2026-02-28"]], "ann"),
	(["qualified_on", "in", ["2026-02-28", "2026-03-01"]], "ann bob"),
	# datetimes: a day means all of it
	(["nurture_stage_since", "=", "2026-02-28"], "ann"),
	(["nurture_stage_since", "!=", "2026-02-28"], "bob cyd dan"),
	(["nurture_stage_since", ">", "2026-02-28"], "bob dan"),
	(["nurture_stage_since", ">", "2026-03-02"], ""),
	(["nurture_stage_since", "<", "2026-03-01"], "ann"),
	(["nurture_stage_since", "<=", "2026-03-01"], "ann bob"),
	(["nurture_stage_since", ">=", "2026-03-02"], "dan"),
	(["nurture_stage_since", "between", ["2026-02-28", "2026-03-01"]], "ann bob"),
	(["nurture_stage_since", "between", ["2026-03-01", "2026-03-02"]], "bob dan"),
	(["nurture_stage_since", "between", ["2026-03-01", "2026-03-02 10:00:00"]], "bob"),
	(["nurture_stage_since", "between", ["2026-02-28 23:59:59", "2026-03-01"]], "ann bob"),
	(["nurture_stage_since", "=", "2026-03-02 10:00:01"], "dan"),
	(["nurture_stage_since", ">", "2026-03-02 10:00:00"], "dan"),
	(["nurture_stage_since", "<=", "2026-02-28T23:59:59"], "ann"),
	(["nurture_stage_since", "in", ["2026-02-28", "2026-03-02 10:00:01"]], "ann dan"),
	(["nurture_stage_since", "not in", ["2026-02-28"]], "bob cyd dan"),
	# like: a piece, or a pattern when it has a %; nothing contains nothing
	(["company_name", "like", "best"], "ann bob"),
	(["company_name", "like", "%co"], "ann bob"),
	(["company_name", "like", "best%"], ""),
	(["company_name", "like", "100%"], "ann bob"),
	(["company_name", "like", "t_c"], "ann"),
	(["company_name", "like", "100\\% b%"], "ann"),
	(["company_name", "not like", "t_c"], "bob cyd dan"),
	(["company_name", "not like", "best"], "cyd dan"),
	(["city", "like", "MUN"], "ann bob"),
	(["status", "like", "ea"], "ann bob dan"),
	(["status", "not like", "ea"], "cyd"),
	# in and not in
	(["industry", "in", ["Software", "Retail"]], "ann bob"),
	(["industry", "in", "software, retail"], "ann bob"),
	(["industry", "not in", ["Software"]], "cyd dan"),
	(["city", "in", ["", "Berlin"]], "cyd dan"),
	(["city", "in", ["", "MUNCHEN"]], EVERYBODY),
	(["city", "not in", ["", "Berlin"]], "ann bob"),
	(["nurture_score", "in", [40, "55"]], "ann bob"),
	(["nurture_score", "not in", [0]], "ann bob"),
	# is
	(["city", "is", "set"], "ann bob"),
	(["city", "is", "not set"], "cyd dan"),
	(["city", "is set"], "ann bob"),
	(["city", "IS NOT SET"], "cyd dan"),
	(["city", "is not set", ""], "cyd dan"),
	(["annual_revenue", "is", "set"], "ann dan"),
	(["qualified_on", "is", "set"], "ann bob"),
	(["qualified_on", "is", "not set"], "cyd dan"),
	(["unsubscribed", "is", "set"], "bob"),
	# has word: a word of its own, whatever stands around it
	(["job_title", "has word", ["VP"]], "ann"),
	(["job_title", "has word", "svp, head"], "bob"),
	(["job_title", "has word", ["sales"]], "ann"),
	(["job_title", "has word", ["vp of sales"]], "ann"),
	(["job_title", "has word", ["market"]], ""),
	(["company_name", "has word", ["co"]], "ann"),
	# Frappe's longer forms
	(["Lead", "industry", "=", "Software"], "ann bob"),
	(["Lead", "industry", "=", "Software", False], "ann bob"),
	(["industry", " NOT  IN ", ["Software"]], "cyd dan"),
]


@pytest.mark.parametrize(("leaf", "expected"), FIELD_LEAVES, ids=[str(leaf) for leaf, _ in FIELD_LEAVES])
def test_a_field_leaf_picks_and_not_picks_exactly_the_others_even_over_empty_fields(people, leaf, expected):
	others = " ".join(name for name in LEADS if name not in expected.split())
	assert who(people, leaf) == expected
	assert who(people, {"not": leaf}) == others
	assert who(people, {"not": {"not": leaf}}) == expected


TODAY = datetime(2026, 5, 13, 10)  # a Wednesday
TIMESPANS = {
	"today": ("2026-05-13", "2026-05-13"),
	"yesterday": ("2026-05-12", "2026-05-12"),
	"tomorrow": ("2026-05-14", "2026-05-14"),
	"last week": ("2026-05-03", "2026-05-09"),
	"this week": ("2026-05-10", "2026-05-16"),
	"next week": ("2026-05-17", "2026-05-23"),
	"last month": ("2026-04-01", "2026-04-30"),
	"this month": ("2026-05-01", "2026-05-31"),
	"next month": ("2026-06-01", "2026-06-30"),
	"last quarter": ("2026-01-01", "2026-03-31"),
	"this quarter": ("2026-04-01", "2026-06-30"),
	"next quarter": ("2026-07-01", "2026-09-30"),
	"last 6 months": ("2025-11-01", "2026-04-30"),
	"next 6 months": ("2026-06-01", "2026-11-30"),
	"last year": ("2025-01-01", "2025-12-31"),
	"this year": ("2026-01-01", "2026-12-31"),
	"next year": ("2027-01-01", "2027-12-31"),
	"last 7 days": ("2026-05-06", "2026-05-13"),
	"next 14 days": ("2026-05-13", "2026-05-27"),
}


@pytest.mark.parametrize("name", TIMESPANS)
def test_a_timespan_holds_its_first_and_last_day_and_no_other(world, name):
	first, last = (datetime.fromisoformat(day) for day in TIMESPANS[name])
	day = timedelta(days=1)
	world.clock.move_to(TODAY)
	for lead, moment in {
		"before": first - timedelta(seconds=1),
		"first": first,
		"last": last + day - timedelta(seconds=1),
		"after": last + day,
	}.items():
		world.lead(lead, consent=False, qualified_on=moment.date(), nurture_stage_since=moment)
	world.lead("never", consent=False)
	assert who(world, ["nurture_stage_since", "timespan", name.title()]) == "first last"
	assert who(world, ["qualified_on", "timespan", name]) == "first last"


SOFTWARE = ["industry", "=", "Software"]
TREES = [
	(None, EVERYBODY),
	([], EVERYBODY),
	("", EVERYBODY),
	("  ", EVERYBODY),
	({}, EVERYBODY),
	([SOFTWARE], "ann bob"),
	([SOFTWARE, ["unsubscribed", "=", 1]], "bob"),
	({"all": [SOFTWARE, ["unsubscribed", "=", 1]]}, "bob"),
	({"any": [["unsubscribed", "=", 1], ["annual_revenue", "<", 0]]}, "bob dan"),
	({"all": [{"any": [["unsubscribed", "=", 1], ["city", "is", "not set"]]}, {"not": SOFTWARE}]}, "cyd dan"),
	({"any": [{"all": [SOFTWARE, ["unsubscribed", "=", 0]]}, ["annual_revenue", "<", 0]]}, "ann dan"),
	({"not": {"any": [SOFTWARE, ["city", "=", "Berlin"]]}}, "cyd dan"),
	({"not": {"all": [SOFTWARE, ["unsubscribed", "=", 1]]}}, "ann cyd dan"),
	({"not": [SOFTWARE, ["unsubscribed", "=", 1]]}, "ann cyd dan"),
	([{"not": SOFTWARE}, [["annual_revenue", "<", 0]]], "dan"),
	('[["industry", "=", "Software"], {"not": ["unsubscribed", "=", 1]}]', "ann"),
]


@pytest.mark.parametrize(("tree", "expected"), TREES, ids=[str(tree) for tree, _ in TREES])
def test_brackets_and_or_and_not_combine_leaves(people, tree, expected):
	assert who(people, tree) == expected


def ago(days: float) -> datetime:
	return MONDAY - timedelta(days=days)


@pytest.fixture
def visitors(world: World) -> World:
	"""Three who did something, one who did nothing."""
	for name in ("ann", "bob", "cyd", "dan"):
		world.lead(name, consent=False)
	page, pricing = "Page View", "Pricing Page View"
	for party, kind, days, values in [
		("ann", page, 1, {"detail": "/pricing_table?off=100%", "channel": "Web"}),
		("ann", page, 5, {"detail": "/pricing-table?off=1000", "channel": "web"}),
		("ann", page, 40, {"detail": "/blog"}),
		("bob", pricing, 10, {"detail": "/pricing", "channel": "Web"}),
		("bob", page, 20, {"detail": "it's {0} \\ done;"}),
		("bob", page, 2, {"detail": "/blog", "classification": "machine"}),
		("bob", page, 3, {"detail": "/blog", "classification": "unknown"}),
		("cyd", "Unsubscribe", 1, {}),
	]:
		world.record(party, kind, ago(days), **values)
	return world


ACTIVITY_LEAVES = [
	({"activity": "Page View"}, "ann bob"),
	({"activity": "page view"}, "ann bob"),
	({"activity": ["Page View", "Pricing Page View"], "count": [">=", 3]}, "ann"),
	({"activity": ["Page View", "Pricing Page View"], "count": ["=", 2]}, "bob"),
	({"activity": "Any"}, "ann bob"),  # an opt-out is no engagement
	({"activity": "Unsubscribe"}, "cyd"),
	({"activity": "Page View", "count": [">", 1]}, "ann"),
	({"activity": "Page View", "count": ["!=", 1]}, "ann cyd dan"),
	({"activity": "Page View", "count": ["<", 2]}, "bob cyd dan"),
	({"activity": "Page View", "count": ["<=", 1]}, "bob cyd dan"),
	({"activity": "Page View", "count": ["=", 0]}, "cyd dan"),
	({"activity": "Page View", "count": ["<", 1]}, "cyd dan"),
	({"activity": "Page View", "count": [">", 0]}, "ann bob"),
	({"activity": "Page View", "count": [">=", 0]}, EVERYBODY),
	({"activity": "Page View", "within_days": 5}, "ann"),
	({"activity": "Page View", "within_days": 5.1, "count": [">=", 2]}, "ann"),
	# five days ago to the second is out
	({"activity": "Page View", "within_days": 5, "count": [">=", 2]}, ""),
	({"activity": "Any", "within_days": 11}, "ann bob"),
	({"not": {"activity": "Any", "within_days": 9}}, "bob cyd dan"),
	({"activity": "Page View", "channel": "WEB", "count": ["=", 2]}, "ann"),
	({"activity": "Any", "channel": "Web"}, "ann bob"),
	({"activity": "Page View", "detail": "PRICING"}, "ann"),
	({"activity": "Page View", "detail": "_"}, "ann"),
	({"activity": "Page View", "detail": "pricing_t", "count": ["=", 1]}, "ann"),
	({"activity": "Page View", "detail": "100%", "count": ["=", 1]}, "ann"),
	({"activity": "Page View", "detail": "\\"}, "bob"),
	({"activity": "Page View", "detail": "it's {0}"}, "bob"),
	({"activity": "Page View", "detail": "blog", "within_days": 30}, ""),
	({"activity": "Page View", "last_days": [">=", 20]}, "bob"),
	({"activity": "Page View", "last_days": ["<", 20]}, "ann"),
	({"activity": "Page View", "last_days": [">", 20]}, ""),
	({"activity": "Page View", "last_days": ["<=", 1]}, "ann"),
	({"activity": "Page View", "first_days": [">=", 40]}, "ann"),
	({"activity": "Page View", "first_days": ["<=", 20]}, "bob"),
	({"activity": "Page View", "first_days": [">", 5], "last_days": ["<", 5], "count": [">=", 3]}, "ann"),
	({"activity": "Page View", "within_days": 10, "first_days": ["<=", 5]}, "ann"),
]


@pytest.mark.parametrize(
	("leaf", "expected"), ACTIVITY_LEAVES, ids=[str(leaf) for leaf, _ in ACTIVITY_LEAVES]
)
def test_an_activity_leaf_counts_what_humans_did(visitors, leaf, expected):
	assert who(visitors, leaf) == expected


def test_segment_leaf_means_a_member_now(world):
	world.lead("ann"), world.lead("bob"), world.lead("cyd")
	world.segment("Picked", None, segment_type="Static")
	segments.add_members(world.host, "Picked", ["ann", "bob"])
	segments.remove_members(world.host, "Picked", ["bob"])
	assert who(world, {"segment": "Picked"}) == "ann"
	assert who(world, {"not": {"segment": "Picked"}}) == "bob cyd"


def test_tag_leaf_looks_at_tags_of_leads_only(world):
	world.lead("ann"), world.lead("bob")
	world.put("Tag Link", document_type="Lead", document_name="ann", tag="Hot")
	world.put("Tag Link", document_type="Customer", document_name="bob", tag="Hot")
	assert who(world, {"tag": "hot"}) == "ann"
	assert who(world, {"tag": "ho"}) == ""


def test_score_and_stage_leaves_read_the_lead(world):
	world.lead(
		"ann", nurture_score=50, nurture_fit_score=30, nurture_engagement_score=20, nurture_stage="MQL"
	)
	world.lead("bob", nurture_score=49, nurture_fit_score=0, nurture_engagement_score=49)
	world.lead(
		"cyd", nurture_score=-5, nurture_fit_score=0, nurture_engagement_score=-5, nurture_stage="Recycle"
	)
	for leaf, expected in [
		({"score": [">=", 50]}, "ann"),
		({"score": ["<", 49.5]}, "bob cyd"),
		({"score": ["!=", 49]}, "ann cyd"),
		({"score": ["=", -5]}, "cyd"),
		({"score": [">", 20], "part": "fit"}, "ann"),
		({"score": [">", 20], "part": "engagement"}, "bob"),
		({"stage": "MQL"}, "ann"),
		({"stage": ["MQL", "Recycle"]}, "ann cyd"),
		({"not": {"stage": "MQL"}}, "bob cyd"),
	]:
		assert who(world, leaf) == expected, leaf


def test_touch_leaf_counts_messages_of_a_sequence_by_what_became_of_them(world):
	for name in ("ann", "bob", "cyd"):
		world.lead(name)
	for party, step, values in [
		("ann", "One", {"sent_on": MONDAY, "opened_on": MONDAY}),
		("ann", "Two", {"sent_on": MONDAY, "clicked_on": MONDAY}),  # clicked without an opening: it was open
		("bob", "One", {"sent_on": MONDAY}),
		("bob", "Two", {"sent_on": MONDAY, "replied_on": MONDAY}),
		("bob", "Task", {"sent_on": MONDAY, "opened_on": MONDAY, "channel": "Task"}),
		("cyd", "One", {"sequence": "Other", "sent_on": MONDAY, "opened_on": MONDAY}),
	]:
		row = {"party": party, "sequence": "Seq", "channel": "Email", "step": step, "enrollment": party}
		world.put("Nurture Touch", **(row | values))
	for leaf, expected in [
		({"touches": "sent", "sequence": "Seq", "count": ["=", 2]}, "ann bob"),
		({"touches": "opened", "sequence": "Seq"}, "ann bob"),
		({"touches": "opened", "sequence": "Seq", "count": [">=", 2]}, "ann"),
		({"touches": "opened", "sequence": "Seq", "count": ["<", 2]}, "bob cyd"),
		({"touches": "opened", "sequence": "Seq", "steps": ["One"]}, "ann"),
		({"touches": "clicked", "sequence": "Seq", "steps": ["One", "Two"]}, "ann"),
		({"touches": "replied", "sequence": "Seq"}, "bob"),
		({"touches": "opened", "sequence": "Other"}, "cyd"),
	]:
		assert who(world, leaf) == expected, leaf


def test_touch_leaf_looks_at_the_last_messages_alone(world):
	"""SG-05: "last four e-mails opened", whatever became of those before."""
	for party, opened in {"ann": "-++++", "bob": "+++-+", "cyd": "+++", "dan": ""}.items():
		world.lead(party)
		for place, sign in enumerate(opened):
			sent_on = MONDAY - timedelta(days=10 - place)
			row = {"party": party, "sequence": "AB"[place % 2], "channel": "Email", "step": str(place)}
			row |= {"enrollment": party, "sent_on": sent_on, "opened_on": sent_on if sign == "+" else None}
			world.put("Nurture Touch", **row)
		planned = {"party": party, "sequence": "A", "channel": "Email", "step": "Next", "enrollment": party}
		world.put("Nurture Touch", **planned)
	every = {"touches": "opened", "sequence": "Any"}
	for leaf, expected in [
		(every | {"last": 4, "count": [">=", 4]}, "ann"),
		(every | {"count": [">=", 4]}, "ann bob"),
		(every | {"last": 1}, "ann bob cyd"),
		(every | {"last": 2, "count": ["=", 2]}, "ann cyd"),
		(every | {"last": 2, "count": ["<", 2]}, "bob dan"),
		({"touches": "opened", "sequence": "A", "last": 2, "count": ["=", 2]}, "ann bob cyd"),
		({"touches": "opened", "sequence": "B", "last": 1}, "ann cyd"),
		(every | {"steps": ["2", "3"], "last": 1}, "ann cyd"),
		({"touches": "sent", "sequence": "Any", "last": 3, "count": [">", 3]}, ""),
	]:
		assert who(world, leaf) == expected, leaf


def test_consent_leaf_means_given_and_not_withdrawn_for_that_channel(world):
	for name in ("ann", "bob", "cyd", "dan"):
		world.lead(name, consent=False)
	optout.set_consent(world.host, "ann", "ann@example.com", "Given", "form", "")
	optout.set_consent(world.host, "bob", "bob@example.com", "Given", "form", "")
	optout.set_consent(world.host, "bob", "bob@example.com", "Withdrawn", "form", "")
	optout.set_consent(world.host, "cyd", "cyd@example.com", "Pending", "form", "")
	optout.set_consent(world.host, "dan", "", "Given", "form", "", channel="SMS")
	assert who(world, {"consent": "Email"}) == "ann"
	assert who(world, {"consent": "SMS"}) == "dan"


def test_age_leaf_counts_days_since_a_date_of_the_lead(world):
	world.lead("ann", creation=ago(60), qualified_on=ago(3).date())
	world.lead("bob", creation=ago(59.9))
	for leaf, expected in [
		({"age_days": [">=", 60]}, "ann"),
		({"age_days": [">", 60]}, ""),
		({"age_days": ["<", 60]}, "bob"),
		({"age_days": ["<=", 60]}, "ann bob"),
		({"age_days": [">=", 3], "field": "qualified_on"}, "ann"),
		({"age_days": ["<", 3], "field": "qualified_on"}, ""),
	]:
		assert who(world, leaf) == expected, leaf
