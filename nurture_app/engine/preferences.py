"""What people chose to get: topics, how often, and when to pause. Belongs to an address, as suppressions do (CD-02).

Read by the gate; the person's choice goes before every sequence's own timing (CD-04). `opt_down` writes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from pypika import functions as fn

from nurture_app.engine.addresses import address_hash
from nurture_app.engine.codes import HANDED_OVER, Reason
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params

AS_IT_COMES = "As It Comes"
FREQUENCIES = {
	AS_IT_COMES: timedelta(),
	"Weekly": timedelta(days=7),
	"Monthly": timedelta(days=30),
	"Quarterly": timedelta(days=91),
}
"""How long it is quiet after a message."""


@dataclass(frozen=True, slots=True)
class Preference:
	"""`paused_until` is naive, in the host's zone."""

	frequency: str = AS_IT_COMES
	paused_until: datetime | None = None
	topics: tuple[tuple[str, bool], ...] = ()
	"""Topics the person has decided about, and whether they want them; all others are wanted."""

	@property
	def declined(self) -> frozenset[str]:
		return frozenset(topic for topic, wanted in self.topics if not wanted)

	@property
	def gap(self) -> timedelta:
		"""How long it is to be quiet after a message."""
		return FREQUENCIES.get(self.frequency, timedelta())

	def pause_at(self, now: datetime) -> datetime | None:
		"""The end of a pause that lasts at `now`."""
		return self.paused_until if self.paused_until and self.paused_until > now else None


EVERYTHING = Preference()
"""Of whoever never chose."""


def strictest(one: Preference, other: Preference) -> Preference:
	"""What both let through: the longer quiet, the later end of a pause, and no topic that either declined."""
	topics = dict(one.topics)
	for topic, wanted in other.topics:
		topics[topic] = wanted and topics.get(topic, True)
	return Preference(
		max(one, other, key=lambda choice: choice.gap).frequency,
		max(filter(None, (one.paused_until, other.paused_until)), default=None),
		tuple(sorted(topics.items())),
	)


def earliest(
	preference: Preference, last_sent: datetime | None, now: datetime
) -> tuple[datetime, Reason] | None:
	"""When the person wants the next message at the earliest, if that lies after `now`, and why (CD-04)."""
	found = []
	pause = preference.pause_at(now)
	if pause:
		found.append((pause, Reason.PERSON_PAUSED))
	if preference.gap and last_sent and last_sent + preference.gap > now:
		found.append((last_sent + preference.gap, Reason.CHOSEN_FREQUENCY))
	return max(found, key=lambda one: one[0]) if found else None


def load_preferences(host: Host, addresses: Collection[str]) -> dict[str, Preference]:
	"""By address, for those who chose; two queries per thousand. Indexes (address_hash), (parent)."""
	by_hash = {address_hash(address): address for address in addresses if address}
	row, topic = doctype("Nurture Preference", "p"), doctype("Nurture Preference Topic", "t")
	found: dict[str, Preference] = {}
	for hashes in chunks(sorted(by_hash)):
		query = Query.from_(row).select(row.name, row.address_hash, row.frequency, row.paused_until)
		rows = host.db.rows(query.where(row.address_hash.isin(params(hashes))))
		if not rows:
			continue
		topics: dict[str, list[tuple[str, bool]]] = {}
		query = Query.from_(topic).select(topic.parent, topic.topic, topic.wanted).orderby(topic.topic)
		for parent, name, wanted in host.db.rows(
			query.where(topic.parent.isin(params([r[0] for r in rows])))
		):
			topics.setdefault(parent, []).append((name, bool(int(wanted or 0))))
		for name, hashed, frequency, paused_until in rows:
			found[by_hash[hashed]] = Preference(
				frequency or AS_IT_COMES, as_datetime(paused_until), tuple(topics.get(name, ()))
			)
	return found


def load_last_sent(host: Host, addresses: Collection[str]) -> dict[str, datetime]:
	"""When each address last got a message, as far back as a frequency reaches. Index (address)."""
	since = host.clock.now() - max(FREQUENCIES.values())
	touch = doctype("Nurture Touch", "t")
	found: dict[str, datetime] = {}
	for some in chunks(sorted(addresses)):
		query = Query.from_(touch).select(touch.address, fn.Max(touch.queued_on))
		query = query.where(touch.address.isin(params(some)) & (touch.queued_on > P(since)))
		query = query.where(touch.status.isin(params([str(one) for one in HANDED_OVER])))
		for address, moment in host.db.rows(query.groupby(touch.address)):
			found[address] = as_datetime(moment)
	return found
