"""In a real browser: a salesperson takes a lead that is handed over, and gives it back with a reason."""

from __future__ import annotations

import frappe

from nurture_app.engine import lifecycle, runner
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import active
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, delete_users, make_reps, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

SELLER, MARKETER = "taker@site.example", "track@site.example"
SEQUENCE, ON = "Handoff Desk Test", "Handoff Desk Test: On"


class TestHandoff(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_reps(SELLER)
		settle_settings()
		host = site_host(commit=False)
		cls.lead = make_lead("handed", nurture_email_consent="Given")
		frappe.db.set_value("Lead", cls.lead.name, "lead_owner", SELLER)
		make_sequence(SEQUENCE, [{"step_label": "Hand", "step_type": "Handoff", "handoff_to": "Lead Owner"}])
		make_sequence(ON)
		for sequence in (SEQUENCE, ON):
			lifecycle.activate(host, sequence)
		active.forget()
		enroll(host, SEQUENCE, [cls.lead.name])
		while runner.tick(host, "test").claimed:
			pass
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		for sequence in (SEQUENCE, ON):
			frappe.db.delete("Nurture Enrollment", {"sequence": sequence})
			frappe.delete_doc("Nurture Sequence", sequence, force=True, ignore_missing=True)
		frappe.delete_doc("Lead", cls.lead.name, force=True, ignore_missing=True)
		active.forget()
		frappe.db.commit()  # nosemgrep: a test site
		delete_users(SELLER)
		super().tearDownClass()

	def said(self) -> list[tuple[str, str]]:
		frappe.db.rollback()  # ends the snapshot
		filters = {"party": self.lead.name, "activity_type": ["like", "Handoff %"]}
		return frappe.get_all(
			"Nurture Activity", filters, ["activity_type", "detail"], order_by="creation", as_list=True
		)

	def test_taken_and_given_back_with_a_reason_into_another_sequence(self) -> None:
		page = self.desk(SELLER, f"lead/{self.lead.name}")
		page.locator(".nurture-summary", has_text="Handed to You").wait_for()
		self.open_nurture_tab(page)
		card = page.locator(".np-handoff")
		self.assertIn("Take it, or give it back", card.inner_text())
		self.assertEqual(page.locator(".np-next").count(), 1, "it is not said twice")
		self.picture(page, "a lead handed over")
		card.get_by_role("button", name="Take It").click()
		card.get_by_text("and you took it").wait_for()
		self.assertEqual(self.said(), (("Handoff Accepted", SELLER),))
		card.get_by_role("button", name="Give Back").click()
		dialog = page.locator(".modal.show", has_text="Give the Lead Back")
		dialog.get_by_role("button", name="Give Back").click()
		refused = page.locator(".modal.show", has_text="Missing Values Required")
		refused.locator(".btn-modal-close").click()
		refused.wait_for(state="detached")
		self.assertEqual(len(self.said()), 1, "not without a reason")
		dialog.locator("select[data-fieldname=reason]").select_option("No Budget")
		dialog.locator("textarea[data-fieldname=note]").fill("In May <again>")
		dialog.locator("select[data-fieldname=sequence]").select_option(ON)
		self.picture(page, "giving a lead back")
		dialog.get_by_role("button", name="Give Back").click()
		page.locator(".desk-alert", has_text="Given back and enrolled.").wait_for()
		self.assertEqual(self.said()[1:], (("Handoff Given Back", "No Budget"),))
		self.assertTrue(frappe.db.exists("Nurture Enrollment", {"party": self.lead.name, "sequence": ON}))
		self.assertFalse(frappe.db.get_value("Lead", self.lead.name, "lead_owner"))
		page.locator(".nurture-summary", has_text="Nobody Has Taken It").wait_for()


class TestTrackForThoseGivenBack(DeskCase):
	"""A marketer sets up the sequence for leads that were given back for a certain reason."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture Manager")
		make_sequence(ON, status="Draft", trigger_type="Manual")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Nurture Sequence", ON, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		delete_users(MARKETER)
		super().tearDownClass()

	def test_the_reasons_are_offered_once_the_activity_is_chosen(self) -> None:
		page = self.desk(MARKETER, f"nurture-sequence/{ON}")
		page.locator("select[data-fieldname=trigger_type]").select_option("Activity")
		activity = page.locator("input[data-fieldname=trigger_activity]")
		activity.fill("Handoff Given")
		page.locator(".awesomplete [role=option]", has_text="Handoff Given Back").first.click()
		detail = page.locator("input[data-fieldname=trigger_detail]")
		page.get_by_text("Here: reason.").wait_for()
		detail.click()
		option = page.locator(".awesomplete li", has_text="No Budget")
		option.wait_for()
		self.picture(page, "reasons of a track")
		option.click()
		page.keyboard.press("Control+s")
		page.locator(".desk-alert.green", has_text="Saved").wait_for()
		page.wait_for_load_state("networkidle")  # what the form asks for after that holds the sequence
		frappe.db.rollback()  # ends the snapshot
		found = frappe.db.get_value("Nurture Sequence", ON, ["trigger_activity", "trigger_detail"])
		self.assertEqual(found, ("Handoff Given Back", "No Budget"))
