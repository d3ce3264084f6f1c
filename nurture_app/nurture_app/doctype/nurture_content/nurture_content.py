"""The text of an e-mail. What may stand in it is decided in `engine.content`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.content import clean_body
from nurture_app.engine.library.checks import unfounded_hurry
from nurture_app.engine.library.contents import check_parts, read_draft
from nurture_app.engine.library.expand import Expanded
from nurture_app.engine.library.refusals import check_answers_with
from nurture_app.engine.message_texts import MessageText, check_text
from nurture_app.engine.sms_text import measure, with_samples
from nurture_app.nurture_app.usage import (
	check_version,
	note_cultural_review,
	running_sequences_with_content,
)
from nurture_app.site.experiments.winners import warn_if_tried
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages

TEXTS = ("subject", "preheader", "body", "body_text")
MESSAGE_TEXTS = (
	"sms_text",
	"whatsapp_template",
	"whatsapp_language",
	"whatsapp_parameters",
	"portal_text",
	"portal_url",
	"portal_label",
	"portal_days",
)


class NurtureContent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_content_asset.nurture_content_asset import (
			NurtureContentAsset,
		)

		assets: DF.Table[NurtureContentAsset]
		body: DF.TextEditor | None
		body_text: DF.Code | None
		channel: DF.Literal["Email", "SMS", "WhatsApp", "Portal"]
		cta_strength: DF.Literal["", "None", "Soft", "Hard"]
		culturally_reviewed: DF.Check
		culturally_reviewed_by: DF.Link | None
		description: DF.SmallText | None
		language: DF.Link | None
		portal_days: DF.Int
		portal_label: DF.Data | None
		portal_text: DF.SmallText | None
		portal_url: DF.Data | None
		preheader: DF.Data | None
		preset: DF.Data | None
		preset_hash: DF.Data | None
		revision: DF.Int
		role: DF.Literal[
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
		scarcity_reason: DF.Data | None
		sms_length: DF.Data | None
		sms_text: DF.SmallText | None
		subject: DF.Data | None
		survey_form: DF.Link | None
		title: DF.Data
		value_reason: DF.Data | None
		version_of: DF.Link | None
		whatsapp_language: DF.Data | None
		whatsapp_parameters: DF.SmallText | None
		whatsapp_template: DF.Data | None
	# end: auto-generated types

	def validate(self) -> None:
		note_cultural_review(self, (*TEXTS, *MESSAGE_TEXTS))
		if (self.channel or "Email") != "Email":
			self._check_message()
			return
		for field in ("subject", "body"):
			if not self.get(field):
				frappe.throw(
					_("{0} is missing.").format(_(self.meta.get_label(field))), frappe.MandatoryError
				)
		with errors_as_messages(_("Content {0}").format(escape_html(self.title))):
			texts = {field: self.get(field) or "" for field in TEXTS}
			found = check_parts(site_host(commit=False), texts, self.language or "", self.survey_form or "")
			# Frappe's own filter is off for the body, because it breaks placeholders; the Desk shows the body unrendered.
			self.body = clean_body(self.body)
			self._refuse_hurry_that_would_be_sent()
		self._list_assets(found)
		check_version(self)
		self._count_revision()

	def on_update(self) -> None:
		if self.has_value_changed("revision"):
			warn_if_tried(site_host(commit=False), self.name)
		with errors_as_messages(_("Content {0}").format(escape_html(self.title))):
			check_answers_with(site_host(commit=False), {self.name, self.version_of or self.name})

	def _check_message(self) -> None:
		"""The text of a message to a telephone, with what it costs, or of one on the portal."""
		texts = {field: self.get(field) or "" for field in (*MESSAGE_TEXTS, "language")}
		with errors_as_messages(_("Content {0}").format(escape_html(self.title))):
			text = check_text(
				site_host(commit=False),
				MessageText(self.name, self.channel, survey_form=self.survey_form or "", **texts),
			)
		self._name_assets({(asset.name, None) for asset in text.assets})
		found = measure(with_samples(text.sms_text.strip()))
		self.sms_length = _("{0} of {1}: {2} message(s)").format(found.length, found.alphabet, found.messages)
		check_version(self)
		self._count_revision()

	def on_trash(self) -> None:
		sequences = running_sequences_with_content(self.name)
		if sequences:
			frappe.throw(
				_(
					"The content {0} is still sent by: {1}. Take it out of these sequences and activate them again first."
				).format(self.name, ", ".join(sequences)),
				frappe.LinkExistsError,
			)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A content keeps its name, because sequences refer to it. Copy it instead."))

	def _refuse_hurry_that_would_be_sent(self) -> None:
		"""Activating looks at it too (MG-42); here it is about a text that leaves as soon as it is saved."""
		words = unfounded_hurry(read_draft(site_host(commit=False), self.as_dict()))
		if words and any(
			running_sequences_with_content(name) for name in (self.name, self.version_of) if name
		):
			raise NurtureError("scarcity_unexplained", words=words)

	def _list_assets(self, found: Expanded) -> None:
		"""What stands in the text, for whoever asks where an asset is used."""
		named = {(asset.name, None) for asset in found.assets.values()}
		for block in found.blocks.values():
			named |= {(asset, block.name) for asset in block.assets}
		for (short_name, _number), further in found.further.items():
			named |= {(asset.name, found.blocks[short_name].name) for asset in further}
		self._name_assets(named)

	def _name_assets(self, named: set[tuple[str, str | None]]) -> None:
		if named != {(row.asset, row.block) for row in self.assets}:
			rows = sorted(named, key=lambda one: (one[0], one[1] or ""))
			self.set("assets", [{"asset": asset, "block": block} for asset, block in rows])

	def _count_revision(self) -> None:
		before = self.get_doc_before_save()
		if before is None:
			self.revision = 1
			return
		changed = any(
			(self.get(field) or "") != (before.get(field) or "") for field in (*TEXTS, *MESSAGE_TEXTS)
		)
		self.revision = (before.revision or 1) + (1 if changed else 0)
