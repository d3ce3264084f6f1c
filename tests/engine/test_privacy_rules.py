"""Rules of privacy by country: the strictest for whoever's country is not known (CP-10, LO-05)."""

from __future__ import annotations

import pytest

from nurture_app.engine import optout
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Settings
from nurture_app.engine.privacy_rules import CountryRule, PrivacyRules, must_confirm


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


# --- rows for single countries ------------------------------------------------------------------------------------------

ROWS = (
	CountryRule("Germany", consent_wording="Ja.", mail_tracking="Only with Consent", retention_months=24),
	CountryRule("EU", True, "Yes, in the EU.", "I may be tracked.", "https://eu.example/privacy"),
	CountryRule("Brazil", mail_tracking="Never", retention_months=60),
)
SETTINGS = Settings(consent_wording="Yes.", privacy_url="https://a.example/privacy", retention_months=36)


@pytest.mark.parametrize(
	("country", "expected"),
	[
		("Deutschland", ("Ja.", "", "https://a.example/privacy", "Only with Consent", 24)),
		("France", ("Yes, in the EU.", "I may be tracked.", "https://eu.example/privacy", "", 36)),
		("Brazil", ("Yes.", "", "https://a.example/privacy", "Never", 60)),
		("Japan", ("Yes.", "", "https://a.example/privacy", "", 36)),
		("Atlantis", ("Yes, in the EU.", "I may be tracked.", "https://eu.example/privacy", "Never", 24)),
		("", ("Yes, in the EU.", "I may be tracked.", "https://eu.example/privacy", "Never", 24)),
		(None, ("Yes, in the EU.", "I may be tracked.", "https://eu.example/privacy", "Never", 24)),
	],
)
def test_the_first_row_that_names_a_country_holds_and_the_strictest_where_it_is_not_known(country, expected):
	rules = PrivacyRules(SETTINGS, ROWS)
	found = (
		rules.consent_wording(country),
		rules.tracking_wording(country),
		rules.privacy_url(country),
		rules.mail_tracking(country),
		rules.retention_months(country),
	)
	assert found == expected


def test_without_rows_everything_is_as_the_settings_say():
	rules = PrivacyRules(SETTINGS)
	for country in ("Germany", "", None):
		assert rules.consent_wording(country) == "Yes."
		assert (rules.mail_tracking(country), rules.retention_months(country)) == ("", 36)


def test_mails_are_tracked_as_each_readers_country_allows(world):
	for place, (countries, choice) in enumerate((("Germany", "Only with Consent"), ("Brazil", "Never"))):
		world.put(
			"Nurture Country Privacy", f"row{place}", idx=place, countries=countries, mail_tracking=choice
		)
	world.sequence(
		"Seq",
		[{"step_label": "One", "content": world.content("Text", body='<a href="https://a.example">x</a>')}],
	)
	country = {"agreed": "Germany", "silent": "DE", "never": "Brazil", "other": "Japan", "unknown": None}
	leads = {world.lead(name, country=there): name for name, there in country.items()}
	for name in ("agreed", "never"):
		optout.set_consent(world.host, name, f"{name}@example.com", "Given", "x", "", channel="Tracking")
	world.enroll("Seq", *leads)
	world.tick()
	assert len(world.outbox.messages) == 5
	tracked = {one.party for one in world.outbox.messages if one.tracking_token}
	assert tracked == {"agreed", "other"}
