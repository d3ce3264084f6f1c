"""Mail texts while they are being written."""

from typing import Any

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit

from nurture_app.engine.addresses import normalise
from nurture_app.engine.answers import ANSWERS
from nurture_app.engine.config import load_settings
from nurture_app.engine.people import load_leads
from nurture_app.site.api.access import MANAGERS, USERS, document_from, names_from, require_lead, require_role
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_link_check
from nurture_app.site.permissions import hidden_fields
from nurture_app.site.previews import preview as make_preview
from nurture_app.site.previews import send_test as queue_test
from nurture_app.site.sentences import errors_as_messages
from nurture_app.site.topics import INTERESTS, NEXT_STEPS, known_topics
from nurture_app.site.topics import variants_by_topic as make_variants

TESTS_PER_HOUR = 60
FOR_ALL = (
	("first_name", "there"),
	("last_name", ""),
	("city", "your city"),
	("country", "your country"),
	("nurture_first_interest", "what you asked about"),
	("nurture_last_interest", "what you read about"),
)
OF_COMPANIES = (
	("company_name", "your company"),
	("job_title", "your role"),
	("department", "your department"),
	("industry", "your industry"),
	("nurture_use_case", "what you have in mind"),
)
OF_CONSUMERS = (
	("nurture_preferences", "what you like"),
	("nurture_last_purchase", "what you bought last"),
)
OFFERED = {
	"B2B": (*FOR_ALL, *OF_COMPANIES),
	"B2C": (*FOR_ALL, *OF_CONSUMERS),
	"": (*FOR_ALL, *OF_COMPANIES, *OF_CONSUMERS),
}
"""By the programme of the settings: fields of the lead worth a menu entry, with what stands there when they are empty (PZ-15)."""


@frappe.whitelist()
def preview(doc: str | dict[str, Any], lead: str | None = "") -> dict[str, Any]:
	"""`previews.Preview` for `lead` (or a made-up one). `doc` need not be saved."""
	require_role(USERS)
	if lead:
		require_lead(lead)
	return make_preview(site_host(commit=False), document_from(doc, "Nurture Content"), lead or "").as_dict()


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=TESTS_PER_HOUR, seconds=60 * 60)
def send_test(content: str, lead: str | None = "") -> dict[str, str]:
	"""Queue the saved content as a test mail to the user."""
	require_role(USERS)
	frappe.has_permission("Nurture Content", "read", doc=content, throw=True)
	return send_test_to_user(frappe.get_doc("Nurture Content", content).as_dict(), lead or "")


def send_test_to_user(content: dict[str, Any], lead: str) -> dict[str, str]:
	"""Shared with the steps of a sequence."""
	if lead:
		require_lead(lead)
	recipient = normalise(frappe.db.get_value("User", frappe.session.user, "email"))
	if not recipient:
		frappe.throw(_("Your user has no e-mail address to send the test to."))
	with errors_as_messages(_("The test mail cannot be made")):
		queue_test(site_host(commit=False), content, lead, recipient)
	return {
		"message": _("The test mail to {0} leaves with the next run of the Email Queue.").format(recipient)
	}


@frappe.whitelist(methods=["POST"])
def check_links() -> dict[str, str]:
	"""Look for broken links now rather than at night."""
	require_role(MANAGERS)
	enqueue_link_check()
	return {"message": _("The links are being looked at. Those looked at in the last hours are left out.")}


@frappe.whitelist()
def placeholders() -> list[dict[str, str]]:
	"""What the menu "Insert Placeholder" offers, by whether the site sells to companies or to people."""
	require_role(USERS)
	host = site_host(commit=False)
	catalog, programme = host.catalog, load_settings(host.db).programme
	found = [
		{
			"label": catalog[field].label,
			"text": f'{{{{ lead.{field} | default("{_(default)}") }}}}'
			if default
			else f"{{{{ lead.{field} }}}}",
		}
		for field, default in OFFERED.get(programme, OFFERED[""])
		if field in catalog
	]
	found.append({"label": _("Sender's Name"), "text": "{{ sender.name }}"})
	found.append({"label": _("Our Company"), "text": "{{ company.name }}"})
	for key, answer in ANSWERS.items():
		found.append({"label": _("Answer: {0}").format(_(answer)), "text": f"{{{{ links.{key} }}}}"})
	return found


@frappe.whitelist()
def try_calculation(doc: str | dict[str, Any], lead: str) -> dict[str, Any]:
	"""What a calculation, saved or not, says to `lead`: `text`, and its `inputs` with None for what is missing."""
	require_role(USERS)
	require_lead(lead)
	calculation = frappe.get_doc(document_from(doc, "Nurture Calculation")).checked()
	fields = calculation.lead_fields
	hidden = fields & hidden_fields()
	host = site_host(commit=False)
	known = load_leads(host, [lead], fields - hidden).get(lead) or {}
	known |= dict.fromkeys(hidden)
	return {
		"text": calculation.said(known, known.get("language") or ""),
		"is_figure": calculation.figure(known) is not None,
		"inputs": calculation.values(known),
	}


@frappe.whitelist()
def topics() -> list[str]:
	"""What assets, forms and pages are about so far, to choose from."""
	require_role(USERS)
	return known_topics()


@frappe.whitelist()
def variants_by_topic(formats: str | list[str] = "[]", interest: str = INTERESTS[0]) -> list[dict[str, Any]]:
	"""Rows for a block: for each topic its newest asset of these formats, for leads whose interest it is."""
	require_role(USERS)
	if interest not in INTERESTS:
		frappe.throw(_("Choose the first or the last interest."))
	return make_variants(names_from(formats) or list(NEXT_STEPS), interest)
