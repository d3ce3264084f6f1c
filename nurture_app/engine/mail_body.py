"""The marketer's HTML: checked, closed, and once more as plain text.

A body is put inside the mail's layout, so it must not be able to break out of it or to hide the footer: elements that
could are refused, what was left open is closed, a closing tag too many is dropped, comments are dropped.

It is also shown in the Desk, saved or sent, so it must not be able to run a script there either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.placeholders import replace_tags
from nurture_app.engine.tracking.marks import marked, without_marks

_FORBIDDEN = frozenset(
	"applet base button embed form frame frameset head iframe input link math meta noembed noframes noscript object "
	"option plaintext script select style svg template textarea title xmp".split()
)
_DROPPED = frozenset({"html", "body"})
_LINKING = frozenset({"a", "area"})
_VOID = frozenset("area br col hr img source track wbr".split())
_BLOCKS = frozenset(
	"address article blockquote center div dl dt dd footer header li main nav section tr".split()
)
_PARAGRAPHS = frozenset("h1 h2 h3 h4 h5 h6 ol p pre table ul".split())
_LINE_ENDS = _BLOCKS | _PARAGRAPHS | {"li"}
# A start tag that ends an element left open, as browsers read it.
_ENDS = {tag: frozenset({"p"}) for tag in _BLOCKS | _PARAGRAPHS | {"hr"}}
_ENDS |= {"li": frozenset({"li", "p"}), "dt": frozenset({"dt", "dd"}), "dd": frozenset({"dt", "dd"})}
_ENDS |= {"td": frozenset({"td", "th"}), "th": frozenset({"td", "th"}), "tr": frozenset({"td", "th", "tr"})}
MOST_ELEMENTS = 3000
DEEPEST = 100
"""A newsletter has some hundred elements, ten deep. Python's parser slows down with the square of these numbers."""

# Browsers overlook control characters in front of and within the scheme of a link.
_GAP = "[\x00-\x20]*"
_SCRIPT_LINK = "|".join(_GAP.join(scheme) for scheme in ("javascript:", "vbscript:", "data:"))
_SCRIPT = re.compile(f"{_GAP}(?:{_SCRIPT_LINK})", re.IGNORECASE)
_RENDERED_SCRIPT = re.compile(rf'\b(?:href|src)="{_GAP}(?:{_SCRIPT_LINK})(?!image/)', re.IGNORECASE)
_SCHEME_END = re.compile("[:/?#]")

# Jinja tags stand aside as private characters while the HTML around them is read.
_OPEN, _OPEN_IN_ATTRIBUTE, _CLOSE, _ADDED_LINE = "\ue000", "\ue001", "\ue002", "\ue003"
_PRIVATE = re.compile(f"[{_OPEN}-{_ADDED_LINE}]")
_TOKEN = re.compile(f"([{_OPEN}{_OPEN_IN_ATTRIBUTE}])(\\d+){_CLOSE}")
_EDGES = re.compile(f"^(?:{_OPEN}\\d+{_CLOSE})+|(?:{_OPEN}\\d+{_CLOSE})+$")
_ASSIGNMENT = re.compile("(?<![=!<>])=(?!=)")
_NAME = re.compile("[a-z0-9_:.-]+")
_BRACES = re.compile(r"\{(?=[{%#])")
_WEB_ADDRESS = re.compile(f"\\s*(?:https?:|{_OPEN})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
	"""The forms of a body, Jinja tags in place."""

	html: str
	"""Links are marked (`tracking.marks`) here and in the text."""
	text: str
	stored: str
	"""As it may be kept and shown unrendered: the tags are text to a browser. Reading it again gives the same."""
	has_open_links: bool
	"""Where a link leads is known only when it is rendered; then `script_link` must be asked."""
	links: tuple[str, ...]
	"""Where its links lead, as templates."""


def read_body(source: str) -> Body:
	"""`source` made safe for the layout, and its plain text. Raises `template_forbidden` (part `body`)."""
	if source.count("<") > MOST_ELEMENTS:
		raise NurtureError("template_forbidden", part="body", what=f"> {MOST_ELEMENTS} <...>")
	tags: list[str] = []

	def keep(tag: str) -> str:
		tags.append(tag)
		return f"{_OPEN}{len(tags) - 1}{_CLOSE}"

	source = replace_tags(_PRIVATE.sub("", without_marks(source)), keep)
	last = source.rfind(">") + 1
	reader = _Reader(tags)
	# Behind the last ">" no element ends: the parser would look for its end again from each "<".
	reader.feed(source[:last] + source[last:].replace("<", "&lt;"))
	reader.close()

	def restore(text: str) -> str:
		text = _BRACES.sub('{{ "{" }}', text.replace(_ADDED_LINE, "\n"))
		return _TOKEN.sub(lambda token: tags[int(token[2])], text)

	def storable(html: str) -> str:
		html = _BRACES.sub("&#123;", html.replace(_ADDED_LINE, ""))
		return _TOKEN.sub(
			lambda token: escape(tags[int(token[2])], quote=token[1] == _OPEN_IN_ATTRIBUTE), html
		)

	html = reader.html_text()
	return Body(
		html=restore(html).strip(),
		text=restore(reader.plain_text()),
		stored=storable(without_marks(html)).strip(),
		has_open_links=reader.has_open_links,
		links=tuple(map(restore, reader.links)),
	)


def script_link(html: str) -> bool:
	"""Whether a link in rendered HTML would run a script."""
	return bool(_RENDERED_SCRIPT.search(html))


class _Reader(HTMLParser):
	def __init__(self, tags: Sequence[str]) -> None:
		super().__init__(convert_charrefs=True)
		self._tags = tags
		self._html: list[str] = []
		self._text = _TextWriter(self._marked)
		self._open: list[str] = []
		self.has_open_links = False
		self.links: list[str] = []

	def html_text(self) -> str:
		return "".join([*self._html, *(f"</{tag}>" for tag in reversed(self._open))])

	def plain_text(self) -> str:
		return self._text.result()

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if _OPEN in tag:
			self._forbid(f"<{_TOKEN.sub('{{ }}', tag)}>")
		if tag in _DROPPED or not _NAME.fullmatch(tag):
			return
		if tag in _FORBIDDEN:
			self._forbid(f"<{tag}>")
		for written, value in attrs:
			name = self._plain_name(written)
			if name.startswith("on"):
				self._forbid(name)
			if value and name in ("href", "src"):
				self._check_link(tag, name, value)
		while self._open and self._open[-1] in _ENDS.get(tag, ()):
			self.handle_endtag(self._open[-1])
		attrs = [(name, value) for name, value in attrs if _NAME.fullmatch(_TOKEN.sub("", name) or "-")]
		written = (self._with_mark(tag, *attribute) for attribute in attrs)
		self._html.append(f"<{tag}{''.join(map(_attribute, written))}>")
		if tag not in _VOID:
			self._open.append(tag)
			if len(self._open) > DEEPEST:
				self._forbid("nesting")
		self._text.start(tag, dict(attrs))

	def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		self.handle_starttag(tag, attrs)
		if tag not in _VOID:
			self.handle_endtag(tag)

	def handle_endtag(self, tag: str) -> None:
		if tag not in self._open:
			return
		while self._open:
			last = self._open.pop()
			# Short lines are coded once and reused for the next mail, see mail.py.
			self._html.append(f"</{last}>{_ADDED_LINE}" if last in _LINE_ENDS else f"</{last}>")
			self._text.end(last)
			if last == tag:
				return

	def handle_data(self, data: str) -> None:
		self._html.append(escape(data, quote=False))
		self._text.data(data)

	def _plain_name(self, name: str) -> str:
		"""The name of an attribute without the `{% if %}` around it. Placeholders make no names, for escaping does not
		help there; nor may a condition, which browsers read as attributes, give one a value."""
		plain = _EDGES.sub("", name)
		tags = [self._tags[int(token[2])] for token in _TOKEN.finditer(name)]
		if _OPEN in plain or any(tag.startswith("{{") or _ASSIGNMENT.search(tag) for tag in tags):
			self._forbid(f"<... {_TOKEN.sub('{{ }}', name)}>")
		return plain

	def _check_link(self, tag: str, name: str, value: str) -> None:
		if _SCRIPT.match(value) and not _is_picture(tag, value):
			self._forbid(f"{name}={value[:40]}")
		if _OPEN in _SCHEME_END.split(value, maxsplit=1)[0]:
			self.has_open_links = True

	def _with_mark(self, tag: str, name: str, value: str | None) -> tuple[str, str | None]:
		if not value or tag not in _LINKING or self._plain_name(name) != "href":
			return name, value
		self.links.append(value)
		return name, self._marked(value)

	def _marked(self, link: str) -> str:
		"""With the marks around it, if it could be a web address."""
		if not _WEB_ADDRESS.match(link):
			return link
		personal = any(self._tags[int(token[2])].startswith("{{") for token in _TOKEN.finditer(link))
		return marked(link, personal=personal)

	def _forbid(self, what: str) -> None:
		raise NurtureError("template_forbidden", part="body", what=what)


def _is_picture(tag: str, value: str) -> bool:
	return tag == "img" and value.lstrip().lower().startswith("data:image/")


def _attribute(attribute: tuple[str, str | None]) -> str:
	name, value = attribute
	if value is None:
		return f" {name}"
	return f' {name}="{escape(value, quote=True).replace(_OPEN, _OPEN_IN_ATTRIBUTE)}"'


class _TextWriter:
	"""Paragraphs by blank lines, list items by "- " or numbers, links as "text (address)"."""

	def __init__(self, marked: Callable[[str], str]) -> None:
		self._marked = marked
		self._parts: list[str] = []
		self._lists: list[int | None] = []
		self._links: list[tuple[str, int]] = []
		self._verbatim = 0

	def result(self) -> str:
		text = "\n".join(line.rstrip(" \t") for line in "".join(self._parts).split("\n"))
		return re.sub(r"\n{3,}", "\n\n", text).strip()

	def data(self, data: str) -> None:
		data = data.replace("\xa0", " ").replace("\u200b", "").replace("\ufeff", "")
		if not self._verbatim:
			data = re.sub(r"\s+", " ", data)
			if not self._parts or self._parts[-1][-1:] in ("\n", " "):
				data = data.lstrip(" ")
		if data:
			self._parts.append(data)

	def start(self, tag: str, attrs: dict[str, str | None]) -> None:
		if tag == "br":
			self._trim()
			self._parts.append("\n")
		elif tag == "hr":
			self._break(2)
			self._parts.append("-" * 20)
			self._break(2)
		elif tag == "img":
			self.data(attrs.get("alt") or "")
		elif tag in ("td", "th"):
			self.data(" ")
		elif tag == "a":
			self._links.append(((attrs.get("href") or "").strip(), len(self._parts)))
		elif tag == "li":
			self._break(1)
			self._parts.append(self._bullet(attrs))
		elif tag in _PARAGRAPHS:
			self._break(1 if tag in ("ol", "ul") and self._lists else 2)
			if tag in ("ol", "ul"):
				self._lists.append(0 if tag == "ol" else None)
			self._verbatim += tag == "pre"
		elif tag in _BLOCKS:
			self._break(1)

	def end(self, tag: str) -> None:
		if tag == "a" and self._links:
			self._end_link(*self._links.pop())
		elif tag in _PARAGRAPHS:
			if tag in ("ol", "ul") and self._lists:
				self._lists.pop()
			self._verbatim -= tag == "pre"
			self._break(1 if self._lists else 2)
		elif tag in _BLOCKS:
			self._break(1)

	def _end_link(self, address: str, begin: int) -> None:
		address = address.removeprefix("mailto:").removeprefix("tel:")
		shown = "".join(self._parts[begin:]).strip()
		if not address or address.startswith("#"):
			return
		self._trim()
		if shown.rstrip("/") == address.rstrip("/"):
			if self._marked(shown) != shown:
				self._parts[begin:] = [self._marked(shown)]
			return
		self._parts.append(f" ({self._marked(address)})" if shown else self._marked(address))

	def _bullet(self, attrs: dict[str, str | None]) -> str:
		indent = "  " * (len(self._lists) - 1)
		# Quill writes all lists as <ol> and tells the kind on the item.
		if not self._lists or self._lists[-1] is None or attrs.get("data-list") == "bullet":
			return f"{indent}- "
		self._lists[-1] += 1
		return f"{indent}{self._lists[-1]}. "

	def _trim(self) -> None:
		if self._parts and not self._verbatim:
			self._parts[-1] = self._parts[-1].rstrip(" ")
			if not self._parts[-1]:
				self._parts.pop()

	def _break(self, lines: int) -> None:
		self._trim()
		written = "".join(self._parts[-3:])
		if written.strip("\n") or self._parts:
			missing = lines - (len(written) - len(written.rstrip("\n")))
			if missing > 0:
				self._parts.append("\n" * missing)
