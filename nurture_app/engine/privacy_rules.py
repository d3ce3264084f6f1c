"""Rules of privacy that differ by country (CP-10, LO-05).

Of the countries with rules of their own the first row that names a country holds for it, and what the row leaves empty is
as in the settings. Whose country nobody knows is treated as the strictest country is; of texts, which nobody can compare,
they get those of the row that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nurture_app.engine.config import Settings
from nurture_app.engine.consent import load_consents
from nurture_app.engine.countries import country_code
from nurture_app.engine.ports import Database, Host
from nurture_app.engine.regions import region_of
from nurture_app.engine.sql import Query, chunks, doctype

WITH_CONSENT, NEVER = "Only with Consent", "Never"
STRICTNESS = ("", WITH_CONSENT, NEVER)
"""Of `mail_tracking`, from the settings' own choice upwards."""
TRACKING = "Tracking"
"""The channel of consents to it."""


@dataclass(frozen=True, slots=True)
class CountryRule:
	"""A row of `Nurture Country Privacy`; what is empty or 0 is as in the settings."""

	countries: str
	"""One per line, or groups of them (`regions`)."""
	for_unknown: bool = False
	"""Whether its texts are for those, too, whose country nobody knows."""
	consent_wording: str = ""
	tracking_wording: str = ""
	privacy_url: str = ""
	mail_tracking: str = ""
	retention_months: int = 0

	def names(self, code: str) -> bool:
		"""Whether the country with this ISO code is one of its own. Raises `country_unknown`."""
		return bool(code) and code in region_of(self.countries)


@dataclass(frozen=True, slots=True)
class PrivacyRules:
	"""The settings with the rows for single countries. `country` is as people write it, or None."""

	settings: Settings
	rows: tuple[CountryRule, ...] = ()

	def consent_wording(self, country: str | None) -> str:
		"""The words beside the box for marketing by e-mail; may be empty."""
		return self._text("consent_wording", country) or self.settings.consent_wording.strip()

	def tracking_wording(self, country: str | None) -> str:
		"""The words beside the box for tracking; empty for those of the page."""
		return self._text("tracking_wording", country)

	def privacy_url(self, country: str | None) -> str:
		return self._text("privacy_url", country) or self.settings.privacy_url.strip()

	def mail_tracking(self, country: str | None) -> str:
		"""One of STRICTNESS."""
		code = country_code(country)
		if code:
			return getattr(self._row(code), "mail_tracking", "")
		return max((row.mail_tracking for row in self.rows), key=STRICTNESS.index, default="")

	def retention_months(self, country: str | None) -> int:
		"""After how many months of silence a lead is erased; 0: never."""
		months = self.settings.retention_months
		code = country_code(country)
		if code:
			return getattr(self._row(code), "retention_months", 0) or months
		return min(
			filter(None, (months, *(row.retention_months for row in self.rows))),
			default=0,
		)

	def _row(self, code: str) -> CountryRule | None:
		return next((row for row in self.rows if row.names(code)), None)

	def _text(self, name: str, country: str | None) -> str:
		code = country_code(country)
		row = self._row(code) if code else next((row for row in self.rows if row.for_unknown), None)
		return str(getattr(row, name, "")).strip()


def must_confirm(settings: Settings, country: str | None) -> bool:
	"""Whether a consent given in a form counts only once it is confirmed by mail (double opt-in).

	`country` as people write it, or None. Raises `country_unknown` for settings that name no country.
	"""
	if settings.double_opt_in:
		return True
	region = region_of(settings.double_opt_in_countries)
	code = country_code(country)
	return bool(region) and (not code or code in region)


def load_privacy_rules(db: Database, settings: Settings) -> PrivacyRules:
	"""One query."""
	table = doctype("Nurture Country Privacy", "c")
	names = CountryRule.__dataclass_fields__
	query = Query.from_(table).select(*(table[name] for name in names)).orderby(table.idx)
	return PrivacyRules(
		settings, tuple(rule_from(dict(zip(names, row, strict=True))) for row in db.rows(query))
	)


def rule_from(row: Mapping[str, object]) -> CountryRule:
	"""Of a row as databases and forms hand it out."""
	numbers = {name: int(str(row.get(name) or 0)) for name in ("for_unknown", "retention_months")}
	texts = ("countries", "consent_wording", "tracking_wording", "privacy_url", "mail_tracking")
	return CountryRule(
		for_unknown=bool(numbers["for_unknown"]),
		retention_months=numbers["retention_months"],
		**{name: str(row.get(name) or "") for name in texts},
	)


def not_to_track(host: Host, rules: PrivacyRules, countries: Mapping[str, str | None]) -> set[str]:
	"""Those leads, of which `countries` says where they are, whose mails may not be tracked for want of their consent.

	No query unless somebody's country asks for consent; then one per thousand of these.
	"""
	if not rules.rows:
		return set()
	choice = {country: rules.mail_tracking(country) for country in set(countries.values())}
	never = {lead for lead, country in countries.items() if choice[country] == NEVER}
	asked = sorted(lead for lead, country in countries.items() if choice[country] == WITH_CONSENT)
	agreed: set[str] = set()
	for some in chunks(asked):
		agreed |= load_consents(host, some, TRACKING)
	return never | (set(asked) - agreed)
