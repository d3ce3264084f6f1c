"""From hits to activities, points and branches: only people count, and what becomes known later corrects it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from nurture_app.engine import scoring
from nurture_app.engine.figures.counts import figures_of
from nurture_app.engine.tracking.settle import settle
from tests.database_wrappers import WatchedDatabase
from tests.engine.test_classify import APPLE, CHROME, PHONE
from tests.world import MONDAY, World

HOUR = 3600
BODY = '<a href="https://a.example/1">one</a> <a href="https://a.example/2">two</a>'
GUIDE, PRICES, TRAP = "https://a.example/1", "https://a.example/2", ""


@pytest.fixture
def scene(world: World) -> Scene:
	return Scene(world)


class Scene:
	"""A mail that was sent on Monday, and ways to hit it."""

	def __init__(self, world: World, leads: int = 1, more: Sequence[dict] = ()):
		self.world = world
		world.rule("Opened", activity_type="Email Open", points=5)
		world.rule("Clicked", activity_type="Email Click", points=10, cooldown=0)
		world.sequence("Seq", [{"step_label": "One", "content": world.content("Text", body=BODY)}, *more])
		self.leads = [world.lead() for _ in range(leads)]
		self.lead = self.leads[0]
		world.enroll("Seq", *self.leads)
		world.tick()
		self.touches = dict(world.all("Nurture Touch", "party", "name"))
		with world.db.transaction():
			world.db.update(
				"tabNurture Touch",
				("name", "status", "sent_on"),
				[(name, "Sent", MONDAY) for name in self.touches.values()],
			)
		self.links = {url or "": name for name, url in world.all("Nurture Link", "name", "url")}
		self.count = 0

	@property
	def touch(self) -> str:
		return self.touches[self.lead]

	def hit(
		self, after: float, url: str | None = None, *, lead: str = "", agent: str = CHROME, origin: str = "a"
	) -> str:
		"""A hit `after` seconds after the send; without `url` on the picture. Returns its id."""
		self.count += 1
		lead = lead or self.lead
		return self.world.put(
			"Nurture Mail Hit",
			f"hit-{self.count:03}",
			touch=self.touches[lead],
			party_type="Lead",
			party=lead,
			kind="Open" if url is None else "Click",
			link=None if url is None else self.links[url],
			hit_on=at(after),
			user_agent=agent,
			origin=origin,
			method="GET",
		)

	def settle_at(self, after: float):
		self.world.clock.move_to(max(at(after), self.world.clock.now()))
		return settle(self.world.host)

	def activities(self) -> list[tuple]:
		rows = self.world.all(
			"Nurture Activity",
			"activity_type",
			"detail",
			"classification",
			"occurred_on",
			source_doctype="Nurture Mail Hit",
		)
		return sorted((*row[:3], round((row[3] - MONDAY).total_seconds(), 1)) for row in rows)

	def marks(self) -> tuple:
		return self.world.row("Nurture Touch", self.touch, "status", "opened_on", "clicked_on")

	def score(self) -> int:
		return self.world.row("Lead", self.lead, "nurture_score")[0] or 0


def at(seconds: float) -> datetime:
	return MONDAY + timedelta(seconds=seconds)


def test_a_person_opens_and_clicks(scene):
	scene.hit(HOUR)
	scene.hit(HOUR + 30, GUIDE)
	scene.hit(HOUR + 90, GUIDE)
	scene.hit(HOUR + 95, PRICES)
	scene.hit(HOUR + 100)
	result = scene.settle_at(2 * HOUR)
	assert (result.human, result.machine, result.unknown) == (5, 0, 0)
	assert scene.activities() == [
		("Email Click", GUIDE, "human", HOUR + 30),
		("Email Click", PRICES, "human", HOUR + 95),
		("Email Open", "One", "human", HOUR),
	]
	assert scene.marks() == ("Clicked", at(HOUR), at(HOUR + 30))
	assert scene.score() == 25
	((touch, sequence, enrollment),) = set(
		scene.world.all("Nurture Activity", "touch", "sequence", "enrollment", activity_type="Email Click")
	)
	assert (touch, sequence) == (scene.touch, "Seq")
	assert enrollment == scene.world.all("Nurture Enrollment", "name")[0][0]


def test_a_scanner_scores_nothing_and_a_person_who_then_clicks_does(scene):
	for offset, url in enumerate((None, GUIDE, PRICES, TRAP)):
		scene.hit(30 + offset / 10, url, origin="scanner")
	scene.settle_at(HOUR)
	assert {row[2] for row in scene.activities()} == {"machine"}
	assert (scene.score(), scene.marks()) == (0, ("Sent", None, None))
	scene.hit(3 * HOUR, GUIDE, agent=PHONE, origin="person")
	scene.settle_at(4 * HOUR)
	assert scene.score() == 10
	assert scene.marks() == ("Clicked", None, at(3 * HOUR))
	assert [row for row in scene.activities() if row[2] == "human"] == [
		("Email Click", GUIDE, "human", 3 * HOUR)
	]


def test_nothing_is_judged_before_the_time_in_the_settings(scene):
	scene.world.settings(settle_minutes=20)
	scene.hit(HOUR)
	assert scene.settle_at(HOUR + 19 * 60).human == 0
	assert scene.activities() == []
	assert scene.settle_at(HOUR + 21 * 60).human == 1


def test_what_is_too_young_to_be_judged_is_evidence_all_the_same(scene):
	scene.hit(HOUR, GUIDE)
	scene.hit(HOUR + 650, TRAP)
	assert scene.settle_at(HOUR + 660).machine == 1
	assert scene.activities() == [("Email Click", GUIDE, "machine", HOUR)]


def test_later_evidence_takes_points_and_marks_back(scene):
	scene.hit(HOUR, GUIDE)
	scene.settle_at(2 * HOUR)
	assert (scene.score(), scene.marks()[0]) == (10, "Clicked")
	scene.hit(3 * HOUR, TRAP)  # the same program at the same address
	assert scene.settle_at(4 * HOUR).reclassified == 1
	assert (scene.score(), scene.marks()) == (0, ("Sent", None, None))
	assert scene.activities() == [("Email Click", GUIDE, "machine", HOUR)]


def test_later_evidence_gives_points_and_marks(scene):
	scene.hit(40, GUIDE)
	scene.settle_at(HOUR)
	assert scene.activities() == [("Email Click", GUIDE, "unknown", 40)]
	assert (scene.score(), scene.marks()) == (0, ("Sent", None, None))
	scene.hit(2 * HOUR, PRICES)
	assert scene.settle_at(3 * HOUR).reclassified == 1
	assert (scene.score(), scene.marks()) == (20, ("Clicked", None, at(40)))


def test_of_two_people_one_turns_out_a_machine_and_the_click_stays(scene):
	scene.hit(HOUR, GUIDE, origin="a")
	scene.hit(2 * HOUR, GUIDE, origin="b")
	scene.settle_at(3 * HOUR)
	assert scene.activities() == [("Email Click", GUIDE, "human", HOUR)]
	scene.hit(4 * HOUR, TRAP, origin="a")
	scene.settle_at(5 * HOUR)
	assert scene.activities() == [
		("Email Click", GUIDE, "human", 2 * HOUR),
		("Email Click", GUIDE, "machine", HOUR),
	]
	assert (scene.score(), scene.marks()) == (10, ("Clicked", None, at(2 * HOUR)))


def test_a_proxy_that_fetches_ahead_stays_unknown_and_the_reader_counts_once(scene):
	scene.hit(90, agent=APPLE, origin="apple")
	scene.hit(2 * HOUR, agent=APPLE, origin="apple")
	scene.settle_at(3 * HOUR)
	assert scene.activities() == [("Email Open", "One", "unknown", 90)]
	assert scene.score() == 0


def test_a_click_sets_off_what_waits_for_it(scene):
	world = scene.world
	world.sequence(
		"After", [{"step_label": "Thanks"}], trigger_type="Activity", trigger_activity="Email Click"
	)
	scene.hit(30, GUIDE, origin="x")
	scene.hit(30.1, PRICES, origin="x")
	scene.settle_at(HOUR)
	assert world.all("Nurture Enrollment", "name", sequence="After") == []
	scene.hit(2 * HOUR, GUIDE)
	scene.settle_at(3 * HOUR)
	assert world.all("Nurture Enrollment", "party", sequence="After") == [(scene.lead,)]


def test_what_turns_out_to_be_a_persons_sets_it_off_as_well(scene):
	world = scene.world
	world.sequence(
		"After", [{"step_label": "Thanks"}], trigger_type="Activity", trigger_activity="Email Click"
	)
	scene.hit(40, GUIDE)
	scene.settle_at(HOUR)
	assert world.all("Nurture Enrollment", "name", sequence="After") == []
	scene.hit(2 * HOUR)
	scene.settle_at(3 * HOUR)
	assert world.all("Nurture Enrollment", "party", sequence="After") == [(scene.lead,)]


def test_a_branch_sees_people_only(world):
	scene = Scene(world, leads=2, more=BRANCH)
	scanned, reader = scene.leads
	for lead in scene.leads:
		scene.hit(30, GUIDE, lead=lead, origin="scanner")
		scene.hit(30.1, TRAP, lead=lead, origin="scanner")
	scene.hit(HOUR, GUIDE, lead=reader, origin="home")
	scene.settle_at(2 * HOUR)
	world.run_until(MONDAY + timedelta(days=3))
	assert (world.sent(scanned)[-1], world.sent(reader)[-1]) == ("Seq No", "Seq Yes")


BRANCH = [
	{
		"step_label": "Clicked?",
		"step_type": "Branch",
		"delay": 1,
		"condition": {"touches": "clicked", "steps": ["One"]},
		"on_true": "Yes",
		"on_false": "No",
	},
	{"step_label": "No", "go_to": "Over"},
	{"step_label": "Yes", "go_to": "Over"},
	{"step_label": "Over", "step_type": "End"},
]


def test_settling_again_changes_nothing(scene):
	scene.hit(30, GUIDE, origin="x")
	scene.hit(30.1, TRAP, origin="x")
	scene.hit(40, PRICES, origin="y")
	scene.hit(HOUR)
	scene.hit(HOUR + 30, GUIDE)
	scene.settle_at(2 * HOUR)
	before = everything(scene.world)
	scene.settle_at(2 * HOUR)
	with scene.world.db.transaction():  # as if the verdicts had been lost
		rows = [(name, "", "", 0) for (name,) in scene.world.all("Nurture Mail Hit", "name")]
		scene.world.db.update("tabNurture Mail Hit", ("name", "verdict", "reason", "settled"), rows)
	scene.settle_at(2 * HOUR)
	scoring.rebuild(scene.world.host)
	assert everything(scene.world) == before


def everything(world: World) -> list:
	return [
		sorted(world.all("Nurture Mail Hit", "name", "verdict", "reason", "settled")),
		sorted(world.all("Nurture Activity", "name", "classification")),
		sorted(world.all("Nurture Score Entry", "rule", "points", "activity")),
		sorted(world.all("Nurture Touch", "name", "status", "opened_on", "clicked_on"), key=str),
		sorted(world.all("Lead", "name", "nurture_score")),
	]


def test_a_forgotten_hit_takes_nothing_back(scene):
	scene.hit(HOUR, GUIDE)
	scene.settle_at(2 * HOUR)
	scene.world.empty("Nurture Mail Hit")
	scene.hit(100 * HOUR, GUIDE, origin="archive")
	scene.hit(100 * HOUR + 0.1, TRAP, origin="archive")
	scene.settle_at(101 * HOUR)
	assert scene.score() == 10
	assert scene.marks()[0] == "Clicked"


def test_an_origin_that_reads_for_many_is_a_machine(world):
	scene = Scene(world, leads=12)
	for place, lead in enumerate(scene.leads):
		scene.hit(HOUR + place, lead=lead, origin="gateway", agent=f"{CHROME} {place}")
	scene.hit(HOUR, lead=scene.leads[0], origin="home", agent=PHONE)
	scene.settle_at(2 * HOUR)
	assert sorted(set(world.all("Nurture Activity", "classification", activity_type="Email Open"))) == [
		("human",),
		("machine",),
	]
	assert scene.score() == 5
	scene.hit(5 * HOUR, lead=scene.leads[1], origin="other", agent=PHONE)  # has them all judged again
	scene.settle_at(6 * HOUR)
	reasons = world.all("Nurture Mail Hit", "reason", origin="gateway")
	assert set(reasons) == {("crowd",)}


def test_one_hit_that_cannot_be_settled_keeps_nobody_else_waiting(world):
	scene = Scene(world, leads=5)
	for lead in scene.leads:
		scene.hit(HOUR, lead=lead)
	bad = scene.touches[scene.leads[2]]

	class Refusing(WatchedDatabase):
		def insert(self, table, columns, rows, *, ignore=False):
			rows = list(rows)
			if table == "tabNurture Activity" and any(bad in row for row in rows):
				raise ValueError("out of the blue")
			return super().insert(table, columns, rows, ignore=ignore)

	world.clock.move_to(at(2 * HOUR))
	settle(replace(world.host, db=Refusing(world.db)))
	judged = dict(world.all("Nurture Mail Hit", "party", "verdict"))
	assert judged == {lead: "unknown" if lead == scene.leads[2] else "human" for lead in scene.leads}
	assert len(world.all("Nurture Activity", "name", activity_type="Email Open")) == 4


def test_the_queries_do_not_grow_with_the_number_of_mails(world):
	scene = Scene(world, leads=60)

	def queries(leads: list[str]) -> int:
		for lead in leads:
			scene.hit(HOUR, lead=lead, origin=lead)
			scene.hit(HOUR + 60, GUIDE, lead=lead, origin=lead)
		watched = WatchedDatabase(world.db)
		world.clock.move_to(max(at(2 * HOUR), world.clock.now()))
		assert settle(replace(world.host, db=watched)).human == 2 * len(leads)
		return sum(watched.names.values())

	queries(scene.leads[:1])
	assert queries(scene.leads[1:4]) == queries(scene.leads[4:])


def test_the_figures_of_a_sequence_count_mails_that_people_opened_and_clicked(world):
	scene = Scene(world, leads=4)
	one, two, three, _ = scene.leads
	scene.hit(HOUR, lead=one)
	scene.hit(HOUR + 60, GUIDE, lead=one)
	scene.hit(HOUR + 90, PRICES, lead=one)
	scene.hit(90, lead=two, agent=APPLE)
	scene.hit(30, GUIDE, lead=two)
	scene.hit(30.1, TRAP, lead=two)
	scene.hit(30, lead=three, agent="curl/8")
	scene.settle_at(2 * HOUR)
	stored = world.all(
		"Nurture Activity", "party", "activity_type", "classification", source_doctype="Nurture Mail Hit"
	)
	assert sorted(set(stored)) == sorted(
		[
			(one, "Email Click", "human"),
			(one, "Email Open", "human"),
			(two, "Email Click", "machine"),
			(two, "Email Open", "unknown"),
			(three, "Email Open", "machine"),
		]
	)
	(step,) = figures_of(world.host, "Seq").steps
	assert (step.opened, step.clicked) == (1, 1)
