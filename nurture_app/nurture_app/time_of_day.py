"""Times of day that people type.

They are kept as text, because Frappe fills every empty Time field of a new document with the present time.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine.config import as_time


def tidy_times(doc: Document, *fields: str, where: str = "") -> None:
	"""Write the named fields as HH:MM, or refuse what is no time of day. `where` goes before the field's label."""
	for field in fields:
		value = doc.get(field)
		try:
			time = as_time(value)
		except ValueError:
			label = ": ".join(part for part in (where, _(doc.meta.get_label(field))) if part)
			frappe.throw(
				_("{0}: {1} is not a time of day. Write it like 09:00.").format(
					label, escape_html(str(value)[:60])
				)
			)
		doc.set(field, time.strftime("%H:%M") if time else None)
