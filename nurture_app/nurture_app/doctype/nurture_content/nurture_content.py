"""The text of an e-mail. What may stand in it is decided in `engine.content`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine.content import check_content, clean_body
from nurture_app.nurture_app.usage import running_sequences_with_content
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages

TEXTS = ("subject", "preheader", "body", "body_text")


class NurtureContent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		body: DF.TextEditor
		body_text: DF.Code | None
		description: DF.SmallText | None
		language: DF.Link | None
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
		subject: DF.Data
		title: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		with errors_as_messages(_("Content {0}").format(escape_html(self.title))):
			texts = [self.get(field) or "" for field in TEXTS]
			check_content(*texts, lead_fields=site_host(commit=False).catalog)
			# Frappe's own filter is off for the body, because it breaks placeholders; the Desk shows the body unrendered.
			self.body = clean_body(self.body)
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

	def _count_revision(self) -> None:
		before = self.get_doc_before_save()
		if before is None:
			self.revision = 1
			return
		changed = any((self.get(field) or "") != (before.get(field) or "") for field in TEXTS)
		self.revision = (before.revision or 1) + (1 if changed else 0)
