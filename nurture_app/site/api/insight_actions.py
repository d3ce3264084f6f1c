"""What a colleague heard: noted from the form of a lead or of what was made from it, and offered to who writes texts (SM-10, PZ-18)."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from nurture_app.site import insights
from nurture_app.site.api.access import READERS, USERS, require_lead, require_role


@frappe.whitelist(methods=["POST"])
def note(
	lead: str,
	kind: str,
	said: str,
	heard_in: str = "",
	competitor: str = "",
	answer: str = "",
	topic: str = "",
	for_copy: int | str = 0,
	opportunity: str = "",
	customer: str = "",
) -> dict[str, str]:
	"""Keep what somebody said, as heard today by the user. `opportunity` or `customer`: on whose form they are."""
	require_role(READERS)
	require_lead(lead)
	for doctype, name in (("Opportunity", opportunity), ("Customer", customer)):
		if name and not (
			frappe.db.exists(doctype, name) and frappe.has_permission(doctype, "read", doc=name)
		):
			frappe.throw(_("You may not see this, or it does not exist."), frappe.PermissionError)
	values = {
		"kind": kind,
		"said": said,
		"heard_in": heard_in,
		"competitor": competitor,
		"answer": answer,
		"topic": topic,
		"for_copy": int(bool(cint(for_copy))),
		"lead": lead,
		"opportunity": opportunity or None,
		"customer": customer or None,
	}
	doc = frappe.get_doc({"doctype": insights.DOCTYPE, **values}).insert()
	return {"name": doc.name}


@frappe.whitelist()
def phrases(persona: str = "", text: str = "") -> list[dict[str, Any]]:
	"""`insights.phrases`, for who writes texts."""
	require_role(USERS)
	return insights.phrases(persona, text)
