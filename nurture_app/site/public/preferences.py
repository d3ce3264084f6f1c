"""`/n/preferences/<signed token>`: where a person changes what they get (CD-02, CP-06).

The link stands in the footer of every mail, so whoever has the mail may use it, as with the link to unsubscribe: it shows
a masked address and choices, no data. Data and its deletion need a further link, mailed to the person. Looking changes
nothing. Works without script.
"""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import formatdate
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.engine.preferences import AS_IT_COMES
from nurture_app.site.consent import centre
from nurture_app.site.consent.centre import Person, State
from nurture_app.site.language import speak
from nurture_app.site.public import person_requests
from nurture_app.site.public.confirm import privacy_link, unknown_link
from nurture_app.site.public.limits import too_many
from nurture_app.site.public.page import form, note, page
from nurture_app.site.public.person_requests import DOWNLOAD, ERASE, not_available
from nurture_app.site.public.request import PublicRequest, Refused
from nurture_app.site.public.unsubscribe import masked
from nurture_app.site.transactions import retrying

MISSES = "preferences misses"
MISSES_PER_MINUTE = 60


def respond(request: PublicRequest) -> Response:
	"""The handler of the route."""
	person = centre.find_person(request.part)
	if person is None:
		if too_many(MISSES, request.address, MISSES_PER_MINUTE):
			raise Refused(429, _("Please try again in a minute."))
		return unknown_link()
	speak(person.language)
	if not request.is_post:
		return _show(person)
	act = ACTIONS.get(request.form.get("action") or "")
	if act is None:
		raise Refused(400, _("Please go back and press one of the buttons."))
	return act(request, person)


def _save(request: PublicRequest, person: Person) -> Response:
	wish = centre.checked(
		request.form_list("topic"),
		request.form.get("frequency") or AS_IT_COMES,
		request.form.get("pause") or "keep",
		request.form_list("channel"),
		request.form.get("language") or "",
	)
	if wish is None:
		raise Refused(400, _("Please go back and choose again."))
	_do(lambda: centre.save(person, wish))
	speak(person.language)
	return _show(person, _("Saved. This holds from now on."))


def _leave(request: PublicRequest, person: Person) -> Response:
	_do(lambda: centre.leave(person))
	return _show(person, _("You are unsubscribed. You will get no more marketing e-mail from us."))


def _come_back(request: PublicRequest, person: Person) -> Response:
	if centre.load_state(person).may_subscribe:
		_do(lambda: centre.come_back(person, request.address))
	return _look_into_mailbox()


def _download(request: PublicRequest, person: Person) -> Response:
	return _mail(person, DOWNLOAD) if person_requests.exporter() else not_available()


def _erase(request: PublicRequest, person: Person) -> Response:
	return _mail(person, ERASE) if person_requests.eraser() else not_available()


ACTIONS: dict[str, Callable[[PublicRequest, Person], Response]] = {
	"save": _save,
	"unsubscribe": _leave,
	"subscribe": _come_back,
	DOWNLOAD: _download,
	ERASE: _erase,
}


def _mail(person: Person, purpose: str) -> Response:
	_do(lambda: centre.mail_link(person, purpose))
	return _look_into_mailbox()


def _do(work: Callable[[], None]) -> None:
	def and_commit() -> None:
		work()
		frappe.db.commit()  # nosemgrep: what is told as saved is saved

	retrying(and_commit)


def _look_into_mailbox() -> Response:
	return page(
		_("Please look into your mailbox"),
		_("We have sent you an e-mail with a link. Nothing happens before you open it and confirm."),
		note(_("If you find nothing there, look into the spam folder, too.")),
	)


def _show(person: Person, done: str = "") -> Response:
	state = centre.load_state(person)
	parts = [Markup('<p class="whom">{}</p>').format(masked(person.address))]
	if done:
		parts.append(Markup('<p role="status" class="done">{}</p>').format(done))
	if state.subscribed:
		parts += [_choices(state), form(_("Unsubscribe from everything"), action="unsubscribe", quiet=True)]
		parts.append(note(_("Messages about your orders and requests are not affected.")))
	else:
		if not done:
			parts.append(Markup("<p>{}</p>").format(_("You get no marketing e-mail from us.")))
		if state.may_subscribe:
			parts.append(form(_("Subscribe again"), action="subscribe"))
			parts.append(note(_("We send you an e-mail to confirm it.")))
	parts += [_about_data(), privacy_link(person.country)]
	return page(_("What would you like to get?"), extra=Markup("").join(parts))


def _choices(state: State) -> Markup:
	fields = [
		group(
			_("Topics"),
			[
				choice("checkbox", "topic", one.name, _(one.name), one.wanted, _(one.description))
				for one in state.topics
			],
		),
		group(
			_("How often"),
			[
				choice("radio", "frequency", value, label, value == state.frequency)
				for value, label in (
					(AS_IT_COMES, _("As it comes")),
					("Weekly", _("At most once a week")),
					("Monthly", _("At most once a month")),
					("Quarterly", _("At most once in three months")),
				)
			],
		),
		group(_("Pause"), _pauses(state)),
		group(
			_("Besides e-mail, I agree to"),
			[choice("checkbox", "channel", one.channel, _(one.words), one.agreed) for one in state.channels],
		),
		_language(state),
	]
	return form(_("Save my choice"), Markup("").join(fields), action="save")


def _pauses(state: State) -> list[Markup]:
	paused = state.paused_until
	present = (
		choice("radio", "pause", "keep", _("Paused until {0}").format(formatdate(paused)), True)
		if paused
		else choice("radio", "pause", "keep", _("No pause"), True)
	)
	labels = {1: _("For one month"), 3: _("For three months"), 6: _("For six months")}
	rows = [
		present,
		*(choice("radio", "pause", str(months), labels[months], False) for months in centre.PAUSES),
	]
	return [*rows, choice("radio", "pause", "end", _("End the pause now"), False)] if paused else rows


def _language(state: State) -> Markup:
	if not state.languages:
		return Markup("")
	options = Markup("").join(
		Markup('<option value="{}"{}>{}</option>').format(
			code, Markup(" selected") if code == state.language else "", name
		)
		for code, name in state.languages
	)
	return Markup(
		'<fieldset><legend><label for="language">{}</label></legend><select id="language" name="language">{}</select></fieldset>'
	).format(_("Language"), options)


def group(title: str, rows: list[Markup]) -> Markup:
	"""A titled group of rows; nothing without rows."""
	if not rows:
		return Markup("")
	return Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(title, Markup("").join(rows))


def choice(kind: str, name: str, value: str, label: str, chosen: bool, more: str = "") -> Markup:
	"""A radio button or check box with its label; texts are escaped. `more` stands below in small letters."""
	detail = Markup("<br><small>{}</small>").format(more) if more else ""
	return Markup(
		'<label class="choice"><input type="{}" name="{}" value="{}"{}><span>{}{}</span></label>'
	).format(kind, name, value, Markup(" checked") if chosen else "", label, detail)


def _about_data() -> Markup:
	return Markup("<details><summary>{}</summary>{}{}</details>").format(
		_("My data"),
		form(_("Download my data"), action=DOWNLOAD, quiet=True),
		form(_("Delete my data"), action=ERASE, quiet=True),
	)
