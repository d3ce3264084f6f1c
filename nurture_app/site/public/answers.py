"""`/n/answer/<signed token>/<answer>`: a question of a mail, answered with one button or a form (NS-07, RE-06, CD-17, CH-12).

Looking changes nothing, for mail scanners open every link; only POST acts, and no sooner than a person would (see
`human`: a "yes" sends a colleague to the phone). Who asked not to be written to any more comes back by a confirmation
mail alone, whatever is pressed here.
"""

from __future__ import annotations

from dataclasses import replace

import frappe
from frappe import _
from frappe.translate import get_user_lang
from frappe.utils import escape_html
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.engine.answers import ANSWERS, SURVEY, Asked, find_asked, note_answer
from nurture_app.engine.preferences import AS_IT_COMES
from nurture_app.site.channels.colleagues import enabled_users, notify
from nurture_app.site.consent import centre
from nurture_app.site.consent.centre import Person
from nurture_app.site.consent.opt_in import language_of
from nurture_app.site.host import site_host
from nurture_app.site.language import in_language, speak
from nurture_app.site.links import ANSWER, token_in_answer
from nurture_app.site.public import human, survey_page
from nurture_app.site.public.confirm import unknown_link
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.page import form, note, page
from nurture_app.site.public.preferences import choice, group
from nurture_app.site.public.request import PublicRequest, Refused
from nurture_app.site.public.unsubscribe import masked
from nurture_app.site.transactions import retrying

MISSES = "answer misses"
MISSES_PER_MINUTE = 60


def respond(request: PublicRequest) -> Response:
	"""The handler of the route."""
	signed, key = request.parts if len(request.parts) == 2 else ("", "")
	token = token_in_answer(signed, key) if key in (*ANSWERS, SURVEY) else ""
	asked = find_asked(site_host(commit=False), token) if token else None
	if asked and key == SURVEY and _is_by_phone(asked):
		return _survey_by_phone(request, asked)
	person = centre.person_of(asked.address, asked.party) if asked else None
	if asked is None or person is None or not person.lead:
		if too_many(MISSES, request.address, MISSES_PER_MINUTE):
			raise Refused(429, _("Please try again in a minute."))
		return unknown_link()
	speak(person.language)
	if key == SURVEY:
		return survey_page.respond(request, replace(asked, party=person.lead))
	about = f"{ANSWER}/{signed}"
	if not request.is_post:
		return _ask(key, person, human.fields(about))
	if not human.is_in_time(request, about):
		alert = Markup('<p role="alert">{}</p>').format(_("Please press the button once more."))
		return _ask(key, person, alert + human.fields(about, human.first_shown(request, about)))
	return _take(request, key, asked, person)


def _is_by_phone(asked: Asked) -> bool:
	"""Whether the message went to a number of a lead that is still there."""
	return "@" not in asked.address and bool(frappe.db.exists("Lead", asked.party))


def _survey_by_phone(request: PublicRequest, asked: Asked) -> Response:
	"""Of a text message: the person is the lead, with or without an e-mail address (CH-12)."""
	speak(language_of(asked.party))
	address = frappe.db.get_value("Lead", asked.party, "email_id") or ""
	return survey_page.respond(request, replace(asked, address=address), sent_to=asked.address)


def _ask(key: str, person: Person, more: Markup) -> Response:
	titles = {
		"yes": _("Yes, please get in touch"),
		"not_yet": _("Not yet"),
		"stay": _("Stay, for one topic"),
	}
	texts = {
		"yes": _("Press the button, and we will contact you."),
		"not_yet": _("Press the button, and we leave it for now. If you like, say for how long."),
		"stay": _("Choose what you would still like to hear about. You will get nothing else."),
	}
	buttons = {"yes": _("Yes"), "not_yet": _("Not yet"), "stay": _("Stay")}
	if key == "stay" and not centre.load_state(person).topics:
		texts[key] = _("Press the button, and we go on writing to you.")
	fields = {"yes": lambda: Markup(""), "not_yet": _pauses, "stay": lambda: _topics(person)}[key]()
	whom = Markup('<p class="whom">{}</p>').format(masked(person.address))
	return page(titles[key], texts[key], whom + form(buttons[key], fields + more))


def _pauses() -> Markup:
	labels = {"1": _("For one month"), "3": _("For three months"), "6": _("For six months")}
	rows = [choice("radio", "pause", "keep", _("No pause"), True)]
	rows += [choice("radio", "pause", str(months), labels[str(months)], False) for months in centre.PAUSES]
	return group(_("Pause"), rows)


def _topics(person: Person) -> Markup:
	topics = centre.load_state(person).topics
	rows = [
		choice("radio", "topic", one.name, _(one.name), place == 0, _(one.description))
		for place, one in enumerate(topics)
	]
	return group(_("Topics"), rows)


def _take(request: PublicRequest, key: str, asked: Asked, person: Person) -> Response:
	state = centre.load_state(person)
	pause = request.form.get("pause") or "keep"
	topic = (request.form.get("topic") or "") if key == "stay" else ""
	names = {one.name for one in state.topics}
	wish = centre.checked([topic] if topic else [], state.frequency or AS_IT_COMES, pause, [], "")
	if wish is None or (topic and topic not in names) or (pause == "end"):
		raise Refused(400, _("Please go back and choose again."))
	asks_back = key == "stay" and not state.subscribed and state.may_subscribe

	def work() -> None:
		is_news = note_answer(site_host(commit=False), asked, key, topic)
		if asks_back:
			centre.come_back(person, request.address)
		elif topic:
			centre.want_only(person, topic)
		elif key == "not_yet" and pause != "keep":
			centre.pause_for(person, int(pause))
		if is_news:
			_tell_owner(asked, key, topic)
		frappe.db.commit()  # nosemgrep: what is told as saved is saved

	retrying(work)
	if asks_back:
		return page(
			_("Please look into your mailbox"),
			_("We have sent you an e-mail with a link. Nothing happens before you open it and confirm."),
		)
	done = {
		"yes": _("Thank you. We will contact you."),
		"not_yet": _("Thank you. We leave it for now."),
		"stay": _("Saved. This holds from now on."),
	}
	return page(_("Your answer is recorded"), done[key], note(_("You may close this page.")))


def _tell_owner(asked: Asked, key: str, topic: str) -> None:
	"""The colleague who has the lead hears of it at once."""
	lead_name, owner = frappe.db.get_value("Lead", asked.party, ["lead_name", "lead_owner"])
	if not owner or owner not in enabled_users({owner}):
		return
	with in_language(get_user_lang(owner)):
		said = ": ".join(filter(None, (_(ANSWERS[key]), topic)))
		text = _("{0} answered your mail: {1}").format(lead_name or asked.party, said)
	notify(owner, escape_html(text), "Lead", asked.party)
