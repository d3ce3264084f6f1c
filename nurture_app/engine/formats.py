"""Dates, numbers and amounts as people of a language write them (LO-06). Filters of mails; `babel` knows the customs.

What cannot be read as a date or number stays as it is: a text of the lead in place of a date is no reason to hold a
mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal, format_percent

from nurture_app.engine.languages import tags_of

STYLES = ("short", "medium", "long", "full")
PLACES = 6
"""Decimals a number is given at most."""


@lru_cache(maxsize=512)
def locale_of(language: str) -> Locale:
	"""The customs of a language code, those of the nearest known one ("de-XY": German), or else English."""
	for tag in tags_of(language):
		language, *rest = tag.split("-")
		parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
		try:
			return Locale.parse("_".join([language, *parts]))
		except (UnknownLocaleError, ValueError):
			continue
	return Locale("en")


def show_date(value: object, style: str = "medium", locale: str = "") -> object:
	"""`{{ lead.creation | date }}`: 2 Mar 2026, 02.03.2026...; the time of day is left out."""
	moment = _moment(value)
	return value if moment is None else format_date(moment, _style(style), locale_of(locale))


def show_datetime(value: object, style: str = "medium", locale: str = "") -> object:
	"""`{{ lead.creation | datetime }}`: day and time, as stored (the site's clock)."""
	moment = _moment(value)
	if moment is None:
		return value
	if not isinstance(moment, datetime):
		return format_date(moment, _style(style), locale_of(locale))
	return format_datetime(moment, _style(style), locale=locale_of(locale))


def show_time(value: object, style: str = "short", locale: str = "") -> object:
	"""`{{ lead.creation | time }}`: the time of day, as stored (the site's clock)."""
	moment = _moment(value)
	return (
		format_time(moment, _style(style), locale=locale_of(locale))
		if isinstance(moment, datetime)
		else value
	)


def show_number(value: object, places: int | None = None, locale: str = "") -> object:
	"""`{{ lead.no_of_seats | number }}`: 1,234.5 or 1.234,5; rounded to `places` decimals."""
	number = _number(value)
	if number is None:
		return value
	if places is not None:
		places = max(0, min(int(places), PLACES))
		return format_decimal(_rounded(number, places), "#,##0." + "0" * places, locale=locale_of(locale))
	return format_decimal(number, locale=locale_of(locale))


def show_money(value: object, currency: str, locale: str = "") -> object:
	"""`{{ lead.annual_revenue | money("EUR") }}`: €1,234.50 or 1.234,50 €."""
	number = _number(value)
	return (
		value
		if number is None
		else format_currency(number, str(currency).upper()[:3], locale=locale_of(locale))
	)


def show_amount(value: object, currency: str, places: int, locale: str = "") -> object:
	"""Money with so many decimals and no more: €12,000 or 12.000 €."""
	number = _number(value)
	if number is None:
		return value
	pattern = locale_of(locale).currency_formats["standard"].pattern
	pattern = re.sub(r"0\.0+", "0" + "." * bool(places) + "0" * places, pattern)
	amount = _rounded(number, places)
	return format_currency(amount, currency, pattern, locale=locale_of(locale), currency_digits=False)


def show_percent(value: object, places: int = 0, locale: str = "") -> object:
	"""`{{ lead.share | percent }}`: 12% or 12 %, of a number between 0 and 100."""
	number = _number(value)
	if number is None:
		return value
	places = max(0, min(int(places), PLACES))
	before, zero, after = locale_of(locale).percent_formats[None].pattern.rpartition("0")
	pattern = f"{before}{zero}{'.' * bool(places)}{'0' * places}{after}"
	return format_percent(number / 100, pattern, locale=locale_of(locale))


LOCAL_FILTERS = {
	"date": show_date,
	"datetime": show_datetime,
	"time": show_time,
	"number": show_number,
	"money": show_money,
	"percent": show_percent,
}
"""They take the reader's `locale`, which `placeholders` adds; nobody writes it."""


def may_be_told(name: str, values: Sequence[object]) -> bool:
	"""Whether a filter can take these arguments; None stands for one that is not known yet."""
	if len(values) > 1 or (name == "money" and not values):
		return False
	value = values[0] if values else None
	if value is None:
		return True
	if name == "money":
		return isinstance(value, str) and value in locale_of("en").currencies
	if name in ("number", "percent"):
		return type(value) is int and 0 <= value <= PLACES
	return value in STYLES


def _style(style: str) -> str:
	if style not in STYLES:
		raise ValueError(f"{style!r} is none of {', '.join(STYLES)}")
	return style


def _moment(value: object) -> date | datetime | None:
	if isinstance(value, date):
		return value
	text = str(value).strip()
	try:
		return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
	except ValueError:
		return None


def _rounded(number: Decimal, places: int) -> Decimal:
	"""As people round: a half goes up."""
	return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _number(value: object) -> Decimal | None:
	if isinstance(value, bool):
		return None
	try:
		number = Decimal(str(value).strip())
	except InvalidOperation:
		return None
	return number if number.is_finite() and abs(number) < Decimal(10) ** 18 else None
