"""The site's own name server, asked with little patience: nobody waits in the Desk for a machine that does not answer."""

from __future__ import annotations

import time

import dns.exception
import dns.name
import dns.resolver

SECONDS_EACH = 2.0
SECONDS_ALL = 10.0
"""For a whole checklist."""


class Unreachable(Exception):
	"""No answer: that is no statement about the domain."""


class NameServer:
	"""Answers by name; what does not exist has none. Raises `Unreachable`."""

	def __init__(
		self, servers: list[str] | None = None, port: int = 53, patience: float = SECONDS_ALL
	) -> None:
		self._servers, self._port = servers, port
		self._until = time.monotonic() + patience
		self._known: dict[tuple[str, str], list[str]] = {}

	def texts(self, name: str) -> list[str]:
		return self._ask(name, "TXT")

	def mail_servers(self, name: str) -> list[str]:
		return self._ask(name, "MX")

	def has_address(self, name: str) -> bool:
		return bool(self._ask(name, "A") or self._ask(name, "AAAA"))

	def _ask(self, name: str, kind: str) -> list[str]:
		key = (name.lower(), kind)
		if key not in self._known:
			self._known[key] = self._resolve(name, kind)
		return self._known[key]

	def _resolve(self, name: str, kind: str) -> list[str]:
		left = self._until - time.monotonic()
		if left <= 0.05:
			raise Unreachable(name)
		try:
			resolver = dns.resolver.Resolver(configure=self._servers is None)
			if self._servers is not None:
				resolver.nameservers, resolver.port = self._servers, self._port
			resolver.timeout = min(SECONDS_EACH, left) / 2
			answer = resolver.resolve(
				dns.name.from_text(name), kind, lifetime=min(SECONDS_EACH, left), search=False
			)
		except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
			return []
		except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, UnicodeError):
			return []  # no domain of that spelling can exist
		except (dns.exception.DNSException, OSError) as error:
			if isinstance(error, dns.resolver.LifetimeTimeout):
				self._until = min(
					self._until, time.monotonic() + SECONDS_EACH
				)  # the rest will hardly fare better
			raise Unreachable(name) from error
		if kind == "TXT":
			return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
		if kind == "MX":
			return [
				str(record.exchange).rstrip(".") for record in sorted(answer, key=lambda one: one.preference)
			]
		return [record.to_text() for record in answer]
