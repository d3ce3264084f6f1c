"""Which variant of a form a visitor sees, and what their answers show."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from nurture_app.engine.capture.form_variants import check_variants, choose, compare

EVEN = {"A": 1, "B": 1}


def test_a_visitor_sees_the_same_variant_until_they_change_and_each_its_share():
	weights = {"A": 3, "B": 1}
	seen = Counter(choose(weights, "Form", "monday", f"visitor {number}") for number in range(2000))
	assert 1400 < seen["A"] < 1600
	assert choose(weights, "Form", "monday", "me") == choose(weights, "Form", "monday", "me")
	again = [choose(EVEN, "Form", "tuesday", f"visitor {number}") for number in range(200)]
	assert again != [choose(EVEN, "Form", "monday", f"visitor {number}") for number in range(200)]


def test_weights_are_allowed_for():
	(even,) = compare({"A": 3, "B": 1}, {"A": 3000, "B": 1000})
	assert even.low < 1 < even.high and not even.better
	(more,) = compare({"A": 3, "B": 1}, {"A": 2000, "B": 1000})
	assert more.better == "B" and more.low < 1.5 < more.high


def test_few_answers_name_nothing_better():
	(found,) = compare(EVEN, {"A": 0, "B": 49})
	assert found.better == "" and found.answers == 49
	(found,) = compare(EVEN, {})
	assert (found.low, found.high) == (0, float("inf"))
	(found,) = compare(EVEN, {"A": 2000, "B": 1000})
	assert found.better == "A"


def test_of_60_forms_without_a_difference_looked_at_daily_hardly_one_names_a_better_variant():
	chance = np.random.default_rng(20260302)
	wrong = 0
	for _form in range(60):
		days = chance.binomial(40, 0.5, size=8).cumsum()
		wrong += any(
			compare(EVEN, {"A": int(40 * day - b), "B": int(b)})[0].better for day, b in enumerate(days, 1)
		)
	assert wrong <= 3


@pytest.mark.parametrize(
	("rows", "code"),
	[
		([], ""),
		([("A", 1, False), ("B", 1, True)], ""),
		([("A", 1, False)], "form_variants_count"),
		([("A", 1, False), ("a ", 1, True)], "form_variants_labels"),
		([("A", 1, False), ("", 1, True)], "form_variants_labels"),
		([("A", 0, False), ("B", 1, True)], "form_variants_weight"),
		([("A", 1, True), ("B", 1, False)], "form_variant_says_nothing"),
	],
)
def test_variants_must_be_told_apart(rows, code):
	assert check_variants(rows) == code
