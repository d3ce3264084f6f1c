"""A link for one person and one purpose; see `nurture_app.site.public.links`."""

from __future__ import annotations

from frappe.model.document import Document


class NurturePublicLink(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		detail: DF.Code | None
		expires_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		purpose: DF.Data | None
		token: DF.Data | None
		used_on: DF.Datetime | None
	# end: auto-generated types
