"""People whose mail we stopped because they reacted to nothing, and who show interest again by themselves (RE-11).

That stop was ours, not theirs: after several signs within a week it is lifted, if their consent still stands. Whatever
they said themselves (an opt-out, a complaint) and what their mailbox said (a bounce) is never lifted here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from nurture_app.engine import activities
from nurture_app.engine.after_consent import start_what_waited_in
from nurture_app.engine.config import engagement_types, load_settings
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, Raw, chunks, delete_by_name, doctype, params

WITHIN = timedelta(days=7)
"""A spike is several signs in so short a time."""
ACTIVITY = "Interest Returned"
OWN_STOP = "No Reaction"
NO_SIGN = ("Email Open",)
"""Engagement that takes no intent."""


def reopen(host: Host) -> int:
	"""Lift the stop for whoever gave `Settings.reopen_signs` signs within a week and after it; returns how many. Run nightly.

	Each is an activity of its own, so that sequences and scoring rules can follow; a start that was refused in these days
	because of the stop is tried again. A few queries for a thousand people.
	"""
	needed = load_settings(host.db).reopen_signs
	if not needed:
		return 0
	leads: dict[str, set[str]] = {}
	for stop, lead, _ in _showing_interest(host, needed):
		leads.setdefault(stop, set()).add(lead)
	opened = 0
	for stops in chunks(sorted(leads), 500):
		with host.db.transaction():
			lock_leads(host, set().union(*(leads[stop] for stop in stops)))
			# asked again: whoever opted out or complained since then has made our stop their own
			opened += _reopen(host, _showing_interest(host, needed, stops))
	return opened


def _reopen(host: Host, found: Sequence[tuple[str, str, int]]) -> int:
	"""The leads are locked already."""
	if not found:
		return 0
	host.db.execute(delete_by_name("Nurture Suppression", sorted({name for name, _, _ in found})))
	now = host.clock.now()
	signs = [
		activities.ActivityIn(
			lead, ACTIVITY, now, "System", f"{count} signs", dedupe_key=f"{ACTIVITY}|{name}|{lead}"
		)
		for name, lead, count in found
	]
	activities.record_in(host, signs)
	start_what_waited_in(host, sorted({lead for _, lead, _ in found}))
	return len(found)


def _showing_interest(
	host: Host, needed: int, stops: Collection[str] | None = None
) -> list[tuple[str, str, int]]:
	"""(suppression, lead, number of signs), of these suppressions or of all. Indexes (email_id), (party, activity_type, occurred_on), (party, channel, purpose)."""
	stop, lead = doctype("Nurture Suppression", "s"), doctype("Lead", "lead")
	activity, consent = doctype("Nurture Activity", "a"), doctype("Nurture Consent", "c")
	since = host.clock.now() - WITHIN
	kinds = engagement_types(host)
	query = Query.from_(stop).join(lead).on(lead.email_id == stop.address)
	query = query.join(activity).on(activity.party == lead.name)
	query = query.join(consent).on(consent.party == lead.name)
	query = query.select(stop.name, lead.name, Raw("COUNT(DISTINCT {})", activity.name))
	query = query.where((stop.reason == P(OWN_STOP)) & (stop.channel == P("Email")))
	query = query.where(stop.name.isin(params(stops))) if stops is not None else query
	query = query.where((consent.channel == P("Email")) & (consent.purpose == P("Marketing")))
	query = query.where((consent.status == P("Given")) & (lead.unsubscribed == P(0)))
	query = query.where((lead.status != P("Do Not Contact")) & (lead.nurture_last_activity_on > P(since)))
	query = query.where((activity.occurred_on > P(since)) & (activity.occurred_on > stop.occurred_on))
	query = query.where(activity.classification == P("human"))
	query = query.where(activity.activity_type.isin(params(sorted(set(kinds) - set(NO_SIGN)))))
	query = query.groupby(stop.name, lead.name).having(Raw("COUNT(DISTINCT {}) >= {}", activity.name, needed))
	return [(name, party, int(count)) for name, party, count in host.db.rows(query.orderby(lead.name))]
