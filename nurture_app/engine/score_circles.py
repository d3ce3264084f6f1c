"""Profile rules that would look at the score they change: the points come and go at every look, and with them the stage.

Such a rule is refused, whether it names the score itself or a segment that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_fields import FieldLeaf
from nurture_app.engine.condition_leaves import AgeLeaf, ScoreLeaf, SegmentLeaf, StageLeaf
from nurture_app.engine.ports import Host

SCORE_FIELDS = frozenset(
	{
		"nurture_score",
		"nurture_fit_score",
		"nurture_engagement_score",
		"nurture_stage",
		"nurture_stage_since",
		"nurture_tier",
		"nurture_tier_since",
		"nurture_type",
		"nurture_type_since",
	}
)
"""What scoring writes, or segments that look at it, and earns nothing by itself; the last activity does not follow from points."""


def check_rule(host: Host, rule: str, condition: Any) -> None:
	"""Raise `rule_follows_score` if the parsed `condition` of profile rule `rule` depends on the score."""
	_check(rule, condition, conditions.load_conditions(host, "Nurture Segment", "segment_type", "Dynamic"))


def check_segment(host: Host, segment: str, condition: Any) -> None:
	"""Raise `rule_follows_score` if some profile rule would depend on the score once `segment` has this `condition`."""
	segments = {
		**conditions.load_conditions(host, "Nurture Segment", "segment_type", "Dynamic"),
		segment: condition,
	}
	for rule, asked in conditions.load_conditions(host, "Lead Scoring Rule", "rule_type", "Profile").items():
		if segment in _reached(asked, segments):
			_check(rule, asked, segments)


def _check(rule: str, condition: Any, segments: Mapping[str, Any]) -> None:
	for name, asked in {"": condition, **_reached(condition, segments)}.items():
		if any(_asks_for_score(leaf) for leaf in conditions.leaves(asked)):
			raise NurtureError("rule_follows_score", rule=rule, condition=name or rule)


def _asks_for_score(leaf: Any) -> bool:
	if isinstance(leaf, FieldLeaf | AgeLeaf):
		return leaf.field.fieldname in SCORE_FIELDS
	return isinstance(leaf, ScoreLeaf | StageLeaf)


def _reached(condition: Any, segments: Mapping[str, Any]) -> dict[str, Any]:
	"""The dynamic segments that `condition` builds on, directly or by way of others, with their conditions."""
	found: dict[str, Any] = {}
	waiting = [condition]
	while waiting:
		for leaf in conditions.leaves(waiting.pop()):
			if isinstance(leaf, SegmentLeaf) and leaf.name in segments and leaf.name not in found:
				found[leaf.name] = segments[leaf.name]
				waiting.append(segments[leaf.name])
	return found
