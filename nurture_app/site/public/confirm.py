"""`/n/confirm/<link>`: the page behind the button of a confirmation mail (double opt-in). See `human` on scanners."""

from __future__ import annotations

import frappe
from frappe import _
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.engine.countries import country_code
from nurture_app.site.consent import opt_in
from nurture_app.site.language import speak
from nurture_app.site.links import PREFERENCES
from nurture_app.site.public import human
from nurture_app.site.public.links import PublicLink, find_link, make_link, use_up
from nurture_app.site.public.page import form, note, page
from nurture_app.site.public.request import PublicRequest
from nurture_app.site.public.unsubscribe import masked
from nurture_app.site.transactions import retrying

ROUTE = opt_in.PURPOSE


def respond(request: PublicRequest) -> Response:
	"""The handler of the route. Confirming twice, or two at once, confirms once and tells both the same."""
	link = find_link(ROUTE, request.part)
	if link is None:
		return unknown_link()
	leads = opt_in.leads_of(link)
	speak(opt_in.language_of(leads[0]) if leads else "")
	if link.used_on:
		return _done()
	if link.is_expired or not leads:
		return _renew(request, link, leads)
	about = f"{ROUTE}/{request.part}"
	if not request.is_post:
		return _ask(link, about)
	pressed = human.answer(request, about)
	if pressed == "again":
		return _ask(link, about, human.first_shown(request, about), again=True)
	if pressed == "no":
		return page(_("Nothing was changed"), _("You will get no e-mail because of this request."))
	return retrying(lambda: _confirm(request, link))


def _confirm(request: PublicRequest, link: PublicLink) -> Response:
	if not use_up(link):
		return _done()
	may_come = opt_in.confirm(link, request.address)
	preferences = make_link(PREFERENCES, address=link.address, party=link.party, days=90)
	frappe.db.commit()  # nosemgrep: what is told as done is done
	return _done(may_come, preferences)


def unknown_link() -> Response:
	"""The same for every link that is not one of ours, whatever is wrong with it."""
	return page(
		_("This link does not work"),
		_("Please open the link in the e-mail itself, or copy all of it into the address line."),
		status=404,
	)


def privacy_link(country: str = "") -> Markup:
	"""What happens with the data, wherever it is given (CP-07), as it is told in this country (LO-05)."""
	code = country_code(country)
	url = f"/n/privacy?country={code}" if code else "/n/privacy"
	return note(Markup('<a href="{}">{}</a>').format(url, _("Privacy notice")))


def _ask(link: PublicLink, about: str, shown: str = "", again: bool = False) -> Response:
	wording = str(link.detail.get("wording") or "")
	extra = Markup('<p class="whom">{}</p>').format(masked(link.address))
	if wording:
		extra += Markup('<blockquote class="wording">{}</blockquote>').format(wording)
	if link.detail.get("said_no"):
		extra += note(_("You unsubscribed before. Confirming takes that back."))
	if again:
		extra += Markup('<p role="alert">{}</p>').format(_("Please press the button once more."))
	extra += human.buttons(about, _("Yes, I confirm"), _("I did not ask for this"), shown)
	extra += note(_("You can change or end it at any time, with one click in each e-mail."))
	extra += privacy_link(opt_in.country_of(link.party))
	return page(_("Shall we send you e-mail?"), _("Please confirm that we may write to this address."), extra)


def _done(may_come: bool = True, preferences: str = "") -> Response:
	extra = Markup("")
	if preferences:
		extra = Markup('<a class="button" href="{}">{}</a>').format(preferences, _("Choose what you get"))
	text = _("Your choice is recorded. You can change it at any time, with one click in each e-mail.")
	if not may_come:
		text = _(
			"Your choice is recorded. We will look into why our mail did not reach you before we write again."
		)
	return page(_("Thank you, it is confirmed"), text, extra)


def _renew(request: PublicRequest, link: PublicLink, leads: list[str]) -> Response:
	title, text = _("This link is too old"), _("We can send you a new one to the same address.")
	if not leads:
		return page(title, _("Please sign up once more."))
	if not request.is_post:
		return page(title, text, form(_("Send me a new link"), ask="new"))
	if request.form.get("ask") == "new":
		# the same page, however many were sent today: nobody learns more from pressing again
		retrying(lambda: _send_again(link, leads[0]))
	return page(
		_("Please look into your mailbox"), _("If you find nothing there, look into the spam folder, too.")
	)


def _send_again(link: PublicLink, lead: str) -> None:
	opt_in.send_confirmation(lead, link.address, dict(link.detail))
	frappe.db.commit()  # nosemgrep: what is told as sent is queued
