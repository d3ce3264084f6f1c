"""Records about a Lead are seen by those who may see that Lead; everything about everybody by Nurture Managers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe.desk.reportview import build_match_conditions

SEES_EVERYTHING = ("System Manager", "Nurture Manager")
OPENS_APP = ("System Manager", "Nurture Manager", "Nurture User")
FEW_LEADS = 1000
"""Of a user who may see no more leads than this, the leads themselves stand in the query of a list."""


def sees_everything(user: str | None = None) -> bool:
	user = user or frappe.session.user
	return user == "Administrator" or bool(set(SEES_EVERYTHING) & set(frappe.get_roles(user)))


def may_open_app() -> bool:
	"""Whether the app's tile is shown."""
	return frappe.session.user == "Administrator" or bool(set(OPENS_APP) & set(frappe.get_roles()))


def may_open(route: Sequence[str]) -> bool:
	"""Whether the user may open a route of the Desk: a list, a form, a report or a page of ours."""
	kind, *rest = route
	if kind in ("List", "Form"):
		return bool(frappe.has_permission(rest[0], "read"))
	if kind == "query-report":
		return frappe.get_doc("Report", rest[0]).is_permitted()
	return frappe.get_doc("Page", kind).is_permitted()


def lead_conditions(user: str | None = None) -> str:
	"""The SQL condition on `tabLead` under which a user may read a lead; empty: all of them. `1=0`: none."""
	user = user or frappe.session.user
	if not frappe.has_permission("Lead", "read", user=user):
		return "1=0"
	# Made for reports, which fill in values afterwards; nobody fills in anything here.
	return (build_match_conditions("Lead", user=user) or "").replace("%%", "%")


def and_may_read() -> str:
	"""`lead_conditions` as the end of a WHERE of the user's query of leads, whose values are still to be filled in."""
	allowed = lead_conditions()
	# the text comes from Frappe, constants and all, so a percent sign in it is not ours to fill
	return f" AND ({allowed.replace('%', '%%')})" if allowed else ""


def visible_leads() -> set[str] | None:
	"""The leads the user may read; None: all of them. For figures that are made of leads."""
	if sees_everything():
		return None
	on_lead = lead_conditions()
	if on_lead in ("", "1=0"):
		return set() if on_lead else None
	return set(frappe.get_list("Lead", pluck="name", limit_page_length=0, order_by=None))


def hidden_fields() -> set[str]:
	"""The fields of the Lead whose permission level keeps them from the user, whatever the lead."""
	if frappe.session.user == "Administrator":
		return set()
	meta = frappe.get_meta("Lead")
	levels = {0, *meta.get_permlevel_access("read")}
	return {df.fieldname for df in meta.fields if (df.permlevel or 0) not in levels}


def activity_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Activity", user)


def bounce_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Bounce", user)


def consent_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Consent", user)


def consent_entry_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Consent Entry", user)


def content_use_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Content Use", user)


def preference_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""As for a suppression: by address."""
	return _address_conditions("Nurture Preference", user)


def suppression_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""A suppression is about an address: those of leads the user may read."""
	return _address_conditions("Nurture Suppression", user)


def _address_conditions(doctype: str, user: str | None) -> str:
	on_lead = "" if sees_everything(user) else lead_conditions(user)
	if on_lead in ("", "1=0"):
		return on_lead
	return _of_leads(doctype, "address", "email_id", on_lead)


def enrollment_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Enrollment", user)


def form_submission_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Form Submission", user)


def score_entry_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Score Entry", user)


def segment_member_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Segment Member", user)


def touch_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Touch", user)


def trigger_log_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Trigger Log", user)


def link_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""A link of a text is everybody's; one with a person's data in it that person's."""
	of_leads = _conditions("Nurture Link", user)
	mark = "`" if frappe.db.db_type == "mariadb" else '"'
	return f"({mark}tabNurture Link{mark}.party is null or {of_leads})" if of_leads else ""


def mail_hit_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Mail Hit", user)


def audience_member_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Audience Member", user)


def outgoing_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Outgoing", user)


def portal_message_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Portal Message", user)


def page_view_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Page View", user)


def visit_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Visit", user)


def visitor_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _conditions("Nurture Visitor", user)


def insight_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""As of its lead; what names none is its owner's, and that of whoever works with the app."""
	user = user or frappe.session.user
	if sees_everything(user):
		return ""
	mark = "`" if frappe.db.db_type == "mariadb" else '"'
	table = f"{mark}tabNurture Insight{mark}"
	of_nobody = f"coalesce({table}.lead, '') = ''"
	if not _works_with_all_insights(user):
		of_nobody += f" and {table}.owner = {frappe.db.escape(user)}"
	return f"({_conditions('Nurture Insight', user, 'lead')} or ({of_nobody}))"


def has_permission(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""True or False, never nothing: Frappe 16 takes nothing for no."""
	user = user or frappe.session.user
	if sees_everything(user):
		return True
	party = doc.get("party") if doc else None
	if not party:
		return bool(doc is None or doc.is_new())
	return bool(
		frappe.db.exists("Lead", party) and frappe.has_permission("Lead", "read", doc=party, user=user)
	)


def may_see_link(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""As `has_permission`, but for links that belong to nobody."""
	return bool(doc and not doc.get("party")) or has_permission(doc, ptype, user)


def may_see_insight(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""By its lead, the one in the database as well: nobody moves what they may not see to a lead that they may.

	Others than those who work with the app change their own, whoever the form says is the owner.
	"""
	user = user or frappe.session.user
	if doc is None or sees_everything(user):
		return True
	columns = ["lead", "owner"]
	stored = None if doc.is_new() else frappe.db.get_value("Nurture Insight", doc.name, columns, as_dict=True)
	is_own = not stored or stored.owner == user or _works_with_all_insights(user)
	if not is_own and (ptype in ("write", "delete") or not stored.lead):
		return False
	leads = {doc.get("lead"), stored.lead if stored else None} - {None, ""}
	return all(
		frappe.db.exists("Lead", lead) and frappe.has_permission("Lead", "read", doc=lead, user=user)
		for lead in leads
	)


def _works_with_all_insights(user: str) -> bool:
	return "Nurture User" in frappe.get_roles(user)


def may_see_suppression(doc: Any, ptype: str | None = None, user: str | None = None) -> bool:
	"""As `has_permission`, by the address."""
	user = user or frappe.session.user
	if sees_everything(user) or doc is None or doc.is_new():
		return True
	on_lead = lead_conditions(user)
	if on_lead in ("", "1=0"):
		return not on_lead
	leads = frappe.get_all("Lead", filters={"email_id": doc.address or ""}, pluck="name", order_by=None)
	return any(frappe.has_permission("Lead", "read", doc=lead, user=user) for lead in leads)


def _conditions(doctype: str, user: str | None, fieldname: str = "party") -> str:
	if sees_everything(user):
		return ""
	on_lead = lead_conditions(user)
	return on_lead if on_lead == "1=0" else _of_leads(doctype, fieldname, "name", on_lead)


def _of_leads(doctype: str, fieldname: str, key: str, on_lead: str) -> str:
	"""The SQL condition that `fieldname` of a row is the `key` of a lead for which `on_lead` holds.

	The leads themselves where they are few, so that an index finds their rows. Otherwise row after row is asked, so that a
	list reads its newest rows and stops: of `in (select ...)` MariaDB makes a join that begins with all leads, and reads and
	sorts the whole table for a page of twenty.
	"""
	mark = "`" if frappe.db.db_type == "mariadb" else '"'
	lead, column = f"{mark}tabLead{mark}", f"{mark}tab{doctype}{mark}.{fieldname}"
	if on_lead:
		query = f"select {lead}.{key} from {lead} where {on_lead} limit {FEW_LEADS + 1}"
		few = frappe.db.sql(query, pluck=True)
		if len(few) <= FEW_LEADS:
			values = ", ".join(frappe.db.escape(one) for one in few if one)
			return f"{column} in ({values})" if values else "1=0"
	where = f" and ({on_lead})" if on_lead else ""
	return f"(select count(*) from {lead} where {lead}.{key} = {column}{where}) > 0"
