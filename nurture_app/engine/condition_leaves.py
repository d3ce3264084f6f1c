"""Condition leaves on scores, segments, tags, stages, consent and age, and the register of all kinds of leaf.

One class per kind, registered in `LEAF_TYPES` under the JSON key that marks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pypika.terms import Criterion

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_assets import AssetLeaf
from nurture_app.engine.condition_fields import WRITTEN_BY_ENGINE
from nurture_app.engine.condition_history import ActivityLeaf, TouchLeaf
from nurture_app.engine.condition_nodes import (
	MIRROR,
	Comparison,
	Translate,
	compare,
	how_much,
	only_keys,
	read_comparison,
	read_names,
	read_optional_text,
	read_text,
	show_leaf,
)
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.known_names import check_segments, unknown_field
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.sql import P, Query, as_moment, doctype, exists, params


@dataclass(frozen=True, slots=True)
class SegmentLeaf:
	"""`{"segment": name}`: is a member now."""

	KEY: ClassVar[str] = "segment"
	name: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> SegmentLeaf:
		only_keys(node, "segment")
		return cls(read_text(node, "segment"))

	def check_references(self, known: Known) -> None:
		check_segments((self.name,), known.segments)

	def follows(self, happened: Happened) -> bool:
		return True

	def sql(self, scope: Scope) -> Criterion:
		member = doctype("Nurture Segment Member", "member")
		return exists(
			Query.from_(member)
			.select(member.name)
			.where(
				(member.party == scope.lead.name) & (member.segment == P(self.name)) & member.left_on.isnull()
			)
		)

	def sentence(self, translate: Translate) -> str:
		return translate("is in the segment {0}").format(self.name)


@dataclass(frozen=True, slots=True)
class TagLeaf:
	"""`{"tag": name}`."""

	KEY: ClassVar[str] = "tag"
	name: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> TagLeaf:
		only_keys(node, "tag")
		return cls(read_text(node, "tag"))

	def check_references(self, known: Known) -> None:
		"""Tags are made freely."""

	def follows(self, happened: Happened) -> bool:
		return False

	def sql(self, scope: Scope) -> Criterion:
		link = doctype("Tag Link", "tag_link")
		return exists(
			Query.from_(link)
			.select(link.name)
			.where(
				(link.document_type == P("Lead"))
				& (link.document_name == scope.lead.name)
				& (link.tag == P(self.name))
			)
		)

	def sentence(self, translate: Translate) -> str:
		return translate("has the tag {0}").format(self.name)


@dataclass(frozen=True, slots=True)
class ScoreLeaf:
	"""`{"score": [">=", 50], "part": "fit" | "engagement"}`; without a part the total."""

	KEY: ClassVar[str] = "score"
	comparison: Comparison
	part: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> ScoreLeaf:
		only_keys(node, "score", "part")
		part = read_optional_text(node, "part")
		if part not in ("", "fit", "engagement"):
			raise NurtureError(
				"condition_bad_value", leaf=show_leaf(node), field="part", expected="fit / engagement"
			)
		return cls(read_comparison(node, "score"), part)

	def check_references(self, known: Known) -> None:
		"""Nothing to check."""

	def follows(self, happened: Happened) -> bool:
		return True

	def sql(self, scope: Scope) -> Criterion:
		column = getattr(scope.lead, f"nurture_{self.part}_score" if self.part else "nurture_score")
		return compare(column, self.comparison)

	def sentence(self, translate: Translate) -> str:
		name = {"": "score is {0}", "fit": "fit score is {0}", "engagement": "engagement score is {0}"}[
			self.part
		]
		return translate(name).format(how_much(self.comparison, translate))


@dataclass(frozen=True, slots=True)
class StageLeaf:
	"""`{"stage": "MQL"}` or a list of stages."""

	KEY: ClassVar[str] = "stage"
	stages: tuple[str, ...]

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> StageLeaf:
		only_keys(node, "stage")
		stages = read_names(node, "stage")
		for stage in stages:
			if stage not in ("Recycle", "Nurture", "MQL", "SQL"):
				raise NurtureError(
					"condition_unknown_option",
					leaf=show_leaf(node),
					field="stage",
					value=stage,
					known="Recycle, Nurture, MQL, SQL",
				)
		return cls(stages)

	def check_references(self, known: Known) -> None:
		"""Stages were checked when the leaf was parsed."""

	def follows(self, happened: Happened) -> bool:
		return True

	def sql(self, scope: Scope) -> Criterion:
		return scope.lead.nurture_stage.isin(params(self.stages))

	def sentence(self, translate: Translate) -> str:
		return translate("stage is {0}").format(f" {translate('or')} ".join(map(translate, self.stages)))


@dataclass(frozen=True, slots=True)
class ConsentLeaf:
	"""`{"consent": "Email"}`: marketing consent for the channel is on record and not withdrawn."""

	KEY: ClassVar[str] = "consent"
	CHANNELS: ClassVar[tuple[str, ...]] = ("Email", "SMS", "WhatsApp", "Phone", "Tracking")
	channel: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> ConsentLeaf:
		only_keys(node, "consent")
		channel = read_text(node, "consent")
		if channel not in cls.CHANNELS:
			raise NurtureError(
				"condition_bad_value",
				leaf=show_leaf(node),
				field="consent",
				expected=" / ".join(cls.CHANNELS),
			)
		return cls(channel)

	def check_references(self, known: Known) -> None:
		"""Channels were checked when the leaf was parsed."""

	def follows(self, happened: Happened) -> bool:
		return False

	def sql(self, scope: Scope) -> Criterion:
		consent = doctype("Nurture Consent", "consent")
		return exists(
			Query.from_(consent)
			.select(consent.name)
			.where(
				(consent.party == scope.lead.name)
				& (consent.channel == P(self.channel))
				& (consent.purpose == P("Marketing"))
				& (consent.status == P("Given"))
			)
		)

	def sentence(self, translate: Translate) -> str:
		return translate("agreed to marketing by {0}").format(translate(self.channel))


@dataclass(frozen=True, slots=True)
class AgeLeaf:
	"""`{"age_days": [">=", 60], "field": "creation"}`: days since a date of the lead."""

	KEY: ClassVar[str] = "age_days"
	comparison: Comparison
	field: FieldInfo

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> AgeLeaf:
		only_keys(node, "age_days", "field")
		fieldname = read_optional_text(node, "field") or "creation"
		info = catalog.get(fieldname)
		if info is None:
			raise unknown_field(fieldname, catalog, show_leaf(node))
		if info.kind not in ("date", "datetime"):
			raise NurtureError(
				"condition_operator_kind", leaf=show_leaf(node), field=fieldname, operator="age_days"
			)
		return cls(read_comparison(node, "age_days", ordered=True), info)

	def check_references(self, known: Known) -> None:
		"""Fields were checked when the leaf was parsed."""

	def follows(self, happened: Happened) -> bool:
		return self.field.fieldname.startswith(WRITTEN_BY_ENGINE)

	def sql(self, scope: Scope) -> Criterion:
		operator, days = self.comparison
		moment = getattr(scope.lead, self.field.fieldname)
		if self.field.kind == "date":
			moment = as_moment(moment, scope.dialect)
		return compare(moment, (MIRROR[operator], scope.ago(days)))

	def sentence(self, translate: Translate) -> str:
		pattern = "{0} was {1} day ago" if self.comparison[1] == 1 else "{0} was {1} days ago"
		return translate(pattern).format(translate(self.field.label), how_much(self.comparison, translate))


LEAF_TYPES: dict[str, Any] = {
	leaf.KEY: leaf
	for leaf in (
		ActivityLeaf,
		SegmentLeaf,
		TagLeaf,
		ScoreLeaf,
		StageLeaf,
		TouchLeaf,
		ConsentLeaf,
		AgeLeaf,
		AssetLeaf,
	)
}
