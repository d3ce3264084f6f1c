"""What a sequence does, as a table: something happens, the clock moves on, these touches are expected.

The same rows are played on the databases of the engine's tests and on a real site. This file knows neither: it needs a
`Player`. A row that is added here is tried everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Event = tuple[Any, ...]
"""`("enroll", sequence)`, `("wait", timedelta)`, `("do", activity type, detail)`, `("set", field, value)`, `("release",)`,
`("refuse",)`, `("pause", sequence)`, `("resume", sequence)`; and before it begins `("put", DocType, name, values)`,
`("settle", settings)`, `("agree", channel)`."""


@dataclass(frozen=True, slots=True)
class Row:
	name: str
	steps: Sequence[Mapping[str, Any]]
	"""Of the sequence Main. E-mails without a content get one."""
	events: Sequence[Event]
	"""The lead enters Main first, unless `enters` says otherwise; steps that are due are done after each event."""
	touches: Sequence[tuple[str, str]]
	"""(step, status) in the order of their visits; names joined by `|` are alternatives."""
	end: tuple[str, str]
	"""Status and reason of the enrollment in Main."""
	values: Mapping[str, Any] = field(default_factory=dict)
	"""Of Main."""
	others: Mapping[str, tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]] = field(default_factory=dict)
	"""Further sequences: their steps and values."""
	states: Mapping[str, tuple[str, str]] = field(default_factory=dict)
	"""Status and reason in further sequences."""
	lead: Mapping[str, Any] = field(default_factory=dict)
	"""Fields of the lead at the end."""
	before: Sequence[Event] = ()
	"""What must be there before there are sequences."""
	enters: bool = True
	"""Somebody puts the lead into Main at the beginning."""


class Player(Protocol):
	"""Whoever can play a row. The lead has an address, consent, a mobile number, the city Bonn and no owner."""

	def sequence(self, title: str, steps: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None: ...

	def happen(self, event: Event) -> None: ...

	def touches(self) -> list[tuple[str, str]]:
		"""Of Main, by visit."""
		...

	def state(self, sequence: str) -> tuple[str, str]: ...

	def lead_value(self, fieldname: str) -> Any: ...


def play(player: Player, row: Row) -> None:
	"""Raises AssertionError naming what came out otherwise."""
	for event in row.before:
		player.happen(event)
	for title, (steps, values) in row.others.items():
		player.sequence(title, steps, values)
	player.sequence("Main", row.steps, row.values)
	for event in ((("enroll", "Main"),) if row.enters else ()) + tuple(row.events):
		player.happen(event)
	touches = player.touches()
	fits = len(touches) == len(row.touches) and all(
		step in expected.split("|") and status == wanted
		for (step, status), (expected, wanted) in zip(touches, row.touches, strict=True)
	)
	assert fits, f"{row.name}: {touches} instead of {row.touches}, {player.state('Main')}"
	for sequence, state in {"Main": row.end, **row.states}.items():
		assert player.state(sequence) == state, f"{row.name}: {sequence} is {player.state(sequence)}"
	for fieldname, value in row.lead.items():
		assert player.lead_value(fieldname) == value, (
			f"{row.name}: {fieldname} {player.lead_value(fieldname)}"
		)


def step(kind: str, label: str = "", **values: Any) -> dict[str, Any]:
	return {"step_label": label or kind, "step_type": kind, "delay": 0, "delay_unit": "Days"} | values


def mail(label: str, **values: Any) -> dict[str, Any]:
	return step("Email", label, **values)


END = step("End", "Stop")
ULM = '["city", "=", "Ulm"]'
DONE, QUEUED = "Done", "Queued"
TAKEN_BACK = "Skipped"
"""Of a mail that still waited in the queue when its sequence ended."""
FINISHED = ("Completed", "finished")
ON_THE_WAY = ("Active", "")
LATER = mail("Later", delay=3)


def forked(first: Mapping[str, Any]) -> list[Mapping[str, Any]]:
	"""`first` goes on to Yes or to No."""
	return [first, mail("Yes", go_to="Stop"), mail("No"), END]


BRANCH = step("Branch", "Fork", condition=ULM, on_true="Yes", on_false="No")
EVENT = step("Wait Until", wait_activity="Page View", timeout=5, on_true="Yes", on_false="No")
CONDITION = step("Wait Until", condition=ULM, timeout=5, on_true="Yes", on_false="No")
GATE = step("Approval", approve_by="Administrator", refused_to="No")
WAYS = '[{"name": "A", "weight": 1, "to": "Yes"}, {"name": "B", "weight": 1, "to": "No"}]'

STEPS = [
	Row(
		"mails go out on their days",
		[mail("One"), LATER],
		[("wait", 3 * DAY)],
		[("One", QUEUED), ("Later", QUEUED)],
		FINISHED,
	),
	Row("a mail is not early", [mail("One"), LATER], [("wait", 2 * DAY)], [("One", QUEUED)], ON_THE_WAY),
	Row(
		"a wait lets time pass",
		[step("Wait", delay=2), mail("One")],
		[("wait", 2 * DAY)],
		[("One", QUEUED)],
		FINISHED,
	),
	Row("a branch goes one way", forked(BRANCH), [], [("Fork", DONE), ("No", QUEUED)], FINISHED),
	Row(
		"a branch goes the other way",
		[step("Wait", delay=1), *forked(BRANCH)],
		[("set", "city", "Ulm"), ("wait", DAY)],
		[("Fork", DONE), ("Yes", QUEUED)],
		FINISHED,
	),
	Row(
		"a wait ends with what it waits for",
		forked(EVENT),
		[("wait", DAY), ("do", "Page View", "")],
		[("Wait Until", DONE), ("Yes", QUEUED)],
		FINISHED,
	),
	Row(
		"a wait goes on meanwhile",
		forked(EVENT),
		[("wait", DAY), ("do", "Email Click", "")],
		[],
		("Active", "waiting"),
	),
	Row(
		"a wait ends when its time is over",
		forked(EVENT),
		[("wait", 6 * DAY)],
		[("Wait Until", DONE), ("No", QUEUED)],
		FINISHED,
	),
	Row(
		"a wait ends when a field changes",
		forked(CONDITION),
		[("wait", DAY), ("set", "city", "Ulm")],
		[("Wait Until", DONE), ("Yes", QUEUED)],
		FINISHED,
	),
	Row(
		"a split goes one of its ways",
		forked(step("Split", split_ways=WAYS)),
		[],
		[("Split", DONE), ("Yes|No", QUEUED)],
		FINISHED,
	),
	Row(
		"a tag is put on",
		[step("Tag", tag="VIP")],
		[],
		[("Tag", DONE)],
		FINISHED,
		lead={"_user_tags": ",VIP"},
	),
	Row(
		"a tag is taken off",
		[step("Tag", "On", tag="VIP"), step("Tag", "Off", tag="vip", tag_action="Remove")],
		[],
		[("On", DONE), ("Off", DONE)],
		FINISHED,
		lead={"_user_tags": ""},
	),
	Row(
		"a field is set",
		[step("Set Field", field_name="city", field_value="Ulm")],
		[],
		[("Set Field", DONE)],
		FINISHED,
		lead={"city": "Ulm"},
	),
	Row(
		"points are given",
		[step("Add Score", score_points=7)],
		[("wait", DAY)],
		[("Add Score", DONE)],
		FINISHED,
		lead={"nurture_score": 7},
	),
	Row(
		"a task is given",
		[step("Task", task_description="Call", task_assign_to="Administrator")],
		[],
		[("Task", "Given")],
		FINISHED,
	),
	Row(
		"a colleague is told",
		[step("Notification", notify_text="Look", notify_who="User", notify_user="Administrator")],
		[],
		[("Notification", DONE)],
		FINISHED,
	),
	Row(
		"nobody is there to be told",
		[step("Notification", notify_text="Look")],
		[],
		[("Notification", "Skipped")],
		FINISHED,
	),
	Row(
		"the lead is handed over",
		[step("Handoff", handoff_to="User", handoff_user="Administrator")],
		[],
		[("Handoff", DONE)],
		FINISHED,
		lead={"lead_owner": "Administrator"},
	),
	Row(
		"a handoff ends other promotions",
		[step("Wait", delay=1), step("Handoff", handoff_to="User", handoff_user="Administrator")],
		[("enroll", "Promotion"), ("wait", DAY)],
		[("Handoff", DONE)],
		FINISHED,
		others={"Promotion": ([LATER], {"promotional": 1})},
		states={"Promotion": ("Exited", "handed_over")},
	),
	Row(
		"nothing goes out before it is released",
		forked(GATE),
		[("wait", DAY)],
		[("Approval", "Held")],
		("Held", "waits_for_approval"),
	),
	Row(
		"what is released goes on",
		forked(GATE),
		[("wait", DAY), ("release",)],
		[("Approval", DONE), ("Yes", QUEUED)],
		FINISHED,
	),
	Row(
		"what is refused goes elsewhere",
		forked(GATE),
		[("refuse",)],
		[("Approval", "Skipped"), ("No", QUEUED)],
		FINISHED,
	),
	Row(
		"another sequence is entered",
		[step("Enroll", target_sequence="Other")],
		[],
		[("Enroll", DONE)],
		FINISHED,
		others={"Other": ([LATER], {})},
		states={"Other": ON_THE_WAY},
	),
	Row(
		"another sequence does not take the lead",
		[step("Enroll", target_sequence="Other")],
		[],
		[("Enroll", "Skipped")],
		FINISHED,
		others={"Other": ([LATER], {"condition": ULM})},
		states={"Other": ("", "")},
	),
	Row(
		"another sequence is left",
		[step("Wait", delay=1), step("Leave", target_sequence="Other")],
		[("enroll", "Other"), ("wait", DAY)],
		[("Leave", DONE)],
		FINISHED,
		others={"Other": ([LATER], {})},
		states={"Other": ("Exited", "left_by_sequence")},
	),
	Row(
		"another sequence waits until this one is over",
		[step("Wait", delay=1), step("Pause", target_sequence="Other"), mail("Last", delay=5)],
		[("enroll", "Other"), ("wait", 4 * DAY)],
		[("Pause", DONE)],
		ON_THE_WAY,
		others={"Other": ([LATER], {})},
		states={"Other": ("Paused", "paused_by_sequence")},
	),
	Row(
		"and then goes on",
		[step("Wait", delay=1), step("Pause"), mail("Last", delay=2)],
		[("enroll", "Other"), ("wait", 3 * DAY), ("wait", DAY)],
		[("Pause", DONE), ("Last", QUEUED)],
		FINISHED,
		others={"Other": ([LATER], {})},
		states={"Other": ON_THE_WAY},
	),
	Row(
		"the lead gets an owner",
		[step("Set Owner", owner_user="Administrator")],
		[],
		[("Set Owner", DONE)],
		FINISHED,
		lead={"lead_owner": "Administrator"},
	),
	Row(
		"an Opportunity is made",
		[step("Opportunity", record_text="{{ lead.city }}: first project")],
		[],
		[("Opportunity", DONE)],
		FINISHED,
	),
	Row(
		"an Opportunity that a sequence makes is its goal too",
		[step("Opportunity", record_text="A project"), LATER],
		[],
		[("Opportunity", DONE)],
		("Completed", "goal_reached"),
		{"goal_activity": "Opportunity Created"},
	),
	Row(
		"an entry is put into a calendar",
		[step("Event", record_text="Call {{ lead.first_name | default('them') }}")],
		[],
		[("Event", DONE)],
		FINISHED,
	),
	Row("the end ends", [mail("One"), END], [], [("One", QUEUED)], FINISHED),
]
HOOK = ("put", "Nurture Webhook", "Table Hook", {"enabled": 1, "url": "https://crm.example/hook"})
ADS = ("put", "Nurture Audience", "Table Ads", {"enabled": 1, "delivery": "CSV", "cap_note": "Three a week"})
SHORT = ("put", "Nurture Content", "Table SMS", {"channel": "SMS", "sms_text": "Hello", "revision": 1})
TEMPLATE = {"channel": "WhatsApp", "whatsapp_template": "hello", "whatsapp_language": "en", "revision": 1}
CHAT = ("put", "Nurture Content", "Table WhatsApp", TEMPLATE)
OFFER = {"channel": "Email", "subject": "Talk?", "revision": 1}
OFFER |= {"body": '<p><a href="{{ links.booking }}">Choose an hour</a></p>'}
TELEPHONE = (
	"settle",
	{
		"sms_enabled": 1,
		"sms_gateway_url": "https://sms.example/send",
		"whatsapp_enabled": 1,
		"whatsapp_phone_number_id": "1",
		"whatsapp_token": "a token",
		"whatsapp_app_secret": "a secret",
	},
)
TEXT = step("SMS", content="Table SMS")
CHANNELS = [
	Row(
		"a webhook is called",
		[step("Webhook", webhook="Table Hook")],
		[],
		[("Webhook", QUEUED)],
		FINISHED,
		before=[HOOK],
	),
	Row(
		"an audience is joined and left",
		[
			step("Audience", "In", audience="Table Ads"),
			step("Audience", "Out", audience="Table Ads", audience_action="Remove"),
		],
		[],
		[("In", DONE), ("Out", DONE)],
		FINISHED,
		before=[ADS],
	),
	Row(
		"an SMS goes to who agreed to it",
		[TEXT, mail("Then")],
		[],
		[("SMS", QUEUED), ("Then", QUEUED)],
		FINISHED,
		before=[TELEPHONE, SHORT, ("agree", "SMS")],
	),
	Row(
		"an SMS passes over who did not",
		[TEXT, mail("Then")],
		[],
		[("SMS", "Skipped"), ("Then", QUEUED)],
		FINISHED,
		before=[TELEPHONE, SHORT],
	),
	Row(
		"a mail follows the channel that is preferred",
		[
			step("Wait", delay=1),
			mail("One", follow_channel=1, sms_content="Table SMS", hand_text="Hello"),
			step("Set Field", field_name="nurture_preferred_channel", field_value="Phone"),
			mail("Two", follow_channel=1, hand_text="Hello"),
		],
		[("set", "nurture_preferred_channel", "SMS"), ("wait", DAY)],
		[("One", QUEUED), ("Set Field", DONE), ("Two", "Given")],
		FINISHED,
		before=[TELEPHONE, SHORT, ("agree", "SMS")],
	),
	Row(
		"a WhatsApp goes to who agreed to it",
		[step("WhatsApp", content="Table WhatsApp")],
		[],
		[("WhatsApp", QUEUED)],
		FINISHED,
		before=[TELEPHONE, CHAT, ("agree", "WhatsApp")],
	),
	Row(
		"a message on the portal passes over who has no login",
		[step("Portal Message", content="Table Portal"), mail("One")],
		[],
		[("Portal Message", "Skipped"), ("One", QUEUED)],
		FINISHED,
		before=[
			("settle", {"portal_enabled": 1}),
			(
				"put",
				"Nurture Content",
				"Table Portal",
				{"channel": "Portal", "portal_text": "Hi", "revision": 1},
			),
		],
	),
	Row(
		"an appointment is offered by mail",
		[step("Appointment Offer", content="Table Offer")],
		[],
		[("Appointment Offer", QUEUED)],
		FINISHED,
		before=[
			("settle", {"booking_url": "https://book.example/me"}),
			("put", "Nurture Content", "Table Offer", OFFER),
		],
	),
]
EXITS = [
	Row(
		"a reply ends it",
		[mail("One"), LATER],
		[("wait", DAY), ("do", "Email Reply", ""), ("wait", 3 * DAY)],
		[("One", TAKEN_BACK)],
		("Exited", "replied"),
	),
	Row(
		"a reply pauses it",
		[mail("One"), LATER],
		[("wait", DAY), ("do", "Email Reply", ""), ("wait", 3 * DAY)],
		[("One", QUEUED)],
		("Paused", "replied"),
		{"on_reply": "Pause"},
	),
	Row(
		"a reply changes nothing",
		[mail("One"), LATER],
		[("wait", DAY), ("do", "Email Reply", ""), ("wait", 2 * DAY)],
		[("One", QUEUED), ("Later", QUEUED)],
		FINISHED,
		{"on_reply": "Continue"},
	),
	Row(
		"the goal completes it",
		[mail("One"), LATER],
		[("wait", DAY), ("do", "Demo Request", ""), ("wait", 2 * DAY)],
		[("One", TAKEN_BACK)],
		("Completed", "goal_reached"),
		{"goal_activity": "Demo Request"},
	),
	Row(
		"a new customer leaves it",
		[mail("One"), LATER],
		[("wait", DAY), ("do", "Became Customer", ""), ("wait", 2 * DAY)],
		[("One", TAKEN_BACK)],
		("Exited", "converted"),
	),
	Row(
		"a goal ends a wait",
		forked(EVENT),
		[("wait", DAY), ("do", "Demo Request", "")],
		[],
		("Completed", "goal_reached"),
		{"goal_activity": "Demo Request"},
	),
]
RULES = [
	Row(
		"the longest time ends it",
		[mail("One"), mail("Later", delay=20)],
		[("wait", 21 * DAY)],
		[("One", TAKEN_BACK)],
		("Exited", "too_long"),
		{"max_days": 10},
	),
	Row(
		"a pause holds and skips nothing",
		[mail("One"), LATER],
		[("wait", DAY), ("pause", "Main"), ("wait", 4 * DAY), ("resume", "Main"), ("wait", DAY)],
		[("One", QUEUED)],
		ON_THE_WAY,
	),
	Row(
		"after a pause the days go on",
		[mail("One"), LATER],
		[("wait", DAY), ("pause", "Main"), ("wait", 4 * DAY), ("resume", "Main"), ("wait", 2 * DAY)],
		[("One", QUEUED), ("Later", QUEUED)],
		FINISHED,
	),
	Row(
		"a second promotion is refused",
		[mail("One"), LATER],
		[("enroll", "Other")],
		[("One", QUEUED)],
		ON_THE_WAY,
		{"promotional": 1, "priority": 5},
		others={"Other": ([LATER], {"promotional": 1, "priority": 5})},
		states={"Other": ("", "")},
	),
	Row(
		"a stronger promotion comes first",
		[LATER],
		[("enroll", "Other"), ("wait", 3 * DAY)],
		[],
		("Paused", "gave_way"),
		{"promotional": 1},
		others={"Other": ([step("Wait", delay=9)], {"promotional": 1, "priority": 5})},
		states={"Other": ON_THE_WAY},
	),
	Row(
		"the weaker promotion goes on afterwards",
		[LATER],
		[("enroll", "Other"), ("wait", 2 * DAY), ("wait", 3 * DAY)],
		[("Later", QUEUED)],
		FINISHED,
		{"promotional": 1},
		others={"Other": ([step("Wait", delay=2)], {"promotional": 1, "priority": 5})},
		states={"Other": FINISHED},
	),
]
BY_DAY = {"use_default_window": 0, "window_start": "09:00:00", "window_end": "17:00:00"}
ASKED = BY_DAY | {"trigger_type": "Activity", "trigger_activity": "Form Submitted"}
ANSWER = mail("Answer", at_once=1)
TO_23, FIVE_MINUTES = ("wait", 13 * HOUR), ("wait", timedelta(minutes=5))
"""A row begins at ten in the morning."""
ANSWERS = [
	Row(
		"who asks at night has an answer within five minutes",
		[step("Tag", tag="Asked"), ANSWER, LATER],
		[TO_23, ("do", "Form Submitted", "Contact"), FIVE_MINUTES],
		[("Tag", DONE), ("Answer", QUEUED)],
		ON_THE_WAY,
		ASKED,
		enters=False,
	),
	Row(
		"what does not answer waits for the morning",
		[mail("Mail"), LATER],
		[TO_23, ("do", "Form Submitted", "Contact"), FIVE_MINUTES],
		[],
		ON_THE_WAY,
		ASKED,
		enters=False,
	),
	Row(
		"nobody who did not ask is answered at night",
		[ANSWER, LATER],
		[TO_23, ("enroll", "Main"), FIVE_MINUTES],
		[],
		("Active", "outside_window"),
		ASKED,
		enters=False,
	),
	Row(
		"an answer that comes too late at night waits for the morning",
		[ANSWER, LATER],
		[TO_23, ("do", "Form Submitted", "Contact"), ("wait", 2 * HOUR), ("enroll", "Main"), FIVE_MINUTES],
		[],
		("Active", "outside_window"),
		ASKED | {"trigger_activity": "Demo Request"},
		enters=False,
	),
	Row(
		"in the morning it goes",
		[ANSWER, LATER],
		[TO_23, ("enroll", "Main"), ("wait", 10 * HOUR)],
		[("Answer", QUEUED)],
		ON_THE_WAY,
		ASKED,
		enters=False,
	),
	Row(
		"the mail after an answer waits for the window",
		[ANSWER, mail("Next", delay=1, delay_unit="Minutes")],
		[TO_23, ("do", "Form Submitted", "Contact"), ("wait", HOUR)],
		[("Answer", QUEUED)],
		ON_THE_WAY,
		ASKED,
		enters=False,
	),
]
ROWS = [*STEPS, *CHANNELS, *EXITS, *RULES, *ANSWERS]
