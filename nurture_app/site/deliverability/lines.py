"""A line of the checklist."""

from __future__ import annotations

from dataclasses import dataclass

OK, FIX, UNKNOWN = "ok", "fix", "unknown"


@dataclass(frozen=True, slots=True)
class Line:
	"""All texts are plain and in the user's language."""

	code: str
	title: str
	state: str
	"""`ok`, `fix` or `unknown`."""
	found: str
	todo: str = ""
