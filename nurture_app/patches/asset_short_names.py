"""Assets from before texts could name them get short names."""

from __future__ import annotations

import frappe

from nurture_app.engine.library.assets import short_name_of


def execute() -> None:
	taken = set(frappe.get_all("Nurture Asset", {"short_name": ["is", "set"]}, pluck="short_name"))
	for name in frappe.get_all("Nurture Asset", {"short_name": ["is", "not set"]}, pluck="name"):
		short = base = short_name_of(name)[:55]
		number = 2
		while short in taken:
			short, number = f"{base}_{number}", number + 1
		taken.add(short)
		frappe.db.set_value("Nurture Asset", name, "short_name", short, update_modified=False)
