"""Countries by name: the ISO 3166-1 code of what a Lead's `country` says."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

# What Frappe and ERPNext call countries that the Unicode CLDR calls otherwise.
_OTHER_NAMES = {
	"ae": "UAE|Emirates",
	"bl": "Saint Barthélemy",
	"bn": "Brunei Darussalam",
	"bo": "Bolivia, Plurinational State of",
	"bq": "Bonaire, Sint Eustatius and Saba",
	"cd": "Congo, The Democratic Republic of the|Democratic Republic of the Congo|DR Congo",
	"cg": "Congo|Republic of the Congo",
	"ch": "Swiss",
	"ci": "Ivory Coast",
	"cn": "PRC|Mainland China",
	"cz": "Czech Republic",
	"de": "BRD|FRG|Bundesrepublik Deutschland",
	"fk": "Falkland Islands (Malvinas)",
	"fm": "Micronesia, Federated States of",
	"gb": "Great Britain|UK|England|Scotland|Wales|Northern Ireland",
	"gs": "South Georgia and the South Sandwich Islands",
	"hk": "Hong Kong|Hongkong",
	"hm": "Heard Island and McDonald Islands",
	"kp": "Korea, Democratic Peoples Republic of",
	"kr": "Korea, Republic of|Korea",
	"la": "Lao Peoples Democratic Republic",
	"md": "Moldova, Republic of",
	"mf": "Saint Martin (French part)",
	"mk": "Macedonia",
	"mm": "Myanmar|Burma",
	"mo": "Macao|Macau",
	"nl": "Holland",
	"pn": "Pitcairn",
	"ps": "Palestinian Territory, Occupied|Palestine",
	"ru": "Russian Federation",
	"sh": "Saint Helena, Ascension and Tristan da Cunha",
	"sj": "Svalbard and Jan Mayen",
	"st": "Sao Tome and Principe",
	"sx": "Sint Maarten (Dutch part)",
	"sz": "Swaziland",
	"tr": "Turkey|Türkiye",
	"um": "United States Minor Outlying Islands",
	"us": "USA|United States of America",
	"va": "Holy See (Vatican City State)",
	"vc": "Saint Vincent and the Grenadines",
	"ve": "Venezuela, Bolivarian Republic of",
	"vg": "Virgin Islands, British",
	"vi": "Virgin Islands, U.S.",
	"vn": "Viet Nam",
}
_LANGUAGES = tuple("de fr es it pt nl pl sv da nb fi cs tr ru ar zh ja".split())
"""In which countries are named in forms, beside English and the languages spoken there."""
_INITIALS = ("us", "usa", "uk", "uae", "prc")
"""Written with dots or blanks in between as well; "n. a." is no country."""
_AROUND = re.compile(
	r"^(?:the |(?:(?:federal|peoples|islamic) )?republic of (?:the )?|kingdom of (?:the )?)+"
)


@lru_cache(maxsize=4096)
def country_code(name: str | None) -> str:
	"""The ISO code, in capitals, of a country as people write it; empty for what is none.

	English names ("Germany", "Korea, Republic of", "the U.S.A."), codes of two or three letters ("de", "DEU"), and names in
	the languages spoken there and some others ("Deutschland", "Allemagne"). Of two in one text ("Deutschland / Germany",
	"Great Britain (UK)") the first that is known counts.
	"""
	text = (name or "")[:140]
	for said in (text, *re.split(r"[/()]", text)):
		plain = plain_name(said)
		if not plain:
			continue
		bare = _AROUND.sub("", plain)
		initials = bare.replace(" ", "")
		bare = initials if initials in _INITIALS else bare
		# the names in other languages are slow to read and seldom needed
		for table in (_codes, _codes_in_other_languages):
			if code := table().get(plain) or table().get(bare):
				return code
	return ""


def country_key(name: str) -> str:
	"""By which two spellings of one country are equal: its ISO code, or the name itself where that is not known."""
	return country_code(name) or name


@lru_cache(maxsize=4096)
def plain_name(text: str) -> str:
	"""A name without what people write differently: case, accents, punctuation, "&" and "St."."""
	text = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
	words = re.findall(
		r"\w+", "".join(one for one in text if not unicodedata.combining(one)).replace("'", "")
	)
	return " ".join("saint" if word == "st" else word for word in words)


def main_language(code: str) -> str:
	"""The official language that most people of a country speak; empty where the CLDR names none."""
	return next(iter(get_official_languages(code, de_facto=True)), "") if code else ""


@lru_cache
def _codes() -> dict[str, str]:
	names = {plain_name(name): code for code, name in Locale("en").territories.items() if len(code) == 2}
	for code, others in _OTHER_NAMES.items():
		names.update(dict.fromkeys(map(plain_name, others.split("|")), code.upper()))
	return names | {code.lower(): code for code in set(names.values())}


@lru_cache
def _codes_in_other_languages() -> dict[str, str]:
	"""Names that mean one country in all these languages, and codes of three letters. Read when first needed: it takes a
	second or two."""
	countries = set(_codes().values())
	found: dict[str, set[str]] = {}
	spoken = {code: get_official_languages(code, regional=True, de_facto=True) for code in countries}
	for language in {*_LANGUAGES, *(one for some in spoken.values() for one in some)}:
		try:
			names = Locale.parse(language).territories
		except (UnknownLocaleError, ValueError):
			continue
		for code in countries & set(names):
			if language in _LANGUAGES or language in spoken[code]:
				found.setdefault(plain_name(names[code]), set()).add(code)
	sure = {name: next(iter(codes)) for name, codes in found.items() if name and len(codes) == 1}
	aliases = get_global("territory_aliases").items()
	return sure | {
		alias.lower(): codes[0]
		for alias, codes in aliases
		if len(alias) == 3 and alias.isalpha() and len(codes) == 1
	}
