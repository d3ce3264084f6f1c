"""An address that steps call. Off until somebody switches it on; signed with a secret of its own."""

from __future__ import annotations

import secrets

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.outgoing.webhooks import check_fields, lead_fields_of
from nurture_app.nurture_app.usage import running_sequences_with
from nurture_app.site.channels.addresses import refuse_bad_address
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


class NurtureWebhook(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		enabled: DF.Check
		lead_fields: DF.SmallText | None
		secret: DF.Password | None
		title: DF.Data
		url: DF.SmallText
	# end: auto-generated types

	def validate(self) -> None:
		self.url = (self.url or "").strip()
		refuse_bad_address(self.url)
		with errors_as_messages(_("Webhook {0}").format(self.title)):
			check_fields(lead_fields_of(self.lead_fields), site_host(commit=False).catalog)
		if not self.secret:
			self.secret = secrets.token_urlsafe(32)

	def on_trash(self) -> None:
		sequences = running_sequences_with("webhook", self.name)
		if sequences:
			frappe.throw(
				_("{0} is still called by: {1}. Take it out of these sequences first.").format(
					self.name, ", ".join(sequences)
				),
				frappe.LinkExistsError,
			)
