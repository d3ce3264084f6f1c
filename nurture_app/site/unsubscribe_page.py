"""`/u/<token>`: the page behind the unsubscribe link of every mail, and the address of one-click unsubscribing (RFC 8058).

Looking changes nothing, for mail scanners open every link; only POST acts. An unknown token gets the same answers,
without the masked address.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import escape_html
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

from nurture_app.engine.addresses import normalise
from nurture_app.site.links import TOKEN_LENGTH, UNSUBSCRIBE_PATH

TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")
HEADERS = {
	"Cache-Control": "no-store",
	"Referrer-Policy": "no-referrer",
	"X-Robots-Tag": "noindex, nofollow",
	"X-Frame-Options": "DENY",
	"X-Content-Type-Options": "nosniff",
	"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
MISSES_PER_MINUTE = 60
"""Unknown tokens an address may try. Known ones always work: a mail provider unsubscribes all its users from one address."""


@dataclass(frozen=True, slots=True)
class Recipient:
	"""Whom a token belongs to."""

	address: str
	party: str


class UnsubscribePage(BaseRenderer):
	"""Frappe's page renderer for the route."""

	def can_render(self) -> bool:
		return _is_ours(self.path) or _is_ours(_requested_path())

	def render(self) -> Response:
		if not _is_ours(self.path):
			# Frappe refused the request before it came here (a body that is no JSON, a stale form) and shows an error.
			return _response(
				_page(_("This did not work"), _("Please open the link in the e-mail once more.")), 400
			)
		method = frappe.request.method if getattr(frappe.local, "request", None) else "GET"
		token = self.path.partition("/")[2]
		try:
			recipient = find_recipient(token)
			if recipient is None and _too_many_misses():
				return _response(_page(_("Please try again in a minute."), ""), 429)
			if method != "POST":
				return _response(_ask(recipient))
			if recipient:
				opt_out(recipient)
			return _response(
				_page(_("You are unsubscribed"), _("You will get no more marketing e-mail from us."))
			)
		except Exception:
			_log()
			return _response(
				_page(
					_("This did not work just now"),
					_("Please try again in a few minutes, or answer the e-mail and ask us to stop."),
				),
				503 if method == "POST" else 200,
			)


def _is_ours(path: str) -> bool:
	return path == UNSUBSCRIBE_PATH or path.startswith(f"{UNSUBSCRIBE_PATH}/")


def _requested_path() -> str:
	request = getattr(frappe.local, "request", None)
	return request.path.strip("/ ") if request else ""


def find_recipient(token: str) -> Recipient | None:
	"""By the unique index on Nurture Touch.token; compared exactly, as the database ignores case."""
	if not TOKEN.fullmatch(token):
		return None
	row = frappe.db.get_value("Nurture Touch", {"token": token}, ["token", "address", "party"], as_dict=True)
	if not row or not hmac.compare_digest(row.token.encode(), token.encode()) or not normalise(row.address):
		return None
	return Recipient(row.address, row.party or "")


def opt_out(recipient: Recipient) -> None:
	"""Idempotent. Waits its turn once if the tick holds the same rows."""
	from nurture_app.engine import optout
	from nurture_app.site.database import RETRYABLE
	from nurture_app.site.host import site_host

	for attempt in (1, 2, 3):
		try:
			optout.unsubscribe(
				site_host(commit=True), recipient.address, "Unsubscribe link", party=recipient.party
			)
			return
		except RETRYABLE:
			if attempt == 3:
				raise


def masked(address: str) -> str:
	"""`j•••@e•••.com`: enough for its owner to know it again."""
	name, _at, domain = address.partition("@")
	host, _dot, ending = domain.rpartition(".")
	return f"{name[:1]}•••@{host[:1]}•••.{ending}"


def _too_many_misses() -> bool:
	key = f"nurture_unsubscribe_misses:{getattr(frappe.local, 'request_ip', None) or 'unknown'}"
	key = frappe.cache.make_key(key)
	misses = frappe.cache.incrby(key, 1)
	if misses == 1:
		frappe.cache.expire(key, 60)
	return misses > MISSES_PER_MINUTE


def _ask(recipient: Recipient | None) -> str:
	whom = f"<p class='whom'>{escape_html(masked(recipient.address))}</p>" if recipient else ""
	csrf = _csrf_token()
	hidden = f"<input type='hidden' name='csrf_token' value='{escape_html(csrf)}'>" if csrf else ""
	form = (
		f"{whom}<form method='post'>{hidden}<button type='submit'>{escape_html(_('Unsubscribe'))}</button></form>"
		f"<p class='note'>{escape_html(_('Messages about your orders and requests are not affected.'))}</p>"
	)
	return _page(_("No more e-mail from us?"), _("One click, and our marketing e-mails to you stop."), form)


def _csrf_token() -> str:
	"""Guests have none; a colleague who is logged in needs theirs or Frappe refuses the form."""
	if frappe.session.user == "Guest":
		return ""
	return frappe.sessions.get_csrf_token()


def _page(title: str, text: str, extra: str = "") -> str:
	language = escape_html(frappe.local.lang or "en")
	direction = "rtl" if frappe.local.lang in ("ar", "he", "fa", "ps", "ur") else "ltr"
	return _PAGE.format(
		lang=language, dir=direction, title=escape_html(title), text=escape_html(text), extra=extra
	)


def _response(html: str, status: int = 200) -> Response:
	response = Response(html, status=status, mimetype="text/html")
	response.headers.update(HEADERS)
	return response


def _log() -> None:
	frappe.db.rollback()
	try:
		frappe.log_error(title="nurture_app: unsubscribe page")
		frappe.db.commit()  # nosemgrep: a GET is rolled back, and the error would be lost
	except Exception:
		frappe.logger("nurture_app").exception("unsubscribe page")


_PAGE = """<!DOCTYPE html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center;
	font: 17px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; background: #f6f7f8; color: #1f2328; }}
main {{ max-width: 26rem; margin: 1.25rem; padding: 2rem 1.75rem; background: #fff; border-radius: 12px; text-align: center;
	box-shadow: 0 1px 4px rgba(0, 0, 0, .08); }}
h1 {{ margin: 0 0 .5rem; font-size: 1.35rem; }}
p {{ margin: .5rem 0; }}
.whom {{ font-weight: 600; letter-spacing: .02em; }}
.note {{ font-size: .85rem; color: #6b7280; }}
button {{ width: 100%; min-height: 48px; margin: 1rem 0 .5rem; border: 0; border-radius: 8px; font: inherit; font-weight: 600;
	color: #fff; background: #1f2937; cursor: pointer; }}
button:focus-visible {{ outline: 3px solid #60a5fa; outline-offset: 2px; }}
@media (prefers-color-scheme: dark) {{
body {{ background: #161719; color: #e8e8ea; }}
main {{ background: #222427; box-shadow: none; }}
.note {{ color: #a0a0a6; }}
button {{ background: #e8e8ea; color: #161719; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
{extra}
</main>
</body>
</html>
"""
