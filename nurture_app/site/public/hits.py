"""`/n/script/<key>.js`, the tracking script of a website, and `/n/hit/<key>`, where it reports to (CT-09, CT-10, CP-11)."""

from __future__ import annotations

import frappe
from frappe import _
from werkzeug.wrappers import Response

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.visits.hits import FORGET, read_hits
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.public.request import PublicRequest, Refused, answer
from nurture_app.site.sentences import error_sentence
from nurture_app.site.website import browsers, inbox, sources
from nurture_app.site.website.script import script_for

CACHED = "public, max-age=600"
"""A change of the settings reaches all pages within ten minutes."""


def script(request: PublicRequest) -> Response:
	"""The script; it sets no cookie and stores nothing."""
	browsers.set_no_cookies()
	key, _dot, ending = request.part.rpartition(".")
	if ending != "js":
		raise Refused(404, _("There is no such script."))
	sources.by_public_key(request, key, "Browser")
	text = script_for(key, load_settings(FrappeDatabase(commit=False)))
	return answer(
		text,
		mimetype="text/javascript",
		Cache_Control=CACHED,
		Cross_Origin_Resource_Policy="cross-origin",
	)


def respond(request: PublicRequest) -> Response:
	"""Take what a browser reports: checked here, written down by the next job. The answer is empty."""
	browsers.set_no_cookies()
	source, origin = sources.by_listed_page(request)
	settings = load_settings(FrappeDatabase(commit=False))
	if not settings.track_website:
		raise Refused(403, _("Website tracking is switched off in Nurture Settings."))
	sources.take_turn(source)
	try:
		hits = read_hits(
			request.json(), source.name, frappe.utils.now_datetime(), sources.event_types(source)
		)
	except NurtureError as error:
		raise Refused(400, error_sentence(error), code=error.code) from None
	forgetting = all(hit.kind == FORGET for hit in hits)
	unwanted = settings.honour_signals and browsers.asks_not_to_be_tracked(request)
	if (unwanted and not forgetting) or browsers.is_bot(request.user_agent):
		return browsers.allow(answer("", 204), origin)
	if settings.require_tracking_consent and not all(hit.consented or hit.kind == FORGET for hit in hits):
		raise Refused(403, _("Nothing is taken before the visitor has consented."))
	if inbox.HITS.is_full():
		raise Refused(429, _("Please try again in a minute."))
	inbox.push(hits)
	return browsers.allow(answer("", 204), origin)
