"""A small world for engine tests: a database, a clock that moves when told, a mailbox, and short ways to fill them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nurture_app.engine import activities, lifecycle, nightly, optout, runner
from nurture_app.engine.enrollments import entering
from nurture_app.engine.outcome import TickResult
from nurture_app.engine.ports import Database, Delivery, Handover, Host, Message, Task
from nurture_app.engine.sql import Query, Table
from nurture_app.simulator.mailbox import SimulatedLinks
from nurture_app.simulator.presets import ACTIVITY_TYPES as SHIPPED_TYPES
from nurture_app.simulator.tables import lead_catalog
from nurture_app.simulator.virtual_clock import VirtualClock
from nurture_app.site.testing.a_goal import A_GOAL

UTC = ZoneInfo("UTC")
MONDAY = datetime(2026, 3, 2, 10, 0)


class Outbox:
	"""Plays a mail channel: keeps what it was given, calls it queued."""

	def __init__(self) -> None:
		self.messages: list[Message] = []
		self.cancelled: list[str] = []

	def deliver(self, messages: Sequence[Message]) -> list[Delivery]:
		self.messages += messages
		return [Delivery(one.touch, "Queued", queue_row=f"Q-{one.touch}") for one in messages]

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		self.cancelled += queue_rows
		return list(queue_rows)


class ToDoList:
	"""Plays the task channel."""

	def __init__(self) -> None:
		self.tasks: list[Task] = []

	def deliver(self, tasks: Sequence[Task]) -> list[Delivery]:
		self.tasks += tasks
		return [Delivery(one.touch, "Given", queue_row=f"TODO-{one.touch}") for one in tasks]

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		return []


class Colleagues:
	"""Plays the channels to colleagues: keeps what it was given. Whoever is asked for a lead takes it."""

	def __init__(self) -> None:
		self.given: list[Any] = []
		self.cancelled: list[str] = []

	def deliver(self, messages: Sequence[Any]) -> list[Delivery]:
		self.given += messages
		return [self._delivered(one) for one in messages]

	def _delivered(self, one: Any) -> Delivery:
		if not isinstance(one, Handover):
			return Delivery(one.touch, "Done", queue_row=f"TODO-{one.touch}")
		taker = one.user or (one.owner if one.to == "Lead Owner" else "next@example.com")
		if not taker:
			return Delivery(one.touch, "Skipped", reason="nobody_to_tell")
		return Delivery(one.touch, "Done", queue_row=f"TODO-{one.touch}", assigned_to=taker)

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		self.cancelled += queue_rows
		return list(queue_rows)


class Records(Colleagues):
	"""Plays the channel that makes documents; refuses as it is told."""

	def __init__(self) -> None:
		super().__init__()
		self.refusal = ""

	def _delivered(self, one: Any) -> Delivery:
		if self.refusal:
			return Delivery(one.touch, "Failed", reason=self.refusal)
		return Delivery(one.touch, "Done", queue_row=f"{one.kind}-{one.touch}")


class Memory:
	"""Remembers for ever, as a site does until something is set up anew."""

	def __init__(self) -> None:
		self.kept: dict[str, Any] = {}

	def forget(self) -> None:
		"""Something was set up anew."""
		self.kept.clear()

	def remembered(self, what: str, read: Any) -> Any:
		if what not in self.kept:
			self.kept[what] = read()
		return self.kept[what]


class World:
	"""Everything a scenario needs; `db` is any of the databases the engine runs on."""

	def __init__(self, db: Database, clock: VirtualClock):
		self.db, self.clock = db, clock
		self.outbox, self.todos = Outbox(), ToDoList()
		self.notices, self.handovers, self.approvals = Colleagues(), Colleagues(), Colleagues()
		self.records = Records()
		self.host = Host(
			db=db,
			clock=clock,
			channels={
				"Email": self.outbox,
				"Task": self.todos,
				"Notification": self.notices,
				"Handoff": self.handovers,
				"Approval": self.approvals,
				"Record": self.records,
			},
			catalog=lead_catalog(),
			links=SimulatedLinks(1),
		)
		self._numbers = 0
		self.settings(company_name="Example Ltd", postal_address="1 Main Street, Springfield")
		self.put(
			"Email Account", "Outgoing", email_id="team@example.com", enable_outgoing=1, default_outgoing=1
		)
		with db.transaction():
			columns = (
				"name",
				"activity_type",
				"channel",
				"is_engagement",
				"is_system",
				"is_answer",
				"is_request",
			)
			rows = [tuple(kind.get(column, 0) for column in columns) for kind in ACTIVITY_TYPES]
			db.insert("tabNurture Activity Type", columns, rows)

	# --- filling ---------------------------------------------------------------------------------------------------

	def put(self, doctype: str, name: str = "", **values: Any) -> str:
		"""Insert one row of a DocType."""
		self._numbers += 1
		name = name or f"{doctype[:3].upper()}-{self._numbers:05}"
		values = {
			key: json.dumps(value) if isinstance(value, dict | list) else value
			for key, value in values.items()
		}
		with self.db.transaction():
			self.db.insert(f"tab{doctype}", ("name", *values), [(name, *values.values())])
		return name

	def delete(self, doctype: str, name: str) -> None:
		table = Table(f"tab{doctype}")
		with self.db.transaction():
			self.db.execute(Query.from_(table).delete().where(table.name == _text(name)))

	def empty(self, *doctypes: str) -> None:
		"""Delete all rows of these."""
		with self.db.transaction():
			for doctype in doctypes:
				self.db.execute(Query.from_(Table(f"tab{doctype}")).delete())

	def settings(self, **values: Any) -> None:
		self.single("Nurture Settings", **values)

	def single(self, doctype: str, **values: Any) -> None:
		"""Give fields of a DocType that has one record their values."""
		table = Table("tabSingles")
		with self.db.transaction():
			for field, value in values.items():
				self.db.execute(
					Query.from_(table)
					.delete()
					.where((table.doctype == _text(doctype)) & (table["field"] == _text(field)))
				)
				self.db.execute(
					Query.into(table)
					.columns("doctype", "field", "value")
					.insert(_text(doctype), _text(field), _text(str(value)))
				)

	def lead(
		self, name: str = "", consent: bool = True, creation: datetime | None = None, **values: Any
	) -> str:
		"""A lead with an address, and with consent unless told otherwise. Nothing is triggered."""
		self._numbers += 1
		name = name or f"LEAD-{self._numbers:04}"
		values = {
			"email_id": f"{name.lower()}@example.com",
			"first_name": "Ada",
			"lead_name": name,
			"status": "Lead",
		} | values
		with self.db.transaction():
			self.db.insert("tabLead", ("name", *values), [(name, *values.values())])
			self.db.update("tabLead", ("name", "creation"), [(name, creation or self.clock.now())])
		if consent:
			optout.set_consent(self.host, name, values["email_id"] or "", "Given", "test", "tester")
		return name

	def rule(self, title: str, **values: Any) -> str:
		values = {
			"rule_type": "Behaviour",
			"score_part": "Engagement",
			"points": 10,
			"enabled": 1,
			"needs_count": 1,
			"count_within": "Lead",
			"cap_count": 3,
			"cap_window_days": 90,
			"cooldown": 1,
			"cooldown_unit": "Days",
			"decay": "Expire",
			"decay_days": 90,
		} | values
		return self.put("Lead Scoring Rule", title, title=title, **values)

	def segment(self, title: str, condition: Any, **values: Any) -> str:
		values = {"enabled": 1, "segment_type": "Dynamic"} | values
		return self.put("Nurture Segment", title, title=title, condition=condition, **values)

	def content(self, title: str, subject: str = "", body: str = "") -> str:
		return self.put(
			"Nurture Content",
			title,
			title=title,
			subject=subject or title,
			body=body
			or "<p>Hello {{ lead.first_name | default('there') }}, a word from {{ company.name }}.</p>",
			revision=1,
		)

	def sequence(
		self, title: str, steps: Sequence[dict[str, Any]], activate: bool = True, **values: Any
	) -> str:
		"""A sequence; e-mail steps without `content` get one of their own."""
		values = {
			"status": "Draft",
			"trigger_type": "Manual",
			"reentry": "Never",
			"on_reply": "End",
			"exit_on_conversion": 1,
			"exit_on_bounce": 1,
			"use_default_window": 1,
			"promotional": 0,
			**A_GOAL,
		} | values
		exits = values.pop("exits", ())
		self.put("Nurture Sequence", title, title=title, **values)
		for place, kind in enumerate(exits, 1):
			self.put("Nurture Sequence Exit", parent=title, idx=place, activity_type=kind)
		for place, step in enumerate(steps, 1):
			step = {
				"step_type": "Email",
				"timing": "After Previous Step",
				"delay": 0,
				"delay_unit": "Days",
			} | step
			if step["step_type"] == "Email" and "content" not in step:
				step["content"] = self.content(f"{title} {step['step_label']}")
			self.put("Nurture Sequence Step", parent=title, idx=place, **step)
		if activate:
			lifecycle.activate(self.host, title)
		return title

	# --- happening -------------------------------------------------------------------------------------------------

	def record(
		self, party: str, activity_type: str, when: datetime | None = None, **values: Any
	) -> activities.RecordResult:
		one = activities.ActivityIn(party, activity_type, when or self.clock.now(), **values)
		return activities.record(self.host, [one])

	def enroll(self, sequence: str, *parties: str) -> list[entering.EnrollOutcome]:
		return entering.enroll(self.host, sequence, parties, by="tester")

	def tick(self, worker: str = "w") -> TickResult:
		"""Tick until nothing is due."""
		total = TickResult()
		while True:
			result = runner.tick(self.host, worker)
			if not result.claimed:
				return total
			total.add(result)

	def run_until(self, moment: datetime, every: timedelta | None = None) -> None:
		"""Let time pass, with a nightly pass at midnight and ticks `every` so often, or whenever something falls due."""
		self.tick()
		while self.clock.now() < moment:
			before = self.clock.now()
			midnight = datetime.combine(before.date() + timedelta(days=1), time())
			self.clock.move_to(min(before + every if every else self.next_due(), midnight, moment))
			if self.clock.now() == midnight:
				nightly.nightly(self.host)
			self.tick()

	def next_due(self) -> datetime:
		"""When something falls due next; in a hundred years when nothing does."""
		table = Table("tabNurture Enrollment")
		query = Query.from_(table).select(table.due_on).where(table.status == _text("Active"))
		rows = self.db.rows(
			query.where(table.due_on > _text(self.clock.now())).orderby(table.due_on).limit(1)
		)
		return rows[0][0] if rows else self.clock.now() + timedelta(days=36500)

	# --- looking ---------------------------------------------------------------------------------------------------

	def row(self, doctype: str, name: str, *columns: str) -> tuple:
		table = Table(f"tab{doctype}")
		return self.db.rows(
			Query.from_(table).select(*(table[column] for column in columns)).where(table.name == _text(name))
		)[0]

	def all(self, doctype: str, *columns: str, **where: str) -> list[tuple]:
		table = Table(f"tab{doctype}")
		query = Query.from_(table).select(*(table[column] for column in columns)).orderby(table.name)
		for column, value in where.items():
			query = query.where(table[column] == _text(value))
		return self.db.rows(query)

	def score(self, lead: str) -> int:
		return int(self.row("Lead", lead, "nurture_score")[0] or 0)

	def stage(self, lead: str) -> str:
		return self.row("Lead", lead, "nurture_stage")[0] or ""

	def sent(self, lead: str = "") -> list[str]:
		"""Subjects handed to the mail channel, in order."""
		return [one.subject for one in self.outbox.messages if not lead or one.party == lead]


def _text(value: Any) -> Any:
	from nurture_app.engine.sql import P

	return P(value)


ACTIVITY_TYPES = json.loads(SHIPPED_TYPES.read_text(encoding="utf-8"))
"""Those that ship: the catalogue of what can happen."""
