"""Mails about a person's own choice: complete, friendly, in their language, with one button. Never marketing.

They go through `frappe.sendmail` like any other business mail and carry no unsubscribe link, no picture and no tracked
link; they are sent only because the person asked for one just now.
"""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import add_to_date, now_datetime
from markupsafe import Markup

from nurture_app.engine.config import load_sender, load_settings
from nurture_app.site.host import site_host
from nurture_app.site.public.page import RIGHT_TO_LEFT

A_DAY = 3
"""Letters of a kind to one address within a day, so that nobody can fill a stranger's mailbox through our forms."""

TEMPLATE = "nurture_letter"


@dataclass(frozen=True, slots=True)
class Letter:
	"""Plain texts, translated."""

	subject: str
	paragraphs: tuple[str, ...]
	button: str
	link: str
	small: tuple[str, ...] = ()
	quote: str = ""
	"""The words the person agrees to."""


def may_write(purpose: str, address: str) -> bool:
	"""Whether one more letter with a link for `purpose` may go to an address now. Index (address)."""
	since = add_to_date(now_datetime(), days=-1)
	sent = frappe.db.count(
		"Nurture Public Link", {"address": address, "purpose": purpose, "creation": [">", since]}
	)
	return sent < A_DAY


def send(letter: Letter, address: str, lead: str = "") -> bool:
	"""Queue the letter within the caller's transaction; False when the site cannot send mail, which is logged."""
	host = site_host(commit=False)
	sender = load_sender(host.db, load_settings(host.db))
	if not sender.address:
		frappe.log_error(title="nurture_app: no outgoing e-mail account for confirmations")
		return False
	# Frappe leaves out whoever is on its own unsubscribe list for the document a mail is about
	if lead and frappe.db.exists("Email Unsubscribe", {"email": address, "reference_doctype": "Lead"}):
		lead = ""
	name = " ".join(sender.name.replace('"', " ").split())
	frappe.sendmail(
		recipients=[address],
		sender=f'"{name}" <{sender.address}>' if name else sender.address,
		subject=" ".join(letter.subject.split()),
		template=TEMPLATE,
		args={"html": _html(letter), "text": _text(letter)},
		reference_doctype="Lead" if lead else None,
		reference_name=lead or None,
		add_unsubscribe_link=0,
		send_priority=2,
	)
	return True


def company_name() -> str:
	"""How the sender calls itself."""
	host = site_host(commit=False)
	settings = load_settings(host.db)
	return settings.company_name or load_sender(host.db, settings).name


def _html(letter: Letter) -> Markup:
	direction = "rtl" if (frappe.local.lang or "en")[:2] in RIGHT_TO_LEFT else "ltr"
	parts = [Markup("<p>{}</p>").format(text) for text in letter.paragraphs]
	if letter.quote:
		parts.append(
			Markup(
				'<p style="margin:16px 0;padding:8px 16px;border-inline-start:3px solid #c9ced6;">{}</p>'
			).format(letter.quote)
		)
	parts.append(
		Markup(
			'<p style="margin:24px 0;"><a href="{0}" style="display:inline-block;padding:12px 24px;border-radius:8px;'
			'background-color:#1f2937;color:#ffffff;font-weight:600;text-decoration:none;">{1}</a></p>'
			'<p style="font-size:13px;color:#6b7280;word-break:break-all;">{0}</p>'
		).format(letter.link, letter.button)
	)
	parts += [Markup('<p style="font-size:13px;color:#6b7280;">{}</p>').format(text) for text in letter.small]
	return Markup('<div dir="{}" lang="{}" style="font-size:15px;line-height:1.6;">{}</div>').format(
		direction, frappe.local.lang or "en", Markup("").join(parts)
	)


def _text(letter: Letter) -> str:
	quote = f"\u201c{letter.quote}\u201d" if letter.quote else ""
	blocks = [*letter.paragraphs, quote, f"{letter.button}:\n{letter.link}", *letter.small]
	return "\n\n".join(filter(None, blocks)) + "\n"
