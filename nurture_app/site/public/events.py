"""`POST /n/events`: events from the company's own programs, up to a thousand at once (CT-04, CT-14)."""

from __future__ import annotations

from collections import Counter

from frappe import _
from werkzeug.wrappers import Response

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.incoming.events import MOST_IN_A_BATCH
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_incoming
from nurture_app.site.public.request import PublicRequest, Refused, json_answer
from nurture_app.site.transactions import retrying
from nurture_app.site.website import ingest, refusals, sources
from nurture_app.site.website.ingest import ACCEPTED, DUPLICATE, REFUSED, Result

NOTED_OF_A_BATCH = 20
"""Refused events of one batch that are written down; the sender is told about all of them."""


def respond(request: PublicRequest) -> Response:
	"""A list of events, or `{"events": [...]}`; each gets an answer of its own. 207 when some were refused."""
	source = sources.by_server_key(request)
	sources.take_turn(source)
	payload = request.json()
	entries = payload.get("events") if isinstance(payload, dict) else payload
	if not isinstance(entries, list) or not entries:
		raise Refused(400, _('The body must be a list of events, or an object with a list under "events".'))
	if len(entries) > MOST_IN_A_BATCH:
		raise Refused(413, _("At most {0} events at once.").format(MOST_IN_A_BATCH))
	host = site_host(commit=True)
	results = retrying(lambda: ingest.ingest(host, source.name, entries))
	counts = Counter(result.status for result in results)
	with host.db.transaction():
		refused = [(result, entry) for result, entry in zip(results, entries, strict=True) if result.error]
		for result, entry in refused[:NOTED_OF_A_BATCH]:
			refusals.note(source.name, _error(result), entry)
		sources.count(source.name, counts[ACCEPTED], counts[REFUSED])
	if counts[ACCEPTED]:
		enqueue_incoming()
	return json_answer(
		{
			ACCEPTED: counts[ACCEPTED],
			DUPLICATE: counts[DUPLICATE],
			REFUSED: counts[REFUSED],
			"results": [result.as_json() for result in results],
		},
		207 if counts[REFUSED] else 200,
	)


def _error(result: Result) -> NurtureError:
	assert result.error
	return result.error
