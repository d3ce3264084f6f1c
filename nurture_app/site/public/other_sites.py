"""Requests that come from pages of other websites: only from those an administrator has named."""

from __future__ import annotations

import frappe
from frappe import _

from nurture_app.engine.capture.origins import is_allowed
from nurture_app.site.public.request import PublicRequest, Refused


def cors_headers(request: PublicRequest, allowed: str | None) -> dict[str, str]:
	"""Headers that let the page read the answer. Raises `Refused` 403 for a website nobody has named."""
	origin = request.header("Origin")
	if not is_allowed(origin, allowed, frappe.request.host):
		raise Refused(403, _("This website may not use this form."))
	return {"Access_Control_Allow_Origin": origin, "Vary": "Origin"} if origin else {}
