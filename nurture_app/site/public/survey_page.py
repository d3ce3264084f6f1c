"""The form behind `{{ links.survey }}` of a mail or a text message, for the person who got it (CH-12).

The link says who answers: nobody need enter an address, and a mail that was passed on gives no consent in another
person's name. Of each mail the first answers count.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.engine.answers import Asked
from nurture_app.engine.codes import NurtureError
from nurture_app.site.capture.intake import survey_event
from nurture_app.site.capture.service import was_captured
from nurture_app.site.public import forms
from nurture_app.site.public.page import note, page
from nurture_app.site.public.request import PublicRequest
from nurture_app.site.public.unsubscribe import masked, masked_number
from nurture_app.site.sentences import error_sentence
from nurture_app.site.transactions import retrying


def respond(request: PublicRequest, asked: Asked, sent_to: str = "") -> Response:
	"""The page, or what comes after sending it; `asked` is the message whose link was opened, `sent_to` its number."""
	found = _form_of(asked)
	if found is None:
		return page(_("This survey is over"), _("Thank you for wanting to answer."))
	if was_captured(survey_event(asked)):
		return page(
			_("You have answered already"),
			_("Thank you for your answers."),
			note(_("You may close this page.")),
		)
	whom = Markup('<p class="whom">{}</p>').format(
		masked_number(sent_to) if sent_to else masked(asked.address)
	)
	if not request.is_post:
		return forms.form_page(found, {}, whom=whom)
	posted, topics = forms.posted_to(request)
	try:
		url = retrying(lambda: forms.submit(found, posted, topics, request, asked))
	except NurtureError as error:
		frappe.db.rollback()
		return forms.form_page(found, posted, error_sentence(error), whom=whom)
	return forms.after(found, url, posted)


def _form_of(asked: Asked) -> Any:
	"""The form that the content of the message names now; None where it has none or it is switched off."""
	content = frappe.db.get_value("Nurture Touch", asked.touch, "content")
	name = content and frappe.db.get_value("Nurture Content", content, "survey_form")
	found = frappe.get_cached_doc("Nurture Form", name) if name else None
	return found if found and found.enabled else None
