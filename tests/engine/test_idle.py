"""Leads that nothing is planned for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nurture_app.engine.consent import Allow, Hold
from nurture_app.engine.figures.idle import described, idle_leads
from tests.database_wrappers import WatchedDatabase

DAY = timedelta(days=1)


def old(world, days=40, **values):
	return world.lead(creation=world.clock.now() - DAY * days, **values)


def test_silent_leads_in_no_sequence_the_highest_score_first(world):
	cold, warm = old(world, nurture_score=5), old(world, nurture_score=40)
	old(world, nurture_last_activity_on=world.clock.now() - DAY * 3)
	old(world, days=3)
	old(world, status="Opportunity"), old(world, status="Do Not Contact"), old(world, nurture_quarantined=1)
	assert idle_leads(world.host, 30) == [warm, cold]
	assert idle_leads(world.host, 30, busy={warm}) == [cold]
	assert idle_leads(world.host, 30, visible={cold}) == [cold]
	assert idle_leads(world.host, 50) == []


def test_whoever_is_in_a_sequence_is_not_idle_and_whoever_was_is(world):
	lead = old(world)
	world.sequence("Seq", [{"step_label": "Later", "delay": 5}])
	world.enroll("Seq", lead)
	assert idle_leads(world.host, 30) == []
	with world.db.transaction():
		((name,),) = world.all("Nurture Enrollment", "name")
		world.db.update("tabNurture Enrollment", ("name", "status"), [(name, "Held")])
	assert idle_leads(world.host, 30) == []
	with world.db.transaction():
		world.db.update("tabNurture Enrollment", ("name", "status"), [(name, "Completed")])
	assert idle_leads(world.host, 30) == [lead]


def test_by_owner_and_stage(world):
	mine, none = old(world, lead_owner="sam@example.com", nurture_stage="MQL"), old(world)
	assert idle_leads(world.host, 30, owner="sam@example.com") == [mine]
	assert idle_leads(world.host, 30, stage="MQL") == [mine]
	assert idle_leads(world.host, 30, stage="") == [none]


def test_only_those_who_agreed_to_mail(world):
	given, out = (
		old(world, nurture_email_consent="Given"),
		old(world, nurture_email_consent="Given", unsubscribed=1),
	)
	asked = old(world, nurture_email_consent="Asked", consent=False)
	assert set(idle_leads(world.host, 30)) == {given, out, asked}
	assert idle_leads(world.host, 30, with_consent=True) == [given]


def test_what_there_is_to_say_of_each(world):
	may, not_asked = old(world, nurture_score=12, company_name="Acme"), old(world, consent=False)
	world.record(may, "Page View", world.clock.now() - DAY * 35)
	world.record(may, "Call", world.clock.now() - DAY * 34)
	one, other = described(world.host, [may, "gone", not_asked])
	assert (one.lead, one.company, one.score) == (may, "Acme", 0)
	assert one.contacted_on == one.active_on == world.clock.now() - DAY * 34
	assert isinstance(one.verdict, Allow) and isinstance(other.verdict, Hold)
	assert (other.active_on, other.contacted_on) == (world.clock.now() - DAY * 40, None)


def test_many_cost_no_more_queries_than_few(world):
	def calls(many):
		for _ in range(many):
			old(world)
		watched = WatchedDatabase(world.db)
		host = replace(world.host, db=watched)
		assert len(described(host, idle_leads(host, 30))) >= many
		return watched.calls

	assert calls(2) == calls(40)
