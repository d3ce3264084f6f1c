"""Tasks of a sequence that ended because there is nothing left to win by them: nobody should have to find that out.

A lead that bought, opted out or was taken out of a sequence is not called for its sake any more. A reply or a bounced mail
ends a sequence too; then the call is the next thing to do, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape

import frappe
from frappe import _
from frappe.utils import escape_html, strip_html

from nurture_app.engine.codes import EnrollmentStatus, Reason, TouchStatus
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params
from nurture_app.site.sentences import reason_sentence
from nurture_app.site.transactions import RETRYABLE, retrying

NEEDLESS_AFTER = (
	Reason.UNSUBSCRIBED,
	Reason.DO_NOT_CONTACT,
	Reason.COMPLAINT,
	Reason.GOAL_REACHED,
	Reason.CONVERTED,
	Reason.STOPPED,
	Reason.LEFT_SEGMENT,
	Reason.EXIT_ACTIVITY,
	Reason.ARCHIVED,
)
AT_ONCE = 500


def take_back(host: Host) -> int:
	"""Cancel open tasks of such enrollments, and say why; returns how many there were. Commits each.

	One that fails is logged and left as it is; the others follow.
	"""
	done, after = 0, ""
	while found := _given(host, after):
		for row in found:
			done += _cancelled(host, *row)
		after = found[-1][0]
	return done


def _given(host: Host, after: str) -> Sequence[tuple[str, str, str, str, str]]:
	"""(touch, its task, lead, sequence, reason) by touch. Index (status, queued_on, ...), primary key of enrollments."""
	touch, enrollment = doctype("Nurture Touch", "t"), doctype("Nurture Enrollment", "e")
	query = Query.from_(touch).join(enrollment).on(enrollment.name == touch.enrollment)
	query = query.select(touch.name, touch.email_queue, touch.party, enrollment.sequence, enrollment.reason)
	query = query.where((touch.status == P(str(TouchStatus.GIVEN))) & (touch.name > P(after)))
	ended = params([str(EnrollmentStatus.EXITED), str(EnrollmentStatus.COMPLETED)])
	query = query.where(enrollment.status.isin(ended) & enrollment.reason.isin(params(NEEDLESS_AFTER)))
	return host.db.rows(query.orderby(touch.name).limit(AT_ONCE))


def _cancelled(host: Host, touch: str, task: str, lead: str, sequence: str, reason: str) -> bool:
	def cancel() -> bool:
		with host.db.transaction():
			lock_leads(host, [lead])
			return _cancel(host, touch, task, _sentence(sequence, reason))

	try:
		return retrying(cancel)
	except RETRYABLE:
		return False  # the next run does it
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title="nurture_app: a needless task stays open")
		frappe.db.commit()  # nosemgrep: the log alone is in it
		return False


def _cancel(host: Host, touch: str, task: str, why: str) -> bool:
	"""By the document, so that the lead and whoever had the task hear of it. Of one that is gone the ledger is set right."""
	todo = frappe.get_doc("ToDo", task) if task and frappe.db.exists("ToDo", task) else None
	if todo is None or todo.status != "Open":
		values = [(touch, TouchStatus.SKIPPED, Reason.CANCELLED)]
		host.db.update("tabNurture Touch", ("name", "status", "reason"), values)
		return False
	if why in unescape(strip_html(todo.description or "")):
		return False  # somebody has taken it up again
	todo.status = "Cancelled"
	todo.description = f"{todo.description or ''}<br><br>{escape_html(why)}"
	todo.save(ignore_permissions=True)
	return True


def _sentence(sequence: str, reason: str) -> str:
	return _("No longer needed: the sequence {0} ended. {1}").format(sequence, reason_sentence(reason))
