"""A person agrees to get marketing e-mail: at once, or after a confirmation from the mailbox (double opt-in, CP-03).

What is kept as proof: the words, where they stood, the moments of asking and of confirming, and for both the network
address as a keyed hash. Judges ask whether the owner of the mailbox confirmed, and when; the hash shows, when somebody
names a network address, whether it was that one, and is no personal data in the hands of anybody without the site's
key. The address itself would prove no more, for providers forget within days whose it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from nurture_app.engine import activities, opt_down, optout
from nurture_app.engine.addresses import normalise
from nurture_app.engine.after_consent import start_what_waited
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import load_settings
from nurture_app.engine.consent import Allow, load_facts, may_ever_send
from nurture_app.engine.people import load_leads, recipient_of
from nurture_app.engine.ports import Host
from nurture_app.engine.privacy_rules import load_privacy_rules, must_confirm
from nurture_app.site import changed_leads
from nurture_app.site.consent import letters
from nurture_app.site.host import site_host
from nurture_app.site.language import in_language
from nurture_app.site.links import keyed_hash
from nurture_app.site.public.links import PublicLink, make_link

PURPOSE = "confirm"
ACTIVITY = "Opt-in Confirmed"


def ask_or_record(
	lead: str, address: str, wording: str, source: str, ip: str = "", topics: Sequence[str] = ()
) -> str:
	"""The person behind `address` agreed in a form: "Given" at once, or "Pending" with a confirmation mail on its way.

	Without a `wording` it is that for the lead's country (LO-05). Pending where the settings ask for a confirmation, of
	everybody or in this country, and whenever the address once said no: only the mailbox can take that back. To an address that bounced, complained or was shut out by a manager no mail goes; it stays pending. Within the
	caller's transaction. Raises `address_invalid`.
	"""
	known = normalise(address)
	if not known:
		raise NurtureError("address_invalid", address=address)
	host = site_host(commit=False)
	settings = load_settings(host.db)
	country = country_of(lead)
	wording = wording or load_privacy_rules(host.db, settings).consent_wording(country)
	topics = _known_topics(topics)
	confirms = must_confirm(settings, country)
	if _may_get_mail(host, lead):
		if not confirms:
			_record(host, lead, known, wording, source, ip, topics)
		return "Given"
	said_no = _said_no(host, lead, known)
	if not confirms and not said_no:
		_record(host, lead, known, wording, source, ip, topics)
		return "Given"
	optout.ask_for_opt_in(host, lead, known, source, wording, _proof("Asked", ip))
	suppression = optout.suppression_of(host, known)
	if not suppression or suppression in optout.LIFTED_BY_PERSON:
		detail = {
			"wording": wording,
			"source": source,
			"ip": keyed_hash("ip", ip) if ip else "",
			"topics": list(topics),
			"asked_on": str(now_datetime()),
			"said_no": said_no,
		}
		send_confirmation(lead, known, detail)
	return "Pending"


def send_confirmation(lead: str, address: str, detail: dict) -> bool:
	"""Mail a new confirmation link; False when the address has had enough of them today."""
	if not letters.may_write(PURPOSE, address):
		return False
	days = max(1, load_settings(site_host(commit=False).db).confirmation_days)
	link = make_link(PURPOSE, address=address, party=lead, days=days, detail=detail)
	with in_language(language_of(lead)):
		company = letters.company_name()
		letter = letters.Letter(
			subject=_("Please confirm: e-mail from {0}").format(company),
			paragraphs=(
				_("Hello,"),
				_("you, or somebody who typed your address, asked {0} for e-mail to this address.").format(
					company
				),
				_("Press the button and confirm on the page it opens. Only then will we write to you."),
			),
			quote=str(detail.get("wording") or ""),
			button=_("Confirm"),
			link=link,
			small=(
				_("The link works for {0} days and once.").format(days),
				_("It was not you? Then do nothing: without a confirmation you get no further mail from us."),
			),
		)
		return letters.send(letter, address, lead)


def confirm(link: PublicLink, ip: str) -> bool:
	"""The person confirmed through a link that was just used up; says whether mail may come now.

	Records the consent with its proof, lifts the person's own earlier no, and lets go on what waited for it. Within
	the caller's transaction.
	"""
	host = site_host(commit=False)
	leads = leads_of(link)
	if not leads:
		return False
	detail = link.detail
	asked_on = get_datetime(detail.get("asked_on")) if detail.get("asked_on") else None
	proof = "\n".join(
		filter(
			None,
			(
				f"Asked: {asked_on}{_from_hash(str(detail.get('ip') or ''))}" if asked_on else "",
				_proof("Confirmed by mail", ip),
			),
		)
	)
	wording, source = str(detail.get("wording") or ""), str(detail.get("source") or "")
	may_come = optout.confirm_opt_in(host, leads, link.address, source, wording, proof)
	topics = [str(topic) for topic in detail.get("topics") or ()]
	opt_down.want_topics(host, link.address, topics, source, leads[0], overrule=True)
	start_what_waited(host, leads)
	now = host.clock.now()
	activities.record(
		host,
		[
			activities.ActivityIn(
				lead, ACTIVITY, now, "Email", source, dedupe_key=f"{ACTIVITY}|{link.name}|{lead}"
			)
			for lead in leads
		],
	)
	for lead in leads:
		changed_leads.soon(lead)
	return may_come


def leads_of(link: PublicLink) -> list[str]:
	"""The lead a link was made for, or those that have its address now."""
	if link.party and frappe.db.exists("Lead", link.party):
		return [link.party]
	return frappe.get_all("Lead", filters={"email_id": link.address}, pluck="name", order_by="creation asc")


def language_of(lead: str) -> str:
	return (frappe.db.get_value("Lead", lead, "language") if lead else "") or ""


def country_of(lead: str) -> str:
	"""As it stands on the lead; empty for whom nobody knows."""
	return (frappe.db.get_value("Lead", lead, "country") if lead else "") or ""


def _known_topics(topics: Sequence[str]) -> list[str]:
	return frappe.get_all("Nurture Topic", {"name": ["in", list(topics)]}, pluck="name") if topics else []


def _may_get_mail(host: Host, lead: str) -> bool:
	row = load_leads(host, [lead])[lead]
	facts = load_facts(host, [recipient_of(row)], load_settings(host.db))
	return isinstance(may_ever_send(recipient_of(row), facts), Allow)


def _said_no(host: Host, lead: str, address: str) -> bool:
	"""Whether anything on record says that this person does not want mail."""
	withdrawn = frappe.db.exists(
		"Nurture Consent", {"party": lead, "channel": "Email", "status": "Withdrawn"}
	)
	return bool(
		withdrawn
		or optout.suppression_of(host, address)
		or frappe.db.get_value("Lead", lead, "unsubscribed")
		or frappe.db.exists("Email Unsubscribe", {"email": address, "global_unsubscribe": 1})
		or frappe.db.exists("Email Unsubscribe", {"email": address, "reference_doctype": "Lead"})
	)


def _record(
	host: Host, lead: str, address: str, wording: str, source: str, ip: str, topics: Sequence[str]
) -> None:
	optout.set_consent(host, lead, address, "Given", source, "", wording, proof=_proof("Given in a form", ip))
	opt_down.want_topics(host, address, topics, source, lead)
	changed_leads.soon(lead)


def _proof(what: str, ip: str) -> str:
	return f"{what}: {now_datetime()}{_from_hash(keyed_hash('ip', ip) if ip else '')}"


def _from_hash(hashed: str) -> str:
	return f", network address (hashed) {hashed}" if hashed else ""
