"""A request from outside, read with care, and what a handler may answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from werkzeug.wrappers import Response

PRIVATE_HEADERS = {
	"Cache-Control": "no-store",
	"Referrer-Policy": "no-referrer",
	"X-Robots-Tag": "noindex, nofollow",
	"X-Content-Type-Options": "nosniff",
}
"""On every answer."""

MAX_DEPTH = 12


class Refused(Exception):
	"""The request cannot be served: an HTTP status from 400 to 499 and a sentence for whoever sent it."""

	def __init__(self, status: int, sentence: str, **details: Any) -> None:
		super().__init__(sentence)
		self.status, self.sentence, self.details = status, sentence, details


@dataclass(frozen=True, slots=True)
class PublicRequest:
	"""One request to a route of ours."""

	method: str
	"""GET, HEAD or POST."""
	parts: tuple[str, ...]
	"""The path after the route's own: `/n/c/abc/7` gives `("abc", "7")` to the route `n/c`."""
	max_body: int
	"""Bytes."""

	@property
	def part(self) -> str:
		"""The only part of the path, or empty."""
		return self.parts[0] if len(self.parts) == 1 else ""

	@property
	def is_post(self) -> bool:
		return self.method == "POST"

	@property
	def address(self) -> str:
		"""Where it comes from, as Frappe sees it. Behind a proxy that does not set X-Forwarded-For it is the sender's word."""
		return (getattr(frappe.local, "request_ip", None) or "unknown")[:64]

	@property
	def user_agent(self) -> str:
		return self.header("User-Agent")

	def header(self, name: str) -> str:
		"""At most 500 characters, without line breaks."""
		return " ".join((frappe.request.headers.get(name) or "").split())[:500]

	@property
	def query(self) -> Mapping[str, str]:
		return frappe.request.args

	@property
	def form(self) -> Mapping[str, str]:
		"""Fields of a posted HTML form; the first value of each."""
		return frappe.request.form

	def form_list(self, name: str) -> list[str]:
		"""All values of a field that may stand in the form several times."""
		return frappe.request.form.getlist(name)

	def body(self) -> bytes:
		"""The bytes as they came. Raises `Refused` 413 above the route's limit."""
		data = frappe.request.get_data(cache=True)
		if len(data) > self.max_body:
			raise Refused(413, f"The body may have {self.max_body} bytes at most.")
		return data

	def json(self) -> Any:
		"""The body as JSON, whatever content type it claims. Raises `Refused` 400 for anything else, 413 when too long."""
		try:
			value = json.loads(self.body().decode("utf-8"), parse_constant=_no_constant)
			if b"\\ud" in self.body().lower():
				json.dumps(value, ensure_ascii=False).encode()  # half a character, which no database takes
		except (ValueError, RecursionError):
			raise Refused(400, "The body is no JSON in UTF-8.") from None
		if _deeper_than(value, MAX_DEPTH):
			raise Refused(400, f"The JSON is nested more than {MAX_DEPTH} deep.")
		return value


def answer(body: bytes | str, status: int = 200, mimetype: str = "text/plain", **headers: str) -> Response:
	"""An answer with our headers; `headers` with underscores for hyphens."""
	response = Response(body, status=status, mimetype=mimetype)
	response.headers.update(PRIVATE_HEADERS)
	response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
	return response


def json_answer(value: Any, status: int = 200, **headers: str) -> Response:
	return answer(json.dumps(value, default=str), status, "application/json", **headers)


def _no_constant(name: str) -> None:
	raise ValueError(f"{name} is no JSON")


def _deeper_than(value: Any, limit: int) -> bool:
	level = [value]
	for _depth in range(limit + 1):
		if not level:
			return False
		level = [
			inner
			for one in level
			if isinstance(one, dict | list)
			for inner in (one.values() if isinstance(one, dict) else one)
		]
	return bool(level)
