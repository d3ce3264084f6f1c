"""How people of a language, a country or both are written to (LO-02, LO-03, LO-09)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nurture_app.engine.countries import country_key
from nurture_app.engine.languages import best_language, tags_of
from nurture_app.engine.library.advice import Advice
from nurture_app.engine.library.checks import Draft
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, doctype

FORMAL, INFORMAL = "Formal", "Informal"
CHANNELS = {
	"by_email": "Email",
	"by_phone": "Phone",
	"by_sms": "SMS",
	"by_whatsapp": "WhatsApp",
	"by_linkedin": "LinkedIn",
	"in_person": "In Person",
}
_TEXTS = ("title", "for_language", "for_country", "formality", "directness", "market_note", "tone_note")

ADDRESSED: Mapping[str, Mapping[str, re.Pattern[str]]] = {
	"de": {
		INFORMAL: re.compile(r"\b(?:[Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[nmrs]?|[Ee]uch|[Ee]uere?[nmrs]?)\b"),
		FORMAL: re.compile(r"(?<![.!?:]\s)(?<!^)\b(?:Sie|Ihnen|Ihre?[nmrs]?)\b", re.MULTILINE),
	},
	"fr": {
		INFORMAL: re.compile(r"\b(?:tu|toi|tes|ton)\b|\bt'", re.IGNORECASE),
		FORMAL: re.compile(r"\b(?:vous|votre|vos)\b", re.IGNORECASE),
	},
	"es": {
		INFORMAL: re.compile(r"\b(?:tú|ti|contigo|tus)\b", re.IGNORECASE),
		FORMAL: re.compile(r"\bustede?s?\b", re.IGNORECASE),
	},
}
"""Words by which a text addresses its reader. At the beginning of a German sentence "Sie" and "Ihre" may be others."""


@dataclass(frozen=True, slots=True)
class Locale:
	title: str
	language: str = ""
	country: str = ""
	formality: str = ""
	directness: str = ""
	market_note: str = ""
	tone_note: str = ""
	channels: tuple[str, ...] = ()


def load_locales(host: Host) -> list[Locale]:
	"""All of them: a site has some dozen. One query."""
	table = doctype("Nurture Locale", "l")
	query = Query.from_(table).select(*(table[column] for column in (*_TEXTS, *CHANNELS))).orderby(table.name)
	found = []
	for values in host.db.rows(query):
		texts, ticks = values[: len(_TEXTS)], values[len(_TEXTS) :]
		channels = tuple(name for name, tick in zip(CHANNELS.values(), ticks, strict=True) if int(tick or 0))
		found.append(Locale(*(str(text or "") for text in texts), channels))
	return found


def locale_for(locales: Iterable[Locale], language: str, country: str = "") -> Locale | None:
	"""The nearest: language and country, then the country alone, then the language alone."""
	some = list(locales)
	here = [
		one for one in some if country and one.country and country_key(one.country) == country_key(country)
	]
	return (
		_speaking([one for one in here if one.language], language)
		or next((one for one in here if not one.language), None)
		or _speaking([one for one in some if one.language and not one.country], language)
	)


def _speaking(locales: Sequence[Locale], language: str) -> Locale | None:
	best = best_language(language, {one.language for one in locales})
	return next((one for one in locales if best and one.language == best), None)


def tone_advice(draft: Draft, locale: Locale | None) -> list[Advice]:
	"""A text that addresses its readers otherwise than is usual among them; German, French and Spanish."""
	patterns = ADDRESSED.get(tags_of(draft.language)[-1]) if draft.language else None
	if not patterns or not locale or locale.formality not in patterns:
		return []
	other = INFORMAL if locale.formality == FORMAL else FORMAL
	found = patterns[other].search(draft.said)
	about = {"locale": locale.title}
	return [Advice(f"addressed_{other.lower()}", about | {"words": found[0]})] if found else []
