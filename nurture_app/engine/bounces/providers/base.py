"""What every provider's class offers, and what they share."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol

from nurture_app.engine.addresses import normalise
from nurture_app.engine.bounces.report import Kind, Report, one_line
from nurture_app.engine.bounces.status import codes_in, judge

MOST_EVENTS = 2000
"""Of one request."""

REF = "nurture"
"""Name of the piece of metadata some providers echo: the id of our mail."""

HEADER_SECRET = "X-Nurture-Secret"
"""For providers that do not sign. Not Authorization: Frappe refuses a request with one it does not know."""


class NotProven(Exception):
	"""The request does not prove that it comes from the provider; the text says why, for the administrator alone."""


class Malformed(Exception):
	"""The request is none the provider would send."""


@dataclass(frozen=True, slots=True)
class Call:
	"""A request to our address for a provider."""

	body: bytes
	headers: Mapping[str, str] = field(default_factory=dict)
	"""Lower-case names."""
	secret: str = ""
	topic: str = ""
	now: float = 0.0
	"""Seconds since 1970."""
	fetch: Callable[[str], bytes] | None = None
	"""Gets a file from the provider (a certificate). Raises `NotProven` when that is not possible."""

	def json(self) -> Any:
		"""The body. Raises `Malformed`."""
		try:
			return json.loads(self.body.decode("utf-8"))
		except (ValueError, RecursionError):
			raise Malformed("The body is no JSON in UTF-8.") from None


class Provider(Protocol):
	title: str
	slug: str
	"""In the address: letters only."""
	needs_secret: bool
	"""It signs, so that without its key nothing can be proven."""
	secret_is: str
	steps: tuple[str, ...]
	"""How to set it up there, a sentence each."""

	def verify(self, call: Call) -> None:
		"""Raises `NotProven`, or `Malformed` when there is nothing to look at."""
		...

	def reports(self, call: Call) -> list[Report]:
		"""What it says, without what is of no interest to us. Raises `Malformed`."""
		...

	def mail_headers(self, message_id: str) -> dict[str, str]:
		"""Headers to put on our mails so that the provider echoes their id; empty where it does so anyway."""
		...


def check_shared_secret(call: Call) -> None:
	"""For providers that do not sign: the key in the address is one secret, this header a second, if one is set."""
	given = call.headers.get(HEADER_SECRET.lower(), "")
	if call.secret and not hmac.compare_digest(given.encode(), call.secret.encode()):
		raise NotProven(f"The header {HEADER_SECRET} is missing or wrong.")


def events_of(value: Any) -> list[dict[str, Any]]:
	"""One event or many, as objects. Raises `Malformed`."""
	events = value if isinstance(value, list) else [value]
	if not events or len(events) > MOST_EVENTS or not all(isinstance(event, dict) for event in events):
		raise Malformed(f"One to {MOST_EVENTS} events were expected.")
	return events


def reports_of(call: Call, read: Callable[[dict[str, Any]], Report | None]) -> list[Report]:
	"""What `read` makes of each event of the body, without what is of no interest to us. Raises `Malformed`."""
	found = (read(event) for event in events_of(call.json()))
	return [report for report in found if report]


def failure(kind: Kind | None, event: Mapping[str, Any], words: object, **known: Any) -> Report:
	"""A bounce; `kind` None: as its codes and words say."""
	text = one_line(words)
	enhanced, smtp = codes_in(text)
	enhanced = known.pop("enhanced_code", "") or enhanced
	smtp = known.pop("smtp_code", "") or smtp
	judged = judge(enhanced, smtp, text) if kind is None else kind
	return Report(kind=judged, enhanced_code=enhanced[:20], smtp_code=smtp[:10], diagnostic=text, **known)


def text(event: Any, *path: str) -> str:
	"""A text somewhere inside of an event, or an empty one: nothing in it is believed to be there."""
	for name in path:
		event = event.get(name) if isinstance(event, dict) else None
	return str(event)[:2000] if isinstance(event, str | int | float) and not isinstance(event, bool) else ""


def address(value: object) -> str:
	"""As addresses are compared; empty for what is no text, or no address."""
	return normalise(value if isinstance(value, str) else "")


def bare_id(value: str) -> str:
	"""A message id without angle brackets."""
	return value.strip().strip("<>").strip()[:255]


def from_epoch(value: object) -> datetime | None:
	"""Seconds or milliseconds since 1970, also as a text; in UTC. None for what is no such number."""
	try:
		seconds = float(value)  # type: ignore[arg-type]
		return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, timezone.utc)
	except (TypeError, ValueError, OverflowError, OSError):
		return None


def from_iso(value: str) -> datetime | None:
	"""ISO 8601 as providers write it; also with seven digits after the dot, which Python 3.10 does not read."""
	head, _dot, tail = value.strip().replace("Z", "+00:00").partition(".")
	digits = len(tail) - len(tail.lstrip("0123456789"))
	try:
		moment = datetime.fromisoformat(
			f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}" if digits else head
		)
	except ValueError:
		return None
	return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def first(values: Iterable[str]) -> str:
	return next((value for value in values if value), "")
