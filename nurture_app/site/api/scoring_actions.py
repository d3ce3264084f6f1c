"""Scoring rules before and after they are saved."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine import score_reasons
from nurture_app.site.api.access import MANAGERS, document_from, require_role
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_rescore
from nurture_app.site.sentences import errors_as_messages


@frappe.whitelist(methods=["POST"])
def dry_run(rule: str | dict[str, Any]) -> dict[str, Any]:
	"""How many leads would change, and cross a line, if the rule were saved and enabled like this. Writes nothing."""
	require_role(MANAGERS)
	data = document_from(rule, "Lead Scoring Rule")
	if data.get("__islocal"):
		data["name"] = data.get("title") or "new"
	with errors_as_messages(_("The rule cannot be tried out")):
		result = score_reasons.dry_run(site_host(commit=False), data)
	return {
		"sentence": ""
		if result.looked_at == result.concerned
		else _("Estimated: {0} of the {1} leads that the rule concerns were looked at.").format(
			result.looked_at, result.concerned
		),
		"leads": result.leads_changed,
		"to_mql": result.reached.get("MQL", 0),
		"to_sql": result.reached.get("SQL", 0),
		"from_mql": result.lost.get("MQL", 0),
		"from_sql": result.lost.get("SQL", 0),
	}


@frappe.whitelist(methods=["POST"])
def rescore() -> dict[str, str]:
	"""Recompute points and scores of all leads in the background."""
	require_role(MANAGERS)
	enqueue_rescore()
	return {"message": _("The scores of all leads are being updated in the background.")}
