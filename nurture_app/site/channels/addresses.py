"""Addresses that users type and this server is to call."""

from __future__ import annotations

import frappe
from frappe import _

from nurture_app.site.outgoing_http import AddressRefused, resolve

SENTENCES = {
	"not_an_address": "{0} is no address that can be called. Write it like https://api.example.com/hook.",
	"credentials": "{0} has a name and password in it. Leave them out: calls are signed instead.",
	"port": "{0}: calls go to the ports of the web, or to one above 1023.",
	"unknown_host": "Nobody is known by the name in {0}. Check the spelling.",
	"private": "{0} leads into a private network. Whoever runs the server can allow it in site_config.json (nurture_app_allowed_private_hosts).",
}


def refusal_sentence(reason: str, url: str) -> str:
	return _(SENTENCES.get(reason, SENTENCES["not_an_address"])).format(url)


def refuse_bad_address(url: str) -> None:
	"""Frappe's validation message for an address that could not be called now."""
	try:
		resolve(url)
	except AddressRefused as refusal:
		frappe.throw(frappe.utils.escape_html(refusal_sentence(refusal.reason, url)))
