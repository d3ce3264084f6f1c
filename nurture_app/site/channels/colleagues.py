"""Users as receivers of what sequences tell, hand over or ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.utils import escape_html

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Delivery
from nurture_app.site.transactions import RETRYABLE, savepoint

MANAGER = "Nurture Manager"


def enabled_users(users: Collection[str]) -> set[str]:
	"""Those of `users` who can log in."""
	wanted = sorted(set(users) - {""})
	if not wanted:
		return set()
	return set(frappe.get_all("User", {"name": ["in", wanted], "enabled": 1}, pluck="name", order_by=None))


def for_whom(*users: str | None) -> dict[str, str | None]:
	"""The fields of a ToDo that say whose it is: the first of `users` who can log in, or else a manager of nurturing.

	Users leave, and what they looked after stays. Of a ToDo for a role alone Frappe tells nobody.
	"""
	enabled = enabled_users({user for user in users if user})
	taker = next((user for user in users if user in enabled), None)
	taker = taker or next(iter(users_with_role(MANAGER)), None)
	return {"allocated_to": taker, "role": None if taker else MANAGER}


def responsible_for(sequence: str) -> str | None:
	"""Who looks after a sequence: whoever is named there, else who made it, else a manager; None if there is nobody."""
	keepers = frappe.db.get_value("Nurture Sequence", sequence, ["responsible", "owner"]) or ()
	return for_whom(*keepers)["allocated_to"]


def users_with_role(role: str) -> list[str]:
	"""Enabled users of the Desk who were given `role`."""
	names = frappe.get_all("Has Role", {"role": role, "parenttype": "User"}, pluck="parent", order_by=None)
	filters = {"name": ["in", sorted(set(names)) or [""]], "enabled": 1, "user_type": "System User"}
	return frappe.get_all("User", filters, pluck="name", order_by="name asc")


def one_by_one(messages: Collection[Any], deliver: Callable[[Any], Delivery], what: str) -> list[Delivery]:
	"""One delivery each; what goes wrong with one is logged and keeps no other from going."""
	if messages:
		_wait_for_other_ticks()
	return [_one(message, deliver, what) for message in messages]


def _wait_for_other_ticks() -> None:
	"""One tick or lane at a time makes ToDos, until its transaction ends.

	Frappe reads the ToDos of a lead locking the gap around them: two that make many at once, each in the gaps of the
	other, end in a deadlock, and again at every further try.
	"""
	frappe.db.get_value("DocType", "ToDo", "name", for_update=True)


def _one(message: Any, deliver: Callable[[Any], Delivery], what: str) -> Delivery:
	try:
		with savepoint():
			return deliver(message)
	except RETRYABLE:
		raise
	except Exception:
		frappe.log_error(title=f"nurture_app: {what}", reference_doctype="Lead", reference_name=message.party)
		return Delivery(message.touch, TouchStatus.FAILED, reason=Reason.STEP_ERROR)


def assign(lead: str, user: str, told: str, values: dict[str, Any]) -> str:
	"""An open ToDo of `lead` with `values`, for `user` if there is one; returns its name.

	As after an assignment by hand, the colleague is told (`told` is plain), by mail too if they want that, and may read
	the lead. Frappe's own `assign_to` gives nobody a second task about the same lead.
	"""
	todo = frappe.get_doc(
		{
			"doctype": "ToDo",
			"allocated_to": user or None,
			"assigned_by": frappe.session.user,
			"reference_type": "Lead",
			"reference_name": lead,
			**values,
		}
	).insert(ignore_permissions=True)
	if user:
		let_read(lead, user)
		tell_of_assignment(todo.name, user, lead, told, todo.description)
	return todo.name


def tell_of_assignment(todo: str, user: str, lead: str, told: str, description: str) -> None:
	"""The notification that leads to a ToDo about `lead`. `description` is HTML, for the mail."""
	from frappe.desk.doctype.notification_settings.notification_settings import is_notifications_enabled

	if user == frappe.session.user or not is_notifications_enabled(user):
		return
	values = {
		"doctype": "Notification Log",
		"type": "Assignment",
		"for_user": user,
		"from_user": frappe.session.user,
		"subject": about_lead(lead, told),
		"email_content": description,
		"document_type": "ToDo",
		"document_name": todo,
	}
	frappe.get_doc(values).insert(ignore_permissions=True)


def let_read(lead: str, user: str) -> bool:
	"""Share the lead with a colleague who may not see it yet, unless the site shares nothing; whether they may now."""
	from frappe.share import add_docshare

	if frappe.has_permission("Lead", "read", doc=lead, user=user):
		return True
	if frappe.get_system_settings("disable_document_sharing"):
		return False
	add_docshare("Lead", lead, user, flags={"ignore_share_permission": True})
	return True


def about_lead(lead: str, text: str) -> str:
	"""Plain `text` as HTML, with the person in front: a colleague has many of the kind."""
	names = frappe.db.get_value("Lead", lead, ["lead_name", "company_name"]) or ()
	who = ", ".join(dict.fromkeys(name for name in names if name)) or lead
	return f"<strong>{lines_as_html(who)}</strong>: {lines_as_html(text)}"


def lines_as_html(text: str) -> str:
	"""Plain `text` as HTML, line by line."""
	return escape_html(text).replace("\n", "<br>")


def notify(user: str, subject: str, doctype: str, name: str, *, by_email: bool = False) -> str:
	"""A notification in the Desk about a document; returns its name. `subject` is HTML."""
	from frappe.desk.doctype.notification_log.notification_log import send_notification_email
	from frappe.desk.doctype.notification_settings.notification_settings import is_email_notifications_enabled

	log = frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Alert",  # the only kind of which Frappe does not send mails by itself
			"for_user": user,
			"from_user": frappe.session.user,
			"subject": subject,
			"document_type": doctype,
			"document_name": name,
		}
	).insert(ignore_permissions=True)
	if by_email and is_email_notifications_enabled(user):
		log.type = ""  # not stored: an Alert has no heading of its own for mails
		try:
			send_notification_email(log)
		except (
			frappe.OutgoingEmailError
		):  # no account to send from: the word in the Desk is there all the same
			log.log_error("nurture_app: a notification could not be mailed")
	return log.name


@contextmanager
def without_messages() -> Iterator[None]:
	"""What Frappe tells the user at the screen is not for whoever runs the tick."""
	muted, frappe.flags.mute_messages = frappe.flags.mute_messages, True
	try:
		yield
	finally:
		frappe.flags.mute_messages = muted
