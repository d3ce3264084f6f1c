"""Where a letter reaches a lead: its address in ERPNext (CH-14)."""

from __future__ import annotations

from collections.abc import Collection

import frappe

COLUMNS = ("address_line1", "address_line2", "pincode", "city", "state", "country")


def postal_addresses(leads: Collection[str]) -> dict[str, str]:
	"""By lead, its address in lines; the preferred one for shipping before others. Two queries, however many leads.

	Leads without an Address, and with no more than a country, are not in it.
	"""
	if not leads:
		return {}
	link, address = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Address")
	query = (
		frappe.qb.from_(link)
		.join(address)
		.on(address.name == link.parent)
		.select(link.link_name, *(address[column] for column in COLUMNS))
		.where((link.parenttype == "Address") & (link.link_doctype == "Lead"))
		.where(link.link_name.isin(sorted(leads)) & (address.disabled == 0))
		.orderby(address.is_shipping_address)
		.orderby(address.is_primary_address)
		.orderby(address.name)
	)
	found = {lead: _lines(*parts) for lead, *parts in query.run()}  # the last of each lead counts
	names = frappe.get_all(
		"Lead", {"name": ["in", sorted(found)]}, ["name", "lead_name", "company_name"], order_by=None
	)
	for row in names:
		found[row.name] = "\n".join(filter(None, (row.lead_name, row.company_name, found[row.name])))
	return found


def _lines(
	first: str | None,
	second: str | None,
	code: str | None,
	city: str | None,
	state: str | None,
	country: str | None,
) -> str:
	place = " ".join(filter(None, (code, city)))
	return "\n".join(filter(None, (first, second, place, state, country)))
