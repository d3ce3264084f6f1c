"""Into another sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nurture_app.engine import trigger_log
from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Delivery, Host
from nurture_app.engine.trigger_log import Firing
from nurture_app.engine.triggers import fire

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class EnrollIn(Effect):
	"""As a trigger does it: logged, once for each visit of the step, and no longer a chain than triggers may make."""

	changes_leads: ClassVar[bool] = True

	sequence: str

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		live = {one.name: one for one in live_sequences(host)}
		ways: dict[tuple[str, str], list[tuple[str, Firing]]] = {}
		for outcome, effect in found:
			one = outcome.claimed
			what = f"{one.sequence}: {one.step}"
			firing = Firing(one.party, one.touch_key, what, cause=one.name)
			ways.setdefault((effect.sequence, one.sequence), []).append((outcome.touch, firing))
		refused = []
		for (target, source), firings in ways.items():
			if target not in live:
				refused += [(touch, Reason.NOT_ACTIVE, target) for touch, _ in firings]
				continue
			fire(host, live[target], [firing for _, firing in firings], over=source)
			logged = trigger_log.decided(host, [firing.row_name(target) for _, firing in firings])
			for touch, firing in firings:
				result, reason = logged.get(firing.row_name(target), ("", ""))
				if result != trigger_log.STARTED:
					refused.append((touch, reason, target))
		columns = ("name", "status", "reason", "reason_detail")
		rows = [(touch, TouchStatus.SKIPPED, reason, target) for touch, reason, target in refused]
		host.db.update("tabNurture Touch", columns, rows)
		return []
