"""A scene for crashes: a mail queue that is a table, as Frappe's is, workers that are processes, and the books to check."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from mmap import mmap
from typing import Any
from zoneinfo import ZoneInfo

from nurture_app.engine import runner
from nurture_app.engine.ports import Clock, Database, Delivery, Host, Message, Task
from nurture_app.engine.sql import P, Query, doctype, locking, params
from nurture_app.engine.timing import zone_or_none
from nurture_app.simulator.virtual_clock import VirtualClock
from tests.database_wrappers import WatchedDatabase
from tests.mariadb_database import MariaDBDatabase, is_retryable
from tests.world import UTC, World

QUEUES = {
	"tabEmail Queue": ("touch", "party", "address", "subject", "status"),
	"tabToDo": ("touch", "party", "description", "status"),
	"tabNotice": ("touch", "party", "text", "status"),
}
ATTEMPTS = 5
SEED = int(os.environ.get("CRASH_SEED", secrets.randbelow(10**6)))
STAGES = ("outside", "rows", "execute", "insert", "update", "begin", "commit")


class QueueTable:
	"""Plays both channels: messages and tasks are rows written in the runner's transaction."""

	def __init__(self, db: Database, table: str):
		self.db, self.table = db, table

	def deliver(self, messages: Sequence[Message] | Sequence[Task]) -> list[Delivery]:
		rows, deliveries = [], []
		for one in messages:
			name = self.db.new_name()
			words = (one.address, one.subject) if isinstance(one, Message) else (_words(one),)
			rows.append((name, one.touch, one.party, *words, "Not Sent"))
			status = "Queued" if isinstance(one, Message) else "Done"
			deliveries.append(Delivery(one.touch, status, queue_row=name))
		self.db.insert(self.table, ("name", *QUEUES[self.table]), rows)
		return deliveries

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		queue = doctype(self.table.removeprefix("tab"), "q")
		query = Query.from_(queue).select(queue.name).where(queue.name.isin(params(queue_rows)))
		waiting = query.where(queue.status == P("Not Sent")).orderby(queue.name)
		names = [name for (name,) in self.db.rows(locking(waiting, self.db.dialect))]
		self.db.update(self.table, ("name", "status"), [(name, "Cancelled") for name in names])
		return names


def _words(one: Any) -> str:
	return one.description if isinstance(one, Task) else str(one)[:200]


class RandomLinks:
	"""Tokens that no other process makes, too."""

	def new_token(self) -> str:
		return secrets.token_urlsafe(16)

	def unsubscribe(self, token: str) -> str:
		return f"https://example.com/u/{token}"

	def preferences(self, token: str) -> str:
		return f"https://example.com/n/preferences/{token}"

	def opening(self, token: str) -> str:
		return f"https://example.com/n/o/{token}"

	def click(self, token: str, link: str) -> str:
		return f"https://example.com/n/c/{token}/{link}"

	def asset(self, token: str, short_name: str) -> str:
		return f"https://example.com/n/a/{token}/{short_name}"

	def answer(self, token: str, key: str) -> str:
		return f"https://example.com/n/answer/{token}/{key}"

	def message_id(self, token: str) -> str:
		return f"{token}@example.com"


def host_on(world: World, db: Database, clock: Clock | None = None) -> Host:
	"""The world's host on another database (handle), with the queues in it."""
	channels = {
		"Email": QueueTable(db, "tabEmail Queue"),
		"Task": QueueTable(db, "tabToDo"),
		"Notification": QueueTable(db, "tabNotice"),
	}
	return replace(world.host, db=db, clock=clock or world.clock, channels=channels, links=RandomLinks())


def with_queues(world: World) -> World:
	"""Make the queue tables, empty, and the world use them."""
	connection = world.db._connection
	execute = connection.cursor().execute if isinstance(world.db, MariaDBDatabase) else connection.execute
	quote = "`" if isinstance(world.db, MariaDBDatabase) else '"'
	for table, columns in QUEUES.items():
		standard = ("name", "creation", "modified", "modified_by", "owner", "docstatus", "idx")
		lines = ", ".join(f"{column} varchar(255)" for column in (*standard, *columns))
		execute(f"CREATE TABLE IF NOT EXISTS {quote}{table}{quote} ({lines}, PRIMARY KEY (name))")
		execute(f"DELETE FROM {quote}{table}{quote}")
	if isinstance(world.db, MariaDBDatabase):
		connection.commit()
	world.host = host_on(world, world.db)
	return world


# --- workers -----------------------------------------------------------------------------------------------------


class Workers:
	"""Forks workers with connections of their own; each runs `work` on its host until it is done or killed."""

	def __init__(self, world: World):
		self.world = world
		self.forked = 0
		self.died_in: Counter[str] = Counter()
		self.failed: list[int] = []
		self._stages: dict[int, mmap] = {}

	def start(self, work: Callable[[Host, str], None]) -> int:
		self.forked += 1
		name, stage = f"w{self.forked}", mmap(-1, 1)
		pid = os.fork()
		if pid == 0:
			self._be_a_worker(work, name, stage)
		self._stages[pid] = stage
		return pid

	def _be_a_worker(self, work: Callable[[Host, str], None], name: str, stage: mmap) -> None:
		status = 1
		try:

			def note(_: int, call: str) -> None:
				stage[0] = STAGES.index(call)

			def clear(_: int, call: str) -> None:
				stage[0] = 0

			clock = VirtualClock(self.world.clock.now(), UTC)
			db = self.world.db.another(f"{name}-", clock)
			work(host_on(self.world, WatchedDatabase(db, note, clear), clock), name)
			status = 0
		except BaseException:
			traceback.print_exc(file=sys.stderr)
		finally:
			os._exit(status)  # no tear-down of pytest's in here

	def kill(self, pid: int) -> None:
		os.kill(pid, signal.SIGKILL)

	def wait(self, pid: int) -> bool:
		"""Wait for a worker's end; says whether it was killed."""
		_, status = os.waitpid(pid, 0)
		stage = STAGES[self._stages.pop(pid)[0]]
		if os.WIFSIGNALED(status):
			self.died_in[stage] += 1
			return True
		if os.WEXITSTATUS(status):
			self.failed.append(pid)
		return False


def tick_until_done(host: Host, worker: str) -> None:
	"""What a background job does: batch after batch; again when another transaction was in the way."""
	while retrying(lambda: runner.tick(host, worker)).claimed:
		pass


def retrying(work: Callable[[], Any]) -> Any:
	for attempt in range(1, ATTEMPTS + 1):
		try:
			return work()
		except Exception as error:
			if not is_retryable(error) or attempt == ATTEMPTS:
				raise
	raise AssertionError("unreachable")


# --- the books ---------------------------------------------------------------------------------------------------


class Books:
	"""What was queued, to whom and when, from the ledger and the queues; `check` says what is wrong with it."""

	def __init__(self, world: World):
		with world.db.transaction():  # see what others committed
			pass
		columns = (
			"name",
			"enrollment",
			"step",
			"visit",
			"party",
			"address",
			"channel",
			"status",
			"queued_on",
		)
		self.touches = {
			row[0]: dict(zip(columns, row, strict=True)) for row in world.all("Nurture Touch", *columns)
		}
		self.mails = world.all("Email Queue", "touch", "address", "status")
		self.tasks = world.all("ToDo", "touch", "status")
		columns = ("name", "party", "sequence", "status", "reason", "step", "lease_token")
		self.enrollments = {
			row[0]: dict(zip(columns, row, strict=True)) for row in world.all("Nurture Enrollment", *columns)
		}
		self.zones = dict(world.all("Lead", "name", "nurture_time_zone"))

	def mails_of(self, enrollment: str) -> list[tuple[datetime, str]]:
		"""When and which step, in order, of messages that were not taken back."""
		kept = {touch for touch, _, status in self.mails if status == "Not Sent"}
		return sorted(
			(touch["queued_on"], touch["visit"], touch["step"])
			for touch in self.touches.values()
			if touch["enrollment"] == enrollment and touch["name"] in kept
		)

	def check_ledger_and_queues_agree(self) -> None:
		"""Each queue row belongs to one touch, each touch to one step of one visit, and neither is without the other."""
		for queue, channel, left in ((self.mails, "Email", "Queued"), (self.tasks, "Task", "Done")):
			rows = Counter(row[0] for row in queue)
			assert max(rows.values(), default=1) == 1, "something was handed over twice"
			waiting = {row[0] for row in queue if row[-1] == "Not Sent"}
			noted = {
				t["name"] for t in self.touches.values() if t["channel"] == channel and t["status"] == left
			}
			assert waiting == noted, f"{len(waiting ^ noted)} rows of queue and ledger do not agree"
		keys = Counter((one["enrollment"], one["step"], one["visit"]) for one in self.touches.values())
		assert max(keys.values(), default=1) == 1, "a step has two touches"

	def check_complete_and_in_order(self, sequence: str, steps: Sequence[str]) -> None:
		for name, one in self.enrollments.items():
			if one["sequence"] == sequence:
				assert (one["status"], one["reason"]) == ("Completed", "finished"), one
				assert [step for _, _, step in self.mails_of(name)] == list(steps), one["party"]

	def check_window(self, start: int, end: int) -> None:
		for one in self.touches.values():
			if one["channel"] == "Email" and one["queued_on"]:
				zone = zone_or_none(self.zones.get(one["party"])) or UTC
				local = one["queued_on"].replace(tzinfo=UTC).astimezone(ZoneInfo(str(zone)))
				assert start <= local.hour < end and local.weekday() < 5, (one, local)

	def check_cap(self, messages: int, span: timedelta) -> None:
		by_address: dict[str, list[datetime]] = {}
		for one in self.touches.values():
			if one["channel"] == "Email" and one["queued_on"]:
				by_address.setdefault(one["address"], []).append(one["queued_on"])
		for address, moments in by_address.items():
			moments.sort()
			for first, later in zip(moments, moments[messages:], strict=False):
				assert later - first >= span, f"{address} had {messages + 1} messages within {later - first}"
