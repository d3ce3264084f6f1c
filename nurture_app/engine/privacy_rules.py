"""Rules of privacy that differ by country (CP-10, LO-05). Pure.

Whose country nobody knows is treated as the strictest country is.
"""

from __future__ import annotations

from nurture_app.engine.config import Settings
from nurture_app.engine.countries import country_code
from nurture_app.engine.regions import region_of


def must_confirm(settings: Settings, country: str | None) -> bool:
	"""Whether a consent given in a form counts only once it is confirmed by mail (double opt-in).

	`country` as people write it, or None. Raises `country_unknown` for settings that name no country.
	"""
	if settings.double_opt_in:
		return True
	region = region_of(settings.double_opt_in_countries)
	code = country_code(country)
	return bool(region) and (not code or code in region)
