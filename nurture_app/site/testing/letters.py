"""Mails that wait in the Email Queue, as their recipient would read them."""

from __future__ import annotations

import re
from email import message_from_string, policy
from email.message import EmailMessage

import frappe


def letters_to(address: str) -> list[EmailMessage]:
	"""Queued mails to one address, the oldest first."""
	queue, to = frappe.qb.DocType("Email Queue"), frappe.qb.DocType("Email Queue Recipient")
	rows = (
		frappe.qb.from_(queue)
		.join(to)
		.on(to.parent == queue.name)
		.select(queue.message)
		.where(to.recipient == address)
		.orderby(queue.creation)
		.orderby(queue.name)
	).run()
	return [message_from_string(message, policy=policy.default) for (message,) in rows]


def body(letter: EmailMessage, kind: str) -> str:
	"""The `plain` or `html` part."""
	return letter.get_body((kind,)).get_content()


def link_in(letter: EmailMessage, purpose: str) -> str:
	"""The path of the first link for `purpose` in the plain text."""
	return re.search(rf"(/n/{purpose}/[\w-]+)", body(letter, "plain"))[1]
