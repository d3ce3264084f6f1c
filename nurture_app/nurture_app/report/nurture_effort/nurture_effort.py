"""What leads of each touch tier cost in messages and people's time, beside what came of them (HL-14)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from nurture_app.engine.figures.effort import BY, Effort, effort, together
from nurture_app.engine.figures.funnel import column_for
from nurture_app.nurture_app.report_amounts import counted_companies
from nurture_app.nurture_app.report_columns import column
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host
from nurture_app.site.permissions import hidden_fields, visible_leads


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple:
	"""Columns, a row for each group and one for all, what is counted, and shares of time and of results in a chart."""
	filters = frappe._dict(filters or {})
	by = filters.by if filters.by in BY else BY[0]
	host = site_host(commit=False)
	if column_for(host, by) in {"", *hidden_fields()}:
		frappe.throw(_("You may not see the field {0} of leads. Choose something else.").format(_(by)))
	currency, companies = counted_companies()
	found = effort(host, *whole_days(filters), by, visible_leads(), companies)
	total = together(found, _("All"))
	rows = [_row(one, one.name or _("Not given"), currency) for one in found]
	if len(rows) > 1:
		rows.append(_row(total, total.name, currency) | {"bold": 1})
	return _columns(by, currency), rows, _message(currency), _chart(found, total, currency)


def _row(one: Effort, name: str, currency: str) -> dict[str, Any]:
	row = {
		"group": _(name),
		"leads": one.leads,
		"messages": one.messages,
		"contacts": one.contacts,
		"tasks": one.tasks,
		"per_lead": one.contacts_per_lead,
		"opportunities": one.opportunities,
		"customers": one.customers,
	}
	return row | {"amount": one.amount, "currency": currency} if currency else row


def _columns(by: str, currency: str) -> list[dict]:
	columns = [
		column("group", _(by), "Data", 170),
		column("leads", _("Leads"), "Int", 80),
		column("messages", _("Messages"), "Int", 100),
		column("contacts", _("Contacts of Colleagues"), "Int", 180),
		column("tasks", _("Tasks Done"), "Int", 110),
		column("per_lead", _("Both per Lead"), "Float", 120, precision=1),
		column("opportunities", _("Opportunities"), "Int", 120),
		column("customers", _("Customers"), "Int", 100),
	]
	if currency:
		columns.append(column("amount", _("Invoiced"), "Currency", 140, options="currency"))
	return columns


def _message(currency: str) -> str:
	lines = [
		_("A lead counts in the group it is in today; everything else is what happened in the chosen time."),
		_(
			"Messages are those of sequences. People's time is counted, not measured: mails, calls and meetings of colleagues, and tasks they did."
		),
		_("Opportunities and customers are leads that became so in this time."),
	]
	if currency:
		lines.append(
			_(
				"Invoiced are the net amounts of submitted invoices of companies with the currency {0}."
			).format(currency)
		)
	return f"<p class='text-muted'>{escape_html(' '.join(lines))}</p>"


def _chart(found: list[Effort], total: Effort, currency: str) -> dict | None:
	"""Shares in percent: of people's time, and of what came of it."""
	time = total.contacts + total.tasks
	result, of_result = (
		(_("Invoiced %"), "amount") if currency and total.amount else (_("Customers %"), "customers")
	)
	everything = getattr(total, of_result)
	if not time or not everything:
		return None
	return {
		"type": "bar",
		"fieldtype": "Percent",
		"colors": ["#7cd6fd", "#28a745"],
		"data": {
			"labels": [_(one.name) or _("Not given") for one in found],
			"datasets": [
				{
					"name": _("People's Time %"),
					"values": [flt(100 * (one.contacts + one.tasks) / time, 1) for one in found],
				},
				{
					"name": result,
					"values": [flt(100 * getattr(one, of_result) / everything, 1) for one in found],
				},
			],
		},
	}
