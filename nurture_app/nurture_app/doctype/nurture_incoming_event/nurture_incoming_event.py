"""An event that was accepted and waits for the next job to record it on its lead. Written by `engine.incoming`."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureIncomingEvent(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link | None
		campaign: DF.Data | None
		channel: DF.Data | None
		classification: DF.Data | None
		dedupe_key: DF.Data | None
		detail: DF.Data | None
		occurred_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		properties: DF.Code | None
		source: DF.Link | None
	# end: auto-generated types
