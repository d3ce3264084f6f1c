"""`/n/asset/<signed token>`, a file or a page released to one person, and `/n/a/<signed token>/<short name>`, the same in
a mail. Looking logs nothing: the form that led here has, and a mail's links are logged by their redirect."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import getdate
from werkzeug.utils import redirect
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from nurture_app.site.capture.assets import DOCTYPE, PURPOSE, StoredFile, stored_file
from nurture_app.site.links import token_in_asset
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.links import find_link
from nurture_app.site.public.request import PRIVATE_HEADERS, PublicRequest, Refused

MISSES = "asset misses"
MISSES_PER_MINUTE = 30
SHOWN_AS_THEY_ARE = (
	"application/pdf",
	"image/png",
	"image/jpeg",
	"image/webp",
	"audio/mpeg",
	"video/mp4",
	"text/csv",
)
"""Everything else is a stream of bytes, so that no browser runs it under our name."""


def respond(request: PublicRequest) -> Response:
	"""The handler of the route."""
	link = find_link(PURPOSE, request.part)
	if link is None:
		if too_many(MISSES, request.address, MISSES_PER_MINUTE):
			raise Refused(429, _("Please try again in a minute."))
		raise Refused(404, _("There is nothing at this address."))
	if link.is_expired:
		raise Refused(410, _("This link has expired. Please fill in the form once more to get a new one."))
	return _given(name=link.detail.get("asset"))


def in_mail(request: PublicRequest) -> Response:
	"""The handler of the route in mails: good as long as the message is kept and the asset may be given away."""
	signed, short_name = request.parts if len(request.parts) == 2 else ("", "")
	token = token_in_asset(signed, short_name)
	if not token or not frappe.db.get_value("Nurture Touch", {"token": token}):
		if too_many(MISSES, request.address, MISSES_PER_MINUTE):
			raise Refused(429, _("Please try again in a minute."))
		raise Refused(404, _("There is nothing at this address."))
	return _given(short_name=short_name)


def _given(**which: str) -> Response:
	asset = frappe.db.get_value(
		DOCTYPE,
		{**which, "enabled": 1},
		["file", "url", "is_offer", "valid_until"],
		as_dict=True,
	)
	over = asset and asset.is_offer and asset.valid_until and getdate(asset.valid_until) < getdate()
	if not asset or over or not (asset.file or asset.url):
		raise Refused(410, _("This is not available any more."))
	if asset.file:
		found = stored_file(asset.file)
		if not found:
			raise Refused(410, _("This is not available any more."))
		return _stream(found)
	answer = redirect(asset.url, 302)
	answer.headers.update(PRIVATE_HEADERS)
	return answer


def _stream(found: StoredFile) -> Response:
	"""In pieces, whatever its size. The name is encoded, so that it can end no header."""
	kind = mimetypes.guess_type(found.name)[0]
	stream = open(found.path, "rb")  # the server closes it after the last piece
	stream.seek(0, 2)
	length = stream.tell()
	stream.seek(0)
	answer = Response(
		wrap_file(frappe.request.environ, stream),
		mimetype=kind if kind in SHOWN_AS_THEY_ARE else "application/octet-stream",
		direct_passthrough=True,
	)
	answer.content_length = length
	answer.headers.update(PRIVATE_HEADERS)
	answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
	answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
	return answer
