"""A conversation by buttons and questions that a website holds with its visitors (CT-07)."""

from __future__ import annotations

from frappe.model.document import Document


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
