"""`/n/o/<token>` and `/n/c/<token>/<link>`: the pixel and the links of a tracked mail.

Neither writes to the database: what was asked for goes on a list in Redis, and a job judges later whether a person
asked. Whoever has no token of ours gets the same picture or a friendly page, and leaves no trace.
"""

from __future__ import annotations

from base64 import b64decode

import frappe
from frappe import _
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response

from nurture_app.engine.tracking.marks import host_of
from nurture_app.site import mail_hits
from nurture_app.site.links import OPEN, token_in, token_in_click
from nurture_app.site.public.page import page
from nurture_app.site.public.request import PublicRequest, answer

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent picture of one pixel."""

KNOWN_LINKS = 20_000
"""Targets a process remembers: they never change."""


def opened(request: PublicRequest) -> Response:
	"""The handler of the pixel: the same picture for every token, known or not."""
	token = token_in(OPEN, request.part)
	if token and not _is_colleague():
		mail_hits.push(request, "Open", token)
	return answer(PIXEL, mimetype="image/gif")


def clicked(request: PublicRequest) -> Response:
	"""The handler of the redirect. It leads only where a mail of ours had this link for this person."""
	signed, link = request.parts if len(request.parts) == 2 else ("", "")
	token = token_in_click(signed, link)
	url = _target(link) if token else None
	if url is None:
		return page(
			_("This link leads nowhere"),
			_("It may be incomplete, or too old. Please open the e-mail again, or answer it."),
			status=404,
		)
	if not _is_colleague():
		mail_hits.push(request, "Click", token, link)
	if not url:
		return page(_("Nothing to see here"), _("This link is not meant for people."))
	return answer("", 302, Location=iri_to_uri(url))


def _is_colleague() -> bool:
	"""A colleague who reads the mail, or the answer that quotes it, in the Desk."""
	return frappe.session.user != "Guest" and frappe.session.data.get("user_type") == "System User"


def _target(link: str) -> str | None:
	"""Where a stored link leads: empty for the hidden one, None for what is not stored."""
	key = (frappe.local.site, link)
	if key in _targets:
		return _targets[key]
	row = frappe.db.get_value("Nurture Link", link, ["name", "url", "party"], as_dict=True)
	# compared exactly, as the database ignores case
	if not row or row.name != link or (row.url and not host_of(row.url)):
		return None
	if not row.party:  # what holds somebody's data may have to be forgotten
		if len(_targets) >= KNOWN_LINKS:
			_targets.clear()
		_targets[key] = row.url or ""
	return row.url or ""


_targets: dict[tuple[str, str], str] = {}
"""By site and link."""
