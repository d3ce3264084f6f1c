"""`/n/download/<link>` and `/n/erase/<link>`: what a person asked for in the preference centre, confirmed by mail."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe import _
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.site.consent.opt_in import language_of, leads_of
from nurture_app.site.language import speak
from nurture_app.site.public import human
from nurture_app.site.public.confirm import unknown_link
from nurture_app.site.public.links import PublicLink, find_link, use_up
from nurture_app.site.public.page import page
from nurture_app.site.public.request import PublicRequest, answer
from nurture_app.site.public.unsubscribe import masked
from nurture_app.site.transactions import retrying

DOWNLOAD, ERASE = "download", "erase"


def download(request: PublicRequest) -> Response:
	"""The handler of `n/download`: everything known about the person, once."""
	return _respond(
		request,
		DOWNLOAD,
		_("Your data"),
		_("Everything we keep about this address, as a file."),
		_("Download"),
		_hand_over,
	)


def erase(request: PublicRequest) -> Response:
	"""The handler of `n/erase`."""
	return _respond(
		request,
		ERASE,
		_("Delete your data?"),
		_(
			"We delete what we keep about this address and remember only, in a form nobody can read, not to write to it."
			" What the law makes us keep, such as invoices, stays. This cannot be undone."
		),
		_("Delete my data"),
		_erase,
	)


def exporter() -> Callable[[str], bytes] | None:
	"""None while the app cannot do it."""
	try:
		from nurture_app.site.privacy.export import export_person
	except ImportError:
		return None
	return export_person


def eraser() -> Callable[..., object] | None:
	"""None while the app cannot do it."""
	try:
		from nurture_app.site.privacy.erase import erase_person
	except ImportError:
		return None
	return erase_person


def not_available() -> Response:
	"""404, with another way."""
	return page(
		_("Not available here"),
		_("This cannot be done on this page yet. Please answer one of our e-mails, and we will see to it."),
		status=404,
	)


def _respond(
	request: PublicRequest,
	purpose: str,
	title: str,
	text: str,
	yes: str,
	act: Callable[[PublicLink], Response],
) -> Response:
	link = find_link(purpose, request.part)
	if link is None:
		return unknown_link()
	leads = leads_of(link)
	speak(language_of(leads[0]) if leads else "")
	if link.used_on or link.is_expired:
		return page(
			_("This link is used or too old"),
			_("Ask for a new one under \u201cChange what you get\u201d."),
			status=410,
		)
	about = f"{purpose}/{request.part}"
	whom = Markup('<p class="whom">{}</p>').format(masked(link.address))
	if not request.is_post:
		return page(title, text, whom + human.buttons(about, yes, _("Cancel")))
	pressed = human.answer(request, about)
	if pressed == "again":
		shown = human.first_shown(request, about)
		alert = Markup('<p role="alert">{}</p>').format(_("Please press the button once more."))
		return page(title, text, whom + alert + human.buttons(about, yes, _("Cancel"), shown))
	if pressed == "no":
		return page(_("Nothing was changed"))
	return act(link)


def _hand_over(link: PublicLink) -> Response:
	export = exporter()
	if export is None:
		return not_available()
	if not use_up(link):
		return page(_("This link is used or too old"), status=410)
	data = export(link.address)
	kind, ending = ("application/zip", "zip") if data[:2] == b"PK" else ("application/json", "json")
	return answer(data, mimetype=kind, Content_Disposition=f'attachment; filename="my-data.{ending}"')


def _erase(link: PublicLink) -> Response:
	erase_person = eraser()
	if erase_person is None:
		return not_available()

	def once() -> bool:
		first = use_up(link)
		frappe.db.commit()  # nosemgrep: erasing commits by itself, and must not be asked for twice
		return first

	if retrying(once):
		erase_person(link.address, "Asked for by the person")
	return page(_("Your data is deleted"), _("You will not hear from us again."))
