"""The script of a playbook: `widget.js` with the conversation in it. It loads nothing else and keeps nothing."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import frappe
from frappe import _

from nurture_app.engine.capture.playbook import Playbook, Step, StepType, playbook_from_rows
from nurture_app.site.links import PUBLIC_PATH, site_url

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


def widget_script(playbook: Any, *, is_preview: bool = False) -> str:
	"""JavaScript for the page of a website. A preview posts nothing."""
	steps = playbook_from_rows([row.as_dict() for row in playbook.steps])
	config = {
		"title": playbook.title,
		"button": playbook.button_text or _("Questions?"),
		"post": "" if is_preview else f"{site_url()}/{PUBLIC_PATH}/chat/{playbook.playbook_key}",
		"privacy": _privacy_url(),
		"wording": wording_of(playbook),
		"start": steps.steps[0].label,
		"steps": _steps(steps),
		"words": _words(),
	}
	text = json.dumps(config, ensure_ascii=False, separators=(",", ":"))
	for character, escape in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
		text = text.replace(character, escape)
	return _source().replace("__PLAYBOOK__", text)


def wording_of(playbook: Any) -> str:
	"""What the person says yes to."""
	return (
		(playbook.wording or "").strip()
		or (frappe.db.get_single_value("Nurture Settings", "consent_wording") or "").strip()
		or _("Yes, please send me e-mails about news and offers. I can unsubscribe at any time.")
	)


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


def _privacy_url() -> str:
	url = (frappe.db.get_single_value("Nurture Settings", "privacy_url") or "").strip()
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
