"""A conversation by buttons and questions that a website holds with its visitors (CT-07)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine.capture.origins import check_address, key_from, read_origins
from nurture_app.engine.capture.playbook import check, playbook_from_rows
from nurture_app.site.sentences import errors_as_messages


class NurturePlaybook(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_playbook_step.nurture_playbook_step import (
			NurturePlaybookStep,
		)

		allowed_origins: DF.SmallText | None
		button_text: DF.Data | None
		enabled: DF.Check
		interest: DF.Data | None
		playbook_key: DF.Data | None
		preset: DF.Data | None
		preset_hash: DF.Data | None
		source: DF.Data | None
		steps: DF.Table[NurturePlaybookStep]
		title: DF.Data
		wording: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		self.playbook_key = key_from(self.playbook_key or self.title)
		if not self.playbook_key:
			frappe.throw(_("Enter a key of letters and digits."))
		with errors_as_messages(_("Playbook {0}").format(escape_html(self.title))):
			check(playbook_from_rows([row.as_dict() for row in self.steps]))
			read_origins(self.allowed_origins)
			for row in self.steps:
				check_address(row.link, row.step_label)
		if self.enabled and not frappe.db.get_single_value("Nurture Settings", "privacy_url"):
			frappe.msgprint(
				_(
					"Nurture Settings has no privacy notice. People must be able to read what happens to their data."
				),
				alert=True,
				indicator="orange",
			)
