"""Lead types are switched on together with what they go by."""

import frappe

from nurture_app.site.api.access import MANAGERS, names_from, require_role


@frappe.whitelist(methods=["POST"])
def enable(types: str | list[str]) -> None:
	"""Enable lead types and, before them, the segments they go by."""
	require_role(MANAGERS)
	documents = [frappe.get_doc("Nurture Lead Type", name) for name in names_from(types)]
	for segment in dict.fromkeys(one.segment for one in documents):
		_enable(frappe.get_doc("Nurture Segment", segment))
	for one in documents:
		_enable(one)


def _enable(doc: frappe.model.document.Document) -> None:
	if not doc.enabled:
		doc.enabled = 1
		doc.save()
