"""The life of an experiment: it begins, is judged every night, and ends with a decision (AB-07, AB-08)."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.experiments.check import check, other_running
from nurture_app.engine.experiments.definition import (
	DECIDED,
	DRAFT,
	EXPERIMENT,
	KEEP,
	PATH,
	REVERT,
	ROLL_OUT,
	RUNNING,
	STOPPED,
	VARIABLES,
	Experiment,
	baseline_of,
	load_experiment,
	load_experiments,
	names_of,
)
from nurture_app.engine.experiments.findings import Findings, find
from nurture_app.engine.experiments.tally import days_since, tally
from nurture_app.engine.one_by_one import each
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P


def start(host: Host, name: str) -> None:
	"""From now on people get its variants. Raises what `check` raises, and when another one runs on the step."""
	experiment = _in_status(host, name, DRAFT)
	definition = check(host, experiment)
	other = other_running(host, experiment)
	if other:
		raise NurtureError("experiment_other_running", label=experiment.step, other=other)
	baseline = json.dumps(baseline_of(definition.step(experiment.step)), sort_keys=True)
	_write(host, name, status=RUNNING, started_on=host.clock.now(), baseline=baseline)


def stop(host: Host, name: str) -> None:
	"""End it without a decision: everybody gets the step as it is. What it has found stays.

	One that cannot be read, and so is in nobody's way, is stopped without being counted.
	"""
	broken: dict[str, Exception] = {}
	load_experiments(host, lambda table: (table.name == P(name)) & (table.status == P(RUNNING)), broken)
	if name not in broken:
		_in_status(host, name, RUNNING)
		review(host, name)
	_write(host, name, status=STOPPED, decided_on=host.clock.now(), decision="")


def roll_out(host: Host, name: str, label: str) -> None:
	"""Everybody who has not come to the step yet gets this variant."""
	experiment = _in_status(host, name, RUNNING, STOPPED, DECIDED)
	if experiment.variant(label) is None:
		raise NurtureError("experiment_no_variant", variant=label)
	_decide(host, experiment, ROLL_OUT, label)


def keep(host: Host, name: str) -> None:
	"""Everybody gets the step as it is; the experiment is over."""
	_decide(host, _in_status(host, name, RUNNING, STOPPED), KEEP, "")


def revert(host: Host, name: str) -> None:
	"""Take a winner out of use again."""
	experiment = _in_status(host, name, DECIDED)
	if not experiment.is_rolled_out:
		raise NurtureError("experiment_not_rolled_out", title=name)
	_write(host, name, decision=REVERT, decided_on=host.clock.now())


def review(host: Host, name: str) -> Findings:
	"""Count and judge one experiment now, and keep what was found."""
	experiment = load_experiment(host, name)
	if experiment is None:
		raise NurtureError("experiment_unknown", title=name)
	found = find(experiment, tally(host, experiment), days_since(host, experiment))
	_write(host, name, results=found.to_json(), evaluated_on=host.clock.now())
	return found


def review_running(host: Host) -> list[str]:
	"""Judge all that run; those that decide by themselves and have a winner, or nothing left to find, are named.

	One that cannot be judged keeps no other from it: raises `NotAll` when all are through.
	"""
	names = {name: name for name in names_of(host, lambda table: table.status == P(RUNNING))}
	decided = each(EXPERIMENT, names, lambda name: _judge(host, name), host.db.retryable)
	return [name for name in decided if name]


def _judge(host: Host, name: str) -> str:
	"""Its name if it has decided itself."""
	experiment = load_experiment(host, name)
	if experiment is None:
		return ""  # deleted a moment ago
	found = review(host, name)
	if not experiment.auto_roll_out:
		return ""
	if found.may_decide:
		best = experiment.variant(found.winner)
		as_it_was = experiment.variable != PATH and not any(
			getattr(best, field) for field in VARIABLES[experiment.variable]
		)
		_decide(host, experiment, KEEP if as_it_was else ROLL_OUT, found.winner)
		return name
	if found.may_give_up:
		_decide(host, experiment, KEEP, "")
		return name
	return ""


def _decide(host: Host, experiment: Experiment, decision: str, winner: str) -> None:
	if experiment.status == RUNNING:
		review(host, experiment.name)  # what was known at the time
	values = {"status": DECIDED, "decision": decision, "winner": winner, "decided_on": host.clock.now()}
	_write(host, experiment.name, **values, written_on=None)


def _in_status(host: Host, name: str, *statuses: str) -> Experiment:
	experiment = load_experiment(host, name)
	if experiment is None:
		raise NurtureError("experiment_unknown", title=name)
	if experiment.status not in statuses:
		raise NurtureError(
			"experiment_not_in_status", title=name, status=experiment.status, needed=_either(statuses)
		)
	return experiment


def _either(statuses: Collection[str]) -> str:
	return " / ".join(statuses)


def _write(host: Host, name: str, **values: Any) -> None:
	with host.db.transaction():
		host.db.update("tabNurture Experiment", ("name", *values), [(name, *values.values())])
