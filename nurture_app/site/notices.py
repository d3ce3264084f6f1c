"""A word to those who look after nurturing, in the Desk's notifications."""

from __future__ import annotations

import frappe
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils.user import get_users_with_role

TOLD = ("Nurture Manager", "System Manager")
"""The first of these roles that anybody has is told."""


def tell_managers(doctype: str, name: str, subject: str, text: str, also: str = "") -> None:
	"""`subject` may hold HTML of our own; `text` is plain. The user `also` is told too."""
	users = next((users for role in TOLD if (users := get_users_with_role(role))), ["Administrator"])
	users = [*users, *([also] if also and also not in users else ())]
	# Frappe looks for users by their address.
	addresses = frappe.get_all("User", {"name": ["in", users]}, pluck="email", order_by=None)
	notice = {
		"type": "Alert",
		"document_type": doctype,
		"document_name": name,
		"subject": subject,
		"email_content": text,
		"from_user": "Administrator",
	}
	enqueue_create_notification(addresses, notice)
