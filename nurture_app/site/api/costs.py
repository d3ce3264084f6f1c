"""What costs may be written down for."""

import frappe
from frappe import _

from nurture_app.engine.figures.costs import KINDS, key_of
from nurture_app.engine.figures.funnel import column_for
from nurture_app.site.host import site_host

MOST = 1000
"""Names offered; others may be typed."""


@frappe.whitelist()
def names(kind: str) -> list[str]:
	"""The sources, campaigns or sequences there are, by name. For those who may write costs down."""
	frappe.has_permission("Nurture Cost", "create", throw=True)
	if kind not in KINDS:
		frappe.throw(_("Costs are of one of these: {0}.").format(", ".join(map(_, KINDS))))
	if kind == "Sequence":
		return frappe.get_all("Nurture Sequence", pluck="name", order_by="name asc", limit=MOST)
	found: dict[str, str] = {}
	for doctype, field in _places(kind):
		for name in frappe.get_all(doctype, {field: ["is", "set"]}, pluck=field, distinct=True, limit=MOST):
			found.setdefault(key_of(name), name)
	return sorted(found.values(), key=str.casefold)[:MOST]


def _places(kind: str) -> list[tuple[str, str]]:
	"""Where attribution finds such names."""
	own = column_for(site_host(commit=False), kind)
	places = [("Lead", own)] if own else []
	if kind == "Source":
		return [*places, ("Lead", "nurture_first_source"), ("Nurture Visit", "channel")]
	return [*places, ("Nurture Visit", "utm_campaign")]
