"""Events of other systems: checked, mapped from payloads, stored as a batch, recorded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import ActivityType
from nurture_app.engine.incoming import inbox, mapping
from nurture_app.engine.incoming.events import IncomingEvent, read_event, read_moment
from nurture_app.engine.incoming.mapping import KindRule, Rule
from tests.database_wrappers import Crash, WatchedDatabase, crashing

NOW = datetime(2026, 3, 2, 12)
BERLIN = ZoneInfo("Europe/Berlin")
KINDS = {
	"Product Usage": ActivityType("Product Usage", "Product", True, False),
	"MQL Reached": ActivityType("MQL Reached", "System", False, True),
}


def said(**values: object) -> dict:
	return {
		"id": "1",
		"type": "Product Usage",
		"occurred_on": "2026-03-02T10:00:00Z",
		"person": {"email": "Ada@X.example"},
	} | values


def read(entry: object) -> IncomingEvent:
	return read_event(entry, KINDS, NOW, BERLIN)


# --- one event -----------------------------------------------------------------------------------------------------------


def test_an_event_is_read_into_the_hosts_zone():
	event = read(said(properties={"plan": "Team"}, detail=" Export\tused "))
	assert (event.occurred_on, event.address) == (datetime(2026, 3, 2, 11), "ada@x.example")
	assert (event.detail, event.properties) == ("Export used", '{"plan": "Team"}')


@pytest.mark.parametrize(
	("entry", "code"),
	[
		("text", "event_malformed"),
		(said(id=""), "event_malformed"),
		(said(id="a" * 141), "event_malformed"),
		(said(id=["1"]), "event_malformed"),
		(said(id=True), "event_malformed"),
		(said(type="Nonsense"), "event_type_unknown"),
		(said(type="MQL Reached"), "event_type_system"),
		(said(type=None), "event_type_unknown"),
		(said(person=None), "event_malformed"),
		(said(person={}), "event_malformed"),
		(said(person={"email": "nobody"}), "address_invalid"),
		(said(person={"email": "a@x.example", "role": "boss"}), "event_malformed"),
		(said(person={"visitor": "x"}), "event_malformed"),
		(said(occurred_on="2026-03-02T10:00:00"), "event_no_zone"),
		(said(occurred_on="yesterday"), "event_no_zone"),
		(said(occurred_on=None), "event_no_zone"),
		(said(occurred_on=1772445600), "event_no_zone"),
		(said(occurred_on="2026-03-02T13:00:00+01:00Z"), "event_no_zone"),
		(said(occurred_on="2026-03-02T12:00:00Z"), "event_in_future"),
		(said(occurred_on="1999-01-01T00:00:00Z"), "event_too_old"),
		(said(occurred_on="0001-01-01T00:00:00+14:00"), "event_no_zone"),
		(said(properties=[1]), "event_malformed"),
		(said(properties={"a": "b" * 5000}), "event_malformed"),
		(said(detail=5), "event_malformed"),
		(said(detail="a" * 300), "event_malformed"),
		(said(score=100), "event_malformed"),
	],
)
def test_a_bad_event_is_refused_with_a_reason(entry, code):
	with pytest.raises(NurtureError) as refusal:
		read(entry)
	assert refusal.value.code == code
	assert "{" not in str(refusal.value)


@pytest.mark.parametrize(
	"text", ["2026-03-02T10:00:00Z", "2026-03-02T11:00:00.5+01:00", "2026-03-02 10:00:00.123456789+00:00"]
)
def test_the_usual_ways_to_write_a_moment_are_understood(text):
	assert read_moment(text, NOW, BERLIN).replace(microsecond=0) == datetime(2026, 3, 2, 11)


@pytest.mark.parametrize("value", [1772445600, 1772445600000, "1772445600", "2026-03-02T10:00:00"])
def test_payloads_may_count_seconds_or_leave_out_the_zone(value):
	assert read_moment(value, NOW, BERLIN, zone_may_miss=True) == datetime(2026, 3, 2, 11)


def test_a_clock_slightly_ahead_is_taken_for_now():
	assert read_moment("2026-03-02T12:03:00+01:00", NOW, BERLIN) == NOW


# --- payloads ------------------------------------------------------------------------------------------------------------

PAYLOAD = {
	"event": "webinar.attended",
	"data": {"people": [{"email": "ada@x.example", "score": 3}], "title": "How to"},
}
RULES = (
	Rule("E-mail", path="data.people.0.email"),
	Rule("Campaign", path="data.title"),
	Rule("Channel", constant="Event"),
	Rule("Property", name="score", path="data.people.0.score"),
	Rule("Lead Field", name="city", path="data.city", fallback="Nowhere"),
)
WEBINAR = (
	KindRule("webinar.attended", "Record Activity", "Webinar Attended"),
	KindRule("webinar.no_show", "Record Activity", "Webinar No-show"),
	KindRule("webinar.pinged", "Ignore", ""),
)


def test_a_payload_is_mapped_by_paths_constants_and_fallbacks():
	mapped = mapping.apply(PAYLOAD, RULES, WEBINAR, "event")
	assert mapped.kind.activity_type == "Webinar Attended"
	assert (mapped["E-mail"], mapped["Campaign"], mapped["Channel"]) == ("ada@x.example", "How to", "Event")
	assert (mapped.properties, mapped.fields) == ({"score": 3}, {"city": "Nowhere"})


def test_of_several_rows_for_one_target_the_first_with_a_value_counts():
	rules = (Rule("E-mail", path="mail"), Rule("E-mail", path="data.people.0.email"))
	assert mapping.apply(PAYLOAD, rules, WEBINAR, "event")["E-mail"] == "ada@x.example"


@pytest.mark.parametrize(("target", "held_in"), [("Property", "properties"), ("Lead Field", "fields")])
def test_of_several_rows_for_one_property_or_field_the_first_with_a_value_counts(target, held_in):
	paths = ("nowhere", "first", "second")
	rules = [Rule(target, name="city", path=path) for path in paths]
	payload = {"event": "webinar.attended", "first": "Rome", "second": "Turin"}
	assert getattr(mapping.apply(payload, rules, WEBINAR, "event"), held_in) == {"city": "Rome"}


@pytest.mark.parametrize(
	("payload", "code"),
	[
		({"event": "webinar.deleted"}, "mapping_kind_unknown"),
		({}, "mapping_kind_unknown"),
		({"event": ["webinar.attended"]}, "mapping_kind_unknown"),
		({"event": "webinar.attended", "data": {"title": {"a": 1}}}, "mapping_not_text"),
		("text", "event_malformed"),
	],
)
def test_a_payload_that_does_not_fit_is_refused_with_a_reason(payload, code):
	with pytest.raises(NurtureError) as refusal:
		mapping.apply(payload, RULES, WEBINAR, "event")
	assert refusal.value.code == code


@pytest.mark.parametrize("path", ["a.b.c.9", "a.b.x", "a.b.-1", "a.b.²", "", "a..b", "."])
def test_a_path_that_leads_nowhere_finds_nothing(path):
	assert mapping.value_at({"a": {"b": [1, 2]}}, path) is None


def test_a_list_may_stand_anywhere_and_is_limited():
	assert mapping.items_of({"events": [{}, {}]}, "events") == [{}, {}]
	assert mapping.items_of({"a": 1}, "") == [{"a": 1}]
	for payload, path in (({}, "events"), ([], ""), ([{}] * 101, "")):
		with pytest.raises(NurtureError):
			mapping.items_of(payload, path)


def test_the_same_content_has_the_same_id():
	assert mapping.own_id({"a": 1, "b": 2}) == mapping.own_id({"b": 2, "a": 1}) != mapping.own_id({"a": 2})


# --- stored and recorded -------------------------------------------------------------------------------------------------


def event(number: int, address: str, **values: object) -> IncomingEvent:
	return IncomingEvent(
		f"e{number}", "Demo Request", NOW - timedelta(hours=4, minutes=number), address=address, **values
	)


def put(world, source: str, *events: IncomingEvent) -> int:
	found = inbox.find_people(world.host, events)
	with world.db.transaction():
		return inbox.put(world.host, source, [(one, found.party(one)) for one in events])


def test_people_are_found_by_address_name_and_visitor(world):
	first, second = world.lead(), world.lead()
	world.put("Nurture Visitor", "v1", visitor_id="visitor-000000000001", party=second)
	found = inbox.find_people(
		world.host,
		[
			event(1, f"{first.lower()}@example.com"),
			event(2, "", lead=second),
			event(3, "", visitor="visitor-000000000001"),
			event(4, "nobody@example.com"),
		],
	)
	assert found.party(event(1, f"{first.lower()}@example.com")) == first
	assert found.party(event(2, "", lead=second)) == second
	assert found.party(event(3, "", visitor="visitor-000000000001")) == second
	assert found.party(event(4, "nobody@example.com")) == ""
	assert found.party(event(5, f"{first.lower()}@example.com", lead="nobody")) == ""


def test_events_are_recorded_once_and_leave_the_inbox(world):
	world.rule("Demo", activity_type="Demo Request", points=30)
	lead = world.lead()
	address = f"{lead.lower()}@example.com"
	assert put(world, "Shop", event(1, address)) == 1
	assert put(world, "Shop", event(1, address)) == 0
	assert world.score(lead) == 0
	assert inbox.work_off(world.host) == 1
	assert inbox.work_off(world.host) == 0
	assert world.score(lead) == 30
	assert inbox.known_keys(world.host, [inbox.dedupe_key("Shop", "e1"), inbox.dedupe_key("Shop", "E1")]) == {
		inbox.dedupe_key("Shop", "e1").lower()
	}


def test_an_opt_out_that_another_system_tells_of_stops_all_mail_to_the_person(world):
	world.rule("Unsubscribed", activity_type="Unsubscribe", points=-25, cap_count=99, cooldown=0)
	lead, other = world.lead(), world.lead()
	address = f"{lead.lower()}@example.com"
	opt_out = replace(event(1, address, detail="asked the shop"), activity_type="Unsubscribe")
	put(world, "Shop", opt_out, event(2, f"{other.lower()}@example.com"))
	inbox.work_off(world.host)
	assert world.all("Nurture Suppression", "address", "reason", "source") == [
		(address, "Unsubscribed", "Nurture Event Source: Shop: asked the shop")
	]
	assert world.all("Nurture Consent", "status", party=lead) == [("Withdrawn",)]
	assert world.score(lead) == -25
	assert len(world.all("Nurture Activity", "name", party=lead, activity_type="Unsubscribe")) == 1
	assert world.all("Nurture Consent", "status", party=other) == [("Given",)]


def test_a_crash_at_any_call_loses_and_doubles_nothing(world):
	world.rule("Demo", activity_type="Demo Request", points=10, cap_count=99, cooldown=0)
	for at in range(0, 40, 3):
		lead = world.lead()
		address = f"{lead.lower()}@example.com"
		put(world, "Shop", event(at, address), event(at + 1000, address))
		broken = crashing(world.db, at, after=bool(at % 2))
		try:
			inbox.work_off(replace(world.host, db=broken))
		except Crash:
			pass
		while inbox.work_off(world.host):
			pass
		assert len(world.all("Nurture Activity", "name", party=lead, activity_type="Demo Request")) == 2
		assert world.all(inbox.INBOX, "name") == []


def test_storing_takes_the_same_statements_for_any_number(world):
	leads = [f"{world.lead().lower()}@example.com" for _ in range(50)]

	def statements(count: int, offset: int) -> int:
		watched = WatchedDatabase(world.db)
		host = replace(world.host, db=watched)
		events = [event(offset + number, leads[number]) for number in range(count)]
		found = inbox.find_people(host, events)
		inbox.known_keys(host, [inbox.dedupe_key("Shop", one.event_id) for one in events])
		with watched.transaction():
			inbox.put(host, "Shop", [(one, found.party(one)) for one in events])
		return watched.calls

	assert statements(50, 0) == statements(2, 100)


def test_events_of_leads_that_are_gone_are_dropped(world):
	lead = world.lead()
	put(world, "Shop", event(1, f"{lead.lower()}@example.com"))
	world.delete("Lead", lead)
	assert inbox.work_off(world.host) == 1
	assert world.all("Nurture Activity", "name") == []


def test_an_event_that_cannot_be_recorded_keeps_no_other_waiting(world):
	leads = [world.lead() for _ in range(5)]
	put(world, "Shop", *(event(number, f"{lead.lower()}@example.com") for number, lead in enumerate(leads)))
	bad = world.all(inbox.INBOX, "name", party=leads[2])[0][0]
	with world.db.transaction():
		world.db.update(f"tab{inbox.INBOX}", ("name", "classification"), [(bad, "robot")])
	with pytest.raises(NurtureError):
		inbox.work_off(world.host)
	assert world.all("Nurture Activity", "party") == [(lead,) for lead in leads if lead != leads[2]]
	assert world.all(inbox.INBOX, "name") == [(bad,)]
