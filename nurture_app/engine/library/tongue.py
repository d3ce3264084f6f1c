"""Which of the languages we have words for a text is written in, by its small words: enough to notice a wrong setting. Pure.

The site's language stands in every new content and asset, so a German text easily stays "English" and would be read for
English words only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nurture_app.engine.languages import tags_of

FEWEST = 4
"""Small words that a text must have of a language to be taken for it; a shorter one says too little."""
SMALL_WORDS: Mapping[str, frozenset[str]] = {
	"en": frozenset(
		"the and you your with for this that are have from will what how our can is it to of".split()
	),
	"de": frozenset(
		"und der die das ist nicht sie ihr ihre ihnen mit für auf ein eine einen wir uns wie sich den dem zu auch".split()
	),
	"fr": frozenset(
		"le les des vous votre vos et est pour avec une dans sur nous pas qui que ce cette du au".split()
	),
	"es": frozenset(
		"el los las del usted su sus y es para con una por como nos que se lo más este esta".split()
	),
}
"""Frequent words that the others seldom have."""
_WORDS = re.compile(r"[^\W\d_]+")


def seems_to_be(text: str) -> str:
	"""The code of the language, or "" when it is too short or not clear: twice as many small words as of any other."""
	words = [word.lower() for word in _WORDS.findall(text)]
	counts = sorted(
		((sum(word in small for word in words), code) for code, small in SMALL_WORDS.items()), reverse=True
	)
	(most, code), (second, _other) = counts[:2]
	return code if most >= FEWEST and most >= 2 * second else ""


def other_than(language: str, text: str) -> str:
	"""The language `text` seems to be in, when it is said to be in another one that we have words for; otherwise ""."""
	said = tags_of(language)[-1:]
	found = seems_to_be(text) if said and said[0] in SMALL_WORDS else ""
	return found if found and found != said[0] else ""
