"""Payloads of other systems, in their own words: mapped by their source to events and leads (CT-04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from nurture_app.engine.activities import activity_types
from nurture_app.engine.addresses import normalise
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.incoming import mapping
from nurture_app.engine.incoming.events import (
	LONGEST_ID,
	IncomingEvent,
	known_type,
	properties_in,
	read_moment,
)
from nurture_app.engine.incoming.mapping import KindRule, Mapped, Rule
from nurture_app.engine.ports import Host
from nurture_app.engine.visits.hits import is_visitor_id
from nurture_app.site.website import ingest
from nurture_app.site.website.ingest import ACCEPTED, Result

IGNORED = "ignored"
TRUE = ("1", "true", "yes", "on", "y", "opted_in", "subscribed")


def items_of(source: Any, payload: Any) -> list[Any]:
	"""Raises `NurtureError`."""
	return mapping.items_of(payload, source.items_path or "")


def take(host: Host, source: Any, item: Any) -> Result:
	"""Record one item within the caller's transaction. Raises `NurtureError` with what is wrong."""
	mapped = map_item(source, item)
	event_id = (mapped["Event Id"] or mapping.own_id(item))[:LONGEST_ID]
	if mapped.kind.action == "Ignore":
		return Result(event_id, IGNORED)
	event = event_from(host, mapped, event_id)
	if mapped.kind.action == "Record Activity":
		(result,) = ingest.store(host, source.name, {0: event}).values()
		if result.error:
			raise result.error
		return result
	return _capture(source, mapped, event)


def map_item(source: Any, item: Any) -> Mapped:
	"""What the source's rows make of an item. Raises `NurtureError`."""
	return mapping.apply(item, rules_of(source), kinds_of(source), source.type_path or "")


def event_from(host: Host, mapped: Mapped, event_id: str) -> IncomingEvent:
	"""Raises `NurtureError` for an unknown activity, an impossible moment, an address that is none."""
	if mapped["E-mail"] and not normalise(mapped["E-mail"]):
		raise NurtureError("address_invalid", address=mapped["E-mail"][:140])
	visitor = mapped["Visitor"] if is_visitor_id(mapped["Visitor"]) else ""
	if not mapped["E-mail"] and not visitor:
		raise NurtureError("mapping_no_value", target="E-mail")
	now = host.clock.now()
	said = mapped["Occurred On"]
	return IncomingEvent(
		event_id=event_id,
		activity_type=known_type(mapped.kind.activity_type, activity_types(host)),
		occurred_on=read_moment(said, now, host.clock.zone, zone_may_miss=True) if said else now,
		address=normalise(mapped["E-mail"]),
		visitor=visitor,
		detail=mapped["Detail"][:255],
		channel=mapped["Channel"][:140],
		campaign=(mapped["Campaign"] or mapped["UTM Campaign"])[:140],
		properties=properties_in(dict(mapped.properties)),
	)


def rules_of(source: Any) -> list[Rule]:
	"""The rows of a Nurture Event Source that say where values come from."""
	return [
		Rule(row.target, row.target_name or "", row.path or "", row.constant or "", row.fallback or "")
		for row in source.mappings
	]


def kinds_of(source: Any) -> list[KindRule]:
	"""The rows of a Nurture Event Source that say what a payload becomes."""
	return [KindRule(row.payload_value or "", row.action, row.activity_type or "") for row in source.types]


def _capture(source: Any, mapped: Mapped, event: IncomingEvent) -> Result:
	try:
		from nurture_app.site.capture.service import Submission, capture
	except ImportError:
		raise NurtureError("event_capture_missing") from None
	known = {attribute: mapped[target] for target, attribute in mapping.PERSON.items()}
	known.pop("email")
	known.pop("visitor")
	key = ingest.captured_id(source.name, event.event_id)
	if frappe.db.exists("Nurture Activity", {"dedupe_key": f"capture|{key}"}):
		return Result(event.event_id, ingest.DUPLICATE)
	capture(
		Submission(
			address=event.address,
			**known,
			fields=_lead_fields(mapped),
			form=mapped["Form"],
			source=source.gathers or source.name,
			interest=mapped["Interest"],
			activity_type=event.activity_type,
			detail=event.detail,
			occurred_on=event.occurred_on,
			consent=mapped["Consent"].lower() in TRUE,
			wording=mapped["Consent Wording"],
			visitor=event.visitor,
			utm=_utm(mapped, event),
			page_url=mapped["Page"],
			event_id=key,
		)
	)
	return Result(event.event_id, ACCEPTED)


def _lead_fields(mapped: Mapped) -> Mapping[str, str]:
	fields = dict(mapped.fields)
	if mapped["Referred By"] and frappe.get_meta("Lead").has_field("nurture_referrer"):
		fields.setdefault("nurture_referrer", mapped["Referred By"])
	return fields


def _utm(mapped: Mapped, event: IncomingEvent) -> Mapping[str, str]:
	marks = {part: mapped[target] for target, part in mapping.UTM.items() if mapped[target]}
	if event.campaign:
		marks.setdefault("campaign", event.campaign)
	return marks
