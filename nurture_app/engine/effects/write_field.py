"""A value for a field of the lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nurture_app.engine.effects.base import Effect
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found


@dataclass(frozen=True, slots=True)
class WriteField(Effect):
	fieldname: str
	value: Any

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		by_field: dict[str, list[tuple[str, Any]]] = {}
		for outcome, effect in found:
			by_field.setdefault(effect.fieldname, []).append((outcome.claimed.party, effect.value))
		for fieldname, rows in by_field.items():
			host.db.update("tabLead", ("name", fieldname), rows)
		return []
