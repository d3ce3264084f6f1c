"""The checklist for the page Deliverability."""

from dataclasses import asdict
from typing import Any

import frappe

from nurture_app.site.api.access import MANAGERS, require_role


@frappe.whitelist()
def checklist() -> list[dict[str, Any]]:
	"""Lines with `code`, `title`, `state` (ok, fix, unknown), `found` and `todo`. Takes seconds: it asks a name server."""
	require_role(MANAGERS)
	from nurture_app.site.deliverability import checklist as page

	return [asdict(line) for line in page.checklist()]
