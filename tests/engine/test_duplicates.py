"""Leads that look like one person, and those that only seem to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nurture_app.engine.duplicates import (
	ADDRESS,
	MOST_ALIKE,
	NAME,
	TELEPHONE,
	Group,
	duplicate_groups,
	folded,
	mailbox,
)
from tests.world import World

BEGIN = datetime(2026, 1, 5, 9, 0)


def lead(world: World, number: int, **values: object) -> str:
	"""The higher the number, the later it was made; alike with nobody unless told otherwise."""
	name = f"L{number:02}"
	given = {"lead_name": f"Nobody Number{number}", "creation": BEGIN + timedelta(days=number)}
	return world.lead(name, consent=False, **{**given, **values})


def leads_of(groups: list[Group]) -> list[tuple[str, ...]]:
	return [group.leads for group in groups]


@pytest.mark.parametrize(
	("one", "other"),
	[
		("Ada@Example.com ", "ada@example.com"),
		("ada+news@example.com", "ada@example.com"),
		("a.d.a@gmail.com", "ada+x@googlemail.com"),
	],
)
def test_addresses_of_one_mailbox(one: str, other: str):
	assert mailbox(one) == mailbox(other) != ""


@pytest.mark.parametrize(
	("one", "other"), [("a.da@example.com", "ada@example.com"), ("ada@example.com", "ada@example.org")]
)
def test_addresses_of_two_mailboxes(one: str, other: str):
	assert mailbox(one) != mailbox(other)


def test_words_of_names():
	assert folded("Müller & Söhne-Bau  GmbH.") == folded("muller and sohne bau gmbh")
	assert mailbox("no address") == "" and folded(None) == ()


def test_one_mailbox_makes_a_group_the_oldest_first(world):
	lead(world, 2, email_id="ada@example.com")
	lead(world, 1, email_id="ada+shop@example.com")
	lead(world, 3, email_id="bob@example.com")
	(group,) = duplicate_groups(world.host)
	assert group == Group(("L01", "L02"), {ADDRESS: ("ada@example.com",)})


def test_one_telephone_however_it_is_written(world):
	lead(world, 1, mobile_no="0151 12345678", country="Germany")
	lead(world, 2, phone="+49 151/123456-78")
	lead(world, 3, phone="0151 12345678", country="France")
	lead(world, 4, phone="12345678")
	(group,) = duplicate_groups(world.host)
	assert (group.leads, group.surest) == (("L01", "L02"), TELEPHONE)


def test_one_name_at_one_company_but_not_the_name_alone(world):
	lead(world, 1, lead_name="Ada Lovelace", company_name="Analytic Engines Ltd.")
	lead(world, 2, lead_name="ada LOVELACE", company_name="Analytic Engines")
	lead(world, 3, lead_name="Ada Lovelace", company_name="Somewhere Else")
	lead(world, 4, lead_name="Analytic Engines Ltd.", company_name="Analytic Engines Ltd.")
	lead(world, 5, lead_name="Analytic Engines Ltd.", company_name="Analytic Engines Ltd.")
	lead(world, 6, lead_name="Ada Lovelace")
	(group,) = duplicate_groups(world.host)
	assert (group.leads, group.surest) == (("L01", "L02"), NAME)


@pytest.mark.parametrize("form", ["GmbH", "GmbH & Co. KG", "e.K.", "GesmbH", "Inc.", "S.A."])
def test_a_legal_form_makes_no_other_company(world, form: str):
	lead(world, 1, lead_name="Ada Lovelace", company_name="Analytic & Engines")
	lead(world, 2, lead_name="Ada Lovelace", company_name=f"Analytic & Engines {form}")
	(group,) = duplicate_groups(world.host)
	assert group.surest == NAME


def test_what_joins_two_joins_their_groups_and_keeps_the_evidence(world):
	lead(world, 1, email_id="ada@example.com", phone="+4915112345678")
	lead(world, 2, email_id="ada+x@example.com")
	lead(world, 3, phone="+4915112345678")
	(group,) = duplicate_groups(world.host)
	assert group.leads == ("L01", "L02", "L03")
	assert set(group.evidence) == {ADDRESS, TELEPHONE}


def test_the_surest_come_first_and_then_the_largest(world):
	for number in (1, 2):
		lead(world, number, phone="+4915112345678")
	for number in (3, 4):
		lead(world, number, email_id=f"bob+{number}@example.com")
	for number in (5, 6, 7):
		lead(world, number, email_id=f"eve+{number}@example.com")
	assert leads_of(duplicate_groups(world.host)) == [("L05", "L06", "L07"), ("L03", "L04"), ("L01", "L02")]


def test_a_switchboard_is_nobodys_number(world):
	for number in range(MOST_ALIKE + 1):
		lead(world, number, phone="+4930123456")
	assert duplicate_groups(world.host) == []
	assert duplicate_groups(world.host, {"L01", "L02"}) == [], "nor for who sees two of them"


def test_who_was_said_to_be_different_is_not_shown_together(world):
	for number in (1, 2, 3):
		lead(world, number, email_id=f"info+{number}@example.com")
	world.put("Nurture Not Duplicate", party="L01", other="L02")
	assert leads_of(duplicate_groups(world.host)) == [("L01", "L03")]
	world.put("Nurture Not Duplicate", party="L01", other="L03")
	assert leads_of(duplicate_groups(world.host)) == [("L02", "L03")]
	world.put("Nurture Not Duplicate", party="L02", other="L03")
	assert duplicate_groups(world.host) == []


def test_only_what_one_may_see_and_asks_for(world):
	for number in (1, 2, 3):
		lead(world, number, email_id=f"info+{number}@example.com", phone="+4915112345678")
	assert leads_of(duplicate_groups(world.host, {"L01", "L03"})) == [("L01", "L03")]
	assert duplicate_groups(world.host, {"L01"}) == []
	(group,) = duplicate_groups(world.host, kinds=(TELEPHONE,))
	assert set(group.evidence) == {TELEPHONE}
