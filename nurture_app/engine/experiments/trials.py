"""Experiments in the tick: which variant of its step each claimed enrollment gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Template

from nurture_app.engine import placeholders
from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.content import Rendered, fill
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.experiments.definition import (
	HOLDOUT,
	PATH,
	Experiment,
	Variant,
	experiments_in_force,
	person_key,
)
from nurture_app.engine.outcome import Outcome, pass_over
from nurture_app.engine.ports import Host
from nurture_app.engine.timing import to_aware, to_due, weekday_from

LONGEST_WAIT = timedelta(days=7)
"""After this long no weekday is waited for any more."""

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed


@dataclass(frozen=True, slots=True)
class Trial:
	"""What one enrollment gets instead of its step."""

	step: Step
	subject: str = ""
	experiment: Experiment | None = None
	"""The one that runs; None when only an earlier winner is in use."""
	variant: Variant | None = None
	"""None in a running experiment: the person is held out."""

	@property
	def is_about_subject(self) -> bool:
		return bool(self.subject or (self.experiment and self.experiment.variable == "Subject"))

	@property
	def label(self) -> str:
		return self.variant.label if self.variant else HOLDOUT


@dataclass(frozen=True, slots=True)
class Trials:
	"""By enrollment, for those whose step is tried or has a winner in use."""

	by_enrollment: Mapping[str, Trial] = field(default_factory=dict)

	def step_for(self, one: Claimed, step: Step) -> Step:
		"""`step` as this person gets it."""
		trial = self.by_enrollment.get(one.name)
		return trial.step if trial else step

	def without(self, enrollments: Mapping[str, Any]) -> Trials:
		"""Those of people who get the step by another channel are no part of what is tried on a mail."""
		if not enrollments or not self.by_enrollment:
			return self
		kept = {name: trial for name, trial in self.by_enrollment.items() if name not in enrollments}
		return Trials(kept)

	def placeholders(self) -> set[tuple[str, str]]:
		"""What the variants' subjects name, as (namespace, field)."""
		subjects = {trial.subject for trial in self.by_enrollment.values() if trial.subject}
		return {name for subject in subjects for name in compiled_subject(subject)[1]}

	def of(self, one: Claimed, content: str) -> Trial | None:
		"""What it gets, if `content` is what is tried: a subject is not put on a version in another language."""
		trial = self.by_enrollment.get(one.name)
		return None if trial and trial.is_about_subject and content != trial.step.content else trial

	def retitled(
		self, one: Claimed, content: str, rendered: Rendered, values: Mapping[str, Mapping[str, Any]]
	) -> Rendered:
		"""The mail under the subject of its variant. Raises as `content.render`."""
		trial = self.of(one, content)
		if not trial or not trial.subject:
			return rendered
		template, names = compiled_subject(trial.subject)
		return Rendered(
			" ".join(fill("subject", template, names, values).split()), rendered.html, rendered.text
		)

	def instead(self, one: Claimed, content: str, batch: Batch) -> Outcome | None:
		"""What happens instead of sending now: nothing at all to who is held out, later to who gets another time or weekday."""
		trial = self.of(one, content)
		if trial is None:
			return None
		if trial.experiment and trial.variant is None:
			outcome = pass_over(one, trial.step, batch, Reason.HELD_OUT)
			outcome.noted |= self.noted(one, content)
			return outcome
		moment = _in_its_slot(trial, one, batch)
		if moment is None:
			return None
		return Outcome(one, EnrollmentStatus.ACTIVE, one.step, moment, one.nominal_on, Reason.TIME_TRIED)

	def noted_way(self, one: Claimed, way: str) -> dict[str, Any]:
		"""What the ledger notes about the way on which a Split step sent somebody."""
		trial = self.by_enrollment.get(one.name)
		return {"experiment": trial.experiment.name, "variant": way} if trial and trial.experiment else {}

	def noted(self, one: Claimed, content: str) -> dict[str, Any]:
		"""What the ledger notes about the variant."""
		trial = self.of(one, content)
		if trial is None or trial.experiment is None:
			return {}
		return {"experiment": trial.experiment.name, "variant": trial.label}


NO_TRIALS = Trials()


def load_trials(
	host: Host, claimed: Sequence[Claimed], definitions: Mapping[str, SequenceDefinition]
) -> Trials:
	"""No query where experiments are remembered, and nothing else to do while there are none."""
	in_force = experiments_in_force(host)
	if not in_force:
		return NO_TRIALS
	found = {}
	for one in claimed:
		experiments = in_force.get((one.sequence, one.step))
		definition = definitions.get(one.version)
		step = definition.step(one.step) if experiments and definition else None
		if step:
			trial = trial_of(step, experiments, person_key(one.address, one.party))
			if trial:
				found[one.name] = trial
	return Trials(found) if found else NO_TRIALS


def trial_of(step: Step, experiments: Sequence[Experiment], person: str) -> Trial | None:
	"""`step` with earlier winners in use and, if one runs, the variant of `person`."""
	shown, subject, running, chosen, touched = step, "", None, None, False
	for experiment in experiments:
		if not experiment.is_about(shown):
			continue
		touched = True
		running = None if experiment.is_rolled_out else experiment
		if running and experiment.variable == PATH:
			continue  # the step itself divides people
		chosen = experiment.variant_for(person)
		if chosen and experiment.variable == PATH:
			shown = chosen.only_way(shown)
		elif chosen:
			shown, subject = chosen.applied(shown), chosen.subject or subject
	return Trial(shown, subject, running, chosen) if touched else None


@lru_cache(maxsize=256)
def compiled_subject(source: str) -> tuple[Template, tuple[tuple[str, str], ...]]:
	"""A subject of a variant with the placeholders it uses. Raises as `content.compile_content`."""
	parsed = placeholders.parse("subject", source, False, None)
	return placeholders.compile_parts([parsed], False), tuple(sorted(parsed.names))


def _in_its_slot(trial: Trial, one: Claimed, batch: Batch) -> datetime | None:
	"""The moment of the variant's weekday and time, if it lies ahead and the send window opens there; naive, host zone.

	Nobody waits for a weekday again and again, because something else was in the way on it.
	"""
	variant = trial.variant
	if not variant or not (variant.at_time or variant.at_weekday):
		return None
	table = batch.timetable(one)
	local = to_aware(batch.now, table.host_zone).astimezone(table.zone)
	at_time = time.fromisoformat(variant.at_time) if variant.at_time else time()
	day = weekday_from(local, variant.at_weekday).date() if variant.at_weekday else local.date()
	if day == local.date() and local.time() >= at_time:
		return None
	if day > local.date() and batch.now - one.nominal_on > LONGEST_WAIT:
		return None
	moment = to_due(to_aware(datetime.combine(day, at_time), table.zone), table.host_zone)
	opens = table.opening(moment)
	if variant.at_time:
		return moment if opens == moment else None
	return opens if to_aware(opens, table.host_zone).astimezone(table.zone).date() == day else None
