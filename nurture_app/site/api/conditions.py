"""A condition while it is being edited: what it says, whom it matches, what is wrong with it."""

import json
from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from nurture_app.engine import conditions
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import lead_scope, load_known
from nurture_app.engine.ports import Host
from nurture_app.engine.segments import matching_count
from nurture_app.engine.sql import Query, render
from nurture_app.site.api.access import READERS, USERS, has_role, names_from, require_role
from nurture_app.site.host import site_host
from nurture_app.site.permissions import and_may_read, hidden_fields, sees_everything
from nurture_app.site.sentences import error_sentence


@frappe.whitelist()
def describe(
	condition: str | None = "",
	doctype: str = "Lead",
	in_sequence: int | str = 0,
	steps: str | list[str] = "[]",
) -> dict[str, Any]:
	"""`sentence` with `parts`, and `count` of the leads the user may see that match; or `error` with the wrong `leaf`.

	There is no count for salespeople, who only read conditions, nor for one that speaks of the current sequence
	(`in_sequence`) or of fields the user may not read.
	"""
	require_role(READERS)
	if doctype != "Lead":
		frappe.throw(_("Conditions are about leads."))
	host = site_host(commit=False)
	known = load_known(host)
	inside = bool(cint(in_sequence))
	if inside:
		labels = frozenset(names_from(steps))
		known = replace(known, steps=labels)
	try:
		parsed = conditions.parse(condition or "", host.catalog, in_sequence=inside)
		conditions.check_references(parsed, known)
	except NurtureError as error:
		return {"error": error_sentence(error), "leaf": error.params.get("leaf", "")}
	return {
		"sentence": conditions.explain(parsed, _),
		"parts": _parts(condition, host, inside),
		"count": count_matching(host, parsed) if has_role(USERS) and not inside else None,
	}


def count_matching(host: Host, condition: Any) -> int | None:
	"""Leads that match and that the user may see; None if the condition asks for fields the user may not read."""
	if conditions.lead_fields(condition) & hidden_fields():
		return None
	if sees_everything():
		return matching_count(host, condition)
	scope = lead_scope(host)
	sql, values = render(
		Query.from_(scope.lead).select(scope.lead.name).where(condition.sql(scope)), host.db.dialect
	)
	mark = "`" if host.db.dialect == "mysql" else '"'
	lead = f"{mark}tabLead{mark}"
	query = f"SELECT COUNT(*) FROM {lead} WHERE {lead}.name IN ({sql}){and_may_read()}"
	return int(frappe.db.sql(query, values)[0][0])


def _parts(text: str | None, host: Host, in_sequence: bool) -> list[dict[str, Any]]:
	"""Each top-level piece (`node`) with its `sentence`, in the order in which they are stored."""
	data = json.loads(text) if text and text.strip() else []
	if not data:
		return []
	nodes = data if isinstance(data, list) else data.get("all") or data.get("any") or [data]
	if not isinstance(nodes[0], (list, dict)):
		nodes = [nodes]
	return [{"node": node, "sentence": _sentence_of(node, host, in_sequence)} for node in nodes]


def _sentence_of(node: Any, host: Host, in_sequence: bool) -> str:
	return conditions.explain(conditions.parse([node], host.catalog, in_sequence=in_sequence), _).rstrip(".")
