"""Something worth an address: a guide, a study, a price list."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, get_link_to_form, getdate

from nurture_app.engine.capture.origins import check_address
from nurture_app.engine.library.assets import check_short_name, short_name_of
from nurture_app.nurture_app.as_stored import keep_as_stored
from nurture_app.nurture_app.usage import (
	check_version,
	keep_short_name,
	note_cultural_review,
	refuse_while_used,
)
from nurture_app.site.capture.assets import may_be_given, stored_file
from nurture_app.site.library_reviews import next_review
from nurture_app.site.sentences import errors_as_messages

WRITTEN_BY_THE_LINK_CHECKER = ("link_status", "link_problem", "link_checked_on")


class NurtureAsset(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_asset_country.nurture_asset_country import (
			NurtureAssetCountry,
		)
		from nurture_app.nurture_app.doctype.nurture_asset_persona.nurture_asset_persona import (
			NurtureAssetPersona,
		)

		arc_role: DF.Literal[
			"",
			"Welcome",
			"Problem",
			"Education",
			"Proof",
			"Toolkit",
			"Risk-reducer",
			"Collaboration",
			"CTA",
			"Re-engagement",
			"Exit",
		]
		asset_owner: DF.Link | None
		buying_role: DF.Literal[
			"", "Economic Buyer", "Technical Evaluator", "End User", "Researcher", "Approver", "Budget Holder"
		]
		by_email: DF.Check
		by_linkedin: DF.Check
		by_phone: DF.Check
		by_sms: DF.Check
		by_website: DF.Check
		by_whatsapp: DF.Check
		change: DF.Data | None
		client_size: DF.Data | None
		countries: DF.TableMultiSelect[NurtureAssetCountry]
		cta_strength: DF.Literal["", "None", "Soft", "Hard"]
		culturally_reviewed: DF.Check
		culturally_reviewed_by: DF.Link | None
		description: DF.SmallText | None
		enabled: DF.Check
		file: DF.Attach | None
		for_awareness: DF.Check
		for_consideration: DF.Check
		for_decision: DF.Check
		for_evaluation: DF.Check
		format: DF.Link | None
		funnel_question: DF.SmallText | None
		industry: DF.Link | None
		is_offer: DF.Check
		language: DF.Link | None
		link_checked_on: DF.Datetime | None
		link_days: DF.Int
		link_problem: DF.Data | None
		link_status: DF.Literal["", "Works", "Broken", "Not Checkable"]
		market_note: DF.SmallText | None
		metric: DF.Data | None
		period: DF.Data | None
		personas: DF.TableMultiSelect[NurtureAssetPersona]
		preset: DF.Data | None
		preset_hash: DF.Data | None
		published_on: DF.Date | None
		review_on: DF.Date | None
		reviewed_on: DF.Date | None
		send_by_mail: DF.Check
		short_name: DF.Data | None
		text: DF.Text | None
		title: DF.Data
		topic: DF.Autocomplete | None
		url: DF.Data | None
		valid_from: DF.Date | None
		valid_until: DF.Date | None
		version_of: DF.Link | None
		video_seconds: DF.Int
	# end: auto-generated types

	def validate(self) -> None:
		self.file, self.url = (self.file or "").strip(), (self.url or "").strip()
		self.short_name = (self.short_name or "").strip() or short_name_of(self.title)
		keep_short_name(self, "assets")
		if self.file and self.url:
			frappe.throw(_("Attach a file or enter an address: one of the two."))
		if self.enabled and not (self.file or self.url or (self.text or "").strip()):
			frappe.throw(
				_("Attach a file, enter an address or write a text. Until there is one, switch it off.")
			)
		if self.file and not stored_file(self.file):
			frappe.throw(_("Attach the file as private. Anybody who knows its name could read a public one."))
		with errors_as_messages():
			check_short_name(self.short_name)
			check_address(self.url, _(self.meta.get_label("url")))
		self._check_offer()
		self._mind_the_length()
		check_version(self)
		note_cultural_review(self)
		self.review_on = self.review_on or next_review(self)
		keep_as_stored(self, WRITTEN_BY_THE_LINK_CHECKER)
		if self.has_value_changed("url"):
			self.link_status = self.link_problem = self.link_checked_on = None

	def on_update(self) -> None:
		self._mind_the_forms()

	def on_trash(self) -> None:
		refuse_while_used(self, "assets")

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(
			_("An asset keeps its name, because what it brought is counted under it. Copy it instead.")
		)

	def _check_offer(self) -> None:
		"""A claim that something ends needs a real end (CP-15, MG-42)."""
		if not self.is_offer:
			self.valid_from = self.valid_until = None
			return
		if not self.valid_from or not self.valid_until:
			frappe.throw(_("A limited offer needs its first and its last day."))
		if getdate(self.valid_until) < getdate(self.valid_from):
			frappe.throw(_("The offer ends before it begins."))

	def _mind_the_forms(self) -> None:
		"""Forms that offer what can no longer be given turn everybody away."""
		before = self.get_doc_before_save()
		if not before or not may_be_given(before) or may_be_given(self):
			return
		forms = frappe.get_all(
			"Nurture Form", {"asset": self.name, "enabled": 1}, pluck="name", order_by="name asc"
		)
		if forms:
			links = ", ".join(get_link_to_form("Nurture Form", form, escape_html(form)) for form in forms)
			frappe.msgprint(
				_(
					"Nobody can send these forms any more, for this is what they give: {0}. Choose another asset there, or switch them off."
				).format(links),
				title=_("Forms Without a Download"),
				indicator="orange",
			)

	def _mind_the_length(self) -> None:
		"""Long videos are not seen to their end (CM-24)."""
		longest = (
			frappe.db.get_value("Nurture Content Format", self.format, "longest_seconds")
			if self.format
			else 0
		)
		if longest and (self.video_seconds or 0) > longest:
			frappe.msgprint(
				_("A {0} is best under {1} seconds; this one has {2}.").format(
					_(self.format), longest, self.video_seconds
				),
				alert=True,
				indicator="orange",
			)
