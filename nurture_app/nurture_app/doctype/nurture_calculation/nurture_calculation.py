"""A figure of the reader's own for mails. How it works is in `engine.library.calculations`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.config import load_settings
from nurture_app.engine.library.assets import check_short_name, short_name_of
from nurture_app.engine.library.calculations import Calculation, calculation_from_rows, check_calculation
from nurture_app.engine.library.sensitive import marked_fields
from nurture_app.nurture_app.usage import keep_short_name, refuse_while_used
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


class NurtureCalculation(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_calculation_input.nurture_calculation_input import (
			NurtureCalculationInput,
		)

		currency: DF.Link | None
		description: DF.SmallText | None
		fallback_text: DF.SmallText
		formula: DF.Data
		inputs: DF.Table[NurtureCalculationInput]
		least: DF.Float
		places: DF.Literal["0", "1", "2"]
		preset: DF.Data | None
		preset_hash: DF.Data | None
		round_to: DF.Float
		short_name: DF.Data | None
		shown_as: DF.Literal["Number", "Amount", "Percent"]
		text: DF.SmallText | None
		title: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		self.short_name = (self.short_name or "").strip() or short_name_of(self.title)
		keep_short_name(self, "calc")
		self.checked()

	def on_trash(self) -> None:
		refuse_while_used(self, "calc")

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A calculation keeps its name. Copy it instead."))

	def checked(self) -> Calculation:
		"""As mails use it; refuses what could not be calculated."""
		host = site_host(commit=False)
		with errors_as_messages():
			check_short_name(self.short_name or short_name_of(self.title))
			calculation = calculation_from_rows(self.as_dict(), [row.as_dict() for row in self.inputs])
			marked = marked_fields(load_settings(host.db).sensitive_fields)
			check_calculation(calculation, host.catalog, marked)
		return calculation
