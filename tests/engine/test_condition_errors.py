"""A condition that cannot be meant is refused when it is saved, in a sentence that names what is wrong."""

from __future__ import annotations

import json
import re

import pytest

from nurture_app.engine import conditions, segments
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Known, lead_scope
from nurture_app.engine.sql import Query
from nurture_app.simulator.tables import lead_catalog

CATALOG = lead_catalog()
KNOWN = Known(
	activity_types=frozenset({"Page View"}),
	segments=frozenset({"Warm"}),
	steps=frozenset({"One"}),
	sequences=frozenset({"Welcome"}),
)
OK = ["city", "=", "Berlin"]


def nested(levels: int) -> object:
	tree: object = OK
	for _ in range(levels):
		tree = {"not": tree}
	return tree


MISTAKES = [
	# (condition, code, what the sentence must name)
	("{", "condition_not_json", "JSON"),
	("[1, 2", "condition_not_json", "JSON"),
	('["city", "=", "\\ud800"]', "condition_not_json", "JSON"),
	(["city", "=", "\ud800"], "condition_not_json", "JSON"),
	(7, "condition_unknown_leaf", "7"),
	("7", "condition_unknown_leaf", "7"),
	('"city"', "condition_unknown_leaf", "city"),
	(True, "condition_unknown_leaf", "true"),
	([OK, 7], "condition_bad_field_leaf", "7"),
	({"foo": 1}, "condition_unknown_leaf", "foo"),
	({"foo": 1}, "condition_unknown_leaf", "activity"),
	([OK, {"foo": 1}], "condition_unknown_leaf", "foo"),
	([OK, []], "condition_bad_field_leaf", "[]"),
	([OK, {}], "condition_unknown_leaf", "{}"),
	# groups
	({"all": []}, "condition_bad_group", "all"),
	({"any": []}, "condition_bad_group", "any"),
	({"any": OK[0]}, "condition_bad_group", "any"),
	({"any": [OK], "all": [OK]}, "condition_bad_group", "all"),
	({"not": OK, "any": [OK]}, "condition_bad_group", "any"),
	({"not": OK, "segment": "Warm"}, "condition_bad_group", "not"),
	({"any": [OK], "segment": "Warm"}, "condition_bad_group", "any"),
	({"not": None}, "condition_unknown_leaf", "null"),
	(nested(13), "condition_too_deep", "12"),
	(json.dumps(nested(13)), "condition_too_deep", "12"),
	("[" * 100_000 + "]" * 100_000, "condition_too_deep", "12"),
	('{"not":' * 5_000 + "[]" + "}" * 5_000, "condition_too_deep", "12"),
	([OK] * 200, "condition_too_long", "200"),
	({"any": [{"not": OK}] * 100}, "condition_too_long", "200"),
	# field leaves
	(["city"], "condition_bad_field_leaf", "city"),
	(["city", "="], "condition_bad_field_leaf", "city"),
	(["city", "=", 1, 2], "condition_bad_field_leaf", "city"),
	([7, "=", 1], "condition_bad_field_leaf", "7"),
	(["city", 7, 1], "condition_bad_field_leaf", "city"),
	(["colour", "=", "red"], "condition_unknown_field", "colour"),
	(["lead.city", "=", "x"], "condition_unknown_field", "lead.city"),
	(["city`; DROP TABLE tabLead; --", "=", "x"], "condition_unknown_field", "DROP"),
	(["", "=", "x"], "condition_unknown_field", "“”"),
	(["city", "==", "x"], "condition_unknown_operator", "=="),
	(["city", "= 1 OR 1", "x"], "condition_unknown_operator", "= 1 OR 1"),
	(["city", "regexp", "x"], "condition_unknown_operator", "regexp"),
	(["city", "regexp", "x"], "condition_unknown_operator", "not like"),
	(["city", "=", None], "condition_bad_value", "city"),
	(["city", "=", ["x"]], "condition_bad_value", "city"),
	(["city", "=", {"x": 1}], "condition_bad_value", "city"),
	(["city", "in", []], "condition_bad_value", "city"),
	(["city", "in", ""], "condition_bad_value", "city"),
	(["city", "in", None], "condition_bad_value", "city"),
	(["city", "in", 7], "condition_bad_value", "city"),
	(["city", "in", [None]], "condition_bad_value", "city"),
	(["city", "not in", [["x"]]], "condition_bad_value", "city"),
	(["city", "in", ["x"] * 1001], "condition_bad_value", "1000"),
	(["city", "is", "empty"], "condition_bad_value", "not set"),
	(["city", "is", None], "condition_bad_value", "city"),
	(["city", "has word", []], "condition_bad_value", "city"),
	(["city", "has word", ["x", " "]], "condition_bad_value", "words"),
	(["annual_revenue", "=", "a lot"], "condition_bad_value", "a number"),
	(["annual_revenue", "=", None], "condition_bad_value", "a number"),
	(["annual_revenue", ">", [1]], "condition_bad_value", "annual_revenue"),
	('["annual_revenue", ">", NaN]', "condition_bad_value", "annual_revenue"),
	('["annual_revenue", "<", Infinity]', "condition_bad_value", "annual_revenue"),
	(["nurture_score", "=", "1e400"], "condition_bad_value", "nurture_score"),
	(["nurture_score", "in", [1, 10**400]], "condition_bad_value", "nurture_score"),
	(["nurture_score", "=", 10**20], "condition_bad_value", "nurture_score"),
	(["unsubscribed", "=", 0.5], "condition_bad_value", "unsubscribed"),
	(["unsubscribed", "=", "yes"], "condition_bad_value", "unsubscribed"),
	(["qualified_on", "=", "yesterday"], "condition_bad_value", "a date such as"),
	(["qualified_on", "=", "31.01.2026"], "condition_bad_value", "qualified_on"),
	(["qualified_on", "=", "2026-02-30"], "condition_bad_value", "qualified_on"),
	(["qualified_on", "=", "9999-12-31"], "condition_bad_value", "qualified_on"),
	(["qualified_on", "=", "0001-01-01"], "condition_bad_value", "qualified_on"),
	(["creation", "=", ""], "condition_bad_value", "creation"),
	(["creation", ">", "2026-01-31 25:00:00"], "condition_bad_value", "creation"),
	(["creation", ">", "2026-01-31 10:00:00+02:00"], "condition_bad_value", "creation"),
	(["status", "=", "Leed"], "condition_unknown_option", "Leed"),
	(["status", "=", "Leed"], "condition_unknown_option", "Do Not Contact"),
	(["status", "in", ["Lead", "Leed"]], "condition_unknown_option", "Leed"),
	(["status", "=", "%"], "condition_unknown_option", "%"),
	(["city", "between", ["b", "a"]], "condition_between_reversed", "city"),
	(["nurture_score", "between", [10, 9]], "condition_between_reversed", "nurture_score"),
	(["creation", "between", ["2026-02-01", "2026-01-31"]], "condition_between_reversed", "creation"),
	(
		["creation", "between", ["2026-02-01 09:00:00", "2026-01-31"]],
		"condition_between_reversed",
		"creation",
	),
	(["nurture_score", "between", [10]], "condition_bad_value", "two values"),
	(["nurture_score", "between", [1, 2, 3]], "condition_bad_value", "two values"),
	(["nurture_score", "between", 7], "condition_bad_value", "two values"),
	(["nurture_score", "like", "1"], "condition_operator_kind", "nurture_score"),
	(["creation", "not like", "2026"], "condition_operator_kind", "not like"),
	(["nurture_score", "has word", ["1"]], "condition_operator_kind", "has word"),
	(["city", "timespan", "last week"], "condition_operator_kind", "city"),
	(["creation", "timespan", "last fortnight"], "condition_unknown_timespan", "last fortnight"),
	(["creation", "timespan", "last days"], "condition_unknown_timespan", "last days"),
	(["creation", "timespan", "last ² days"], "condition_unknown_timespan", "²"),
	(["creation", "timespan", "last 9999999 days"], "condition_unknown_timespan", "9999999"),
	(["creation", "timespan", None], "condition_unknown_timespan", "none"),
	# activity leaves
	({"activity": ""}, "condition_bad_value", "activity"),
	({"activity": []}, "condition_bad_value", "activity"),
	({"activity": ["Page View", 7]}, "condition_bad_value", "activity"),
	({"activity": {"name": "Page View"}}, "condition_bad_value", "activity"),
	({"activity": "Page View", "days": 3}, "condition_unknown_key", "days"),
	({"activity": "Page View", "days": 3}, "condition_unknown_key", "within_days"),
	({"activity": "Page View", "count": 3}, "condition_bad_value", "count"),
	({"activity": "Page View", "count": [3, ">="]}, "condition_bad_value", "count"),
	({"activity": "Page View", "count": ["=>", 3]}, "condition_bad_value", ">="),
	({"activity": "Page View", "count": [">=", "3"]}, "condition_bad_value", "count"),
	({"activity": "Page View", "count": [">=", True]}, "condition_bad_value", "count"),
	({"activity": "Page View", "count": [">=", 1, 2]}, "condition_bad_value", "count"),
	({"activity": "Page View", "count": None}, "condition_bad_value", "count"),
	('{"activity": "Page View", "count": [">=", Infinity]}', "condition_bad_value", "count"),
	({"activity": "Page View", "within_days": 0}, "condition_bad_value", "within_days"),
	({"activity": "Page View", "within_days": -1}, "condition_bad_value", "within_days"),
	({"activity": "Page View", "within_days": "30"}, "condition_bad_value", "within_days"),
	({"activity": "Page View", "within_days": 36501}, "condition_bad_value", "within_days"),
	('{"activity": "Page View", "within_days": NaN}', "condition_bad_value", "within_days"),
	({"activity": "Page View", "last_days": ["=", 3]}, "condition_bad_value", "last_days"),
	({"activity": "Page View", "last_days": [">=", 1e9]}, "condition_bad_value", "last_days"),
	({"activity": "Page View", "first_days": ["!=", 3]}, "condition_bad_value", "first_days"),
	({"activity": "Page View", "channel": ["Web"]}, "condition_bad_value", "channel"),
	({"activity": "Page View", "detail": 7}, "condition_bad_value", "detail"),
	({"activity": "Page View", "since_enrollment": "no"}, "condition_bad_value", "since_enrollment"),
	({"activity": "Page View", "since_enrollment": True}, "condition_needs_enrollment", "sequence"),
	# the other leaves
	({"segment": ""}, "condition_bad_value", "segment"),
	(["unsubscribed", "=", 2], "condition_bad_value", "0 or 1"),
	({"segment": ["Warm", "Cold"]}, "condition_bad_value", "segment"),
	({"segment": "Warm", "since": 1}, "condition_unknown_key", "since"),
	({"tag": 7}, "condition_bad_value", "tag"),
	({"tag": ["a", "b"]}, "condition_bad_value", "tag"),
	({"score": 50}, "condition_bad_value", "score"),
	({"score": [">=", None]}, "condition_bad_value", "score"),
	({"score": [">=", 50], "part": "total"}, "condition_bad_value", "fit / engagement"),
	({"score": [">=", 50], "part": ["fit"]}, "condition_bad_value", "part"),
	({"stage": "Hot"}, "condition_unknown_option", "Hot"),
	({"stage": ["MQL", "Hot"]}, "condition_unknown_option", "Recycle"),
	({"stage": []}, "condition_bad_value", "stage"),
	({"touches": "read", "sequence": "Welcome"}, "condition_bad_value", "opened"),
	({"touches": ["opened"], "sequence": "Welcome"}, "condition_bad_value", "touches"),
	({"touches": "opened"}, "condition_needs_enrollment", "sequence"),
	({"touches": "opened", "sequence": ["Welcome"]}, "condition_bad_value", "sequence"),
	({"touches": "opened", "sequence": "Welcome", "steps": [7]}, "condition_bad_value", "steps"),
	({"touches": "opened", "sequence": "Welcome", "count": [">="]}, "condition_bad_value", "count"),
	({"touches": "opened", "sequence": "Welcome", "last": 0}, "condition_bad_value", "1 to 100"),
	({"touches": "opened", "sequence": "Welcome", "last": True}, "condition_bad_value", "last"),
	({"touches": "opened", "sequence": "Welcome", "last": "4"}, "condition_bad_value", "last"),
	({"consent": "Fax"}, "condition_bad_value", "WhatsApp"),
	({"consent": ["Email", "SMS"]}, "condition_bad_value", "consent"),
	({"age_days": 60}, "condition_bad_value", "age_days"),
	({"age_days": [">=", 1e9]}, "condition_bad_value", "age_days"),
	({"age_days": [">=", 60], "field": "birthday"}, "condition_unknown_field", "birthday"),
	({"age_days": [">=", 60], "field": "city"}, "condition_operator_kind", "city"),
	({"age_days": [">=", 60], "field": ["creation"]}, "condition_bad_value", "field"),
	# names that do not exist
	({"activity": "Page Vew"}, "condition_unknown_activity", "Page Vew"),
	({"activity": ["Page View", "Any"]}, "condition_unknown_activity", "Any"),
	({"not": {"any": [{"activity": "Page Vew"}, OK]}}, "condition_unknown_activity", "Page Vew"),
	({"segment": "Wram"}, "condition_unknown_segment", "Wram"),
	({"touches": "opened", "sequence": "Wellcome"}, "condition_unknown_sequence", "Wellcome"),
]


@pytest.mark.parametrize(
	("condition", "code", "named"), MISTAKES, ids=[str(condition)[:60] for condition, _, _ in MISTAKES]
)
def test_a_mistake_is_refused_by_name(condition, code, named):
	with pytest.raises(NurtureError) as refused:
		conditions.check_references(conditions.parse(condition, CATALOG), KNOWN)
	assert refused.value.code == code
	sentence = str(refused.value)
	assert named in sentence
	assert sentence.endswith((".", "”?")) and not sentence.startswith(code)
	assert not re.search(r"\{[a-z_]+\}", sentence), "a placeholder was not filled"
	assert len(sentence) < 1000


@pytest.mark.parametrize(
	("condition", "meant"),
	[
		({"activity": "Page Vew"}, "Page View"),
		({"activity": "page view"}, "Page View"),
		({"segment": "Wram"}, "Warm"),
		({"touches": "opened", "sequence": "Wellcome"}, "Welcome"),
		(["cty", "=", "Berlin"], "city"),
		(["Job Titel", "=", "Owner"], "job_title"),
		({"age_days": [">=", 60], "field": "created"}, "creation"),
	],
)
def test_the_name_that_was_probably_meant_is_offered(condition, meant):
	with pytest.raises(NurtureError, match=f"Did you mean “{meant}”\\?$"):
		conditions.check_references(conditions.parse(condition, CATALOG), KNOWN)


def test_what_looks_like_nothing_known_gets_no_offer():
	with pytest.raises(NurtureError, match=r"There is no segment “Customers in Peru”\.$"):
		conditions.check_references(conditions.parse({"segment": "Customers in Peru"}, CATALOG), KNOWN)


def test_a_branch_may_only_name_its_own_sequences_steps():
	leaf = {"touches": "opened", "steps": ["One", "Tow"]}
	condition = conditions.parse(leaf, CATALOG, in_sequence=True)
	with pytest.raises(NurtureError, match="“Tow”") as refused:
		conditions.check_references(condition, KNOWN)
	assert refused.value.code == "condition_unknown_step"


def test_what_is_not_known_is_not_checked():
	everything = [
		{"activity": "x"},
		{"segment": "y"},
		{"touches": "sent", "sequence": "z"},
		["city", "=", "b"],
	]
	conditions.check_references(conditions.parse(everything, CATALOG), Known())


def test_the_largest_condition_allowed_runs(world):
	world.lead("ann", city="Berlin")
	scope = lead_scope(world.host)
	for largest in (
		nested(12),
		[OK] * 199,
		{"any": [["city", "=", f"Town {number}"] for number in range(197)] + [OK]},
		["city", "in", [*map(str, range(999)), "Berlin"]],
		["city", "has word", [*map(str, range(999)), "Berlin"]],
		["city", "in", [*map(str, range(998)), "", "Berlin"]],
		["creation", "in", [f"2026-03-{day % 28 + 1:02}" for day in range(1000)]],
		["city", "like", "B" + "%" * 500],
		["city", "not in", ["x" * 10_000]],
	):
		criterion = conditions.parse(largest, CATALOG).sql(scope)
		rows = world.db.rows(Query.from_(scope.lead).select(scope.lead.name).where(criterion))
		assert rows == [("ann",)], str(largest)[:80]


NASTY = [
	"'",
	"''; DROP TABLE `tabLead`; --",
	'"',
	'" OR 1=1 --',
	"`",
	"\\",
	"\\'",
	"\\' OR 1=1 -- ",
	"100%",
	"%",
	"_",
	"%s",
	"%(p0)s",
	"%%",
	":p0",
	"?",
	"{}",
	"{0}",
	"{p0}",
	"$1",
	";",
	"/* x */",
	"a\nb",
	"tab\there",
	"()[]|.*+?^$",
	"(",
	"<script>alert(1)</script>",
	"日本語",
	"\U0001f600",
]


@pytest.mark.parametrize("text", NASTY)
def test_texts_travel_as_values_wherever_they_stand(world, text):
	world.lead("LEAD-1", city=text, consent=False)
	world.lead("LEAD-2", city="harmless", consent=False)
	world.put("Nurture Activity Type", "T" + text, activity_type="T" + text, is_engagement=1)
	world.record("LEAD-1", "T" + text, channel=text, detail=f"before {text} after")
	world.segment("S" + text, ["city", "=", text])
	world.put("Tag Link", document_type="Lead", document_name="LEAD-1", tag="T" + text)
	row = {"party": "LEAD-1", "channel": "Email", "sent_on": world.clock.now()}
	world.put("Nurture Touch", sequence="Q" + text, step="P" + text, **row)
	segments.refresh_all(world.host)
	leaves = [
		["city", "=", text],
		["city", "in", [text, "nowhere"]],
		["city", "between", [text, text]],
		{"activity": "T" + text},
		{"activity": ["T" + text, text], "channel": text, "detail": text},
		{"segment": "S" + text},
		{"tag": "T" + text},
		{"touches": "sent", "sequence": "Q" + text, "steps": ["P" + text]},
		{"not": ["city", "!=", text]},
	]
	if "%" not in text:  # in `like` the percent sign is a wildcard, as in Frappe
		leaves.append(["city", "like", text])
	scope = lead_scope(world.host)
	for leaf in leaves:
		condition = conditions.parse(json.dumps(leaf), CATALOG)
		criterion = condition.sql(scope)
		rows = world.db.rows(Query.from_(scope.lead).select(scope.lead.name).where(criterion))
		assert rows == [("LEAD-1",)], leaf
		assert conditions.explain(condition).endswith(".")
	harmless = ["city", "has word", [text]]
	criterion = conditions.parse(harmless, CATALOG).sql(scope)
	assert ("LEAD-2",) not in world.db.rows(Query.from_(scope.lead).select(scope.lead.name).where(criterion))
	assert len(world.all("Lead", "name")) == 2
