"""Batches that are done two at a time within one job.

Of the time a batch takes, half is Python's and half the database's. Two processes do not wait for each other's Python, as
threads would. To the runner a lane is one more worker, kept apart from others by its leases.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

import frappe
from frappe.utils.password import get_encryption_key

from nurture_app.engine.outcome import TickResult

LOST = "the second lane ended without a word; what it had leased is done when the lease is over"


class LaneBroken(RuntimeError):
	"""The second lane failed. Its message is the traceback from there."""


@dataclass(slots=True)
class Worked:
	"""What a lane did."""

	result: TickResult = field(default_factory=TickResult)
	failures: list[str] = field(default_factory=list)
	"""A sentence each; the Error Log has the rest."""

	def add(self, other: Worked) -> None:
		self.result.add(other.result)
		self.failures += other.failures


Batches = Callable[[list[str]], Iterator[TickResult]]
"""Does batch after batch, one each time it is asked for the next; adds to the list what went wrong and was logged."""


def in_lanes(batches: Batches) -> Worked:
	"""All that `batches` does, which each of two lanes calls for itself. Commits.

	The second is a child of this process and works as the same user with a connection of its own; what it changes in
	memory is not seen here. An exception in one lane stops the other after the batch it is at, and passes
	(`LaneBroken` from the second). Where there is no process or connection to spare, the first lane does it all.
	"""
	get_encryption_key()  # were it not there yet, each lane would make its own, and the links of one would lead nowhere
	context = multiprocessing.get_context("fork")
	broken, (answer, told) = context.Event(), context.Pipe(duplex=False)
	frappe.db.commit()  # nosemgrep: jobs only
	# Two processes on one connection would read each other's answers. The next statement opens a new one.
	frappe.db.close()
	second = context.Process(target=_second_lane, args=(batches, broken, told), name="nurture_lane")
	with answer:
		with told:  # once the child's is closed too, nothing more can come
			try:
				second.start()
			except OSError:
				return _drain(batches, broken)
		try:
			total = _drain(batches, broken)
		finally:
			theirs = _received(answer)
			second.join()
	if isinstance(theirs, str):
		raise LaneBroken(theirs)
	total.add(theirs)
	return total


def _received(answer: Connection) -> Worked | str:
	try:
		return answer.recv()
	except EOFError:
		return Worked(failures=[LOST])


def _second_lane(batches: Batches, broken: Event, told: Connection) -> None:
	"""The child, as long as its parent lives: work, and tell what was done, or the traceback."""
	parent = os.getppid()
	site, sites_path, user = frappe.local.site, frappe.local.sites_path, frappe.session.user
	frappe.destroy()
	frappe.init(site=site, sites_path=sites_path)
	try:
		if _connected():
			frappe.set_user(user)
			told.send(_drain(batches, broken, is_wanted=lambda: os.getppid() == parent))
		else:
			told.send(Worked())
	except BaseException:
		told.send(traceback.format_exc())
	finally:
		frappe.destroy()


def _connected() -> bool:
	try:
		frappe.connect()
		frappe.db.connect()
	except Exception:
		return False
	return True


def _drain(batches: Batches, broken: Event, *, is_wanted: Callable[[], bool] = lambda: True) -> Worked:
	total = Worked()
	try:
		for result in batches(total.failures):
			total.result.add(result)
			if broken.is_set() or not is_wanted():
				break
	except BaseException:
		broken.set()
		raise
	return total
