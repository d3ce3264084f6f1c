"""What administrators and marketers set up, read from the tables both hosts have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Database, Host
from nurture_app.engine.sql import P, Query, doctype
from nurture_app.engine.timing import DAYS_OF_WEEK, FOR_EVER, SendWindow
from nurture_app.engine.words import OPT_OUT_HINT

LARGEST_INT = 2**31 - 1
WEEKDAYS = tuple(day.lower() for day in DAYS_OF_WEEK)
"""As the fields of a send window are called."""


HANDOFF_REASONS = (
	"Not the Right Time",
	"No Need",
	"No Budget",
	"Not a Fit",
	"Nobody Answers",
	"Wrong Contact Details",
	"Somebody Else Is in Touch",
)


@dataclass(frozen=True, slots=True)
class Settings:
	"""`Nurture Settings`. Thresholds and caps are in points and messages, `*_days` in days."""

	hold_all_sending: bool = False
	email_account: str = ""
	sender_name: str = ""
	company_name: str = ""
	postal_address: str = ""
	window: SendWindow = field(default_factory=lambda: SendWindow(time(9), time(17), frozenset(range(5))))
	holiday_list: str = ""
	holidays_by_country: bool = False
	default_time_zone: str = ""
	cap_messages: int = 3
	cap_days: int = 7
	days_apart: bool = False
	"""Mails of a sequence that are planned for different days do not leave on the same one (`day_apart`)."""
	rep_pause_days: int = 3
	account_offer_days: int = 0
	nurture_threshold: int = 30
	mql_threshold: int = 50
	sql_threshold: int = 80
	hysteresis: int = 5
	handoff_stage: str = "SQL"
	handoff_hours: int = 8
	"""Of the own send window, after which a handover to which nobody says anything is told of (SM-02); 0: never."""
	handoff_reasons: str = "\n".join(HANDOFF_REASONS)
	"""Why a lead may be given back, one per line (SM-14)."""
	batch_size: int = 500
	lease_minutes: int = 15
	track_opens: bool = True
	track_clicks: bool = True
	settle_minutes: int = 10
	track_website: bool = False
	require_tracking_consent: bool = True
	honour_signals: bool = True
	session_minutes: int = 30
	visitor_days: int = 180
	double_opt_in: bool = False
	double_opt_in_countries: str = ""
	"""One per line (`regions`): where a consent is confirmed by mail whatever `double_opt_in` says (LO-05)."""
	confirmation_days: int = 7
	consent_wording: str = ""
	privacy_url: str = ""
	sensitive_fields: str = ""
	retention_months: int = 0
	soft_bounce_limit: int = 3
	soft_bounce_days: int = 30
	bounce_mailbox: str = ""
	dkim_selectors: str = ""
	guard_min_sent: int = 100
	guard_days: int = 7
	max_hard_bounce_percent: float = 5.0
	max_complaint_percent: float = 0.3
	quarantine_imports: bool = False
	quarantine_fields: str = "first_name"
	block_disposable: bool = False
	capture_owner: str = ""
	free_domains: str = ""
	disposable_domains: str = ""
	student_domains: str = ""
	email_daily_limit: int = 0
	webhook_daily_limit: int = 0
	sms_enabled: bool = False
	sms_daily_limit: int = 0
	sms_opt_out_hint: str = OPT_OUT_HINT
	stop_words: str = ""
	"""Of this site, one per line, beside those of `opt_out_words`."""
	whatsapp_enabled: bool = False
	whatsapp_phone_number_id: str = ""
	whatsapp_token: str = ""
	"""Whether there is one: what stands here is only asterisks."""
	whatsapp_daily_limit: int = 0
	portal_enabled: bool = False
	"""Whether messages are shown to people who are logged in on the website (CH-09)."""
	mobile_cap_messages: int = 2
	mobile_cap_days: int = 30
	mobile_country: str = ""
	booking_url: str = ""
	benchmark_open: float = 25.0
	benchmark_click: float = 3.0
	benchmark_reply: float = 0.0
	benchmark_booking: float = 0.0
	benchmark_sql: float = 20.0
	"""How many of a hundred MQLs should become SQL (KM-05); 0: no mark."""
	most_unsubscribes: float = 1.0
	silence_months: int = 0
	"""After which nobody is written to who gives no sign (CD-09); 0: never."""
	reopen_signs: int = 0
	"""Signs within a week that lift a stop for want of reaction (RE-11); 0: never."""
	programme: str = ""
	"""B2B or B2C (CD-13, CM-25)."""
	promotional_percent: int = 50
	"""Of the mails of a sequence; 0: no limit."""


@dataclass(frozen=True, slots=True)
class ActivityType:
	name: str
	channel: str
	is_engagement: bool
	is_system: bool
	is_answer: bool = False
	"""Whether the person has reacted to us by it: ends a wait for an answer."""
	is_request: bool = False
	"""Whether the person asks us for something by it: the first mail may answer at once (CD-10)."""


def load_settings(db: Database) -> Settings:
	"""The settings as stored; anything never saved has its default."""
	singles = doctype("Singles", "s")
	stored = dict(
		db.rows(
			Query.from_(singles)
			.select(singles["field"], singles["value"])
			.where(singles.doctype == P("Nurture Settings"))
		)
	)
	return settings_from(stored)


def settings_from(stored: dict[str, Any]) -> Settings:
	"""`Nurture Settings` from its raw field values (texts or typed)."""
	values: dict[str, Any] = {}
	for setting in fields(Settings):
		raw = stored.get(setting.name)
		if setting.name == "window" or raw in (None, ""):
			continue
		default = setting.default
		if isinstance(default, bool):
			values[setting.name] = bool(int(raw))
		elif isinstance(default, int):
			values[setting.name] = min(int(float(raw)), _most(setting.name))
		elif isinstance(default, float):
			values[setting.name] = float(raw)
		else:
			values[setting.name] = str(raw)
	return Settings(window=window_from(stored, "window_"), **values)


def check_thresholds(nurture: int, mql: int, sql: int, hysteresis: int) -> None:
	"""Refuse stages that nobody could be in: `thresholds_not_rising`, `hysteresis_too_wide`. All in points."""
	if not nurture < mql < sql:
		raise NurtureError("thresholds_not_rising", nurture=nurture, mql=mql, sql=sql)
	if hysteresis >= min(mql - nurture, sql - mql):
		raise NurtureError("hysteresis_too_wide", hysteresis=hysteresis)


def check_cap(messages: int, days: int) -> None:
	"""Refuse a cap for no span of time: `cap_without_days`."""
	if messages and not days:
		raise NurtureError("cap_without_days", messages=messages)


def _most(setting: str) -> int:
	"""What a setting counts with at the most: from any longer span one could not count back within the calendar."""
	for unit, days in (("_days", 1), ("_months", 30)):
		if setting.endswith(unit):
			return FOR_EVER // days
	return LARGEST_INT


def window_from(row: dict[str, Any], prefix: str) -> SendWindow:
	"""The send window in a row's `<prefix>start`, `<prefix>end` and `<prefix>monday`... fields."""
	days = frozenset(
		index
		for index, day in enumerate(WEEKDAYS)
		if int((row.get(prefix + day) if row.get(prefix + day) not in (None, "") else index < 5) or 0)
	)
	return SendWindow(
		as_time(row.get(prefix + "start")) or time(9), as_time(row.get(prefix + "end")) or time(17), days
	)


def as_time(value: Any) -> time | None:
	"""A time of day from what databases and forms hand out: a time, a timedelta since midnight, or a text.

	Raises ValueError.
	"""
	if value is None or value == "":
		return None
	if isinstance(value, time):
		return value
	if hasattr(value, "total_seconds"):
		seconds = int(value.total_seconds()) % 86400
		return time(seconds // 3600, seconds % 3600 // 60, seconds % 60)
	hour, minute, second = ([*str(value).split(".")[0].split(":"), "0", "0"])[:3]
	try:
		return time(int(hour), int(minute), int(second))
	except OverflowError:
		raise ValueError("no time of day") from None


def load_activity_types(db: Database) -> dict[str, ActivityType]:
	"""By name. One query; some dozens of rows."""
	kinds = doctype("Nurture Activity Type", "t")
	marks = (kinds.is_engagement, kinds.is_system, kinds.is_answer, kinds.is_request)
	query = Query.from_(kinds).select(kinds.name, kinds.channel, *marks)
	return {
		name: ActivityType(name, channel or "", *(bool(one) for one in marked))
		for name, channel, *marked in db.rows(query)
	}


def activity_types(host: Host) -> Mapping[str, ActivityType]:
	"""`load_activity_types`, remembered."""
	return host.memory.remembered("activity types", lambda: load_activity_types(host.db))


def engagement_types(host: Host) -> list[str]:
	"""Names of the kinds of activities by which a person shows interest."""
	return [name for name, kind in activity_types(host).items() if kind.is_engagement]


@dataclass(frozen=True, slots=True)
class Sender:
	"""Who marketing mail comes from; `address` is empty when no outgoing account is set up."""

	name: str
	address: str
	account: str


def load_sender(db: Database, settings: Settings) -> Sender:
	"""The account chosen in the settings, or the site's default outgoing one."""
	account = doctype("Email Account", "a")
	query = Query.from_(account).select(account.name, account.email_id).where(account.enable_outgoing == P(1))
	if settings.email_account:
		query = query.where(account.name == P(settings.email_account))
	else:
		query = query.where(account.default_outgoing == P(1))
	for name, email_id in db.rows(query.orderby(account.name).limit(1)):
		return Sender(settings.sender_name or settings.company_name or name, (email_id or "").strip(), name)
	return Sender(settings.sender_name, "", "")
