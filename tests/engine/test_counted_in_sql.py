"""Reports whose counting the database does: the same figures as those of somebody who goes through the rows one by one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from nurture_app.engine.codes import AWAY
from nurture_app.engine.library.personalisation import FALLBACK, FILLED, personalisation
from nurture_app.engine.library.results import DAYS_AFTER, MESSAGES, STEPS_FORWARD, results
from nurture_app.engine.touch_load import CHANNELS, GONE, Load, touch_load
from tests.engine.test_library import asset, block
from tests.world import MONDAY, World

START, END = MONDAY - timedelta(days=60), MONDAY - timedelta(days=1)
BODY = "<p>Hi {{ lead.city | default('there') }} in {{ lead.country | default('here') }}</p>"
TOUCH = ("party", "channel", "status", "queued_on", "content", "language", "creation", "touch_key")
REACTED = ("opened_on", "clicked_on", "replied_on")
Row = dict[str, Any]


class Scene:
	"""Thirty leads with three hundred touches, some at the edges of the period, and steps forward around them."""

	def __init__(self, world: World) -> None:
		self.world, self.chance = world, random.Random(16)
		self.leads: dict[str, Row] = {}
		for number in range(30):
			row = {
				"nurture_persona": self.pick("Owner", "User", "", None),
				"country": self.pick("Germany", "Austria", None),
				"city": self.pick("Bonn", "", None),
				"status": self.pick("Lead", "Lead", "Lead", "Converted"),
			}
			self.leads[world.lead(f"PERSON-{number}", **row)] = row
		for name in ("guide", "paper"):
			asset(world, name)
		block(world, "story")
		for name in ("Mail", "Other"):
			world.content(name, body=BODY)
		self.touches, self.uses = [self.touch(number) for number in range(300)], []
		for touch in self.touches:
			for _ in range(self.chance.randrange(4)):
				self.use(touch)
		self.steps = [self.step() for _ in range(40)]

	def pick(self, *values: Any) -> Any:
		return self.chance.choice(values)

	def moment(self) -> datetime:
		some = (START, END, START - timedelta(seconds=1), END + timedelta(seconds=1))
		return self.pick(*some, *(MONDAY - timedelta(hours=self.chance.randrange(24 * 90)) for _ in range(8)))

	def touch(self, number: int) -> Row:
		is_task = self.chance.random() < 0.2
		status = "Done" if is_task else self.pick("Sent", "Opened", "Replied", "Skipped", "Unknown", "Queued")
		moment = self.moment()
		row: Row = {
			"party": self.pick(*self.leads, "GONE"),
			"channel": "Task" if is_task else self.pick("Email", "Email", "SMS", ""),
			"status": status,
			"queued_on": None if status in ("Done", "Skipped") else moment,
			"content": self.pick("Mail", "Other", "", None),
			"language": self.pick("de", "", None),
			"creation": moment,
			"touch_key": f"key {number}",
		}
		row |= {name: self.pick(moment, None) for name in REACTED}
		return row | {"name": self.world.put("Nurture Touch", **row)}

	def use(self, touch: Row) -> None:
		row = {"touch": touch["name"], "party": touch["party"], "content": touch["content"]}
		if self.pick(True, False):
			row |= {"asset": self.pick("Guide", "Paper"), "block": None, "variant": ""}
		else:
			row |= {"block": "Story", "variant": self.pick("Software", "", None), "asset": None}
		self.world.put("Nurture Content Use", **row)
		self.uses.append(row)

	def step(self) -> tuple[str, datetime]:
		party, moment = (
			self.pick(*self.leads),
			self.moment() + self.pick(timedelta(), timedelta(days=DAYS_AFTER)),
		)
		kind = self.pick(*STEPS_FORWARD, "Page View")
		row = {"activity_type": kind, "party": party, "occurred_on": moment, "classification": "human"}
		self.world.put("Nurture Activity", **row, dedupe_key=f"step {self.chance.random()}")
		return (party if kind in STEPS_FORWARD else "", moment)

	def left(self) -> list[Row]:
		away = [str(status) for status in AWAY]
		return [one for one in self.touches if one["status"] in away and START <= one["queued_on"] <= END]

	def moved(self, touch: Row) -> bool:
		last = touch["queued_on"] + timedelta(days=DAYS_AFTER)
		return any(who == touch["party"] and touch["queued_on"] < when <= last for who, when in self.steps)

	def keys_of(self, touch: Row, by: str) -> set[tuple[str, ...]]:
		mine = [use for use in self.uses if use["touch"] == touch["name"]]
		if by == "Asset":
			return {(use["asset"],) for use in mine if use["asset"]}
		if by == "Block":
			return {(use["block"], use["variant"]) for use in mine if use["block"]}
		if by == "Content":
			return {(touch["content"],)} if touch["content"] else set()
		if touch["channel"] not in MESSAGES or (by == "Country" and touch["party"] not in self.leads):
			return set()
		return {(touch["language"] if by == "Language" else self.leads[touch["party"]]["country"],)}


@pytest.mark.parametrize("by", ["Asset", "Block", "Content", "Language", "Country"])
def test_what_was_brought_is_what_counting_row_by_row_gives(world, by):
	scene = Scene(world)
	groups: dict[tuple[Any, ...], list[Row]] = {}
	for touch in scene.left():
		for key in scene.keys_of(touch, by):
			groups.setdefault(key, []).append(touch)
	expected: Counter[tuple[str, ...]] = Counter()
	for key, mails in groups.items():  # NULL and an empty text are counted apart, and added up
		known = tuple(part or "" for part in key)
		expected[(*known, "sent")] += len(mails)
		expected[(*known, "leads")] += len({mail["party"] for mail in mails})
		expected[(*known, "advanced")] += len({mail["party"] for mail in mails if scene.moved(mail)})
		for name in ("opened", "replied", *(("clicked",) if by != "Asset" else ())):
			expected[(*known, name)] += sum(mail[f"{name}_on"] is not None for mail in mails)
	found = {(one.name, one.variant): one for one in results(world.host, START, END, by)}
	assert expected and len(found) == len({key[:-1] for key in expected})
	for (*key, name), count in expected.items():
		one = found[key[0], key[1] if len(key) > 1 else ""]
		assert getattr(one, name) == count, (key, name)


@pytest.mark.parametrize("measure", ["Clicked", "Replied", "Went On"])
def test_people_by_field_and_block_are_what_counting_row_by_row_gives(world, measure):
	scene = Scene(world)

	def reacted(mails: list[Row]) -> int:
		column = {"Clicked": "clicked_on", "Replied": "replied_on"}.get(measure)
		return len({one["party"] for one in mails if (one[column] if column else scene.moved(one))})

	def people(mails: list[Row]) -> int:
		return len({one["party"] for one in mails})

	expected: dict[tuple[str, str, str], tuple[int, int]] = {}
	for text in ("Mail", "Other"):
		mails = [one for one in scene.left() if one["content"] == text and one["party"] in scene.leads]
		for field in ("city", "country"):
			for variant in (FILLED, FALLBACK):
				some = [one for one in mails if bool(scene.leads[one["party"]][field]) is (variant == FILLED)]
				expected[text, field, variant] = people(some), reacted(some)
	for touch in scene.left():
		for _block, variant in scene.keys_of(touch, "Block"):
			key = (touch["content"] or "", "Story", variant or "")
			expected.setdefault(key, (0, 0))
	for text, name, variant in [key for key in expected if key[1] == "Story"]:
		counts = [
			(people(some), reacted(some))
			for content in ({text} if text else {"", None})
			for stored in ({variant} if variant else {"", None})
			for some in [
				[
					one
					for one in scene.left()
					if one["content"] == content and ("Story", stored) in scene.keys_of(one, "Block")
				]
			]
		]
		expected[text, name, variant] = tuple(map(sum, zip(*counts, strict=True)))
	lines = personalisation(world.host, START, END, measure)
	assert {(one.content, one.name, one.variant): (one.people, one.reacted) for one in lines} == expected


def test_touches_by_persona_are_what_counting_row_by_row_gives(world):
	scene = Scene(world)
	statuses = {"Queued", "Done", *(str(status) for status in AWAY)}
	counts = Counter(
		one["party"]
		for one in scene.touches
		if one["status"] in statuses
		and one["channel"] in CHANNELS
		and (one["queued_on"] or one["creation"]) >= START
	)
	expected = []
	for persona in ("Owner", "User", ""):
		leads = [
			counts[name]
			for name, row in scene.leads.items()
			if (row["nurture_persona"] or "") == persona and row["status"] not in GONE
		]
		many = sum(count > 4 for count in leads)
		expected.append(Load(persona, len(leads), sum(leads), many, leads.count(0)))
	assert touch_load(world.host, START, 4) == expected
