"""How people of a language, a country or both are written to (LO-02, LO-03, LO-09)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class NurtureLocale(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		by_email: DF.Check
		by_linkedin: DF.Check
		by_phone: DF.Check
		by_sms: DF.Check
		by_whatsapp: DF.Check
		directness: DF.Literal["", "Direct", "Indirect"]
		for_country: DF.Link | None
		for_language: DF.Link | None
		formality: DF.Literal["", "Formal", "Informal"]
		in_person: DF.Check
		market_note: DF.SmallText | None
		title: DF.Data
		tone_note: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		if not (self.for_language or self.for_country):
			frappe.throw(_("Choose a language, a country, or both."))
		same = {"name": ["!=", self.name]}
		for field in ("for_language", "for_country"):
			same[field] = self.get(field) or ["is", "not set"]
		if other := frappe.db.get_value("Nurture Locale", same):
			frappe.throw(_("{0} is about the same language and country.").format(other))
