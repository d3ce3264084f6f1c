"""Something worth an address: a guide, a study, a price list."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.capture.origins import check_address
from nurture_app.site.capture.assets import stored_file
from nurture_app.site.sentences import errors_as_messages


class NurtureAsset(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		description: DF.SmallText | None
		enabled: DF.Check
		file: DF.Attach | None
		link_days: DF.Int
		send_by_mail: DF.Check
		title: DF.Data
		topic: DF.Data | None
		url: DF.Data | None
	# end: auto-generated types

	def validate(self) -> None:
		self.file, self.url = (self.file or "").strip(), (self.url or "").strip()
		if bool(self.file) == bool(self.url):
			frappe.throw(_("Attach a file or enter an address: one of the two."))
		if self.file and not stored_file(self.file):
			frappe.throw(_("Attach the file as private. Anybody who knows its name could read a public one."))
		with errors_as_messages():
			check_address(self.url, _(self.meta.get_label("url")))
