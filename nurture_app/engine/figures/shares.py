"""How many of how many, and how far two such shares lie apart, for figures that are looked at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nurture_app.engine.figures.judgement import SIGMA, interval


@dataclass(frozen=True, slots=True)
class Share:
	count: int
	people: int

	@property
	def percent(self) -> float:
		return 100 * self.count / self.people if self.people else 0.0

	@property
	def bounds(self) -> tuple[float, float]:
		"""In percent, where the rate lies with a certainty of 95 % (Wilson); 0 to 100 without anybody."""
		return self.within(SIGMA)

	def within(self, sigma: float) -> tuple[float, float]:
		"""`bounds` with the certainty of so many standard deviations."""
		if not self.people:
			return 0.0, 100.0
		low, high = interval(self.count, self.people, sigma)
		return 100 * max(0.0, low), 100 * min(1.0, high)


def difference(ours: Share, theirs: Share, sigma: float = SIGMA) -> tuple[float, float]:
	"""How many percentage points ours is more than theirs, from at least to at most (Newcombe's method; 95 % as it is)."""
	low, high = ours.within(sigma)
	their_low, their_high = theirs.within(sigma)
	below = math.hypot(ours.percent - low, their_high - theirs.percent)
	above = math.hypot(high - ours.percent, theirs.percent - their_low)
	more = ours.percent - theirs.percent
	return more - below, more + above
