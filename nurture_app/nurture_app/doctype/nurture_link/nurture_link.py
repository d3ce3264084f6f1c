"""A link of a content that was sent with click tracking; see `nurture_app.engine.tracking.rewrite`.

Personal data: those with a `party` hold that lead's data in their URL. Erasing deletes them.
"""

from __future__ import annotations

from frappe.model.document import Document


class NurtureLink(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		content: DF.Link | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		position: DF.Int
		url: DF.SmallText | None
	# end: auto-generated types
	pass
