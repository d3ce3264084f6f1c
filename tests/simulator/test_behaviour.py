"""Simulated people: the same mail meets the same reaction, at the rates of the file."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from nurture_app.simulator.behaviour import Behaviour, Habit, SentMail, load_behaviour
from nurture_app.simulator.csv_file import InputError

SENT_ON = datetime(2026, 1, 5, 9)


def mail(number: int, step: str = "Welcome", visit: int = 0) -> SentMail:
	return SentMail(f"T{number}", "E", "L", f"p{number}@example.com", "Sequence", step, visit, SENT_ON)


HABITS = {
	"open": Habit(0.5, 3, 48),
	"click": Habit(0.3, 0.1, 6),
	"reply": Habit(0.1, 5, 72),
	"unsubscribe": Habit(0.02, 0.2, 24),
}


def test_a_reaction_depends_on_the_seed_and_on_what_the_mail_is_not_on_its_id():
	behaviour = Behaviour(HABITS, 0.5)
	one, renamed = (
		mail(1),
		SentMail("other", "other", "other", "p1@example.com", "Sequence", "Welcome", 0, SENT_ON),
	)
	moments = [(reaction.kind, reaction.moment) for reaction in behaviour.reactions(7, one)]
	assert moments == [(reaction.kind, reaction.moment) for reaction in behaviour.reactions(7, renamed)]
	everybody = [[len(behaviour.reactions(seed, mail(number))) for number in range(200)] for seed in (7, 8)]
	assert everybody[0] != everybody[1]


def test_the_rates_are_those_of_the_file():
	kinds = Counter(
		reaction.kind for number in range(20_000) for reaction in Behaviour(HABITS).reactions(1, mail(number))
	)
	assert kinds["open"] == pytest.approx(10_000, rel=0.03)
	assert kinds["click"] == pytest.approx(3_000, rel=0.06)
	assert kinds["reply"] == pytest.approx(1_000, rel=0.1)
	assert kinds["unsubscribe"] == pytest.approx(200, rel=0.25)


def test_reactions_come_after_the_mail_in_order_and_within_the_longest_delay():
	delays = []
	for number in range(2_000):
		reactions = Behaviour(HABITS).reactions(1, mail(number))
		assert [one.moment for one in reactions] == sorted(one.moment for one in reactions)
		if reactions:
			assert reactions[0].kind == "open"
			delays.append(reactions[0].moment - SENT_ON)
	assert timedelta(0) < min(delays) and max(delays) <= timedelta(hours=48)
	assert sorted(delays)[len(delays) // 2] == pytest.approx(timedelta(hours=3), rel=0.1)


def test_people_differ_when_the_file_says_so():
	def opened(differ: float) -> set[int]:
		steps = [f"Step {number}" for number in range(10)]
		behaviour = Behaviour({"open": Habit(0.5)}, differ)
		return {sum(bool(behaviour.reactions(1, mail(n, step))) for step in steps) for n in range(300)}

	assert {0, 10} <= opened(1.0)
	assert not {0, 10} <= opened(0.0)


def test_a_file_may_be_short(tmp_path):
	path = tmp_path / "behaviour.json"
	path.write_text(
		'{"open": 0.4, "reply": {"rate": 1, "max_hours": 1}, "people_differ": 0.2, "description": "x"}'
	)
	behaviour = load_behaviour(path)
	assert behaviour == Behaviour({"open": Habit(0.4), "reply": Habit(1.0, max_hours=1.0)}, 0.2)


@pytest.mark.parametrize(
	("content", "message"),
	[
		("{", "is no JSON"),
		("[]", "must hold an object"),
		('{"opens": 0.4}', "'opens' is unknown; allowed are open, click, reply, unsubscribe"),
		('{"open": 1.4}', "open is 1.4; it must be a number from 0 to 1"),
		('{"open": {"median_hours": 2}}', "open has no rate"),
		('{"open": {"rate": 0.5, "speed": 2}}', "open.speed is unknown"),
		('{"open": {"rate": true}}', "open.rate is True; it must be a number"),
		('{"open": NaN}', "open is nan; it must be a number"),
		('{"open": 0.4, "open": 0.9}', "is no JSON: 'open' stands twice in one object"),
		(
			'{"reply": 0.05}',
			"reply is a share of the mails opened, but nobody opens any; add open, such as 0.4",
		),
		(
			'{"open": {"rate": 0.4, "median_hours": 100}}',
			"open.median_hours is 100, but no reaction comes after max_hours, 96; it cannot be more",
		),
	],
)
def test_a_bad_file_is_refused_with_what_is_wrong(tmp_path, content, message):
	path = tmp_path / "behaviour.json"
	path.write_text(content)
	with pytest.raises(InputError) as error:
		load_behaviour(path)
	assert message in str(error.value)


def test_the_bundled_file_is_readable():
	from nurture_app.simulator.cli import SAMPLE

	path = SAMPLE / "behaviour.json"
	assert set(load_behaviour(path).habits) == {"open", "click", "reply", "unsubscribe"}
	assert "description" in json.loads(path.read_text())
