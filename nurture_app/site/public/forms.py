"""`/n/form/<key>`: a form as a page of this site, and the address to which forms on other websites post.

A browser gets a page back: the thank-you, or the form with everything still in it and what is to be mended. A program
that asks for JSON gets JSON.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from nurture_app.engine.answers import Asked
from nurture_app.engine.capture.forms import YES, Question, lines, read
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.visits.came_by import UTM_PARTS
from nurture_app.site.capture import intake
from nurture_app.site.capture.lead_values import fillable_fields
from nurture_app.site.capture.variants import row_of, variant_for
from nurture_app.site.links import signed_url, token_in
from nurture_app.site.privacy_rules import box_wording
from nurture_app.site.public.form_page import fields_of, thank_you
from nurture_app.site.public.other_sites import cors_headers
from nurture_app.site.public.page import form, page
from nurture_app.site.public.request import PublicRequest, Refused, json_answer
from nurture_app.site.sentences import error_sentence
from nurture_app.site.transactions import retrying

PURPOSE = "form-stamp"
WORDS_FOR = "words_for"
"""The field in which a form says for which country the words beside its box were."""
NO_COUNTRY = "-"
NOT_QUESTIONS = ("csrf_token", "cmd")
"""What Frappe's own machinery adds to a posted form."""


def respond(request: PublicRequest) -> Response:
	"""The handler of the route."""
	found = _find(request.part)
	if not request.is_post:
		values = {"country": country} if (country := request.query.get("country", "")[:140]) else {}
		return form_page(found, values, variant=variant_for(found, f"{request.address} {request.user_agent}"))
	cors = cors_headers(request, found.allowed_origins)
	wants_json = _wants_json(request)
	posted, topics = posted_to(request)
	if _text_in(posted, "consent").strip().lower() in YES and _other_words_hold(found, posted):
		return _ask_again(found, posted, cors, wants_json)
	try:
		url = retrying(lambda: submit(found, posted, topics, request))
	except NurtureError as error:
		frappe.db.rollback()
		if wants_json:
			return json_answer({"error": error_sentence(error), "code": error.code}, 422, **cors)
		variant = row_of(found, _text_in(posted, "form_variant"))
		return form_page(found, posted, error_sentence(error), variant)
	if wants_json:
		return json_answer(
			{
				"ok": True,
				"text": found.thank_you_text or "",
				"thank_you_url": found.thank_you_url or "",
				"download": url,
			},
			**cors,
		)
	return after(found, url, posted)


def after(found: Any, url: str, posted: Mapping[str, str]) -> Response:
	"""The owner's own thank-you page, or ours with the link of an asset, `url`."""
	if found.thank_you_url and not url and not _is_elsewhere(found.thank_you_url, posted):
		return redirect(found.thank_you_url, 303)
	return thank_you(found, url)


def submit(
	found: Any,
	posted: Mapping[str, str],
	topics: list[str],
	request: PublicRequest,
	asked: Asked | None = None,
) -> str:
	"""Store what was posted and make a lead of it; returns the link of an asset, if there is one.

	Whom a message `asked` is known: what is posted about that, and any consent, counts for nothing then.
	"""
	questions: list[Question] = found.asked()
	said = read(
		posted,
		topics,
		questions,
		frozenset(df.fieldname for df in fillable_fields()),
		lines(found.topics),
	)
	doc = frappe.new_doc(intake.DOCTYPE)
	doc.update(
		{
			"form": found.title,
			"address": asked.address if asked else said.address,
			**{name: value for name, value in said.person.items() if name in intake.ON_LEAD},
			"message": said.message,
			"answers": intake.as_json(said.answers),
			"consent": int(said.consent and bool(found.ask_consent) and not asked),
			"topics": "\n".join(said.topics),
			"interest": _text_in(posted, "interest")[:140],
			"page_url": (_text_in(posted, "page_url") or request.header("Referer"))[:500],
			"visitor": (_text_in(posted, "nurture_visitor") or _text_in(posted, "visitor"))[:140],
			"seconds": _seconds(_text_in(posted, "stamp")),
			"variant": getattr(row_of(found, _text_in(posted, "form_variant")), "label", ""),
			"nickname": _text_in(posted, "nickname")[:140],
			**{f"utm_{key}": value[:140] for key, value in said.utm.items()},
		}
	)
	doc.flags.is_taken_elsewhere = True
	doc.insert(ignore_permissions=True)
	others = {name: value for name, value in said.person.items() if name not in intake.ON_LEAD}
	terms = replace(terms_of(found, _text_in(posted, WORDS_FOR)), asked=asked)
	intake.take(doc, terms, {**said.fields, **others}, said.answers, said.named)
	return doc.download_url or ""


def terms_of(found: Any, country: str = "") -> intake.Terms:
	"""What its owner has settled; the words beside the box are those shown for `country`."""
	return intake.Terms(
		found.title,
		found.activity_type or "Form Submitted",
		found.source or "",
		found.interest or "",
		found.asset or "",
		box_wording(found.wording, country),
	)


def _other_words_hold(found: Any, posted: Mapping[str, Any]) -> bool:
	"""Whether the box was ticked beside the words for another country than the visitor then named.

	Only a form that tells what it showed can be asked again; words on other websites are theirs.
	"""
	if WORDS_FOR not in posted or not found.ask_consent:
		return False
	named = _text_in(posted, "country")
	return bool(named) and box_wording(found.wording, named) != box_wording(
		found.wording, _text_in(posted, WORDS_FOR)
	)


def _ask_again(found: Any, posted: Mapping[str, str], cors: Mapping[str, str], wants_json: bool) -> Response:
	"""Nobody agrees to words that they have not read: the box comes back unticked beside the right ones."""
	sentence = _("Where you are, other words hold for the e-mails you asked for. Please read them once more.")
	if wants_json:
		answer = {
			"error": sentence,
			"code": "other_words_hold",
			"wording": box_wording(found.wording, posted["country"]),
			WORDS_FOR: posted["country"],
		}
		return json_answer(answer, 422, **cors)
	variant = row_of(found, _text_in(posted, "form_variant"))
	return form_page(found, {**posted, "consent": ""}, sentence, variant)


def form_page(
	found: Any,
	values: Mapping[str, str],
	problem: str = "",
	variant: Any = None,
	whom: Markup | None = None,
) -> Response:
	"""The form, filled with what somebody had entered already, as a row of its variants has it (AB-10).

	`whom` stands above it where the person is known, who is then not asked for address and consent.
	"""
	variant = variant or frappe._dict()
	country = _text_in(values, "country") or _text_in(values, WORDS_FOR)
	stamp = signed_url(PURPOSE, f"{int(time.time()):022d}").rsplit("/", 1)[1]
	alert = Markup('<p role="alert"><strong>{}</strong></p>').format(problem) if problem else Markup("")
	hidden = {
		name: str(values.get(name) or frappe.request.args.get(name) or "")[:500]
		for name in (
			"visitor",
			*(f"utm_{key}" for key in UTM_PARTS),
		)
	}
	hidden["page_url"] = str(values.get("page_url") or frappe.request.headers.get("Referer") or "")[:500]
	hidden["form_variant"] = variant.label or ""
	if found.ask_consent and whom is None:
		hidden[WORDS_FOR] = country or NO_COUNTRY
	body = form(
		variant.button or _("Send"),
		fields_of(
			found,
			values,
			box_wording(found.wording, country),
			only_required=bool(variant.only_required),
			is_known=whom is not None,
		),
		stamp=stamp,
		**{k: v for k, v in hidden.items() if v},
	)
	heading, promise = variant.heading or _(found.title), variant.value_exchange or found.value_exchange or ""
	text, status = alert + (whom or Markup("")) + body, 422 if problem else 200
	# a website is let in by its name; but the address of a survey holds a token, which is for nobody's log
	return page(heading, promise, text, status, tells_where=whom is None)


def _find(key: str) -> Any:
	name = frappe.db.get_value("Nurture Form", {"form_key": key, "enabled": 1}) if key else None
	if not name:
		raise Refused(404, _("There is no form at this address."))
	return frappe.get_cached_doc("Nurture Form", name)


def posted_to(request: PublicRequest) -> tuple[dict[str, str], list[str]]:
	"""Fields and chosen topics, from an HTML form or from JSON."""
	if not request.form:
		data = request.json()
		if not isinstance(data, dict):
			raise Refused(400, _("An object with the fields of the form was expected."))
		topics = data.pop("topics", [])
		topics = topics if isinstance(topics, list) else [topics]
		return (
			{
				name: value if isinstance(value, dict | list) else _as_text(value)
				for name, value in data.items()
			},
			[_as_text(topic) for topic in topics],
		)
	posted = {name: value for name, value in request.form.items() if name not in NOT_QUESTIONS}
	posted.pop("topics", None)
	return posted, request.form_list("topics")


def _is_elsewhere(url: str, posted: Mapping[str, str]) -> bool:
	"""Our own page may not be led to another website by what it posts (its Content-Security-Policy): it shows a link."""
	return bool(posted.get("stamp")) and not url.startswith("/")


def _text_in(posted: Mapping[str, Any], name: str) -> str:
	"""What no question asked for: anything but a text counts for nothing."""
	value = posted.get(name)
	return value if isinstance(value, str) else ""


def _as_text(value: Any) -> str:
	if isinstance(value, bool):
		return "1" if value else ""
	return "" if value is None or isinstance(value, dict | list) else str(value)


def _wants_json(request: PublicRequest) -> bool:
	return not request.form or "application/json" in request.header("Accept")


def _seconds(stamp: str) -> int:
	"""How long the form of ours was open, at least 1; 0 for a form without our stamp."""
	token = token_in(PURPOSE, stamp) if isinstance(stamp, str) else ""
	return max(1, int(time.time()) - int(token)) if token else 0
