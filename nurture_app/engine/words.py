"""What a mail says around the marketer's text, in the words of whoever reads it.

The frame speaks the lead's language, whatever the text is in: how to unsubscribe is for everybody to understand.
Numbers and dates stand within the text and follow the lead's own customs as far as its language allows: British ones in
an English mail to a Briton, English ones in an English mail to a German.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nurture_app.engine.languages import speaks, tags_of

WHY_TEXT = "You get this e-mail because you asked {0} to keep in touch."
"""Footer sentence; {0} is the company. Translated by the host."""
UNSUBSCRIBE_TEXT = "Unsubscribe"
PREFERENCES_TEXT = "Change what you get"
"""Less instead of nothing (CP-06)."""
OPT_OUT_HINT = "Reply STOP to opt out."
"""At the end of the first SMS to a number, unless the settings say it otherwise."""
FRAME_TEXTS = (WHY_TEXT, UNSUBSCRIBE_TEXT, PREFERENCES_TEXT)

WORDS = ("why", "unsubscribe", "preferences", "lang", "dir", "align", "locale")
"""Names in the namespace `words` of a mail."""

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "dv", "fa", "he", "ps", "ur", "yi"})

Translate = Callable[[str, str], str]
"""(a text of ours, a language code) → the text in that language, or as it is."""


def as_written(text: str, language: str) -> str:
	"""Plays `Translate` where there are no translations."""
	return text


def words_for(
	company: str, content_language: str = "", lead_language: str = "", translate: Translate = as_written
) -> Mapping[str, str]:
	"""The namespace `words` for one reader. Plain texts."""
	language, texts = _frame((lead_language, content_language), translate)
	own = lead_language if speaks(content_language, lead_language) else ""
	return {
		"why": texts[0].replace("{0}", company),
		"unsubscribe": texts[1],
		"preferences": texts[2],
		"lang": language.replace("_", "-"),
		"dir": direction(language),
		"align": "right" if direction(language) == "rtl" else "left",
		"locale": own or content_language or "en",
	}


def _frame(wanted: Sequence[str], translate: Translate) -> tuple[str, list[str]]:
	"""The first language that has the words, and the words; English when none does."""
	for language in filter(None, wanted):
		if speaks("en", language):
			return language, list(FRAME_TEXTS)
		texts = [translate(text, language) for text in FRAME_TEXTS]
		if texts != list(FRAME_TEXTS):
			return language, texts
	return "en", list(FRAME_TEXTS)


class Words:
	"""`words_for` the leads of a batch, made once for each pair of languages."""

	def __init__(self, translate: Translate, company: str):
		self.translate, self.company = translate, company
		self.known: dict[tuple[str, str], Mapping[str, str]] = {}

	def of(self, lead: Mapping[str, Any], content_language: str = "") -> Mapping[str, str]:
		"""In the language of the content, else of the lead."""
		pair = (content_language, lead.get("language") or "")
		if pair not in self.known:
			self.known[pair] = words_for(self.company, *pair, self.translate)
		return self.known[pair]


def direction(language: str) -> str:
	"""`rtl` or `ltr`."""
	return "rtl" if (tags_of(language) or ("",))[-1] in _RIGHT_TO_LEFT else "ltr"
