"""What happens to one enrollment now: pure, from the batch's facts to an outcome."""

from __future__ import annotations

from nurture_app.engine.batch import Batch, Claimed
from nurture_app.engine.codes import HANDED_OVER, EnrollmentStatus, NurtureError, Reason, TouchStatus
from nurture_app.engine.effects.write_tag import WriteTag
from nurture_app.engine.enrollments.consequences import REACTIONS, consequence
from nurture_app.engine.outcome import Outcome, advance, hold, pass_over
from nurture_app.engine.overstays import is_over
from nurture_app.engine.preferred_channel import by_preference
from nurture_app.engine.regions import is_within
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.engine.touch_tiers import is_high_touch, keeps_away

LEFT = (*HANDED_OVER, TouchStatus.GIVEN, TouchStatus.DONE)
"""Ledger states after which a step must not be repeated."""


def decide(one: Claimed, batch: Batch) -> Outcome:
	"""The outcome for a claimed enrollment. Whatever goes wrong holds it with a reason; nothing advances silently."""
	try:
		return _decide(one, batch)
	except NurtureError as error:
		reason = Reason.WINDOW_NEVER_OPENS if error.code == Reason.WINDOW_NEVER_OPENS else Reason.STEP_ERROR
		return hold(one, reason, str(error))
	except Exception as error:  # one enrollment must not keep its whole batch from going
		return hold(one, Reason.STEP_ERROR, f"{type(error).__name__}: {error}")


def _decide(one: Claimed, batch: Batch) -> Outcome:
	step = batch.step_of(one)
	if step is None:
		return hold(one, Reason.STEP_MISSING, one.step)
	if one.party not in batch.leads:
		return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.PARTY_MISSING)
	ended = _ended_meanwhile(one, batch)
	if ended:
		return ended
	known = batch.touches.get(one.touch_key)
	if known and known[1] in LEFT:
		return advance(one, step, batch)
	if step.only_countries and not is_within(step.only_countries, batch.leads[one.party].get("country")):
		return pass_over(one, step, batch, Reason.OTHER_COUNTRY)
	outcome = STEP_TYPES[step.step_type].decide(one, step, batch)
	if one.name in batch.followed:
		planned = batch.definitions[one.version].step(one.step)
		outcome.extra.setdefault("detail", by_preference(planned, step))
	return outcome


def _ended_meanwhile(one: Claimed, batch: Batch) -> Outcome | None:
	"""Goal and exits hold for the whole sequence: asked again here, should an event handler have failed."""
	definition = batch.definitions[one.version]
	for event in batch.events.get(one.party, ()):
		if event.occurred_on <= one.enrolled_on:  # what started the sequence does not end it
			continue
		status, reason = consequence(definition, event)
		if status in (EnrollmentStatus.COMPLETED, EnrollmentStatus.EXITED):
			detail = event.activity_type if reason == Reason.EXIT_ACTIVITY else ""
			outcome = Outcome(one, status, one.step, reason=reason, detail=detail)
			if definition.reaction_tag and reason in REACTIONS:
				outcome.effects.append(WriteTag(definition.reaction_tag, adds=True))
			return outcome
	if is_over(
		definition, one.enrolled_on, batch.leads[one.party].get("nurture_last_activity_on"), batch.now
	):
		return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.TOO_LONG)
	if is_high_touch(batch.leads[one.party], batch.high_touch) and keeps_away(definition):
		return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.HIGH_TOUCH)
	if definition.exit_on_conversion and batch.leads[one.party].get("status") == "Converted":
		return Outcome(one, EnrollmentStatus.EXITED, one.step, reason=Reason.CONVERTED)
	return None
