"""The script of a playbook: `widget.js` with the conversation in it. It loads nothing else and keeps nothing."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from frappe import _

from nurture_app.engine.capture.playbook import Playbook, Step, StepType, playbook_from_rows
from nurture_app.engine.countries import country_code
from nurture_app.site.links import PUBLIC_PATH, site_url
from nurture_app.site.privacy_rules import box_wording, site_privacy_rules

SOURCE = Path(__file__).with_name("widget.js")
INPUTS = {"email_id": ("email", "email"), "phone": ("tel", "tel"), "message": ("textarea", "off")}
"""Kind of input and what a browser may fill in; everything else is a line of text."""

AUTOCOMPLETE = {
	"first_name": "given-name",
	"last_name": "family-name",
	"company_name": "organization",
	"job_title": "organization-title",
	"country": "country-name",
}


def widget_script(playbook: Any, country: str = "", *, is_preview: bool = False) -> str:
	"""JavaScript for the page of a website, with the words that hold in `country` (LO-05). A preview posts nothing."""
	code = country_code(country)
	steps = playbook_from_rows([row.as_dict() for row in playbook.steps])
	config = {
		"title": playbook.title,
		"button": playbook.button_text or _("Questions?"),
		"post": ""
		if is_preview
		else f"{site_url()}/{PUBLIC_PATH}/chat/{playbook.playbook_key}"
		+ (f"?country={code}" if code else ""),
		"privacy": _privacy_url(code),
		"wording": box_wording(playbook.wording, code),
		"start": steps.steps[0].label,
		"steps": _steps(steps),
		"words": _words(),
	}
	text = json.dumps(config, ensure_ascii=False, separators=(",", ":"))
	for character, escape in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
		text = text.replace(character, escape)
	return _source().replace("__PLAYBOOK__", text)


def _steps(playbook: Playbook) -> dict[str, dict[str, Any]]:
	return {
		step.label: {key: value for key, value in _step(step).items() if value} for step in playbook.steps
	}


def _step(step: Step) -> dict[str, Any]:
	kind, fills = INPUTS.get(step.fieldname, ("text", AUTOCOMPLETE.get(step.fieldname, "off")))
	is_question = step.kind == StepType.QUESTION
	return {
		"kind": str(step.kind),
		"text": step.text,
		"next": step.go_to if step.kind != StepType.END else "",
		"choices": [[choice.text, choice.go_to] for choice in step.choices],
		"input": kind if is_question else "",
		"fills": fills if is_question else "",
		"optional": step.optional if is_question else False,
		"link": step.link,
	}


def _privacy_url(country: str) -> str:
	url = site_privacy_rules().privacy_url(country)
	return (
		url
		if url.startswith(("https://", "http://"))
		else f"{site_url()}{url}"
		if url.startswith("/")
		else ""
	)


def _words() -> dict[str, str]:
	return {
		"close": _("Close"),
		"send": _("Send"),
		"skip": _("Skip"),
		"yes": _("Yes"),
		"no": _("No"),
		"answer": _("Your answer"),
		"privacy": _("Privacy notice"),
		"download": _("Download"),
		"more": _("More"),
		"wait": _("One moment…"),
		"failed": _("This did not work just now. Please try again."),
		"again": _("Try again"),
		"preview": _("Preview: nothing is sent."),
	}


@lru_cache(maxsize=1)
def _source() -> str:
	return SOURCE.read_text(encoding="utf-8")
