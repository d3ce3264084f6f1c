"""Points for a lead: an entry of the score ledger like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from nurture_app.engine.activities import follow_leads_in
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.ledger import ENTRY_COLUMNS
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class GivePoints(Effect):
	"""The key of the entry is that of the touch, so that no repetition counts twice. It belongs to no rule."""

	changes_leads: ClassVar[bool] = True

	points: int
	part: str
	days: int
	"""After which they count no more; 0: they always do."""

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		rows = [
			(
				host.db.new_name(),
				f"S|{outcome.claimed.touch_key}"[:140],
				"Lead",
				outcome.claimed.party,
				None,
				"",
				effect.part,
				effect.points,
				batch.now,
				batch.now + timedelta(days=effect.days) if effect.days else None,
				0,
				f"{outcome.claimed.sequence}: {outcome.claimed.step}"[:140],
			)
			for outcome, effect in found
		]
		host.db.insert("tabNurture Score Entry", ENTRY_COLUMNS, rows, ignore=True)
		follow_leads_in(host, sorted({outcome.claimed.party for outcome, _ in found}))
		return []
