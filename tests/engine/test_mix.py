"""How much helps and how much promotes; who hears too much, and who nothing (CM-22, CD-15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nurture_app.engine.library.mix import Mix, mixes
from nurture_app.engine.touch_load import Load, touch_load
from tests.database_wrappers import WatchedDatabase
from tests.world import MONDAY, World


def content(world: World, name: str, **values: str) -> str:
	row = {"title": name, "subject": name, "body": "<p>x</p>", "revision": 1}
	return world.put("Nurture Content", name, **row | values)


def test_the_mix_of_a_sequence_as_written_and_as_sent(world):
	content(world, "Help")
	content(world, "Offer", cta_strength="Hard")
	content(world, "Angebot", cta_strength="Hard", version_of="Offer", language="de")
	steps = [{"step_label": f"M{n}", "content": name} for n, name in enumerate(("Help", "Help", "Offer"))]
	world.sequence("Seq", steps, activate=False)
	world.sequence("None", [{"step_label": "Wait", "step_type": "Wait", "delay": 1}], activate=False)
	for name, age in (("Help", 1), ("Help", 100), ("Offer", 2), ("Angebot", 2), ("Gone", 1)):
		moment = MONDAY - timedelta(days=age)
		world.put(
			"Nurture Touch", sequence="Seq", content=name, channel="Email", status="Sent", queued_on=moment
		)
	watched = WatchedDatabase(world.db)
	found = mixes(replace(world.host, db=watched), ["Seq", "None"], MONDAY - timedelta(days=90))
	assert found == [Mix("Seq", 2, 1, 1, 2), Mix("None")]
	assert round(found[0].percent) == 33 and round(found[0].sent_percent) == 67
	assert watched.calls <= 6
	assert mixes(world.host, [], MONDAY) == []


def test_touches_by_persona(world):
	for persona, counts in (("Owner", (5, 1, 0)), ("", (0,))):
		for count in counts:
			lead = world.lead(nurture_persona=persona)
			for _ in range(count):
				world.put("Nurture Touch", party=lead, channel="Email", status="Sent", queued_on=MONDAY)
	world.put("Nurture Touch", party=lead, channel="Email", status="Skipped", queued_on=MONDAY)
	world.put(
		"Nurture Touch", party=lead, channel="Email", status="Sent", queued_on=MONDAY - timedelta(days=40)
	)
	world.lead(nurture_persona="Owner", status="Converted")
	assert touch_load(world.host, MONDAY - timedelta(days=30), 4) == [
		Load("Owner", leads=3, touches=6, over=1, silent=1),
		Load("", leads=1, touches=0, over=0, silent=1),
	]
