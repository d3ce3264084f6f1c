"""An address that gets nothing any more. The hash protects the person even when the address was erased."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, now_datetime

from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.countries import country_code
from nurture_app.engine.optout import suppression_key, unsubscribe
from nurture_app.engine.phone_numbers import international
from nurture_app.site.host import site_host


class NurtureSuppression(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		address_hash: DF.Data | None
		channel: DF.Literal["Email", "SMS", "WhatsApp", "Phone"]
		notes: DF.SmallText | None
		occurred_on: DF.Datetime | None
		reason: DF.Literal["Unsubscribed", "Bounced", "Complaint", "Manual", "No Reaction", "Erased"]
		source: DF.Data | None
		suppression_key: DF.Data | None
	# end: auto-generated types

	def validate(self) -> None:
		if self.address or not self.address_hash:
			self._set_address()
		self.suppression_key = suppression_key(self.channel, self.address_hash)
		self.occurred_on = self.occurred_on or now_datetime()
		self._refuse_second()

	def after_insert(self) -> None:
		"""Whoever is in a sequence leaves it at once, and mails still waiting are taken back."""
		if self.channel == "Email" and self.address:
			source = self.source or _("Entered by {0}").format(frappe.session.user)
			unsubscribe(site_host(commit=False), self.address, source, self.reason)

	def _set_address(self) -> None:
		known = normalise(self.address) if self.channel == "Email" else self._number()
		if not known:
			wrong = (
				_("{0} is not an e-mail address.")
				if self.channel == "Email"
				else _(
					"{0} is not a telephone number. Write it with its country code, like +49 151 12345678."
				)
			)
			frappe.throw(wrong.format(escape_html(self.address) or _("An empty text")))
		self.address = known
		self.address_hash = address_hash(known)

	def _number(self) -> str:
		"""As the gate looks for it, whatever spelling was typed: another one would stop nothing."""
		return international(
			self.address, country_code(frappe.db.get_single_value("Nurture Settings", "mobile_country"))
		)

	def _refuse_second(self) -> None:
		existing = frappe.db.get_value("Nurture Suppression", {"suppression_key": self.suppression_key})
		if existing and existing != self.name:
			frappe.throw(
				_("{0} is on the list already.").format(
					frappe.utils.get_link_to_form(self.doctype, existing, escape_html(self.address))
				),
				frappe.DuplicateEntryError,
			)
