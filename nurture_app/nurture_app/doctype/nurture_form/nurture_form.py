"""A form by which strangers reach you: on a page of this site, on one of yours elsewhere, or a Web Form of Frappe's."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, now_datetime

from nurture_app.engine.capture.form_variants import check_variants
from nurture_app.engine.capture.forms import Question, check_questions, lines
from nurture_app.engine.capture.origins import check_address, key_from, read_origins
from nurture_app.engine.codes import NurtureError
from nurture_app.site.capture.assets import may_be_given
from nurture_app.site.capture.variants import sentences
from nurture_app.site.sentences import errors_as_messages


class NurtureForm(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_form_field.nurture_form_field import NurtureFormField
		from nurture_app.nurture_app.doctype.nurture_form_variant.nurture_form_variant import (
			NurtureFormVariant,
		)

		activity_type: DF.Link
		allowed_origins: DF.SmallText | None
		ask_consent: DF.Check
		asset: DF.Link | None
		enabled: DF.Check
		form_key: DF.Data | None
		interest: DF.Autocomplete | None
		preset: DF.Data | None
		preset_hash: DF.Data | None
		questions: DF.Table[NurtureFormField]
		source: DF.Autocomplete | None
		thank_you_text: DF.SmallText | None
		thank_you_url: DF.Data | None
		title: DF.Data
		topics: DF.SmallText | None
		value_exchange: DF.SmallText | None
		variants: DF.Table[NurtureFormVariant]
		variants_since: DF.Datetime | None
		web_form: DF.Link | None
		wording: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		self.form_key = key_from(self.form_key or self.title)
		if not self.form_key:
			frappe.throw(_("Enter a key of letters and digits."))
		with errors_as_messages(_("Form {0}").format(escape_html(self.title))):
			check_questions(self.asked())
			read_origins(self.allowed_origins)
			check_address(self.thank_you_url, _(self.meta.get_label("thank_you_url")))
			self._check_variants()
		self._check_asset()
		if self.web_form:
			self._check_web_form()
		self._warn()

	def onload(self) -> None:
		self.set_onload("variants", sentences(self))

	def _check_variants(self) -> None:
		"""Answers to variants that were changed since do not count any more."""
		said = [_said(row) for row in self.variants]
		if wrong := check_variants([(label, weight, any(changes)) for label, weight, *changes in said]):
			raise NurtureError(wrong)
		before = self.get_doc_before_save()
		if said != [_said(row) for row in (before.variants if before else ())]:
			self.variants_since = now_datetime() if said else None

	def asked(self) -> list[Question]:
		"""The questions besides the address."""
		return [
			Question(row.fieldname, row.label, bool(row.reqd), lines(row.choices)) for row in self.questions
		]

	def _check_asset(self) -> None:
		"""A form that has nothing to give away would turn everybody down who fills it in."""
		if not self.enabled or not self.asset:
			return
		asset = frappe.get_doc("Nurture Asset", self.asset)
		name = frappe.bold(escape_html(self.asset))
		if not (asset.file or asset.url):
			frappe.throw(
				_(
					"{0} has no file and no address, so there is nothing to download. Add one to the asset, or choose another."
				).format(name)
			)
		if not may_be_given(asset):
			frappe.msgprint(
				_(
					"{0} is switched off, or its offer has not begun or is over: until that changes nobody can send this form."
				).format(name),
				alert=True,
				indicator="orange",
			)

	def _check_web_form(self) -> None:
		if frappe.db.get_value("Web Form", self.web_form, "doc_type") != "Nurture Form Submission":
			frappe.throw(_("The Web Form must be on Nurture Form Submission."))
		other = frappe.db.get_value("Nurture Form", {"web_form": self.web_form, "name": ["!=", self.name]})
		if other:
			frappe.throw(_("That Web Form belongs to {0} already.").format(frappe.bold(escape_html(other))))

	def _warn(self) -> None:
		if not self.enabled:
			return
		if not frappe.db.get_single_value("Nurture Settings", "privacy_url"):
			frappe.msgprint(
				_(
					"Nurture Settings has no privacy notice. People must be able to read what happens to their data."
				),
				alert=True,
				indicator="orange",
			)
		if not (self.value_exchange or "").strip():
			frappe.msgprint(
				_("Say what the person gets: forms that do are filled in more often."),
				alert=True,
				indicator="blue",
			)


def _said(row: Any) -> tuple[Any, ...]:
	"""Name, weight, and what a variant says differently."""
	texts = (row.heading, row.value_exchange, row.button)
	return (
		(row.label or "").strip(),
		cint(row.weight),
		*((text or "").strip() for text in texts),
		cint(row.only_required),
	)
