"""One thing that was said about a consent: written by `engine.evidence`, read by people, changed by nobody."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureConsentEntry(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		channel: DF.Literal["Email", "SMS", "WhatsApp", "Phone", "Tracking"]
		occurred_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		proof: DF.SmallText | None
		purpose: DF.Literal["Marketing"]
		recorded_by: DF.Data | None
		source: DF.Data | None
		status: DF.Literal["Given", "Pending", "Withdrawn"]
		wording: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		frappe.throw(_("The history of a consent is evidence: it is written by itself and never changed."))

	def on_trash(self) -> None:
		frappe.throw(_("The history of a consent is evidence and cannot be deleted."))


def on_doctype_update() -> None:
	add_indexes("Nurture Consent Entry")
