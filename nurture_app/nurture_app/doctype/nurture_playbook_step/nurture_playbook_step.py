"""One step of a playbook; checked with the whole playbook."""

from __future__ import annotations

from frappe.model.document import Document


class NurturePlaybookStep(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asset: DF.Link | None
		choices: DF.SmallText | None
		fieldname: DF.Data | None
		go_to: DF.Data | None
		link: DF.Data | None
		optional: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		step_label: DF.Data
		step_type: DF.Literal["Say", "Choices", "Question", "Consent", "End"]
		text: DF.SmallText
	# end: auto-generated types
