"""What is missing of leads, and who they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nurture_app.engine import optout, segments
from nurture_app.engine.figures.data_check import completeness, data_check, incomplete_leads
from tests.database_wrappers import WatchedDatabase
from tests.world import World

FIELDS = ("job_title", "industry", "city", "country")
DAY = timedelta(days=1)


def lead(world: World, **values: object) -> str:
	return world.lead(**{"consent": False, **values})


def test_fields_and_bands(world):
	lead(world, job_title="Baker", industry="Food", city="Ulm", country="Germany")
	lead(world, job_title="Baker", industry="Food", city="Ulm")
	lead(world, job_title="Baker", industry="")
	lead(world)
	lead(world, status="Converted"), lead(world, status="Do Not Contact")
	found = data_check(world.host, FIELDS)
	assert found.leads == 4
	assert found.missing == {"job_title": 1, "industry": 2, "city": 2, "country": 3}
	assert found.bands == {100: 1, 75: 1, 50: 0, 0: 2}
	assert found.average == 50.0


def test_without_leads_or_fields_there_is_no_figure(world):
	assert data_check(world.host, FIELDS).average is None
	lead(world)
	assert data_check(world.host, ()).average is None
	assert data_check(world.host, ()).bands[100] == 1


def test_stale_by_the_last_sign_or_the_creation(world):
	now = world.clock.now()
	lead(world)
	lead(world, creation=now - 95 * DAY)
	lead(world, creation=now - 95 * DAY, nurture_last_activity_on=now - 31 * DAY)
	lead(world, creation=now - 60 * DAY)
	lead(world, nurture_last_activity_on=now - 95 * DAY)  # brought along from elsewhere
	assert data_check(world.host, ()).stale == {30: 3, 60: 2, 90: 1}


def test_who_may_not_be_written_to(world):
	lead(world, email_id="")
	lead(world, consent=True)
	gone = lead(world, consent=True)
	optout.unsubscribe(world.host, f"{gone.lower()}@example.com", "test")
	lead(world, unsubscribed=1)
	found = data_check(world.host, ())
	assert (found.no_address, found.no_consent, found.refused) == (1, 1, 2)


def test_segments_types_and_quarantine(world):
	world.segment("Bakers", ["job_title", "=", "Baker"])
	world.put("Nurture Segment", "Off", title="Off", enabled=0, segment_type="Static")
	world.put("Nurture Lead Type", "Bread", title="Bread", segment="Bakers", enabled=1)
	baker, other = lead(world, job_title="Baker"), lead(world)
	world.put("Nurture Segment Member", segment="Off", party=other, live_key=f"Off|{other}")
	lead(world, nurture_quarantined=1)
	segments.refresh_all(world.host)
	found = data_check(world.host, ())
	assert (found.in_no_segment, found.in_quarantine) == (2, 1)
	assert found.types == {"": 2, "Bread": 1}
	assert data_check(world.host, (), {baker}).types == {"Bread": 1}


def test_incomplete_leads_the_highest_score_first_then_who_lacks_most(world):
	full = {"job_title": "Baker", "industry": "Food", "city": "Ulm", "country": "Germany"}
	lead(world, **full)
	one = lead(world, **{**full, "city": ""})
	three = lead(world, job_title="Baker")
	hot = lead(world, **{**full, "country": None}, nurture_score=50)
	found = incomplete_leads(world.host, FIELDS)
	assert [(entry.lead, entry.percent) for entry in found] == [(hot, 75), (three, 25), (one, 75)]
	assert found[1].missing == ("industry", "city", "country")
	assert [entry.lead for entry in incomplete_leads(world.host, FIELDS, {one})] == [one]


def test_completeness_of_one_lead():
	values = {"job_title": "Baker", "industry": None, "city": "", "country": "Germany"}
	assert completeness(values, FIELDS) == (50, ("industry", "city"))
	assert completeness(values, ()) == (100, ())


def test_many_cost_no_more_queries_than_few(world):
	def calls() -> int:
		watched = WatchedDatabase(world.db)
		data_check(replace(world.host, db=watched), FIELDS)
		return watched.calls

	few = calls()
	for _ in range(30):
		lead(world)
	assert calls() == few
