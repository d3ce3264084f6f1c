"""The fields the app adds to Lead, on a tab of their own before Connections, and to ToDo."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields as create_in_frappe

from nurture_app.engine.capture.submission import SOURCES
from nurture_app.engine.personas import BUYING_ROLES, PREFERRED_CHANNELS
from nurture_app.engine.time_zones import ORIGIN, ORIGINS
from nurture_app.engine.visits.came_by import UTM_PARTS
from nurture_app.site.install.one_field import MODULE
from nurture_app.site.install.one_field import field as _field
from nurture_app.site.install.one_field import written as _written
from nurture_app.site.install.task_fields import task_fields

LAST_TAB = "dashboard_tab"


def lead_fields() -> list[dict[str, Any]]:
	"""In their order on the form."""
	return [
		_field("nurture_tab", "Tab Break", "Nurture"),
		_field("nurture_panel", "HTML", "Nurture Panel"),
		_field("nurture_score_section", "Section Break", "Score", collapsible=1),
		_written("nurture_score", "Int", "Nurture Score", in_list_view=1),
		_written(
			"nurture_stage",
			"Select",
			"Nurture Stage",
			options="\nRecycle\nNurture\nMQL\nSQL",
			in_standard_filter=1,
		),
		_written("nurture_stage_since", "Datetime", "Stage Since"),
		_field(
			"nurture_type",
			"Link",
			"Nurture Type",
			options="Nurture Lead Type",
			no_copy=1,
			read_only_depends_on="eval:!doc.nurture_type_by_hand",
			search_index=1,
		),
		_field(
			"nurture_type_by_hand",
			"Check",
			"Type Chosen by Hand",
			default="0",
			no_copy=1,
			description="Ticked: the choice stays. Otherwise the segments of the lead types decide.",
		),
		_written("nurture_type_since", "Datetime", "Type Since"),
		_field(
			"nurture_tier",
			"Link",
			"Touch Tier",
			options="Nurture Touch Tier",
			no_copy=1,
			read_only_depends_on="eval:!doc.nurture_tier_by_hand",
			search_index=1,
		),
		_field(
			"nurture_tier_by_hand",
			"Check",
			"Tier Chosen by Hand",
			default="0",
			no_copy=1,
			description="Ticked: the choice stays. Otherwise the segments of the touch tiers decide.",
		),
		_written("nurture_tier_since", "Datetime", "Tier Since"),
		_field(
			"nurture_deal_size",
			"Currency",
			"Deal Size",
			no_copy=1,
			non_negative=1,
			description="What a deal may bring. The amount of an open Opportunity is written here; until there is one, your estimate.",
		),
		_field("nurture_score_column", "Column Break", ""),
		_written("nurture_fit_score", "Int", "Fit Score"),
		_written("nurture_engagement_score", "Int", "Engagement Score"),
		_written("nurture_last_activity_on", "Datetime", "Last Activity On"),
		_written(
			"nurture_archived_on",
			"Datetime",
			"Put Aside On",
			description="No sign for as long as Nurture Settings allows. A later sign takes the lead back.",
		),
		_field("nurture_persona_section", "Section Break", "Persona and Journey", collapsible=1),
		_field(
			"nurture_persona",
			"Link",
			"Persona",
			options="Nurture Persona",
			read_only_depends_on="eval:!doc.nurture_persona_by_hand",
			search_index=1,
		),
		_field(
			"nurture_persona_by_hand",
			"Check",
			"Persona Chosen by Hand",
			default="0",
			description="Ticked: the choice stays. Otherwise the conditions of the personas decide.",
		),
		_field("nurture_persona_column", "Column Break", ""),
		_field(
			"nurture_journey_stage",
			"Link",
			"Journey Stage",
			options="Nurture Journey Stage",
			link_filters='[["Nurture Journey Stage","enabled","=",1]]',
		),
		_field(
			"nurture_cold_reason",
			"Select",
			"Went Cold Because",
			options="\nTiming\nContent Not Relevant\nFollow-up Dried Up\nOther",
			description="What you learned about why the contact went quiet, for reports and for the next try.",
		),
		_field("nurture_buying_role", "Select", "Buying Role", options="\n".join(("", *BUYING_ROLES))),
		_field(
			"nurture_preferred_channel",
			"Select",
			"Preferred Channel",
			options="\n".join(("", *PREFERRED_CHANNELS)),
		),
		_field(
			"nurture_team_size",
			"Int",
			"Team Size",
			non_negative=1,
			description="People who would use it, for calculations in mails.",
		),
		_field("nurture_use_case", "Data", "Use Case", description="What they want it for."),
		_field(
			"nurture_preferences",
			"Data",
			"Preferences",
			description="What the person likes, in words that may stand in a mail.",
		),
		_written(
			"nurture_last_purchase",
			"Data",
			"Last Purchase",
			description="From invoices, and from shops that say what was bought.",
		),
		_written("nurture_last_purchase_on", "Datetime", "Last Purchase On"),
		_field("nurture_contact_section", "Section Break", "Consent and Time Zone"),
		_field(
			"nurture_email_consent",
			"Select",
			"E-mail Consent",
			options="\nGiven\nWithdrawn",
			description="Each change is kept as evidence in Nurture Consent, with who made it and when.",
			in_standard_filter=1,
		),
		_field(
			"nurture_no_tracking",
			"Check",
			"Do Not Track",
			description="Mails to this person carry no pixel and their links stay as they are.",
		),
		_field(
			"nurture_linkedin",
			"Data",
			"LinkedIn Profile",
			options="URL",
			description="Stands on LinkedIn tasks. Without it they lead to a search for the name.",
		),
		_field(
			"nurture_mobile_invalid",
			"Check",
			"Mobile Number Is Invalid",
			description="Ticked: no SMS, no WhatsApp message and no call task for this person.",
		),
		_field("nurture_contact_column", "Column Break", ""),
		_field(
			"nurture_time_zone",
			"Data",
			"Time Zone",
			description="For example Europe/Berlin. Empty it, and it is found from state, phone number and country.",
		),
		_written(
			ORIGIN,
			"Select",
			"Time Zone Known From",
			options="\n".join(("", *ORIGINS)),
			description="Assumed: the country has several time zones; this is ours if we are in it, else where most people live.",
		),
		_field("nurture_origin_section", "Section Break", "First Contact", collapsible=1),
		_once(
			"nurture_first_source",
			"Autocomplete",
			"First Source",
			options="\n".join(SOURCES),
			description="Where the lead came from. Once filled in it stays.",
		),
		_field(
			"nurture_referrer",
			"Data",
			"Referred By",
			description="Who recommended us: the e-mail address or the number of their lead counts it as their referral.",
			depends_on="eval:doc.nurture_first_source == 'Referral' || doc.nurture_referrer",
		),
		_written("nurture_first_form", "Data", "First Form"),
		_once("nurture_first_interest", "Data", "First Interest"),
		_written(
			"nurture_last_interest",
			"Data",
			"Last Interest",
			description="The topic of what the lead read, downloaded or asked about last.",
		),
		_written("nurture_last_interest_on", "Datetime", "Last Interest On"),
		_written("nurture_first_contact_on", "Datetime", "First Contact On"),
		_written(
			"nurture_address_kind",
			"Select",
			"Kind of Address",
			options="\nBusiness\nFree\nDisposable\nStudent",
		),
		_written(
			"nurture_quarantined",
			"Check",
			"In Quarantine",
			default="0",
			search_index=1,
			description="Imported and not checked yet: not scored and in no sequence.",
		),
		_field("nurture_origin_column", "Column Break", ""),
		*(_written(f"nurture_utm_{key}", "Data", f"UTM {key.title()}") for key in UTM_PARTS),
		_written("nurture_landing_page", "Small Text", "Landing Page"),
	]


def refuse_fields_of_others() -> None:
	"""Raises when a DocType has a field of one of our names that somebody else made: we would change it now, and drop it
	with what is in it when the app leaves."""
	theirs = [
		f"{doctype}: {fieldname}"
		for doctype, names in field_names().items()
		for fieldname, module in frappe.get_all(
			"Custom Field",
			{"dt": doctype, "fieldname": ["in", names]},
			["fieldname", "module"],
			order_by="fieldname asc",
			as_list=True,
		)
		if module != MODULE
	]
	if theirs:
		frappe.throw(
			_(
				"These custom fields have names that Nurture needs for its own: {0}. Rename or delete them, then install the app again."
			).format(", ".join(theirs))
		)


def create_custom_fields() -> None:
	"""Add what is missing and mend what differs; touches nothing else. ALTERs the table only when a column is new."""
	changed = {doctype: _changed(doctype, fields) for doctype, fields in _all_fields().items()}
	if any(changed.values()):
		create_in_frappe(
			{doctype: fields for doctype, fields in changed.items() if fields}, ignore_validate=True
		)


def _all_fields() -> dict[str, list[dict[str, Any]]]:
	"""By DocType, each chained to the one before."""
	return {
		"Lead": _chained(lead_fields(), _last_of_lead()),
		"ToDo": _chained(task_fields(), "description"),
	}


def _changed(doctype: str, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
	names = [field["fieldname"] for field in fields]
	rows = frappe.get_all("Custom Field", {"dt": doctype, "fieldname": ["in", names]}, ["*"])
	stored = {row.fieldname: row for row in rows}
	return [field for field in fields if _differs(field, stored.get(field["fieldname"]))]


def field_names() -> dict[str, list[str]]:
	"""By DocType."""
	fields = {"Lead": lead_fields(), "ToDo": task_fields()}
	return {doctype: [field["fieldname"] for field in some] for doctype, some in fields.items()}


def remove_custom_fields() -> None:
	"""The fields with their columns: what they held is derived from the ledgers, which go as well."""
	for doctype, names in field_names().items():
		_remove(doctype, names)


def _remove(doctype: str, names: list[str]) -> None:
	frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ["in", names]})
	frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ["in", names]})
	frappe.clear_cache(doctype=doctype)
	forget_columns(doctype)
	columns = [column for column in frappe.db.get_table_columns(doctype) if column in names]
	if columns:
		dropped = ", ".join(f"DROP COLUMN {column}" for column in columns)
		frappe.db.sql_ddl(f"ALTER TABLE {_quoted(f'tab{doctype}')} {dropped}")
		forget_columns(doctype)
		frappe.clear_cache(doctype=doctype)


def forget_columns(doctype: str = "Lead") -> None:
	"""Frappe caches the columns of a table apart from the DocType, and does not notice that one was dropped."""
	frappe.cache.hdel("table_columns", f"tab{doctype}")


def _once(fieldname: str, fieldtype: str, label: str, **more: Any) -> dict[str, Any]:
	"""A field that takes its first value and keeps it (CT-30)."""
	return _field(
		fieldname, fieldtype, label, read_only_depends_on=f"eval:!doc.__islocal && doc.{fieldname}", **more
	)


def _last_of_lead() -> str:
	"""The field of ERPNext's own after which the last tab begins."""
	standard = [df.fieldname for df in frappe.get_meta("Lead").fields if not df.get("is_custom_field")]
	return standard[(standard.index(LAST_TAB) if LAST_TAB in standard else len(standard)) - 1]


def _chained(fields: list[dict[str, Any]], before: str) -> list[dict[str, Any]]:
	"""Each after the one before; the first after `before`."""
	for field in fields:
		field["insert_after"] = before
		before = field["fieldname"]
	return fields


def _differs(field: dict[str, Any], stored: dict[str, Any] | None) -> bool:
	return stored is None or any((stored.get(key) or "") != (value or "") for key, value in field.items())


def _quoted(table: str) -> str:
	return f"`{table}`" if frappe.db.db_type == "mariadb" else f'"{table}"'
