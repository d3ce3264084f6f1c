"""What text messages say: the SMS text, or a WhatsApp template with its parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.library.sensitive import marked_fields
from nurture_app.engine.lines import check_line, line_fields, render_line
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, chunks, doctype, params

COLUMNS = ("name", "channel", "sms_text", "whatsapp_template", "whatsapp_language", "whatsapp_parameters")
LONGEST_SMS = 1530
"""Ten joined messages, the most that gateways take."""
LONGEST_PARAMETER = 1024
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")


@dataclass(frozen=True, slots=True)
class MessageText:
	"""A content for a telephone; its texts are templates."""

	name: str
	channel: str
	sms_text: str = ""
	whatsapp_template: str = ""
	whatsapp_language: str = ""
	whatsapp_parameters: str = ""

	@property
	def parameters(self) -> list[str]:
		return [line for line in self.whatsapp_parameters.splitlines() if line.strip()]

	@property
	def templates(self) -> list[str]:
		return [self.sms_text] if self.channel == "SMS" else self.parameters

	@property
	def lead_fields(self) -> set[str]:
		return set().union(*map(line_fields, self.templates)) if self.templates else set()


def load_texts(host: Host, names: Collection[str]) -> dict[str, MessageText]:
	"""Contents by name, their versions in other languages included. Primary key, index (version_of)."""
	table = doctype("Nurture Content", "c")
	found = {}
	for some in chunks(sorted(set(names))):
		query = Query.from_(table).select(*(getattr(table, column) for column in COLUMNS))
		query = query.where(table.name.isin(params(some)) | table.version_of.isin(params(some)))
		for row in host.db.rows(query):
			found[row[0]] = MessageText(*(value or "" for value in row))
	return found


def check_text(host: Host, text: MessageText) -> None:
	"""Refuse what could not be sent. Raises `sms_empty`, `sms_too_long`, `whatsapp_template_bad`, `whatsapp_language_missing`,
	`template_sensitive_field` and what `lines.check_line` raises."""
	if text.channel == "SMS":
		if not text.sms_text.strip():
			raise NurtureError("sms_empty")
		if len(text.sms_text) > LONGEST_SMS:
			raise NurtureError("sms_too_long", length=len(text.sms_text), limit=LONGEST_SMS)
	else:
		if not TEMPLATE_NAME.fullmatch(text.whatsapp_template):
			raise NurtureError("whatsapp_template_bad", template=text.whatsapp_template)
		if not text.whatsapp_language:
			raise NurtureError("whatsapp_language_missing")
	for line in text.templates:
		check_line(line, host.catalog)
	sensitive = sorted(text.lead_fields & set(marked_fields(load_settings(host.db).sensitive_fields)))
	if sensitive:
		raise NurtureError("template_sensitive_field", part="text", name=f"lead.{sensitive[0]}")


def payload_of(text: MessageText, values: Mapping[str, Mapping[str, Any]], hint: str = "") -> dict[str, Any]:
	"""What is sent to one person. Raises `sms_too_long` and as `lines.render_line`; `hint` stands at the end of an SMS."""
	if text.channel == "SMS":
		said = render_line(text.sms_text, values).strip()
		said = f"{said} {hint}".strip() if hint and hint.lower() not in said.lower() else said
		if len(said) > LONGEST_SMS:
			raise NurtureError("sms_too_long", length=len(said), limit=LONGEST_SMS)
		return {"text": said}
	# Meta refuses line breaks, tabs and long rows of blanks in a parameter.
	said = [" ".join(render_line(line, values).split())[:LONGEST_PARAMETER] for line in text.parameters]
	return {
		"template": text.whatsapp_template,
		"language": text.whatsapp_language,
		"parameters": said,
		"text": f"[{text.whatsapp_template}] {' · '.join(said)}".strip(),
	}
