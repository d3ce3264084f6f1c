"""Our public routes: which handler serves which address, and the rules that hold for all of them.

A GET changes nothing (Frappe rolls it back, and handlers only write when they are posted to). Whatever comes in, the
answer is a page or a JSON a person can read, never a traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from nurture_app.site.language import speak_as_the_browser
from nurture_app.site.links import PUBLIC_PATH, UNSUBSCRIBE_PATH
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.page import page
from nurture_app.site.public.request import PublicRequest, Refused, json_answer

Handler = Callable[[PublicRequest], Response]


@dataclass(frozen=True, slots=True)
class Route:
	"""An address and how it may be used."""

	handler: str
	"""Dotted path of a `Handler`; imported when first asked for."""
	methods: tuple[str, ...] = ("GET", "POST")
	is_api: bool = False
	"""Errors are told in JSON instead of a page."""
	per_minute: int = 0
	"""Requests of one IP address a minute; 0 for any number."""
	max_body: int = 20_000
	"""Bytes of a posted body."""
	own_words: bool = False
	"""It shows what somebody here wrote, in one language: what stands around that is in the site's, not the browser's."""
	at_once: bool = False
	"""Answered before Frappe looks for a page, which takes longer than all the rest. For GET alone: nothing is
	committed, and no cookie is set."""


ROUTES: dict[str, Route] = {
	"n/confirm": Route("nurture_app.site.public.confirm.respond", per_minute=60),
	"n/preferences": Route("nurture_app.site.public.preferences.respond", per_minute=120),
	"n/answer": Route("nurture_app.site.public.answers.respond", per_minute=120, max_body=60_000),
	"n/download": Route("nurture_app.site.public.person_requests.download", per_minute=30),
	"n/erase": Route("nurture_app.site.public.person_requests.erase", per_minute=30),
	"n/form": Route("nurture_app.site.public.forms.respond", per_minute=30, max_body=60_000, own_words=True),
	"n/widget": Route("nurture_app.site.public.widget.script", methods=("GET",), own_words=True),
	"n/chat": Route(
		"nurture_app.site.public.widget.converse",
		methods=("POST",),
		is_api=True,
		per_minute=20,
		max_body=60_000,
		own_words=True,
	),
	"n/privacy": Route("nurture_app.site.public.privacy_notice.respond", methods=("GET",)),
	"n/asset": Route("nurture_app.site.public.assets.respond", methods=("GET",)),
	"n/a": Route("nurture_app.site.public.assets.in_mail", methods=("GET",)),
	# Mail providers unsubscribe all their users from one address: no limit for links that exist.
	"u": Route("nurture_app.site.public.unsubscribe.respond"),
	# Nor for these: proxies of mail providers fetch the pictures of all their users.
	"n/o": Route("nurture_app.site.public.mail_tracking.opened", ("GET",), at_once=True),
	"n/c": Route("nurture_app.site.public.mail_tracking.clicked", ("GET",), at_once=True),
	"n/hook": Route(
		"nurture_app.site.public.provider_hooks.respond",
		methods=("POST",),
		is_api=True,
		per_minute=1200,  # a provider calls for all its customers from few addresses, and for each mail
		max_body=3_000_000,
	),
	"n/script": Route("nurture_app.site.public.hits.script", methods=("GET",), is_api=True, per_minute=600),
	"n/hit": Route("nurture_app.site.public.hits.respond", methods=("POST",), is_api=True, per_minute=600),
	"n/block": Route(
		"nurture_app.site.public.blocks.respond",
		methods=("POST",),
		is_api=True,
		per_minute=600,
		max_body=2_000,
	),
	"n/events": Route(
		"nurture_app.site.public.events.respond", methods=("POST",), is_api=True, max_body=4_000_000
	),
	"n/sms": Route(
		"nurture_app.site.public.phone_hooks.sms_reply", methods=("POST",), is_api=True, per_minute=600
	),
	"n/whatsapp": Route(
		"nurture_app.site.public.phone_hooks.whatsapp",
		is_api=True,
		per_minute=1200,  # Meta calls for all its customers from few addresses
		max_body=3_000_000,
	),
	"n/inbound": Route(
		"nurture_app.site.public.inbound_hook.respond", methods=("POST",), is_api=True, max_body=500_000
	),
}
"""By the start of the path. `u` stands in a mail header, which bears 75 characters; all others begin with `n/`."""


OUR_PATHS = (UNSUBSCRIBE_PATH, PUBLIC_PATH)
UNREAD = "The body is no JSON in UTF-8, or the request carries the cookie of somebody who is logged in."
"""Told to programs whose request Frappe refused before we saw it."""


class PublicRoutes(BaseRenderer):
	"""Frappe's page renderer for them."""

	def can_render(self) -> bool:
		return bool(_route_of(self.path) or self._refused_route())

	def render(self) -> Response:
		found = _route_of(self.path)
		if not found:
			# Frappe refused the request before it came here (a body that is no JSON, a stale form) and shows an error.
			if self.http_status_code == 503:  # the site is being maintained
				return _refusal(self._refused_route(), 503, _("Please try again in a few minutes."))
			route = self._refused_route()
			sentence = UNREAD if route.is_api else _("Please go back and try once more.")
			return _refusal(route, 400, sentence)
		return _answer(*found)

	def _refused_route(self) -> Route | None:
		"""The route asked for when Frappe now shows an error page instead; any other address below ours as well, because
		Frappe's own error page breaks when a request is refused before there is a session."""
		asked = _requested_path()
		if self.path.strip("/ ") == asked:
			return None
		found = _route_of(asked.removesuffix(".html"))
		if found:
			return found[1]
		return Route("") if asked.split("/")[0] in OUR_PATHS else None


def answer_at_once() -> None:
	"""Hook `before_request`: ends the request here if its route wants that, and costs all others next to nothing."""
	path = frappe.local.request.path
	if not path.startswith(_AT_ONCE) or frappe.local.request.method not in ("GET", "HEAD"):
		return
	found = _route_of(path.strip("/ "))
	if found and found[1].at_once:
		raise HTTPException(response=_answer(*found))


_AT_ONCE = tuple(f"/{name}" for name, route in ROUTES.items() if route.at_once)


def _answer(name: str, route: Route, parts: tuple[str, ...]) -> Response:
	method = frappe.request.method if getattr(frappe.local, "request", None) else "GET"
	request = PublicRequest(method, parts, route.max_body)
	try:
		if ("GET" if method == "HEAD" else method) not in route.methods:
			raise Refused(405, _("This address does not take {0} requests.").format(method))
		if (frappe.request.content_length or 0) > route.max_body:
			raise Refused(413, _("That is more than this address takes."))
		if not (route.own_words or route.at_once):
			speak_as_the_browser()
		if route.per_minute and too_many(name, request.address, route.per_minute):
			raise Refused(429, _("Please try again in a minute."))
		return frappe.get_attr(route.handler)(request)
	except Refused as refused:
		frappe.db.rollback()
		return _refusal(route, refused.status, refused.sentence, **refused.details)
	except Exception:
		_log(name)
		return _refusal(route, 503, _("Please try again in a few minutes."))


def _route_of(path: str) -> tuple[str, Route, tuple[str, ...]] | None:
	parts = tuple(path.split("/"))
	for length in (2, 1):
		name = "/".join(parts[:length])
		if name in ROUTES:
			return name, ROUTES[name], parts[length:]
	return None


def _requested_path() -> str:
	request = getattr(frappe.local, "request", None)
	return request.path.strip("/ ") if request else ""


def _refusal(route: Route, status: int, sentence: str, **details: object) -> Response:
	headers = {"Retry_After": "60"} if status in (429, 503) else {}
	if route.is_api:
		return json_answer({"error": sentence, **details}, status, **headers)
	response = page(_("This did not work"), sentence, status=status)
	response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
	return response


def _log(route: str) -> None:
	frappe.db.rollback()
	try:
		frappe.log_error(title=f"nurture_app: public route {route}")
		frappe.db.commit()  # nosemgrep: a GET is rolled back, and the error would be lost
	except Exception:
		frappe.logger("nurture_app").exception("public route %s", route)
