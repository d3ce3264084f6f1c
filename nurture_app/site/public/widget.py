"""`/n/widget/<key>.js`: the script that holds a playbook's conversation on a website, and `/n/chat/<key>`, where it ends."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from werkzeug.wrappers import Response

from nurture_app.engine.capture.playbook import Conversation, playbook_from_rows, replay
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.visits.came_by import UTM_PARTS
from nurture_app.site.capture import intake
from nurture_app.site.capture.lead_values import fillable_fields
from nurture_app.site.capture.widget_script import widget_script
from nurture_app.site.privacy_rules import box_wording
from nurture_app.site.public.other_sites import cors_headers
from nurture_app.site.public.request import PublicRequest, Refused, answer, json_answer
from nurture_app.site.sentences import error_sentence
from nurture_app.site.transactions import retrying

SECONDS_CACHED = 300
TO_BLAME = {"address_disposable": "email_id", "address_invalid": "email_id", "capture_bad_phone": "phone"}
"""Mistakes that only show when all is stored, and the field they are about."""


def script(request: PublicRequest) -> Response:
	"""The handler of `n/widget`."""
	key, dot, ending = request.part.rpartition(".")
	if not dot or ending != "js":
		raise Refused(404, _("There is no playbook at this address."))
	return answer(
		widget_script(_find(key), request.query.get("country", "")[:140]),
		mimetype="application/javascript",
		Cache_Control=f"public, max-age={SECONDS_CACHED}",
		Cross_Origin_Resource_Policy="cross-origin",
	)


def converse(request: PublicRequest) -> Response:
	"""The handler of `n/chat`: a conversation that has come to its end."""
	playbook = _find(request.part)
	cors = cors_headers(request, playbook.allowed_origins)
	try:
		return json_answer(retrying(lambda: _take(playbook, request)), **cors)
	except NurtureError as error:
		frappe.db.rollback()
		return json_answer({"error": error_sentence(error), "step": _step_of(playbook, error)}, 422, **cors)


def _step_of(playbook: Any, error: NurtureError) -> str:
	"""The question to ask again; empty where no answer is to blame."""
	if step := error.params.get("step"):
		return str(step)
	asked = [row.step_label for row in playbook.steps if row.fieldname == TO_BLAME.get(error.code)]
	return asked[-1] if asked else ""


def _take(playbook: Any, request: PublicRequest) -> dict[str, Any]:
	data = request.json()
	if not isinstance(data, dict):
		raise Refused(400, _("An object was expected."))
	said = replay(
		playbook_from_rows([row.as_dict() for row in playbook.steps]),
		_answers(data.get("answers")),
		frozenset(df.fieldname for df in fillable_fields()),
	)
	if not said.address:
		return {"ok": True, "download": ""}  # a chat without an address is nobody's business
	doc = frappe.new_doc(intake.DOCTYPE)
	doc.update(_values(playbook, said, data))
	doc.flags.is_taken_elsewhere = True
	doc.insert(ignore_permissions=True)
	others = {name: value for name, value in said.person.items() if name not in intake.ON_LEAD}
	terms = _terms(playbook, said, request.query.get("country", "")[:140])
	intake.take(doc, terms, {**said.fields, **others}, said.answers)
	return {"ok": True, "download": doc.download_url or ""}


def _values(playbook: Any, said: Conversation, data: dict[str, Any]) -> dict[str, Any]:
	utm = data.get("utm") if isinstance(data.get("utm"), dict) else {}
	return {
		"form": playbook.title,
		"address": said.address,
		**{name: value for name, value in said.person.items() if name in intake.ON_LEAD},
		"message": said.message,
		"answers": intake.as_json(said.answers),
		"consent": int(said.consent),
		"page_url": _text(data.get("page_url"), 500),
		"visitor": _text(data.get("visitor"), 140),
		"nickname": _text(data.get("nickname"), 140),
		**{f"utm_{key}": _text(utm.get(key), 140) for key in UTM_PARTS},
	}


def _terms(playbook: Any, said: Conversation, country: str) -> intake.Terms:
	return intake.Terms(
		playbook.title,
		"Chat Started",
		playbook.source or "",
		playbook.interest or "",
		said.asset,
		box_wording(playbook.wording, country),
	)


def _answers(value: Any) -> list[tuple[str, str]]:
	if not isinstance(value, list):
		raise Refused(400, _("A list of answers was expected."))
	pairs = []
	for one in value:
		if not (isinstance(one, list) and len(one) == 2 and all(isinstance(text, str) for text in one)):
			raise Refused(400, _("Each answer is a pair of a step and a text."))
		pairs.append((one[0], one[1]))
	return pairs


def _text(value: Any, limit: int) -> str:
	return value[:limit] if isinstance(value, str) else ""


def _find(key: str) -> Any:
	name = frappe.db.get_value("Nurture Playbook", {"playbook_key": key, "enabled": 1}) if key else None
	if not name:
		raise Refused(404, _("There is no playbook at this address."))
	return frappe.get_cached_doc("Nurture Playbook", name)
