"""What becomes of messages after they were queued: the ledger keeps the most telling thing and the first moment of each."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from tests.world import MONDAY, World

COLUMNS = ("status", "opened_on", "clicked_on", "replied_on", "bounced_on")


def at(minutes: int) -> datetime:
	return MONDAY + timedelta(minutes=minutes)


@pytest.fixture
def touch(world: World) -> str:
	lead = world.lead("ann")
	return world.put("Nurture Touch", party=lead, channel="Email", status="Sent", sent_on=MONDAY)


STORIES = [
	([("Email Open", 5)], ("Opened", 5, None, None, None)),
	([("Email Open", 5), ("Email Open", 9)], ("Opened", 5, None, None, None)),
	([("Email Open", 5), ("Email Click", 6), ("Email Open", 9)], ("Clicked", 5, 6, None, None)),
	([("Email Click", 6)], ("Clicked", None, 6, None, None)),
	([("Email Click", 6), ("Email Open", 5)], ("Clicked", 5, 6, None, None)),
	([("Email Reply", 7), ("Email Click", 8)], ("Replied", None, 8, 7, None)),
	([("Email Open", 5), ("Email Bounced", 6)], ("Bounced", 5, None, None, 6)),
	([("Page View", 5), ("Call", 6)], ("Sent", None, None, None, None)),
]


@pytest.mark.parametrize(("story", "expected"), STORIES, ids=[str(story) for story, _ in STORIES])
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "at once"])
def test_reactions_are_noted_on_their_message(world, touch, story, expected, at_once):
	happened = [ActivityIn("ann", kind, at(minutes), touch=touch) for kind, minutes in story]
	if at_once:
		activities.record(world.host, happened)
	else:
		for one in happened:
			activities.record(world.host, [one])
	status, *moments = expected
	assert world.row("Nurture Touch", touch, *COLUMNS) == (status, *(m and at(m) for m in moments))


def test_machines_and_reactions_to_unknown_messages_change_nothing(world, touch):
	world.record("ann", "Email Open", touch=touch, classification="machine")
	world.record("ann", "Email Open", touch="no-such-touch")
	world.record("ann", "Email Open")
	assert world.row("Nurture Touch", touch, *COLUMNS) == ("Sent", None, None, None, None)
