"""A content as one lead would get it: on the screen, or as a test mail to the person who writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe import _

from nurture_app.engine.answers import answer_links
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.conditions import explain
from nurture_app.engine.config import Sender, Settings, load_sender, load_settings
from nurture_app.engine.content import render
from nurture_app.engine.library.blocks import DEFAULT, Block, choose
from nurture_app.engine.library.calculations import all_said
from nurture_app.engine.library.checks import advice
from nurture_app.engine.library.contents import compile_parts, load_library, read_draft
from nurture_app.engine.library.expand import PARTS, Expanded, named_in
from nurture_app.engine.library.locales import load_locales, locale_for, tone_advice
from nurture_app.engine.lines import render_line
from nurture_app.engine.mail import MimeTemplate, build_mime
from nurture_app.engine.people import load_leads
from nurture_app.engine.ports import Host, Message
from nurture_app.engine.senders import load_colleagues, owner_of
from nurture_app.engine.timing import to_aware
from nurture_app.engine.words import words_for
from nurture_app.site.permissions import hidden_fields
from nurture_app.site.sentences import advice_sentence, error_sentence

MADE_UP = {
	"first_name": "Alex",
	"last_name": "Morgan",
	"lead_name": "Alex Morgan",
	"company_name": "Example Company",
	"email_id": "alex.morgan@example.com",
	"job_title": "Head of Operations",
	"industry": "Software",
	"city": "Springfield",
}
"""A lead for previews; every other field is empty, so that defaults show."""

HIDDEN = "•••"
"""What stands for a field that the user may not read."""

MISSING_ADDRESS = "123 Example Street"


@dataclass(frozen=True, slots=True)
class Preview:
	"""A rendered mail, or why it cannot be rendered."""

	subject: str = ""
	preheader: str = ""
	html: str = ""
	text: str = ""
	error: str = ""
	note: str = ""
	blocks: tuple[dict[str, str], ...] = ()
	"""What stands in each dynamic block, and why: block, variant, why."""
	words: int = 0
	warnings: tuple[str, ...] = ()
	"""What is probably not what was meant."""

	def as_dict(self) -> dict[str, Any]:
		return {name: getattr(self, name) for name in self.__dataclass_fields__}


def preview(host: Host, content: Mapping[str, Any], lead: str = "") -> Preview:
	"""`content` has the texts of a Nurture Content, saved or not."""
	token = host.links.new_token()
	try:
		draft = read_draft(host, content)
	except NurtureError as error:
		return Preview(error=error_sentence(error))
	locale = locale_for(load_locales(host), draft.language) if draft.language else None
	found = [*advice(draft), *tone_advice(draft, locale)]
	warnings = tuple(advice_sentence(one.code, one.params) for one in found)
	try:
		shown = _rendered(host, content, lead, token)
	except NurtureError as error:
		shown = Preview(error=error_sentence(error))
	return replace(shown, words=draft.word_count, warnings=warnings)


def send_test(host: Host, content: Mapping[str, Any], lead: str, recipient: str) -> str:
	"""Queue the mail for `recipient` with [Test] before its subject; returns the queue row.

	Nothing is noted on the lead, and its unsubscribe link leads to the page but unsubscribes nobody.
	Raises `NurtureError` when it cannot be rendered or there is no sender.
	"""
	settings = load_settings(host.db)
	sender = load_sender(host.db, settings)
	if not sender.address:
		frappe.throw(_("No outgoing e-mail account is set up. Choose one in Nurture Settings."))
	token = host.links.new_token()
	shown = _rendered(host, content, lead, token)
	message = Message(
		touch="",
		channel="Email",
		party=lead,
		address=recipient,
		subject=f"[{_('Test')}] {shown.subject}",
		html=shown.html,
		text=shown.text,
		sender_name=sender.name,
		sender_address=sender.address,
		reply_to=sender.address,
		message_id=host.links.message_id(token),
		unsubscribe_url=host.links.unsubscribe(token),
	)
	mime = build_mime(message, MimeTemplate(date=to_aware(host.clock.now(), host.clock.zone)))
	queued = frappe.get_doc(
		{
			"doctype": "Email Queue",
			"sender": sender.address,
			"recipients": [{"recipient": recipient, "status": "Not Sent"}],
			"message": mime,
			"message_id": message.message_id,
			"status": "Not Sent",
			"priority": 1,
			"add_unsubscribe_link": 0,
			"attachments": "[]",
			"email_account": sender.account,
		}
	).insert(ignore_permissions=True)
	return queued.name


def _owner(host: Host, lead: str) -> dict[str, str]:
	owner = frappe.db.get_value("Lead", lead, "lead_owner") or ""
	return owner_of({"lead_owner": owner}, load_colleagues(host, [owner] if owner else []))


def _rendered(host: Host, content: Mapping[str, Any], lead: str, token: str) -> Preview:
	parts = {part: content.get(part) or "" for part in PARTS}
	library = load_library(host, named_in(parts.values()))
	expanded, compiled, problem = compile_parts(parts, content.get("language") or "", library, host.catalog)
	if problem or compiled is None:
		raise problem
	picks = _picks(host, expanded, lead)
	settings = load_settings(host.db)
	sender = load_sender(host.db, settings)
	calculations = expanded.calculations
	fields = compiled.lead_fields.union(*(one.lead_fields for one in calculations.values()))
	known = lead_values(host, lead, fields)
	house = house_values(settings, sender)
	words = words_for(
		house["company"]["name"], content.get("language") or "", language_of(lead), host.translate
	)
	values = {
		**house,
		"lead": known,
		"owner": _owner(host, lead),
		"links": {
			"unsubscribe": host.links.unsubscribe(token),
			"preferences": host.links.preferences(token),
			"booking": settings.booking_url,
			**answer_links(compiled.placeholders, host.links, token),
		},
		"block": picks,
		"calc": all_said(calculations, known, words["locale"]),
		"words": words,
		"files": {short_name: host.links.asset(token, short_name) for short_name in expanded.files},
	}
	shown = render(compiled, values)
	preheader = content.get("preheader") or ""
	return Preview(
		subject=shown.subject,
		preheader=render_line(expanded.parts["preheader"], values) if preheader.strip() else "",
		html=shown.html,
		text=shown.text,
		note=""
		if settings.postal_address
		else _("The postal address is made up: Nurture Settings has none yet."),
		blocks=tuple(_shown(block, picks[short_name], lead) for short_name, block in expanded.blocks.items()),
	)


def house_values(settings: Settings, sender: Sender) -> dict[str, dict[str, str]]:
	"""What stands in texts for the sender and the company; what nobody has entered yet is made up."""
	return {
		"sender": {"name": sender.name or _("Your Name"), "email": sender.address},
		"company": {
			"name": settings.company_name or sender.name or _("Your Company"),
			"postal_address": settings.postal_address or MISSING_ADDRESS,
		},
	}


def language_of(lead: str) -> str:
	"""Empty where it is not known, and for the made-up lead."""
	return (frappe.db.get_value("Lead", lead, "language") if lead else "") or ""


def _picks(host: Host, expanded: Expanded, lead: str) -> dict[str, int]:
	"""By block, the number of the variant `lead` would get today; the made-up lead gets the defaults."""
	picks = choose(host, expanded.blocks, {}, [lead]) if lead else {}
	return picks.get(lead) or dict.fromkeys(expanded.blocks, DEFAULT)


def _shown(block: Block, number: int, lead: str) -> dict[str, str]:
	if number != DEFAULT:
		why = explain(block.variants[number].condition, _)
	elif lead:
		why = _("No variant is for this lead.")
	else:
		why = _("A made-up lead gets the default. Choose a lead to see the others.")
	return {"block": block.name, "variant": block.label_of(number) or _("Default"), "why": why}


def lead_values(host: Host, lead: str, fields: frozenset[str]) -> dict[str, Any]:
	"""What stands in texts for `lead`, or for a made-up one; what the user may not read is hidden."""
	if lead:
		found = load_leads(host, [lead], fields & set(host.catalog)).get(lead) or {}
		return {**found, **dict.fromkeys(fields & hidden_fields(), HIDDEN)}
	return {field: MADE_UP.get(field) for field in fields}
