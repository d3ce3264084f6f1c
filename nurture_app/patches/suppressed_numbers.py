"""Numbers that people typed into the list in a spelling of their own stopped nothing: they get the one that is looked for."""

from __future__ import annotations

import frappe

from nurture_app.engine.addresses import address_hash
from nurture_app.engine.countries import country_code
from nurture_app.engine.optout import suppression_key
from nurture_app.engine.phone_numbers import international

DOCTYPE = "Nurture Suppression"


def execute() -> None:
	country = country_code(frappe.db.get_single_value("Nurture Settings", "mobile_country"))
	filters = {"channel": ["!=", "Email"], "address": ["is", "set"]}
	for row in frappe.get_all(DOCTYPE, filters, ["name", "address", "channel"], order_by="creation asc"):
		number = international(row.address, country)
		if not number or number == row.address:
			continue
		key = suppression_key(row.channel, address_hash(number))
		if frappe.db.exists(DOCTYPE, {"suppression_key": key}):
			frappe.db.delete(DOCTYPE, {"name": row.name})
			continue
		values = {"address": number, "address_hash": address_hash(number), "suppression_key": key}
		frappe.db.set_value(DOCTYPE, row.name, values, update_modified=False)
