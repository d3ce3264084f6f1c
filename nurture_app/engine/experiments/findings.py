"""From counts to what may be said: pure, and kept as JSON on the experiment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from nurture_app.engine.experiments.definition import HOLDOUT, PATH, Experiment


@dataclass(frozen=True, slots=True)
class Tally:
	"""What the ledger holds about the people of one variant, or of those held out."""

	people: int = 0
	"""Who got the message (or was held out), each once."""
	counted: int = 0
	"""Of whom enough days have passed."""
	converted: int = 0
	"""Of those counted, who did what is counted within the days."""
	amounts: tuple[float, ...] = ()
	"""For revenue: what each of them paid within the days."""


@dataclass(frozen=True, slots=True)
class Line:
	"""One variant as shown. `mean`, `low` and `high` per person: a share, or money."""

	label: str
	people: int
	counted: int
	converted: int
	mean: float
	low: float
	high: float


@dataclass(frozen=True, slots=True)
class Difference:
	"""How much more `second` brings per person than `first`, between `low` and `high`."""

	first: str
	second: str
	low: float
	estimate: float
	high: float


@dataclass(frozen=True, slots=True)
class Findings:
	"""What an experiment has shown so far."""

	days: int
	lines: tuple[Line, ...]
	differences: tuple[Difference, ...] = ()
	winner: str = ""
	"""Better than each of the others, whether or not enough days and people have passed."""
	is_enough: bool = False
	split_is_off: bool = False
	holdout: Line | None = None
	is_futile: bool = False
	"""No variant brings a difference worth having over the step as it is; as sure as everything else here."""
	against_holdout: Difference | None = None
	"""All who got the message against those who were held out."""

	@property
	def may_decide(self) -> bool:
		"""A winner counts after enough days and people, if chance dealt them out as it should."""
		return bool(self.is_enough and self.winner and not self.split_is_off)

	@property
	def may_give_up(self) -> bool:
		"""Under the same conditions, where no winner is to be expected any more."""
		return self.is_enough and self.is_futile and not self.split_is_off and not self.winner

	def to_json(self) -> str:
		return json.dumps(asdict(self), ensure_ascii=False)


def findings_from_json(text: str) -> Findings:
	data = json.loads(text)
	data["lines"] = tuple(Line(**one) for one in data["lines"])
	data["differences"] = tuple(Difference(**one) for one in data["differences"])
	data["holdout"] = Line(**data["holdout"]) if data["holdout"] else None
	data["against_holdout"] = Difference(**data["against_holdout"]) if data["against_holdout"] else None
	return Findings(**data)


def find(experiment: Experiment, tallies: Mapping[str, Tally], days: int) -> Findings:
	"""Judge what there is after `days` full days. `tallies` by label of the variant, and `HOLDOUT`."""
	from nurture_app.engine.experiments import statistics  # slow to import, and needed once a night

	variants = experiment.variants
	unit = experiment.revenue_cap if experiment.metric == "Revenue" else 1.0

	def observed(tally: Tally, weight: float) -> statistics.Observed:
		if experiment.metric == "Revenue":
			return statistics.of_amounts(weight, tally.counted, tally.amounts, experiment.revenue_cap)
		return statistics.of_conversions(weight, tally.counted, tally.converted)

	def line(label: str, tally: Tally, seen: statistics.Observed) -> Line:
		rate = statistics.rate(seen, experiment.alpha)
		scaled = (value * unit for value in (seen.mean, rate.low, rate.high))
		return Line(label, tally.people, tally.counted, tally.converted, *scaled)

	def difference(first: str, second: str, interval: statistics.Interval) -> Difference:
		return Difference(
			first, second, *(value * unit for value in (interval.low, interval.estimate, interval.high))
		)

	found = [tallies.get(one.label, Tally()) for one in variants]
	seen = [observed(tally, one.weight) for tally, one in zip(found, variants, strict=True)]
	compared = statistics.compare_all(seen, experiment.alpha)
	place = statistics.winner_of(compared, len(variants))
	held, against = None, None
	if experiment.holdout_percent:
		tally = tallies.get(HOLDOUT, Tally())
		held_share = experiment.holdout_percent / 100
		left_out = observed(tally, held_share)
		everybody = observed(_together(found), 1 - held_share)
		held = line(HOLDOUT, tally, left_out)
		against = difference(HOLDOUT, "", statistics.difference(left_out, everybody, experiment.alpha))
	differences = tuple(
		difference(variants[one.first].label, variants[one.second].label, one.interval) for one in compared
	)
	return Findings(
		days=days,
		lines=tuple(map(line, (one.label for one in variants), found, seen)),
		differences=differences,
		is_futile=is_futile(experiment, differences),
		winner="" if place is None else variants[place].label,
		is_enough=days >= experiment.min_days and min(one.counted for one in found) >= experiment.min_people,
		split_is_off=statistics.split_is_off([one.people for one in found], [one.weight for one in variants]),
		holdout=held,
		against_holdout=against,
	)


def is_futile(experiment: Experiment, differences: Sequence[Difference]) -> bool:
	"""Whether nothing beats the first variant by as much as is worth having; on a path, no way beats any other so.

	The intervals hold at all looks together, so stopping at the first look that says so makes none of them wrong more often.
	"""
	worth = experiment.worthwhile / (1 if experiment.metric == "Revenue" else 100)
	if not worth or not differences:
		return False
	if experiment.variable == PATH:
		return all(-worth < one.low and one.high < worth for one in differences)
	as_it_is = experiment.variants[0].label
	return all(one.high < worth for one in differences if one.first == as_it_is)


def _together(tallies: Sequence[Tally]) -> Tally:
	return Tally(
		people=sum(one.people for one in tallies),
		counted=sum(one.counted for one in tallies),
		converted=sum(one.converted for one in tallies),
		amounts=tuple(amount for one in tallies for amount in one.amounts),
	)
