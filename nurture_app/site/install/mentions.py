"""What people built elsewhere on the site with the app's fields, DocTypes and reports, when the app leaves.

A saved order by a column that is gone keeps a list from opening, a notification that asks for one keeps a Lead from being
saved. What has a switch is switched off and keeps its text, what can be mended is mended, what cannot be without us goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping

import frappe

from nurture_app.site.install.one_field import MODULE

Fields = Mapping[str, Collection[str]]
"""By DocType of other apps, the names of the fields we take away."""

TEXTS = {
	"Code",
	"Text",
	"Small Text",
	"Long Text",
	"Data",
	"Select",
	"Autocomplete",
	"HTML Editor",
	"Text Editor",
}
WITH_A_SWITCH = (
	("Notification", "document_type", "enabled", 0),
	("Assignment Rule", "document_type", "disabled", 1),
	("Server Script", "reference_doctype", "disabled", 1),
	("Client Script", "dt", "enabled", 0),
	("Webhook", "webhook_doctype", "enabled", 0),
)
"""DocType, the field that says what it is about, its switch and the position "off"."""
WITHOUT_A_SWITCH = (
	("Kanban Board", "reference_doctype"),
	("Number Card", "document_type"),
	("Dashboard Chart", "document_type"),
	("List Filter", "reference_doctype"),
	("Report", "ref_doctype"),
)
"""Each is nothing but a question about fields, and an error without them."""
OF_A_REPORT = (
	("Auto Email Report", "report"),
	("Prepared Report", "report_name"),
	("Dashboard Chart", "report_name"),
	("Number Card", "report_name"),
)
ON_WORKSPACES = (
	("Workspace Shortcut", "link_to"),
	("Workspace Link", "link_to"),
	("Workspace Quick List", "document_type"),
)
SORTS_AND_TITLES = ("sort_field", "title_field", "image_field", "timeline_field", "subject_field")


def remove_mentions_of_reports(names: Collection[str]) -> None:
	"""Before reports go: what sends, draws or counts them."""
	if not names:
		return
	for doctype, field in OF_A_REPORT:
		for name in _all(doctype, {field: ["in", list(names)]}):
			_delete(doctype, name)


def remove_mentions_of_doctypes(names: Collection[str]) -> None:
	"""Before DocTypes go: fields of others that lead to them, connections, shortcuts, attached files."""
	ours = ["in", list(names)]
	for doctype, holder in (("Custom Field", "dt"), ("DocField", "parent")):
		theirs = {holder: ["not in", list(names)], "options": ours}
		for name, parent in frappe.get_all(
			doctype, {**theirs, "fieldtype": "Link"}, ["name", holder], as_list=True
		):
			# what is in it stays readable
			frappe.db.set_value(doctype, name, {"fieldtype": "Data", "options": ""}, update_modified=False)
			frappe.clear_cache(doctype=parent)
	for name in _all("Custom Field", {"dt": ["not in", list(names)], "options": ours}):
		_delete("Custom Field", name)  # a table, which has no rows left
	links = {"parent": ["not in", list(names)], "link_doctype": ours}
	for parent in set(frappe.get_all("DocType Link", links, pluck="parent", order_by=None)):
		frappe.db.delete("DocType Link", {"parent": parent, "link_doctype": ours})
		frappe.clear_cache(doctype=parent)
	for doctype, field in ON_WORKSPACES:
		if frappe.db.table_exists(doctype):
			frappe.db.delete(doctype, {field: ours})
	nowhere = {"attached_to_doctype": None, "attached_to_name": None, "attached_to_field": None}
	for name in _all("File", {"attached_to_doctype": ours}):
		frappe.db.set_value("File", name, nowhere, update_modified=False)


def remove_mentions_of_fields(fields: Fields) -> None:
	"""Before fields of other apps' DocTypes go."""
	for about, names in fields.items():
		for doctype, holder, switch, off in WITH_A_SWITCH:
			for name in _naming(doctype, holder, about, names):
				if frappe.db.get_value(doctype, name, switch) == off:
					continue
				print(f"* switching {doctype} '{name}' off: it names a field of {about} that goes")
				frappe.db.set_value(doctype, name, switch, off)
				frappe.clear_document_cache(doctype, name)
		for doctype, holder in WITHOUT_A_SWITCH:
			found = list(_naming(doctype, holder, about, names))
			if doctype == "Report":
				remove_mentions_of_reports(found)
			for name in found:
				_delete(doctype, name)
		_mend_property_setters(about, names)
		_mend_list_settings(about, names)
		_forget_views(about, names)
	_stop_fetching({name for names in fields.values() for name in names})


def _naming(doctype: str, holder: str, about: str, names: Collection[str]) -> Iterator[str]:
	"""Records about `about` in one of whose texts, or those of its rows, a field stands."""
	if not frappe.db.table_exists(doctype):
		return
	pattern = _pattern(names)
	for name in _all(doctype, {holder: about}):
		doc = frappe.get_doc(doctype, name)
		if doc.get("module") == MODULE:
			continue  # goes with the app
		texts = [doc.get(df.fieldname) for df in doc.meta.fields if df.fieldtype in TEXTS]
		for df in doc.meta.get_table_fields():
			texts += [value for row in doc.get(df.fieldname) for value in row.as_dict().values()]
		if any(isinstance(text, str) and pattern.search(text) for text in texts):
			yield name


def _mend_property_setters(about: str, names: Collection[str]) -> None:
	for name, kind, value in frappe.get_all(
		"Property Setter", {"doc_type": about}, ["name", "property", "value"], as_list=True
	):
		if kind in SORTS_AND_TITLES and value in names:
			_delete("Property Setter", name)
		elif kind == "search_fields":
			_keep_the_rest("Property Setter", name, value, names)
	frappe.clear_cache(doctype=about)


def _keep_the_rest(doctype: str, name: str, value: str, names: Collection[str]) -> None:
	stay = [field.strip() for field in (value or "").split(",") if field.strip() not in names]
	if stay:
		frappe.db.set_value(doctype, name, "value", ",".join(stay), update_modified=False)
	else:
		_delete(doctype, name)


def _mend_list_settings(about: str, names: Collection[str]) -> None:
	"""The columns that somebody chose for everybody."""
	chosen = frappe.db.get_value("List View Settings", about, "fields")
	if chosen:
		stay = [column for column in json.loads(chosen) if column.get("fieldname") not in names]
		frappe.db.set_value("List View Settings", about, "fields", json.dumps(stay), update_modified=False)
		frappe.clear_document_cache("List View Settings", about)


def _forget_views(about: str, names: Collection[str]) -> None:
	"""How people last looked at the list, where that was by a field of ours. Redis writes it to the database now and then."""
	pattern = _pattern(names)
	table = frappe.qb.Table("__UserSettings")
	for user, data in (
		frappe.qb.from_(table).select(table.user, table.data).where(table.doctype == about).run()
	):
		if pattern.search(data or ""):
			frappe.db.delete("__UserSettings", {"doctype": about, "user": user})
	for key, data in frappe.cache.hgetall("_user_settings").items():
		key = frappe.safe_decode(key)
		if key.startswith(f"{about}::") and pattern.search(str(data)):
			frappe.cache.hdel("_user_settings", key)


def _stop_fetching(names: Collection[str]) -> None:
	"""Fields that take their value from one of ours keep what they have."""
	for doctype, holder, column in (
		("Custom Field", "dt", "fetch_from"),
		("DocField", "parent", "fetch_from"),
		("Property Setter", "doc_type", "value"),
	):
		filters = {column: ["like", "%.%"], **({"property": "fetch_from"} if column == "value" else {})}
		for name, about, source in frappe.get_all(doctype, filters, ["name", holder, column], as_list=True):
			if source.rpartition(".")[2] in names:
				frappe.db.set_value(doctype, name, column, "", update_modified=False)
				frappe.clear_cache(doctype=about)


def _pattern(names: Collection[str]) -> re.Pattern[str]:
	return re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")


def _all(doctype: str, filters: Mapping[str, object]) -> list[str]:
	"""Of a DocType that not every version of Frappe has."""
	return (
		frappe.get_all(doctype, filters, pluck="name", order_by=None)
		if frappe.db.table_exists(doctype)
		else []
	)


def _delete(doctype: str, name: str) -> None:
	print(f"* removing {doctype} '{name}', which does not work without the app")
	frappe.delete_doc(
		doctype, name, force=True, ignore_permissions=True, delete_permanently=True, for_reload=True
	)
