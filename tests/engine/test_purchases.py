"""What a lead bought last is on the lead, for texts and conditions of consumer programmes (PZ-15)."""

from __future__ import annotations

from datetime import timedelta

from nurture_app.engine.purchases import properties_of
from tests.engine.test_library import send
from tests.world import MONDAY, World


def bought(world: World, lead: str) -> tuple:
	return world.row("Lead", lead, "nurture_last_purchase", "nurture_last_purchase_on")


def test_the_latest_purchase_stands_on_the_lead_and_in_its_mail(world):
	lead, other = world.lead(), world.lead()
	world.record(
		lead, "Order Placed", detail="4711", properties=properties_of(["Oak  table", "Lamp", "Lamp"])
	)
	world.record(lead, "Order Placed", MONDAY - timedelta(days=9), properties=properties_of(["Chair"]))
	world.record(other, "Order Placed", detail="4712")
	assert bought(world, lead)[0] == "Oak table, Lamp" and bought(world, other)[0] is None
	send(world, "<p>Fits: {{ lead.nurture_last_purchase | default('your home') }}</p>", lead, other)
	mails = {one.party: one.text for one in world.outbox.messages}
	assert "Fits: Oak table, Lamp" in mails[lead] and "Fits: your home" in mails[other]


def test_a_segment_follows_a_purchase_at_once_and_machines_buy_nothing(world):
	world.segment("Buyers", [["nurture_last_purchase", "like", "table"]])
	lead, machine = world.lead(), world.lead()
	world.record(lead, "Order Placed", properties=properties_of(["Oak table"]))
	world.record(machine, "Order Placed", classification="machine", properties=properties_of(["Oak table"]))
	assert world.all("Nurture Segment Member", "party", segment="Buyers") == [(lead,)]


def test_what_a_sender_writes_wrongly_is_left_alone(world):
	lead = world.lead()
	for text in ('{"purchase": 7}', '["purchase"]', 'no "purchase" at all', '{"purchase": "  "}'):
		world.record(lead, "Order Placed", properties=text)
	assert bought(world, lead)[0] is None
	assert properties_of([None, ""]) == ""
