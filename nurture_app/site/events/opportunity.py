"""An Opportunity made from a Lead."""

from __future__ import annotations

from typing import Any

from nurture_app.site.events.recording import is_active, leads_of_party, record
from nurture_app.site.events.safely import safely


@safely
def after_insert(doc: Any) -> None:
	if is_active():
		leads = leads_of_party(doc.opportunity_from, doc.party_name)
		record(doc, "Opportunity Created", leads, channel="Sales", detail=doc.get("title") or doc.name)
