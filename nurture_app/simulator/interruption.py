"""Ctrl-C while SQLite calls back: what is raised within its functions it swallows or calls its own error.

A comparison that was broken off so would count as "equal", and a step as failed; the run would go on, with wrong results.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType


class Interruption:
	"""While it lasts, a Ctrl-C is raised as ever, and remembered: nothing ends well that has swallowed one."""

	def __init__(self) -> None:
		self.end_statement: Callable[[], None] = lambda: None
		"""Ends what the database is doing, `SQLiteDatabase.interrupt`."""
		self._asked = False
		self._listens = False

	def __enter__(self) -> Interruption:
		# Whoever started the command may have told it to ignore the signal, or deals with it.
		if (
			threading.current_thread() is threading.main_thread()
			and signal.getsignal(signal.SIGINT) is signal.default_int_handler
		):
			signal.signal(signal.SIGINT, self._ask)
			self._listens = True
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		if self._listens:
			signal.signal(signal.SIGINT, signal.default_int_handler)
		if kind is not KeyboardInterrupt:
			self.check()

	def check(self) -> None:
		"""Raise `KeyboardInterrupt` if one was asked for, even if something has swallowed it."""
		if self._asked:
			raise KeyboardInterrupt

	def _ask(self, number: int, frame: FrameType | None) -> None:
		self._asked = True
		self.end_statement()
		raise KeyboardInterrupt
