"""`/n/privacy`: the privacy notice that forms link to, wherever it is kept (CP-07)."""

from __future__ import annotations

import frappe
from frappe import _
from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from nurture_app.site.privacy_rules import site_privacy_rules
from nurture_app.site.public.page import page
from nurture_app.site.public.request import PRIVATE_HEADERS, PublicRequest


def respond(request: PublicRequest) -> Response:
	"""The handler of the route: to the notice in Nurture Settings for this country, or the least there is to say."""
	settings = frappe.get_cached_doc("Nurture Settings")
	url = site_privacy_rules().privacy_url(frappe.request.args.get("country"))
	if url.startswith(("https://", "http://")) or (
		url.startswith("/") and not url.startswith(("//", "/n/privacy"))
	):
		answer = redirect(url, 302)
		answer.headers.update(PRIVATE_HEADERS)
		return answer
	address = Markup("<br>").join((settings.postal_address or "").splitlines())
	who = Markup("<p><strong>{}</strong><br>{}</p>").format(settings.company_name or "", address)
	return page(
		_("Privacy notice"),
		_(
			"We keep what you enter in our forms to answer you, and to send you e-mail only if you asked for it. You can have it shown, corrected or deleted at any time."
		),
		who,
	)
