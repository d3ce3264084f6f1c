"""A raw hit on the picture or a link of a mail; see `nurture_app.engine.tracking`.

Personal data: user agent and hashed origin of the lead in `party`. Erasing deletes them.
"""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureMailHit(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		hit_on: DF.Datetime | None
		kind: DF.Literal["Open", "Click"]
		link: DF.Link | None
		method: DF.Data | None
		origin: DF.Data | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		purpose: DF.Data | None
		reason: DF.Data | None
		settled: DF.Check
		touch: DF.Link | None
		user_agent: DF.SmallText | None
		verdict: DF.Literal["", "human", "machine", "unknown"]
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_indexes("Nurture Mail Hit")
