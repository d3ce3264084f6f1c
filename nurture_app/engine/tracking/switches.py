"""Whether a mail is tracked: asked of the site, the sequence, the person's country (`privacy_rules`) and the person, and off
when any of them says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nurture_app.engine.config import Settings

NO_TRACKING = "nurture_no_tracking"
"""The field of the Lead with which a person is left out."""


def what_to_track(settings: Settings, is_allowed: bool, lead: Mapping[str, Any]) -> tuple[bool, bool]:
	"""Whether to track openings, and clicks, of a mail to `lead`, where sequence and country allow it."""
	if not is_allowed or int(lead.get(NO_TRACKING) or 0):
		return False, False
	return settings.track_opens, settings.track_clicks
