"""What short messages say: the SMS text, a WhatsApp template with its parameters, or a word on the portal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nurture_app.engine.answers import SURVEY
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.library.assets import Asset, Assets
from nurture_app.engine.library.message_assets import load_named, put_in
from nurture_app.engine.library.sensitive import marked_fields, sensitive_fields
from nurture_app.engine.library.surveys import survey_problem
from nurture_app.engine.lines import LINKS, check_line, line_names, render_line
from nurture_app.engine.ports import Host
from nurture_app.engine.sms_text import MOST_MESSAGES, measure, with_samples
from nurture_app.engine.sql import Query, chunks, doctype, params

COLUMNS = ("name", "channel", "sms_text", "whatsapp_template", "whatsapp_language", "whatsapp_parameters")
COLUMNS += ("portal_text", "portal_url", "portal_label", "portal_days", "language")
LONGEST_PARAMETER = 1024
LONGEST_ON_PORTAL = 500
"""Characters that are read in passing."""
MOST_DAYS = 90
USUAL_DAYS = 14
_ASKS = re.compile(r"links\s*\.\s*survey")
PORTAL_LINK = re.compile(r"https://[^\s/\\]+\S*|/(?![/\\])\S*")
"""A page of the web or of this very site."""
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")


@dataclass(frozen=True, slots=True)
class MessageText:
	"""A content for a telephone or the portal; its texts are templates."""

	name: str
	channel: str
	sms_text: str = ""
	whatsapp_template: str = ""
	whatsapp_language: str = ""
	whatsapp_parameters: str = ""
	portal_text: str = ""
	portal_url: str = ""
	portal_label: str = ""
	portal_days: int | str = ""
	language: str = ""
	assets: tuple[Asset, ...] = ()
	"""Those in it; what it shows of them stands in the templates already."""
	problem: NurtureError | None = None
	"""What keeps it from being sent today."""
	survey_form: str = ""
	"""The form behind `{{ links.survey }}`, in messages to a telephone (CH-12)."""

	@property
	def parameters(self) -> list[str]:
		return [line for line in self.whatsapp_parameters.splitlines() if line.strip()]

	@property
	def templates(self) -> list[str]:
		"""All it has with placeholders in it: the text, or the parameters of a WhatsApp template."""
		whole = {"SMS": self.sms_text, "Portal": self.portal_text}
		return [whole[self.channel]] if self.channel in whole else self.parameters

	@property
	def fixed_links(self) -> tuple[str, ...]:
		"""Addresses in it that are the same for everybody."""
		found = (url.rstrip(".,;:!?)") for text in self.templates for url in _LINK.findall(text))
		return tuple(dict.fromkeys(url for url in found if "{" not in url))

	@property
	def placeholders(self) -> set[tuple[str, str]]:
		return set().union(*map(line_names, self.templates)) if self.templates else set()

	@property
	def lead_fields(self) -> set[str]:
		return {name for namespace, name in self.placeholders if namespace == "lead"}


def load_texts(host: Host, names: Collection[str]) -> dict[str, MessageText]:
	"""Contents by name, their versions in other languages included. Primary key, index (version_of)."""
	table = doctype("Nurture Content", "c")
	found = {}
	for some in chunks(sorted(set(names))):
		query = Query.from_(table).select(*(getattr(table, column) for column in COLUMNS), table.survey_form)
		query = query.where(table.name.isin(params(some)) | table.version_of.isin(params(some)))
		for row in host.db.rows(query):
			*values, form = (value or "" for value in row)
			found[row[0]] = MessageText(*values, survey_form=form)
	library = load_named(host, [line for text in found.values() for line in text.templates])
	found = {name: _with_assets(text, library) for name, text in found.items()} if library else found
	return {name: _with_survey(host, text) for name, text in found.items()}


def _with_survey(host: Host, text: MessageText) -> MessageText:
	"""With the problem, where it asks for answers that nobody could give. One query for a text that asks."""
	if text.problem or not any(map(_ASKS.search, text.templates)):
		return text
	return replace(text, problem=survey_problem(host, text.placeholders, text.survey_form, sending=True))


def _with_assets(text: MessageText, library: Assets, *, sending: bool = True) -> MessageText:
	"""With its assets put in, or empty and with the problem."""
	if "{{" not in "".join(text.templates):
		return text
	try:
		filled, assets = put_in(text.templates, library, text.language, sending=sending)
	except NurtureError as problem:
		if not sending:
			raise
		return replace(text, sms_text="", whatsapp_parameters="", portal_text="", problem=problem)
	fields = {"SMS": "sms_text", "Portal": "portal_text"}
	return replace(
		text, **{fields.get(text.channel, "whatsapp_parameters"): "\n".join(filled)}, assets=assets
	)


def check_text(host: Host, text: MessageText) -> MessageText:
	"""Refuse what could not be sent; returns it with its assets put in. Raises `sms_empty`, `sms_too_long`, `whatsapp_template_bad`, `whatsapp_language_missing`,
	the like for the portal, `template_sensitive_field`, `survey_without_form` and what `lines.check_line` raises."""
	if library := load_named(host, text.templates):
		text = _with_assets(text, library, sending=False)
	if text.channel == "SMS":
		if not text.sms_text.strip():
			raise NurtureError("sms_empty")
		_check_length(with_samples(text.sms_text))
	elif text.channel == "Portal":
		_check_portal(text)
	else:
		if not TEMPLATE_NAME.fullmatch(text.whatsapp_template):
			raise NurtureError("whatsapp_template_bad", template=text.whatsapp_template)
		if not text.whatsapp_language:
			raise NurtureError("whatsapp_language_missing")
	links = (*LINKS, SURVEY) if text.channel != "Portal" else LINKS
	for line in text.templates:
		check_line(line, host.catalog, links)
	if problem := survey_problem(host, text.placeholders, text.survey_form, sending=False):
		raise problem
	marked = marked_fields(load_settings(host.db).sensitive_fields)
	sensitive = sensitive_fields(text.lead_fields, marked)
	if sensitive:
		raise NurtureError("template_sensitive_field", part="text", name=f"lead.{sensitive[0]}")
	return text


def _check_portal(text: MessageText) -> None:
	if not text.portal_text.strip():
		raise NurtureError("portal_text_empty")
	if len(text.portal_text) > LONGEST_ON_PORTAL:
		raise NurtureError("portal_text_too_long", length=len(text.portal_text), limit=LONGEST_ON_PORTAL)
	if text.portal_url and not PORTAL_LINK.fullmatch(text.portal_url):
		raise NurtureError("portal_link_invalid", url=text.portal_url[:140])
	if not 1 <= int(text.portal_days or USUAL_DAYS) <= MOST_DAYS:
		raise NurtureError("portal_days_wrong", limit=MOST_DAYS)


def _check_length(said: str) -> None:
	found = measure(said)
	if found.messages > MOST_MESSAGES:
		raise NurtureError(
			"sms_too_long", messages=found.messages, limit=MOST_MESSAGES, alphabet=found.alphabet
		)


def payload_of(text: MessageText, values: Mapping[str, Mapping[str, Any]], hint: str = "") -> dict[str, Any]:
	"""What is sent to one person. Raises `sms_too_long` and as `lines.render_line`; `hint` stands at the end of an SMS."""
	if text.problem:
		raise text.problem
	if text.channel == "SMS":
		said = render_line(text.sms_text, values).strip()
		said = f"{said} {hint}".strip() if hint and hint.lower() not in said.lower() else said
		_check_length(said)
		return {"text": said}
	if text.channel == "Portal":
		said = render_line(text.portal_text, values).strip()[:LONGEST_ON_PORTAL]
		days = int(text.portal_days or USUAL_DAYS)
		return {"text": said, "url": text.portal_url, "label": text.portal_label, "days": days}
	# Meta refuses line breaks, tabs and long rows of blanks in a parameter.
	said = [" ".join(render_line(line, values).split())[:LONGEST_PARAMETER] for line in text.parameters]
	return {
		"template": text.whatsapp_template,
		"language": text.whatsapp_language,
		"parameters": said,
		"text": f"[{text.whatsapp_template}] {' · '.join(said)}".strip(),
	}
