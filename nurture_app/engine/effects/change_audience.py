"""Into an audience for ads, or out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nurture_app.engine import audiences
from nurture_app.engine.audiences import Audience
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class ChangeAudience(Effect):
	"""A fixed number of statements for each audience and action."""

	audience: Audience
	action: str
	lead: Mapping[str, Any]

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		groups: dict[tuple[Audience, str], list[Mapping[str, Any]]] = {}
		for _, effect in found:
			groups.setdefault((effect.audience, effect.action), []).append(effect.lead)
		for (audience, action), leads in groups.items():
			if action == "Remove":
				audiences.leave(host, audience, [lead["name"] for lead in leads], "step")
			else:
				audiences.join(host, audience, leads, batch.settings)
		return []
