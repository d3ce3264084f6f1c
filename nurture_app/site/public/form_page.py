"""What a form looks like as a page: labelled fields, a box of its own for consent, the privacy notice, no script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frappe import _
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.engine.capture.forms import ADDRESS, MESSAGE, YES, Question, lines
from nurture_app.site.privacy_rules import site_privacy_rules
from nurture_app.site.public.page import note, page

AUTOCOMPLETE = {
	ADDRESS: "email",
	"first_name": "given-name",
	"last_name": "family-name",
	"company_name": "organization",
	"phone": "tel",
	"mobile_no": "tel",
	"job_title": "organization-title",
	"country": "country-name",
	"city": "address-level2",
}
KEYBOARDS = {ADDRESS: "email", "phone": "tel", "mobile_no": "tel", "whatsapp_no": "tel"}
"""Types of inputs other than text: a phone then shows the keys that are needed."""
TRAP = Markup(
	'<div class="away" aria-hidden="true"><label>Nickname<input type="text" name="nickname"'
	' tabindex="-1" autocomplete="off"></label></div>'
)


def fields_of(
	found: Any,
	values: Mapping[str, str],
	wording: str,
	*,
	only_required: bool = False,
	is_known: bool = False,
) -> Markup:
	"""All inputs of a form, or those that must be filled in, with what somebody has entered already.

	A person who `is_known` gave their address and said what they agree to elsewhere.
	"""
	address = [] if is_known else [Question(ADDRESS, _("E-mail"), True)]
	asked = [one for one in found.asked() if one.is_required or not only_required]
	inputs = [_input(question, values.get(question.fieldname, "")) for question in (*address, *asked)]
	if found.ask_consent and not is_known:
		inputs.append(_consent(found, values, wording))
	inputs.append(_notice(values.get("country")))
	return Markup("").join([*inputs, TRAP])


def thank_you(found: Any, download: str) -> Response:
	"""The page after a submission."""
	extra = Markup("")
	if download:
		extra += Markup('<p><a class="button" href="{}">{}</a></p>').format(download, _("Download"))
	if found.thank_you_url:
		extra += Markup('<p><a href="{}">{}</a></p>').format(found.thank_you_url, _("Go on"))
	return page(_("Thank you"), found.thank_you_text or _("We have received your message."), extra)


def _input(question: Question, value: object) -> Markup:
	text = value if isinstance(value, str) else ""
	name, required = question.fieldname, Markup(" required") if question.is_required else Markup("")
	label = Markup("{}{}").format(_(question.label), " *" if question.is_required else "")
	if question.choices:
		options = [Markup('<option value=""></option>')] + [
			Markup("<option{}>{}</option>").format(Markup(" selected") if choice == text else "", choice)
			for choice in question.choices
		]
		control = Markup('<select id="f-{}" name="{}"{}>{}</select>').format(
			name, name, required, Markup("").join(options)
		)
	elif name == MESSAGE:
		control = Markup('<textarea id="f-{}" name="{}" rows="4" maxlength="5000"{}>{}</textarea>').format(
			name, name, required, text
		)
	else:
		control = Markup(
			'<input id="f-{}" name="{}" type="{}" maxlength="140" autocomplete="{}" value="{}"{}>'
		).format(
			name,
			name,
			KEYBOARDS.get(name, "text"),
			AUTOCOMPLETE.get(name, "off"),
			text,
			required,
		)
	return Markup('<h2><label for="f-{}">{}</label></h2>{}').format(name, label, control)


def _consent(found: Any, values: Mapping[str, str], wording: str) -> Markup:
	"""Never ticked beforehand, and nothing else depends on it (CP-04)."""
	ticked = Markup(" checked") if str(values.get("consent") or "").lower() in YES else Markup("")
	box = Markup(
		'<label class="choice"><input type="checkbox" name="consent" value="1"{}><span>{}</span></label>'
	)
	topics = Markup("").join(
		Markup(
			'<label class="choice"><input type="checkbox" name="topics" value="{}"><span>{}</span></label>'
		).format(topic, topic)
		for topic in lines(found.topics)
	)
	return Markup("<fieldset>{}{}</fieldset>").format(box.format(ticked, wording), topics)


def _notice(country: object) -> Markup:
	"""What happens with the data, and where to read all of it (CP-07), in the visitor's country (LO-05)."""
	rules = site_privacy_rules()
	company = rules.settings.company_name
	url = rules.privacy_url(country if isinstance(country, str) else None)
	text = (
		_("{0} uses what you enter to answer you.").format(company)
		if company
		else _("We use what you enter to answer you.")
	)
	if not url.startswith(("http://", "https://", "/")):
		return note(text)
	return note(
		Markup('{} <a href="{}" target="_blank" rel="noopener">{}</a>').format(text, url, _("Privacy notice"))
	)
