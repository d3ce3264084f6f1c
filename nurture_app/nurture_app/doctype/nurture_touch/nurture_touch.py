"""The send ledger: one row for each step that was carried out, put off or refused. Written by the engine."""

from __future__ import annotations

from frappe.model.document import Document

from nurture_app.nurture_app.indexes import add_indexes


class NurtureTouch(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		address: DF.Data | None
		bounced_on: DF.Datetime | None
		channel: DF.Data | None
		clicked_on: DF.Datetime | None
		communication: DF.Link | None
		content: DF.Link | None
		content_revision: DF.Int
		due_on: DF.Datetime | None
		email_queue: DF.Data | None
		enrollment: DF.Link | None
		experiment: DF.Link | None
		language: DF.Data | None
		message_id: DF.Data | None
		opened_on: DF.Datetime | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		queued_on: DF.Datetime | None
		reason: DF.Data | None
		reason_detail: DF.SmallText | None
		replied_on: DF.Datetime | None
		sending_since: DF.Datetime | None
		sent_on: DF.Datetime | None
		sequence: DF.Link | None
		status: DF.Literal[
			"Planned",
			"Queued",
			"Sending",
			"Sent",
			"Delivered",
			"Opened",
			"Clicked",
			"Replied",
			"Bounced",
			"Skipped",
			"Held",
			"Failed",
			"Unknown",
			"Given",
			"Done",
		]
		step: DF.Data | None
		subject: DF.Data | None
		token: DF.Data | None
		touch_key: DF.Data | None
		tracking_token: DF.Data | None
		variant: DF.Data | None
		visit: DF.Int
	# end: auto-generated types
	pass


def on_doctype_update() -> None:
	add_indexes("Nurture Touch")
