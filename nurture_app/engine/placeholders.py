"""The template language of mails: placeholders, a few filters, conditions. Nothing else.

Templates are written by marketers and so are not trusted. They are parsed by Jinja, checked against a list of what is
allowed, and only then compiled: each placeholder (`lead.first_name`) becomes a plain variable, so a template never
touches an object, calls anything or sees the framework. The sandbox around it is a second wall.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from html import unescape
from urllib.parse import unquote

from jinja2 import Template, TemplateSyntaxError, nodes

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.formats import LOCAL_FILTERS, may_be_told
from nurture_app.engine.template_filters import FILTERS, REQUIRED, TESTS, environment

KNOWN_PLACEHOLDERS: dict[str, frozenset[str] | None] = {
	"lead": None,
	"sender": frozenset({"name", "email"}),
	"owner": frozenset({"name", "email"}),
	"company": frozenset({"name", "postal_address"}),
	"links": frozenset({"unsubscribe", "preferences", "booking", "yes", "not_yet", "stay", "survey"}),
}
"""The names a mail may use. None: the fields of the Lead, which the host knows."""

OF_THE_LIBRARY = ("block", "assets", "asset")
"""Names that are put in before a text is parsed (`library.expand`), when they stand alone in their tag."""

MAX_SOURCE = 100_000
"""Characters of one part (subject, body...)."""
MAX_DEPTH = 20
"""How deep conditions and brackets may nest."""
MAX_PARTS = 200
"""Of one expression: it is put together as a whole, before anybody can ask how long it became."""


class Parsed:
	"""A checked part: its nodes, ready to be compiled, and the placeholders it uses."""

	__slots__ = ("body", "names")

	def __init__(self, body: list[nodes.Node], names: frozenset[tuple[str, str]]):
		self.body = body
		self.names = names


def variable(namespace: str, field: str) -> str:
	"""The template variable a placeholder becomes."""
	return f"{namespace}__{field}"


def tidy_tags(part: str, source: str) -> str:
	"""Undo what a rich text editor does to Jinja tags: entities, hard spaces, formatting around words.

	Raises `template_forbidden` for formatting that begins or ends inside a tag.
	"""
	source = _CODED_TAG.sub(lambda tag: unquote(tag[0]), source)
	return replace_tags(source, lambda tag: _tidy_tag(part, tag))


def replace_tags(source: str, replace: Callable[[str], str]) -> str:
	"""`source` with each Jinja tag replaced."""
	pieces, position = [], 0
	for start, end in find_tags(source):
		pieces += [source[position:start], replace(source[start:end])]
		position = end
	return "".join([*pieces, source[position:]])


def find_tags(source: str) -> Iterator[tuple[int, int]]:
	"""Where Jinja tags begin and end. In one pass: a regular expression looks for an end that is not there anew from
	each beginning, which takes minutes for a long row of `{{`."""
	position, endless = 0, set()
	for opening in _OPENING.finditer(source):
		kind = opening[1]
		if opening.start() < position or kind in endless:
			continue
		end = source.find(_CLOSINGS[kind], opening.start() + 2)
		if end < 0:
			endless.add(kind)
			continue
		position = end + 2
		yield opening.start(), position


_OPENING = re.compile(r"(?=(\{[{%#]))")
_CLOSINGS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_CODED_TAG = re.compile(r"%7B%7B.{0,500}?%7D%7D", re.IGNORECASE)
_MARKUP = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^<>]*>", re.IGNORECASE)


def _tidy_tag(part: str, tag: str) -> str:
	balance: dict[str, int] = {}
	for slash, element in _MARKUP.findall(tag):
		balance[element.lower()] = balance.get(element.lower(), 0) + (-1 if slash else 1)
	if any(balance.values()):
		raise NurtureError("template_forbidden", part=part, what=f"<{next(iter(balance))}>")
	if balance:
		tag = _MARKUP.sub("", tag)
	return unescape(tag).replace("\xa0", " ").replace("\u200b", "").replace("\ufeff", "")


def parse(
	part: str,
	source: str,
	autoescape: bool,
	lead_fields: Collection[str] | None = None,
	more: Mapping[str, Collection[str]] | None = None,
) -> Parsed:
	"""Check one part of a mail. Raises `template_too_large`, `template_syntax`, `template_unknown_name`,
	`template_strange_name` and `template_forbidden`; `part` is named in each. `lead_fields` None: any field of the lead is taken. `more` are the
	names of this text alone, by namespace; those of `block` are numbers, to be asked about and not to be shown.
	"""
	if len(source) > MAX_SOURCE:
		raise NurtureError("template_too_large", part=part, size=len(source), limit=MAX_SOURCE)
	jinja = environment(autoescape)
	try:
		tree = jinja.parse(source)
	except TemplateSyntaxError as error:
		raise NurtureError("template_syntax", part=part, line=error.lineno, message=error.message) from None
	except (RecursionError, MemoryError):
		raise NurtureError("template_forbidden", part=part, what="nesting") from None
	except (ValueError, OverflowError) as error:
		# A number with thousands of digits.
		raise NurtureError("template_syntax", part=part, line=1, message=str(error)) from None
	checker = _Checker(part, lead_fields, more or {})
	try:
		body = [checker.statement(node, 0) for node in tree.body]
	except RecursionError:
		raise NurtureError("template_forbidden", part=part, what="nesting") from None
	return Parsed(body, frozenset(checker.names))


def compile_parts(parts: list[Parsed], autoescape: bool) -> Template:
	"""One template out of several parsed parts, one after the other."""
	jinja = environment(autoescape)
	tree = nodes.Template([node for part in parts for node in part.body], lineno=1)
	tree.set_environment(jinja)
	try:
		code = jinja.compile(tree)
	except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError):
		raise NurtureError("template_forbidden", part="body", what="nesting") from None
	return jinja.template_class.from_code(jinja, code, {})


# --- what is allowed --------------------------------------------------------------------------------------------------


class _Checker:
	"""Walks a parsed template, refuses what is not on the list, turns placeholders into variables."""

	def __init__(self, part: str, lead_fields: Collection[str] | None, more: Mapping[str, Collection[str]]):
		self.part = part
		self.lead_fields = lead_fields
		self.more = more
		self.names: set[tuple[str, str]] = set()
		self.parts = 0
		"""Of the expression that is being read."""

	def statement(self, node: nodes.Node, depth: int) -> nodes.Node:
		self._limit(depth)
		if isinstance(node, nodes.Output):
			node.nodes = [
				child if isinstance(child, nodes.TemplateData) else self._output(child, depth)
				for child in node.nodes
			]
			return node
		if isinstance(node, nodes.If):
			self.parts = 0
			node.test = self._condition(node.test, depth)
			for name in ("body", "elif_", "else_"):
				setattr(node, name, [self.statement(child, depth + 1) for child in getattr(node, name)])
			return node
		self._forbid(_STATEMENTS.get(type(node), type(node).__name__.lower()))

	def _output(self, node: nodes.Expr, depth: int) -> nodes.Expr:
		"""An expression whose text is printed: its placeholders must have a value or a default."""
		self.parts = 0
		return self._expression(node, depth, required=True)

	def _condition(self, node: nodes.Expr, depth: int) -> nodes.Expr:
		return self._expression(node, depth, required=False)

	def _expression(self, node: nodes.Expr, depth: int, required: bool) -> nodes.Expr:
		self._limit(depth)
		self.parts += 1
		if self.parts > MAX_PARTS:
			self._forbid(f"> {MAX_PARTS} ~")
		depth += 1
		if isinstance(node, nodes.Const):
			return node
		if isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Name)):
			return self._placeholder(node, required)
		if isinstance(node, nodes.Filter):
			return self._filter(node, depth, required)
		if isinstance(node, nodes.Test):
			if node.name not in TESTS or node.dyn_args or node.dyn_kwargs or node.kwargs:
				self._forbid(f"is {node.name}")
			node.node = self._condition(node.node, depth)
			node.args = [self._condition(arg, depth) for arg in node.args]
			return node
		if isinstance(node, nodes.CondExpr):
			node.test = self._condition(node.test, depth)
			node.expr1 = self._expression(node.expr1, depth, required)
			if node.expr2 is not None:
				node.expr2 = self._expression(node.expr2, depth, required)
			else:
				node.expr2 = nodes.Const("", lineno=node.lineno)
			return node
		if isinstance(node, (nodes.And, nodes.Or, nodes.Add, nodes.Sub)):
			# "a or b" prints the first that has a value: only the last has to have one.
			left_required = required and isinstance(node, (nodes.Add, nodes.Sub))
			node.left = self._expression(node.left, depth, left_required)
			node.right = self._expression(node.right, depth, required)
			return node
		if isinstance(node, nodes.Not):
			node.node = self._condition(node.node, depth)
			return node
		if isinstance(node, (nodes.Neg, nodes.Pos)):
			node.node = self._expression(node.node, depth, required)
			return node
		if isinstance(node, nodes.Concat):
			node.nodes = [self._expression(child, depth, required) for child in node.nodes]
			return node
		if isinstance(node, nodes.Compare):
			node.expr = self._condition(node.expr, depth)
			for operand in node.ops:
				operand.expr = self._condition(operand.expr, depth)
			return node
		if isinstance(node, (nodes.List, nodes.Tuple)):
			node.items = [self._expression(child, depth, required) for child in node.items]
			return node
		self._forbid(_EXPRESSIONS.get(type(node), type(node).__name__.lower()))

	def _filter(self, node: nodes.Filter, depth: int, required: bool) -> nodes.Expr:
		if node.node is None or node.name not in FILTERS or node.dyn_args or node.dyn_kwargs:
			self._forbid(f"| {node.name}")
		is_default = node.name in ("default", "d")
		before = set(self.names)
		node.node = self._expression(node.node, depth, required and not is_default)
		subject = next(iter(sorted(self.names - before)), None)
		node.args = [self._expression(arg, depth, False) for arg in node.args]
		for keyword in node.kwargs:
			keyword.value = self._expression(keyword.value, depth, False)
		if node.name in LOCAL_FILTERS:
			self._add_locale(node)
		if is_default and required:
			arguments = [*node.args, *(keyword.value for keyword in node.kwargs)]
			if not all(isinstance(argument, nodes.Const) for argument in arguments):
				# The default is itself a placeholder, which may be empty too.
				return _required_node(node, ".".join(subject) if subject else "default")
		return node

	def _add_locale(self, node: nodes.Filter) -> None:
		"""The reader's customs come with the mail; what the marketer may say besides is checked now, not when it goes."""
		told = [*node.args, *(keyword.value for keyword in node.kwargs)]
		values = [one.value if isinstance(one, nodes.Const) else None for one in told]
		if any(keyword.key == "locale" for keyword in node.kwargs) or not may_be_told(node.name, values):
			self._forbid(f"| {node.name}({', '.join('…' if one is None else repr(one) for one in values)})")
		self.names.add(("words", "locale"))
		locale = nodes.Name(variable("words", "locale"), "load", lineno=node.lineno)
		node.kwargs.append(nodes.Keyword("locale", locale, lineno=node.lineno))

	def _placeholder(self, node: nodes.Expr, required: bool) -> nodes.Expr:
		path = _path(node)
		if path is None:
			self._forbid("." if isinstance(node, nodes.Getattr) else "[]")
		if path[0] in OF_THE_LIBRARY and (required or path[0] not in self.more):
			raise NurtureError("template_not_alone", part=self.part, name=".".join(path))
		if path[0] in self.more and len(path) == 2 and path[1] in self.more[path[0]]:
			self.names.add((path[0], path[1]))
			name = nodes.Name(variable(*path), "load", lineno=node.lineno)
			return _required_node(name, ".".join(path)) if required else name
		if len(path) > 2 or any(not _FIELD.fullmatch(step) for step in path):
			if path[0] in KNOWN_PLACEHOLDERS or any(step.startswith("_") for step in path):
				self._forbid(".".join(path))
			self._unknown(path)
		if len(path) < 2 or path[0] not in KNOWN_PLACEHOLDERS:
			self._unknown(path)
		namespace, field = path
		fields = self.lead_fields if namespace == "lead" else KNOWN_PLACEHOLDERS[namespace]
		if fields is not None and field not in fields:
			self._unknown(path)
		self.names.add((namespace, field))
		name = nodes.Name(variable(namespace, field), "load", lineno=node.lineno)
		return _required_node(name, f"{namespace}.{field}") if required else name

	def _limit(self, depth: int) -> None:
		if depth > MAX_DEPTH:
			self._forbid("nesting")

	def _forbid(self, what: str) -> None:
		raise NurtureError("template_forbidden", part=self.part, what=what)

	def _unknown(self, path: list[str]) -> None:
		name = ".".join(path)
		known = list(self._known_names())
		close = get_close_matches(name, known, n=1, cutoff=0.6)
		if not close:
			by_field = {full.partition(".")[2]: full for full in reversed(known)}
			close = [by_field[field] for field in get_close_matches(path[-1], by_field, n=1, cutoff=0.6)]
		if not close:
			known = ", ".join(KNOWN_PLACEHOLDERS)
			raise NurtureError("template_strange_name", part=self.part, name=name, known=known)
		raise NurtureError("template_unknown_name", part=self.part, name=name, suggestion=close[0])

	def _known_names(self) -> Iterator[str]:
		for namespace, fields in KNOWN_PLACEHOLDERS.items():
			for field in sorted((self.lead_fields or ()) if fields is None else fields):
				yield f"{namespace}.{field}"


_FIELD = re.compile(r"[a-z][a-z0-9_]*", re.IGNORECASE)

_STATEMENTS = {
	nodes.For: "{% for %}",
	nodes.Assign: "{% set %}",
	nodes.AssignBlock: "{% set %}",
	nodes.CallBlock: "{% call %}",
	nodes.FilterBlock: "{% filter %}",
	nodes.FromImport: "{% from %}",
}
_STATEMENTS |= {
	kind: "{% " + kind.__name__.lower() + " %}"
	for kind in (nodes.Block, nodes.Extends, nodes.Import, nodes.Include, nodes.Macro, nodes.With)
}
_EXPRESSIONS = {
	nodes.Call: "()",
	nodes.Mul: "*",
	nodes.Pow: "**",
	nodes.Mod: "%",
	nodes.Div: "/",
	nodes.FloorDiv: "//",
	nodes.Dict: "{}",
	nodes.Slice: "[:]",
}


def _path(node: nodes.Expr) -> list[str] | None:
	if isinstance(node, nodes.Name):
		return [node.name]
	if isinstance(node, nodes.Getattr):
		base, step = _path(node.node), node.attr
	elif (
		isinstance(node, nodes.Getitem)
		and isinstance(node.arg, nodes.Const)
		and isinstance(node.arg.value, str)
	):
		base, step = _path(node.node), node.arg.value
	else:
		return None
	return [*base, step] if base else None


def _required_node(node: nodes.Expr, name: str) -> nodes.Filter:
	return nodes.Filter(node, REQUIRED, [nodes.Const(name)], [], None, None, lineno=node.lineno)
