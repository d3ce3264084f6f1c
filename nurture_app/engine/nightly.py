"""Once a day: what only the passing of time changes, and whatever an event handler may have missed."""

from __future__ import annotations

from collections.abc import Callable

from nurture_app.engine import personas
from nurture_app.engine.activities import act_on
from nurture_app.engine.approvals import remind
from nurture_app.engine.enrollments.pausing import release_held
from nurture_app.engine.experiments.life import review_running
from nurture_app.engine.ledger import refresh_profiles
from nurture_app.engine.live import LiveSequence, live_sequences
from nurture_app.engine.one_by_one import Failure, NotAll, each
from nurture_app.engine.overstays import end_overstays
from nurture_app.engine.ports import Host
from nurture_app.engine.reopening import reopen
from nurture_app.engine.scorer import Scorer
from nurture_app.engine.scoring import RescoreResult, project
from nurture_app.engine.segments import refresh_all
from nurture_app.engine.silence import put_silent_aside
from nurture_app.engine.sql import chunks
from nurture_app.engine.tier_changes import give_all
from nurture_app.engine.time_triggers import start_by_time
from nurture_app.engine.triggers import fire_for_new_leads, missed_new_leads, start_for_moves


def nightly(host: Host) -> None:
	"""Everything in `PIECES`, in order. What fails keeps nothing else from being done, and is raised at the end."""
	failures: list[Failure] = []
	for piece in PIECES:
		try:
			piece(host)
		except NotAll as error:
			failures += error.failures
		except Exception as error:
			failures.append(Failure("", "", error))
	retryable = host.db.retryable
	# what another transaction caused is tried again by the host, if it hears of it
	for failure in failures:
		if isinstance(failure.error, retryable):
			raise failure.error
	if len(failures) == 1 and not failures[0].name:
		raise failures[0].error
	if failures:
		raise NotAll(failures) from failures[0].error


def _rescore(host: Host) -> None:
	"""Stages change and are acted on in one transaction: a crossing is told only once, by whoever writes the stage."""
	scorer = Scorer.load(host)
	refresh_profiles(scorer)
	with host.db.transaction():
		scored = project(scorer, None, {})
		for some in chunks(scored.crossings, 500):
			act_on(host, [], RescoreResult(len(some), list(some)))
		start_for_moves(host, live_sequences(host), scored.moves)


def _give_out_personas(host: Host) -> None:
	with host.db.transaction():
		personas.assign(host)


def _give_out_types_and_tiers(host: Host) -> None:
	"""What moves of segments give at once, for who was in quarantine or was chosen for by hand until now."""
	with host.db.transaction():
		give_all(host)


def _start_for_missed_leads(host: Host) -> None:
	def start(live: LiveSequence) -> None:
		for some in chunks(missed_new_leads(host, live), 500):
			with host.db.transaction():
				fire_for_new_leads(host, live, some)

	waiting = {one.name: one for one in live_sequences(host) if one.definition.trigger_type == "New Lead"}
	each("Nurture Sequence", waiting, start, host.db.retryable)


PIECES: tuple[Callable[[Host], object], ...] = (
	_rescore,
	_give_out_personas,
	refresh_all,
	_give_out_types_and_tiers,
	_start_for_missed_leads,
	start_by_time,
	end_overstays,
	put_silent_aside,
	reopen,
	remind,
	release_held,
	review_running,
)
"""Segments build on scores and personas, what starts sequences on segments."""
