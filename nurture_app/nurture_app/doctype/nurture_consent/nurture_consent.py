"""Evidence that a person allowed marketing on a channel, or took it back."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, get_datetime, now_datetime

from nurture_app.engine.activities import leads_changed
from nurture_app.engine.addresses import normalise
from nurture_app.engine.evidence import consent_key
from nurture_app.engine.optout import set_consent
from nurture_app.nurture_app.indexes import add_indexes
from nurture_app.site import changed_leads
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages

EVIDENCE = ("status", "given_on", "withdrawn_on", "source", "wording", "proof")
"""Fields whose change is something said anew: it gets a line in the history."""


class NurtureConsent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		channel: DF.Literal["Email", "SMS", "WhatsApp", "Phone", "Tracking"]
		consent_key: DF.Data | None
		given_on: DF.Datetime | None
		party: DF.DynamicLink
		party_type: DF.Link
		proof: DF.SmallText | None
		purpose: DF.Literal["Marketing"]
		recorded_by: DF.Data | None
		source: DF.Data | None
		status: DF.Literal["Given", "Pending", "Withdrawn"]
		withdrawn_on: DF.Datetime | None
		wording: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		self._set_address()
		self.consent_key = consent_key(self.party, self.channel, self.purpose)
		self._refuse_second()
		if self.status == "Given":
			self.given_on, self.withdrawn_on = self.given_on or now_datetime(), None
		elif self.status == "Withdrawn":
			self.withdrawn_on = self.withdrawn_on or now_datetime()
		for field in ("given_on", "withdrawn_on"):
			if self.get(field) and get_datetime(self.get(field)) > now_datetime():
				frappe.throw(_("{0} lies in the future.").format(_(self.meta.get_label(field))))
		self.recorded_by = self.recorded_by or frappe.session.user

	def on_update(self) -> None:
		is_new = self.get_doc_before_save() is None
		if self.party_type != "Lead" or not (is_new or any(map(self.has_value_changed, EVIDENCE))):
			return
		moment = {"Given": self.given_on, "Withdrawn": self.withdrawn_on}.get(self.status)
		host = site_host(commit=False)
		with errors_as_messages():
			set_consent(
				host,
				self.party,
				self.address or "",
				self.status,
				self.source or "",
				(self.recorded_by if is_new else frappe.session.user) or "",
				self.wording or "",
				self.channel,
				self.proof or "",
				get_datetime(moment) if moment else None,
			)
			self._keep_entered_moments()
			if frappe.flags.in_import:
				changed_leads.remember(self.party)
			else:
				leads_changed(host, [self.party])

	def on_trash(self) -> None:
		if self.status == "Withdrawn":
			frappe.throw(_("A withdrawal is evidence and cannot be deleted."))

	def _set_address(self) -> None:
		if self.channel in ("Email", "Tracking"):
			address = self.address
			if not address and self.party_type == "Lead":
				address = frappe.db.get_value("Lead", self.party, "email_id")
			self.address = normalise(address)
			if address and not self.address:
				frappe.throw(_("{0} is not an e-mail address.").format(escape_html(address)))

	def _refuse_second(self) -> None:
		existing = frappe.db.get_value("Nurture Consent", {"consent_key": self.consent_key})
		if existing and existing != self.name:
			frappe.throw(
				_("There is a record for this person and channel already: {0}. Change that one.").format(
					frappe.utils.get_link_to_form(self.doctype, existing)
				),
				frappe.DuplicateEntryError,
			)

	def _keep_entered_moments(self) -> None:
		"""The engine stamps the present; evidence entered later keeps the moment it is about."""
		moments = {field: self.get(field) for field in ("given_on", "withdrawn_on")}
		frappe.db.set_value(self.doctype, self.name, moments, update_modified=False)


def on_doctype_update() -> None:
	add_indexes("Nurture Consent")
