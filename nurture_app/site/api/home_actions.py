"""An administrator says that sequences run on this site."""

import frappe

from nurture_app.site import home
from nurture_app.site.api.access import ADMINISTRATORS, require_role


@frappe.whitelist(methods=["POST"])
def go_on() -> None:
	require_role(ADMINISTRATORS)
	home.go_on()
