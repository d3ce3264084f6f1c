"""People who arrive, do things and react, while the engine works as it would on a site.

Time jumps from one moment at which something happens to the next. Between two marks, five minutes apart, people act;
at a mark the runner ticks if something is due, and at midnight the nightly job runs.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from pypika import functions as fn

from nurture_app.engine import activities, nightly, optout, runner, scoring
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.config import load_settings
from nurture_app.engine.outgoing import sender
from nurture_app.engine.ports import Clock, Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params
from nurture_app.engine.time_triggers import start_by_the_hour, waiting_for_hours
from nurture_app.simulator.behaviour import Behaviour, Reaction, SentMail
from nurture_app.simulator.csv_input import ActivityRow, LeadRow
from nurture_app.simulator.mailbox import Calls
from nurture_app.simulator.presets import Preset

MARK = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CHUNK = 500
MOST_BATCHES = 100_000
"""Batches of one tick; more than that means that the runner does not get on."""

ENDS_CONTACT = {"Unsubscribe": "Unsubscribed", "Email Bounced": "Bounced", "Spam Complaint": "Complaint"}
"""Activities that a site records through the suppression list, with the reason there."""
LEAD_STATUS_AFTER = {
	"Opportunity Created": "Opportunity",
	"Quotation Sent": "Quotation",
	"Became Customer": "Converted",
}
"""What ERPNext itself writes on the Lead."""
ACTIVITY_OF_REACTION = {"open": "Email Open", "click": "Email Click", "reply": "Email Reply"}

_ARRIVAL, _ACTION, _REACTION = range(3)
"""Order of events at one moment."""


@dataclass(frozen=True, slots=True)
class Scenario:
	"""Everything a run depends on. Times are naive, in `zone`; the simulated period is from `start` up to `end`."""

	leads: Sequence[LeadRow]
	activities: Sequence[ActivityRow]
	presets: Sequence[Preset]
	start: datetime
	end: datetime
	zone: ZoneInfo
	seed: int
	behaviour: Behaviour | None = None
	sends: bool = True
	mailbox: Path | None = None


class MovingClock(Clock, Protocol):
	"""A clock that stands still until it is moved forward."""

	def move_to(self, moment: datetime) -> None: ...


class World(ABC):
	"""One run of a scenario. The tables can be asked afterwards, through `host`."""

	host: Host
	clock: MovingClock

	def __init__(self, scenario: Scenario):
		self.scenario = scenario
		self.names = [f"LEAD-{number:05}" for number in range(1, len(scenario.leads) + 1)]
		"""Ids of the leads, in the order of the file."""
		self.calls = Calls()
		self._events: list[tuple] = []
		self._party_of: dict[str, str] = {}
		"""By address; of two leads with one address the one that came first."""

	@abstractmethod
	def set_up(self) -> None:
		"""Prepare the site: settings, rules and segments; sequences stay drafts."""

	@abstractmethod
	def activate(self) -> None:
		"""Activate the sequences."""

	@abstractmethod
	def make_leads(self, numbers: Sequence[int]) -> None:
		"""Make leads of these rows of the scenario, now; their ids stand in `names` afterwards."""

	@abstractmethod
	def take_sent(self) -> list[str]:
		"""The touches of the mails that left since this was last asked."""

	def tick(self) -> None:
		"""Do all that is due."""
		for _ in range(MOST_BATCHES):
			if not runner.tick(self.host, "simulation").claimed:
				break
		else:
			raise RuntimeError(f"the runner does not finish at {self.clock.now()}")
		self._send_calls()

	def night(self) -> None:
		nightly.nightly(self.host)

	def answer(self, reactions: Sequence[Reaction]) -> None:
		"""Record that people opened, clicked or replied."""
		activities.record(self.host, [reaction_activity(reaction) for reaction in reactions])

	def run(self, on_day: Callable[[date], None] = lambda day: None) -> None:
		"""Play the whole period; `on_day` is told of each day that is over. Raises `InputError` for a bad preset."""
		self.set_up()
		self._live_through_history()
		if self.scenario.sends:
			self.activate()
		self._fill_queue()
		self._play(on_day)
		self.clock.move_to(self.scenario.end)
		scoring.rescore(self.host)

	# --- before the start ---------------------------------------------------------------------------------------------

	def _live_through_history(self) -> None:
		"""Leads from before the start, with what they did. Nothing is active yet, so nothing begins because of it."""
		start = self.scenario.start
		early = [
			(lead.creation, _ARRIVAL, index)
			for index, lead in enumerate(self.scenario.leads)
			if _is_early(lead, start)
		]
		addresses = {self.scenario.leads[index].address for _, _, index in early}
		past = [
			row for row in self.scenario.activities if row.occurred_on < start and row.address in addresses
		]
		opt_outs = [
			(row.occurred_on, _ACTION, n) for n, row in enumerate(past) if row.activity_type in ENDS_CONTACT
		]
		for moment, kind, number in sorted(early + opt_outs):
			self.clock.move_to(moment)
			if kind == _ARRIVAL:
				self._arrive([number])
			else:
				self._act([past[number]])
		self.clock.move_to(start)
		rest = [row for row in past if row.activity_type not in ENDS_CONTACT]
		for rows in chunks(sorted(rest, key=lambda row: (row.address, row.occurred_on, row.line)), 2 * CHUNK):
			self._act(rows)
		for names in chunks(sorted(self.names[index] for _, _, index in early), CHUNK):
			activities.leads_changed(self.host, names)

	def _fill_queue(self) -> None:
		start = self.scenario.start
		arrivals: dict[str, datetime] = {}
		for index, lead in enumerate(self.scenario.leads):
			if not _is_early(lead, start):
				moment = lead.creation or start
				self._events.append((moment, _ARRIVAL, index, None))
				arrivals[lead.address] = min(moment, arrivals.get(lead.address, moment))
		for number, row in enumerate(self.scenario.activities):
			# what somebody did before becoming a lead is recorded when the lead is there
			moment = row.occurred_on
			if row.address not in self._party_of:
				moment = max(moment, arrivals[row.address])
			if moment >= start:
				self._events.append((moment, _ACTION, number, row))
		heapq.heapify(self._events)

	# --- the period ---------------------------------------------------------------------------------------------------

	def _play(self, on_day: Callable[[date], None]) -> None:
		end, mark = self.scenario.end, self.scenario.start
		midnight = mark + DAY
		while True:
			moments = [midnight, self._next_due(mark)]
			if self._events:
				moments.append(self._events[0][0])
			if waiting_for_hours(self.host):
				moments.append(mark + HOUR)
			mark = max(_mark_after(min(moments)), mark)
			if mark >= end:
				self._people_act(end - timedelta(microseconds=1))
				on_day((end - DAY).date())
				return
			self._people_act(mark)
			self.clock.move_to(mark)
			if mark == midnight:
				on_day((midnight - DAY).date())
				self.night()
				midnight += DAY
			start_by_the_hour(self.host)
			if self._due() <= mark:
				self._tick()
			else:
				self._send_calls()

	def _next_due(self, mark: datetime) -> datetime:
		"""When the runner has something to do next; what it left undone at `mark` waits for the next mark."""
		return max(self._due(), mark + timedelta(microseconds=1))

	def _due(self) -> datetime:
		"""When the earliest step is due; the end of time if none is."""
		enrollment = doctype("Nurture Enrollment", "e")
		query = (
			Query.from_(enrollment).select(fn.Min(enrollment.due_on)).where(enrollment.status == P("Active"))
		)
		return as_datetime(self.host.db.rows(query)[0][0]) or datetime.max

	def _tick(self) -> None:
		self.tick()
		if self.scenario.behaviour:
			for mail, unseen in self._sent_mails(self.take_sent()):
				for reaction in self.scenario.behaviour.reactions(self.scenario.seed, mail):
					if reaction.moment < self.scenario.end and reaction.kind not in unseen:
						order = (reaction.mail.identity, reaction.kind, reaction.mail.enrollment)
						heapq.heappush(self._events, (reaction.moment, _REACTION, order, reaction))

	def _send_calls(self) -> None:
		"""What leaves by HTTP on a site only is noted here."""
		outgoing = doctype("Nurture Outgoing", "o")
		query = Query.from_(outgoing).select(outgoing.name).where(outgoing.status == P("Queued")).limit(1)
		if self.host.db.rows(query):
			sender.work(self.host, self.calls)

	def _people_act(self, until: datetime) -> None:
		"""Everything people do up to `until`; what happens close together is recorded together."""
		due = []
		while self._events and self._events[0][0] <= until:
			due.append(heapq.heappop(self._events))
		for (kind, _), group in groupby(
			due, key=lambda event: (event[1], event[0] if event[1] == _ARRIVAL else None)
		):
			events = list(group)
			self.clock.move_to(events[-1][0])
			if kind == _ARRIVAL:
				for numbers in chunks([event[2] for event in events], CHUNK):
					names = self._arrive(numbers)
					activities.leads_changed(self.host, names)
			elif kind == _ACTION:
				self._act([event[3] for event in events])
			else:
				self._react([event[3] for event in events])

	# --- what people do -----------------------------------------------------------------------------------------------

	def _arrive(self, numbers: Sequence[int]) -> list[str]:
		"""Make leads of these rows of the file; returns their ids."""
		self.make_leads(numbers)
		for number in numbers:
			name, lead = self.names[number], self.scenario.leads[number]
			self._party_of.setdefault(lead.address, name)
			if lead.consent:
				optout.set_consent(self.host, name, lead.address, "Given", "leads file", "Administrator")
		return [self.names[number] for number in numbers]

	def _act(self, rows: Iterable[ActivityRow]) -> None:
		for ends_contact, group in groupby(rows, key=lambda row: row.activity_type in ENDS_CONTACT):
			group = list(group)
			if ends_contact:
				for row in group:
					source, reason = row.detail or "activities file", ENDS_CONTACT[row.activity_type]
					optout.unsubscribe(self.host, row.address, source, reason, self._party_of[row.address])
			else:
				self._note_statuses(group)
				activities.record(self.host, [self._activity(row) for row in group])

	def _activity(self, row: ActivityRow) -> ActivityIn:
		return ActivityIn(
			party=self._party_of[row.address],
			activity_type=row.activity_type,
			occurred_on=row.occurred_on,
			channel=row.channel,
			detail=row.detail,
			dedupe_key=f"activities file|{row.line}",
		)

	def _note_statuses(self, rows: Iterable[ActivityRow]) -> None:
		statuses = [
			(self._party_of[row.address], LEAD_STATUS_AFTER[row.activity_type])
			for row in rows
			if row.activity_type in LEAD_STATUS_AFTER
		]
		self.host.db.update("tabLead", ("name", "status"), statuses)

	def _react(self, reactions: Iterable[Reaction]) -> None:
		for leaves, group in groupby(reactions, key=lambda reaction: reaction.kind == "unsubscribe"):
			if leaves:
				for reaction in group:
					mail = reaction.mail
					optout.unsubscribe(
						self.host, mail.address, f"link in the mail {mail.step}", party=mail.party
					)
			else:
				self.answer(list(group))

	def _sent_mails(self, touches: Sequence[str]) -> list[tuple[SentMail, frozenset[str]]]:
		"""Each with the kinds of reactions that nobody sees, because tracking is off."""
		touch = doctype("Nurture Touch", "t")
		columns = ("name", "enrollment", "party", "address", "sequence", "step", "visit", "sent_on")
		settings = load_settings(self.host.db)
		off = {
			kind for kind, on in (("open", settings.track_opens), ("click", settings.track_clicks)) if not on
		}
		mails = []
		for names in chunks(touches):
			query = Query.from_(touch).select(*(getattr(touch, column) for column in columns))
			for *texts, visit, sent_on, token in self.host.db.rows(
				query.select(touch.tracking_token).where(touch.name.isin(params(names))).orderby(touch.name)
			):
				unseen = frozenset(off if token else ("open", "click"))
				mails.append((SentMail(*texts, int(visit), as_datetime(sent_on)), unseen))
		return mails


def first_moment(scenario: Scenario) -> datetime:
	"""When the first thing happens: the start, or what somebody in the files did before it."""
	early = [lead.creation for lead in scenario.leads if _is_early(lead, scenario.start)]
	past = [row.occurred_on for row in scenario.activities if row.activity_type in ENDS_CONTACT]
	return min([scenario.start, *early, *past])


def _is_early(lead: LeadRow, start: datetime) -> bool:
	return lead.creation is not None and lead.creation < start


def _mark_after(moment: datetime) -> datetime:
	"""The first five-minute mark at or after `moment`."""
	if moment == datetime.max:
		return moment
	day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
	return day + -((day - moment) // MARK) * MARK


def reaction_activity(reaction: Reaction) -> ActivityIn:
	"""What is known of a mail once somebody has opened it, clicked in it or replied to it."""
	mail = reaction.mail
	kind = ACTIVITY_OF_REACTION[reaction.kind]
	return ActivityIn(
		party=mail.party,
		activity_type=kind,
		occurred_on=reaction.moment,
		channel="Email",
		detail=mail.step,
		dedupe_key=f"{kind}|{mail.touch}",
		touch=mail.touch,
		sequence=mail.sequence,
		enrollment=mail.enrollment,
	)
