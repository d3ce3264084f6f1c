"""Who would enter a sequence and who not, and why, before anybody does (SE-06).

The same `judge` decides as when they are enrolled; here nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pypika import Case

from nurture_app.engine import conditions
from nurture_app.engine.codes import Reason
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.enrollments.judging import judge
from nurture_app.engine.enrollments.rows import MOST_AT_ONCE
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import Query, chunks, params

Translate = Callable[[str], str]


@dataclass(slots=True)
class Preview:
	"""Leads by what would become of them, each in the order given."""

	entering: list[str] = field(default_factory=list)
	refused: dict[str, list[str]] = field(default_factory=dict)
	"""By reason."""
	details: dict[str, str] = field(default_factory=dict)
	"""By lead, what its reason speaks of, such as the sequence that keeps it out."""


def preview(host: Host, sequence: str, parties: Sequence[str]) -> Preview:
	"""What `entering.enroll` would do now. A fixed number of queries for each few hundred leads."""
	found = Preview()
	live = next((one for one in live_sequences(host) if one.name == sequence), None)
	unique = list(dict.fromkeys(parties))
	if live is None:
		found.refused[str(Reason.NOT_ACTIVE)] = unique
		return found
	addresses: set[str] = set()
	for some in chunks(unique, MOST_AT_ONCE):
		for one in judge(host, live, some):
			reason = str(one.reason)
			if not reason and one.address and one.address in addresses:
				# of the same address a lead further up would be in by then
				reason = str(Reason.ADDRESS_ENROLLED)
			if reason:
				found.refused.setdefault(reason, []).append(one.party)
				if one.detail:
					found.details[one.party] = one.detail
			else:
				found.entering.append(one.party)
				addresses.add(one.address)
	return found


def unmet_parts(
	host: Host, definition: SequenceDefinition, parties: Sequence[str], translate: Translate = str
) -> dict[str, list[str]]:
	"""By lead, the parts of the sequence's condition it does not meet, as sentences; one query."""
	condition = conditions.parse(definition.condition, host.catalog)
	parts = condition.parts if isinstance(condition, conditions.All) else (condition,)
	if not parts or not parties:
		return {}
	scope = lead_scope(host)
	cases = [Case().when(part.sql(scope), 1).else_(0) for part in parts]
	query = Query.from_(scope.lead).select(scope.lead.name, *cases)
	query = query.where(scope.lead.name.isin(params(parties)))
	sentences = [part.sentence(translate) for part in parts]
	return {
		party: [text for text, holds in zip(sentences, held, strict=True) if not int(holds)]
		for party, *held in host.db.rows(query)
	}
