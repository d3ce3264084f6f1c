"""Messages on the portal: who can see them, what stands there, and what people do with them (CH-09).

A message is shown to the website users who read it for the lead (`portal_readers`) until each has dismissed or followed
it, or it is over. It is marketing as a mail is: the gate decides when it is put there, and is asked again whenever it is
shown, so that nothing is left of it after an opt-out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, Recipient, load_facts, may_ever_send
from nurture_app.engine.people import load_leads, lock_leads, recipient_of
from nurture_app.engine.portal_readers import load_readers
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

TABLE = "Nurture Portal Message"
COLUMNS = (
	"name",
	"user",
	"party_type",
	"party",
	"touch",
	"text",
	"url",
	"label",
	"shown_from",
	"shown_until",
)
FOLLOWED = "In-App Click"
MOST_SHOWN = 3
"""Messages a person sees at once; the others wait."""


@dataclass(frozen=True, slots=True)
class PortalMessage:
	name: str
	party: str
	touch: str
	text: str
	"""Plain."""
	url: str
	label: str


def put(host: Host, rows: Collection[tuple]) -> None:
	"""Show messages from now on; `rows` as `COLUMNS`, within the caller's transaction."""
	host.db.insert(f"tab{TABLE}", COLUMNS, list(rows))


def open_messages(host: Host, user: str) -> list[PortalMessage]:
	"""What `user` is shown now, the oldest first. Index (user, closed_on); one query for whom nothing waits."""
	waiting = _open(host, user)
	if not waiting or not load_settings(host.db).portal_enabled:
		return []
	leads = load_leads(host, {one.party for one in waiting})
	recipients = {name: recipient_of(row) for name, row in leads.items()}
	readers = [replace(recipient, email=user) for recipient in recipients.values()]
	facts = load_facts(host, [*recipients.values(), *readers], load_settings(host.db))
	theirs = _still_read_by(host, user, recipients)
	allowed = {
		reader.party
		for reader in readers
		if reader.party in theirs
		and isinstance(may_ever_send(reader, facts), Allow)
		and isinstance(may_ever_send(recipients[reader.party], facts), Allow)
	}
	return [one for one in waiting if one.party in allowed][:MOST_SHOWN]


def _still_read_by(host: Host, user: str, recipients: Mapping[str, Recipient]) -> set[str]:
	"""The leads whose messages are for `user` now; asks for contacts only where the address is another."""
	known = user.lower()
	others = {name: one.address for name, one in recipients.items() if one.address != known}
	readers = load_readers(host, others, others) if others else {}
	return {name for name in recipients if name not in others or known in readers[name]}


def close(host: Host, user: str, name: str, *, followed: bool) -> bool:
	"""`user` has dismissed a message, or followed its link; says whether it was open and theirs.

	Following counts as a click of the message and as an activity, once.
	"""
	found = next((one for one in _open(host, user) if one.name == name), None)
	if found is None:
		return False
	now = host.clock.now()
	with host.db.transaction():
		lock_leads(host, [found.party])
		outcome = "Followed" if followed else "Dismissed"
		host.db.update(f"tab{TABLE}", ("name", "closed_on", "outcome"), [(name, now, outcome)])
		if followed:
			_note_click(host, found, now)
	return True


def _open(host: Host, user: str) -> list[PortalMessage]:
	table, now = doctype(TABLE, "m"), host.clock.now()
	columns = ("name", "party", "touch", "text", "url", "label")
	query = Query.from_(table).select(*(table[column] for column in columns))
	query = query.where((table.user == P(user)) & table.closed_on.isnull())
	query = query.where((table.shown_from <= P(now)) & (table.shown_until > P(now)))
	rows = host.db.rows(query.orderby(table.shown_from).orderby(table.name))
	return [PortalMessage(*(value or "" for value in row)) for row in rows]


def _note_click(host: Host, message: PortalMessage, now: datetime) -> None:
	touch = doctype("Nurture Touch", "t")
	query = Query.from_(touch).select(touch.sequence, touch.enrollment, touch.step)
	rows = host.db.rows(query.where(touch.name == P(message.touch)))
	sequence, enrollment, step = (value or "" for value in rows[0]) if rows else ("", "", "")
	if rows:
		columns = ("name", "clicked_on", "status")
		host.db.update("tabNurture Touch", columns, [(message.touch, now, str(TouchStatus.CLICKED))])
	said = ActivityIn(
		message.party,
		FOLLOWED,
		now,
		"Website",
		step,
		dedupe_key=f"portal|{message.name}",
		touch=message.touch,
		sequence=sequence,
		enrollment=enrollment,
	)
	activities.record_in(host, [said])
