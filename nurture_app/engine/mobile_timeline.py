"""Messages to and from telephones on the timeline of a lead: rows of Frappe's Communication, written past its documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.ports import Host

LONGEST = 5000
"""Characters that are kept of an answer."""


def show_sent(host: Host, channel: str, party: str, number: str, text: str, moment: datetime) -> None:
	"""A message of ours to `number`. `moment` is naive, in the host's zone."""
	ours = {"communication_type": "Automated Message", "sent_or_received": "Sent", "recipients": number}
	_write(host, channel, [party], text, moment, ours | {"status": "Linked", "delivery_status": "Sent"})


def show_received(
	host: Host, channel: str, parties: Sequence[str], number: str, text: str, moment: datetime
) -> None:
	"""An answer from `number`, on each of these leads. `moment` is naive, in the host's zone."""
	theirs = {"communication_type": "Communication", "sent_or_received": "Received", "phone_no": number}
	_write(host, channel, parties, text[:LONGEST], moment, theirs | {"status": "Open"})


def _write(
	host: Host, channel: str, parties: Sequence[str], text: str, moment: datetime, more: dict[str, str]
) -> None:
	said = {
		"subject": without_markup(f"{channel}: {text[:100]}")[:140],
		"content": escape(text).replace("\n", "<br>"),
		"communication_medium": "SMS" if channel == "SMS" else "Chat",
		"communication_date": moment,
		"reference_doctype": "Lead",
		**more,
	}
	rows = [(host.db.new_name(), party, *said.values()) for party in parties]
	host.db.insert("tabCommunication", ("name", "reference_name", *said), rows)
