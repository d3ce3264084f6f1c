"""Words to colleagues: notifications in the Desk, and mails as Frappe sends them."""

from __future__ import annotations

from collections.abc import Sequence

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Delivery, Notice
from nurture_app.site.channels.colleagues import (
	enabled_users,
	lines_as_html,
	notify,
	one_by_one,
	users_with_role,
)


class NotificationChannel:
	"""`engine.ports.Channel` for notices."""

	def deliver(self, notices: Sequence[Notice]) -> list[Delivery]:
		if not notices:
			return []
		enabled = enabled_users({notice.user for notice in notices})
		by_role = {role: users_with_role(role) for role in {notice.role for notice in notices} - {""}}

		def deliver(notice: Notice) -> Delivery:
			users = (
				by_role[notice.role] if notice.role else [user for user in (notice.user,) if user in enabled]
			)
			if not users:
				return Delivery(notice.touch, TouchStatus.SKIPPED, reason=Reason.NOBODY_TO_TELL)
			subject = lines_as_html(notice.text)
			names = [notify(user, subject, "Lead", notice.party, by_email=notice.by_email) for user in users]
			return Delivery(notice.touch, TouchStatus.DONE, queue_row=names[0])

		return one_by_one(notices, deliver, "a notification could not be made")

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""It is there at once; nothing waits."""
		return []
