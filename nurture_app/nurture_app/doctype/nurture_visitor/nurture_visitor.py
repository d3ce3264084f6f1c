"""A browser that visits the company's websites, and the lead it turned out to belong to. Written by `engine.visits`."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureVisitor(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		channel: DF.Literal[
			"", "Direct", "Organic Search", "Ads", "Social", "E-mail", "Referral", "Event", "Content", "Other"
		]
		consented_on: DF.Datetime | None
		first_active_on: DF.Datetime | None
		identified_on: DF.Datetime | None
		landing_page: DF.Data | None
		last_active_on: DF.Datetime | None
		pages: DF.Int
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		referrer: DF.Data | None
		seconds: DF.Int
		utm_campaign: DF.Data | None
		utm_content: DF.Data | None
		utm_medium: DF.Data | None
		utm_source: DF.Data | None
		utm_term: DF.Data | None
		visitor_id: DF.Data | None
		visits: DF.Int
		website: DF.Link | None
	# end: auto-generated types
