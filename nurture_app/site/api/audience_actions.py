"""What the form of an audience does."""

import csv
import io

import frappe

from nurture_app.engine.audiences import live_members
from nurture_app.site.api.access import MANAGERS, require_role
from nurture_app.site.host import site_host


@frappe.whitelist(methods=["POST"])
def download(audience: str) -> None:
	"""The members as ad platforms take them: SHA-256 of address and number, nothing that can be read (CH-03)."""
	require_role(MANAGERS)
	frappe.has_permission("Nurture Audience", "read", doc=audience, throw=True)
	text = io.StringIO()
	writer = csv.writer(text)
	writer.writerow(("email", "phone"))
	writer.writerows(live_members(site_host(commit=False), audience))
	frappe.response.update(
		{
			"type": "download",
			"filename": f"{frappe.scrub(audience)}.csv",
			"filecontent": text.getvalue().encode(),
			"content_type": "text/csv",
		}
	)
