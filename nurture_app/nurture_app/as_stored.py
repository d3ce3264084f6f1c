"""Fields that the app writes itself, into records that people edit."""

from __future__ import annotations

from collections.abc import Iterable

from frappe.model.document import Document


def keep_as_stored(doc: Document, fields: Iterable[str]) -> None:
	"""For `validate`: `fields` are not edited, and a form opened before the app wrote them does not set them back.

	In a new record they are empty, whatever it was copied from.
	"""
	before = doc.get_doc_before_save()
	for field in fields:
		doc.set(field, before.get(field) if before else None)
