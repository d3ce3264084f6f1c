"""Thresholds moved: stages follow in the background."""

from __future__ import annotations

from typing import Any

from nurture_app.site.events.safely import safely
from nurture_app.site.nurture_jobs import enqueue_rescore

THRESHOLDS = ("nurture_threshold", "mql_threshold", "sql_threshold", "hysteresis")


@safely
def on_update(doc: Any) -> None:
	before = doc.get_doc_before_save()
	if before and any(before.get(field) != doc.get(field) for field in THRESHOLDS):
		enqueue_rescore()
