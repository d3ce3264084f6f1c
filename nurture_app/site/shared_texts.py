"""Long texts of many rows that are alike for the most part, written so that the database reads what they share once.

Five hundred mails of a batch are one text with a few places filled in. Sent whole, they are three megabytes of which the
server must read every character, which takes it as long as storing them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nurture_app.engine.shared_runs import SharedRuns

LONG = 1000
"""Characters from which on a text is worth the looking."""
MOST_PIECES = 500


@dataclass(frozen=True, slots=True)
class Composed:
	"""A text as an expression of SQL."""

	expression: str

	def __len__(self) -> int:
		"""Of what the statement holds."""
		return len(self.expression)


class SharedTexts:
	"""The pieces that the texts of a column share, each in a variable of the connection."""

	def __init__(self, texts: Sequence[str], quoted: Callable[[str], str], prefix: str = "nurture_text"):
		"""`quoted` writes a text as a literal of SQL."""
		self._quoted = quoted
		self._prefix = prefix
		self._variables: dict[str, str] = {}
		self._runs = SharedRuns(texts)

	def compose(self, text: str) -> Composed:
		"""`text`, with a variable for what it shares with others."""
		parts = [
			(self._variable(piece) if is_shared else None) or self._quoted(piece)
			for piece, is_shared in self._runs.cut(text)
		]
		return Composed(parts[0] if len(parts) == 1 else f"CONCAT({','.join(parts)})" if parts else "''")

	def assignment(self) -> str:
		"""The statement that gives the variables their values; empty without any. To be run after all `compose`."""
		if not self._variables:
			return ""
		return "SET " + ", ".join(
			f"{variable} = {self._quoted(piece)}" for piece, variable in self._variables.items()
		)

	def _variable(self, piece: str) -> str | None:
		if piece not in self._variables:
			if len(self._variables) >= MOST_PIECES:
				return None
			self._variables[piece] = f"@{self._prefix}_{len(self._variables)}"
		return self._variables[piece]
