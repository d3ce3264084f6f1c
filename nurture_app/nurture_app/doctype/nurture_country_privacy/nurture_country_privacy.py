"""What holds for the people of some countries and not for all others (CP-10, LO-05)."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureCountryPrivacy(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		consent_wording: DF.SmallText | None
		countries: DF.SmallText
		for_unknown: DF.Check
		mail_tracking: DF.Literal["", "Only with Consent", "Never"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		privacy_url: DF.Data | None
		retention_months: DF.Int
		tracking_wording: DF.SmallText | None
	# end: auto-generated types
