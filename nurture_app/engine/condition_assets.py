"""The condition leaf on what a lead has had of the library (CM-09)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pypika.terms import Criterion

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_nodes import (
	Translate,
	lately,
	only_keys,
	read_days,
	read_optional_text,
	read_text,
	show_leaf,
)
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.known_names import check_known
from nurture_app.engine.library.had import CLICK, HAD, SENT, TAKEN_IN, TOOK, had_asset
from nurture_app.engine.ports import FieldInfo

SENTENCES = {HAD: "has had the asset {0}", SENT: "was sent the asset {0}", TOOK: "took the asset {0}"}


@dataclass(frozen=True, slots=True)
class AssetLeaf:
	"""`{"asset": "Price List", "how": "had" | "sent" | "took", "within_days": 90}`, in whichever language; without `how`: had.

	Taken is what a person downloaded, attended, or followed a link to; had is what was sent or taken.
	"""

	KEY: ClassVar[str] = "asset"
	name: str
	how: str
	within_days: float | None

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> AssetLeaf:
		only_keys(node, "asset", "how", "within_days")
		how = read_optional_text(node, "how") or HAD
		if how not in SENTENCES:
			raise NurtureError(
				"condition_bad_value", leaf=show_leaf(node), field="how", expected=" / ".join(SENTENCES)
			)
		return cls(read_text(node, "asset"), how, read_days(node, "within_days"))

	def check_references(self, known: Known) -> None:
		check_known((self.name,), known.assets, "condition_unknown_asset", "asset")

	def follows(self, happened: Happened) -> bool:
		return self.how != SENT and not happened.activity_types.isdisjoint((CLICK, *TAKEN_IN))

	def sql(self, scope: Scope) -> Criterion:
		since = scope.ago(self.within_days) if self.within_days is not None else None
		return had_asset(scope.lead, self.name, self.how, since, scope.dialect)

	def sentence(self, translate: Translate) -> str:
		text = translate(SENTENCES[self.how]).format(self.name)
		if self.within_days is not None:
			text += " " + lately(self.within_days, translate)
		return text
