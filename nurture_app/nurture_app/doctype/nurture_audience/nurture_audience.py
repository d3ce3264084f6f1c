"""People whom an ad platform shall show something. What they are is in `nurture_app.engine.audiences`."""

from __future__ import annotations

import secrets

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.nurture_app.usage import running_sequences_with
from nurture_app.site.channels.addresses import refuse_bad_address


class NurtureAudience(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		cap_note: DF.SmallText
		daily_limit: DF.Int
		delivery: DF.Literal["CSV", "Webhook"]
		description: DF.SmallText | None
		enabled: DF.Check
		fallback: DF.Literal["Wait", "Go On", "Task"]
		journey_stage: DF.Link | None
		member_count: DF.Int
		phone_without_plus: DF.Check
		preset: DF.Data | None
		preset_hash: DF.Data | None
		remove_on_conversion: DF.Check
		secret: DF.Password | None
		title: DF.Data
		url: DF.SmallText | None
	# end: auto-generated types

	@property
	def member_count(self) -> int:
		return frappe.db.count(
			"Nurture Audience Member", {"audience": self.name, "removed_on": ["is", "not set"]}
		)

	def validate(self) -> None:
		if not (self.cap_note or "").strip():
			frappe.throw(_("Say how often one person may see the ads, and where that is set."))
		if self.delivery == "Webhook":
			self.url = (self.url or "").strip()
			refuse_bad_address(self.url)
			if not self.secret:
				self.secret = secrets.token_urlsafe(32)

	def on_trash(self) -> None:
		sequences = running_sequences_with("audience", self.name)
		if sequences:
			frappe.throw(
				_("{0} is still used by: {1}. Take it out of these sequences first.").format(
					self.name, ", ".join(sequences)
				),
				frappe.LinkExistsError,
			)
		frappe.db.delete("Nurture Audience Member", {"audience": self.name})
