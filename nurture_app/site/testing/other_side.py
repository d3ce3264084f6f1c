"""The other side of our calls on this machine: notes what it is asked and answers as a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import frappe


@dataclass(frozen=True)
class Asked:
	"""One request that came in."""

	method: str
	path: str
	query: dict[str, str]
	headers: dict[str, str]
	"""By name in lower case."""
	body: bytes

	@property
	def json(self) -> Any:
		return json.loads(self.body)

	@property
	def form(self) -> dict[str, str]:
		return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class OtherSide:
	"""A web server; its next answers wait in `answers`, after that it says 200."""

	port: int = 0
	asked: list[Asked] = field(default_factory=list)
	answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
	is_silent: threading.Event = field(default_factory=threading.Event)
	"""While set, it takes requests and never answers."""
	trickles: bool = False
	"""Whether the body comes byte by byte and never ends."""
	_closing: threading.Event = field(default_factory=threading.Event)

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.port}"

	def answer(self, status: int, body: Any = "", **headers: str) -> None:
		"""What to say next; `headers` with underscores for hyphens."""
		named = {name.replace("_", "-"): value for name, value in headers.items()}
		self.answers.append((status, body, named))


@contextmanager
def other_side() -> Iterator[OtherSide]:
	"""A web server of this machine that this site may call while it runs."""
	side = OtherSide()

	class Handler(BaseHTTPRequestHandler):
		def _answer(self) -> None:
			split = urlsplit(self.path)
			query = {name: values[-1] for name, values in parse_qs(split.query).items()}
			headers = {name.lower(): value for name, value in self.headers.items()}
			body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
			side.asked.append(Asked(self.command, split.path, query, headers, body))
			if side.is_silent.is_set():
				side._closing.wait(30)
				return
			status, said, extra = side.answers.pop(0) if side.answers else (200, "ok", {})
			self.send_response(status)
			for name, value in extra.items():
				self.send_header(name, value)
			self.end_headers()
			while side.trickles and not side._closing.wait(0.05):
				self.wfile.write(b"x")
				self.wfile.flush()
			text = said if isinstance(said, str) else json.dumps(said)
			self.wfile.write(text.encode())

		do_GET = do_POST = _answer

		def handle(self) -> None:
			try:
				super().handle()
			except OSError:
				pass  # the caller left, which is what some tests want

		def log_message(self, *args: object) -> None:
			pass

	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	server.daemon_threads = True
	side.port = server.server_port
	thread = threading.Thread(target=server.serve_forever, daemon=True)
	thread.start()
	before = frappe.conf.get("nurture_app_allowed_private_hosts")
	frappe.conf.nurture_app_allowed_private_hosts = [f"127.0.0.1:{side.port}"]
	try:
		yield side
	finally:
		frappe.conf.nurture_app_allowed_private_hosts = before
		side._closing.set()
		server.shutdown()
		server.server_close()
		thread.join(5)
