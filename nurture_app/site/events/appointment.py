"""ERPNext's own booking of appointments (TR-23). It knows no missed one: a colleague or a booking tool reports those."""

from __future__ import annotations

from typing import Any

from frappe.utils import get_datetime, now_datetime

from nurture_app.site.events.recording import is_active, leads_of_party, record
from nurture_app.site.events.safely import safely


@safely
def on_update(doc: Any) -> None:
	"""Runs after an insert as well; an appointment has a lead once the person has confirmed the address."""
	before = doc.get_doc_before_save()
	changed = before is None or any(before.get(field) != doc.get(field) for field in ("party", "status"))
	if not changed or not doc.party or doc.status == "Unverified" or not is_active():
		return
	leads = leads_of_party(doc.appointment_with, doc.party)
	record(doc, "Appointment Booked", leads, channel="Sales")
	# closed before its time, it was called off
	if doc.status == "Closed" and get_datetime(doc.scheduled_time) <= now_datetime():
		record(doc, "Appointment Attended", leads, channel="Sales")
