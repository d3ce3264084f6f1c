"""The stages of the buyer's journey: four that the app knows, and what a site calls and adds to them (PJ-10, PJ-11)."""

from __future__ import annotations

from nurture_app.engine.personas import JOURNEY_STAGES
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype


def stands_for(host: Host, stage: str) -> str:
	"""Which of the four a stage is, for whatever goes by them; "" for none. One query by primary key, never in a tick."""
	if not stage or stage in JOURNEY_STAGES:
		return stage
	table = doctype("Nurture Journey Stage", "j")
	rows = host.db.rows(Query.from_(table).select(table.stands_for).where(table.name == P(stage)))
	return rows[0][0] if rows else ""
