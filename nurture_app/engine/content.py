"""What a mail says: a content's parts compiled once, rendered per lead.

Checked when saved (`check_content`), compiled once per revision and language (`compile_content`), rendered per mail
(`render`). The language of templates is in `placeholders`, the layout in `mail_layout`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jinja2 import Template, TemplateError

from nurture_app.engine import placeholders
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.mail_body import read_body, script_link
from nurture_app.engine.mail_layout import FOOTER_MARK, make_layout, with_buttons
from nurture_app.engine.placeholders import KNOWN_PLACEHOLDERS, MAX_SOURCE, Parsed
from nurture_app.engine.template_filters import MAX_VALUE, EmptyPlaceholder
from nurture_app.engine.tracking.marks import literal_hosts, mark_text_links, without_marks
from nurture_app.engine.words import WORDS, words_for

__all__ = [
	"KNOWN_PLACEHOLDERS",
	"CompiledContent",
	"EmptyPlaceholder",
	"Rendered",
	"check_content",
	"clean_body",
	"compile_content",
	"render",
	"render_marked",
]

MAX_OUTPUT = 500_000
"""Characters of one rendered part."""


@dataclass(frozen=True, slots=True)
class CompiledContent:
	"""Templates of the whole mail, layout included."""

	subject: Template
	html: Template
	text: Template
	placeholders: tuple[tuple[str, str], ...]
	"""All (namespace, field) used; `render` needs a value (or None) for each."""
	language: str = ""
	has_open_links: bool = False
	"""Whether a placeholder decides where a link leads."""
	link_hosts: frozenset[str] = frozenset()
	"""The hosts that its links name; no others are tracked."""
	fixed_links: tuple[str, ...] = ()
	"""Where links lead that are the same for everybody, each once."""

	@property
	def lead_fields(self) -> frozenset[str]:
		"""The fields of the lead that `render` needs."""
		return frozenset(field for namespace, field in self.placeholders if namespace == "lead")


@dataclass(frozen=True, slots=True)
class Rendered:
	subject: str
	html: str
	text: str


def compile_content(
	subject: str,
	preheader: str,
	body_html: str,
	body_text: str,
	*,
	language: str = "",
	lead_fields: Collection[str] | None = None,
	more: Mapping[str, Collection[str]] | None = None,
) -> CompiledContent:
	"""Compile a content with its layout. Without `body_text` the plain text is made from the HTML.

	`language` is that of the texts. `lead_fields` None takes any field of the lead; `more` are further names by
	namespace (`placeholders.parse`).
	Raises `template_syntax`, `template_unknown_name`, `template_strange_name`, `template_forbidden` and
	`template_too_large`, each with `part` (subject, preheader, body or body_text).
	"""
	sources = {"subject": subject, "preheader": preheader, "body": body_html, "body_text": body_text}
	for part, source in sources.items():
		if len(source or "") > MAX_SOURCE:
			raise NurtureError("template_too_large", part=part, size=len(source), limit=MAX_SOURCE)
		sources[part] = without_marks(source or "")
	sources["body"] = placeholders.tidy_tags("body", sources["body"])

	def parsed(part: str, source: str, autoescape: bool) -> Parsed:
		return placeholders.parse(part, source, autoescape, lead_fields, more)

	# As written first: mistakes are then reported with the line the marketer sees.
	parsed("body", sources["body"], True)
	parsed("preheader", sources["preheader"], True)
	body = read_body(with_buttons(sources["body"]))
	layout = make_layout(sources["preheader"], language or "")
	own_text = mark_text_links(sources["body_text"].strip())
	html = [
		_trusted(layout.html_head, True, "preheader"),
		parsed("body", body.html, True),
		_trusted(layout.html_foot, True, "layout"),
	]
	text = [
		parsed("body_text", own_text, False) if own_text else parsed("body", body.text, False),
		_trusted(layout.text_foot, False, "layout"),
	]
	title = [parsed("subject", sources["subject"], False)]
	used = frozenset().union(*(part.names for part in (*title, *html, *text)))
	return CompiledContent(
		subject=placeholders.compile_parts(title, False),
		html=placeholders.compile_parts(html, True),
		text=placeholders.compile_parts(text, False),
		placeholders=tuple(sorted(used)),
		language=language or "",
		has_open_links=body.has_open_links,
		link_hosts=literal_hosts((*body.links, own_text)),
		fixed_links=tuple(dict.fromkeys(filter(is_fixed, body.links))),
	)


def check_content(
	subject: str, preheader: str, body_html: str, body_text: str, lead_fields: Collection[str]
) -> None:
	"""Refuse a content that could not be sent, when it is saved. Raises as `compile_content`."""
	compile_content(subject, preheader, body_html, body_text, lead_fields=lead_fields)


def clean_body(body_html: str) -> str:
	"""A checked body as it may be stored: no browser that shows it finds a script in it. Cleaning again changes nothing."""
	return read_body(placeholders.tidy_tags("body", body_html or "")).stored


def render(compiled: CompiledContent, values: Mapping[str, Mapping[str, Any]]) -> Rendered:
	"""One lead's mail. `values` holds a mapping per namespace (`lead`, `sender`, `owner`, `company`, `links`); `words`
	are English without one (`words.words_for`).

	Raises `template_empty_value` when a placeholder without default is empty, `template_undefined` when `values` lacks
	a name, `template_error` for anything else; each with `part` (subject, html or text). The mail is then held.
	"""
	rendered = render_marked(compiled, values)
	return Rendered(rendered.subject, without_marks(rendered.html), without_marks(rendered.text))


def render_marked(compiled: CompiledContent, values: Mapping[str, Mapping[str, Any]]) -> Rendered:
	"""As `render`, with the marks of `tracking.marks` around the links and at the end of the HTML."""
	flat = _flat_values(compiled.placeholders, values)
	subject = " ".join(_run("subject", compiled.subject, flat).split())
	if not subject:
		raise NurtureError("template_empty_value", part="subject", name="subject")
	html = _run("html", compiled.html, flat)
	if compiled.has_open_links and script_link(html):
		raise NurtureError("template_error", part="html", message="a link would run a script")
	text = _run("text", compiled.text, flat).lstrip("\n")
	if "\n\n\n" in text:
		text = _BLANK_LINES.sub("\n\n", text)
	if text.startswith(FOOTER_MARK) and "<img" not in html:
		# All of it stood in conditions that do not hold for this lead.
		raise NurtureError("template_empty_value", part="text", name="body")
	return Rendered(subject, html, text)


def fill(
	part: str, template: Template, names: tuple[tuple[str, str], ...], values: Mapping[str, Mapping[str, Any]]
) -> str:
	"""One compiled template with its placeholders filled from `values`. Raises as `render`."""
	return _run(part, template, _flat_values(names, values))


def is_fixed(link: str) -> bool:
	"""Whether a link is a web address that no placeholder completes."""
	return link.lower().startswith(("http://", "https://")) and "{" not in link


_BLANK_LINES = re.compile(r"\n{3,}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _trusted(source: str, autoescape: bool, part: str) -> Parsed:
	return placeholders.parse(part, source, autoescape, None, {"words": WORDS})


def _run(part: str, template: Template, flat: dict[str, Any]) -> str:
	pieces, size = [], 0
	try:
		# as `generate` does, without its copies of the values
		for piece in template.root_render_func(template.new_context(flat, shared=True)):
			size += len(piece)
			if size > MAX_OUTPUT:
				raise NurtureError("template_too_large", part=part, size=size, limit=MAX_OUTPUT)
			pieces.append(piece)
	except EmptyPlaceholder as empty:
		raise NurtureError("template_empty_value", part=part, name=empty.name) from None
	except NurtureError:
		raise
	except (
		TemplateError,
		ArithmeticError,
		AssertionError,  # `truncate` asks for more than its sign takes
		AttributeError,
		LookupError,
		NameError,  # Jinja works out 1e999 beforehand and writes it as a name
		TypeError,
		ValueError,
		RecursionError,
	) as error:
		raise NurtureError("template_error", part=part, message=str(error)[:200]) from error
	return "".join(pieces)


def _flat_values(
	names: tuple[tuple[str, str], ...], values: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
	flat = {}
	if "words" not in values:
		values = {**values, "words": words_for(str((values.get("company") or {}).get("name") or ""))}
	for namespace, field in names:
		try:
			value = values[namespace][field]
		except KeyError:
			raise NurtureError("template_undefined", part="", name=f"{namespace}.{field}") from None
		if type(value) is str:
			if len(value) > MAX_VALUE:
				raise NurtureError("template_error", part="", message=f"{namespace}.{field} is too long")
			value = (value if value.isprintable() else _CONTROL.sub("", value)).strip()
		elif value is None:
			value = ""
		elif type(value) not in (int, float, bool):
			value = _plain(value, f"{namespace}.{field}")
		flat[placeholders.variable(namespace, field)] = value
	return flat


def _plain(value: object, name: str) -> object:
	if isinstance(value, str):
		# A subclass, for example Markup, would slip past the escaping.
		return _CONTROL.sub("", "".join(list(value[:MAX_VALUE]))).strip()
	if isinstance(value, (int, float, Decimal)):
		return value
	if isinstance(value, (date, datetime, time, timedelta)):
		return str(value)
	raise NurtureError("template_error", part="", message=f"{name} is not a plain value")
