"""Countries by name: the ISO 3166-1 code of what a Lead's `country` says."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from babel import Locale
from babel.languages import get_official_languages

# What Frappe and ERPNext call countries that the Unicode CLDR calls otherwise.
_OTHER_NAMES = {
	"bl": "Saint Barthélemy",
	"bn": "Brunei Darussalam",
	"bo": "Bolivia, Plurinational State of",
	"bq": "Bonaire, Sint Eustatius and Saba",
	"cd": "Congo, The Democratic Republic of the|Democratic Republic of the Congo|DR Congo",
	"cg": "Congo|Republic of the Congo",
	"ci": "Ivory Coast",
	"cz": "Czech Republic",
	"fk": "Falkland Islands (Malvinas)",
	"fm": "Micronesia, Federated States of",
	"gb": "Great Britain|UK|England|Scotland|Wales|Northern Ireland",
	"gs": "South Georgia and the South Sandwich Islands",
	"hk": "Hong Kong",
	"hm": "Heard Island and McDonald Islands",
	"kp": "Korea, Democratic Peoples Republic of",
	"kr": "Korea, Republic of|Korea",
	"la": "Lao Peoples Democratic Republic",
	"md": "Moldova, Republic of",
	"mf": "Saint Martin (French part)",
	"mk": "Macedonia",
	"mm": "Myanmar",
	"mo": "Macao|Macau",
	"pn": "Pitcairn",
	"ps": "Palestinian Territory, Occupied|Palestine",
	"ru": "Russian Federation",
	"sh": "Saint Helena, Ascension and Tristan da Cunha",
	"sj": "Svalbard and Jan Mayen",
	"st": "Sao Tome and Principe",
	"sx": "Sint Maarten (Dutch part)",
	"sz": "Swaziland",
	"tr": "Turkey",
	"um": "United States Minor Outlying Islands",
	"us": "USA|United States of America",
	"va": "Holy See (Vatican City State)",
	"vc": "Saint Vincent and the Grenadines",
	"ve": "Venezuela, Bolivarian Republic of",
	"vg": "Virgin Islands, British",
	"vi": "Virgin Islands, U.S.",
}


def country_code(name: str | None) -> str:
	"""The ISO code, in capitals, of a country's English name or code ("Germany", "Korea, Republic of", "de"); else empty."""
	return _codes().get(plain_name(name or ""), "")


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
