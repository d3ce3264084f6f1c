"""What a lead bought last, for texts and conditions of consumer programmes (PZ-15).

Invoices tell it by themselves; shops say it in the properties of what they report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from nurture_app.engine.ports import Host
from nurture_app.engine.properties import said_in
from nurture_app.engine.sql import Query, as_datetime, chunks, doctype, params

WHAT, LAST_ON = "nurture_last_purchase", "nurture_last_purchase_on"
SAID = "purchase"
"""In the properties of an activity: what was bought."""
LONGEST = 140


def properties_of(things: Iterable[str]) -> str:
	"""The properties of an activity that tells of a purchase; empty without a name."""
	names = ", ".join(dict.fromkeys(filter(None, (" ".join(str(one or "").split()) for one in things))))
	return json.dumps({SAID: names}, ensure_ascii=False) if names else ""


def note_purchases(host: Host, done: Iterable[Any]) -> None:
	"""Write the latest purchase on the leads, which are locked, of these activities by people.

	Nothing is asked unless one of them says what was bought; then one query and one statement.
	"""
	latest: dict[str, tuple[datetime, str]] = {}
	for one in done:
		said = said_in(one.properties, SAID)[:LONGEST]
		if said and (one.party not in latest or latest[one.party][0] <= one.occurred_on):
			latest[one.party] = (one.occurred_on, said)
	if not latest:
		return
	lead, rows = doctype("Lead", "lead"), []
	for some in chunks(sorted(latest)):
		query = Query.from_(lead).select(lead.name, lead[LAST_ON]).where(lead.name.isin(params(some)))
		for name, last_on in host.db.rows(query):
			moment, what = latest[name]
			if not last_on or as_datetime(last_on) <= moment:
				rows.append((name, what, moment))
	host.db.update("tabLead", ("name", WHAT, LAST_ON), rows)
