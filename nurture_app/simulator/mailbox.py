"""A mailbox folder in the place of the Email Queue: every mail becomes an .eml file that a mail program opens."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from nurture_app.engine.codes import NurtureError, TouchStatus
from nurture_app.engine.mail import MimeTemplate, build_mime
from nurture_app.engine.outgoing.parcels import CallResult, Parcel
from nurture_app.engine.ports import Clock, Delivery, Handover, Message
from nurture_app.engine.timing import to_aware

DOMAIN = "nurture.example"
_OURS = re.compile(r"[0-9]{6,}-[0-9]{4}-[0-9]{2}-[0-9]{2}-.*[.]eml")


class Mailbox:
	"""Plays `engine.ports.Channel` for e-mail. Mails leave at once, when the transaction they belong to commits."""

	def __init__(self, folder: Path | None, clock: Clock, after_commit: Callable[[Callable[[], None]], None]):
		"""`folder` None writes no files; `after_commit` is `SQLiteDatabase.after_commit`."""
		self._folder = folder
		self._clock = clock
		self._after_commit = after_commit
		self._count = 0
		self._sent: list[str] = []
		self._failure: OSError | None = None
		if folder is not None:
			folder.mkdir(parents=True, exist_ok=True)
			for old in folder.iterdir():
				if _OURS.fullmatch(old.name):
					old.unlink()

	def deliver(self, messages: Sequence[Message]) -> list[Delivery]:
		template = MimeTemplate(date=to_aware(self._clock.now(), self._clock.zone))
		deliveries = []
		for message in messages:
			try:
				mime = build_mime(message, template)
			except NurtureError as error:
				deliveries.append(Delivery(message.touch, TouchStatus.FAILED, reason=error.code))
				continue
			self._after_commit(lambda message=message, mime=mime: self._keep(message, mime))
			deliveries.append(Delivery(message.touch, TouchStatus.SENT))
		return deliveries

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		return []  # nothing ever waits here

	def take_sent(self) -> list[str]:
		"""The touches of the mails sent since this was last asked."""
		sent, self._sent = self._sent, []
		return sent

	def check(self) -> None:
		"""Raise the `OSError` that kept a file from being written.

		Raised while a batch is recorded, the runner would take it for a mistake in some step, and go on.
		"""
		if self._failure:
			raise self._failure

	def _keep(self, message: Message, mime: str) -> None:
		self._count += 1
		self._sent.append(message.touch)
		if self._folder is not None and not self._failure:
			day = self._clock.now().date().isoformat()
			address = re.sub(r"[^a-z0-9@._+-]", "_", message.address.lower())[:80]
			path = self._folder / f"{self._count:06}-{day}-{address}.eml"
			try:
				path.write_bytes(mime.encode("utf-8"))
			except OSError as error:
				self._failure = error


class TaskList:
	"""Plays `engine.ports.Channel` for what colleagues get: remembers it."""

	def __init__(self, after_commit: Callable[[Callable[[], None]], None]):
		self._after_commit = after_commit
		self.tasks: list[Any] = []

	def deliver(self, messages: Sequence[Any]) -> list[Delivery]:
		self._after_commit(lambda: self.tasks.extend(messages))
		return [Delivery(task.touch, TouchStatus.DONE) for task in messages]

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		return []


class Handovers(TaskList):
	"""Plays `engine.ports.Channel` for handovers: whoever is asked takes the lead."""

	def deliver(self, messages: Sequence[Handover]) -> list[Delivery]:
		super().deliver(messages)
		takers = [one.user or one.owner or "colleague" for one in messages]
		return [
			Delivery(one.touch, TouchStatus.DONE, assigned_to=taker)
			for one, taker in zip(messages, takers, strict=True)
		]


class Calls:
	"""Plays `engine.outgoing.parcels.Caller`: notes what would have left by HTTP, and calls it taken."""

	def __init__(self) -> None:
		self.parcels: list[Parcel] = []

	def call(self, parcel: Parcel) -> CallResult:
		self.parcels.append(parcel)
		return CallResult(200)


class SimulatedLinks:
	"""Plays `engine.ports.Links`: addresses that lead nowhere, the same in every run with the same seed."""

	def __init__(self, seed: int):
		self._seed = seed
		self._count = 0

	def new_token(self) -> str:
		self._count += 1
		digest = blake2b(f"{self._seed}|token|{self._count}".encode(), digest_size=16).digest()
		return urlsafe_b64encode(digest).decode().rstrip("=")

	def unsubscribe(self, token: str) -> str:
		return f"https://{DOMAIN}/nurture/u/{token}"

	def preferences(self, token: str) -> str:
		return f"https://{DOMAIN}/nurture/n/preferences/{token}"

	def opening(self, token: str) -> str:
		return f"https://{DOMAIN}/nurture/n/o/{token}"

	def click(self, token: str, link: str) -> str:
		return f"https://{DOMAIN}/nurture/n/c/{token}/{link}"

	def asset(self, token: str, short_name: str) -> str:
		return f"https://{DOMAIN}/nurture/n/a/{token}/{short_name}"

	def answer(self, token: str, key: str) -> str:
		return f"https://{DOMAIN}/nurture/n/answer/{token}/{key}"

	def message_id(self, token: str) -> str:
		return f"{token}@{DOMAIN}"
