"""Somebody downloads the price list: the lead is in Evaluation, and the mail that fits goes out (PJ-12)."""

from __future__ import annotations

import frappe

from nurture_app.engine import lifecycle
from nurture_app.site import active, nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.public.test_forms import KEY, FormCase, make_asset, make_form
from nurture_app.site.testing.factories import request, settle_settings

SHIPPED = "Pricing Sheet Download"


class TestPricingSheet(FormCase):
	def setUp(self) -> None:
		super().setUp()
		settle_settings(email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}))
		make_asset("Pricing Sheet 2026", "prices.pdf")
		make_form(asset="Pricing Sheet 2026", activity_type="Content Download")
		lifecycle.date_goal(site_host(commit=False), SHIPPED)
		lifecycle.activate(site_host(commit=False), SHIPPED)
		active.forget()
		frappe.db.commit()  # nosemgrep: requests have their own connection

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.db.set_value("Nurture Sequence", SHIPPED, "status", "Draft")
		frappe.db.commit()  # nosemgrep: a test site

	def fill_in(self, **more: str) -> str:
		data = {"email_id": self.address, "first_name": "Ada", **more}
		self.assertLess(request("POST", f"/n/form/{KEY}", data=data).status_code, 400)
		nurture_jobs.run_tick()
		return self.leads()[0]

	def test_the_stage_moves_and_the_mail_on_prices_goes_out(self) -> None:
		lead = self.fill_in(consent="1")
		self.assertEqual(frappe.db.get_value("Lead", lead, "nurture_journey_stage"), "Evaluation")
		touches = frappe.get_all("Nurture Touch", {"party": lead}, ["step", "status", "content"])
		sent = [one for one in touches if one.step == "How to read it"]
		self.assertEqual(
			[(one.status, one.content) for one in sent], [("Queued", "Pricing sheet 1 - How to read it")]
		)
		mail = frappe.get_all(
			"Communication", {"reference_name": lead, "sent_or_received": "Sent"}, pluck="subject"
		)
		self.assertIn(frappe.db.get_value("Nurture Content", sent[0].content, "subject"), mail)

	def test_another_download_moves_nothing(self) -> None:
		make_asset("The Guide")
		make_form(asset="The Guide", activity_type="Content Download")
		frappe.db.commit()  # nosemgrep: requests have their own connection
		lead = self.fill_in(consent="1")
		self.assertFalse(frappe.db.get_value("Lead", lead, "nurture_journey_stage"))
		self.assertFalse(frappe.get_all("Nurture Touch", {"party": lead}))
