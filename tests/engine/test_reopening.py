"""Mail that stopped for want of reaction goes on after a spike of interest, within consent (RE-11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from nurture_app.engine import optout
from nurture_app.engine.nightly import nightly
from nurture_app.engine.reopening import reopen
from tests.database_wrappers import Intruder, interrupted
from tests.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADDRESS = "ann@example.com"


@pytest.fixture
def cleaned(world) -> World:
	"""Ann's mail was stopped by a sequence she did not react to."""
	world.settings(reopen_signs=3)
	world.lead("ann")
	world.sequence("Last Try", [{"step_label": "Over", "step_type": "End", "end_outcome": "No Reaction"}])
	world.enroll("Last Try", "ann")
	world.tick()
	assert stopped(world) == ["No Reaction"]
	world.clock.move_to(world.clock.now() + 100 * DAY)
	return world


def stopped(world: World) -> list[str]:
	return [reason for (reason,) in world.all("Nurture Suppression", "reason")]


def looks(world: World, times: int, kind: str = "Page View", apart: timedelta = HOUR, **values) -> None:
	for _ in range(times):
		world.clock.move_to(world.clock.now() + apart)
		world.record("ann", kind, **values)


def test_three_signs_within_a_week_open_the_way_and_a_sequence_follows(cleaned):
	world = cleaned
	world.sequence(
		"Back", [{"step_label": "Hello"}], trigger_type="Activity", trigger_activity="Interest Returned"
	)
	looks(world, 3)
	nightly(world.host)
	assert stopped(world) == []
	assert world.all("Nurture Activity", "detail", activity_type="Interest Returned") == [("3 signs",)]
	world.run_until(world.clock.now() + 2 * DAY)
	assert world.sent("ann") == ["Back Hello"]
	assert reopen(world.host) == 0


def test_what_was_refused_because_of_the_stop_starts_then(cleaned):
	world = cleaned
	world.sequence(
		"Demo", [{"step_label": "Hello"}], trigger_type="Activity", trigger_activity="Demo Request"
	)
	looks(world, 3, "Demo Request")
	assert world.all("Nurture Enrollment", "status", sequence="Demo") == []
	nightly(world.host)
	assert world.all("Nurture Enrollment", "status", sequence="Demo") == [("Active",)]


@pytest.mark.parametrize(
	("times", "values"),
	[
		(2, {}),
		(3, {"kind": "Email Open"}),
		(3, {"classification": "machine"}),
		(3, {"apart": 4 * DAY}),
		(3, {"kind": "MQL Reached"}),
	],
)
def test_less_than_a_spike_changes_nothing(cleaned, times, values):
	looks(cleaned, times, **values)
	assert reopen(cleaned.host) == 0
	assert stopped(cleaned) == ["No Reaction"]


def test_signs_from_before_the_stop_do_not_count(world):
	world.settings(reopen_signs=1)
	world.lead("ann")
	looks(world, 1)
	optout.unsubscribe(world.host, ADDRESS, "sequence", "No Reaction")
	assert reopen(world.host) == 0


@pytest.mark.parametrize("reason", ["Unsubscribed", "Complaint", "Bounced", "Manual", "Erased"])
def test_no_other_stop_is_lifted(world, reason):
	world.settings(reopen_signs=1)
	world.lead("ann")
	optout.unsubscribe(world.host, ADDRESS, "test", reason)
	looks(world, 5)
	assert reopen(world.host) == 0
	assert stopped(world) == [reason]


@pytest.mark.parametrize(
	"change",
	[
		lambda world: world.empty("Nurture Consent"),
		lambda world: world.db.update("tabLead", ("name", "unsubscribed"), [("ann", 1)]),
		lambda world: world.db.update("tabLead", ("name", "status"), [("ann", "Do Not Contact")]),
		lambda world: world.settings(reopen_signs=0),
	],
	ids=["no consent", "unsubscribed", "do not contact", "switched off"],
)
def test_without_consent_or_against_a_no_nothing_opens(cleaned, change):
	looks(cleaned, 5)
	change(cleaned)
	assert reopen(cleaned.host) == 0
	assert stopped(cleaned) == ["No Reaction"]


def test_an_opt_out_at_any_moment_of_the_reopening_stands(mariadb_world):
	world = mariadb_world
	world.settings(reopen_signs=1)
	other = world.db.another("other", wait=False)
	at, calls, opened = 0, 1, set()
	while at < calls:
		lead, address = world.lead(email_id=f"p{at}@example.com"), f"p{at}@example.com"
		optout.unsubscribe(world.host, address, "sequence", "No Reaction")
		world.clock.move_to(world.clock.now() + HOUR)
		world.record(lead, "Page View")
		host = replace(world.host, db=other)
		opt_out = Intruder(partial(optout.unsubscribe, host, address, "link", "Complaint"))
		watched = interrupted(world.db, at, opt_out)
		opened.add(reopen(replace(world.host, db=watched)))
		at, calls = at + 1, max(calls, watched.calls)
		opt_out.comes_after()
		with world.db.transaction():  # see what the other one did
			pass
		assert world.all("Nurture Suppression", "reason", address=address) == [("Complaint",)], at - 1
	other.close()
	assert opened == {0, 1}, "it came in before the stop was lifted, and after"
