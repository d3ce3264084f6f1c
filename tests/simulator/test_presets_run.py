"""The sequences with fixed days, 120 days long, with people who react (NS-03 to NS-14)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nurture_app.engine.sql import P, Query, as_datetime, doctype
from nurture_app.simulator import cli
from nurture_app.simulator.outcome import read_outcome
from nurture_app.simulator.promises import Promises, read_promises
from nurture_app.simulator.report import Frame, write_report
from nurture_app.simulator.run import Simulation

DAYS = {
	"Five-Email Nurture": {
		"Welcome": "Day 1",
		"Problem": "Day 3",
		"Education": "Day 7",
		"Social Proof": "Day 12",
		"Soft CTA": "Day 18",
		"Re-engage 1": "with the step before",
		"Re-engage 2": "4 Days after the step before",
		"Re-engage 3": "5 Days after the step before",
	},
	"Cold Re-Engagement": {
		"Pattern Interrupt": "Day 1",
		"Value Drop": "with the step before",
		"Graceful Exit": "with the step before",
	},
	"Four-Email Cold Series": {
		"What changed": "Day 1",
		"Something to use": "Day 6",
		"Invitation": "Day 12",
		"Stay or pause": "Day 20",
	},
	"SaaS Onboarding": {
		"Welcome": "Day 1",
		"First win": "Day 3",
		"Case study": "Day 6",
		"By role": "Day 9",
	},
	"Post-Demo Value Arc": {
		"Recap": "2 Hours after the step before",
		"Proof": "Day 3",
		"Toolkit": "Day 6",
		"Risks": "Day 10",
		"Working session": "Day 15",
	},
}


@pytest.fixture(scope="module")
def simulation():
	"""The run of `nurture tracks`, with its tables still open."""
	order = cli._tracks_order(cli._parser().parse_args(["tracks"]))
	scenario, problems = cli._read_scenario(order)
	assert problems == []
	run = Simulation(replace(scenario, mailbox=None))
	run.run()
	yield run
	run.db.close()


@pytest.fixture(scope="module")
def outcome(simulation):
	return read_outcome(simulation)


@pytest.fixture
def promises(outcome) -> Promises:
	return outcome.promises


def test_it_runs_for_120_days_with_people_who_open_reply_and_leave(simulation, outcome):
	assert simulation.scenario.end - simulation.scenario.start == timedelta(days=120)
	assert any(touch.opened_on for touch in outcome.sent) and any(touch.clicked_on for touch in outcome.sent)
	assert {"replied", "unsubscribed", "bounced", "goal_reached", "no_reaction", "finished"} <= set(
		outcome.exits
	)
	assert outcome.summary()["held"] == 0


def test_every_message_is_sent_and_goes_out_on_its_day_or_at_the_next_opening(promises):
	planned: dict[str, dict[str, str]] = {}
	for one in promises.days:
		planned.setdefault(one.sequence, {})[one.step] = one.planned
		assert one.sent > 0, (one.sequence, one.step)
		assert one.on_the_day > 0, (one.sequence, one.step)
	assert planned == DAYS
	assert promises.unexplained == 0
	assert sum(one.by_cap for one in promises.days) < sum(one.sent for one in promises.days) / 50


def test_every_way_of_every_branch_is_taken(promises):
	assert len(promises.ways) == 12
	assert promises.ways_not_taken == []


def test_nobody_gets_more_than_the_cap(promises):
	assert (promises.cap_messages, promises.cap_days) == (3, 7)
	assert promises.most_messages == 3


def test_nobody_is_written_to_after_opting_out(promises):
	assert promises.opted_out >= 5
	assert promises.after_opt_out == 0


def test_the_report_shows_it(outcome, tmp_path):
	frame = Frame(
		start=datetime(2026, 1, 5).date(),
		end=datetime(2026, 5, 5).date(),
		zone="UTC",
		seed=3,
		presets="shipped",
		behaviour="behaviour.json",
		sends=True,
		problems=[],
	)
	write_report(outcome, frame, tmp_path / "report.html")
	page = (tmp_path / "report.html").read_text(encoding="utf-8")
	section = page[page.index("<h2>Promises kept</h2>") :]
	assert section.count('<td class="whole">yes</td>') == 4
	for sequence in DAYS:
		assert sequence in section


# --- a promise that is broken is seen -----------------------------------------------------------------------------------


@pytest.fixture
def tamper(simulation):
	"""Change a row of the finished run; afterwards it is put back."""
	undo = []

	def change(table: str, name: str, column: str, value: object) -> Promises:
		row = doctype(table, "x")
		((before,),) = simulation.db.rows(
			Query.from_(row).select(getattr(row, column)).where(row.name == P(name))
		)
		undo.append((f"tab{table}", name, column, before))
		_write(simulation, f"tab{table}", name, column, value)
		return read_promises(simulation.host, simulation.scenario.zone)

	yield change
	for row in reversed(undo):
		_write(simulation, *row)


def _write(simulation: Simulation, table: str, name: str, column: str, value: object) -> None:
	with simulation.db.transaction():
		simulation.db.update(table, ("name", column), [(name, value)])


def a_touch(simulation: Simulation, step: str) -> tuple[str, datetime, str]:
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name, touch.sent_on, touch.address)
	query = query.where((touch.step == P(step)) & touch.sent_on.isnotnull()).orderby(touch.name).limit(1)
	((name, sent_on, address),) = simulation.db.rows(query)
	return name, as_datetime(sent_on), address


@pytest.mark.parametrize("days", [-1, 4])
def test_a_message_on_another_day_is_noticed(simulation, tamper, promises, days):
	name, sent_on, _ = a_touch(simulation, "Risks")
	broken = tamper("Nurture Touch", name, "sent_on", sent_on + timedelta(days=days))
	assert broken.unexplained > promises.unexplained


def test_a_message_too_many_is_noticed(simulation, tamper):
	"""The first four mails of one person, all in her first days."""
	_, _, address = a_touch(simulation, "Social Proof")
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name, touch.sent_on).where(touch.address == P(address))
	rows = simulation.db.rows(query.where(touch.sent_on.isnotnull()).orderby(touch.sent_on).limit(4))
	first = as_datetime(rows[0][1])
	for number, (name, _) in enumerate(rows):
		broken = tamper("Nurture Touch", name, "sent_on", first + timedelta(days=number))
	assert broken.most_messages == 4
	assert not broken.within_cap


def test_a_message_after_an_opt_out_is_noticed(simulation, tamper):
	row = doctype("Nurture Suppression", "s")
	((name,),) = simulation.db.rows(
		Query.from_(row).select(row.name).where(row.reason == P("Unsubscribed")).orderby(row.name).limit(1)
	)
	broken = tamper("Nurture Suppression", name, "occurred_on", simulation.scenario.start)
	assert broken.after_opt_out > 0


def test_a_way_nobody_took_is_named(simulation, tamper, promises):
	"""As if everybody had taken the other one."""
	enough = [way for way in promises.ways if way.step == "Opened fewer than two?"]
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.name).where(touch.step == P("Opened fewer than two?"))
	for (name,) in simulation.db.rows(query):
		broken = tamper("Nurture Touch", name, "reason_detail", "false")
	assert all(way.people for way in enough)
	assert ("Opened fewer than two?", "yes") in {(way.step, way.way) for way in broken.ways_not_taken}


# --- the command --------------------------------------------------------------------------------------------------------


def test_the_command_runs_the_bundled_sample(monkeypatch, tmp_path, capsys):
	"""Five days of it are enough here."""
	whole = cli.ORDERS["tracks"]
	monkeypatch.setitem(
		cli.ORDERS,
		"tracks",
		lambda options: replace(whole(options), end=whole(options).start + timedelta(days=5)),
	)
	monkeypatch.chdir(tmp_path)
	assert cli.main(["tracks", "--out", "out"]) == 0
	summary = json.loads(Path("out/summary.json").read_text())
	assert summary["sent"] > 0 and summary["promises"]["messages_on_another_day"] == 0
	assert "Report: out/report.html" in capsys.readouterr().out
