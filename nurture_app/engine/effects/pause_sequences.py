"""Another sequence, or all others, stand still until this one has ended for the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.enrollments.pausing import hold_still
from nurture_app.engine.enrollments.rows import load_live_of
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class PauseSequences(Effect):
	"""For all leads that have the address. What is paused already stays as it is."""

	sequence: str
	"""Empty: every other one."""

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		rows = load_live_of(host, (outcome.claimed for outcome, _ in found))
		live = {row["name"]: row for row in rows}
		paused: dict[str, str] = {}
		for outcome, effect in found:
			one = outcome.claimed
			# of two that would pause each other the first one goes on; for one that another step of this batch has
			# just ended nobody would ever come forward
			if outcome.ends or one.name in paused or one.name not in live:
				continue
			for name, row in live.items():
				same = row["party"] == one.party or (one.address and row["address"] == one.address)
				if same and row["sequence"] != one.sequence and effect.sequence in ("", row["sequence"]):
					if row["status"] != EnrollmentStatus.PAUSED:
						paused.setdefault(name, one.name)
		_pause(host, live, paused)
		return []


def _pause(host: Host, live: dict[str, dict[str, Any]], paused: dict[str, str]) -> None:
	hold_still(host, [(live[name], Reason.PAUSED_BY_SEQUENCE) for name in sorted(paused)])
	host.db.update("tabNurture Enrollment", ("name", "yields_to"), sorted(paused.items()))
