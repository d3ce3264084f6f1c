"""A Quotation sent to a Lead, or for an Opportunity that came from one."""

from __future__ import annotations

from typing import Any

from nurture_app.site.events.recording import is_active, leads_of_opportunity, leads_of_party, record
from nurture_app.site.events.safely import safely


@safely
def on_submit(doc: Any) -> None:
	if is_active():
		leads = leads_of_party(doc.quotation_to, doc.party_name) or leads_of_opportunity(
			doc.get("opportunity")
		)
		record(doc, "Quotation Sent", leads, channel="Sales", detail=doc.name)
