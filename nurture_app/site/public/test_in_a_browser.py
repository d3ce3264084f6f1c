"""Our public pages in a real browser: on a phone, in the dark, without script."""

from __future__ import annotations

import frappe

from nurture_app.site.host import site_host
from nurture_app.site.testing.browser import BrowserCase
from nurture_app.site.testing.factories import make_lead, make_touch


class TestPublicPagesInABrowser(BrowserCase):
	def test_somebody_unsubscribes_on_a_phone_without_script(self) -> None:
		lead = make_lead("leavesonaphone", nurture_email_consent="Given")
		link = site_host(commit=False).links.unsubscribe(make_touch(lead))
		page = self.open(link, phone=True, dark=True, script=False)
		self.assertIn("l•••@s•••.example", page.inner_text("main"))
		self.picture(page, "unsubscribe asks")
		page.get_by_role("button", name="Unsubscribe").click()
		page.get_by_role("heading", name="You are unsubscribed").wait_for()
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))
