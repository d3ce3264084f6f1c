"""How many records stand under *Connections* on our forms: those the user may read."""

from typing import Any

import frappe

from nurture_app.site.api.access import names_from

METHOD = "nurture_app.site.api.connections.count"
"""What a dashboard of ours names as its `method`. Frappe's own counts what the user may not read as well."""
MOST_COUNTED = 100
"""The form shows `99+` from here on."""


@frappe.whitelist()
def count(doctype: str, name: str, items: str | list[str]) -> dict[str, Any]:
	"""As the form wants them: one entry for each DocType of `items` that the dashboard of `doctype` links."""
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	links = doc.meta.get_dashboard_data()
	known = {item for group in links.transactions for item in group.get("items", ())}
	wanted = [item for item in names_from(items) if item in known]
	found = [{"doctype": item, "open_count": 0, "count": _count(item, name, links)} for item in wanted]
	return {"count": {"external_links_found": found, "internal_links_found": []}}


def _count(doctype: str, name: str, links: Any) -> int:
	if not frappe.has_permission(doctype, "read"):
		return 0
	field = (links.non_standard_fieldnames or {}).get(doctype) or links.fieldname
	rows = frappe.get_list(
		doctype, filters={field: name}, pluck="name", limit_page_length=MOST_COUNTED, order_by=None
	)
	return len(rows)
