"""The site's wall clock, in the time zone of System Settings."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from frappe.utils import get_system_timezone, now_datetime


class SiteClock:
	"""`engine.ports.Clock`. Frappe takes Asia/Kolkata where System Settings name no zone, and so must we."""

	@property
	def zone(self) -> ZoneInfo:
		return ZoneInfo(get_system_timezone())

	def now(self) -> datetime:
		"""In the hour that occurs twice it says which of the two it is (`fold`)."""
		return now_datetime().replace(fold=datetime.now(self.zone).fold)
