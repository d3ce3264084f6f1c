"""`POST /n/inbound/<key>`: payloads of ad, chat, webinar, shop and product systems in their own words (CT-04)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from frappe import _
from werkzeug.wrappers import Response

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Host
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_incoming
from nurture_app.site.public.request import PublicRequest, Refused, json_answer
from nurture_app.site.sentences import error_sentence
from nurture_app.site.transactions import retrying
from nurture_app.site.website import payloads, refusals, signatures, sources
from nurture_app.site.website.ingest import ACCEPTED, REFUSED, Result


def respond(request: PublicRequest) -> Response:
	"""What could not be used is kept with its reason, and the sender is told so with 422."""
	source = sources.by_public_key(request, request.part, "Webhook")
	sources.take_turn(source)
	signatures.check(source, request)
	payload = request.json()
	host = site_host(commit=True)
	try:
		items = payloads.items_of(source, payload)
	except NurtureError as error:
		_note(host, source, error, payload)
		raise Refused(422, error_sentence(error), code=error.code) from None
	results = [_take(host, source, item) for item in items]
	counts = Counter(result.status for result in results)
	with host.db.transaction():
		sources.count(source.name, counts[ACCEPTED], counts[REFUSED])
	if counts[ACCEPTED]:
		enqueue_incoming()
	status = 200 if not counts[REFUSED] else 207 if len(items) > counts[REFUSED] else 422
	told: dict[str, Any] = {"results": [result.as_json() for result in results], **counts}
	if status == 422:
		told["error"] = _("Nothing of this could be used; see the reasons.")
	return json_answer(told, status)


def _take(host: Host, source: Any, item: Any) -> Result:
	"""Each item in a transaction of its own: what one of them lacks costs the others nothing."""

	def attempt() -> Result:
		with host.db.transaction():
			return payloads.take(host, source, item)

	try:
		return retrying(attempt)
	except NurtureError as error:
		_note(host, source, error, item)
		return Result("", REFUSED, error)


def _note(host: Host, source: Any, error: NurtureError, payload: Any) -> None:
	with host.db.transaction():
		refusals.note(source.name, error, payload)
