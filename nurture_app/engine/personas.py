"""Which persona a lead is: the first whose condition holds, by priority, unless somebody chose by hand (PJ-06)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import Happened
from nurture_app.engine.first_that_holds import Choice, Given, give
from nurture_app.engine.ports import Host
from nurture_app.engine.prepared import Questions
from nurture_app.engine.sql import P, Query, doctype

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
PERSONA = Given("nurture_persona")


def enabled_personas(host: Host) -> tuple[Sequence[Choice], Questions]:
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
	return len(give(host, PERSONA, personas, questions, parties))


def _load(host: Host) -> list[Choice]:
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
			found.append((-int(priority or 0), name, Choice(name, condition)))
	return [persona for _, _, persona in sorted(found, key=lambda one: one[:2])]
