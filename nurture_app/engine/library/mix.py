"""How much of what is sent helps, and how much promotes (CM-22, CD-12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER
from nurture_app.engine.definition import Step
from nurture_app.engine.library.sequence_checks import mails_of_steps
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params


@dataclass(frozen=True, slots=True)
class Mix:
	"""Numbers of mails: of a sequence as it is written now, and of what left."""

	sequence: str
	helping: int = 0
	promoting: int = 0
	sent_helping: int = 0
	sent_promoting: int = 0

	@property
	def percent(self) -> float:
		return _percent(self.promoting, self.helping)

	@property
	def sent_percent(self) -> float:
		return _percent(self.sent_promoting, self.sent_helping)


def mixes(host: Host, sequences: Collection[str], since: datetime) -> list[Mix]:
	"""Of sequences by name; what left since `since` (naive, host zone). A fixed number of queries.

	What left is judged by what its content is now; mails of contents that no sequence names any more are left out.
	"""
	steps = _load_steps(host, sequences)
	mails = mails_of_steps(host, [step for some in steps.values() for step in some])
	promotes = {id(mail.step): mail.is_promotional for mail in mails}
	sent = _load_sent(host, sequences, since)
	found = []
	for sequence in sequences:
		own = [step for step in steps.get(sequence, ()) if id(step) in promotes]
		of_content = {step.content: promotes[id(step)] for step in own}
		counts = {True: 0, False: 0}
		for content, count in sent.get(sequence, {}).items():
			if content in of_content:
				counts[of_content[content]] += count
		promoting = sum(promotes[id(step)] for step in own)
		found.append(Mix(sequence, len(own) - promoting, promoting, counts[False], counts[True]))
	return found


def _load_steps(host: Host, sequences: Collection[str]) -> dict[str, list[Step]]:
	"""What the mix needs of them. Index (parent)."""
	table = doctype("Nurture Sequence Step", "s")
	query = Query.from_(table).select(
		table.parent, table.step_label, table.step_type, table.content, table.role
	)
	query = query.where(table.parent.isin(params(sorted(sequences) or [""]))).orderby(table.parent, table.idx)
	found: dict[str, list[Step]] = {}
	for parent, label, kind, content, role in host.db.rows(query):
		found.setdefault(parent, []).append(Step(label, kind, content=content or "", role=role or ""))
	return found


def _load_sent(host: Host, sequences: Collection[str], since: datetime) -> dict[str, dict[str, int]]:
	"""By sequence and the content of its step; a version in another language counts for what it is a version of."""
	touch, content = doctype("Nurture Touch", "t"), doctype("Nurture Content", "c")
	original = fn.Coalesce(fn.NullIf(content.version_of, P("")), touch.content)
	query = Query.from_(touch).left_join(content).on(content.name == touch.content)
	query = query.select(touch.sequence, original, fn.Count(touch.name)).groupby(touch.sequence, original)
	query = query.where(touch.status.isin(params([str(status) for status in HANDED_OVER])))
	query = query.where(
		(touch.queued_on >= P(since)) & touch.sequence.isin(params(sorted(sequences) or [""]))
	)
	found: dict[str, dict[str, int]] = {}
	for sequence, name, count in host.db.rows(query.where(touch.channel == P("Email"))):
		counts = found.setdefault(sequence, {})
		counts[name or ""] = counts.get(name or "", 0) + int(count)
	return found


def _percent(part: int, rest: int) -> float:
	return 100 * part / (part + rest) if part + rest else 0.0
