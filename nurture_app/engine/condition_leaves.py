"""Condition leaves on what happened, on scores, segments, tags, consent and sent messages.

One class per kind, registered in `LEAF_TYPES` under the JSON key that marks it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from pypika import functions as fn
from pypika.terms import Criterion, Term

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_fields import LARGEST, WRITTEN_BY_ENGINE, like_escape
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.sql import P, Query, Raw, doctype, exists, params

Translate = Callable[[str], str]
Comparison = tuple[str, float]
COMPARE = (">=", ">", "=", "!=", "<=", "<")
WORDS = {
	">=": "at least {0}",
	">": "more than {0}",
	"=": "exactly {0}",
	"!=": "not {0}",
	"<=": "at most {0}",
	"<": "fewer than {0}",
}
MIRROR = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}
"""A number of days since a moment is the moment compared the other way round."""
LONGEST = 36_500
"""Days: a hundred years."""


@dataclass(frozen=True, slots=True)
class ActivityLeaf:
	"""`{"activity": name | [names] | "Any", "count": [">=", 3], "within_days": 30, ...}`: only what humans did counts."""

	KEY: ClassVar[str] = "activity"
	names: tuple[str, ...]
	"""Empty: any activity type that counts as engagement."""
	count: Comparison
	within_days: float | None
	channel: str
	detail: str
	since_enrollment: bool
	last_days: Comparison | None
	first_days: Comparison | None

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> ActivityLeaf:
		_only(
			node,
			"activity",
			"count",
			"within_days",
			"channel",
			"detail",
			"since_enrollment",
			"last_days",
			"first_days",
		)
		names = _names(node, "activity")
		since = node.get("since_enrollment", False)
		if not isinstance(since, bool):
			raise NurtureError(
				"condition_bad_value", leaf=_show(node), field="since_enrollment", expected="true / false"
			)
		if since and not in_sequence:
			raise NurtureError("condition_needs_enrollment", leaf=_show(node))
		return cls(
			names=() if names == ("Any",) else names,
			count=_comparison(node, "count") or (">=", 1),
			within_days=_positive(node, "within_days"),
			channel=_optional_text(node, "channel"),
			detail=_optional_text(node, "detail"),
			since_enrollment=since,
			last_days=_comparison(node, "last_days", ordered=True),
			first_days=_comparison(node, "first_days", ordered=True),
		)

	def check_references(self, known: Known) -> None:
		_check_known(self.names, known.activity_types, "condition_unknown_activity", "activity")

	def follows(self, happened: Happened) -> bool:
		return not self.names or not happened.activity_types.isdisjoint(self.names)

	def sql(self, scope: Scope) -> Criterion:
		done = doctype("Nurture Activity", "activity")
		names = self.names or scope.engagement_types or ("",)
		criterion = (
			(done.party == scope.lead.name)
			& done.activity_type.isin(params(names))
			& (done.classification == P("human"))
		)
		if self.within_days is not None:
			criterion &= done.occurred_on > P(scope.now - timedelta(days=self.within_days))
		if self.channel:
			criterion &= done.channel == P(self.channel)
		if self.detail:
			criterion &= Raw("{} LIKE {}", done.detail, f"%{like_escape(self.detail)}%")
		if self.since_enrollment:
			criterion &= done.occurred_on >= scope.enrollment.enrolled_on
		query = Query.from_(done).where(criterion)
		result = _count_criterion(query, done.name, self.count)
		for comparison, function in ((self.last_days, fn.Max), (self.first_days, fn.Min)):
			if comparison:
				operator, days = comparison
				moment = P(scope.now - timedelta(days=days))
				result &= Raw(
					"{} " + MIRROR[operator] + " {}", query.select(function(done.occurred_on)), moment
				)
		return result

	def sentence(self, translate: Translate) -> str:
		what = ", ".join(translate(name) for name in self.names) or translate("any activity")
		if self.count in ((">=", 1), (">", 0)):
			text = translate("did: {0}").format(what)
		elif self.count in (("=", 0), ("<", 1), ("<=", 0)):
			text = translate("did not do: {0}").format(what)
		else:
			text = translate("did {0} times: {1}").format(_how_many(self.count, translate), what)
		if self.within_days is not None:
			text += " " + translate("in the last {0} days").format(_number(self.within_days))
		if self.since_enrollment:
			text += " " + translate("since the sequence began")
		if self.channel:
			text += " " + translate("by {0}").format(self.channel)
		if self.detail:
			text += " " + translate("with {0} in the detail").format(f'"{self.detail}"')
		for comparison, pattern in (
			(self.last_days, "the last time {0} days ago"),
			(self.first_days, "the first time {0} days ago"),
		):
			if comparison:
				text += ", " + translate(pattern).format(_how_many(comparison, translate))
		return text


@dataclass(frozen=True, slots=True)
class SegmentLeaf:
	"""`{"segment": name}`: is a member now."""

	KEY: ClassVar[str] = "segment"
	name: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> SegmentLeaf:
		_only(node, "segment")
		return cls(_text(node, "segment"))

	def check_references(self, known: Known) -> None:
		_check_known((self.name,), known.segments, "condition_unknown_segment", "segment")

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
		_only(node, "tag")
		return cls(_text(node, "tag"))

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
		_only(node, "score", "part")
		part = _optional_text(node, "part")
		if part not in ("", "fit", "engagement"):
			raise NurtureError(
				"condition_bad_value", leaf=_show(node), field="part", expected="fit / engagement"
			)
		return cls(_comparison(node, "score"), part)

	def check_references(self, known: Known) -> None:
		"""Nothing to check."""

	def follows(self, happened: Happened) -> bool:
		return True

	def sql(self, scope: Scope) -> Criterion:
		column = getattr(scope.lead, f"nurture_{self.part}_score" if self.part else "nurture_score")
		return _compare(column, self.comparison)

	def sentence(self, translate: Translate) -> str:
		name = {"": "score is {0}", "fit": "fit score is {0}", "engagement": "engagement score is {0}"}[
			self.part
		]
		return translate(name).format(_how_many(self.comparison, translate))


@dataclass(frozen=True, slots=True)
class StageLeaf:
	"""`{"stage": "MQL"}` or a list of stages."""

	KEY: ClassVar[str] = "stage"
	stages: tuple[str, ...]

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> StageLeaf:
		_only(node, "stage")
		stages = _names(node, "stage")
		for stage in stages:
			if stage not in ("Recycle", "Nurture", "MQL", "SQL"):
				raise NurtureError(
					"condition_unknown_option",
					leaf=_show(node),
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
		return translate("stage is {0}").format(f" {translate('or')} ".join(self.stages))


@dataclass(frozen=True, slots=True)
class TouchLeaf:
	"""`{"touches": "opened", "steps": [...], "count": ["<", 2]}`: counts messages of a sequence by what became of them.

	In a branch it looks at the current enrollment; elsewhere it needs `"sequence": name`, or "Any" for all sequences.
	"""

	KEY: ClassVar[str] = "touches"
	STATES: ClassVar[dict[str, tuple[str, ...]]] = {
		"sent": ("sent_on",),
		"opened": ("opened_on", "clicked_on", "replied_on"),
		"clicked": ("clicked_on",),
		"replied": ("replied_on",),
	}
	"""A click or a reply proves the opening that a mail program hid."""
	state: str
	steps: tuple[str, ...]
	count: Comparison
	sequence: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> TouchLeaf:
		_only(node, "touches", "steps", "count", "sequence")
		state = str(node["touches"])
		if state not in cls.STATES:
			raise NurtureError(
				"condition_bad_value", leaf=_show(node), field="touches", expected=" / ".join(cls.STATES)
			)
		sequence = _optional_text(node, "sequence")
		if not sequence and not in_sequence:
			raise NurtureError("condition_needs_enrollment", leaf=_show(node))
		steps = _names(node, "steps") if node.get("steps") else ()
		return cls(state, steps, _comparison(node, "count") or (">=", 1), sequence)

	def check_references(self, known: Known) -> None:
		if not self.sequence:
			_check_known(self.steps, known.steps, "condition_unknown_step", "step")
		elif self.sequence != "Any":
			_check_known((self.sequence,), known.sequences, "condition_unknown_sequence", "sequence")

	def follows(self, happened: Happened) -> bool:
		return True

	def sql(self, scope: Scope) -> Criterion:
		touch = doctype("Nurture Touch", "touch")
		if self.sequence:
			criterion = touch.party == scope.lead.name
			if self.sequence != "Any":
				criterion &= touch.sequence == P(self.sequence)
		else:
			criterion = touch.enrollment == scope.enrollment.name
		criterion &= touch.channel == P("Email")
		if self.steps:
			criterion &= touch.step.isin(params(self.steps))
		state = None
		for column in self.STATES[self.state]:
			happened = getattr(touch, column).isnotnull()
			state = happened if state is None else state | happened
		return _count_criterion(Query.from_(touch).where(criterion & state), touch.name, self.count)

	def sentence(self, translate: Translate) -> str:
		which = ", ".join(self.steps) or translate("the e-mails")
		pattern = {
			"sent": "was sent {0} of: {1}",
			"opened": "opened {0} of: {1}",
			"clicked": "clicked in {0} of: {1}",
			"replied": "replied to {0} of: {1}",
		}[self.state]
		text = translate(pattern).format(_how_many(self.count, translate), which)
		if not self.sequence:
			return text
		where = "in any sequence" if self.sequence == "Any" else "in the sequence {0}"
		return text + " " + translate(where).format(self.sequence)


@dataclass(frozen=True, slots=True)
class ConsentLeaf:
	"""`{"consent": "Email"}`: marketing consent for the channel is on record and not withdrawn."""

	KEY: ClassVar[str] = "consent"
	CHANNELS: ClassVar[tuple[str, ...]] = ("Email", "SMS", "WhatsApp", "Phone", "Tracking")
	channel: str

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> ConsentLeaf:
		_only(node, "consent")
		channel = _text(node, "consent")
		if channel not in cls.CHANNELS:
			raise NurtureError(
				"condition_bad_value", leaf=_show(node), field="consent", expected=" / ".join(cls.CHANNELS)
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
		_only(node, "age_days", "field")
		fieldname = _optional_text(node, "field") or "creation"
		info = catalog.get(fieldname)
		if info is None:
			raise NurtureError("condition_unknown_field", leaf=_show(node), field=fieldname)
		if info.kind not in ("date", "datetime"):
			raise NurtureError(
				"condition_operator_kind", leaf=_show(node), field=fieldname, operator="age_days"
			)
		return cls(_comparison(node, "age_days", ordered=True), info)

	def check_references(self, known: Known) -> None:
		"""Fields were checked when the leaf was parsed."""

	def follows(self, happened: Happened) -> bool:
		return self.field.fieldname.startswith(WRITTEN_BY_ENGINE)

	def sql(self, scope: Scope) -> Criterion:
		operator, days = self.comparison
		return _compare(
			getattr(scope.lead, self.field.fieldname), (MIRROR[operator], scope.now - timedelta(days=days))
		)

	def sentence(self, translate: Translate) -> str:
		return translate("{0} was {1} days ago").format(
			translate(self.field.label), _how_many(self.comparison, translate)
		)


LEAF_TYPES: dict[str, Any] = {
	leaf.KEY: leaf
	for leaf in (ActivityLeaf, SegmentLeaf, TagLeaf, ScoreLeaf, StageLeaf, TouchLeaf, ConsentLeaf, AgeLeaf)
}


def _count_criterion(query: Any, counted: Term, count: Comparison) -> Criterion:
	"""`query` without columns counts rows; the common cases stop at the first row."""
	if count in ((">=", 1), (">", 0)):
		return exists(query.select(counted))
	if count in (("=", 0), ("<", 1), ("<=", 0)):
		return Raw("NOT {}", exists(query.select(counted)))
	return Raw("{} " + count[0] + " {}", query.select(fn.Count("*")), count[1])


def _compare(term: Term, comparison: tuple[str, Any]) -> Criterion:
	operator, value = comparison
	return Raw("{} " + ("<>" if operator == "!=" else operator) + " {}", term, value)


def _comparison(node: dict, key: str, *, ordered: bool = False) -> Comparison | None:
	"""`[operator, number]` under `key`; None when the key is missing."""
	if key not in node:
		return None
	value = node[key]
	allowed = tuple(MIRROR) if ordered else COMPARE
	most = LONGEST if ordered else LARGEST
	if (
		not isinstance(value, list)
		or len(value) != 2
		or value[0] not in allowed
		or isinstance(value[1], bool)
		or not isinstance(value[1], int | float)
		or not abs(value[1]) <= most
	):
		raise NurtureError(
			"condition_bad_value",
			leaf=_show(node),
			field=key,
			expected=f'["{allowed[0]}", 3], operators {" ".join(allowed)}, numbers up to {most}',
		)
	return value[0], value[1]


def _positive(node: dict, key: str) -> float | None:
	value = node.get(key)
	if value is None:
		return None
	if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST:
		raise NurtureError(
			"condition_bad_value", leaf=_show(node), field=key, expected="a number of days above 0"
		)
	return value


def _names(node: dict, key: str) -> tuple[str, ...]:
	value = node[key]
	items = value if isinstance(value, list) else [value]
	if not items or not all(isinstance(item, str) and item.strip() for item in items):
		raise NurtureError(
			"condition_bad_value", leaf=_show(node), field=key, expected="a name or a list of names"
		)
	return tuple(items)


def _text(node: dict, key: str) -> str:
	if not isinstance(node[key], str) or not node[key].strip():
		raise NurtureError("condition_bad_value", leaf=_show(node), field=key, expected="a name")
	return node[key]


def _optional_text(node: dict, key: str) -> str:
	value = node.get(key)
	if value is not None and not isinstance(value, str):
		raise NurtureError("condition_bad_value", leaf=_show(node), field=key, expected="a text")
	return value or ""


def _only(node: dict, *keys: str) -> None:
	for key in node:
		if key not in keys:
			raise NurtureError("condition_unknown_key", leaf=_show(node), key=key, known=", ".join(keys))


def _check_known(names: tuple[str, ...], known: frozenset[str] | None, code: str, what: str) -> None:
	for name in names:
		if known is not None and name not in known:
			raise NurtureError(code, leaf=name, **{what: name})


def _how_many(comparison: Comparison, translate: Translate) -> str:
	return translate(WORDS[comparison[0]]).format(_number(comparison[1]))


def _number(value: float) -> str:
	return str(int(value)) if value == int(value) else str(value)


def _show(node: Any) -> str:
	return json.dumps(node, ensure_ascii=False, default=str)[:300]
