"""Random conditions pick the same leads on every database, and those a few lines of Python pick."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.sql import Query
from nurture_app.simulator.tables import lead_catalog
from tests.world import MONDAY, World

SEED = 20260302
CATALOG = lead_catalog()
TEXTS = [
	*("Software", "software ", "SOFT WARE", "Müller", "muller", "Muller's", "a_b", "axb", "100%", "1000"),
	*("", " ", "back\\slash", "VP, Sales", "vp of sales", "O'Neill", "Été", "ete", "{0}", "日本"),
]
NUMBERS = [-5, 0, 1, 2, 2.5, 10, 1000]
DAYS = [date(2026, 2, 28) + timedelta(days=days) for days in range(4)]
MOMENTS = [datetime(2026, 2, 28, 23, 59, 59), datetime(2026, 3, 1), datetime(2026, 3, 1, 12), MONDAY]
FIELDS = {
	"city": [*TEXTS, None],
	"job_title": [*TEXTS, None],
	"nurture_score": [-5, 0, 1, 2, 10, 1000],
	"annual_revenue": NUMBERS,
	"unsubscribed": [0, 1],
	"qualified_on": [*DAYS, None],
	"nurture_stage_since": [*MOMENTS, None],
}
PEOPLE = 150


def population() -> dict[str, dict[str, Any]]:
	chance = random.Random(SEED)
	return {
		f"L{number:03}": {field: chance.choice(values) for field, values in FIELDS.items()}
		for number in range(PEOPLE)
	}


# --- a second opinion --------------------------------------------------------------------------------------------


def picks(tree: Any, lead: dict[str, Any]) -> bool:
	if isinstance(tree, dict):
		((word, inside),) = tree.items()
		if word == "not":
			return not picks(inside, lead)
		return {"all": all, "any": any}[word](picks(part, lead) for part in inside)
	field, operator, value = tree
	kind, mine = CATALOG[field].kind, lead[field]
	if operator in ("!=", "not in", "not like"):
		return not picks([field, {"!=": "="}.get(operator, operator[4:]), value], lead)
	if operator == "is":
		return (mine not in (None, 0) and (kind != "text" or mine.rstrip(" ") != "")) == (value == "set")
	if operator == "in":
		return any(picks([field, "=", one], lead) for one in value)
	if operator == "between":
		return picks([field, ">=", value[0]], lead) and picks([field, "<=", value[1]], lead)
	if operator == "=" and value == "":
		return folded(mine or "").rstrip(" ") == ""
	if mine is None:
		return False
	if kind == "text":
		return TEXT_TESTS[operator](mine, value)
	mine, value = comparable(kind, mine, value)
	return ORDER[operator](mine, value)


def folded(text: str) -> str:
	decomposed = unicodedata.normalize("NFKD", text)
	return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def comparable(kind: str, mine: Any, value: Any) -> tuple[Any, Any]:
	if kind == "date":
		return mine.isoformat(), value[:10]
	if kind == "datetime":
		# a day stands for all of it, so compare as far as the shorter of the two says
		return mine.isoformat(" ")[: len(value)], value
	return mine, float(value)


def contains(text: str, pattern: str) -> bool:
	if "%" not in pattern:
		return folded(pattern) in folded(text)
	tokens = re.findall(
		r"\\.|.", folded(pattern), re.DOTALL
	)  # a backslash takes the next character as it stands
	wild = {"%": ".*", "_": "."}
	regex = "".join(wild.get(token) or re.escape(token[-1]) for token in tokens)
	return re.fullmatch(regex, folded(text), re.DOTALL) is not None


ORDER: dict[str, Callable[[Any, Any], bool]] = {
	"=": lambda mine, value: mine == value,
	">": lambda mine, value: mine > value,
	">=": lambda mine, value: mine >= value,
	"<": lambda mine, value: mine < value,
	"<=": lambda mine, value: mine <= value,
}
TEXT_TESTS: dict[str, Callable[[str, Any], bool]] = {
	"=": lambda mine, value: folded(mine).rstrip(" ") == folded(value).rstrip(" "),
	"like": contains,
	"has word": lambda mine, words: bool(
		{"".join(w.lower().split(" ")) for w in words} & set(word_runs(mine))
	),
}


def word_runs(text: str) -> list[str]:
	"""Every run of whole words in `text`, written together."""
	words = re.findall(r"[^\W_]+|[\W_]", text.lower())
	runs = []
	for start in range(len(words)):
		for end in range(start + 1, len(words) + 1):
			inside = words[start:end]
			if (start == 0 or not words[start - 1].isalnum() or not words[start].isalnum()) and (
				end == len(words) or not words[end].isalnum() or not words[end - 1].isalnum()
			):
				runs.append("".join(inside).replace(" ", ""))
	return runs


# --- random trees ------------------------------------------------------------------------------------------------


def leaf(field: str) -> st.SearchStrategy[list]:
	kind = CATALOG[field].kind
	values = {
		"text": st.sampled_from(TEXTS),
		"int": st.sampled_from([-5, 0, 1, 2, 2.5, 999, "10"]),
		"float": st.sampled_from([-5, 0, 1, 2.5, "2.5", 999]),
		"check": st.sampled_from([0, 1, True, "0"]),
		"date": st.sampled_from([str(day) for day in DAYS] + ["2026-03-01 12:00:00"]),
		"datetime": st.sampled_from([str(day) for day in DAYS] + [str(moment) for moment in MOMENTS]),
	}[kind]
	operators = ["=", "!="] if kind == "text" else ["=", "!=", ">", ">=", "<", "<="]
	shapes = [
		st.tuples(st.just(field), st.sampled_from(operators), values),
		st.tuples(
			st.just(field), st.sampled_from(["in", "not in"]), st.lists(values, min_size=1, max_size=4)
		),
		st.tuples(st.just(field), st.just("is"), st.sampled_from(["set", "not set"])),
	]
	if kind == "text":
		patterns = st.sampled_from([*TEXTS, "%soft%", "m_ller%", "%\\%", "a\\_b%", "%e%e"])
		shapes.append(st.tuples(st.just(field), st.sampled_from(["like", "not like"]), patterns))
		words = st.sampled_from(["vp", "Sales", "of", "100", "slash", "Été", "日本", "soft", "O"])
		shapes.append(st.tuples(st.just(field), st.just("has word"), st.lists(words, min_size=1, max_size=3)))
	elif kind != "check":
		ends = st.lists(values, min_size=2, max_size=2).map(lambda two: in_order(kind, two))
		shapes.append(st.tuples(st.just(field), st.just("between"), ends))
	return st.one_of(shapes).map(list)


def in_order(kind: str, two: list) -> list:
	return sorted(two, key=lambda value: float(value) if kind in ("int", "float") else str(value))


TREES = st.recursive(
	st.sampled_from(sorted(FIELDS)).flatmap(leaf),
	lambda inner: st.one_of(
		st.lists(inner, min_size=1, max_size=4).map(lambda parts: {"all": parts}),
		st.lists(inner, min_size=1, max_size=4).map(lambda parts: {"any": parts}),
		inner.map(lambda part: {"not": part}),
	),
	max_leaves=12,
)


def populated(world: World) -> World:
	rows = [(name, *(lead[field] for field in FIELDS)) for name, lead in population().items()]
	with world.db.transaction():
		world.db.insert("tabLead", ("name", *FIELDS), rows)
	return world


def asked(world: World, tree: Any) -> list[str]:
	scope = lead_scope(world.host)
	criterion = conditions.parse(tree, CATALOG).sql(scope)
	query = Query.from_(scope.lead).select(scope.lead.name).where(criterion).orderby(scope.lead.name)
	return [name for (name,) in world.db.rows(query)]


@pytest.mark.parametrize("database", ["sqlite", "mariadb"])
def test_random_conditions_pick_whom_python_picks(make_world, database):
	world = populated(make_world(database))
	people = population()

	@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
	@given(TREES)
	def agree(tree: Any) -> None:
		expected = [name for name, lead in people.items() if picks(tree, lead)]
		found = asked(world, tree)
		for name in set(expected) ^ set(found):
			note(f"{name}: {people[name]}")
		assert found == expected

	agree()
