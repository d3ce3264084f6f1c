"""A person on the way through a sequence. Written by the engine."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureEnrollment(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		anchor_on: DF.Datetime | None
		due_on: DF.Datetime | None
		ended_on: DF.Datetime | None
		enrolled_by: DF.Data | None
		enrolled_on: DF.Datetime | None
		last_step_on: DF.Datetime | None
		lease_token: DF.Data | None
		lease_until: DF.Datetime | None
		live_address_key: DF.Data | None
		live_party_key: DF.Data | None
		nominal_on: DF.Datetime | None
		party: DF.DynamicLink
		party_name: DF.Data | None
		party_type: DF.Link | None
		reason: DF.Data | None
		reason_detail: DF.SmallText | None
		sequence: DF.Link
		status: DF.Literal["Active", "Paused", "Held", "Completed", "Exited"]
		step: DF.Data | None
		stopped_on: DF.Datetime | None
		version: DF.Link | None
		visit: DF.Int
		waits_for: DF.Data | None
		waits_since: DF.Datetime | None
		waits_visit: DF.Int
		yields_to: DF.Link | None
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_indexes("Nurture Enrollment")
