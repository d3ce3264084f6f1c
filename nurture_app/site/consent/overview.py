"""What a person said and chose, for the colleague who looks at the lead."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import format_date

from nurture_app.engine.consent import Facts, Recipient
from nurture_app.engine.ports import Host
from nurture_app.engine.preferences import AS_IT_COMES, EVERYTHING, earliest
from nurture_app.site.sentences import reason_sentence


def channels(lead: str) -> list[dict[str, Any]]:
	"""The consent on record for each channel, e-mail first."""
	rows = frappe.get_all(
		"Nurture Consent",
		filters={"party": lead},
		fields=["name", "channel", "status", "given_on", "withdrawn_on", "source"],
		order_by="channel asc",
	)
	return [
		{
			"name": row.name,
			"channel": row.channel,
			"status": row.status,
			"on": row.withdrawn_on if row.status == "Withdrawn" else row.given_on,
			"source": row.source or "",
		}
		for row in sorted(rows, key=lambda row: row.channel != "Email")
	]


def choices(host: Host, recipient: Recipient, facts: Facts) -> dict[str, Any]:
	"""What the person chose in the preference centre, and what it keeps back now; empty for whoever never chose."""
	preference = facts.preferences.get(recipient.address, EVERYTHING)
	now = host.clock.now()
	lines = []
	if preference.frequency != AS_IT_COMES:
		lines.append(FREQUENCY_SENTENCES[preference.frequency]())
	pause = preference.pause_at(now)
	if pause:
		lines.append(_("Paused until {0}").format(format_date(pause)))
	if preference.declined:
		lines.append(_("Does not want: {0}").format(", ".join(sorted(preference.declined))))
	waits = earliest(preference, facts.last_sent.get(recipient.address), now)
	sentence = f"{reason_sentence(waits[1])} ({format_date(waits[0])})" if waits else ""
	return {"lines": lines, "sentence": sentence}


FREQUENCY_SENTENCES = {
	"Weekly": lambda: _("At most once a week"),
	"Monthly": lambda: _("At most once a month"),
	"Quarterly": lambda: _("At most once in three months"),
}
