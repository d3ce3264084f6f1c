"""Lead types and touch tiers are switched on together with what they go by."""

import frappe
from frappe import _

from nurture_app.engine.given_by_segments import KINDS
from nurture_app.site.api.access import MANAGERS, names_from, require_role


@frappe.whitelist(methods=["POST"])
def enable(doctype: str, names: str | list[str]) -> None:
	"""Enable lead types or touch tiers and, before them, the segments they go by."""
	require_role(MANAGERS)
	if doctype not in [kind.doctype for kind in KINDS]:
		frappe.throw(_("Only lead types and touch tiers go by segments."))
	documents = [frappe.get_doc(doctype, name) for name in names_from(names)]
	for segment in dict.fromkeys(one.segment for one in documents if one.segment):
		_enable(frappe.get_doc("Nurture Segment", segment))
	for one in documents:
		_enable(one)


def _enable(doc: frappe.model.document.Document) -> None:
	if not doc.enabled:
		doc.enabled = 1
		doc.save()
