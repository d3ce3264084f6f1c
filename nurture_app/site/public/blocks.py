"""`/n/block/<key>`: what a known visitor of another website is shown of the blocks it asks for (PZ-13).

Posted, so that a visitor's number stands in no log of addresses, and as plain text, so that browsers send no cookie and
ask no permission first. Nothing is written.
"""

from __future__ import annotations

from frappe import _
from werkzeug.wrappers import Response

from nurture_app.engine.config import load_settings
from nurture_app.engine.library.on_websites import MOST_BLOCKS, known_lead, texts_for
from nurture_app.site.host import site_host
from nurture_app.site.public.request import PublicRequest, Refused, json_answer
from nurture_app.site.website import browsers, sources

LONGEST_NAME = 60


def respond(request: PublicRequest) -> Response:
	"""`{"v": visitor, "b": [names]}` is answered by `{"blocks": {name: HTML}}`; whoever is not known gets the defaults."""
	browsers.set_no_cookies()
	source, origin = sources.by_listed_page(request)
	sources.take_turn(source)
	asked = request.json()
	names = asked.get("b") if isinstance(asked, dict) else None
	if not _are_names(names):
		raise Refused(400, _("Name from 1 to {0} blocks under b.").format(MOST_BLOCKS))
	host = site_host(commit=False)
	settings = load_settings(host.db)
	unwanted = settings.honour_signals and browsers.asks_not_to_be_tracked(request)
	may_know = settings.track_website and not unwanted and not browsers.is_bot(request.user_agent)
	party = known_lead(host, asked.get("v"), source.name) if may_know else ""
	return browsers.allow(json_answer({"blocks": texts_for(host, set(names), party)}), origin)


def _are_names(names: object) -> bool:
	return (
		isinstance(names, list)
		and 0 < len(names) <= MOST_BLOCKS
		and all(isinstance(name, str) and 0 < len(name) <= LONGEST_NAME for name in names)
	)
