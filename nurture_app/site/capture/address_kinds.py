"""The kind of each lead's address brought up to the lists: after an update of these, of the settings, or an import by SQL.

Scores, personas and segments follow with the nightly pass, which looks at every lead anyway and comes right after. Brought
up lead by lead, they took the first night of a site most of its time.
"""

from __future__ import annotations

import frappe

from nurture_app.engine.waiting import wake
from nurture_app.site.capture.origin import ADDRESS_KIND, kind_of
from nurture_app.site.host import site_host

AT_ONCE = 2000


def mend() -> int:
	"""Write the kind where it is another than stored; returns for how many leads. Commits, batch by batch."""
	mended = 0
	after = ""
	lead = frappe.qb.DocType("Lead")
	while True:
		query = (
			frappe.qb.from_(lead)
			.select(lead.name, lead.email_id, lead[ADDRESS_KIND])
			.where(lead.name > after)
		)
		rows = query.orderby(lead.name).limit(AT_ONCE).run()
		if not rows:
			return mended
		after = rows[-1][0]
		mended += _write(
			{name: kind for name, email, old in rows if (kind := str(kind_of(email))) != (old or "")}
		)


def _write(kinds: dict[str, str]) -> int:
	"""Enrollments that wait for a condition look at it again at once."""
	if not kinds:
		return 0
	host = site_host(commit=True)
	with host.db.transaction():
		host.db.update("tabLead", ("name", ADDRESS_KIND), sorted(kinds.items()))
		wake(host, kinds)
	return len(kinds)
