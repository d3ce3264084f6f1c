"""An invoice to a Customer who was a Lead."""

from __future__ import annotations

from typing import Any

from frappe.utils import fmt_money

from nurture_app.engine.purchases import properties_of
from nurture_app.site.events.recording import is_active, leads_of_party, record
from nurture_app.site.events.safely import safely


@safely
def on_submit(doc: Any) -> None:
	if doc.get("is_return") or not is_active():
		return
	amount = fmt_money(doc.base_net_total, currency=doc.get("company_currency"))
	record(
		doc,
		"Invoice Submitted",
		leads_of_party("Customer", doc.customer),
		channel="Sales",
		detail=f"{doc.name} {amount}",
		properties=properties_of(item.get("item_name") for item in doc.get("items") or ()),
	)
