"""Somebody who may send events: a website, a program of the company, another system."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.incoming import mapping
from nurture_app.nurture_app.as_stored import keep_as_stored
from nurture_app.site.sentences import errors_as_messages
from nurture_app.site.website import sources

NAMED = ("Lead Field", "Property")
WRITTEN_BY_THE_APP = ("public_key", "key_hash", "key_ending", "accepted", "refused", "last_event_on")


class NurtureEventSource(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_event_mapping.nurture_event_mapping import (
			NurtureEventMapping,
		)
		from nurture_app.nurture_app.doctype.nurture_event_source_type.nurture_event_source_type import (
			NurtureEventSourceType,
		)

		accepted: DF.Int
		allowed_origins: DF.SmallText | None
		description: DF.SmallText | None
		enabled: DF.Check
		gathers: DF.Literal[
			"",
			"Website Visit",
			"Website Form",
			"Content Download",
			"Newsletter",
			"Survey",
			"Chat",
			"Event",
			"Social",
			"Advertising",
			"Search",
			"Referral",
			"Cold Outreach Reply",
			"Product",
			"Email",
			"Phone",
			"Import",
			"Other System",
		]
		items_path: DF.Data | None
		key_ending: DF.Data | None
		key_hash: DF.Data | None
		kind: DF.Literal["Browser", "Server", "Webhook"]
		last_event_on: DF.Datetime | None
		mappings: DF.Table[NurtureEventMapping]
		per_minute: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		public_key: DF.Data | None
		refused: DF.Int
		secret: DF.Password | None
		signature_algorithm: DF.Literal["sha256", "sha512", "sha1"]
		signature_encoding: DF.Literal["hex", "base64"]
		signature_header: DF.Data | None
		signature_prefix: DF.Data | None
		signed_text: DF.Literal["Body", "Timestamp.Body"]
		timestamp_header: DF.Data | None
		title: DF.Data
		tolerance_minutes: DF.Int
		type_path: DF.Data | None
		types: DF.Table[NurtureEventSourceType]
	# end: auto-generated types

	def before_insert(self) -> None:
		self.public_key = sources.new_public_key() if self.kind != "Server" else None
		self.key_hash = self.key_ending = None

	def validate(self) -> None:
		if not self.is_new():
			keep_as_stored(self, WRITTEN_BY_THE_APP)
		with errors_as_messages():
			if self.kind == "Browser":
				self._check_website()
			elif self.kind == "Webhook":
				self._check_mapping()
		if self.enabled and self.kind == "Server" and not self.key_hash:
			frappe.msgprint(_("Make a key for this source: without one nothing can be sent."), alert=True)

	def set_new_key(self) -> str:
		"""Replace the key; the old one stops working. Returns the new one: a server key is never shown again."""
		key = sources.new_server_key() if self.kind == "Server" else sources.new_public_key()
		if self.kind == "Server":
			self.db_set({"key_hash": sources.key_hash(key), "key_ending": key[-4:]})
		else:
			self.db_set("public_key", key)
		return key

	def _check_website(self) -> None:
		if self.enabled and not sources.origins_in(self.allowed_origins):
			raise NurtureError("source_needs_origins")
		sources.origins_in(self.allowed_origins)

	def _check_mapping(self) -> None:
		if self.enabled and not self.types:
			raise NurtureError("source_needs_events")
		for row in self.types:
			if row.action != "Ignore" and not row.activity_type:
				raise NurtureError("source_needs_activity", row=row.idx)
		for path in (self.type_path, self.items_path):
			mapping.check_path(path or "")
		for row in self.mappings:
			mapping.check_path(row.path or "")
			if row.target in NAMED and not row.target_name:
				raise NurtureError("mapping_needs_name", row=row.idx, target=row.target)
			if not (row.path or row.constant or row.fallback):
				raise NurtureError("mapping_needs_origin", row=row.idx, target=row.target)
			if row.target == "Lead Field":
				self._check_field(row)

	def _check_field(self, row: Document) -> None:
		from nurture_app.engine.capture.submission import may_be_filled

		if not frappe.get_meta("Lead").has_field(row.target_name) or not may_be_filled(row.target_name):
			raise NurtureError("mapping_field_forbidden", row=row.idx, field=row.target_name)
