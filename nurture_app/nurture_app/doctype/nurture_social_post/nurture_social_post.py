"""A post for a social network as it is planned and, once somebody posted it, where it stands (CH-10)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url, now_datetime

from nurture_app.engine.social_posts import LONGEST_TEXT, tagged_link, too_long_by
from nurture_app.site.handed_posts import DROPPED, follow, hand_over, what_came_of_it
from nurture_app.site.sentences import errors_as_messages
from nurture_app.site.social_posts import close_tasks


class NurtureSocialPost(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asset: DF.Link | None
		handed_on: DF.Datetime | None
		handed_row: DF.Data | None
		is_influencer: DF.Check
		keeper: DF.Link | None
		network: DF.Literal[
			"LinkedIn",
			"X",
			"Facebook",
			"Instagram",
			"YouTube",
			"TikTok",
			"Threads",
			"Bluesky",
			"Mastodon",
			"Pinterest",
			"Other",
		]
		notes: DF.SmallText | None
		planned_on: DF.Datetime | None
		post_url: DF.Data | None
		posted_by: DF.Link | None
		posted_on: DF.Datetime | None
		status: DF.Literal["Draft", "Planned", "Posted", "Dropped"]
		tagged_url: DF.SmallText | None
		text: DF.SmallText
		text_length: DF.Data | None
		title: DF.Data
		url: DF.Data | None
		utm_campaign: DF.Data | None
	# end: auto-generated types

	def validate(self) -> None:
		if not self.url and self.asset:
			address = frappe.db.get_value("Nurture Asset", self.asset, "url") or ""
			self.url = get_url(address) if address.startswith("/") else address
		with errors_as_messages(_("Post")):
			self.tagged_url = tagged_link(self.url or "", self.network, self.utm_campaign or "")
			tagged_link(self.post_url or "", self.network)
		if self.status == "Planned" and not self.planned_on:
			frappe.throw(_("Say when it is to be posted."), frappe.MandatoryError)
		self._measure()
		self._note_posting()

	def onload(self) -> None:
		if self.handed_row:
			self.set_onload("handed", what_came_of_it([self.handed_row]).get(self.handed_row))

	def on_update(self) -> None:
		follow(self)
		if self.status in ("Posted", "Dropped"):
			close_tasks(self.name)

	def on_trash(self) -> None:
		close_tasks(self.name)
		if self.status == "Planned" and self.handed_row:
			hand_over(self, DROPPED)

	def _measure(self) -> None:
		"""How long it is, and a word when the network would not take it."""
		limit = LONGEST_TEXT.get(self.network)
		length = len(self.text or "")
		self.text_length = _("{0} of {1} characters").format(length, limit) if limit else str(length)
		too_long = too_long_by(self.network, self.text or "", self.tagged_url or "")
		if too_long and self.status in ("Draft", "Planned"):
			frappe.msgprint(
				_("With its link the text has {0} characters too many for {1}.").format(
					too_long, _(self.network)
				),
				alert=True,
				indicator="orange",
			)

	def _note_posting(self) -> None:
		if self.status == "Posted":
			self.posted_on = self.posted_on or now_datetime()
			self.posted_by = self.posted_by or frappe.session.user
		else:
			self.posted_on = self.posted_by = None
