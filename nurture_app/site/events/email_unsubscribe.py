"""Frappe's own unsubscribe list: whoever left everything, or the mails about one Lead, gets no marketing either."""

from __future__ import annotations

from typing import Any

from nurture_app.site.events.safely import safely


@safely
def after_insert(doc: Any) -> None:
	from nurture_app.engine import optout
	from nurture_app.engine.addresses import normalise
	from nurture_app.site.host import site_host

	about_lead = doc.reference_doctype == "Lead" and doc.reference_name
	if normalise(doc.email) and (doc.global_unsubscribe or about_lead):
		party = doc.reference_name if about_lead else ""
		optout.unsubscribe(site_host(commit=False), doc.email, "Email Unsubscribe", party=party)
