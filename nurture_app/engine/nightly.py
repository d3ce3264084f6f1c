"""Once a day: what only the passing of time changes, and whatever an event handler may have missed."""

from __future__ import annotations

from nurture_app.engine.activities import act_on
from nurture_app.engine.enrollments import enroll, release_held
from nurture_app.engine.live import load_live_sequences
from nurture_app.engine.ports import Host
from nurture_app.engine.scoring import rescore
from nurture_app.engine.segments import refresh_all
from nurture_app.engine.sql import chunks
from nurture_app.engine.triggers import missed_new_leads


def nightly(host: Host) -> None:
	"""Rescore for the time, refresh segments, start sequences that were missed, try held steps again."""
	crossings = rescore(host).crossings
	for some in chunks(crossings, 500):
		with host.db.transaction():
			act_on(host, [], some)
	refresh_all(host)
	for live in load_live_sequences(host):
		if live.definition.trigger_type == "New Lead":
			enroll(host, live.name, missed_new_leads(host, live), "nightly")
	release_held(host)
