"""Who ignored a mail is not asked back with the same one: subjects that re-engagement may not use again (RE-04)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nurture_app.engine.codes import AWAY, NurtureError
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

REENGAGEMENT = "Re-engagement"
"""The role of steps it is about."""
SENT_SUBJECTS = "sent subjects"
"""Where a batch keeps them: by lead, subject with the sequence and the step that sent it."""


def load_sent_subjects(host: Host, claimed: Sequence[Claimed]) -> dict[str, set[tuple[str, str, str]]]:
	"""What left to the leads of `claimed`. One query per thousand; index (party, sent_on)."""
	touch = doctype("Nurture Touch", "t")
	found: dict[str, set[tuple[str, str, str]]] = {}
	for parties in chunks(sorted({one.party for one in claimed})):
		query = Query.from_(touch).select(touch.party, touch.subject, touch.sequence, touch.step).distinct()
		query = query.where(touch.party.isin(params(parties)) & (touch.channel == P("Email")))
		query = query.where(touch.status.isin(params([str(status) for status in AWAY])))
		for party, subject, sequence, step in host.db.rows(query):
			found.setdefault(party, set()).add((_plain(subject or ""), sequence or "", step or ""))
	return found


def check_subject(batch: Batch, one: Claimed, subject: str) -> None:
	"""Raise `subject_repeated` for one this lead has had from another step. The step itself may come round again."""
	if batch.step_of(one).role != REENGAGEMENT:
		return
	sent = batch.loaded.get(SENT_SUBJECTS, {}).get(one.party, ())
	if any(
		known == _plain(subject) and (sequence, step) != (one.sequence, one.step)
		for known, sequence, step in sent
	):
		raise NurtureError("subject_repeated", subject=subject)


def _plain(subject: str) -> str:
	return " ".join(subject.lower().split())[:255]
