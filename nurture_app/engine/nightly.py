"""Once a day: what only the passing of time changes, and whatever an event handler may have missed."""

from __future__ import annotations

from nurture_app.engine.activities import act_on
from nurture_app.engine.approvals import remind
from nurture_app.engine.enrollments.pausing import release_held
from nurture_app.engine.experiments.life import review_running
from nurture_app.engine.ledger import refresh_profiles
from nurture_app.engine.live import live_sequences
from nurture_app.engine.overstays import end_overstays
from nurture_app.engine.personas import assign
from nurture_app.engine.ports import Host
from nurture_app.engine.reopening import reopen
from nurture_app.engine.scorer import Scorer
from nurture_app.engine.scoring import RescoreResult, project
from nurture_app.engine.segments import refresh_all
from nurture_app.engine.silence import put_silent_aside
from nurture_app.engine.sql import chunks
from nurture_app.engine.time_triggers import start_by_time
from nurture_app.engine.triggers import fire_for_new_leads, missed_new_leads, start_for_moves


def nightly(host: Host) -> None:
	"""Rescore, give out personas, refresh segments, start what was missed, end what is too long, put the silent aside, take up who shows interest again, try held steps, judge experiments."""
	_rescore(host)
	with host.db.transaction():
		assign(host)
	refresh_all(host)
	for live in live_sequences(host):
		if live.definition.trigger_type == "New Lead":
			for some in chunks(missed_new_leads(host, live), 500):
				with host.db.transaction():
					fire_for_new_leads(host, live, some)
	start_by_time(host)
	end_overstays(host)
	put_silent_aside(host)
	reopen(host)
	remind(host)
	release_held(host)
	review_running(host)


def _rescore(host: Host) -> None:
	"""Stages change and are acted on in one transaction: a crossing is told only once, by whoever writes the stage."""
	scorer = Scorer.load(host)
	refresh_profiles(scorer)
	with host.db.transaction():
		scored = project(scorer, None, {})
		for some in chunks(scored.crossings, 500):
			act_on(host, [], RescoreResult(len(some), list(some)))
		start_for_moves(host, live_sequences(host), scored.moves)
