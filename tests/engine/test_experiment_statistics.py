"""The method of experiments: how often it is wrong when somebody looks every day, and how soon it finds something."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from nurture_app.engine.experiments.statistics import (
	PEEKING,
	compare_all,
	difference,
	log_money,
	of_amounts,
	of_conversions,
	people_needed,
	rate,
	split_is_off,
	winner_of,
)

EXPERIMENTS = 2000
DAYS = 28
ALPHA = 0.05
YES_OR_NO = np.array([0.0, 1.0])


def looks(rates: list[float], weights: list[float], per_day: int, experiments: int, days: int) -> np.ndarray:
	"""People by (experiment, day, variant, no or yes), as they stand at the end of each day."""
	chance = np.random.default_rng(20260302)
	people = chance.multinomial(per_day, weights, size=(experiments, days))
	converted = chance.binomial(people, rates)
	return np.stack([people - converted, converted], axis=-1).cumsum(axis=1).astype(float)


def beaten(counts: np.ndarray, weights: list[float], d: float = 0.0) -> np.ndarray:
	"""By (experiment, day, better, worse): whether the difference is more than `d`, as `compare_all` decides it."""
	variants = counts.shape[2]
	found = np.zeros((*counts.shape[:2], variants, variants), dtype=bool)
	level = ALPHA / math.comb(variants, 2) / 2
	for worse, better in itertools.permutations(range(variants), 2):
		pair = np.concatenate([counts[:, :, worse], counts[:, :, better]], axis=-1)
		money = log_money(pair, YES_OR_NO, (weights[worse], weights[better]), d)
		found[:, :, better, worse] = money >= -math.log(level)
	return found


def wins(counts: np.ndarray, weights: list[float]) -> np.ndarray:
	"""By (experiment, day, variant): whether it beats each of the others."""
	return beaten(counts, weights).sum(axis=-1) == counts.shape[2] - 1


def upper_bound(failures: int, runs: int) -> float:
	"""One-sided, 99 %: so many failures are compatible with a true share of at most this."""
	from scipy.stats import beta

	return float(beta.ppf(0.99, failures + 1, runs - failures)) if failures < runs else 1.0


@pytest.mark.parametrize("variants", [2, 4])
@pytest.mark.parametrize("rate_of_all", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("per_day", [40, 400])
def test_of_2000_experiments_without_a_difference_looked_at_daily_at_most_5_percent_find_one(
	variants: int, rate_of_all: float, per_day: int
) -> None:
	weights = [1 / variants] * variants
	counts = looks([rate_of_all] * variants, weights, per_day, EXPERIMENTS, DAYS)
	any_pair = int(beaten(counts, weights).any(axis=(1, 2, 3)).sum())
	assert upper_bound(any_pair, EXPERIMENTS) <= ALPHA
	assert wins(counts, weights).any(axis=(1, 2)).sum() <= any_pair


def test_uneven_weights_do_not_make_a_winner_of_the_bigger_group() -> None:
	weights = [0.8, 0.15, 0.05]
	counts = looks([0.05] * 3, weights, 100, EXPERIMENTS, DAYS)
	assert upper_bound(int(beaten(counts, weights).any(axis=(1, 2, 3)).sum()), EXPERIMENTS) <= ALPHA


@pytest.mark.parametrize("rates", [[0.05, 0.08], [0.3, 0.2], [0.9, 0.95]])
def test_the_true_difference_is_outside_the_interval_on_any_day_in_at_most_5_percent(
	rates: list[float],
) -> None:
	weights, (first, second) = [0.5, 0.5], rates
	counts = looks(rates, weights, 100, EXPERIMENTS, DAYS)
	low = beaten(counts, weights, second - first)[:, :, 1, 0].any(axis=1)
	high = beaten(counts, weights, first - second)[:, :, 0, 1].any(axis=1)
	assert upper_bound(int((low | high).sum()), EXPERIMENTS) <= ALPHA


def test_money_without_a_difference_makes_no_winner_however_wild_the_amounts() -> None:
	"""One person in twenty pays, a few pay very much; 1,000 experiments, looked at daily."""
	chance, experiments, days, per_day, cap = np.random.default_rng(7), 1000, 28, 40, 5000.0
	levels = np.array([0.0, 50.0, 200.0, 1000.0, cap])
	shares = [0.95, 0.03, 0.014, 0.004, 0.002]
	groups = chance.binomial(per_day, 0.5, size=(experiments, days))
	first = chance.multinomial(per_day - groups, shares).cumsum(axis=1)
	second = chance.multinomial(groups, shares).cumsum(axis=1)
	both = [np.concatenate(pair, axis=-1).astype(float) for pair in ((first, second), (second, first))]
	found = [log_money(pair, levels / cap, (1, 1)) >= -math.log(ALPHA / 2) for pair in both]
	assert upper_bound(int((found[0] | found[1]).any(axis=1).sum()), experiments) <= ALPHA


@pytest.mark.parametrize("rates", [(0.01, 0.02), (0.05, 0.1), (0.3, 0.4), (0.6, 0.7)])
def test_a_real_difference_is_found_by_the_planned_number_of_people_in_four_of_five_experiments(
	rates: tuple[float, float],
) -> None:
	needed = people_needed(rates[0], rates[1] - rates[0], 2, ALPHA)
	counts = looks(list(rates), [0.5, 0.5], math.ceil(2 * needed / DAYS), 400, DAYS)
	won = wins(counts, [0.5, 0.5])
	assert won[:, :, 1].any(axis=1).mean() >= 0.75
	assert not won[:, :, 0].any(axis=1).mean() > 0.01


def test_the_better_one_of_four_is_found_and_no_other() -> None:
	counts = looks([0.05, 0.05, 0.12, 0.05], [0.25] * 4, 400, 200, DAYS)
	won = wins(counts, [0.25] * 4)
	assert won[:, -1, 2].mean() > 0.95
	assert won[:, :, [0, 1, 3]].any(axis=(1, 2)).mean() <= ALPHA


def test_a_difference_in_money_is_found() -> None:
	chance = np.random.default_rng(3)
	few = chance.gamma(2, 200, size=100)
	many = chance.gamma(2, 200, size=220)
	interval = difference(of_amounts(1, 2000, few, 2000), of_amounts(1, 2000, many, 2000), ALPHA)
	assert interval.low > 0
	assert interval.low < interval.estimate < interval.high


def test_the_interval_narrows_with_people_and_with_less_certainty() -> None:
	some = difference(of_conversions(1, 500, 25), of_conversions(1, 500, 50), ALPHA)
	more = difference(of_conversions(1, 5000, 250), of_conversions(1, 5000, 500), ALPHA)
	less_sure = difference(of_conversions(1, 500, 25), of_conversions(1, 500, 50), 0.2)
	assert some.low < less_sure.low < some.estimate == pytest.approx(0.05)
	assert some.high > less_sure.high
	assert some.low < more.low < more.high < some.high


def test_swapping_the_variants_turns_the_interval_round() -> None:
	first, second = of_conversions(1, 400, 20), of_conversions(3, 1200, 130)
	there, back = difference(first, second, ALPHA), difference(second, first, ALPHA)
	assert (there.low, there.estimate, there.high) == pytest.approx((-back.high, -back.estimate, -back.low))


def test_without_data_nothing_is_excluded() -> None:
	nobody = of_conversions(1, 0, 0)
	assert (difference(nobody, nobody, ALPHA).low, difference(nobody, nobody, ALPHA).high) == (-1, 1)
	assert (rate(nobody, ALPHA).low, rate(nobody, ALPHA).high) == (0, 1)
	assert winner_of(compare_all([nobody, nobody], ALPHA), 2) is None


@pytest.mark.parametrize("converted", [0, 1000])
def test_nobody_or_everybody_converted_makes_no_winner(converted: int) -> None:
	one = of_conversions(1, 1000, converted)
	interval = difference(one, one, ALPHA)
	assert interval.low < 0 < interval.high
	assert interval.high < 0.05
	assert rate(one, ALPHA).low <= one.mean <= rate(one, ALPHA).high


def test_nothing_against_everything_is_found_soon() -> None:
	assert difference(of_conversions(1, 20, 0), of_conversions(1, 20, 20), ALPHA).low > 0


def test_the_rate_lies_within_its_interval() -> None:
	found = rate(of_conversions(1, 1000, 50), ALPHA)
	assert 0.02 < found.low < 0.05 < found.high < 0.09


def test_a_winner_beats_all_others() -> None:
	variants = [of_conversions(1, 2000, converted) for converted in (100, 200, 210)]
	assert winner_of(compare_all(variants, ALPHA), 3) is None
	variants[2] = of_conversions(1, 2000, 400)
	assert winner_of(compare_all(variants, ALPHA), 3) == 2


def test_amounts_above_the_cap_count_as_the_cap_and_refunds_as_nothing() -> None:
	assert of_amounts(1, 4, [50, 900, -20], 100).mean == pytest.approx((0.5 + 1) / 4)
	assert of_amounts(1, 4, [50, 900, -20], 100).people == 4


def test_a_split_that_chance_explains_is_none_of_our_business_and_one_that_it_does_not_is() -> None:
	assert not split_is_off([0, 0], [1, 1])
	assert not split_is_off([520, 480], [1, 1])
	assert not split_is_off([790, 210], [80, 20])
	assert split_is_off([600, 400], [1, 1])
	assert split_is_off([500, 500], [80, 20])


def test_a_fair_split_looked_at_daily_is_hardly_ever_questioned() -> None:
	counts = looks([0.1, 0.1], [0.5, 0.5], 50, 300, DAYS).sum(axis=-1)
	off = [any(split_is_off(day, [1, 1]) for day in experiment) for experiment in counts]
	assert sum(off) <= 2


@pytest.mark.parametrize(("base", "change"), [(0, 0.1), (0.5, 0.6), (0.2, 0), (0.2, -0.3)])
def test_planning_refuses_rates_that_cannot_be(base: float, change: float) -> None:
	with pytest.raises(ValueError):
		people_needed(base, change, 2, ALPHA)


def test_planning_asks_for_more_people_for_smaller_changes_and_more_variants() -> None:
	assert people_needed(0.05, 0.05, 2, ALPHA) < people_needed(0.05, 0.02, 2, ALPHA)
	assert people_needed(0.05, 0.05, 2, ALPHA) < people_needed(0.05, 0.05, 4, ALPHA)
	assert people_needed(0.05, 0.05, 2, ALPHA) == pytest.approx(PEEKING * 432, rel=0.01)


def futile(counts: np.ndarray, weights: list[float], worth: float) -> np.ndarray:
	"""By (experiment, day): whether the second variant is surely less than `worth` better than the first."""
	pair = np.concatenate([counts[:, :, 1], counts[:, :, 0]], axis=-1)
	return log_money(pair, YES_OR_NO, (weights[1], weights[0]), -worth) >= -math.log(ALPHA / 2)


@pytest.mark.parametrize("base", [0.02, 0.1])
def test_of_2000_experiments_with_a_difference_worth_having_at_most_5_percent_are_given_up(
	base: float,
) -> None:
	worth = 0.02
	counts = looks([base, base + worth], [0.5, 0.5], 400, EXPERIMENTS, DAYS)
	given_up = int(futile(counts, [0.5, 0.5], worth).any(axis=1).sum())
	assert upper_bound(given_up, EXPERIMENTS) <= ALPHA


def test_without_a_difference_an_experiment_comes_to_an_end() -> None:
	counts = looks([0.03, 0.03], [0.5, 0.5], 400, 300, 60)
	days = futile(counts, [0.5, 0.5], 0.02).any(axis=1).mean()
	assert days > 0.8
