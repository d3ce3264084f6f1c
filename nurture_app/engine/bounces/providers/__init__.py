"""Mail providers that tell over HTTP what became of our mails: one class each, in one registry."""

from __future__ import annotations

from nurture_app.engine.bounces.providers.base import Provider
from nurture_app.engine.bounces.providers.brevo import Brevo
from nurture_app.engine.bounces.providers.mailgun import Mailgun
from nurture_app.engine.bounces.providers.postmark import Postmark
from nurture_app.engine.bounces.providers.sendgrid import SendGrid
from nurture_app.engine.bounces.providers.ses import AmazonSES

PROVIDERS: tuple[Provider, ...] = (AmazonSES(), SendGrid(), Postmark(), Mailgun(), Brevo())


def by_slug(slug: str) -> Provider | None:
	"""By the part of the address that names it."""
	return next((one for one in PROVIDERS if one.slug == slug), None)


def by_title(title: str) -> Provider:
	"""By the name people know."""
	return next(one for one in PROVIDERS if one.title == title)
