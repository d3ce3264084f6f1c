"""Which persona a lead is: the first whose condition holds, by priority, unless somebody chose by hand (PJ-06).

One SELECT with a CASE for all personas, however many leads; only what differs is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pypika import Case

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Happened, Scope
from nurture_app.engine.people import out_of_quarantine
from nurture_app.engine.ports import Host, Row
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import P, Query, Raw, chunks, doctype, params

JOURNEY_STAGES = ("Awareness", "Consideration", "Evaluation", "Decision")
"""How far somebody is (PJ-10): sees a problem; looks at ways to solve it; compares offers; chooses (PJ-11)."""
FUNNEL = {"Awareness": "TOFU", "Consideration": "MOFU", "Evaluation": "MOFU", "Decision": "BOFU"}
BUYING_ROLES = (
	"Economic Buyer",
	"Technical Evaluator",
	"End User",
	"Researcher",
	"Approver",
	"Budget Holder",
)
PREFERRED_CHANNELS = ("Email", "Phone", "SMS", "WhatsApp", "LinkedIn", "In Person")
BY_HAND = ("nurture_journey_stage", "nurture_buying_role", "nurture_preferred_channel")
"""Fields of ours on the Lead that people and steps of sequences may write."""
NOBODY = ""


@dataclass(frozen=True, slots=True)
class Persona:
	"""A persona that is given to leads."""

	name: str
	condition: Any
	"""Parsed."""


def enabled_personas(host: Host) -> tuple[Sequence[Persona], Questions]:
	"""Those with a condition, the one that wins first, and what was asked about them; remembered."""
	return host.memory.remembered("personas", lambda: (_load(host), Questions()))


def assign(host: Host, parties: Collection[str] | None = None, happened: Happened | None = None) -> int:
	"""Give leads their personas within the caller's transaction; returns how many changed.

	None means every lead. With `happened` nothing is asked unless a condition can see it. A persona chosen by hand
	stays; one whose condition holds no more is taken away.
	"""
	personas, questions = enabled_personas(host)
	if happened and not any(conditions.follows(persona.condition, happened) for persona in personas):
		return 0

	def build(scope: Scope, some: Sequence[Any] | None) -> Any:
		return _fitting_query(scope, personas, some)

	if parties is not None and not personas:
		return 0  # what the last one left is taken away by the pass over everybody
	groups = [None] if parties is None else chunks(sorted(set(parties)))
	return sum(_write(host, questions.ask(host, "personas", names, build)) for names in groups)


def _fitting_query(scope: Scope, personas: Sequence[Persona], parties: Sequence[Any] | None) -> Any:
	"""(lead, persona that fits, persona so far)."""
	fitting: Any = P(NOBODY)
	if personas:
		fitting = Case()
		for persona in personas:
			fitting = fitting.when(persona.condition.sql(scope), P(persona.name))
		fitting = fitting.else_(P(NOBODY))
	query = Query.from_(scope.lead).select(scope.lead.name, fitting, scope.lead.nurture_persona)
	query = query.where(out_of_quarantine(scope.lead) & (scope.lead.nurture_persona_by_hand == P(0)))
	if parties is not None:
		query = query.where(scope.lead.name.isin(params(parties)))
	elif not personas:
		query = query.where(Raw("COALESCE({}, {}) <> {}", scope.lead.nurture_persona, NOBODY, NOBODY))
	return query


def _write(host: Host, rows: Iterable[Row]) -> int:
	"""What differs of the rows of `_fitting_query`; returns how many."""
	changed = [(name, found or None) for name, found, before in rows if found != (before or NOBODY)]
	for rows in chunks(changed):
		host.db.update("tabLead", ("name", "nurture_persona"), rows)
	return len(changed)


def _load(host: Host) -> list[Persona]:
	"""A persona without a condition is given by hand only; one that cannot be read is left out until it is mended."""
	table = doctype("Nurture Persona", "p")
	query = Query.from_(table).select(table.name, table.condition, table.priority)
	found = []
	for name, text, priority in host.db.rows(query.where(table.enabled == P(1))):
		try:
			condition = conditions.parse(text, host.catalog)
		except NurtureError:
			continue
		if not conditions.is_everybody(condition):
			found.append((-int(priority or 0), name, Persona(name, condition)))
	return [persona for _, _, persona in sorted(found, key=lambda one: one[:2])]
