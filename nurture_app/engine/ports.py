"""The few things the engine asks of its host: a database, a clock, channels.

A Frappe site (`nurture_app.site`) and the simulator (`nurture_app.simulator`) each play them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from nurture_app.engine.words import Translate, as_written

Row = tuple[Any, ...]
T = TypeVar("T")


class Database(Protocol):
	"""Reads and writes tables named as Frappe names them (`tabLead`, `tabNurture Touch`, ...).

	Datetimes go in and come out as naive values in the host's time zone (see `Clock.zone`).
	"""

	dialect: str
	"""`mysql`, `sqlite` or `postgres`; see `engine.sql`."""

	retryable: tuple[type[Exception], ...]
	"""Errors that mean: another transaction was in the way, do the whole thing again."""

	def rows(self, query: Any) -> list[Row]:
		"""Run a pypika SELECT and return its rows."""
		...

	def ids(self, query: Any) -> list[str]:
		"""The ids that a pypika SELECT of one column called `id` finds; meant for very many of them."""
		...

	def execute(self, query: Any) -> int:
		"""Run a pypika INSERT .. SELECT, UPDATE or DELETE and return how many rows it touched."""
		...

	def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row], *, ignore: bool = False) -> int:
		"""Insert many rows in few round trips and return how many went in.

		`columns` starts with `name`; the host adds Frappe's own columns (creation, modified, owner...).
		With `ignore`, a row whose unique key exists already is left out silently.
		"""
		...

	def update(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
		"""Give many existing rows their own new values. The first of `columns` is `name`."""
		...

	def transaction(self) -> AbstractContextManager[None]:
		"""All or nothing: commits on leaving, rolls back when an exception passes. Transactions are not nested."""
		...

	def new_name(self) -> str:
		"""A fresh id for a row: short, unique, sorted by time."""
		...


class Clock(Protocol):
	zone: ZoneInfo
	"""The host's time zone, in which naive datetimes are stored."""

	def now(self) -> datetime:
		"""The present as Frappe stores it: naive, in `zone`."""
		...


@dataclass(frozen=True, slots=True)
class TrackedLink:
	"""A link of a content that leads through the redirect."""

	name: str
	content: str
	url: str
	"""Empty for the hidden link that only machines follow."""
	position: int
	"""Its place among the links of the content, from 1; 0 for the hidden one."""
	party: str = ""
	"""The lead whose data stand in it, or empty when everybody gets the same."""


@dataclass(frozen=True, slots=True)
class Message:
	"""One message to one person, rendered and ready to hand over."""

	touch: str
	channel: str
	party: str
	address: str
	subject: str
	html: str
	text: str
	sender_name: str
	sender_address: str
	reply_to: str
	message_id: str
	"""Without angle brackets; at most 75 characters, or Frappe's re-serialisation destroys the header."""
	unsubscribe_url: str
	"""At most 75 characters, for the same reason."""
	in_reply_to: str = ""
	preferences_url: str = ""
	shown_html: str = ""
	"""The HTML for colleagues to look at, whose looking must not count; empty when `html` itself tells nothing."""
	tracking_token: str = ""
	links: tuple[TrackedLink, ...] = ()
	account: str = ""
	"""The Email Account it leaves by; empty: the one of the settings."""
	at_once: bool = False
	"""Somebody waits for it: it goes before mails that nobody asked for."""
	party_owner: str = ""
	"""The user who made the lead, who stands as owner of what the message is about."""


@dataclass(frozen=True, slots=True)
class Delivery:
	"""What became of a message handed to a channel."""

	touch: str
	status: str
	"""A value of `codes.TouchStatus`."""
	queue_row: str = ""
	communication: str = ""
	reason: str = ""
	assigned_to: str = ""
	"""The colleague who has the lead now, of a handover."""


@dataclass(frozen=True, slots=True)
class Task:
	"""A piece of work for a person, about a lead."""

	touch: str
	party: str
	description: str
	"""Plain text."""
	assign_to: str
	"""A user, or empty for the owner of the lead."""
	due_on: date
	kind: str = "To Do"
	step: str = ""
	"""The sequence and its step, for people."""
	text: str = ""
	"""What to write or say, ready to be changed; plain."""
	needs: tuple[str, ...] = ()
	"""What must be filled in before it counts as done; see `engine.hand_work`."""
	profile: str = ""
	"""Where the person is found."""


@dataclass(frozen=True, slots=True)
class NewRecord:
	"""A document of the host's own about a lead, made once."""

	touch: str
	party: str
	kind: str
	"""`Opportunity` or `Event`."""
	title: str
	"""Plain."""
	user: str
	"""Whose it is: a user, or empty."""
	values: Mapping[str, Any]
	"""Fields of it, by their names; empty ones are left to the host."""


@dataclass(frozen=True, slots=True)
class Notice:
	"""A word to colleagues about a lead."""

	touch: str
	party: str
	text: str
	"""Plain."""
	user: str
	role: str
	"""Everybody who has it; empty when there is a user."""
	by_email: bool


@dataclass(frozen=True, slots=True)
class Handover:
	"""A lead that a colleague takes from here."""

	touch: str
	party: str
	to: str
	"""`Lead Owner`, `User` or `Assignment Rule`."""
	user: str
	owner: str
	"""Of the lead; may be empty."""
	note: str
	"""Plain."""
	reasons: tuple[tuple[str, int], ...]
	"""What the score comes from, the most first, with its points."""
	activities: tuple[tuple[str, str, datetime], ...]
	"""(kind, detail, moment) of what the person did last."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
	"""A step that waits for a colleague's word."""

	touch: str
	party: str
	enrollment: str
	sequence: str
	step: str
	approver: str
	"""A user; may be empty when the lead has no owner."""
	is_reminder: bool = False
	is_over: bool = False
	"""Nobody has answered, and nobody is asked again: whoever is responsible for the sequence is to hear of it."""


class Channel(Protocol):
	"""Hands messages or tasks over within the runner's transaction, so that ledger and queue commit together."""

	def deliver(self, messages: Sequence[Any]) -> list[Delivery]:
		"""One delivery for each message, in order. A single bad message comes back as failed; it never raises for one."""
		...

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""Take back messages that have not left; returns the queue rows that were caught in time."""
		...


@dataclass(frozen=True, slots=True)
class FieldInfo:
	"""A field of the party's DocType that conditions and steps may name."""

	fieldname: str
	label: str
	kind: str
	"""`text`, `int`, `float`, `check`, `date`, `datetime` or `time`."""
	options: tuple[str, ...] = ()
	"""The values it allows; empty for those that allow any."""
	titles: tuple[tuple[str, str], ...] = ()
	"""(value, how people call it), where that differs."""
	links_to: str = ""
	"""The DocType of the records it names; empty for other fields, and where the host does not say."""


class Links(Protocol):
	"""Public addresses that mails carry. Those that stand in a header have at most 75 characters."""

	def new_token(self) -> str:
		"""128 random bits as 22 URL-safe characters."""
		...

	def unsubscribe(self, token: str) -> str: ...

	def preferences(self, token: str) -> str:
		"""The page where the person changes what they get; stands in bodies only."""
		...

	def opening(self, token: str) -> str:
		"""A picture of one pixel; `token` is the touch's tracking token."""
		...

	def click(self, token: str, link: str) -> str:
		"""The redirect to a stored link (`Nurture Link`), good for this touch and this link alone."""
		...

	def asset(self, token: str, short_name: str) -> str:
		"""The file of an asset, for the person of the touch with this token."""
		...

	def answer(self, token: str, key: str) -> str:
		"""The page on which the person presses the button of an answer (`engine.answers`)."""
		...

	def message_id(self, token: str) -> str: ...


class Memory(Protocol):
	"""Keeps what was read of the set-up: rules, segments, sequences, settings, activity types."""

	def remembered(self, what: str, read: Callable[[], T]) -> T:
		"""What `read` returned at an earlier call, if nothing was set up anew since; otherwise what it returns now.

		Callers share it and must not change it.
		"""
		...


class NoMemory:
	"""Reads everything whenever it is needed."""

	def remembered(self, what: str, read: Callable[[], T]) -> T:
		return read()


@dataclass(frozen=True, slots=True)
class Host:
	"""Everything the engine gets from outside, in one parcel."""

	db: Database
	clock: Clock
	channels: Mapping[str, Channel]
	"""By name: `Email` takes messages, `Task` tasks, `Notification` notices, `Handoff` handovers, `Approval` requests,
	`Record` documents to make."""
	catalog: Mapping[str, FieldInfo]
	"""The fields of Lead by name."""
	links: Links
	memory: Memory = NoMemory()  # noqa: RUF009 (it keeps nothing)
	translate: Translate = as_written
	"""Puts our own words around a mail into the reader's language."""
	wake: Callable[[], None] = lambda: None
	"""Asks for due steps to be done as soon as this transaction is over: somebody waits for an answer (CD-10)."""
