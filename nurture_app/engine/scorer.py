"""What every scoring call needs, read once: settings, rules with their parsed conditions, activity types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import ActivityType, Settings, activity_types, load_settings
from nurture_app.engine.ports import Host
from nurture_app.engine.prepared import Questions
from nurture_app.engine.rules import Rule, load_rules


@dataclass(frozen=True, slots=True)
class Scorer:
	"""What every scoring call needs, read once."""

	host: Host
	settings: Settings
	rules: Sequence[Rule]
	"""The enabled rules that can be read. A broken one keeps its old entries until it is mended."""
	conditions: Mapping[str, Any]
	"""Parsed, of the profile rules by name."""
	activity_types: Mapping[str, ActivityType]
	all_rules: frozenset[str] = frozenset()
	questions: Questions = field(default_factory=Questions)
	"""About these rules."""

	@classmethod
	def load(cls, host: Host) -> Scorer:
		"""With what the host remembers of rules, settings and activity types."""
		rules, parsed, names, questions = host.memory.remembered(
			"rules", lambda: (*_readable_rules(host), Questions())
		)
		settings = host.memory.remembered("settings", lambda: load_settings(host.db))
		return cls(host, settings, rules, parsed, activity_types(host), names, questions)

	@property
	def profiles(self) -> list[Rule]:
		return [rule for rule in self.rules if rule.is_profile]

	@property
	def behaviours(self) -> list[Rule]:
		return [rule for rule in self.rules if not rule.is_profile]

	@property
	def engagement(self) -> frozenset[str]:
		return frozenset(name for name, kind in self.activity_types.items() if kind.is_engagement)


def _readable_rules(host: Host) -> tuple[list[Rule], dict[str, Any], frozenset[str]]:
	"""The enabled rules that can be evaluated, their parsed conditions, and the names of all enabled rules."""
	rules, names = load_rules(host.db)
	readable, parsed = [], {}
	for rule in rules:
		try:
			if rule.is_profile:
				parsed[rule.name] = conditions.parse(rule.condition, host.catalog)
		except NurtureError:
			continue  # for instance because a custom field was removed from Lead
		readable.append(rule)
	return readable, parsed, names
