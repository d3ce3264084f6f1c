"""No more marketing e-mail to a person who does not react."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nurture_app.engine import optout
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class Suppress(Effect):
	"""One by one: each opt-out ends what else runs for the person, and there are few of them."""

	changes_leads: ClassVar[bool] = True

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		for outcome, _ in found:
			one = outcome.claimed
			address = batch.recipient(one).address
			if address:
				optout.suppress(host, address, f"sequence {one.sequence}", "No Reaction", one.party)
		return []
