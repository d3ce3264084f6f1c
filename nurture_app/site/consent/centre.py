"""What a person sees and may change in the preference centre, apart from how the page looks."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import add_months, now_datetime

from nurture_app.engine import opt_down, optout
from nurture_app.engine.addresses import normalise
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, Never, load_facts, may_ever_send
from nurture_app.engine.evidence import status_of
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.preferences import EVERYTHING, FREQUENCIES, Preference, load_preferences
from nurture_app.engine.privacy_rules import TRACKING, load_privacy_rules
from nurture_app.site import changed_leads
from nurture_app.site.consent import letters, opt_in
from nurture_app.site.host import site_host
from nurture_app.site.language import in_language, known_language
from nurture_app.site.links import PREFERENCES, keyed_hash, token_in
from nurture_app.site.privacy_rules import site_privacy_rules
from nurture_app.site.public.links import find_link, make_link

SOURCE = "Preference centre"
ANSWER_SOURCE = "Answer in a mail"
PAUSES = (1, 3, 6)
"""Months."""
MESSAGE_CHANNELS = ("SMS", "WhatsApp", "Phone")


@dataclass(frozen=True, slots=True)
class Person:
	"""Whose page it is."""

	address: str
	lead: str
	"""The lead the link came through, or the oldest with the address; empty when there is none any more."""

	@property
	def language(self) -> str:
		return opt_in.language_of(self.lead)

	@property
	def country(self) -> str:
		return opt_in.country_of(self.lead)


@dataclass(frozen=True, slots=True)
class Topic:
	name: str
	description: str
	wanted: bool


@dataclass(frozen=True, slots=True)
class ChannelChoice:
	channel: str
	words: str
	"""To translate."""
	agreed: bool


@dataclass(frozen=True, slots=True)
class State:
	"""Everything the page shows. `paused_until` is naive, in the site's time zone."""

	subscribed: bool
	may_subscribe: bool
	"""Whether the person can come back by a confirmation mail."""
	topics: tuple[Topic, ...]
	frequency: str
	paused_until: datetime | None
	channels: tuple[ChannelChoice, ...]
	"""Those there is anything to say about."""
	languages: tuple[tuple[str, str], ...]
	language: str


@dataclass(frozen=True, slots=True)
class Wish:
	"""A form as sent, checked."""

	topics: frozenset[str]
	frequency: str
	pause: str
	"""`keep`, `end`, or a number of months."""
	channels: frozenset[str]
	language: str


def find_person(signed: str) -> Person | None:
	"""By the token of a mail (Nurture Touch) or of a link made for this page; None for anything else."""
	token = token_in(PREFERENCES, signed)
	if not token:
		return None
	fields = ["token", "address", "party"]
	row = frappe.db.get_value("Nurture Touch", {"token": token}, fields, as_dict=True)
	if row and hmac.compare_digest((row.token or "").encode(), token.encode()):
		return person_of(row.address, row.party)
	link = find_link(PREFERENCES, signed)
	return person_of(link.address, link.party) if link and not link.is_expired else None


def person_of(address: str | None, party: str | None) -> Person | None:
	"""Who a message went to; None without an address."""
	known = normalise(address)
	if not known:
		return None
	lead = party if party and frappe.db.exists("Lead", party) else ""
	lead = lead or frappe.db.get_value("Lead", {"email_id": known}, "name", order_by="creation asc") or ""
	return Person(known, lead)


def load_state(person: Person) -> State:
	"""What the page shows of a person, with the public topics in the order of the site."""
	host = site_host(commit=False)
	preference = load_preferences(host, [person.address]).get(person.address, EVERYTHING)
	subscribed, may_subscribe = _subscription(person)
	languages = _languages(person)
	return State(
		subscribed,
		may_subscribe,
		tuple(
			Topic(row.name, row.description or "", row.name not in preference.declined)
			for row in _public_topics()
		),
		preference.frequency,
		preference.pause_at(host.clock.now()),
		_channels(person),
		languages if len(languages) > 1 else (),
		person.language or frappe.local.lang,
	)


def save(person: Person, wish: Wish) -> None:
	"""Make the wish come true, within the caller's transaction."""
	host = site_host(commit=False)
	before = load_preferences(host, [person.address]).get(person.address, EVERYTHING)
	opt_down.choose(host, person.address, _choice(before, wish), SOURCE, person.lead)
	if not person.lead:
		return
	for one in _channels(person):
		wanted = one.channel in wish.channels
		if wanted != one.agreed:
			_set_channel(person, one, wanted)
	if wish.language and wish.language != person.language and wish.language in dict(_languages(person)):
		frappe.db.set_value("Lead", person.lead, "language", wish.language)
		changed_leads.soon(person.lead)


def want_only(person: Person, topic: str) -> None:
	"""Nothing but one topic from now on, within the caller's transaction (RE-06)."""
	host = site_host(commit=False)
	before = load_preferences(host, [person.address]).get(person.address, EVERYTHING)
	decided = dict(before.topics) | {row.name: row.name == topic for row in _public_topics()}
	choice = replace(before, topics=tuple(decided.items()))
	opt_down.choose(host, person.address, choice, ANSWER_SOURCE, person.lead)


def pause_for(person: Person, months: int) -> None:
	"""Quiet for some months, within the caller's transaction."""
	host = site_host(commit=False)
	before = load_preferences(host, [person.address]).get(person.address, EVERYTHING)
	until = add_months(now_datetime(), months).replace(microsecond=0)
	opt_down.choose(host, person.address, replace(before, paused_until=until), ANSWER_SOURCE, person.lead)


def leave(person: Person) -> None:
	"""No marketing on any channel any more, within the caller's transaction."""
	host = site_host(commit=False)
	optout.unsubscribe(host, person.address, SOURCE, party=person.lead)
	for channel in MESSAGE_CHANNELS:
		if person.lead and status_of(host, person.lead, channel) == "Given":
			optout.set_consent(host, person.lead, person.address, "Withdrawn", SOURCE, "", channel=channel)


def come_back(person: Person, ip: str) -> None:
	"""Ask for a confirmation by mail; only that takes back an earlier no. Within the caller's transaction."""
	wording = site_privacy_rules().consent_wording(person.country)
	optout.ask_for_opt_in(site_host(commit=False), person.lead, person.address, SOURCE, wording, "")
	detail = {
		"wording": wording,
		"source": SOURCE,
		"ip": keyed_hash("ip", ip) if ip else "",
		"topics": [],
		"asked_on": str(now_datetime()),
		"said_no": True,
	}
	opt_in.send_confirmation(person.lead, person.address, detail)


def mail_link(person: Person, purpose: str) -> None:
	"""Send a link for `download` or `erase` to the person's mailbox, within the caller's transaction."""
	if not letters.may_write(purpose, person.address):
		return
	link = make_link(purpose, address=person.address, party=person.lead, days=2)
	with in_language(person.language):
		company = letters.company_name()
		if purpose == "download":
			subject, what = _("Your data at {0}"), _("You asked {0} for a copy of your data.")
			button = _("Get my data")
		else:
			subject, what = _("Delete your data at {0}?"), _("You asked {0} to delete your data.")
			button = _("Go on")
		letter = letters.Letter(
			subject=subject.format(company),
			paragraphs=(
				_("Hello,"),
				what.format(company),
				_("Press the button and confirm on the page it opens."),
			),
			button=button,
			link=link,
			small=(
				_("The link works for 2 days and once."),
				_("It was not you? Then do nothing, and nothing happens."),
			),
		)
		letters.send(letter, person.address, person.lead)


def _subscription(person: Person) -> tuple[bool, bool]:
	if not person.lead:
		return False, False
	host = site_host(commit=False)
	row = load_leads(host, [person.lead])[person.lead]
	recipient = replace(recipient_of(row), email=person.address)
	verdict = may_ever_send(recipient, load_facts(host, [recipient], load_settings(host.db)))
	if isinstance(verdict, Allow):
		return True, False
	suppression = optout.suppression_of(host, person.address)
	shut_out = suppression and suppression not in optout.LIFTED_BY_PERSON
	barred = isinstance(verdict, Never) and recipient.status == "Do Not Contact"
	return False, not (shut_out or barred)


def _public_topics() -> list[frappe._dict]:
	return frappe.get_all(
		"Nurture Topic", filters={"public": 1}, fields=["name", "description"], order_by="sort_order, name"
	)


def _choice(before: Preference, wish: Wish) -> Preference:
	shown = [row.name for row in _public_topics()]
	decided = dict(before.topics)
	# a topic nobody decided about stays so while it is wanted: new ones come without being asked for
	decided.update(
		{name: name in wish.topics for name in shown if name in decided or name not in wish.topics}
	)
	paused_until = before.paused_until
	if wish.pause == "end":
		paused_until = None
	elif wish.pause != "keep":
		paused_until = add_months(now_datetime(), int(wish.pause)).replace(microsecond=0)
	return Preference(wish.frequency, paused_until, tuple(decided.items()))


def _channels(person: Person) -> tuple[ChannelChoice, ...]:
	if not person.lead:
		return ()
	host = site_host(commit=False)
	settings = load_settings(host.db)
	found = []
	for channel in MESSAGE_CHANNELS:
		status = status_of(host, person.lead, channel)
		if status:
			found.append(ChannelChoice(channel, CHANNEL_WORDS[channel], status == "Given"))
	if settings.track_opens or settings.track_clicks or settings.track_website:
		rules = load_privacy_rules(host.db, settings)
		words = rules.tracking_wording(person.country) or CHANNEL_WORDS[TRACKING]
		status = status_of(host, person.lead, TRACKING)
		agreed = status == "Given" or (not status and not rules.mail_tracking(person.country))
		found.append(ChannelChoice(TRACKING, words, agreed and not _lead_refuses_tracking(person)))
	return tuple(found)


def _lead_refuses_tracking(person: Person) -> bool:
	return bool(frappe.db.get_value("Lead", person.lead, optout.NO_TRACKING))


def _set_channel(person: Person, choice: ChannelChoice, wanted: bool) -> None:
	host = site_host(commit=False)
	status = "Given" if wanted else "Withdrawn"
	wording = choice.words if wanted else ""
	optout.set_consent(host, person.lead, person.address, status, SOURCE, "", wording, choice.channel)
	if choice.channel == TRACKING and wanted:
		host.db.update("tabLead", ("name", optout.NO_TRACKING), [(person.lead, 0)])


CHANNEL_WORDS = {
	"SMS": "Text messages (SMS)",
	"WhatsApp": "WhatsApp",
	"Phone": "Phone calls",
	TRACKING: "Notice which mails I open, what I click and which pages I visit, to send what fits me",
}
"""As the page shows them (translated), and as evidence keeps them."""


def _languages(person: Person) -> tuple[tuple[str, str], ...]:
	"""Those the site writes in: of its texts, of the person and its own."""
	texts: Collection[str] = frappe.get_all(
		"Nurture Content", filters={"language": ["is", "set"]}, pluck="language", distinct=True, order_by=None
	)
	codes = {*texts, person.language, frappe.db.get_default("lang") or "en"}
	names = [
		(code, frappe.db.get_value("Language", code, "language_name") or code)
		for code in codes
		if known_language(code)
	]
	return tuple(sorted(names, key=lambda one: one[1]))


def checked(
	topics: Collection[str], frequency: str, pause: str, channels: Collection[str], language: str
) -> Wish | None:
	"""The form as a wish; None when it holds what no form of ours can send."""
	if frequency not in FREQUENCIES or pause not in ("keep", "end", *map(str, PAUSES)):
		return None
	return Wish(frozenset(topics), frequency, pause, frozenset(channels), language)
