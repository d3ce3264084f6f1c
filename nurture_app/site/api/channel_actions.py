"""Whether a channel works: a test from Nurture Settings."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.countries import country_code
from nurture_app.engine.outgoing.parcels import Parcel
from nurture_app.engine.outgoing.policy import judge
from nurture_app.engine.phone_numbers import international
from nurture_app.site.api.access import MANAGERS, require_role
from nurture_app.site.channels.calls import SiteCaller
from nurture_app.site.sentences import reason_sentence

TESTS: dict[str, dict[str, Any]] = {
	"SMS": {"text": "Test"},
	# Every WhatsApp account has this template.
	"WhatsApp": {"template": "hello_world", "language": "en_US", "parameters": [], "text": ""},
}


@frappe.whitelist(methods=["POST"])
def send_test(channel: str, number: str) -> dict[str, Any]:
	"""Send one message to a colleague's number now, and tell what came of it. It stands in no ledger (CH-20)."""
	require_role(MANAGERS)
	if channel not in TESTS:
		frappe.throw(_("{0} cannot be tested.").format(channel))
	country = country_code(frappe.db.get_single_value("Nurture Settings", "mobile_country"))
	to = international(number, country)
	if not to:
		frappe.throw(
			_("{0} is not a telephone number. Write it with its country code, like +49 151 12345678.").format(
				number
			)
		)
	result = SiteCaller().call(Parcel(channel, channel, TESTS[channel], "test", number=to))
	fate = judge(channel, result, 1)
	return {
		"sent": str(fate.status) == "Sent",
		"message": reason_sentence(str(fate.reason)) if fate.reason else _("The provider took it."),
		"answer": result.text,
	}
