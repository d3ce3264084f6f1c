"""The experiments that ship fit the sequences that ship, and change one thing each."""

from __future__ import annotations

import json

import pytest

from nurture_app.engine.experiments import life
from nurture_app.engine.experiments.check import advice_on, subjects_tried
from nurture_app.engine.experiments.definition import load_experiment
from nurture_app.engine.lifecycle import load_definition
from nurture_app.simulator import presets
from tests.world import World

SHIPPED = json.loads((presets.SHIPPED / "experiments.json").read_text(encoding="utf-8"))


@pytest.fixture
def installed(sqlite_world: World) -> World:
	"""A world with the presets that ship."""
	sqlite_world.empty("Nurture Activity Type")
	presets.install(sqlite_world.host, sqlite_world.db, presets.read_presets(None))
	return sqlite_world


@pytest.mark.parametrize("record", SHIPPED, ids=[one["preset"] for one in SHIPPED])
def test_an_experiment_that_ships_can_be_started_and_tries_one_thing(installed: World, record: dict) -> None:
	values = {key: value for key, value in record.items() if key not in ("doctype", "variants", "preset")}
	name = installed.put("Nurture Experiment", record["title"], status="Draft", **values)
	for place, row in enumerate(record["variants"], 1):
		installed.put("Nurture Experiment Variant", parent=name, idx=place, **row)
	life.start(installed.host, name)
	experiment = load_experiment(installed.host, name)
	step = load_definition(installed.host, experiment.sequence).step(experiment.step)
	subjects = subjects_tried(installed.host, experiment, step)
	assert advice_on(experiment, step, subjects) == []
	assert len(subjects) == 1, "mails of other contents are opened for the same subject"
	assert record["hypothesis"] and record["change"]
