"""What a colleague knows of and no system reports: a missed appointment, a talk at a fair (the quick log)."""

from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.config import activity_types
from nurture_app.engine.incoming.events import CLOCK_SKEW
from nurture_app.engine.people import lock_leads
from nurture_app.engine.told import record_told
from nurture_app.site.api.access import ENROLLERS, require_lead, require_role
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


@frappe.whitelist()
def kinds() -> list[dict[str, Any]]:
	"""The activities that may be logged by hand, with what their detail holds."""
	require_role(ENROLLERS)
	return frappe.get_all(
		"Nurture Activity Type",
		filters={"is_system": 0},
		fields=["name", "family", "detail_means", "description"],
		order_by="name asc",
	)


@frappe.whitelist(methods=["POST"])
def log(
	lead: str, activity_type: str, detail: str | None = None, occurred_on: str | datetime | None = None
) -> dict[str, int]:
	"""Record that the lead did something, now or earlier. It scores and starts sequences as if a system had told.

	An *Unsubscribe* stops all mail to the person.
	"""
	require_role(ENROLLERS)
	require_lead(lead)
	host = site_host(commit=False)
	kind = activity_types(host).get(activity_type)
	if kind is None or kind.is_system:
		frappe.throw(_("{0} cannot be logged by hand.").format(activity_type))
	now = now_datetime()
	moment = _moment(occurred_on) if occurred_on else now
	if moment is None or moment > now + CLOCK_SKEW:
		frappe.throw(_("Enter when it happened: now or earlier."))
	with errors_as_messages(), host.db.transaction():
		lock_leads(host, {lead})
		result = record_told(
			host,
			[
				ActivityIn(
					party=lead,
					activity_type=activity_type,
					occurred_on=min(moment, now),
					channel=kind.channel,
					detail=(detail or "").strip()[:255],
					source_doctype="User",
					source_name=frappe.session.user,
				)
			],
		)
	return {"enrolled": result.enrolled, "ended": result.ended}


def _moment(value: str | datetime) -> datetime | None:
	try:
		return get_datetime(value)
	except (ValueError, TypeError, OverflowError):
		return None
