"""One filled-in form: what came in, and what came of it; see `nurture_app.site.capture.intake`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import IfNull, Now
from frappe.utils import escape_html

from nurture_app.engine.addresses import normalise
from nurture_app.engine.codes import NurtureError
from nurture_app.site.capture import intake
from nurture_app.site.capture.person_lock import begin_for
from nurture_app.site.capture.web_forms import asked_web_form, terms_of
from nurture_app.site.sentences import error_sentence


class NurtureFormSubmission(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity: DF.Data | None
		activity_type: DF.Data | None
		address: DF.Data | None
		answers: DF.Code | None
		asset: DF.Data | None
		company_name: DF.Data | None
		consent: DF.Check
		country: DF.Data | None
		download_url: DF.SmallText | None
		first_name: DF.Data | None
		form: DF.Data | None
		interest: DF.Data | None
		ip: DF.Data | None
		job_title: DF.Data | None
		last_name: DF.Data | None
		message: DF.Text | None
		nickname: DF.Data | None
		no_of_employees: DF.Literal["", "1-10", "11-50", "51-200", "201-500", "501-1000", "1000+"]
		page_url: DF.SmallText | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		phone: DF.Data | None
		rating: DF.Literal["", "1", "2", "3", "4", "5"]
		reason: DF.SmallText | None
		seconds: DF.Int
		status: DF.Literal["", "Accepted", "Refused"]
		timeframe: DF.Literal["", "Now", "Within three months", "Within a year", "Just looking"]
		topics: DF.SmallText | None
		utm_campaign: DF.Data | None
		utm_content: DF.Data | None
		utm_medium: DF.Data | None
		utm_source: DF.Data | None
		utm_term: DF.Data | None
		variant: DF.Data | None
		visitor: DF.Data | None
		wording: DF.SmallText | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Called by Frappe's Log Settings: refused ones that made no lead. What is a lead's goes with the lead."""
		table = frappe.qb.DocType("Nurture Form Submission")
		refused = (table.status == "Refused") & (IfNull(table.party, "") == "")
		frappe.db.delete(table, filters=refused & (table.creation < (Now() - Interval(days=days))))

	def before_insert(self) -> None:
		intake.clean(self)
		if not self.flags.is_refused:
			self.status = self.reason = self.party = self.activity = None
			if frappe.flags.in_web_form and normalise(self.address):
				begin_for(normalise(self.address))
			self.ip = (getattr(frappe.local, "request_ip", None) or "")[:140]

	def after_insert(self) -> None:
		"""Rows that our own pages make are taken there; what is left comes from one of Frappe's Web Forms."""
		if self.flags.is_refused or self.flags.is_taken_elsewhere:
			return
		try:
			intake.take(self, terms_of(asked_web_form()))
		except NurtureError as error:
			frappe.throw(escape_html(error_sentence(error)), title=_("Please have another look"))
