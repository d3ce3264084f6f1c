"""What is probably wrong with a text though it can be sent: said while it is written. Pure.

Word lists are those of the text's language (`phrases`); the other checks work in any language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from nurture_app.engine.library.advice import Advice
from nurture_app.engine.library.expand import Expanded
from nurture_app.engine.library.phrases import Lookout, lookout
from nurture_app.engine.library.phrases import plain as plainly
from nurture_app.engine.library.tongue import other_than
from nurture_app.engine.mail_body import read_body
from nurture_app.engine.placeholders import replace_tags
from nurture_app.engine.tracking.marks import without_marks

MOST_WORDS_OF_A_WELCOME = 150
"""CD-11."""
FEWEST_WORDS_WITH_PICTURES = 20
NAMES = frozenset({"first_name", "last_name", "lead_name", "salutation", "middle_name"})
"""Fields of the lead that make a text look personal, and no more than that (MG-43)."""

_FAKE_THREAD = re.compile(r"^\s*(?:re|aw|antw|sv|fwd?|wg|tr)\s*:", re.IGNORECASE)
_SHOUTED = re.compile(r"\b[^\W\d_a-z]{4,}\b")
_WORD = re.compile(r"[^\W_](?:[\w'\u2019.@/-]*[^\W_])?")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True)  # no slots: several checks ask for the same, which is remembered
class Draft:
	"""A content as it is being written: all it can say to anybody, and what the author says of it."""

	subject: str
	html: str
	"""The body with blocks and assets in it."""
	plain: str
	"""What somebody who is offered the defaults reads, placeholders as one word each."""
	text: str
	"""All it can say, blocks in all variants."""
	lead_fields: frozenset[str]
	expanded: Expanded
	role: str = ""
	value_reason: str = ""
	own_text: str = ""
	scarcity_reason: str = ""
	"""Why what is said to end or to run out really does."""
	asks_for: str = ""
	"""None, Soft or Hard, as the author says."""
	language: str = ""
	links: tuple[str, ...] = ()
	pictures: tuple[Mapping[str, str | None], ...] = field(default=())

	@cached_property
	def word_count(self) -> int:
		return count_words(self.plain)

	@cached_property
	def other_language(self) -> str:
		"""That of its words, when it is not the one it is said to be in."""
		return other_than(self.language, f"{self.subject}\n{self.plain}")

	@cached_property
	def look(self) -> Lookout:
		"""What to look for in it; for all languages when the one it is said to be in is not its own."""
		return lookout("" if self.other_language else self.language)

	@cached_property
	def said(self) -> str:
		"""All its words, as `phrases` writes them."""
		return plainly(f"{self.subject}\n{self.text}")


def count_words(text: str) -> int:
	"""Words of a plain text; an address of a page counts as none, a placeholder as one."""
	return len(_WORD.findall(_URL.sub("", text)))


def draft(
	content: Mapping[str, Any], expanded: Expanded, defaults: Expanded, lead_fields: Collection[str]
) -> Draft:
	"""`content` are the fields of a Nurture Content; `expanded` its texts with all variants, `defaults` with the default
	of each block. Raises as `read_body`."""
	html = expanded.parts.get("body") or ""
	body, plain = read_body(html), read_body(defaults.parts.get("body") or "")
	pictures = _Pictures()
	pictures.feed(_without_tags(html))
	return Draft(
		subject=_without_tags(expanded.parts.get("subject") or ""),
		html=html,
		plain=_without_tags(without_marks(plain.text)),
		text=_without_tags(without_marks(body.text)),
		lead_fields=frozenset(lead_fields),
		expanded=expanded,
		role=content.get("role") or "",
		value_reason=(content.get("value_reason") or "").strip(),
		own_text=(content.get("body_text") or "").strip(),
		scarcity_reason=(content.get("scarcity_reason") or "").strip(),
		asks_for=content.get("cta_strength") or "",
		language=content.get("language") or "",
		links=body.links,
		pictures=tuple(pictures.found),
	)


def advice(one: Draft) -> list[Advice]:
	"""All that is to be said of a draft, the gravest first."""
	found: list[Advice] = []
	found += _manner(one)
	found += _form(one)
	found += _substance(one)
	return found


def _manner(one: Draft) -> list[Advice]:
	"""Tricks that cost trust (SE-15, CP-15, CD-07, MG-16, MG-31, MG-42)."""
	found, look = [], one.look
	if other := one.other_language:
		found.append(Advice("other_language", {"language": one.language, "other": other}))
	if _FAKE_THREAD.match(one.subject):
		found.append(Advice("fake_thread", {"start": _FAKE_THREAD.match(one.subject)[0].strip()}))
	if bump := look.bump.search(one.said):
		found.append(Advice("bump", {"words": bump[0]}))
	if hurry := unfounded_hurry(one):
		found.append(Advice("scarcity_without_end", {"words": hurry}))
	if watched := look.watched.search(one.said):
		found.append(Advice("cites_visits", {"words": watched[0]}))
	pitch = asks_for_a_sale(one)
	if pitch and one.asks_for in ("None", "Soft"):
		found.append(Advice("pitch_not_said", {"words": pitch}))
	return found


def asks_for_a_sale(one: Draft) -> str:
	"""The words that do; empty when there are none."""
	pitch = one.look.pitch.search(one.said)
	return pitch[0] if pitch else ""


def unfounded_hurry(one: Draft) -> str:
	"""The words that claim an end or a shortage for which nothing stands: no limited offer in the text, no reason given.

	Empty when there are none (CP-15, MG-42).
	"""
	scarce = one.look.scarcity.search(one.said)
	if not scarce or one.scarcity_reason or any(asset.is_offer for asset in _assets(one.expanded)):
		return ""
	return scarce[0]


def _form(one: Draft) -> list[Advice]:
	"""What filters and small screens mind."""
	found, said = [], f"{one.subject}\n{one.text}"
	words = sorted({match[0].lower() for match in one.look.spam.finditer(one.said)})
	if words:
		found.append(Advice("spam_words", {"words": ", ".join(words)}))
	shouted = _SHOUTED.findall(one.subject)
	if len(shouted) > 1 or (shouted and len(one.subject.split()) <= len(shouted) + 1):
		found.append(Advice("shouted_subject", {"words": " ".join(shouted)}))
	if len(_SHOUTED.findall(_URL.sub("", one.text))) > 5:
		found.append(Advice("shouted_text", {}))
	if ("!" in one.subject and one.subject.count("!") > 1) or "!!" in said or one.plain.count("!") > 3:
		found.append(Advice("exclamation_marks", {}))
	if one.role == "Welcome" and one.word_count > MOST_WORDS_OF_A_WELCOME:
		limit = {"count": one.word_count, "limit": MOST_WORDS_OF_A_WELCOME}
		found.append(Advice("welcome_too_long", limit))
	if not one.own_text and not one.plain.strip():
		found.append(Advice("no_plain_text", {}))
	missing = [picture for picture in one.pictures if not (picture.get("alt") or "").strip()]
	if missing:
		found.append(Advice("pictures_without_text", {"count": len(missing)}))
	if one.pictures and one.word_count < FEWEST_WORDS_WITH_PICTURES:
		found.append(Advice("only_pictures", {"count": one.word_count}))
	return found


def _substance(one: Draft) -> list[Advice]:
	"""Whether it is about the reader, and of use (SE-16, PZ-07, MG-10, MG-37, MG-38, MG-43)."""
	found = []
	for url in sorted(set(filter(is_homepage, one.links))):
		found.append(Advice("homepage_link", {"url": url}))
	if not one.expanded.blocks:
		if not one.lead_fields:
			found.append(Advice("not_personal", {}))
		elif one.lead_fields <= NAMES:
			found.append(Advice("only_the_name", {}))
	if one.role == "Proof" and not re.search(r"\d", _URL.sub("", one.text)):
		found.append(Advice("proof_without_numbers", {}))
	if not (one.value_reason or one.links or any(True for _ in _assets(one.expanded))):
		found.append(Advice("no_value", {}))
	return found


def _assets(expanded: Expanded) -> list[Any]:
	further = [asset for some in expanded.further.values() for asset in some]
	return [*expanded.assets.values(), *expanded.of_variants.values(), *further]


def is_homepage(url: str) -> bool:
	"""Whether a link leads to the front door of a website instead of to what the text is about."""
	if "{" in url:
		return False
	try:
		parts = urlsplit(url.strip())
	except ValueError:
		return False
	return parts.scheme in ("http", "https") and parts.path in ("", "/") and not parts.fragment


def _without_tags(source: str) -> str:
	"""Placeholders as a word that no check minds, conditions left out."""
	return replace_tags(source, lambda tag: "x" if tag.startswith("{{") else "")


class _Pictures(HTMLParser):
	def __init__(self) -> None:
		super().__init__(convert_charrefs=True)
		self.found: list[dict[str, str | None]] = []

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if tag == "img":
			self.found.append(dict(attrs))
