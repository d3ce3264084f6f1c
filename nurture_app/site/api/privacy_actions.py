"""What managers do with a person's data on the Lead form: hand it out, see what an erasure would do, erase."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.config import Settings
from nurture_app.engine.privacy_rules import PrivacyRules, rule_from
from nurture_app.site.api.access import MANAGERS, require_lead, require_role
from nurture_app.site.sentences import errors_as_messages


@frappe.whitelist(methods=["POST"])
def export_personal_data(lead: str) -> None:
	"""Everything known about the person, as a zip to download. Noted in the audit trail (CP-08, CP-17)."""
	from nurture_app.site.privacy.export import export_person, file_name

	address = _address_of(lead)
	frappe.response.filecontent = export_person(address, [lead])
	frappe.response.filename = file_name()
	frappe.response.type = "download"


@frappe.whitelist()
def preview_erasure(lead: str) -> dict[str, Any]:
	"""What would go and what would stay, by kind of record; changes nothing."""
	from nurture_app.site.privacy.erase import preview

	counted = preview(_address_of(lead), [lead])
	return {
		"deleted": [{"doctype": _(doctype), "rows": rows} for doctype, rows in counted.deleted.items()],
		"blanked": [{"doctype": _(doctype), "rows": rows} for doctype, rows in counted.blanked.items()],
		"kept": [{"doctype": _(one.doctype), "name": one.name, "why": one.why} for one in counted.kept],
	}


@frappe.whitelist(methods=["POST"])
def erase_personal_data(lead: str, reason: str, confirmed: str) -> dict[str, Any]:
	"""Erase the person behind a lead for good. `confirmed` is the name of the lead, typed by the user (CP-08)."""
	from nurture_app.site.privacy.erase import erase_person

	address = _address_of(lead)
	if confirmed.strip() != lead:
		frappe.throw(_("Type the name of the lead ({0}) to confirm.").format(lead))
	if not reason.strip():
		frappe.throw(_("Say why the data are erased: the reason is all that tells it later."))
	frappe.has_permission("Lead", "delete", doc=lead, throw=True)
	counted = erase_person(address, reason.strip(), [lead])
	return {"erasure": counted.erasure, "total": counted.total, "kept": len(counted.kept)}


@frappe.whitelist()
def preview_retention(months: int, rows: str = "[]") -> dict[str, int]:
	"""How many leads have been silent for so long by now (CP-09); `rows`: JSON of the rules by country, as on the form."""
	from nurture_app.site.privacy.retention import count_silent

	require_role(MANAGERS)
	by_country = tuple(rule_from(row) for row in frappe.parse_json(rows) or [])
	with errors_as_messages(_("Rules by Country")):
		return {"leads": count_silent(PrivacyRules(Settings(retention_months=months), by_country))}


def _address_of(lead: str) -> str:
	require_role(MANAGERS)
	require_lead(lead)
	return frappe.db.get_value("Lead", lead, "email_id") or ""
