"""Short plain texts with placeholders, such as what to do in a task."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from nurture_app.engine import placeholders
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.content import fill

LINKS = ("booking",)
"""Of the links that mails know, those that any text can have."""


@lru_cache(maxsize=512)
def _compiled(text: str) -> tuple[Any, tuple[tuple[str, str], ...]]:
	part = placeholders.parse("text", text, False)
	return placeholders.compile_parts([part], False), tuple(sorted(part.names))


def check_line(text: str, lead_fields: Collection[str], links: Collection[str] = LINKS) -> None:
	"""Refuse a text whose placeholders cannot be filled. Raises as `content.check_content`, and `line_link_unknown` for one
	of a mail's links that is not among `links`."""
	for namespace, name in sorted(placeholders.parse("text", text, False, lead_fields).names):
		if namespace == "links" and name not in links:
			raise NurtureError("line_link_unknown", name=name, known=", ".join(links))


def line_names(text: str) -> set[tuple[str, str]]:
	"""All placeholders of `text`."""
	return set(_compiled(text)[1])


def line_fields(text: str) -> set[str]:
	"""The fields of the lead that `text` shows."""
	return {fieldname for namespace, fieldname in _compiled(text)[1] if namespace == "lead"}


def render_line(text: str, values: Mapping[str, Mapping[str, Any]]) -> str:
	"""`text` with its placeholders filled. Raises as `content.render`."""
	template, names = _compiled(text)
	return fill("text", template, names, values)
