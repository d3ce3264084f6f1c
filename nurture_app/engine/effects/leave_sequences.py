"""Out of another sequence, or out of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.enrollments.ending import end
from nurture_app.engine.enrollments.rows import load_live_of
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class LeaveSequences(Effect):
	"""What ends ends for the person: for all leads that have the address."""

	sequence: str
	"""Empty: every other one."""

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		wanted: dict[str, set[tuple[str, str]]] = {}
		for outcome, effect in found:
			one = outcome.claimed
			for key in {one.party, one.address} - {""}:
				wanted.setdefault(key, set()).add((effect.sequence, one.sequence))
		rows = load_live_of(host, (outcome.claimed for outcome, _ in found))
		leaving = {
			row["name"]
			for row in rows
			for key in (row["party"], row["address"])
			for target, source in wanted.get(key or "", ())
			if row["sequence"] != source and target in ("", row["sequence"])
		}
		end(host, [(name, EnrollmentStatus.EXITED, Reason.LEFT_BY_SEQUENCE) for name in sorted(leaving)])
		return []
