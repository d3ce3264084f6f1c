"""A tag put on leads or taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nurture_app.engine.effects.base import Effect
from nurture_app.engine.effects.tell import event_of, tell
from nurture_app.engine.ports import Delivery, Host
from nurture_app.engine.tags import TagChange, write_tags

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class WriteTag(Effect):
	changes_leads: ClassVar[bool] = True

	tag: str
	adds: bool
	"""Otherwise it is taken off."""

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		wanted: dict[str, list[TagChange]] = {}
		for outcome, effect in found:
			wanted.setdefault(outcome.claimed.party, []).append(TagChange(effect.tag, effect.adds))
		moved = set(write_tags(host, wanted))
		tell(
			host,
			[
				event_of(host, outcome, "Tag Added" if effect.adds else "Tag Removed", effect.tag)
				for outcome, effect in found
				if outcome.claimed.party in moved
			],
		)
		return []
