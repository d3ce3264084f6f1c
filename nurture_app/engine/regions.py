"""Parts of the world that a step is for (LO-08): countries, one per line, or groups of them."""

from __future__ import annotations

from functools import lru_cache

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.countries import country_code, plain_name

_EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
GROUPS = {
	"EU": frozenset(_EU.split()),
	"EEA": frozenset([*_EU.split(), "IS", "LI", "NO"]),
	"DACH": frozenset(("DE", "AT", "CH")),
	"Benelux": frozenset(("BE", "NL", "LU")),
	"Nordics": frozenset(("DK", "FI", "IS", "NO", "SE")),
}
"""By the name that people write."""
_BY_NAME = {plain_name(name): codes for name, codes in GROUPS.items()}


@lru_cache(maxsize=512)
def region_of(text: str) -> frozenset[str]:
	"""ISO codes of the countries that `text` names; empty for everywhere. Raises `country_unknown`, naming the line."""
	found: set[str] = set()
	for line in filter(None, map(str.strip, text.splitlines())):
		if group := _BY_NAME.get(plain_name(line)):
			found |= group
		elif code := country_code(line):
			found.add(code)
		else:
			raise NurtureError("country_unknown", country=line, groups=", ".join(GROUPS))
	return frozenset(found)


def is_within(text: str, country: str | None) -> bool:
	"""Whether somebody in `country` belongs to the region; whose country nobody knows belongs to none."""
	region = region_of(text)
	return not region or country_code(country) in region
