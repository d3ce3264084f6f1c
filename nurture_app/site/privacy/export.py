"""Everything known about a person, as the person may have it: a page to read and the same as JSON, in a zip (CP-08)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime, strip_html
from markupsafe import Markup, escape

from nurture_app.site.privacy import audit
from nurture_app.site.privacy.contacts import what_stays
from nurture_app.site.privacy.own_rows import Own, columns_of, own_rows, present
from nurture_app.site.privacy.person import Person, find_person
from nurture_app.site.privacy.personal import Personal

AT_ONCE = 500
NOT_THEIRS = (
	"naming_series",
	"lead_owner",
	"company",
	"nurture_panel",
	"qualified_by",
	"disabled",
	"title",
	"image",
	"docstatus",
	"idx",
)
"""Columns of Lead that say nothing about the person."""
LAYOUT = (
	"Section Break",
	"Column Break",
	"Tab Break",
	"HTML",
	"Button",
	"Heading",
	"Fold",
	"Table",
	"Table MultiSelect",
)
LONGEST_CELL = 20_000
"""Characters of a text on the page; the JSON has all of it."""


def export_person(address: str, leads: Iterable[str] = (), by: str = "") -> bytes:
	"""A zip with `index.html` and `data.json`. Notes the export in the audit trail; commits nothing.

	An address nobody knows gets an archive that says so.
	"""
	person = find_person(address, leads)
	data = collect(person)
	audit.note(
		audit.EXPORT,
		address=person.address,
		lead=person.leads[0] if person.leads else "",
		detail=f"{sum(len(section['rows']) for section in data['sections'])} rows",
		done_by=by,
	)
	archive = io.BytesIO()
	with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
		file.writestr("index.html", as_page(data))
		file.writestr("data.json", json.dumps(data, indent=1, default=str, ensure_ascii=False))
	return archive.getvalue()


def file_name() -> str:
	"""Without anything personal: downloads end up in lists."""
	return f"personal-data-{now_datetime():%Y-%m-%d}.zip"


def collect(person: Person) -> dict[str, Any]:
	"""Who we think the person is, then table by table what the registry says is shown. Moments as ISO texts."""
	own = own_rows(person)
	return {
		"addresses": list(person.addresses),
		"made_on": str(now_datetime().replace(microsecond=0)),
		"people": [*_people(person), *_contact_records(person)],
		"sections": [section for entry in present() if (section := _section(entry, own))],
		"kept_by_law": [{"what": f"{one.doctype} {one.name}", "why": one.why} for one in what_stays(person)],
	}


def as_page(data: dict[str, Any]) -> str:
	"""One page without anything from elsewhere."""
	parts = [_table(_("Who we think you are"), [person]) for person in data["people"]]
	parts += [_table(_(section["title"]), section["rows"]) for section in data["sections"]]
	if data["kept_by_law"]:
		rows = [{_("Document"): one["what"], _("Why"): one["why"]} for one in data["kept_by_law"]]
		parts.append(_table(_("Documents of the business with you"), rows))
	if not any(data[key] for key in ("people", "sections", "kept_by_law")):
		parts.append(Markup("<p>{}</p>").format(_("We have nothing about this address.")))
	return _PAGE.format(
		lang=escape(frappe.local.lang or "en"),
		title=escape(_("Your personal data")),
		intro=escape(
			_("What we have stored about {0} as of {1}.").format(
				", ".join(data["addresses"]) or _("you"), data["made_on"]
			)
		),
		body=Markup("\n").join(parts),
	)


def _people(person: Person) -> list[dict[str, Any]]:
	meta = frappe.get_meta("Lead")
	columns = set(frappe.db.get_table_columns("Lead"))
	fields = [
		df
		for df in meta.fields
		if df.fieldname in columns and df.fieldtype not in LAYOUT and df.fieldname not in NOT_THEIRS
	]
	found = []
	for lead in person.leads:
		row = frappe.db.get_value(
			"Lead", lead, ["name", "creation", *(df.fieldname for df in fields)], as_dict=True
		)
		shown = {_("Record"): row.name, _("Known since"): str(row.creation)}
		shown |= {
			_(df.label or df.fieldname): _plain(row[df.fieldname]) for df in fields if row[df.fieldname]
		}
		found.append(shown)
	return found


def _contact_records(person: Person) -> list[dict[str, Any]]:
	"""Contacts and postal addresses made for the person."""
	wanted = {
		"Contact": (
			"first_name",
			"last_name",
			"email_id",
			"phone",
			"mobile_no",
			"designation",
			"company_name",
		),
		"Address": ("address_title", "address_line1", "address_line2", "pincode", "city", "state", "country"),
	}
	found = []
	for doctype, names in (("Contact", person.contacts), ("Address", person.places)):
		for name in names:
			row = frappe.db.get_value(doctype, name, list(wanted[doctype]), as_dict=True) or {}
			shown = {frappe.unscrub(column): value for column, value in row.items() if value}
			if shown:
				found.append({_("Record"): _(doctype), **shown})
	return found


def _section(entry: Personal, own: Own) -> dict[str, Any] | None:
	names = sorted(own.get(entry.doctype, ()), key=str)
	if not entry.title or not names:
		return None
	columns = columns_of(entry, entry.shown)
	table = frappe.qb.DocType(entry.doctype)
	rows: list[Any] = []
	for start in range(0, len(names), AT_ONCE):
		some = names[start : start + AT_ONCE]
		# not get_all(), which leaves out columns whose name contains "_seen"
		query = frappe.qb.from_(table).select(*(table[column] for column in columns))
		rows += (
			query.where(table.name.isin(some)).orderby(table.creation, order=frappe.qb.asc).run(as_dict=True)
		)
	return {
		"title": entry.title,
		"table": entry.doctype,
		"rows": [{_label(entry, column): _plain(row[column]) for column in columns} for row in rows],
	}


def _label(entry: Personal, column: str) -> str:
	field = frappe.get_meta(entry.doctype).get_field(column)
	return _(field.label) if field and field.label else frappe.unscrub(column)


def _plain(value: Any) -> Any:
	if value is None or isinstance(value, int | float):
		return value
	return str(value)


def _table(title: str, rows: list[dict[str, Any]]) -> Markup:
	"""Rows under each other, each a list of name and value: readable on a phone, whatever the number of columns."""
	blocks = [
		Markup("<dl>{}</dl>").format(
			Markup("").join(
				Markup("<dt>{}</dt><dd>{}</dd>").format(name, _cell(value))
				for name, value in row.items()
				if value not in (None, "")
			)
		)
		for row in rows
	]
	return Markup("<h2>{} <small>({})</small></h2>{}").format(title, len(rows), Markup("").join(blocks))


def _cell(value: Any) -> str:
	"""Texts of mails as text: their HTML is somebody else's, and would load pictures."""
	text = str(value)
	if text.startswith("<") or "</" in text:
		text = strip_html(text.replace("<br", "\n<br").replace("</p>", "\n</p>")).strip()
	return text[:LONGEST_CELL]


_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ margin: 2rem auto; max-width: 50rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1f2328; }}
h2 {{ margin-top: 2.5rem; border-bottom: 1px solid #d0d7de; }}
small {{ color: #6b7280; font-weight: normal; }}
dl {{ display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .15rem 1rem; margin: .75rem 0; padding: .5rem .75rem;
	background: #f6f8fa; border-radius: 8px; }}
dt {{ color: #57606a; }}
dd {{ margin: 0; overflow-wrap: anywhere; white-space: pre-line; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{intro}</p>
{body}
</body>
</html>
"""
