"""The one way out by HTTP to addresses that users type: webhooks, and links that are checked.

Whoever may write an address must not be able to reach what only this server can: a name is resolved once, every address
it has must be public, and the connection goes to the address that was looked at, so that a name which changes its mind
in between gains nothing. Redirects are handed back, never followed. A proxy of the environment is not used: behind it
nobody could tell where a request ends up.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from types import TracebackType
from urllib.parse import urlsplit

import certifi
import frappe

TIMEOUT = 10.0
"""Seconds for connecting, and once more for all that follows."""
MAX_BYTES = 100_000
"""Of an answer's body; what is longer is cut off."""
LONGEST_ADDRESS = 2000
"""Characters."""

_PORTS = {"http": 80, "https": 443}
_LOWEST_OTHER_PORT = 1024
"""Below it are the ports of mail, files and shells, where a request could be read as something else."""
_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_PUBLIC_EITHER = tuple(map(ipaddress.ip_network, ("fec0::/10", "3fff::/20", "192.88.99.0/24")))
"""Which some versions of `ipaddress` take for public: site-local, documentation, and the relays of 6to4."""


class AddressRefused(Exception):
	"""The address is not one to ask. `reason`: not_an_address, credentials, port, unknown_host or private."""

	def __init__(self, reason: str, host: str = ""):
		super().__init__(f"{reason} {host}".strip())
		self.reason = reason
		self.host = host


class NoAnswer(Exception):
	"""Nobody answered in time, or not in HTTP. `reached`: whether the request may have arrived."""

	def __init__(self, message: str, reached: bool):
		super().__init__(message)
		self.reached = reached


@dataclass(frozen=True, slots=True)
class Answer:
	status: int
	headers: Mapping[str, str]
	"""By name in lower case; of several with one name the last."""
	body: bytes
	truncated: bool = False
	"""Whether the body was longer than asked for."""

	@property
	def ok(self) -> bool:
		return 200 <= self.status < 300

	@property
	def text(self) -> str:
		return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Target:
	"""An address that may be asked, with the one machine that will be."""

	scheme: str
	host: str
	port: int
	path: str
	machine: str
	"""Its IP address."""


def fetch(
	url: str,
	method: str = "GET",
	headers: Mapping[str, str] | None = None,
	body: bytes | None = None,
	timeout: float = TIMEOUT,
	max_bytes: int = MAX_BYTES,
	allowed: Collection[str] | None = None,
) -> Answer:
	"""Ask `url` once and return what it says, redirects and errors included.

	`allowed` names hosts ("host" or "host:port") that may have a private address; None takes those of the site's
	configuration. Raises `AddressRefused` before anything was sent, `NoAnswer`, and ValueError for a method or header
	that is none.
	"""
	target = resolve(url, allowed)
	with _Connection(target, timeout) as connection:
		return connection.ask(method, headers or {}, body, max_bytes)


def resolve(url: str, allowed: Collection[str] | None = None) -> Target:
	"""Where a request to `url` goes. Raises `AddressRefused`.

	The name server is asked with the patience of the machine's own settings.
	"""
	scheme, host, port, path = _parts(url)
	allowed = allowed_private_hosts() if allowed is None else allowed
	machines = _machines(host, port)
	if not {host, f"{host}:{port}"} & {name.lower() for name in allowed}:
		# One private address among public ones is enough: which is taken would be chance.
		if not all(map(is_public, machines)):
			raise AddressRefused("private", host)
	return Target(scheme, host, port, path, machines[0])


def allowed_private_hosts() -> list[str]:
	"""The machines of an own network that may be asked; only who runs the server can name them, in site_config.json."""
	names = frappe.conf.get("nurture_app_allowed_private_hosts") or []
	return [str(name) for name in names] if isinstance(names, (list, tuple)) else []


def is_public(machine: str) -> bool:
	"""Whether an IP address belongs to the internet at large."""
	address = ipaddress.ip_address(machine.partition("%")[0])
	if address in _NAT64:
		# A network without IPv4 writes it so: what counts is the machine behind.
		return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
	if isinstance(address, ipaddress.IPv6Address) and address.sixtofour is not None:
		return False  # tunnels to whichever IPv4 address is written in it
	if any(address.version == net.version and address in net for net in _NOT_PUBLIC_EITHER):
		return False
	return address.is_global and not address.is_multicast and not address.is_reserved


def _parts(url: str) -> tuple[str, str, int, str]:
	if not url or len(url) > LONGEST_ADDRESS or _NOT_IN_ADDRESS.search(url):
		raise AddressRefused("not_an_address")
	try:
		split = urlsplit(url)
		scheme, host, port = split.scheme.lower(), split.hostname or "", split.port
		# Letters of other alphabets travel as ASCII; a literal IPv6 address has none.
		host = host if ":" in host else host.encode("idna").decode("ascii")
		path = f"{split.path or '/'}{'?' if split.query else ''}{split.query}"
		path.encode("ascii")
	except ValueError:
		raise AddressRefused("not_an_address") from None
	if scheme not in _PORTS or not host:
		raise AddressRefused("not_an_address")
	if split.username is not None or split.password is not None:
		raise AddressRefused("credentials", host)
	port = _PORTS[scheme] if port is None else port
	if port not in _PORTS.values() and port < _LOWEST_OTHER_PORT:
		raise AddressRefused("port", host)
	return scheme, host.lower().rstrip("."), port, path


def _machines(host: str, port: int) -> list[str]:
	try:
		found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
	except (OSError, UnicodeError):
		raise AddressRefused("unknown_host", host) from None
	# Where only one kind of network is there, IPv4 is the one more often.
	found.sort(key=lambda one: one[0] != socket.AF_INET)
	return [str(one[4][0]) for one in found]


class _Connection(HTTPConnection):
	"""To the machine of a target, whatever its name resolves to by now; over when its time is, even if bytes trickle."""

	def __init__(self, target: Target, timeout: float):
		super().__init__(target.host, target.port, timeout=timeout)
		self._target = target
		self._timer = Timer(timeout, self._give_up)
		self._timer.daemon = True
		self._given_up = False
		self._held: socket.socket | None = None
		self._sent = False
		if target.scheme == "https":
			self.default_port = _PORTS["https"]

	def __enter__(self) -> _Connection:
		return self

	def __exit__(
		self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
	) -> None:
		self._timer.cancel()
		self.close()

	def connect(self) -> None:
		self.sock = socket.create_connection((self._target.machine, self.port), self.timeout)
		if self._target.scheme == "https":
			context = ssl.create_default_context()
			context.load_verify_locations(certifi.where())
			self.sock = context.wrap_socket(
				self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
			)
		self._held = self.sock  # http.client lets go of its own before the body of an answer is read
		self._timer.start()
		if isinstance(self.sock, ssl.SSLSocket):
			self.sock.do_handshake()

	def ask(self, method: str, headers: Mapping[str, str], body: bytes | None, max_bytes: int) -> Answer:
		try:
			self.connect()
			self._sent = True
			self.request(method, self._target.path, body=body, headers={**headers, "Connection": "close"})
			return self._read(self.getresponse(), max_bytes)
		except (OSError, HTTPException) as error:
			if self._given_up:
				raise NoAnswer("timeout", self._sent) from error
			raise NoAnswer(str(error) or type(error).__name__, self._sent) from error

	def _read(self, response: HTTPResponse, max_bytes: int) -> Answer:
		body = response.read(max_bytes + 1)
		if self._given_up:  # a connection that was closed looks like an answer's end
			raise NoAnswer("timeout", True)
		return Answer(
			status=response.status,
			headers={name.lower(): value for name, value in response.getheaders()},
			body=body[:max_bytes],
			truncated=len(body) > max_bytes,
		)

	def _give_up(self) -> None:
		self._given_up = True
		if self._held is not None:
			try:
				# The plain socket's: TLS would say goodbye first, and wait for an answer.
				socket.socket.shutdown(self._held, socket.SHUT_RDWR)
			except OSError:
				pass  # closed already
