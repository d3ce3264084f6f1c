"""Conditions explained to a marketer: every kind of leaf, brackets, and words in another language."""

from __future__ import annotations

import pytest

from nurture_app.engine import conditions
from nurture_app.engine.condition_fields import OPERATORS
from nurture_app.engine.condition_leaves import LEAF_TYPES
from nurture_app.simulator.tables import lead_catalog

CATALOG = lead_catalog()
SENTENCES = [
	(None, "Every lead."),
	(["industry", "=", "Software"], "Industry is Software."),
	(["industry", "!=", "Software"], "Industry is not Software."),
	(["city", "=", ""], 'City is "".'),
	(["annual_revenue", ">", 0], "Annual Revenue is more than 0."),
	(["annual_revenue", "<", 2.5], "Annual Revenue is less than 2.5."),
	(["nurture_score", ">=", 40], "Nurture Score is at least 40."),
	(["nurture_score", "<=", 40], "Nurture Score is at most 40."),
	(["nurture_score", "between", [10, 20]], "Nurture Score is between 10 and 20."),
	(["job_title", "like", "sales"], "Job Title contains sales."),
	(["job_title", "like", "%sales%"], "Job Title contains sales."),
	(["job_title", "not like", "%sales%"], "Job Title does not contain sales."),
	(["job_title", "like", "sales%"], "Job Title contains sales%."),
	(["job_title", "not like", "sales"], "Job Title does not contain sales."),
	(["job_title", "has word", ["vp", "head"]], "Job Title has one of the words vp, head."),
	(["industry", "in", ["A", "B"]], "Industry is one of A, B."),
	(["industry", "not in", ["A", ""]], 'Industry is none of A, "".'),
	(["city", "is", "set"], "City is filled in."),
	(["city", "is", "not set"], "City is empty."),
	(["qualified_on", "timespan", "last 30 days"], "Qualified on is within last 30 days."),
	([["city", "=", "A"], ["city", "=", "B"]], "City is A and City is B."),
	(
		[{"any": [["city", "=", "A"], ["city", "=", "B"]]}, ["city", "is", "set"]],
		"(City is A or City is B) and City is filled in.",
	),
	({"any": [["city", "=", "A"]]}, "City is A."),
	({"not": {"not": ["city", "=", "A"]}}, "Not (not (City is A))."),
	({"activity": "Page View"}, "Did: Page View."),
	(
		{"activity": "Any", "count": ["=", 0], "within_days": 60},
		"Did not do: any activity in the last 60 days.",
	),
	({"activity": ["A", "B"], "count": [">=", 3]}, "Did at least 3 times: A, B."),
	({"activity": "A", "count": ["<", 3]}, "Did fewer than 3 times: A."),
	({"activity": "A", "count": ["=", 1], "within_days": 1}, "Did exactly 1 time: A in the last 1 day."),
	({"activity": "A", "last_days": [">", 1]}, "Did: A, the last time more than 1 day ago."),
	(
		{"activity": "A", "channel": "Web", "detail": "{0} 50%", "since_enrollment": True},
		'Did: A since the sequence began by Web with "{0} 50%" in the detail.',
	),
	(
		{"activity": "A", "last_days": [">=", 30], "first_days": ["<", 90]},
		"Did: A, the last time at least 30 days ago, the first time less than 90 days ago.",
	),
	({"segment": "Warm"}, "Is in the segment Warm."),
	({"tag": "Hot"}, "Has the tag Hot."),
	({"score": [">=", 50]}, "Score is at least 50."),
	({"score": ["!=", 5], "part": "engagement"}, "Engagement score is other than 5."),
	({"stage": ["MQL", "SQL"]}, "Stage is MQL or SQL."),
	({"touches": "opened", "count": ["<", 2]}, "Opened fewer than 2 of: the e-mails."),
	(
		{"touches": "clicked", "steps": ["One", "Two"], "sequence": "Welcome"},
		"Clicked in at least 1 of: One, Two in the sequence Welcome.",
	),
	(
		{"touches": "opened", "sequence": "Any", "last": 4, "count": [">=", 4]},
		"Opened at least 4 of: the last 4 of the e-mails in any sequence.",
	),
	({"asset": "Price List"}, "Has had the asset Price List."),
	(
		{"asset": "Price List", "how": "took", "within_days": 90},
		"Took the asset Price List in the last 90 days.",
	),
	({"asset": "Price List", "how": "sent"}, "Was sent the asset Price List."),
	({"consent": "Email"}, "Agreed to marketing by Email."),
	({"age_days": [">=", 60]}, "Created On was at least 60 days ago."),
	({"age_days": [">=", 1]}, "Created On was at least 1 day ago."),
	({"age_days": ["<", 3], "field": "qualified_on"}, "Qualified on was less than 3 days ago."),
]


def explained(condition: object, **options: object) -> str:
	return conditions.explain(conditions.parse(condition, CATALOG, in_sequence=True), **options)


@pytest.mark.parametrize(("condition", "sentence"), SENTENCES, ids=[one for _, one in SENTENCES])
def test_a_condition_reads(condition, sentence):
	assert explained(condition) == sentence


def test_every_operator_and_every_kind_of_leaf_has_its_sentence():
	shown = [condition for condition, _ in SENTENCES]
	operators = {condition[1] for condition in shown if isinstance(condition, list) and len(condition) == 3}
	assert operators == set(OPERATORS)
	keys = {key for condition in shown if isinstance(condition, dict) for key in condition}
	assert set(LEAF_TYPES) <= keys


def test_words_are_translated_and_values_are_not():
	def to_shouting(text: str) -> str:
		return text.upper()

	tree = {"all": [["city", "=", "Berlin"], {"not": {"tag": "Hot"}}]}
	assert explained(tree, translate=to_shouting) == "CITY IS Berlin AND NOT (HAS THE TAG Hot)."
	assert explained(None, translate=to_shouting) == "EVERY LEAD."
