"""Calculations: a figure of the reader's own in a mail, made of what is known of the lead, or a text without one (PZ-11).

A formula is plain arithmetic on named inputs. Where an input is missing, cannot be read as a number or lies outside of
what is believable, there is no figure: a wrong one is worse than none.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.formats import show_amount, show_number, show_percent
from nurture_app.engine.library.assets import check_short_name
from nurture_app.engine.library.sensitive import sensitive_fields
from nurture_app.engine.ports import FieldInfo, Host
from nurture_app.engine.sql import Query, doctype, params

LONGEST_FORMULA = 300
GREATEST = 1e12
"""Beyond any figure that somebody would believe."""
FIGURE = "figure"
"""The name of the result in the text."""
SAMPLE = 7.0
"""For each input, to try a formula with when it is saved."""

_NODES = (ast.Expr, ast.Name, ast.UnaryOp, ast.BinOp, ast.Constant)
_OPERATORS = {
	ast.Add: lambda a, b: float(a) + float(b),
	ast.Sub: lambda a, b: float(a) - float(b),
	ast.Mult: lambda a, b: float(a) * float(b),
	ast.Div: lambda a, b: float(a) / float(b),
	ast.USub: lambda a: -float(a),
	ast.UAdd: float,
}
"""Of numbers alone: a text times a million is no number."""
_NAMED = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_ARITHMETIC = re.compile(r"[a-z0-9_+\-*/(). ]+")
_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Input:
	"""One number of a calculation: fixed, or read of a field of the lead."""

	name: str
	field: str = ""
	"""Empty: `number` is fixed."""
	number: float = 0.0
	choices: Mapping[str, float] | None = None
	"""What words in the field stand for, in small letters."""
	least: float | None = None
	most: float | None = None

	def value(self, lead: Mapping[str, Any]) -> float | None:
		"""None where there is none that can be believed. A field that is zero was never filled in."""
		if not self.field:
			return self.number
		found = self._read(lead.get(self.field))
		if found is None or not math.isfinite(found) or not found:
			return None
		too_little = self.least is not None and found < self.least
		return None if too_little or (self.most is not None and found > self.most) else found

	def _read(self, value: Any) -> float | None:
		if isinstance(value, bool) or value is None:
			return None
		if isinstance(value, str):
			text = value.strip().lower()
			if self.choices and text in self.choices:
				return self.choices[text]
			return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
		try:
			return float(value)
		except (TypeError, ValueError):
			return None


@dataclass(frozen=True, slots=True)
class Calculation:
	name: str
	"""Of its record."""
	short_name: str
	inputs: tuple[Input, ...]
	formula: str
	shown_as: str = "Number"
	currency: str = ""
	places: int = 0
	round_to: float = 0.0
	"""The figure is rounded down to a multiple of it; 0: to `places`."""
	least: float = 0.0
	"""A smaller figure is not shown."""
	text: str = ""
	"""With {figure} and the names of inputs in it; empty: the figure alone."""
	fallback: str = ""
	"""Where there is no figure."""

	@property
	def lead_fields(self) -> frozenset[str]:
		return frozenset(one.field for one in self.inputs if one.field)

	def values(self, lead: Mapping[str, Any]) -> dict[str, float | None]:
		"""By name of the input; None where the lead says nothing that can be calculated with."""
		return {one.name: one.value(lead) for one in self.inputs}

	def figure(self, lead: Mapping[str, Any]) -> float | None:
		"""The result for `lead`, rounded; None without one that may be shown."""
		return self._figure_of(self.values(lead))

	def _figure_of(self, values: Mapping[str, float | None]) -> float | None:
		if any(value is None for value in values.values()):
			return None
		result = _evaluated(self.formula, values)
		if result is None or not math.isfinite(result) or not 0 < result <= GREATEST or result < self.least:
			return None
		# what floating point makes of 0.1 * 3 shall not cost a whole step
		step = self.round_to or 10.0**-self.places
		rounded = math.floor(result / step + 1e-9) * step
		return rounded or None

	def said(self, lead: Mapping[str, Any], locale: str = "") -> str:
		"""What stands in the mail, as people of `locale` write numbers; the fallback may be empty."""
		values = self.values(lead)
		figure = self._figure_of(values)
		if figure is None:
			return self.fallback
		shown = self._shown(figure, locale)
		if not self.text:
			return shown
		known = {name: str(show_number(value, locale=locale)) for name, value in values.items()}
		known[FIGURE] = shown
		return _NAMED.sub(lambda tag: known.get(tag[1], tag[0]), self.text)

	def _shown(self, figure: float, locale: str) -> str:
		if self.shown_as == "Amount":
			return str(show_amount(figure, self.currency, self.places, locale))
		if self.shown_as == "Percent":
			return str(show_percent(figure, self.places, locale))
		return str(show_number(figure, self.places, locale))


def _evaluated(formula: str, values: Mapping[str, float | None]) -> float | None:
	"""None for what cannot be calculated, such as a division by zero."""
	calculator = SimpleEval(operators=_OPERATORS, functions={}, names=dict(values))
	calculator.nodes = {kind: act for kind, act in calculator.nodes.items() if kind in _NODES}
	try:
		result = calculator.eval(formula, previously_parsed=_parsed(formula))
	except ArithmeticError:
		return None
	if isinstance(result, bool) or not isinstance(result, int | float):
		raise InvalidExpression("not a number")
	return float(result)


@lru_cache(maxsize=256)
def _parsed(formula: str) -> ast.AST:
	"""Remembered, because a formula is worked out for every mail."""
	return SimpleEval.parse(formula)


def calculation_from_rows(row: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> Calculation:
	"""From a `Nurture Calculation` and its inputs. Raises `calculation_choice_bad`."""
	return Calculation(
		name=row.get("name") or row.get("title") or "",
		short_name=row.get("short_name") or "",
		inputs=tuple(_input(one) for one in inputs),
		formula=str(row.get("formula") or "").strip(),
		shown_as=row.get("shown_as") or "Number",
		currency=row.get("currency") or "",
		places=int(row.get("places") or 0),
		round_to=float(row.get("round_to") or 0),
		least=float(row.get("least") or 0),
		text=str(row.get("text") or "").strip(),
		fallback=str(row.get("fallback_text") or "").strip(),
	)


def _input(row: Mapping[str, Any]) -> Input:
	is_field = row.get("source") == "Field of the Lead"
	if is_field and not row.get("field_name"):
		raise NurtureError("calculation_field_missing", name=row.get("input_name") or "")
	return Input(
		name=str(row.get("input_name") or "").strip(),
		field=(row.get("field_name") or "") if is_field else "",
		number=float(row.get("number") or 0),
		choices=_choices(str(row.get("choices") or "")) if is_field else None,
		least=float(row["least"]) if row.get("least") else None,
		most=float(row["most"]) if row.get("most") else None,
	)


def _choices(text: str) -> dict[str, float]:
	found = {}
	for line in filter(None, map(str.strip, text.splitlines())):
		words, _equals, number = line.rpartition("=")
		if not words.strip() or not _NUMBER.fullmatch(number.strip()):
			raise NurtureError("calculation_choice_bad", line=line)
		found[words.strip().lower()] = float(number.strip().replace(",", "."))
	return found


def check_calculation(one: Calculation, catalog: Mapping[str, FieldInfo], marked: Collection[str]) -> None:
	"""Refuse what could not be calculated; `marked` are fields that a site counts as sensitive besides. Raises `short_name_invalid`, `calculation_without_inputs`, `calculation_input_twice`,
	`calculation_field_unknown`, `calculation_field_sensitive`, `calculation_formula_bad`, `calculation_name_unknown`,
	`calculation_without_currency`."""
	names = [entry.name for entry in one.inputs]
	if not names:
		raise NurtureError("calculation_without_inputs")
	for place, entry in enumerate(one.inputs):
		check_short_name(entry.name)
		if entry.name in names[:place] or entry.name == FIGURE:
			raise NurtureError("calculation_input_twice", name=entry.name)
		if entry.field and entry.field not in catalog:
			raise NurtureError("calculation_field_unknown", name=entry.name, field=entry.field)
	for field in sensitive_fields(one.lead_fields, marked):
		raise NurtureError("calculation_field_sensitive", field=field)
	_check_formula(one.formula, names)
	if one.shown_as == "Amount" and not one.currency:
		raise NurtureError("calculation_without_currency")
	for name in _NAMED.findall(one.text):
		if name not in (*names, FIGURE):
			raise NurtureError("calculation_name_unknown", name=name, known=", ".join((FIGURE, *names)))


def _check_formula(formula: str, names: Sequence[str]) -> None:
	bad = NurtureError("calculation_formula_bad", formula=formula[:60], known=", ".join(names))
	if len(formula) > LONGEST_FORMULA or not _ARITHMETIC.fullmatch(formula):
		raise bad
	try:
		_evaluated(formula, dict.fromkeys(names, SAMPLE))
	except (InvalidExpression, SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
		raise bad from None


_COLUMNS = (
	"name",
	"short_name",
	"formula",
	"shown_as",
	"currency",
	"places",
	"round_to",
	"least",
	"text",
	"fallback_text",
)
_INPUT_COLUMNS = ("parent", "input_name", "source", "field_name", "number", "choices", "least", "most")


def load_calculations(host: Host, short_names: Collection[str]) -> dict[str, Calculation]:
	"""By short name, those there are. Two queries; none when nothing is asked for. Unique index (short_name), index (parent)."""
	if not short_names:
		return {}
	table, entry = doctype("Nurture Calculation", "c"), doctype("Nurture Calculation Input", "i")
	query = Query.from_(table).select(*(table[column] for column in _COLUMNS))
	rows = [
		dict(zip(_COLUMNS, values, strict=True))
		for values in host.db.rows(query.where(table.short_name.isin(params(sorted(short_names)))))
	]
	inputs: dict[str, list[dict[str, Any]]] = {}
	if rows:
		query = Query.from_(entry).select(*(entry[column] for column in _INPUT_COLUMNS)).orderby(entry.idx)
		for values in host.db.rows(query.where(entry.parent.isin(params([row["name"] for row in rows])))):
			inputs.setdefault(values[0], []).append(dict(zip(_INPUT_COLUMNS, values, strict=True)))
	return {row["short_name"]: calculation_from_rows(row, inputs.get(row["name"], [])) for row in rows}


def all_said(
	calculations: Mapping[str, Calculation], lead: Mapping[str, Any], locale: str = ""
) -> dict[str, str]:
	"""What each says to `lead`, by short name: the namespace `calc` of a mail."""
	return {name: one.said(lead, locale) for name, one in calculations.items()}
