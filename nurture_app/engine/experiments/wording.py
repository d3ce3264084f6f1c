"""What an experiment has shown, in plain words. Patterns are English; hosts translate them before they are filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nurture_app.engine.experiments.definition import Experiment
from nurture_app.engine.experiments.findings import Difference, Findings
from nurture_app.engine.sentences import Translate

Money = Callable[[float], str]

THINGS = {
	"Human Click": "people who click",
	"Reply": "replies",
	"Booking": "bookings",
	"Meeting": "meetings",
	"SQL Reached": "leads who become SQL",
	"Stage Velocity": "leads who are a stage further in time",
	"Opportunity": "opportunities",
	"Open": "openings",
}
NOT_BEGUN = "The experiment has not begun."
NOT_COUNTED = "Nothing has been counted yet. It is counted every night."
NOT_ENOUGH = (
	"Not enough data yet: {people} of {min_people} people for each variant, {days} of {min_days} days."
)
SPLIT_OFF = (
	"The people are not divided as the weights say ({people}), and chance does not explain that. Something else "
	"decides who gets what, such as a variant whose mails are held. Do not trust the figures before you know what."
)
MORE = "\u201c{better}\u201d gets {low} to {high} more {things} per 100 people than \u201c{worse}\u201d."
MORE_MONEY = "\u201c{better}\u201d brings {low} to {high} more per person than \u201c{worse}\u201d."
OPEN = (
	"Between \u201c{first}\u201d and \u201c{second}\u201d no difference can be told: \u201c{second}\u201d gets between "
	"{fewer} fewer and {more} more {things} per 100 people."
)
OPEN_MONEY = (
	"Between \u201c{first}\u201d and \u201c{second}\u201d no difference can be told: \u201c{second}\u201d brings between "
	"{fewer} less and {more} more per person."
)
SURE = "In at most {wrong} of 100 experiments like this one is any of these figures wrong, however often one looks."
WINNER = "\u201c{winner}\u201d is better than every other variant."
EARLY = "\u201c{winner}\u201d is ahead, but it is too early to decide."
FUTILE = (
	"No variant gets as much as {worth} more {things} per 100 people than \u201c{first}\u201d: there is nothing worth "
	"having left to find. Keep the step as it is and try something else."
)
FUTILE_MONEY = (
	"No variant brings as much as {worth} more per person than \u201c{first}\u201d: there is nothing worth having left "
	"to find. Keep the step as it is and try something else."
)
HOLDOUT_MORE = "The message brings {low} to {high} more {things} per 100 people than no message."
HOLDOUT_LESS = "The message brings {low} to {high} fewer {things} per 100 people than no message."
HOLDOUT_OPEN = (
	"Whether the message brings more than no message cannot be told: between {fewer} fewer and {more} more {things} "
	"per 100 people."
)
HOLDOUT_MORE_MONEY = "The message brings {low} to {high} more per person than no message."
HOLDOUT_LESS_MONEY = "The message brings {low} to {high} less per person than no message."
HOLDOUT_OPEN_MONEY = "Whether the message brings more than no message cannot be told: between {fewer} less and {more} more per person."
OPENS = "Openings only hint at what people do: many mail programs open every mail by themselves."
CAPPED = "Of what one person pays, at most {cap} counts."


def in_words(
	experiment: Experiment,
	found: Findings | None,
	translate: Translate = str,
	money: Money = "{:,.2f}".format,
) -> list[str]:
	"""Sentences from the most important one on."""
	if experiment.started_on is None:
		return [translate(NOT_BEGUN)]
	if found is None:
		return [translate(NOT_COUNTED)]
	return list(_sentences(experiment, found, translate, money))


def _sentences(experiment: Experiment, found: Findings, translate: Translate, money: Money) -> Iterator[str]:
	if found.split_is_off:
		people = ", ".join(f"{one.label} {one.people}" for one in found.lines)
		yield translate(SPLIT_OFF).format(people=people)
	if not found.is_enough:
		yield translate(NOT_ENOUGH).format(
			people=min(one.counted for one in found.lines),
			min_people=experiment.min_people,
			days=found.days,
			min_days=experiment.min_days,
		)
	if found.winner:
		yield translate(WINNER if found.may_decide else EARLY).format(winner=found.winner)
	if found.may_give_up:
		is_money = experiment.metric == "Revenue"
		yield translate(FUTILE_MONEY if is_money else FUTILE).format(
			worth=money(experiment.worthwhile) if is_money else _number(experiment.worthwhile),
			first=experiment.variants[0].label,
			things="" if is_money else translate(THINGS[experiment.metric]),
		)
	if any(one.counted for one in found.lines):
		for one in found.differences:
			yield _difference(experiment, one, translate, money)
		if found.against_holdout:
			yield _against_holdout(experiment, found.against_holdout, translate, money)
		yield translate(SURE).format(wrong=_number(100 - experiment.confidence))
	if experiment.metric == "Open":
		yield translate(OPENS)
	if experiment.metric == "Revenue":
		yield translate(CAPPED).format(cap=money(experiment.revenue_cap))


def _difference(experiment: Experiment, one: Difference, translate: Translate, money: Money) -> str:
	is_money = experiment.metric == "Revenue"
	shown = money if is_money else per_hundred
	things = "" if is_money else translate(THINGS[experiment.metric])
	if one.low <= 0 <= one.high:
		return translate(OPEN_MONEY if is_money else OPEN).format(
			first=one.first, second=one.second, fewer=shown(-one.low), more=shown(one.high), things=things
		)
	better, worse, low, high = (
		(one.second, one.first, one.low, one.high)
		if one.low > 0
		else (one.first, one.second, -one.high, -one.low)
	)
	return translate(MORE_MONEY if is_money else MORE).format(
		better=better, worse=worse, low=shown(low), high=shown(high), things=things
	)


def _against_holdout(experiment: Experiment, one: Difference, translate: Translate, money: Money) -> str:
	is_money = experiment.metric == "Revenue"
	shown = money if is_money else per_hundred
	things = "" if is_money else translate(THINGS[experiment.metric])
	if one.low <= 0 <= one.high:
		pattern = HOLDOUT_OPEN_MONEY if is_money else HOLDOUT_OPEN
		return translate(pattern).format(fewer=shown(-one.low), more=shown(one.high), things=things)
	if one.low > 0:
		pattern = HOLDOUT_MORE_MONEY if is_money else HOLDOUT_MORE
		return translate(pattern).format(low=shown(one.low), high=shown(one.high), things=things)
	pattern = HOLDOUT_LESS_MONEY if is_money else HOLDOUT_LESS
	return translate(pattern).format(low=shown(-one.high), high=shown(-one.low), things=things)


def per_hundred(share: float) -> str:
	"""Per 100 people, with one place; two below one tenth, so that a small difference is not called none."""
	number = 100 * share
	return _number(round(number, 1 if abs(number) >= 0.1 else 2))


def _number(value: float) -> str:
	return f"{value:.2f}".rstrip("0").rstrip(".")
