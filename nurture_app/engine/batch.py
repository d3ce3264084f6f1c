"""Everything a tick must know about the enrollments it claimed, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Sender, Settings, load_sender, load_settings
from nurture_app.engine.consent import CONVERSATIONS, Facts, Recipient, load_facts
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.enrollments.consequences import ENDING_ACTIVITIES, Event
from nurture_app.engine.experiments.trials import NO_TRIALS, Trials, load_trials
from nurture_app.engine.given_by_segments import TIERS
from nurture_app.engine.library.blocks import Picks
from nurture_app.engine.library.contents import Content, in_language, load_contents, pick
from nurture_app.engine.live import Choices, load_choices, load_definitions
from nurture_app.engine.people import load_holidays, load_leads, recipient_of
from nurture_app.engine.ports import FieldInfo, Host
from nurture_app.engine.preferred_channel import load_followed
from nurture_app.engine.privacy_rules import load_privacy_rules, not_to_track
from nurture_app.engine.schedule import OfCountry, Timetable
from nurture_app.engine.senders import Colleague, load_colleagues, users_needed
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, looked_at, params
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.engine.steps.wait_until import Waiting
from nurture_app.engine.touch_tiers import tiers_of_people
from nurture_app.engine.tracking.switches import NO_TRACKING

ALWAYS_READ = {"owner", "lead_owner", "nurture_last_activity_on", NO_TRACKING, TIERS.given.field}
"""Fields of the lead that steps need besides those of the gate and the texts."""

CLAIMED_COLUMNS = (
	"name",
	"sequence",
	"version",
	"party",
	"address",
	"step",
	"due_on",
	"nominal_on",
	"anchor_on",
	"enrolled_on",
	"visit",
)


@dataclass(frozen=True, slots=True)
class Claimed:
	"""An enrollment whose next step is due. All moments are naive, in the host's zone."""

	name: str
	sequence: str
	version: str
	party: str
	address: str
	step: str
	due_on: datetime
	nominal_on: datetime
	anchor_on: datetime
	enrolled_on: datetime
	visit: int

	@property
	def touch_key(self) -> str:
		"""Of a step at one visit of an enrollment there is one touch (invariant 1)."""
		return f"{self.name}|{self.step}|{self.visit}"


@dataclass(slots=True)
class Batch:
	"""Claimed enrollments and all facts about them."""

	now: datetime
	settings: Settings
	sender: Sender
	claimed: list[Claimed]
	definitions: Mapping[str, SequenceDefinition]
	leads: Mapping[str, dict[str, Any]]
	facts: Facts
	holidays: Mapping[str | OfCountry, Container[date]]
	contents: Mapping[str, Content]
	touches: Mapping[str, tuple[str, str, str, str]]
	"""By touch key: (name, status, token, tracking token) of what the ledger holds already for a step."""
	events: Mapping[str, list[Event]] = field(default_factory=dict)
	"""By lead: what may have ended a sequence, in case its handler failed at the time."""
	host_zone: Any = None
	catalog: Mapping[str, FieldInfo] = field(default_factory=dict)
	"""The fields of Lead, as they are now."""
	picks: Picks = field(default_factory=dict)
	"""By lead: which variant of the blocks in `contents` they get."""
	choices: Mapping[str, Choices] = field(default_factory=dict)
	"""By sequence, for those that are still there."""
	answers: dict[str, bool] = field(default_factory=dict)
	"""By enrollment: whether the condition of the step it stands at holds."""
	waits: dict[str, Waiting] = field(default_factory=dict)
	"""By enrollment, of those who stand at a step that waits for something."""
	loaded: dict[str, Any] = field(default_factory=dict)
	"""What kinds of steps read for themselves, by a name of theirs."""
	unanswered: dict[str, NurtureError] = field(default_factory=dict)
	"""By enrollment: why that condition could not be asked."""
	trials: Trials = NO_TRIALS
	timetables: dict[tuple, Timetable] = field(default_factory=dict)
	"""By version, time zone and country: most people of a batch share a few."""
	recipients: Mapping[str, Recipient] = field(default_factory=dict)
	"""The leads as the gate sees them."""
	colleagues: Mapping[str, Colleague] = field(default_factory=dict)
	"""Users whom the batch's mails come from or speak of."""
	followed: Mapping[str, Step] = field(default_factory=dict)
	"""By enrollment, for those who get their step by the channel they prefer."""
	untracked: Container[str] = ()
	"""Leads whose country asks for a consent to tracking that they have not given (LO-05)."""
	high_touch: Container[str] = ()
	"""Tiers whose leads people look after."""

	def step_of(self, one: Claimed) -> Step | None:
		"""The step it stands at, by the person's own channel, or as an experiment or its winner has it."""
		if one.name in self.followed:
			return self.followed[one.name]
		definition = self.definitions.get(one.version)
		step = definition.step(one.step) if definition else None
		return self.trials.step_for(one, step) if step else None

	def choices_of(self, one: Claimed) -> Choices:
		return self.choices.get(one.sequence, Choices())

	def content_for(self, one: Claimed, name: str) -> Content | None:
		"""The content `name` in the language of the lead, or as it is; None when it was deleted."""
		return in_language(self.contents, name, (self.leads.get(one.party) or {}).get("language") or "")

	def recipient(self, one: Claimed) -> Recipient:
		return self.recipients[one.party]

	def timetable(self, one: Claimed) -> Timetable:
		"""By the person's version, time zone and country."""
		row = self.leads.get(one.party) or {}
		zone, country = row.get("nurture_time_zone"), row.get("country")
		key = (one.version, zone, country)
		table = self.timetables.get(key)
		if table is None:
			table = self.timetables[key] = Timetable.of(
				self.definitions[one.version], self.settings, self.holidays, zone, self.host_zone, country
			)
		return table


def load_batch(host: Host, claimed: Sequence[Claimed], settings: Settings | None = None) -> Batch:
	"""Read what deciding and rendering `claimed` takes; the number of queries depends on the steps met, not on people."""
	settings = settings or load_settings(host.db)
	definitions = load_definitions(host, {one.version for one in claimed})
	trials = load_trials(host, claimed, definitions)
	steps = [definitions[one.version].step(one.step) for one in claimed if one.version in definitions]
	steps += [trial.step for trial in trials.by_enrollment.values()]
	contents = load_contents(host, {name for step in steps if step for name in step.contents})
	named = {name for one in contents.values() if one.compiled for name in one.compiled.placeholders}
	named |= trials.placeholders()
	columns = {column for space, column in named if space == "lead"}
	columns |= {column for one in contents.values() for column in one.lead_fields}
	for step in steps:
		if step and step.step_type in STEP_TYPES:
			columns |= STEP_TYPES[step.step_type].lead_columns(step)
	leads = load_leads(host, {one.party for one in claimed}, columns & set(host.catalog) | ALWAYS_READ)
	recipients = {name: recipient_of(row) for name, row in leads.items()}
	events, conversations = _load_events(host, claimed, definitions)
	batch = Batch(
		now=host.clock.now(),
		settings=settings,
		sender=load_sender(host.db, settings),
		claimed=sorted(claimed, key=lambda one: _order(one, definitions)),
		definitions=definitions,
		leads=leads,
		facts=load_facts(host, recipients.values(), settings, conversations),
		holidays=load_holidays(host, settings, definitions.values()),
		contents=contents,
		touches=_load_touches(host, claimed),
		events=events,
		host_zone=host.clock.zone,
		catalog=host.catalog,
		picks=pick(host, contents.values(), leads),
		choices=load_choices(host, {one.sequence for one in claimed}),
		trials=trials,
		recipients=recipients,
		untracked=_untracked(host, settings, leads),
		high_touch=tiers_of_people(host),
	)
	names_owner = any(space == "owner" for space, _ in named)
	users = users_needed([step for step in steps if step], leads.values(), names_owner)
	batch.colleagues = load_colleagues(host, users)
	batch.followed = load_followed(host, batch)
	batch.trials = batch.trials.without(batch.followed)
	_load_for_steps(host, batch)
	return batch


def _untracked(host: Host, settings: Settings, leads: Mapping[str, dict[str, Any]]) -> set[str]:
	"""No query where no mail is tracked at all."""
	if not (settings.track_opens or settings.track_clicks):
		return set()
	rules = load_privacy_rules(host.db, settings)
	return not_to_track(host, rules, {name: row.get("country") for name, row in leads.items()})


def _load_for_steps(host: Host, batch: Batch) -> None:
	"""Let each kind of step that the batch meets read what it needs."""
	members: dict[str, list[Claimed]] = {}
	for one in batch.claimed:
		step = batch.step_of(one)
		if step and step.step_type in STEP_TYPES:
			members.setdefault(step.step_type, []).append(one)
	for step_type, some in members.items():
		STEP_TYPES[step_type].load(host, batch, some)


def _order(one: Claimed, definitions: Mapping[str, SequenceDefinition]) -> tuple:
	"""Where a cap lets only some messages through, the higher priority goes first, then the longest due."""
	definition = definitions.get(one.version)
	return (-(definition.priority if definition else 0), one.due_on, one.name)


def _load_events(
	host: Host, claimed: Sequence[Claimed], definitions: Mapping[str, SequenceDefinition]
) -> tuple[dict[str, list[Event]], dict[str, datetime]]:
	"""By lead, the last of each kind of ending event, and the last conversation. Index (party, activity_type, occurred_on)."""
	own = {kind for one in definitions.values() for kind in (one.goal_activity, *one.exit_activities) if kind}
	ending = {*ENDING_ACTIVITIES, *own}
	kinds = sorted({*ending, *CONVERSATIONS})
	activity = doctype("Nurture Activity", "a")
	events: dict[str, list[Event]] = {}
	conversations: dict[str, datetime] = {}
	for parties in chunks(sorted({one.party for one in claimed})):
		query = Query.from_(activity).select(
			activity.party, activity.activity_type, fn.Max(activity.occurred_on)
		)
		is_ending = looked_at(activity.activity_type).isin(params(kinds))
		query = query.where(activity.party.isin(params(parties)) & is_ending)
		query = query.where(activity.classification == P("human"))
		for party, kind, occurred_on in host.db.rows(query.groupby(activity.party, activity.activity_type)):
			moment = as_datetime(occurred_on)
			if kind in ending:
				events.setdefault(party, []).append(Event(party, kind, moment))
			if kind in CONVERSATIONS:
				conversations[party] = max(moment, conversations.get(party, moment))
	return events, conversations


def _load_touches(host: Host, claimed: Sequence[Claimed]) -> dict[str, tuple[str, str, str, str]]:
	"""Index (touch_key)."""
	touch = doctype("Nurture Touch", "t")
	found = {}
	for some in chunks([one.touch_key for one in claimed]):
		query = Query.from_(touch).select(
			touch.touch_key, touch.name, touch.status, touch.token, touch.tracking_token
		)
		for key, name, status, *tokens in host.db.rows(query.where(touch.touch_key.isin(params(some)))):
			found[key] = (name, status, *(token or "" for token in tokens))
	return found
