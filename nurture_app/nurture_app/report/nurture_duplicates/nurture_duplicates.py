"""Duplicate Leads: those that look like one person, and why; to be merged, or noted as different people (DH-01)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from nurture_app.engine.duplicates import EVIDENCE, MOST_ALIKE, Group, duplicate_groups, kinds_without
from nurture_app.engine.people import load_leads
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads

MOST = 200
"""Groups shown at once; when these are settled, the next ones follow."""
COLUMNS = {
	"company_name": "company",
	"email_id": "email",
	"mobile_no": "mobile",
	"phone": "phone",
	"status": "status",
	"lead_owner": "owner",
}


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each lead beneath a row for its group, and how many groups there are."""
	filters = frappe._dict(filters or {})
	kind = cstr(filters.evidence)
	if kind and kind not in EVIDENCE:
		frappe.throw(_("There is no evidence “{0}”. Choose one of: {1}.").format(kind, ", ".join(EVIDENCE)))
	hidden = hidden_fields()
	kinds = [one for one in kinds_without(hidden) if kind in ("", one)]
	host = site_host(commit=False)
	groups = duplicate_groups(host, visible_leads(), kinds)
	shown = groups[:MOST]
	columns = ("lead_name", "creation", "nurture_score", *COLUMNS)
	found = load_leads(host, [lead for group in shown for lead in group.leads], columns)
	rows = [row for group in shown for row in _rows(group, found, hidden)]
	return _columns(), rows, _message(len(groups))


def _rows(group: Group, found: dict[str, dict[str, Any]], hidden: set[str]) -> list[dict[str, Any]]:
	leads = [name for name in group.leads if name in found]  # else deleted a moment ago
	if len(leads) < 2:
		return []
	why = "; ".join(f"{_(kind)}: {', '.join(values)}" for kind, values in group.evidence.items())
	head = {"title": _("{0} leads").format(len(leads)), "why": why, "leads": leads, "indent": 0, "bold": 1}
	return [head, *(_row(found[name], hidden) for name in leads)]


def _row(lead: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
	told = {name: "" if field in hidden else lead[field] for field, name in COLUMNS.items()}
	return {
		"lead": lead["name"],
		"title": lead["lead_name"] or lead["name"],
		"score": int(lead["nurture_score"] or 0),
		"created": lead["creation"],
		"indent": 1,
		**told,
	}


def _message(count: int) -> str:
	line = _(
		"Leads with one mailbox, one telephone number, or one name at one company. What more than {0} leads share is taken for a switchboard and does not count."
	).format(MOST_ALIKE)
	if count > MOST:
		line = _("{0} groups; these are the first {1}.").format(count, MOST) + " " + line
	elif not count:
		line = _("There are no duplicates.") + " " + line
	return f"<p class='text-muted'>{escape_html(line)}</p>"


def _columns() -> list[dict]:
	return [
		column("title", _("Name"), "Data", 200),
		column("why", _("Alike In"), "Data", 280),
		column("company", _("Company"), "Data", 160),
		column("email", _("E-mail"), "Data", 190),
		column("mobile", _("Mobile"), "Data", 130),
		column("phone", _("Phone"), "Data", 130),
		column("status", _("Status"), "Data", 110),
		column("score", _("Score"), "Int", 70),
		column("owner", _("Lead Owner"), "Data", 160),
		column("created", _("Created"), "Datetime", 150),
		column("lead", _("Lead"), "Link", 180, options="Lead"),
	]
