"""One visit to a website: how the visitor came, how long and how much was looked at. Written by `engine.visits`."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureVisit(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		channel: DF.Literal[
			"", "Direct", "Organic Search", "Ads", "Social", "E-mail", "Referral", "Event", "Content", "Other"
		]
		landing_page: DF.Data | None
		last_active_on: DF.Datetime | None
		number: DF.Int
		pages: DF.Int
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		referrer: DF.Data | None
		seconds: DF.Int
		started_on: DF.Datetime | None
		utm_campaign: DF.Data | None
		utm_content: DF.Data | None
		utm_medium: DF.Data | None
		utm_source: DF.Data | None
		utm_term: DF.Data | None
		visitor: DF.Link | None
		website: DF.Link | None
	# end: auto-generated types


def on_doctype_update() -> None:
	add_indexes("Nurture Visit")
