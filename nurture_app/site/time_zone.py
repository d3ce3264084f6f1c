"""The time zone of a Lead follows what its form says about where the person is, unless somebody typed one (PZ-09)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import get_system_timezone

from nurture_app.engine.config import Settings
from nurture_app.engine.countries import country_code, main_language
from nurture_app.engine.languages import best_language
from nurture_app.engine.ports import Host
from nurture_app.engine.time_zones import GIVEN, ORIGIN, SOURCES, ZONE, derive_for, is_derived
from nurture_app.engine.timing import zone_or_none


def before_save(doc: Any, before: Any) -> None:
	"""Costs no query. A form that was opened before the zone was found does not take it away again."""
	told = (doc.get(ZONE) or "").strip()
	known = ((before.get(ZONE) if before else "") or "").strip()
	if told and (told != known or not is_derived(before)):
		_set(doc, told, GIVEN)
		return
	follows = not told or before is None or any(doc.get(field) != before.get(field) for field in SOURCES)
	if follows:
		derived = derive_for(doc, _home())
		_set(doc, derived.zone, derived.origin)
	else:
		_set(doc, known, before.get(ORIGIN))


def _home() -> str:
	"""Where we are: read from Frappe's caches."""
	chosen = frappe.db.get_single_value("Nurture Settings", "default_time_zone", cache=True)
	return chosen or get_system_timezone()


def _set(doc: Any, zone: str, origin: str) -> None:
	doc.set(ZONE, zone)
	doc.set(ORIGIN, origin)


def zone_of(lead: Mapping[str, Any], settings: Settings, host: Host) -> tuple[ZoneInfo, str]:
	"""The zone in which a lead gets its mail, and a sentence that says where it is known from."""
	if zone := zone_or_none(lead[ZONE]):
		origin = lead[ORIGIN] or GIVEN
		sentences = {
			"Given": _("as entered on the lead"),
			"State": _("from the state"),
			"Phone": _("from the phone number"),
			"Country": _("from the country"),
			"Assumed": _("assumed: the country has several time zones"),
		}
		return zone, sentences.get(origin, "")
	if zone := zone_or_none(settings.default_time_zone):
		return zone, _("not known: the time zone of Nurture Settings")
	return host.clock.zone, _("not known: the time zone of this site")


def language_hint(language: str | None, country: str | None) -> str:
	"""What to say about a lead without a language. Only a hint: nothing is sent in a language guessed from a country."""
	if language:
		return ""
	known = frappe.get_all("Language", fields=["name", "language_name"], order_by=None)
	names = {row.name: row.language_name for row in known}
	likely = best_language(main_language(country_code(country)), names)
	if not likely:
		return ""
	return _("No language is set. Most people in {0} speak {1}.").format(_(country), _(names[likely]))
