"""The rules of privacy by country (LO-05), as this site has them now."""

from __future__ import annotations

from frappe import _

from nurture_app.engine.config import load_settings
from nurture_app.engine.privacy_rules import PrivacyRules, load_privacy_rules
from nurture_app.site.database import FrappeDatabase


def site_privacy_rules() -> PrivacyRules:
	"""Two queries."""
	db = FrappeDatabase(commit=False)
	return load_privacy_rules(db, load_settings(db))


def box_wording(own: str | None, country: str = "") -> str:
	"""The words beside the box: a form's or chat's `own`, else those for the visitor's country, else the usual ones."""
	return (
		(own or "").strip()
		or site_privacy_rules().consent_wording(country)
		or _("Yes, please send me e-mails about news and offers. I can unsubscribe at any time.")
	)
