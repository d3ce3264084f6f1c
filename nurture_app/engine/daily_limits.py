"""How much a channel may still send today; what is too much waits for tomorrow (CH-20).

Workers that tick at the same moment do not see each other's mails: together they may exceed the limit by what they have
in hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER
from nurture_app.engine.config import Settings
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

MAILS = "mails left today"
"""The name under which a batch keeps those of mails."""


def midnight(now: datetime) -> datetime:
	"""When the day of `now` began, in its zone."""
	return datetime.combine(now.date(), time())


def tomorrow(now: datetime) -> datetime:
	return midnight(now) + timedelta(days=1)


@dataclass(slots=True)
class CountedDown:
	"""Counts down while a batch is decided."""

	count: int

	def take(self) -> bool:
		"""One more, if there is room for it."""
		if self.count <= 0:
			return False
		self.count -= 1
		return True


def load_mails_left(host: Host, settings: Settings, now: datetime) -> CountedDown | None:
	"""None without a limit. One query. Index (status, queued_on)."""
	if not settings.email_daily_limit:
		return None
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(fn.Count(touch.name))
	query = query.where(touch.status.isin(params([str(one) for one in HANDED_OVER])))
	query = query.where((touch.queued_on >= P(midnight(now))) & (touch.channel == P("Email")))
	((count,),) = host.db.rows(query)
	return CountedDown(settings.email_daily_limit - int(count))


def limits_of_calls(settings: Settings) -> dict[str, int]:
	"""By channel of what leaves by HTTP; channels without a limit are not in it."""
	limits = {
		"SMS": settings.sms_daily_limit,
		"WhatsApp": settings.whatsapp_daily_limit,
		"Webhook": settings.webhook_daily_limit,
	}
	return {channel: limit for channel, limit in limits.items() if limit}
