"""Condition leaves on what happened: activities of the lead, and what became of messages sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pypika import Order, Table
from pypika import functions as fn
from pypika.terms import Criterion, Term

from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_names import CHANNELS
from nurture_app.engine.condition_nodes import (
	MIRROR,
	Comparison,
	Translate,
	how_many,
	how_much,
	lately,
	only_keys,
	read_comparison,
	read_days,
	read_names,
	read_optional_text,
	show_leaf,
)
from nurture_app.engine.condition_scope import Happened, Known, Scope
from nurture_app.engine.known_names import check_activity_types, check_known
from nurture_app.engine.ports import FieldInfo
from nurture_app.engine.sql import Fn, P, Query, Raw, doctype, exists, like_escape, params

MOST_LAST = 100
LONG_AGO = datetime(1900, 1, 1)


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
		only_keys(
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
		names = read_names(node, "activity")
		since = node.get("since_enrollment", False)
		if not isinstance(since, bool):
			raise NurtureError(
				"condition_bad_value", leaf=show_leaf(node), field="since_enrollment", expected="true / false"
			)
		if since and not in_sequence:
			raise NurtureError("condition_needs_enrollment", leaf=show_leaf(node))
		return cls(
			names=() if names == ("Any",) else names,
			count=read_comparison(node, "count") or (">=", 1),
			within_days=read_days(node, "within_days"),
			channel=read_optional_text(node, "channel"),
			detail=read_optional_text(node, "detail"),
			since_enrollment=since,
			last_days=read_comparison(node, "last_days", ordered=True),
			first_days=read_comparison(node, "first_days", ordered=True),
		)

	def check_references(self, known: Known) -> None:
		check_activity_types(self.names, known.activity_types)
		if self.channel and known.channels is not None and self.channel not in known.channels:
			raise NurtureError(
				"condition_unknown_channel",
				leaf=self.channel,
				channel=self.channel,
				known=", ".join(CHANNELS),
			)

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
			criterion &= done.occurred_on > scope.ago(self.within_days)
		if self.channel:
			criterion &= done.channel == P(without_markup(self.channel))
		if self.detail:
			detail = like_escape(without_markup(self.detail))  # as activities are kept
			criterion &= Raw("{} LIKE {}", done.detail, f"%{detail}%")
		if self.since_enrollment:
			criterion &= done.occurred_on >= scope.enrollment.enrolled_on
		query = Query.from_(done).where(criterion)
		result = _count_criterion(query, done.name, self.count)
		for comparison, function in ((self.last_days, fn.Max), (self.first_days, fn.Min)):
			if comparison:
				operator, days = comparison
				moment = query.select(function(done.occurred_on))
				result &= Raw("{} " + MIRROR[operator] + " {}", moment, scope.ago(days))
		return result

	def sentence(self, translate: Translate) -> str:
		what = ", ".join(translate(name) for name in self.names) or translate("any activity")
		if self.count in ((">=", 1), (">", 0)):
			text = translate("did: {0}").format(what)
		elif self.count in (("=", 0), ("<", 1), ("<=", 0)):
			text = translate("did not do: {0}").format(what)
		else:
			pattern = "did {0} time: {1}" if self.count[1] == 1 else "did {0} times: {1}"
			text = translate(pattern).format(how_many(self.count, translate), what)
		if self.within_days is not None:
			text += " " + lately(self.within_days, translate)
		if self.since_enrollment:
			text += " " + translate("since the sequence began")
		if self.channel:
			text += " " + translate("by {0}").format(self.channel)
		if self.detail:
			text += " " + translate("with {0} in the detail").format(f'"{self.detail}"')
		for comparison, one, many in (
			(self.last_days, "the last time {0} day ago", "the last time {0} days ago"),
			(self.first_days, "the first time {0} day ago", "the first time {0} days ago"),
		):
			if comparison:
				pattern = one if comparison[1] == 1 else many
				text += ", " + translate(pattern).format(how_much(comparison, translate))
		return text


@dataclass(frozen=True, slots=True)
class TouchLeaf:
	"""`{"touches": "opened", "steps": [...], "count": ["<", 2]}`: counts messages of a sequence by what became of them.

	In a branch it looks at the current enrollment; elsewhere it needs `"sequence": name`, or "Any" for all sequences. With
	`"last": 4` only the last four of these that left count (SG-05).
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
	last: int
	"""0: all of them."""

	@classmethod
	def parse(cls, node: dict, catalog: Mapping[str, FieldInfo], in_sequence: bool) -> TouchLeaf:
		only_keys(node, "touches", "steps", "count", "sequence", "last")
		state = str(node["touches"])
		if state not in cls.STATES:
			raise NurtureError(
				"condition_bad_value", leaf=show_leaf(node), field="touches", expected=" / ".join(cls.STATES)
			)
		sequence = read_optional_text(node, "sequence")
		if not sequence and not in_sequence:
			raise NurtureError("condition_needs_enrollment", leaf=show_leaf(node))
		steps = read_names(node, "steps") if node.get("steps") else ()
		return cls(state, steps, read_comparison(node, "count") or (">=", 1), sequence, _read_last(node))

	def check_references(self, known: Known) -> None:
		if not self.sequence:
			check_known(self.steps, known.steps, "condition_unknown_step", "step")
		elif self.sequence != "Any":
			check_known((self.sequence,), known.sequences, "condition_unknown_sequence", "sequence")
			self._check_steps(known)

	def _check_steps(self, known: Known) -> None:
		"""Steps of older versions are known, too: their messages are still counted."""
		if not self.steps or known.steps_of is None:
			return
		labels = known.steps_of(self.sequence)
		for step in self.steps:
			if step not in labels:
				raise NurtureError(
					"condition_unknown_step_of",
					leaf=step,
					step=step,
					sequence=self.sequence,
					known=", ".join(sorted(labels)) or "–",
				)

	def follows(self, happened: Happened) -> bool:
		return True

	def sql(self, scope: Scope) -> Criterion:
		touch = doctype("Nurture Touch", "touch")
		criterion = self._looked_at(touch, scope)
		if self.last:
			criterion &= touch.sent_on >= self._first_of_last(scope)
		state = None
		for column in self.STATES[self.state]:
			happened = getattr(touch, column).isnotnull()
			state = happened if state is None else state | happened
		return _count_criterion(Query.from_(touch).where(criterion & state), touch.name, self.count)

	def _looked_at(self, touch: Table, scope: Scope) -> Criterion:
		"""Which messages it is about."""
		if self.sequence:
			criterion = touch.party == scope.lead.name
			if self.sequence != "Any":
				criterion &= touch.sequence == P(self.sequence)
		else:
			criterion = touch.enrollment == scope.enrollment.name
		criterion &= touch.channel == P("Email")
		return criterion & touch.step.isin(params(self.steps)) if self.steps else criterion

	def _first_of_last(self, scope: Scope) -> Term:
		"""When the first of the last so many left; long ago where there were not so many."""
		touch = doctype("Nurture Touch", "late")
		query = Query.from_(touch).select(touch.sent_on)
		query = query.where(self._looked_at(touch, scope) & touch.sent_on.isnotnull())
		query = query.orderby(touch.sent_on, order=Order.desc).limit(1).offset(self.last - 1)
		return Fn("COALESCE", query, P(LONG_AGO))

	def sentence(self, translate: Translate) -> str:
		which = ", ".join(self.steps) or translate("the e-mails")
		if self.last:
			which = translate("the last {0} of {1}").format(self.last, which)
		pattern = {
			"sent": "was sent {0} of: {1}",
			"opened": "opened {0} of: {1}",
			"clicked": "clicked in {0} of: {1}",
			"replied": "replied to {0} of: {1}",
		}[self.state]
		text = translate(pattern).format(how_many(self.count, translate), which)
		if not self.sequence:
			return text
		where = "in any sequence" if self.sequence == "Any" else "in the sequence {0}"
		return text + " " + translate(where).format(self.sequence)


def _read_last(node: dict) -> int:
	last = node.get("last")
	if last is None:
		return 0
	if isinstance(last, bool) or not isinstance(last, int) or not 1 <= last <= MOST_LAST:
		expected = f"a whole number from 1 to {MOST_LAST}"
		raise NurtureError("condition_bad_value", leaf=show_leaf(node), field="last", expected=expected)
	return last


def _count_criterion(query: Any, counted: Term, count: Comparison) -> Criterion:
	"""`query` without columns counts rows; the common cases stop at the first row."""
	if count in ((">=", 1), (">", 0)):
		return exists(query.select(counted))
	if count in (("=", 0), ("<", 1), ("<=", 0)):
		return Raw("NOT {}", exists(query.select(counted)))
	return Raw("{} " + count[0] + " {}", query.select(fn.Count("*")), count[1])
