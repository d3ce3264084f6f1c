"""Random conditions on what happened pick the same leads on every database, and those a few lines of Python pick.

Asked of all leads at once and of each alone, as the engine does: that question is written once and asked again later.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import Scope, lead_scope
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import Query, params
from tests.world import ACTIVITY_TYPES, World

NOON, MIDNIGHT = datetime(2026, 3, 2, 12), datetime(2026, 3, 3)
KINDS = ("Page View", "Call", "Email Open", "Unsubscribe")
ENGAGEMENT = {kind["name"] for kind in ACTIVITY_TYPES if kind.get("is_engagement")}
SPANS = (1, 2.5, 7, 30)
PEOPLE = 60
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
	">=": operator.ge,
	">": operator.gt,
	"=": operator.eq,
	"!=": operator.ne,
	"<=": operator.le,
	"<": operator.lt,
}


def population(now: datetime) -> dict[str, dict[str, Any]]:
	"""Moments lie on the very edges of the spans, and beside them."""
	chance = random.Random(20260302)
	edges = [timedelta(days=span) + timedelta(seconds=off) for span in SPANS for off in (-1, 0, 1)]
	people = {}
	for number in range(PEOPLE):
		deeds = [
			{
				"activity_type": chance.choice(KINDS),
				"occurred_on": now - chance.choice([*edges, timedelta(), timedelta(hours=1)]),
				"channel": chance.choice(["", "Email", "Website"]),
				"detail": chance.choice(["", "Pricing", "100% off", "a_b"]),
				"classification": chance.choice(["human", "human", "machine", "unknown"]),
			}
			for _ in range(chance.choice([0, 0, 1, 2, 5]))
		]
		people[f"L{number:03}"] = {
			"creation": now - chance.choice(edges),
			"qualified_on": chance.choice([None, *((now - span).date() for span in edges)]),
			"nurture_stage_since": chance.choice([None, *(now - span for span in edges)]),
			"nurture_stage": chance.choice(["", "Nurture", "MQL", None]),
			"nurture_score": chance.choice([-5, 0, 49, 50, 51]),
			"deeds": deeds,
			"tags": {tag for tag in ("VIP", "Old") if chance.random() < 0.4},
			"segments": {name for name in ("Warm", "Cold") if chance.random() < 0.4},
			"left": {name for name in ("Warm", "Cold") if chance.random() < 0.3},
			"consents": {channel for channel in ("Email", "SMS") if chance.random() < 0.5},
			"sent": [
				{
					"sequence": chance.choice(["S1", "S2"]),
					"step": chance.choice(["One", "Two"]),
					"sent_on": chance.choice([None, *(now - timedelta(days=days) for days in range(4))]),
					**{f"{what}_on": chance.choice([None, now]) for what in ("opened", "clicked", "replied")},
				}
				for _ in range(chance.choice([0, 1, 3, 6]))
			],
		}
	return people


# --- a second opinion --------------------------------------------------------------------------------------------


def picks(tree: Any, lead: dict[str, Any], now: datetime) -> bool:
	if "not" in tree:
		return not picks(tree["not"], lead, now)
	for word, of in (("all", all), ("any", any)):
		if word in tree:
			return of(picks(part, lead, now) for part in tree[word])
	(judge,) = (judge for key, judge in LEAVES.items() if key in tree)
	return judge(tree, lead, now)


def did(tree: Any, lead: dict[str, Any], now: datetime) -> bool:
	kinds = ENGAGEMENT if tree["activity"] == "Any" else tree["activity"]
	found = [
		one["occurred_on"]
		for one in lead["deeds"]
		if one["activity_type"] in kinds
		and one["classification"] == "human"
		and (not tree.get("channel") or one["channel"] == tree["channel"])
		and tree.get("detail", "").lower() in one["detail"].lower()
		and ("within_days" not in tree or one["occurred_on"] > now - timedelta(days=tree["within_days"]))
	]
	word, number = tree.get("count", [">=", 1])
	if not COMPARE[word](len(found), number):
		return False
	return all(
		bool(found) and days_ago(tree[key], pick(found), now)
		for key, pick in (("last_days", max), ("first_days", min))
		if key in tree
	)


def days_ago(comparison: list, moment: datetime | date | None, now: datetime) -> bool:
	if moment is None:
		return False
	if not isinstance(moment, datetime):
		moment = datetime.combine(moment, datetime.min.time())
	word, days = comparison
	return COMPARE[word](now - moment, timedelta(days=days))


def was_sent(tree: Any, lead: dict[str, Any], now: datetime) -> bool:
	columns = {"opened": ("opened_on", "clicked_on", "replied_on")}.get(
		tree["touches"], (f"{tree['touches']}_on",)
	)
	found = [
		one
		for one in lead["sent"]
		if tree["sequence"] in ("Any", one["sequence"]) and one["step"] in tree.get("steps", (one["step"],))
	]
	if "last" in tree:
		moments = sorted((one["sent_on"] for one in found if one["sent_on"]), reverse=True)
		last = moments[: tree["last"]]  # what left in the same moment belongs together
		found = [one for one in found if one["sent_on"] in last and one["sent_on"]]
	word, number = tree.get("count", [">=", 1])
	return COMPARE[word](sum(any(one[column] for column in columns) for one in found), number)


LEAVES: dict[str, Callable[[Any, dict[str, Any], datetime], bool]] = {
	"activity": did,
	"touches": was_sent,
	"age_days": lambda tree, lead, now: days_ago(tree["age_days"], lead[tree["field"]], now),
	"tag": lambda tree, lead, now: tree["tag"] in lead["tags"],
	"segment": lambda tree, lead, now: tree["segment"] in lead["segments"] - lead["left"],
	"consent": lambda tree, lead, now: tree["consent"] in lead["consents"],
	"stage": lambda tree, lead, now: lead["nurture_stage"] in tree["stage"],
	"score": lambda tree, lead, now: COMPARE[tree["score"][0]](lead["nurture_score"], tree["score"][1]),
}


# --- random trees ------------------------------------------------------------------------------------------------

spans = st.sampled_from(SPANS)
counts = st.tuples(st.sampled_from(sorted(COMPARE)), st.integers(0, 3)).map(list)
ages = st.tuples(st.sampled_from([">=", ">", "<=", "<"]), spans).map(list)
LEAF = st.one_of(
	st.fixed_dictionaries(
		{"activity": st.just("Any") | st.lists(st.sampled_from(KINDS), min_size=1, max_size=2)},
		optional={
			"count": counts,
			"within_days": spans,
			"channel": st.sampled_from(["Email", "Website"]),
			"detail": st.sampled_from(["pric", "%", "_"]),
			"last_days": ages,
			"first_days": ages,
		},
	),
	st.fixed_dictionaries(
		{
			"touches": st.sampled_from(["sent", "opened", "clicked", "replied"]),
			"sequence": st.sampled_from(["Any", "S1", "S2"]),
		},
		optional={"count": counts, "steps": st.just(["One"]), "last": st.integers(1, 4)},
	),
	st.fixed_dictionaries(
		{"age_days": ages, "field": st.sampled_from(["creation", "qualified_on", "nurture_stage_since"])}
	),
	st.fixed_dictionaries({"tag": st.sampled_from(["VIP", "Old"])}),
	st.fixed_dictionaries({"segment": st.sampled_from(["Warm", "Cold"])}),
	st.fixed_dictionaries({"consent": st.sampled_from(["Email", "SMS"])}),
	st.fixed_dictionaries({"stage": st.lists(st.sampled_from(["Nurture", "MQL"]), min_size=1, max_size=2)}),
	st.fixed_dictionaries({"score": st.tuples(st.sampled_from(sorted(COMPARE)), st.just(50)).map(list)}),
)
TREES = st.recursive(
	LEAF,
	lambda inner: st.one_of(
		st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
		st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
		inner.map(lambda part: {"not": part}),
	),
	max_leaves=6,
)


def populated(world: World, people: dict[str, dict[str, Any]]) -> World:
	columns = ("creation", "qualified_on", "nurture_stage_since", "nurture_stage", "nurture_score")
	with world.db.transaction():
		rows = [(name, *(one[column] for column in columns)) for name, one in people.items()]
		world.db.insert("tabLead", ("name", *columns), rows)
	for name, one in people.items():
		for number, deed in enumerate(one["deeds"]):
			world.put("Nurture Activity", party=name, dedupe_key=f"{name}|{number}", **deed)
		for number, touch in enumerate(one["sent"]):
			world.put(
				"Nurture Touch",
				party=name,
				channel="Email",
				touch_key=f"{name}|{number}",
				token=f"{name}{number}",
				tracking_token=f"t{name}{number}",
				**touch,
			)
		for tag in one["tags"]:
			world.put("Tag Link", document_type="Lead", document_name=name, tag=tag)
		for segment in one["segments"]:
			left = world.clock.now() if segment in one["left"] else None
			world.put(
				"Nurture Segment Member",
				party=name,
				segment=segment,
				left_on=left,
				live_key=f"{segment}|{name}",
			)
		for channel in ("Email", "SMS"):
			status = "Given" if channel in one["consents"] else "Withdrawn"
			world.put(
				"Nurture Consent",
				party=name,
				channel=channel,
				purpose="Marketing",
				status=status,
				consent_key=f"{name}|{channel}|Marketing",
			)
	return world


def asked_of_all(world: World, condition: Any) -> list[str]:
	scope = lead_scope(world.host)
	query = Query.from_(scope.lead).select(scope.lead.name).where(condition.sql(scope))
	return [name for (name,) in world.db.rows(query.orderby(scope.lead.name))]


def asked_of_each(world: World, condition: Any, names: list[str]) -> list[str]:
	def build(scope: Scope, some: Any) -> Any:
		query = Query.from_(scope.lead).select(scope.lead.name).where(condition.sql(scope))
		return query.where(scope.lead.name.isin(params(some)))

	questions = Questions()
	return [name for name in names if questions.ask(world.host, "it", [name], build)]


@pytest.mark.parametrize("now", [NOON, MIDNIGHT], ids=["noon", "midnight"])
@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_random_conditions_on_what_happened_pick_whom_python_picks(make_world, database, now):
	people = population(now)
	world = make_world(database)
	world.clock.move_to(now)
	populated(world, people)

	@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
	@given(TREES)
	def agree(tree: Any) -> None:
		expected = [name for name, lead in people.items() if picks(tree, lead, now)]
		condition = conditions.parse(tree, world.host.catalog)
		found = asked_of_all(world, condition)
		for name in set(expected) ^ set(found):
			note(f"{name}: {people[name]}")
		assert found == expected
		some = list(people)[:10]
		assert asked_of_each(world, condition, some) == [name for name in expected if name in some]

	agree()
