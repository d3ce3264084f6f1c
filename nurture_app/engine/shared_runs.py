"""Texts that are alike for the most part, cut into the runs of lines they share and what is each one's own.

Five hundred mails of a batch are a few texts with some places filled in. What is worked out for a run once need not be
worked out for every mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import groupby

FEWEST = 20
"""What fewer texts share is not worth the looking."""

SAMPLE = 40
OFTEN = 3
"""Texts of the sample in which a line must occur."""

ANCHOR = 40
"""Characters of a run that are looked for: Python prepares the search for a long text longer than it searches."""

SHORTEST_RUN = 80
"""Characters; what is shorter is not worth the looking."""

MOST_PATTERNS = 8
SLACK = 400
"""Characters of its own that a text may have beyond those of the text its pattern comes from."""

Piece = tuple[str, bool]
"""Some whole lines, and whether they are a run that others share."""


class SharedRuns:
	"""The runs that `texts` share; `cut` takes any text, but finds something in those alone."""

	def __init__(self, texts: Sequence[str]):
		self._lines = _shared_lines(texts)
		self._patterns: list[tuple[list[str], int]] = []

	def cut(self, text: str) -> list[Piece]:
		"""The pieces of `text` in order; joined they are `text`."""
		for place, (runs, own) in enumerate(self._patterns):
			pieces = _along(runs, text)
			if sum([len(piece) for piece, is_shared in pieces if not is_shared]) <= own + SLACK:
				if place:  # the next text is likely to be of the same kind
					self._patterns.insert(0, self._patterns.pop(place))
				return pieces
		pieces = self._by_lines(text)
		runs = [piece for piece, is_shared in pieces if is_shared]
		self._patterns.insert(0, (runs, len(text) - sum(map(len, runs))))
		del self._patterns[MOST_PATTERNS:]
		return pieces

	def _by_lines(self, text: str) -> list[Piece]:
		pieces: list[Piece] = []
		own: list[str] = []
		for is_shared, lines in groupby(_lines(text), self._lines.__contains__):
			run = "".join(lines)
			if not is_shared or len(run) < SHORTEST_RUN:
				own.append(run)
				continue
			if own:
				pieces.append(("".join(own), False))
				own = []
			pieces.append((run, True))
		if own:
			pieces.append(("".join(own), False))
		return pieces


def _along(runs: Collection[str], text: str) -> list[Piece]:
	"""`text` cut where the runs stand in it, looked for in their order. They end with their line, so they begin one."""
	pieces: list[Piece] = []
	done = 0
	for run in runs:
		place = text.find(run[:ANCHOR], done)
		if place < 0 or not text.startswith(run, place) or (place and text[place - 1] != "\n"):
			continue
		if place > done:
			pieces.append((text[done:place], False))
		pieces.append((run, True))
		done = place + len(run)
	if done < len(text):
		pieces.append((text[done:], False))
	return pieces


def _shared_lines(texts: Sequence[str]) -> frozenset[str]:
	"""Lines that occur in several of a sample of the texts: a batch may mix mails of a few kinds.

	Only lines that are ended: the last one of a text could be the beginning of a longer one elsewhere.
	"""
	step = max(1, len(texts) // SAMPLE)
	counts = Counter(line for text in texts[::step] for line in set(_lines(text)))
	return frozenset(line for line, count in counts.items() if count >= OFTEN and line.endswith("\n"))


def _lines(text: str) -> list[str]:
	"""With their ends. `splitlines` also splits at characters that end no line of a mail."""
	*ended, last = text.split("\n")
	return [f"{line}\n" for line in ended] + ([last] if last else [])
