"""What a segment is good for, before somebody writes to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nurture_app.engine import segments
from nurture_app.engine.codes import Reason
from nurture_app.engine.figures.shares import Share
from nurture_app.engine.segment_overview import CUSTOMER, OPPORTUNITY, mailable, outcomes
from tests.database_wrappers import WatchedDatabase
from tests.world import World

DAY = timedelta(days=1)


def note(world: World, lead: str, kind: str, by: str = "human") -> None:
	moment = world.clock.now()
	world.put(
		"Nurture Activity", party_type="Lead", party=lead, activity_type=kind, occurred_on=moment,
		classification=by, dedupe_key=f"{lead}|{kind}|{moment}",
	)  # fmt: skip


def later(world: World) -> None:
	world.clock.move_to(world.clock.now() + DAY)


def test_who_may_be_mailed_and_why_the_others_not(world: World):
	fine = [world.lead() for _ in range(2)]
	silent = [world.lead(consent=False) for _ in range(3)]
	out, nowhere = world.lead(unsubscribed=1), world.lead(email_id="")
	found = mailable(world.host, [*fine, *silent, out, nowhere])
	assert found.leads == 2
	assert found.refused == {Reason.NO_CONSENT: 3, Reason.UNSUBSCRIBED: 1, Reason.NO_ADDRESS: 1}
	assert next(iter(found.refused)) == Reason.NO_CONSENT


def test_what_is_asked_does_not_grow_with_the_people(world: World):
	def statements(leads: list[str]) -> int:
		watched = WatchedDatabase(world.db)
		mailable(replace(world.host, db=watched), leads)
		return watched.calls

	leads = [world.lead() for _ in range(40)]
	assert statements(leads) == statements(leads[:2])


def test_what_became_of_all_who_were_ever_in_it_after_they_entered(world: World):
	world.segment("Parisians", [["city", "=", "Paris"]])
	bought, gone, early, idle = (world.lead(city="Paris") for _ in range(4))
	outside = world.lead(city="Rome")
	note(world, early, OPPORTUNITY)
	later(world)
	segments.refresh(world.host, "Parisians")
	later(world)
	for lead in (bought, gone, outside):
		note(world, lead, OPPORTUNITY)
	note(world, bought, CUSTOMER)
	note(world, idle, CUSTOMER, by="machine")
	with world.db.transaction():
		world.db.update("tabLead", ("name", "city"), [(gone, "Rome")])
	assert segments.refresh(world.host, "Parisians").left == [gone]
	assert outcomes(world.host, "Parisians") == {OPPORTUNITY: Share(2, 4), CUSTOMER: Share(1, 4)}
	assert outcomes(world.host, "Parisians", {gone, outside}) == {
		OPPORTUNITY: Share(1, 1),
		CUSTOMER: Share(0, 1),
	}
	assert outcomes(world.host, "Nobody") == {OPPORTUNITY: Share(0, 0), CUSTOMER: Share(0, 0)}
