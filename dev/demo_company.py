"""Finishes ERPNext's setup wizard by code and gives the site a mail account that reaches nobody.

Run by `dev/bench-up` with the bench's Python, from the bench's `sites` folder:

	python demo_company.py <site>

Doing it twice changes nothing.
"""

import sys

import frappe
from frappe.utils import now_datetime

TIME_ZONE = "America/New_York"


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	try:
		complete_setup_wizard()
		set_defaults()
		add_mail_account()
		frappe.db.commit()
	finally:
		frappe.destroy()


def complete_setup_wizard() -> None:
	if frappe.db.count("Company"):
		return

	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	year = now_datetime().year
	setup_complete(
		{
			"currency": "USD",
			"country": "United States",
			"timezone": TIME_ZONE,
			"language": "English",
			"company_name": "Demo Company",
			"company_abbr": "DC",
			"company_tagline": "Demo",
			"industry": "Software",
			"chart_of_accounts": "Standard",
			"fy_start_date": f"{year}-01-01",
			"fy_end_date": f"{year}-12-31",
			"setup_demo": 0,
			"enable_telemetry": 0,
		}
	)


def set_defaults() -> None:
	settings = frappe.get_single("System Settings")
	settings.update({"time_zone": TIME_ZONE, "setup_complete": 1, "enable_onboarding": 0})
	settings.flags.ignore_mandatory = True
	settings.save()


def add_mail_account() -> None:
	"""Mail leaves for 127.0.0.1:2525 and so for nobody, unless you run a mail catcher there."""
	if frappe.db.exists("Email Account", {"default_outgoing": 1}):
		return

	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": "Demo Outgoing",
			"email_id": "nurture@demo.example",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"smtp_port": "2525",
			"no_smtp_authentication": 1,
			"awaiting_password": 0,
		}
	)
	frappe.flags.in_patch = True  # otherwise the account calls its (absent) server to check it
	account.insert(ignore_permissions=True)
	frappe.flags.in_patch = False


if __name__ == "__main__":
	main(sys.argv[1])
