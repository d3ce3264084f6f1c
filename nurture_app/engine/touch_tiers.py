"""Touch tiers: how much of people's time a lead is worth (HL-01), and what sequences may do with those who are worth much.

Becoming high-touch and being so no longer are activities, so sequences start and end with them like with anything else.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.given_by_segments import CUSTOMER, TIERS
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

HIGH_TOUCH, NOT_HIGH_TOUCH = "High-Touch Reached", "High-Touch Ended"
"""Activity types; their detail is the tier."""


def tiers_of_people(host: Host) -> frozenset[str]:
	"""Enabled tiers whose leads are looked after by people and get no mail that was not meant for them; remembered."""
	return host.memory.remembered("tiers of people", lambda: _load(host))


def keeps_away(definition: SequenceDefinition) -> bool:
	"""Whether a sequence keeps away from high-touch leads: it sends messages by itself and nobody said it suits them (HL-09)."""
	return not definition.for_high_touch and any(step.is_message for step in definition.steps)


def is_high_touch(lead: Mapping[str, Any], tiers: Container[str]) -> bool:
	"""Whether people look after the lead, by its status and tier, so that it gets only what suits such leads; customers get theirs."""
	return lead.get(TIERS.given.field) in tiers and lead.get("status") != CUSTOMER


def crossing(tiers: Iterable[str], before: str | None, after: str | None) -> str:
	"""The activity type that a change of tier is, or nothing."""
	was, is_now = before in tiers, after in tiers
	return "" if was == is_now else HIGH_TOUCH if is_now else NOT_HIGH_TOUCH


def _load(host: Host) -> frozenset[str]:
	tier = doctype("Nurture Touch Tier", "t")
	query = Query.from_(tier).select(tier.name)
	return frozenset(
		name for (name,) in host.db.rows(query.where((tier.enabled == P(1)) & (tier.by_people == P(1))))
	)
