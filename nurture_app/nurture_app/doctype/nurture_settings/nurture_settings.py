"""The rules that hold for all sequences."""

from __future__ import annotations

import secrets

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine.capture.domains import unreadable_entries
from nurture_app.engine.capture.forms import lines
from nurture_app.engine.config import check_cap, check_thresholds, settings_from
from nurture_app.engine.regions import region_of
from nurture_app.engine.timing import check_window, zone_or_none
from nurture_app.nurture_app.time_of_day import tidy_times
from nurture_app.site import complete_fields, home
from nurture_app.site.api.access import ADMINISTRATORS, has_role
from nurture_app.site.channels.addresses import refuse_bad_address
from nurture_app.site.links import PUBLIC_PATH, site_url
from nurture_app.site.sentences import errors_as_messages


class NurtureSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_country_holidays.nurture_country_holidays import (
			NurtureCountryHolidays,
		)
		from nurture_app.nurture_app.doctype.nurture_country_privacy.nurture_country_privacy import (
			NurtureCountryPrivacy,
		)

		account_offer_days: DF.Int
		batch_size: DF.Int
		benchmark_booking: DF.Percent
		benchmark_click: DF.Percent
		benchmark_open: DF.Percent
		benchmark_reply: DF.Percent
		benchmark_sql: DF.Percent
		block_disposable: DF.Check
		booking_url: DF.Data | None
		bounce_mailbox: DF.Link | None
		cap_days: DF.Int
		cap_messages: DF.Int
		capture_owner: DF.Link | None
		check_links: DF.Check
		company_name: DF.Data | None
		complete_fields: DF.SmallText | None
		confirmation_days: DF.Int
		consent_wording: DF.SmallText | None
		content_review_days: DF.Int
		country_holidays: DF.Table[NurtureCountryHolidays]
		country_privacy: DF.Table[NurtureCountryPrivacy]
		days_apart: DF.Check
		default_time_zone: DF.Autocomplete | None
		disposable_domains: DF.SmallText | None
		dkim_selectors: DF.Data | None
		double_opt_in: DF.Check
		double_opt_in_countries: DF.SmallText | None
		email_account: DF.Link | None
		email_daily_limit: DF.Int
		free_domains: DF.SmallText | None
		goal_awareness: DF.SmallText | None
		goal_consideration: DF.SmallText | None
		goal_decision: DF.SmallText | None
		goal_evaluation: DF.SmallText | None
		guard_days: DF.Int
		guard_min_sent: DF.Int
		handoff_hours: DF.Int
		handoff_reasons: DF.SmallText | None
		handoff_stage: DF.Literal["MQL", "SQL"]
		hit_days: DF.Int
		hold_all_sending: DF.Check
		holiday_list: DF.Link | None
		holidays_by_country: DF.Check
		honour_signals: DF.Check
		hysteresis: DF.Int
		lease_minutes: DF.Int
		max_complaint_percent: DF.Float
		max_hard_bounce_percent: DF.Float
		mobile_cap_days: DF.Int
		mobile_cap_messages: DF.Int
		mobile_country: DF.Link | None
		most_unsubscribes: DF.Percent
		mql_threshold: DF.Int
		nurture_threshold: DF.Int
		portal_enabled: DF.Check
		postal_address: DF.SmallText | None
		privacy_url: DF.Data | None
		programme: DF.Literal["", "B2B", "B2C"]
		promotional_percent: DF.Int
		quarantine_fields: DF.SmallText | None
		quarantine_imports: DF.Check
		quarterly_data_check: DF.Check
		reopen_signs: DF.Int
		rep_pause_days: DF.Int
		require_tracking_consent: DF.Check
		retention_months: DF.Int
		review_days: DF.Int
		sender_name: DF.Data | None
		sensitive_fields: DF.SmallText | None
		session_minutes: DF.Int
		settle_minutes: DF.Int
		silence_months: DF.Int
		sms_daily_limit: DF.Int
		sms_enabled: DF.Check
		sms_key: DF.Data | None
		sms_opt_out_hint: DF.Data | None
		sms_refused_words: DF.SmallText | None
		sms_reply_url: DF.Data | None
		sms_without_plus: DF.Check
		social_webhook: DF.Link | None
		soft_bounce_days: DF.Int
		soft_bounce_limit: DF.Int
		sql_threshold: DF.Int
		stop_words: DF.SmallText | None
		student_domains: DF.SmallText | None
		system_review_days: DF.Int
		system_review_told_on: DF.Date | None
		system_reviewed_on: DF.Date | None
		track_clicks: DF.Check
		track_opens: DF.Check
		track_website: DF.Check
		visitor_days: DF.Int
		webhook_daily_limit: DF.Int
		whatsapp_api_version: DF.Data | None
		whatsapp_app_secret: DF.Password | None
		whatsapp_base_url: DF.Data | None
		whatsapp_daily_limit: DF.Int
		whatsapp_enabled: DF.Check
		whatsapp_hook_url: DF.Data | None
		whatsapp_phone_number_id: DF.Data | None
		whatsapp_token: DF.Password | None
		whatsapp_verify_token: DF.Data | None
		window_end: DF.Autocomplete
		window_friday: DF.Check
		window_monday: DF.Check
		window_saturday: DF.Check
		window_start: DF.Autocomplete
		window_sunday: DF.Check
		window_thursday: DF.Check
		window_tuesday: DF.Check
		window_wednesday: DF.Check
		write_first: DF.Literal["", "Middle of the Funnel", "Bottom of the Funnel"]
	# end: auto-generated types

	def onload(self) -> None:
		if has_role(ADMINISTRATORS) and home.strange():
			self.set_onload("would_leave", home.would_leave())

	def validate(self) -> None:
		complete_fields.check(self.complete_fields)
		tidy_times(self, "window_start", "window_end")
		with errors_as_messages(_("Send Window")):
			check_window(settings_from(self.as_dict()).window)
		with errors_as_messages(_(self.meta.get_label("double_opt_in_countries"))):
			region_of(self.double_opt_in_countries or "")
		self._check_country_privacy()
		self._check_time_zone()
		self._check_holidays()
		self._check_thresholds()
		self._check_caps()
		self._check_capture()
		self._check_channels()
		if not (self.postal_address or "").strip():
			frappe.msgprint(
				_(
					"Without a postal address no marketing e-mail goes out: the law of many countries asks for it in each mail."
				),
				alert=True,
				indicator="orange",
			)

	@property
	def sms_reply_url(self) -> str:
		return "/".join((site_url(), PUBLIC_PATH, "sms", self.sms_key)) if self.sms_key else ""

	@property
	def whatsapp_hook_url(self) -> str:
		return "/".join((site_url(), PUBLIC_PATH, "whatsapp"))

	def _check_channels(self) -> None:
		"""Keys of our own for what comes in, and whether what is switched on is set up."""
		self.sms_key = self.sms_key or secrets.token_urlsafe(24)
		self.whatsapp_verify_token = self.whatsapp_verify_token or secrets.token_urlsafe(24)
		if not self.booking_url and frappe.db.get_single_value(
			"Appointment Booking Settings", "enable_scheduling"
		):
			self.booking_url = f"{site_url()}/book_appointment"
		if self.whatsapp_enabled:
			for field in ("whatsapp_phone_number_id", "whatsapp_token", "whatsapp_app_secret"):
				if not self.get(field):
					frappe.throw(
						_("{0} is needed before WhatsApp can be switched on.").format(
							_(self.meta.get_label(field))
						)
					)
			refuse_bad_address((self.whatsapp_base_url or "").strip())
		if self.sms_enabled and not frappe.db.get_single_value("SMS Settings", "sms_gateway_url"):
			frappe.msgprint(
				_("SMS Settings has no gateway yet: SMS steps become tasks."), alert=True, indicator="orange"
			)

	def _check_time_zone(self) -> None:
		zone = self.default_time_zone
		if zone and zone_or_none(zone) is None:
			frappe.throw(
				_("{0}: {1} is not a time zone. Choose one from the list, such as Europe/Berlin.").format(
					_("Time Zone if Unknown"), escape_html(zone)
				)
			)

	def _check_holidays(self) -> None:
		seen: set[str] = set()
		for row in self.country_holidays:
			if row.country in seen:
				frappe.throw(
					_("{0}, row {1}: {2} has a list already.").format(
						_(self.meta.get_label("country_holidays")), row.idx, escape_html(_(row.country))
					)
				)
			seen.add(row.country)

	def _check_country_privacy(self) -> None:
		for row in self.country_privacy:
			with errors_as_messages(
				_("{0}, row {1}").format(_(self.meta.get_label("country_privacy")), row.idx)
			):
				region_of(row.countries)
		marked = [row.idx for row in self.country_privacy if row.for_unknown]
		if len(marked) > 1:
			frappe.throw(
				_("{0}: only one row can be for unknown countries, too; rows {1} and {2} are.").format(
					_(self.meta.get_label("country_privacy")), *marked[:2]
				)
			)

	def _check_thresholds(self) -> None:
		points = (self.nurture_threshold, self.mql_threshold, self.sql_threshold, self.hysteresis)
		with errors_as_messages():
			check_thresholds(*(one or 0 for one in points))

	def _check_capture(self) -> None:
		for field in ("free_domains", "disposable_domains", "student_domains"):
			if wrong := unreadable_entries(self.get(field)):
				frappe.throw(
					_("{0}: {1} is not a domain. Write one per line, such as example.com.").format(
						_(self.meta.get_label(field)), escape_html(wrong[0])
					)
				)
		known = frappe.get_meta("Lead")
		for name in lines(self.quarantine_fields):
			if not known.has_field(name):
				frappe.throw(
					_("{0}: Lead has no field {1}.").format(
						_(self.meta.get_label("quarantine_fields")), escape_html(name)
					)
				)

	def _check_caps(self) -> None:
		with errors_as_messages():
			check_cap(self.cap_messages or 0, self.cap_days or 0)
		for field, least in (("batch_size", 1), ("lease_minutes", 1)):
			if (self.get(field) or 0) < least:
				frappe.throw(_("{0} must be at least {1}.").format(_(self.meta.get_label(field)), least))
