"""The last look at a mail before it leaves: it may have been taken back or stand still, or another process sends it.

Frappe's flush reads a row of the Email Queue, marks it `Sending` without looking again, and sends what it has read. Who
opts out in between would get the mail all the same; and two flushes at once, which a worker that was killed may leave
behind, would both send it. Frappe tells of `Sending` by a change of the Communication, after committing it and before it
opens a connection: there we look again, and one of two goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime
from pypika import Table

from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.live import topics_of
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.sql import P, Query
from nurture_app.site import home
from nurture_app.site.channels import standstill
from nurture_app.site.channels.email import CANCELLED, NEVER, STUCK_AFTER
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.host import site_host


class StaysHere(frappe.ValidationError):
	"""The mail does not leave now. Frappe's flush notes it in the Error Log and goes on to the next one."""


def look_again(communication: Any) -> None:
	"""Raise `StaysHere` if the mail of this Communication is about to be sent and must not be. Index (communication)."""
	filters = {"communication": communication.name}
	columns = ["name", "status", "error", "send_after"]
	for row in frappe.get_all("Email Queue", filters, columns, order_by=None):
		if row.status == "Sending":
			_stop_if_taken_back(row, communication)
			_stop_if_unwanted_now(row, communication)
			_stop_on_a_copy(row, communication)
			_stop_at_a_standstill(row, communication)
			_stop_if_in_other_hands(row)
		elif row.status in ("Not Sent", "Error"):
			_write("Nurture Touch", {"email_queue": row.name}, sending_since=None)  # it may be tried again


def _stop_if_taken_back(row: Any, communication: Any) -> None:
	if row.error == CANCELLED or row.send_after == NEVER:
		_stop_for_good(row, communication)


def _stop_if_unwanted_now(row: Any, communication: Any) -> None:
	"""What had failed is taken back by nobody, and may be sent anew by hand long after. Index (email_queue) of the touches."""
	gone = {
		"email_queue": row.name,
		"status": ["not in", [str(TouchStatus.QUEUED), str(TouchStatus.SENDING)]],
	}
	touch = frappe.db.get_value("Nurture Touch", gone, ["party", "address", "sequence"], as_dict=True)
	if not touch:
		return
	host = site_host(commit=False)
	lead = load_leads(host, [touch.party]).get(touch.party)
	if lead:
		recipient = replace(recipient_of(lead), email=touch.address or "")
		facts = load_facts(host, [recipient], load_settings(host.db))
		topic = topics_of(host, {touch.sequence}).get(touch.sequence, "")
		if isinstance(may_ever_send(recipient, facts, topic), Allow):
			return
	_stop_for_good(row, communication)


def _stop_for_good(row: Any, communication: Any) -> None:
	_write("Email Queue", row.name, status="Error", error=CANCELLED)
	_write("Communication", communication.name, delivery_status="Error")
	raise StaysHere(_("The recipient opted out, or the sequence ended, before this mail was sent."))


def _stop_on_a_copy(row: Any, communication: Any) -> None:
	if home.holds_back(row.name):
		_put_off(row, communication, home.NOT_YET)
		raise StaysHere(_("Nurture Settings say why nothing leaves this site by itself."))


def _stop_at_a_standstill(row: Any, communication: Any) -> None:
	if standstill.holds(site_host(commit=False), row.name):
		_put_off(row, communication, standstill.WAITS)
		raise StaysHere(
			_("All sending, or the sequence of this mail, stands still. It leaves when that goes on.")
		)


def _put_off(row: Any, communication: Any, until: datetime) -> None:
	"""Back into the queue, unless somebody has taken the mail back since `row` was read.

	A flush that has met too many such mails breaks off, as does the request of somebody who sends one by hand. What was
	written last is undone then, and written once more: a mail left as `Sending` would never leave.
	"""
	frappe.db.after_rollback.add(partial(_to_queue_for_sure, row.name, until))
	if not _to_queue(row.name, until):
		_stop_for_good(row, communication)


def _to_queue_for_sure(name: str, until: datetime) -> None:
	_to_queue(name, until)
	frappe.db.commit()  # nosemgrep: right after a rollback, so of this alone


def _to_queue(name: str, until: datetime) -> bool:
	"""Primary key."""
	queue = Table("tabEmail Queue")
	wanted = queue.send_after.isnull() | (queue.send_after != P(NEVER))
	back = Query.update(queue).set(queue.status, P("Not Sent")).set(queue.send_after, P(until))
	back = back.where((queue.name == P(name)) & (queue.status == P("Sending")) & wanted)
	return bool(FrappeDatabase(commit=False).execute(back))


def _stop_if_in_other_hands(row: Any) -> None:
	"""Of those who find the column empty, one writes it. Index (email_queue) of the touches."""
	now, touch = now_datetime(), Table("tabNurture Touch")
	free = touch.sending_since.isnull() | (touch.sending_since < P(now - STUCK_AFTER))
	claim = Query.update(touch).set(touch.sending_since, P(now)).where(touch.email_queue == P(row.name))
	if FrappeDatabase(commit=False).execute(claim.where(free)):
		return
	if not frappe.db.exists("Nurture Touch", {"email_queue": row.name}):
		return  # not a mail of ours
	if not frappe.db.exists("Email Queue Recipient", {"parent": row.name, "status": ["!=", "Sent"]}):
		_write("Email Queue", row.name, status="Sent")
	raise StaysHere(_("Another process is sending this mail, or has sent it."))


def _write(doctype_name: str, where: Any, **values: Any) -> None:
	frappe.db.set_value(doctype_name, where, values, update_modified=False)
