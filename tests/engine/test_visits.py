"""Visits to websites: what a browser may report, sessions, categories, how visitors came, who they turn out to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine import optout
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Settings
from nurture_app.engine.visits import known
from nurture_app.engine.visits.came_by import CameBy, came_by
from nurture_app.engine.visits.categories import PageCategory, category_of, fits, patterns_in
from nurture_app.engine.visits.hits import Hit, hit_from_text, read_hits
from nurture_app.engine.visits.sessions import Seen, Visit, place
from nurture_app.engine.visits.store import store
from tests.database_wrappers import WatchedDatabase

NOON = datetime(2026, 3, 2, 12)
HALF_HOUR = timedelta(minutes=30)
ADA, BOB = "visitor-of-ada-0001", "visitor-of-bob-0001"
SETTINGS = Settings(track_website=True)


def minutes(number: float) -> datetime:
	return NOON + timedelta(minutes=number)


def view(number: int, on: datetime, path: str = "/", visitor: str = ADA, **values) -> Hit:
	return Hit(
		"view",
		"Shop",
		visitor,
		f"view-{number:012}",
		on,
		path,
		**{"consented": True, "title": "A page"} | values,
	)


def stay(number: int, seconds: int, on: datetime, visitor: str = ADA) -> Hit:
	return Hit("time", "Shop", visitor, f"view-{number:012}", on, seconds=seconds, consented=True)


# --- what a browser reports ----------------------------------------------------------------------------------------------


def entry(**values) -> dict:
	return {"t": "view", "i": "a" * 16, "p": "/pricing"} | values


def report(*entries: object, **values) -> dict:
	return {"v": ADA, "c": 1, "e": list(entries)} | values


def test_a_report_is_read_with_the_moment_counted_from_the_servers_clock():
	(hit,) = read_hits(report(entry(a=90_000, n=" Our\nprices ", u={"source": "x"})), "Shop", NOON, ())
	assert (hit.occurred_on, hit.title, hit.utm) == (
		NOON - timedelta(seconds=90),
		"Our prices",
		{"source": "x"},
	)
	assert hit_from_text(hit.as_text()) == hit


def test_nothing_that_could_name_a_person_is_kept_of_addresses():
	hit = read_hits(
		report(entry(p="/a?email=ada@x.example#b", r="https://u:p@other.example/x?token=1#y")),
		"Shop",
		NOON,
		(),
	)[0]
	assert (hit.path, hit.referrer) == ("/a", "https://other.example/x")


@pytest.mark.parametrize(
	"payload",
	[
		None,
		[],
		{},
		report(),
		report(entry(), v="short"),
		report(entry(), v=7),
		report(*[entry()] * 51),
		report("view"),
		report(entry(t="lead")),
		report(entry(i="no id")),
		report(entry(p="pricing")),
		report(entry(p=None)),
		report(entry(n=["x"])),
		report(entry(u="x")),
		report(entry(u={"source": 3})),
		report(entry(a="soon")),
		report(entry(a=True)),
	],
)
def test_a_malformed_report_is_refused(payload):
	with pytest.raises(NurtureError) as refusal:
		read_hits(payload, "Shop", NOON, ())
	assert refusal.value.code == "hit_malformed"


def test_a_page_reports_only_the_events_its_website_may():
	payload = report(entry(t="event", n="Chat Asked", d="prices?"))
	with pytest.raises(NurtureError) as refusal:
		read_hits(payload, "Shop", NOON, ("Demo Request",))
	assert refusal.value.code == "hit_type_not_allowed"
	assert read_hits(payload, "Shop", NOON, ("Chat Asked",))[0].title == "prices?"


def test_absurd_numbers_are_cut():
	late, long = read_hits(report(entry(a=1e308), {"t": "time", "i": "b" * 16, "s": 10**9}), "Shop", NOON, ())
	assert late.occurred_on == NOON - timedelta(days=1)
	assert long.seconds == 4 * 3600


# --- categories --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("path", "pattern", "expected"),
	[
		("/pricing", "/pricing*", True),
		("/pricing/teams", "/pricing*", True),
		("/de/pricing", "/pricing*", False),
		("/de/pricing", "*/pricing*", True),
		("/blog/a/b", "/blog/*", True),
		("/blog", "/blog/*", False),
		("/a", "/a", True),
		("/ab", "/a", False),
		("/a.html", "/*.html", True),
		("/ab", "/ab*b", False),
		("/", "*", True),
	],
)
def test_a_star_stands_for_anything(path, pattern, expected):
	assert fits(path, pattern) is expected


def test_the_first_category_that_fits_counts_whatever_the_case():
	categories = [
		PageCategory("Case", patterns_in("/Blog/cases*\n"), "x"),
		PageCategory("Blog", ("/blog*",), "y"),
	]
	assert category_of("/blog/Cases/1/", categories).title == "Case"
	assert category_of("/BLOG", categories).title == "Blog"
	assert category_of("/", categories) is None


@pytest.mark.parametrize("pattern", ["pricing", "/" + "*a" * 9, "/" + "a" * 300])
def test_a_pattern_that_can_never_fit_is_refused(pattern):
	with pytest.raises(NurtureError):
		patterns_in(pattern)


# --- how visitors come ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("utm", "referrer", "channel"),
	[
		({}, "", "Direct"),
		({}, "https://www.google.de/", "Organic Search"),
		({}, "https://notgoogle.example/", "Referral"),
		({}, "https://l.facebook.com/x", "Social"),
		({}, "https://mail.google.com/", "E-mail"),
		({"source": "google", "medium": "CPC"}, "https://www.google.de/", "Ads"),
		({"source": "autumn", "medium": "email"}, "", "E-mail"),
		({"source": "linkedin"}, "", "Social"),
		({"campaign": "autumn"}, "", "Other"),
		({"source": "fair", "medium": "event"}, "", "Event"),
	],
)
def test_where_a_visit_comes_from_is_one_of_a_fixed_list(utm, referrer, channel):
	assert came_by(utm, referrer, "/").channel == channel


# --- visits ------------------------------------------------------------------------------------------------------------


def seen(key: str, on: datetime, **utm: str) -> Seen:
	return Seen(key, on, came_by(utm, "", "/"))


def test_a_visit_ends_after_a_pause():
	placed, visits = place(
		[seen("a", NOON), seen("b", minutes(29)), seen("c", minutes(60))], [], HALF_HOUR, 0
	)
	assert placed["a"] is placed["b"] is not placed["c"]
	assert [visit.number for visit in visits] == [1, 2]


def test_coming_back_by_another_campaign_begins_a_visit():
	known_visit = Visit("v1", NOON, minutes(5), CameBy(campaign="spring"), 1)
	placed, _visits = place(
		[
			seen("a", minutes(6), campaign="spring"),
			seen("b", minutes(7)),
			seen("c", minutes(8), campaign="autumn"),
		],
		[known_visit],
		HALF_HOUR,
		1,
	)
	assert placed["a"] is placed["b"] is known_visit
	assert placed["c"].is_new and placed["c"].number == 2


def test_what_arrives_late_joins_the_visit_around_it():
	old, new = (
		Visit("v1", NOON, minutes(10), CameBy(), 1),
		Visit("v2", minutes(100), minutes(110), CameBy(), 2),
	)
	placed, _visits = place([seen("late", minutes(5))], [old, new], HALF_HOUR, 2)
	assert placed["late"] is old


# --- stored ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(world):
	world.put(
		"Nurture Page Category",
		"Pricing",
		title="Pricing",
		pattern="/pricing*",
		activity_type="Pricing Page View",
		enabled=1,
		position=1,
	)
	world.clock.move_to(minutes(500))
	return world


def visits_of(site) -> list[tuple]:
	return sorted(
		(int(number), int(pages), int(seconds))
		for number, pages, seconds in site.all("Nurture Visit", "number", "pages", "seconds")
	)


def test_views_and_times_become_visits_with_pages_and_seconds(site):
	first = [view(1, NOON, utm={"source": "ad"}), view(2, minutes(1), "/pricing"), stay(1, 50, minutes(1))]
	assert store(site.host, first, SETTINGS) == 2
	store(site.host, [stay(2, 30, minutes(2)), view(3, minutes(90))], SETTINGS)
	assert visits_of(site) == [(1, 2, 80), (2, 1, 0)]
	((visits, pages, seconds, source, landing),) = site.all(
		"Nurture Visitor", "visits", "pages", "seconds", "utm_source", "landing_page"
	)
	assert (int(visits), int(pages), int(seconds), source, landing) == (2, 3, 80, "ad", "/")


def test_the_same_batch_twice_changes_nothing(site):
	batch = [view(1, NOON), view(1, NOON), stay(1, 20, minutes(1))]
	assert store(site.host, batch, SETTINGS) == 1
	assert store(site.host, batch, SETTINGS) == 0
	assert visits_of(site) == [(1, 1, 20)]


def test_a_batch_of_any_size_takes_the_same_number_of_statements(site):
	def statements(count: int, offset: int) -> int:
		counting = WatchedDatabase(site.db)
		hits = [
			view(offset + number, minutes(number), visitor=f"visitor-{offset + number:012}")
			for number in range(count)
		]
		store(replace(site.host, db=counting), hits, SETTINGS)
		return counting.calls

	assert statements(200, 1000) == statements(5, 0)


def test_nobody_is_known_and_no_activity_recorded_before_identification(site):
	store(site.host, [view(1, NOON, "/pricing")], SETTINGS)
	assert known.record_views(site.host) == 0
	assert site.all("Nurture Activity", "name") == []


def test_earlier_visits_join_the_lead_and_count_in_conditions_and_scores(site):
	site.rule("Looked at prices", activity_type="Pricing Page View", points=15, cap_count=3)
	lead = site.lead()
	store(
		site.host,
		[view(1, NOON, "/pricing"), view(2, minutes(90), "/"), view(3, NOON, visitor=BOB)],
		SETTINGS,
	)
	assert known.identify(site.host, ADA, lead, SETTINGS) == 2
	assert known.identify(site.host, ADA, lead, SETTINGS) == 0
	assert known.record_views(site.host) == 2
	assert known.record_views(site.host) == 0
	kinds = sorted(kind for (kind,) in site.all("Nurture Activity", "activity_type", party=lead))
	assert kinds == ["Page View", "Pricing Page View", "Repeat Visit"]
	assert site.score(lead) == 15
	# from now on what the visitor does is the lead's at once
	store(site.host, [view(4, minutes(95), "/pricing/teams")], SETTINGS)
	assert known.record_views(site.host) == 1
	assert ("Tracking", "Given") in site.all("Nurture Consent", "channel", "status", party=lead)


def test_without_consent_nothing_joins(site):
	lead = site.lead()
	store(site.host, [view(1, NOON, consented=False)], SETTINGS)
	assert known.identify(site.host, ADA, lead, SETTINGS) == 0
	assert known.identify(site.host, ADA, lead, Settings(require_tracking_consent=False)) == 1
	assert ("Tracking",) not in site.all("Nurture Consent", "channel", party=lead)


def test_who_took_consent_back_is_neither_joined_nor_followed(site):
	lead = site.lead()
	store(site.host, [view(1, NOON)], SETTINGS)
	known.identify(site.host, ADA, lead, SETTINGS)
	optout.set_consent(site.host, lead, "", "Withdrawn", "Preference page", "", channel="Tracking")
	store(site.host, [view(2, minutes(1)), view(3, minutes(2), visitor=BOB)], SETTINGS)
	assert len(site.all("Nurture Page View", "name")) == 2
	assert known.identify(site.host, BOB, lead, SETTINGS) == 0


def test_a_browser_two_people_use_keeps_the_first_ones_visits(site):
	first, second = site.lead(), site.lead()
	store(site.host, [view(1, NOON)], SETTINGS)
	known.identify(site.host, ADA, first, SETTINGS)
	assert known.identify(site.host, ADA, second, SETTINGS) == 0
	store(site.host, [view(2, minutes(90))], SETTINGS)
	parties = [party for (party,) in site.all("Nurture Page View", "party")]
	assert sorted(parties) == sorted([first, second])


def test_consent_taken_back_on_the_website_deletes_what_is_known_of_the_visitor(site):
	store(site.host, [view(1, NOON), view(2, NOON, visitor=BOB)], SETTINGS)
	store(site.host, [Hit("forget", "Shop", ADA, occurred_on=minutes(1)), view(3, NOON)], SETTINGS)
	for table in ("Nurture Visitor", "Nurture Visit", "Nurture Page View"):
		assert len(site.all(table, "name")) == 1, table


def test_anonymous_visits_are_forgotten_after_a_while(site):
	lead = site.lead()
	store(site.host, [view(1, NOON), view(2, NOON, visitor=BOB)], SETTINGS)
	known.identify(site.host, ADA, lead, SETTINGS)
	known.forget_old(site.host, Settings(visitor_days=180))
	assert len(site.all("Nurture Visit", "name")) == 2
	site.clock.move_to(NOON + timedelta(days=181))
	known.forget_old(site.host, Settings(visitor_days=180))
	assert [party for (party,) in site.all("Nurture Visit", "party")] == [lead]
	assert site.all("Nurture Page View", "name") == site.all("Nurture Visitor", "name") == []
