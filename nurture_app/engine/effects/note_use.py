"""Which blocks and assets a mail carried: what a lead has had, and what each of them brings (CM-09, CM-14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nurture_app.engine.effects.base import Effect
from nurture_app.engine.library.assets import Asset
from nurture_app.engine.library.contents import Content
from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.effects.base import Found
	from nurture_app.engine.outcome import Outcome

COLUMNS = ("name", "touch", "party_type", "party", "content", "block", "variant", "asset", "used_on")


@dataclass(frozen=True, slots=True)
class NoteUse(Effect):
	block: str = ""
	"""Empty: the asset stands in the mail itself."""
	variant: str = ""
	"""Empty: the default."""
	asset: str = ""

	@classmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		rows = [
			(
				host.db.new_name(),
				outcome.touch,
				"Lead",
				outcome.claimed.party,
				outcome.content,
				effect.block or None,
				effect.variant,
				effect.asset or None,
				batch.now,
			)
			for outcome, effect in found
		]
		host.db.insert("tabNurture Content Use", COLUMNS, rows)
		return []


def note_assets(outcome: Outcome, content: str, assets: Iterable[Asset]) -> None:
	"""Likewise of a message to a telephone or on the portal."""
	outcome.content = content
	outcome.effects += [NoteUse(asset=asset.name) for asset in assets]


def note_uses(outcome: Outcome, content: Content, batch: Batch) -> None:
	"""Add to `outcome` what its mail carries: one use for each block and for each asset."""
	expanded = content.expanded
	uses = [NoteUse(asset=asset.name) for asset in expanded.assets.values()]
	for short_name, block in expanded.blocks.items():
		number = batch.picks[outcome.claimed.party][short_name]
		key = (short_name, number)
		label, own = block.label_of(number), expanded.of_variants.get(key)
		uses.append(NoteUse(block.name, label, own.name if own else ""))
		uses += [NoteUse(block.name, label, asset.name) for asset in expanded.further.get(key, ())]
	outcome.effects += uses
