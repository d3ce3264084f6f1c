"""Rules of privacy by country: the strictest for whoever's country is not known (CP-10, LO-05)."""

from __future__ import annotations

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Settings
from nurture_app.engine.privacy_rules import must_confirm


@pytest.mark.parametrize(
	("everybody", "countries", "country", "confirms"),
	[
		(False, "", "Germany", False),
		(False, "", None, False),
		(True, "", "United States", True),
		(True, "DACH", "United States", True),
		(False, "DACH", "Germany", True),
		(False, "Austria\nEU", "de", True),
		(False, "DACH", "United States", False),
		(False, "DACH", "", True),
		(False, "DACH", None, True),
		(False, "DACH", "Atlantis", True),
	],
)
def test_who_has_to_confirm(everybody, countries, country, confirms):
	settings = Settings(double_opt_in=everybody, double_opt_in_countries=countries)
	assert must_confirm(settings, country) is confirms


def test_settings_that_name_no_country_are_refused_by_name():
	with pytest.raises(NurtureError, match=r"Atlantis.+is no country.+DACH"):
		must_confirm(Settings(double_opt_in_countries="Atlantis"), "Germany")
