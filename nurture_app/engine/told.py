"""What colleagues and other systems tell us that a lead did. Who asked them for silence gets it from us as well."""

from __future__ import annotations

from collections.abc import Sequence

from nurture_app.engine import activities, optout
from nurture_app.engine.activities import ActivityIn, RecordResult
from nurture_app.engine.addresses import normalise
from nurture_app.engine.people import load_leads
from nurture_app.engine.ports import Host

OPT_OUT = "Unsubscribe"


def record_told(host: Host, told: Sequence[ActivityIn]) -> RecordResult:
	"""`activities.record_in`, whose leads are locked; an *Unsubscribe* that is news also stops all mail to the address."""
	result = activities.record_in(host, [one for one in told if one.activity_type != OPT_OUT])
	new, ended = result.new, result.ended
	for one in told:
		if one.activity_type == OPT_OUT:
			opted_out = activities.record_in(host, [one])
			new, ended = new + opted_out.new, ended + opted_out.ended
			if opted_out.new:
				_silence(host, one)
	return RecordResult(new, result.crossings, ended, result.enrolled)


def _silence(host: Host, one: ActivityIn) -> None:
	row = load_leads(host, [one.party]).get(one.party) or {}
	if address := normalise(row.get("email_id")):
		source = ": ".join(filter(None, (one.source_doctype, one.source_name, one.detail)))
		optout.suppress(host, address, source, "Unsubscribed", one.party, is_recorded=True)
