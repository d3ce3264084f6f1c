"""What the button for holiday lists in Nurture Settings does."""

from typing import Any

import frappe
from frappe.query_builder.functions import Count

from nurture_app.site import holiday_lists
from nurture_app.site.api.access import MANAGERS, names_from, require_role

MOST_OFFERED = 30


@frappe.whitelist()
def countries() -> list[dict[str, Any]]:
	"""Countries of leads that have no list yet and whose holidays are known, most leads first."""
	require_role(MANAGERS)
	lead = frappe.qb.DocType("Lead")
	rows = (
		frappe.qb.from_(lead)
		.select(lead.country, Count("*"))
		.where((lead.country != "") & lead.country.isnotnull())
		.groupby(lead.country)
		.orderby(Count("*"), order=frappe.qb.desc)
		.run()
	)
	have = set(frappe.get_all("Nurture Country Holidays", pluck="country", order_by=None))
	counts = {country: int(count) for country, count in rows if country not in have}
	offered = holiday_lists.supported(list(counts))[:MOST_OFFERED]
	return [{"country": country, "leads": counts[country]} for country in offered]


@frappe.whitelist(methods=["POST"])
def make(countries: str | list[str]) -> list[str]:
	"""Make the lists of these countries; returns their names."""
	require_role(MANAGERS)
	names = names_from(countries)
	known = set(frappe.get_all("Country", filters={"name": ["in", names]}, pluck="name", order_by=None))
	return holiday_lists.make([name for name in names if name in known])
