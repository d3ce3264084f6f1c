"""A mail provider that tells this site what became of its mails. Off until an administrator switches it on."""

from __future__ import annotations

import secrets

import frappe
from frappe import _
from frappe.model.document import Document

from nurture_app.engine.bounces.providers import by_title
from nurture_app.nurture_app.as_stored import keep_as_stored
from nurture_app.site.links import PUBLIC_PATH, site_url

WRITTEN_BY_THE_APP = (
	"key",
	"event_count",
	"last_event_on",
	"refusal_count",
	"last_refusal",
	"last_refusal_on",
)


class NurtureMailProvider(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		enabled: DF.Check
		event_count: DF.Int
		key: DF.Data | None
		last_event_on: DF.Datetime | None
		last_refusal: DF.SmallText | None
		last_refusal_on: DF.Datetime | None
		provider: DF.Literal["Amazon SES", "SendGrid", "Postmark", "Mailgun", "Brevo"]
		refusal_count: DF.Int
		secret: DF.Password | None
		title: DF.Data
		topic: DF.Data | None
	# end: auto-generated types

	def before_insert(self) -> None:
		self.key = secrets.token_urlsafe(24)

	def validate(self) -> None:
		if not self.is_new():
			keep_as_stored(self, WRITTEN_BY_THE_APP)
		provider = by_title(self.provider)
		if self.enabled and provider.needs_secret and not self.get_password("secret", raise_exception=False):
			frappe.throw(
				_(
					"{0} signs what it sends. Enter its key under Secret before you switch this on: {1}"
				).format(self.provider, _(provider.secret_is))
			)

	def onload(self) -> None:
		"""What the form shows of the set-up, for those who may change it."""
		provider = by_title(self.provider)
		self.set_onload("url", self.url() if self.has_permission("write") else "")
		self.set_onload("steps", [_(step) for step in provider.steps])
		self.set_onload("secret_is", _(provider.secret_is))

	def url(self) -> str:
		"""The address to give to the provider. Whoever knows it may knock."""
		return "/".join((site_url(), PUBLIC_PATH, "hook", by_title(self.provider).slug, self.key))
