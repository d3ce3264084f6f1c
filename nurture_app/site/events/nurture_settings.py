"""All sending held or not: queued mails follow. Thresholds moved: stages follow in the background. Pages of the website carry the portal's script or not."""

from __future__ import annotations

from typing import Any

from frappe.website.utils import clear_website_cache

from nurture_app.site.events.safely import safely
from nurture_app.site.nurture_jobs import enqueue_rescore

THRESHOLDS = ("nurture_threshold", "mql_threshold", "sql_threshold", "hysteresis")


@safely
def on_update(doc: Any) -> None:
	before = doc.get_doc_before_save()
	if before and bool(before.portal_enabled) != bool(doc.portal_enabled):
		clear_website_cache()
	if before and bool(before.hold_all_sending) != bool(doc.hold_all_sending):
		from nurture_app.site.channels import standstill
		from nurture_app.site.host import site_host

		standstill.settle(site_host(commit=False))
	if before and any(before.get(field) != doc.get(field) for field in THRESHOLDS):
		enqueue_rescore()
