"""Which language somebody is spoken to in: the nearest of those there are to the one they want.

Language codes are those of Frappe (`de`, `pt-BR`, `zh-TW`) or any other BCP 47 tag; `_` for `-` and other letter cases
mean the same.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

_SAME = {"no": "nb", "iw": "he", "in": "id", "ji": "yi", "tl": "fil"}
"""Codes of which both are in use: the older or wider one, and the one it stands for here."""


def best_language(wanted: str | None, available: Collection[str], default: str = "") -> str:
	"""The one of `available`, as written there, that suits who wants `wanted`; `default` when none does (LO-01).

	"en-GB" is served by "en-GB", then "en", then another English. Nobody is ever served a different language but
	`default`, which comes back as the caller wrote it, whether or not it is among `available`.
	"""
	return _best(wanted or "", tuple(sorted(set(available))), default)


def speaks(language: str, wanted: str) -> bool:
	"""Whether who wants `wanted` is served in it by a text in `language`; one of the two not known counts as served."""
	return not (language and wanted) or bool(best_language(wanted, (language,)))


def tags_of(code: str | None) -> tuple[str, ...]:
	"""A code and what it is a kind of, the nearest first: "zh_Hant-TW" gives `zh-hant-tw`, `zh-hant`, `zh`."""
	parts = (code or "").strip().replace("_", "-").lower().split("-")
	parts[0] = _SAME.get(parts[0], parts[0])
	return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1)) if parts[0] else ()


@lru_cache(maxsize=4096)
def _best(wanted: str, available: tuple[str, ...], default: str) -> str:
	tags = tags_of(wanted)
	if not tags:
		return default
	offered = [(tags_of(code), code) for code in available]
	for tag in tags:
		for theirs, code in offered:
			if theirs and theirs[0] == tag:
				return code
	for theirs, code in offered:
		if theirs and theirs[-1] == tags[-1]:
			return code
	return default
