"""Conditions: who a rule, a segment, a sequence or a branch is about.

One tree, stored as JSON (see the grammar in docs/conditions.md), parsed once, evaluated only as SQL, explained in a
sentence. Leaves live in `condition_fields` (fields of the Lead), `condition_history` (what happened) and
`condition_leaves` (everything else).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from pypika.terms import Criterion

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_fields import FieldLeaf
from nurture_app.engine.condition_leaves import LEAF_TYPES, AgeLeaf
from nurture_app.engine.condition_nodes import Translate, show_leaf
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.ports import FieldInfo, Host
from nurture_app.engine.sql import P, Query, Raw, doctype, locking

MAX_DEPTH = 12
MAX_LEAVES = 200


@dataclass(frozen=True, slots=True)
class All:
	"""Every part is true. Without parts: everybody."""

	parts: tuple[Any, ...]

	def sql(self, scope: Scope) -> Criterion:
		return reduce(and_, (part.sql(scope) for part in self.parts)) if self.parts else Raw("1 = 1")

	def sentence(self, translate: Translate) -> str:
		return _joined(self.parts, translate("and"), translate)


@dataclass(frozen=True, slots=True)
class AnyOf:
	"""At least one part is true."""

	parts: tuple[Any, ...]

	def sql(self, scope: Scope) -> Criterion:
		return reduce(or_, (part.sql(scope) for part in self.parts))

	def sentence(self, translate: Translate) -> str:
		return _joined(self.parts, translate("or"), translate)


@dataclass(frozen=True, slots=True)
class Not:
	"""The part is not true; a comparison with nothing counts as not true."""

	part: Any

	def sql(self, scope: Scope) -> Criterion:
		return Raw("NOT COALESCE(({}), FALSE)", self.part.sql(scope))

	def sentence(self, translate: Translate) -> str:
		return translate("not ({0})").format(self.part.sentence(translate))


Condition = All | AnyOf | Not | FieldLeaf | Any


def parse(data: Any, catalog: Mapping[str, FieldInfo], *, in_sequence: bool = False) -> Condition:
	"""The condition in `data`: JSON text or what it decodes to. Nothing at all means everybody.

	`in_sequence` allows leaves that speak of the current enrollment. Raises `NurtureError` with a code that begins
	with `condition_` and the parameter `leaf`, the piece of JSON that is wrong.
	"""
	data = _decoded(data)
	if data is None or data == [] or data == {}:
		return All(())
	budget = [MAX_LEAVES]
	return _parse_node(data, catalog, in_sequence, 0, budget)


def _decoded(data: Any) -> Any:
	shown = data[:200] if isinstance(data, str) else ""
	try:
		if isinstance(data, str):
			data = json.loads(data) if data.strip() else None
		# half a surrogate pair is JSON, but no database stores it
		json.dumps(data, ensure_ascii=False, default=str).encode()
	except ValueError as error:
		raise NurtureError("condition_not_json", leaf=shown, message=str(error)) from None
	except RecursionError:
		raise NurtureError("condition_too_deep", leaf=shown, limit=MAX_DEPTH) from None
	return data


def _parse_node(
	node: Any, catalog: Mapping[str, FieldInfo], in_sequence: bool, depth: int, budget: list[int]
) -> Any:
	if depth > MAX_DEPTH:
		raise NurtureError("condition_too_deep", leaf=show_leaf(node), limit=MAX_DEPTH)
	budget[0] -= 1
	if budget[0] < 0:
		raise NurtureError("condition_too_long", leaf=show_leaf(node), limit=MAX_LEAVES)
	if isinstance(node, dict):
		for key, shape in (("all", All), ("any", AnyOf)):
			if key in node:
				parts = node[key]
				if len(node) != 1 or not isinstance(parts, list) or not parts:
					raise NurtureError("condition_bad_group", leaf=show_leaf(node), group=key)
				return shape(
					tuple(_parse_node(part, catalog, in_sequence, depth + 1, budget) for part in parts)
				)
		if "not" in node:
			if len(node) != 1:
				raise NurtureError("condition_bad_group", leaf=show_leaf(node), group="not")
			return Not(_parse_node(node["not"], catalog, in_sequence, depth + 1, budget))
		for key, leaf_type in LEAF_TYPES.items():
			if key in node:
				return leaf_type.parse(node, catalog, in_sequence)
		raise NurtureError("condition_unknown_leaf", leaf=show_leaf(node), known=", ".join(LEAF_TYPES))
	if isinstance(node, list):
		if node and all(isinstance(part, list | dict) for part in node):
			return All(tuple(_parse_node(part, catalog, in_sequence, depth + 1, budget) for part in node))
		return FieldLeaf.parse(node, catalog)
	raise NurtureError("condition_unknown_leaf", leaf=show_leaf(node), known=", ".join(LEAF_TYPES))


def load_conditions(
	host: Host, doctype_name: str, column: str, value: str, *, lock: bool = False
) -> dict[str, Condition]:
	"""The conditions of records with this value, by name; those that cannot be read are reported elsewhere.

	With `lock` as they were committed last, and nobody changes one before this transaction ends.
	"""
	table = doctype(doctype_name, "t")
	query = Query.from_(table).select(table.name, table.condition).where(getattr(table, column) == P(value))
	query = query.orderby(table.name)
	found = {}
	for name, text in host.db.rows(locking(query, host.db.dialect) if lock else query):
		try:
			found[name] = parse(text, host.catalog)
		except NurtureError:
			continue
	return found


def leaves(condition: Condition) -> Iterator[Any]:
	"""Every leaf of the tree, left to right."""
	if isinstance(condition, All | AnyOf):
		for part in condition.parts:
			yield from leaves(part)
	elif isinstance(condition, Not):
		yield from leaves(condition.part)
	else:
		yield condition


def check_references(condition: Condition, known: Known) -> None:
	"""Raise `NurtureError` for an activity type, segment or step the condition names that does not exist."""
	for leaf in leaves(condition):
		leaf.check_references(known)


def lead_fields(condition: Condition) -> set[str]:
	"""The fields of the Lead that the condition compares."""
	return {leaf.field.fieldname for leaf in leaves(condition) if isinstance(leaf, FieldLeaf | AgeLeaf)}


def follows(condition: Condition, happened: Happened) -> bool:
	"""Whether what happened can have changed for whom the condition holds."""
	return any(leaf.follows(happened) for leaf in leaves(condition))


def is_everybody(condition: Condition) -> bool:
	"""Whether it asks nothing."""
	return isinstance(condition, All) and not condition.parts


def explain(condition: Condition, translate: Translate = str) -> str:
	"""The condition as a sentence a marketer reads: `Industry is Software and visited the pricing page 3 times`."""
	if is_everybody(condition):
		return translate("Every lead.")
	sentence = condition.sentence(translate)
	return sentence[:1].upper() + sentence[1:] + "."


def _joined(parts: tuple[Any, ...], word: str, translate: Translate) -> str:
	shown = []
	for part in parts:
		sentence = part.sentence(translate)
		nested = isinstance(part, All | AnyOf) and len(part.parts) > 1
		shown.append(f"({sentence})" if nested else sentence)
	return f" {word} ".join(shown)
