"""Requests as no well-behaved client sends them, many a second, and what each did to the database.

The whole web application runs in one thread of its own, request after request, as one worker of a server does.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from unittest.mock import patch

import frappe
from frappe.app import application
from pymysql.connections import Connection
from werkzeug.routing import Map
from werkzeug.test import TestResponse, run_wsgi_app
from werkzeug.wrappers import Request

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "ALTER", "CREATE", "DROP", "TRUNCATE", "RENAME")


@dataclass(frozen=True, slots=True)
class RawRequest:
	"""Nothing is checked or encoded on the way. Prints as what one needs to send it again."""

	method: str
	path: bytes
	"""As the server has decoded it."""
	query: str = ""
	body: bytes = b""
	content_type: str | None = None
	headers: tuple[tuple[str, str], ...] = ()
	content_length: str | None = None
	"""None: that of the body."""
	ip: str = "203.0.113.1"


@dataclass(slots=True)
class RawAnswer:
	status: int
	headers: list[tuple[str, str]]
	body: bytes
	written: list[str] = field(default_factory=list)
	"""Statements that changed something and were committed."""

	def header(self, name: str) -> str:
		return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Watcher:
	"""What the requests of one thread write and commit."""

	def __init__(self) -> None:
		self.thread = threading.get_ident()
		self.pending: list[str] = []
		self.committed: list[str] = []

	def saw(self, statement: str | bytes) -> None:
		if threading.get_ident() != self.thread:
			return
		text = statement.decode("utf-8", "replace") if isinstance(statement, bytes) else statement
		start = text.lstrip(" \n\t(").upper()
		if start.startswith(WRITES):
			self.pending.append(text[:300])
		elif start.startswith(("COMMIT", "START TRANSACTION", "BEGIN")):
			self.committed += self.pending
			self.pending.clear()
		elif start.startswith("ROLLBACK") and "SAVEPOINT" not in start and " TO " not in start:
			self.pending.clear()

	def take(self) -> list[str]:
		found = self.committed
		self.pending, self.committed = [], []
		return found


def in_a_worker(work: Callable[[Callable[[RawRequest], RawAnswer]], Any]) -> Any:
	"""Run `work(send)` in a thread that serves requests; `send` answers one. Returns or raises what `work` does."""
	outcome: dict[str, Any] = {}
	site = frappe.local.site

	def run() -> None:
		try:
			with _serving(site) as send:
				outcome["result"] = work(send)
		except BaseException as error:
			outcome["error"] = error

	thread = threading.Thread(target=run)
	thread.start()
	thread.join()
	if "error" in outcome:
		raise outcome["error"]
	return outcome["result"]


@contextmanager
def _serving(site: str) -> Iterator[Callable[[RawRequest], RawAnswer]]:
	watcher = Watcher()
	real_query = Connection.query

	def query(self: Connection, sql: Any, *args: Any, **kwargs: Any) -> Any:
		watcher.saw(sql)
		return real_query(self, sql, *args, **kwargs)

	def send(request: RawRequest) -> RawAnswer:
		watcher.take()
		body, status, headers = run_wsgi_app(application, _environ(request, site), buffered=True)
		answer = TestResponse(body, status, headers, request=Request(_environ(request, site)))
		data = answer.get_data()
		answer.close()
		return RawAnswer(answer.status_code, list(headers), data, watcher.take())

	with ExitStack() as stack:
		stack.enter_context(patch.object(Connection, "query", query))
		# Frappe builds the table of the website's own routes for every request: two thirds of its time.
		stack.enter_context(patch("frappe.website.router.Map", _same_map))
		# In developer mode it prints the traceback of each request it refuses.
		stack.enter_context(redirect_stdout(io.StringIO()))
		logging.disable(logging.CRITICAL)
		stack.callback(logging.disable, logging.NOTSET)
		yield send


def _same_map(rules: list[Any]) -> Map:
	return _map_of(tuple((rule.rule, rule.endpoint) for rule in rules), _Rules(rules))


class _Rules:
	"""The rules themselves, equal to any other so that only their texts count in the cache."""

	def __init__(self, rules: list[Any]) -> None:
		self.rules = rules

	def __eq__(self, other: object) -> bool:
		return isinstance(other, _Rules)

	def __hash__(self) -> int:
		return 0


@lru_cache(maxsize=8)
def _map_of(_texts: tuple, rules: _Rules) -> Map:
	return Map(rules.rules)


def _environ(request: RawRequest, site: str) -> dict[str, Any]:
	length = request.content_length
	if length is None and (request.body or request.method in ("POST", "PUT", "PATCH")):
		length = str(len(request.body))
	environ: dict[str, Any] = {
		"REQUEST_METHOD": request.method,
		"SCRIPT_NAME": "",
		"PATH_INFO": request.path.decode("latin-1"),
		"QUERY_STRING": request.query,
		"SERVER_NAME": site,
		"SERVER_PORT": "80",
		"SERVER_PROTOCOL": "HTTP/1.1",
		"REMOTE_ADDR": "127.0.0.1",
		"HTTP_HOST": site,
		"wsgi.version": (1, 0),
		"wsgi.url_scheme": "http",
		"wsgi.input": io.BytesIO(request.body),
		"wsgi.errors": io.StringIO(),
		"wsgi.multithread": True,
		"wsgi.multiprocess": True,
		"wsgi.run_once": False,
		"HTTP_X_FORWARDED_FOR": request.ip,
	}
	if length is not None:
		environ["CONTENT_LENGTH"] = length
	if request.content_type is not None:
		environ["CONTENT_TYPE"] = request.content_type
	for name, value in request.headers:
		environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
	environ["HTTP_X_FRAPPE_SITE_NAME"] = site
	return environ


def snapshot(except_tables: set[str] | frozenset[str] = frozenset()) -> dict[str, tuple[int, Any]]:
	"""Rows and checksum of every table, by its name."""
	frappe.db.rollback()
	tables = [
		table
		for (table,) in frappe.db.sql(
			"""SELECT table_name FROM information_schema.tables
			WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"""
		)
		if table not in except_tables
	]
	names = ", ".join(f"`{table}`" for table in tables)
	checksums = {name.split(".", 1)[1]: value for name, value in frappe.db.sql(f"CHECKSUM TABLE {names}")}
	counts = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM `{table}`" for table in tables)
	return {table: (rows, checksums.get(table)) for table, rows in frappe.db.sql(counts)}
