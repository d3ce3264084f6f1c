"""Variants of a form's page: who sees which, and which is filled in more often (AB-10).

Nobody counts who looked. Chance hands out the variants in known shares, so if all were filled in equally often, each
would have its share of the answers; what it has more or less is the difference between them. That holds without a
cookie, and whatever scanners open the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nurture_app.engine.sticky import pick

ALPHA = 0.05
FEWEST_ANSWERS = 50
"""Fewer answers to a pair are not spoken of."""
MOST_VARIANTS = 8


@dataclass(frozen=True, slots=True)
class Compared:
	"""How many times as often `second` is filled in as `first`, between `low` and `high`, at all looks together."""

	first: str
	second: str
	answers: int
	low: float
	high: float

	@property
	def better(self) -> str:
		"""The one that is surely filled in more often, if one is."""
		if self.answers < FEWEST_ANSWERS:
			return ""
		return self.second if self.low > 1 else self.first if self.high < 1 else ""


def choose(weights: Mapping[str, int], form: str, since: str, visitor: str) -> str:
	"""The label `visitor` sees, the same at each visit; `since` deals them out anew when the variants change."""
	labels = list(weights)
	return labels[pick([weights[label] for label in labels], form, since, visitor)]


def compare(weights: Mapping[str, int], answers: Mapping[str, int]) -> list[Compared]:
	"""Each variant with the first one; with a chance of at most 5 %, any of the intervals is ever wrong."""
	from nurture_app.engine.experiments.statistics import of_conversions, rate  # slow to import

	labels = list(weights)
	first, others = labels[0], labels[1:]
	found = []
	for other in others:
		own, theirs = answers.get(first, 0), answers.get(other, 0)
		share = rate(of_conversions(1.0, own + theirs, theirs), ALPHA / len(others))
		scale = weights[first] / weights[other]
		found.append(
			Compared(first, other, own + theirs, _odds(share.low) * scale, _odds(share.high) * scale)
		)
	return found


def _odds(share: float) -> float:
	return share / (1 - share) if share < 1 else float("inf")


def check_variants(rows: Sequence[tuple[str, int, bool]]) -> str:
	"""The code of what is wrong with variants given as (label, weight, says something), or an empty text."""
	if not rows:
		return ""
	labels = [label.strip().casefold() for label, _, _ in rows]
	if not 2 <= len(rows) <= MOST_VARIANTS:
		return "form_variants_count"
	if len(set(labels)) < len(labels) or not all(labels):
		return "form_variants_labels"
	if not all(1 <= weight <= 1000 for _, weight, _ in rows):
		return "form_variants_weight"
	return "" if all(says for _, _, says in rows[1:]) else "form_variant_says_nothing"
