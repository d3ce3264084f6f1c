"""Which channel suits which stage of the journey: data that people edit, and the advice that follows (CH-05, CH-16, CH-19, CH-22, CH-23)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.journey import stands_for
from nurture_app.engine.library.advice import Advice
from nurture_app.engine.personas import JOURNEY_STAGES
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params


@dataclass(frozen=True, slots=True)
class Channel:
	"""A row of the grid."""

	title: str
	good_for: str
	stages: tuple[str, ...]
	"""In the order of the journey; empty: any."""
	programmes: tuple[str, ...] = ()
	"""Whose first choice it is; empty: nothing is said."""


PROGRAMMES = ("B2B", "B2C")
Grid = Mapping[tuple[str, str], Channel]
"""By type of step and kind of task (empty for other types)."""


def load_grid(host: Host) -> Grid:
	"""One query; a dozen rows."""
	guide = doctype("Nurture Channel Guide", "g")
	flags = [guide[f"for_{stage.lower()}"] for stage in JOURNEY_STAGES]
	flags += [guide[f"for_{programme.lower()}"] for programme in PROGRAMMES]
	query = Query.from_(guide).select(guide.step_type, guide.task_kind, guide.title, guide.good_for, *flags)
	found = {}
	for step_type, kind, title, good_for, *ticks in host.db.rows(query.where(guide.step_type != P(""))):
		ticked = [
			name for name, tick in zip((*JOURNEY_STAGES, *PROGRAMMES), ticks, strict=True) if int(tick or 0)
		]
		stages = tuple(name for name in ticked if name in JOURNEY_STAGES)
		programmes = tuple(name for name in ticked if name in PROGRAMMES)
		found[step_type, kind or ""] = Channel(title, good_for or "", stages, programmes)
	return found


def channel_of(grid: Grid, step: Step) -> Channel | None:
	"""None where the grid says nothing of such steps."""
	return grid.get((step.step_type, step.task_kind if step.step_type == "Task" else ""))


def first_choices(grid: Grid, programme: str) -> list[tuple[str, str, str]]:
	"""(type of step, kind of task, title) of the channels that suit a programme first, by title."""
	found = [(*key, channel.title) for key, channel in grid.items() if programme in channel.programmes]
	return sorted(found, key=lambda one: one[2])


def channel_advice(host: Host, definition: SequenceDefinition, stage: str) -> list[Advice]:
	"""On steps whose channel is not for `stage`, the stage the sequence is for, or not for the programme of the settings.

	Four queries at most.
	"""
	programme = load_settings(host.db).programme
	if not stage and not programme:
		return []
	grid = load_grid(host)
	found = list(_other_programme(grid, definition, programme)) if programme else []
	if stage:
		found += [*_other_stage(grid, definition, stands_for(host, stage))]
		found += _other_audience(host, definition, stage)
	return found


def _other_programme(grid: Grid, definition: SequenceDefinition, programme: str) -> Iterator[Advice]:
	"""Each channel once, with all its steps."""
	offered = ", ".join(title for _type, _kind, title in first_choices(grid, programme))
	steps: dict[Channel, list[str]] = {}
	for step in definition.steps:
		channel = channel_of(grid, step)
		if channel and channel.programmes and programme not in channel.programmes:
			steps.setdefault(channel, []).append(step.label)
	for channel, labels in steps.items():
		about = {"channel": channel.title, "programme": programme, "offered": offered}
		yield Advice("channel_other_programme", about | {"step": ", ".join(labels)})


def _other_stage(grid: Grid, definition: SequenceDefinition, stage: str) -> Iterator[Advice]:
	"""Each channel once, with all its steps."""
	steps: dict[Channel, list[str]] = {}
	for step in definition.steps:
		channel = channel_of(grid, step)
		if channel and stage and channel.stages and stage not in channel.stages:
			steps.setdefault(channel, []).append(step.label)
	for channel, labels in steps.items():
		about = {"channel": channel.title, "stages": ", ".join(channel.stages), "stage": stage}
		yield Advice("channel_other_stage", about | {"step": ", ".join(labels)})


def _other_audience(host: Host, definition: SequenceDefinition, stage: str) -> Iterator[Advice]:
	"""Each stage has an audience and a message of its own (CH-23)."""
	wanted = {
		step.audience: step.label
		for step in definition.steps
		if step.step_type == "Audience" and step.audience and step.audience_action != "Remove"
	}
	if not wanted:
		return
	audience = doctype("Nurture Audience", "a")
	query = Query.from_(audience).select(audience.name, audience.journey_stage)
	for name, meant_for in host.db.rows(query.where(audience.name.isin(params(sorted(wanted))))):
		if meant_for and meant_for != stage:
			about = {"audience": name, "stage": stage, "other": meant_for, "step": wanted[name]}
			yield Advice("audience_other_stage", about)
