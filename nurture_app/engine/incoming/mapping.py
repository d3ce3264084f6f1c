"""From the payload of another system to an event or a lead, by the rows of a mapping (CT-04)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.visits.came_by import UTM_PARTS

MOST_ITEMS = 100
_PATH = re.compile(r"[^.\s][^.]*(\.[^.]+)*")
_MISSING = object()

PERSON = {
	"E-mail": "email",
	"First Name": "first_name",
	"Last Name": "last_name",
	"Company": "company_name",
	"Phone": "phone",
	"Job Title": "job_title",
	"Country": "country",
	"Language": "language",
	"Time Zone": "time_zone",
	"Visitor": "visitor",
}
UTM = {f"UTM {part.title()}": part for part in UTM_PARTS}


@dataclass(frozen=True, slots=True)
class Rule:
	"""One row: `target` gets what stands at `path`, or `constant`; `fallback` when there is nothing."""

	target: str
	name: str = ""
	path: str = ""
	constant: str = ""
	fallback: str = ""


@dataclass(frozen=True, slots=True)
class KindRule:
	"""What a payload of one kind becomes: `action` is Record Activity, Capture Lead or Ignore."""

	payload_value: str
	action: str
	activity_type: str


@dataclass(frozen=True, slots=True)
class Mapped:
	"""What a mapping made of one item: single values by target, properties and fields of the lead by name."""

	kind: KindRule
	values: Mapping[str, str]
	properties: Mapping[str, Any]
	fields: Mapping[str, str]

	def __getitem__(self, target: str) -> str:
		return self.values.get(target, "")


def items_of(payload: Any, items_path: str) -> list[Any]:
	"""The items in a payload. Raises `mapping_no_items`."""
	found = value_at(payload, items_path) if items_path else payload
	if items_path and not isinstance(found, list):
		raise NurtureError("mapping_no_items", path=items_path)
	items = found if isinstance(found, list) else [found]
	if not 0 < len(items) <= MOST_ITEMS:
		raise NurtureError("event_malformed", field="payload", expected=f"1 to {MOST_ITEMS} events")
	return items


def apply(item: Any, rules: Sequence[Rule], kinds: Sequence[KindRule], type_path: str) -> Mapped:
	"""Raises `NurtureError` naming the path at which something is missing or unfit."""
	if not isinstance(item, Mapping):
		raise NurtureError("event_malformed", field="payload", expected="an object")
	kind = _kind(item, kinds, type_path)
	values: dict[str, str] = {}
	properties: dict[str, Any] = {}
	fields: dict[str, str] = {}
	if kind.action != "Ignore":
		for rule in rules:
			value = _value(item, rule)
			if value == "":
				continue
			# of several rows for one target the first with a value
			if rule.target == "Property":
				properties.setdefault(rule.name, value)
			elif rule.target == "Lead Field":
				fields.setdefault(rule.name, as_text(value, rule))
			else:
				values.setdefault(rule.target, as_text(value, rule))
	return Mapped(kind, values, properties, fields)


def check_path(path: str) -> None:
	"""Raises `mapping_path_bad`."""
	if path and not _PATH.fullmatch(path):
		raise NurtureError("mapping_path_bad", path=path)


def value_at(payload: Any, path: str) -> Any:
	"""What stands at a dotted path, None when there is nothing. Numbers count the items of a list from 0."""
	found = _at(payload, path)
	return None if found is _MISSING else found


def own_id(item: Any) -> str:
	"""An id for an item whose sender gives none: the same content is the same event."""
	text = json.dumps(item, sort_keys=True, ensure_ascii=False, default=str)
	return "content-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def as_text(value: Any, rule: Rule) -> str:
	"""A text, number or yes/no as text. Raises `mapping_not_text`."""
	if isinstance(value, bool):
		return "1" if value else "0"
	if isinstance(value, int | float):
		return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else str(value)
	if not isinstance(value, str):
		raise NurtureError("mapping_not_text", path=rule.path, target=rule.target)
	return " ".join(value.replace("\x00", " ").split())[:1000]


def _kind(item: Mapping[str, Any], kinds: Sequence[KindRule], type_path: str) -> KindRule:
	said = value_at(item, type_path) if type_path else ""
	text = said if isinstance(said, str) else str(said if said is not None else "")
	for kind in kinds:
		if kind.payload_value and kind.payload_value.lower() == text.lower():
			return kind
	for kind in kinds:
		if not kind.payload_value:
			return kind
	raise NurtureError("mapping_kind_unknown", value=text[:80], path=type_path)


def _value(item: Mapping[str, Any], rule: Rule) -> Any:
	if rule.constant:
		return rule.constant
	found = _at(item, rule.path) if rule.path else _MISSING
	if found is _MISSING or found is None or found == "":
		return rule.fallback
	return found


def _at(value: Any, path: str) -> Any:
	for step in path.split("."):
		if isinstance(value, Mapping):
			if step not in value:
				return _MISSING
			value = value[step]
		elif isinstance(value, list) and step.isascii() and step.isdigit():
			place = int(step[:6])
			if place >= len(value):
				return _MISSING
			value = value[place]
		else:
			return _MISSING
	return value
