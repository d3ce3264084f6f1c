"""Something that happened to a person. Written through `engine.activities.record` only."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureActivity(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link
		campaign: DF.Data | None
		channel: DF.Data | None
		classification: DF.Literal["human", "machine", "unknown"]
		dedupe_key: DF.Data | None
		detail: DF.Data | None
		enrollment: DF.Data | None
		occurred_on: DF.Datetime
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		properties: DF.Code | None
		sequence: DF.Link | None
		source_doctype: DF.Data | None
		source_name: DF.Data | None
		touch: DF.Data | None
	# end: auto-generated types

	def after_delete(self) -> None:
		"""What was noted by mistake is worth nothing any more, and that at once."""
		from nurture_app.engine import activities
		from nurture_app.site.events.recording import existing_leads
		from nurture_app.site.host import site_host

		activities.leads_changed(site_host(commit=False), existing_leads([self.party]))


def on_doctype_update() -> None:
	add_indexes("Nurture Activity")
