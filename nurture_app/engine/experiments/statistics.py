"""What an experiment has shown, in a way that stays true however often somebody looks (AB-04).

The method is a test by betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting",
JRSS B, 2024) on differences weighted by the chance of each variant, as in off-policy inference. For two variants a and b
with shares w_a + w_b = 1, a person with result y in [0, 1] and any fixed number m

	z = (y - m) / w_b for somebody who got b,     z = -(y - m) / w_a for somebody who got a

has as its mean the difference between b and a, whatever y is distributed like, because chance alone decided who got
what. Who bets the fixed share L of their money on "the difference is greater than d" multiplies it by 1 + L (z - d)
per person. If the difference is at most d, this is a fair game or a losing one, and by Ville's inequality the money
ever grows to 1/alpha times itself with a chance of at most alpha: at any sample size, looking daily or after every
person. Here the money is spread over several L and m beforehand (`BETS`). All d that are not refuted form a confidence
sequence. Nothing about it is an approximation.

The order of people does not matter to the result, so counts are all it takes. Amounts of money are cut at a cap that
was chosen beforehand, because no method can tell anything certain about means of amounts without a limit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp, ndtri

CENTRES = ((0.03, 0.4), (0.25, 0.3), (0.5, 0.1), (0.75, 0.1), (0.97, 0.1))
"""Numbers `m` with the share of the money on each: a result near m varies least about it. Most rates of mails are low."""
FRACTIONS = tuple(2.0**-step for step in range(8))
"""Bets as parts of the greatest one that can never lose more than everything."""
BETS = tuple((m, fraction, share / len(FRACTIONS)) for m, share in CENTRES for fraction in FRACTIONS)
HALVINGS = 40
"""An interval of two, halved so often, is shorter than anything worth showing."""
MISMATCH_ALPHA = 0.001
"""How surely a split must differ from its shares before a whole experiment is called into question."""
PEEKING = 2.4
"""How many times as many people this test takes, for the same power, as one that may be looked at once (measured)."""


@dataclass(frozen=True, slots=True)
class Observed:
	"""What the people of one variant did. `values` are results in [0, 1], each with the number of people in `counts`."""

	weight: float
	values: tuple[float, ...]
	counts: tuple[int, ...]

	@property
	def people(self) -> int:
		return sum(self.counts)

	@property
	def mean(self) -> float:
		"""0 without anybody."""
		total = sum(value * count for value, count in zip(self.values, self.counts, strict=True))
		return total / self.people if self.people else 0.0


def of_conversions(weight: float, people: int, converted: int) -> Observed:
	"""People of whom some did what was hoped for. Raises ValueError unless 0 <= converted <= people."""
	if not 0 <= converted <= people:
		raise ValueError(f"{converted} of {people} people")
	return Observed(weight, (0.0, 1.0), (people - converted, converted))


def of_amounts(weight: float, people: int, amounts: Sequence[float], cap: float) -> Observed:
	"""People of whom some paid `amounts`; what is above `cap` counts as `cap`, what is below zero as nothing.

	The results are parts of the cap: multiply means and intervals by it.
	"""
	if cap <= 0 or len(amounts) > people:
		raise ValueError(f"{len(amounts)} amounts of {people} people, at most {cap}")
	scaled = np.clip(np.asarray(amounts, dtype=float), 0, cap) / cap
	values, counts = np.unique(np.append(scaled, np.zeros(people - len(scaled))), return_counts=True)
	return Observed(weight, tuple(map(float, values)), tuple(map(int, counts)))


@dataclass(frozen=True, slots=True)
class Interval:
	"""An estimate between two bounds that hold at all looks together."""

	low: float
	estimate: float
	high: float


def difference(first: Observed, second: Observed, alpha: float) -> Interval:
	"""How much more `second` brings per person than `first`; wrong at any look with a chance of at most `alpha`."""
	estimate = second.mean - first.mean
	low = _lowest_not_refuted(first, second, alpha / 2)
	high = -_lowest_not_refuted(second, first, alpha / 2)
	return Interval(low, min(max(estimate, low), high), high)


def rate(one: Observed, alpha: float) -> Interval:
	"""The mean of one variant; wrong at any look with a chance of at most `alpha`."""
	high = 1 - _lowest_mean(tuple(1 - value for value in one.values), one.counts, alpha / 2)
	low = _lowest_mean(one.values, one.counts, alpha / 2)
	return Interval(low, min(max(one.mean, low), high), high)


def difference_of_groups(first: Observed, second: Observed, alpha: float) -> Interval:
	"""How much more `second` brings per person than `first`, where something other than chance decided who is in which.

	Wrong at any look with a chance of at most `alpha`. It says how far the groups are apart, never why. Wider than
	`difference`, which may use that chance decided.
	"""
	one, other = rate(first, alpha / 2), rate(second, alpha / 2)
	return Interval(other.low - one.high, second.mean - first.mean, other.high - one.low)


@dataclass(frozen=True, slots=True)
class Comparison:
	"""`interval`: how much more the variant at place `second` brings than the one at `first`."""

	first: int
	second: int
	interval: Interval


def compare_all(variants: Sequence[Observed], alpha: float) -> list[Comparison]:
	"""Every pair; with a chance of at most `alpha`, any of the intervals is ever wrong (Bonferroni)."""
	pairs = list(itertools.combinations(range(len(variants)), 2))
	return [Comparison(a, b, difference(variants[a], variants[b], alpha / len(pairs))) for a, b in pairs]


def winner_of(comparisons: Sequence[Comparison], variants: int) -> int | None:
	"""The place of the variant that is better than each of the others, if there is one."""
	beaten: list[set[int]] = [set() for _ in range(variants)]
	for one in comparisons:
		if one.interval.low > 0:
			beaten[one.second].add(one.first)
		elif one.interval.high < 0:
			beaten[one.first].add(one.second)
	return next((place for place, others in enumerate(beaten) if len(others) == variants - 1), None)


def log_money(
	counts: np.ndarray, values: np.ndarray, weights: tuple[float, float], d: float = 0.0
) -> np.ndarray:
	"""The logarithm of the money of who bets that the second variant brings more than `d` above the first.

	`counts` has the people by result, first variant and then second, in its last axis (twice as long as `values`); any
	axes before it are experiments. `d` in [-1, 1].
	"""
	first, second = (weight / sum(weights) for weight in weights)
	growth, shares = [], []
	for m, fraction, share in BETS:
		z = np.concatenate([-(values - m) / first, (values - m) / second])
		worst = -max(m / second, (1 - m) / first)
		growth.append(np.log1p(fraction * 0.999 / (1 - worst) * (z - d)))
		shares.append(share)
	return logsumexp(counts @ np.array(growth).T + np.log(shares), axis=-1)


def _lowest_not_refuted(first: Observed, second: Observed, alpha: float) -> float:
	"""The smallest difference that a bet on more has not refuted. The money falls as `d` rises, so halving finds it."""
	values = np.array(sorted({*first.values, *second.values}))
	counts = np.array([*_spread(first, values), *_spread(second, values)], dtype=float)
	weights = (first.weight, second.weight)
	return _turning_point(lambda d: log_money(counts, values, weights, d) >= -math.log(alpha), -1.0, 1.0)


def _spread(one: Observed, values: np.ndarray) -> np.ndarray:
	known = dict(zip(one.values, one.counts, strict=True))
	return np.array([known.get(float(value), 0) for value in values])


def _lowest_mean(values: Sequence[float], counts: Sequence[int], alpha: float) -> float:
	"""The smallest mean that a bet on more has not refuted."""
	results, people = np.array(values), np.array(counts, dtype=float)
	bets = np.array(FRACTIONS)[:, None] * 0.999
	needed = math.log(len(FRACTIONS)) - math.log(alpha)

	def is_refuted(mean: float) -> bool:
		money = np.log1p(bets * (results - mean)) @ people
		# what `logsumexp` does, which takes ten times as long for so few numbers: a report asks this a hundred thousand times
		most = float(money.max())
		return most + math.log(float(np.exp(money - most).sum())) >= needed

	return _turning_point(is_refuted, 0.0, 1.0)


def _turning_point(is_refuted: Callable[[float], bool], low: float, high: float) -> float:
	"""Where, from `low` to `high`, `is_refuted` turns false; `low` where it is false from the start."""
	if not is_refuted(low):
		return low
	for _ in range(HALVINGS):
		middle = (low + high) / 2
		low, high = (middle, high) if is_refuted(middle) else (low, middle)
	return low


def split_is_off(people: Sequence[int], weights: Sequence[float]) -> bool:
	"""Whether chance does not explain how many people each variant has: something decides that should not.

	Anytime-valid as well (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022).
	"""
	counts, shares = np.array(people, dtype=float), np.array(weights, dtype=float) / sum(weights)
	prior = shares * 100
	evidence = gammaln(prior.sum()) - gammaln(prior.sum() + counts.sum())
	evidence += float(np.sum(gammaln(prior + counts) - gammaln(prior) - counts * np.log(shares)))
	return bool(evidence > -math.log(MISMATCH_ALPHA))


def people_needed(base: float, change: float, variants: int, alpha: float, power: float = 0.8) -> int:
	"""About how many people each variant needs so that a rate of `base` + `change` is told from `base`.

	The usual formula for two rates, times `PEEKING`; a guide for planning, not part of the test. Raises ValueError for
	rates outside 0 to 1 or no change.
	"""
	other = base + change
	if not (0 < base < 1 and 0 < other < 1 and change):
		raise ValueError(f"from {base} to {other}")
	pairs = variants * (variants - 1) / 2
	reach = -ndtri(alpha / pairs / 2) + ndtri(power)
	variance = base * (1 - base) + other * (1 - other)
	return math.ceil(PEEKING * float(reach) ** 2 * variance / change**2)
