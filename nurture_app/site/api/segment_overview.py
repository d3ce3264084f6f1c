"""What a segment is good for, on its form (SG-15)."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine import segment_overview as engine
from nurture_app.engine.figures.shares import Share
from nurture_app.site.api.enroll_preview import MOST_LOOKED_AT, newest_members, readable_members
from nurture_app.site.host import site_host
from nurture_app.site.permissions import visible_leads
from nurture_app.site.sentences import reason_sentence

NAMED = 5
ENOUGH = 30
"""People of whom a percentage says something."""


@frappe.whitelist()
def overview(segment: str) -> dict[str, Any]:
	"""How many members may be mailed and why the others not, the newest by name, and what became of all who were ever in it.

	Only leads the user may see are counted; of very many members the first ones stand for all (`looked_at`).
	"""
	members = readable_members(segment)
	host = site_host(commit=False)
	looked_at = members[:MOST_LOOKED_AT]
	mailable = engine.mailable(host, looked_at)
	outcomes = engine.outcomes(host, segment, visible_leads())
	return {
		"members": len(members),
		"looked_at": len(looked_at),
		"mailable": mailable.leads,
		"refused": [
			{"sentence": reason_sentence(reason), "count": count}
			for reason, count in mailable.refused.items()
		],
		"newest": newest_members(segment, NAMED),
		"outcomes": [
			_sentence(_("{0} of {1} had an opportunity afterwards"), outcomes[engine.OPPORTUNITY]),
			_sentence(_("{0} of {1} became a customer afterwards"), outcomes[engine.CUSTOMER]),
		]
		if outcomes[engine.CUSTOMER].people
		else [],
	}


def _sentence(pattern: str, share: Share) -> str:
	said = pattern.format(share.count, share.people)
	return f"{said} ({share.percent:.1f} %)." if share.people >= ENOUGH else f"{said}."
