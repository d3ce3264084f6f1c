"""Names that somebody wrote and that must exist; of one that does not, the nearest that does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import NurtureError

if TYPE_CHECKING:
	from nurture_app.engine.ports import FieldInfo


def closest(written: str, known: Iterable[str]) -> str:
	"""The one of `known` that `written` was probably meant to be, whatever its case; empty if none looks like it."""
	by_folded = {name.casefold(): name for name in known}
	found = get_close_matches(written.casefold(), by_folded, n=1, cutoff=0.7)
	return by_folded[found[0]] if found else ""


def check_known(names: Iterable[str], known: frozenset[str] | None, code: str, what: str) -> None:
	"""Refuse a name that is not among the `known` ones; None of these knows every name."""
	for name in names:
		if known is not None and name not in known:
			raise NurtureError(code, leaf=name, suggestion=closest(name, sorted(known)), **{what: name})


def check_activity_types(names: Iterable[str], known: frozenset[str] | None) -> None:
	check_known(names, known, "condition_unknown_activity", "activity")


def check_segments(names: Iterable[str], known: frozenset[str] | None) -> None:
	check_known(names, known, "condition_unknown_segment", "segment")


def unknown_field(fieldname: str, catalog: Mapping[str, FieldInfo], leaf: Any) -> NurtureError:
	"""That Lead has no such field, to be raised. Its label is a good guess, too."""
	by_label = {info.label: info.fieldname for info in catalog.values()}
	near = closest(fieldname, [*by_label, *catalog])
	suggestion = by_label.get(near, near)
	return NurtureError("condition_unknown_field", leaf=leaf, field=fieldname, suggestion=suggestion)
