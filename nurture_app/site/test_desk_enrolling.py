"""In a real browser: who would enter a sequence and why not, before anybody does, and the fields of a trigger."""

from __future__ import annotations

import frappe

from nurture_app.engine import segments
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

MARKETER = "enroller@site.example"
SEQUENCE, SEGMENT = "Enroll Desk Test", "Enroll Desk Segment"


class TestEnrolling(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture Manager", "Sales User")
		settle_settings()
		make_sequence(SEQUENCE, condition='[["status", "=", "Interested"], ["city", "=", "Springfield"]]')
		fits = {"status": "Interested", "city": "Springfield", "nurture_email_consent": "Given"}
		cls.leads = [
			make_lead("anna", last_name="Able", **fits),
			make_lead("bert", last_name="Baker", **(fits | {"nurture_email_consent": ""})),
			make_lead("carl", last_name="Cook & Sons", **(fits | {"city": "Ulm"})),
		]
		frappe.delete_doc("Nurture Segment", SEGMENT, force=True, ignore_missing=True)
		frappe.get_doc(
			{"doctype": "Nurture Segment", "title": SEGMENT, "segment_type": "Static", "enabled": 1}
		).insert(ignore_permissions=True)
		segments.add_members(site_host(commit=False), SEGMENT, [lead.name for lead in cls.leads])
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Nurture Segment", SEGMENT, force=True, ignore_missing=True)
		super().tearDownClass()

	def test_the_members_of_a_segment_are_previewed_and_then_enrolled_and_the_lead_says_why_not(self) -> None:
		page = self.desk(MARKETER, f"nurture-segment/{SEGMENT}")
		page.get_by_role("button", name="Enroll Members").click()
		dialog = page.locator(".modal.show")
		field = dialog.locator("input[data-fieldname=sequence]")
		field.fill(SEQUENCE)
		page.locator(".awesomplete [role=option]", has_text=SEQUENCE).first.click()
		dialog.locator(".ne-head", has_text="1 would enter").wait_for()
		told = dialog.inner_text()
		self.assertIn("2 would not", told)
		self.assertIn("Missing: City is Springfield", told)
		self.assertIn("Carl Cook & Sons", told, "a name is text, not HTML")
		dialog.locator("summary", has_text="No marketing consent").click()
		dialog.get_by_role("link", name="Bert Baker").wait_for()
		self.picture(page, "preview of an enrollment")
		self.assertFalse(frappe.db.exists("Nurture Enrollment", {"sequence": SEQUENCE}))
		dialog.get_by_role("button", name="Enroll 1").click()
		page.locator(".desk-alert", has_text="Enrolled: 1. Not enrolled: 2.").wait_for()
		frappe.db.rollback()
		entered = frappe.get_all("Nurture Enrollment", {"sequence": SEQUENCE}, pluck="party")
		self.assertEqual(entered, [self.leads[0].name])
		page.goto(f"http://{frappe.local.site}/app/lead/{self.leads[2].name}")
		self.open_nurture_tab(page)
		panel = page.locator(".nurture-panel")
		panel.locator("summary", has_text="Why, and why not").click()
		panel.locator(".np-starts li", has_text="does not meet the sequence's condition").wait_for()
		self.picture(page, "why a lead is in no sequence")

	def test_chosen_leads_of_the_list_are_previewed(self) -> None:
		page = self.desk(MARKETER, "lead")
		for lead in self.leads[1:]:
			page.locator(".list-row", has_text=lead.lead_name).locator("input[type=checkbox]").first.check()
		page.get_by_role("button", name="Actions").click()
		page.locator(".dropdown-menu.show, .actions-btn-group .dropdown-menu").get_by_text(
			"Enroll in Sequence"
		).first.click()
		dialog = page.locator(".modal.show")
		dialog.locator("input[data-fieldname=sequence]").fill(SEQUENCE)
		page.locator(".awesomplete [role=option]", has_text=SEQUENCE).first.click()
		dialog.locator(".ne-head", has_text="2 would not").wait_for()
		self.assertTrue(dialog.locator(".modal-footer .btn-primary, .btn-modal-primary").first.is_disabled())

	def test_the_fields_of_a_trigger_follow_what_starts_the_sequence(self) -> None:
		page = self.desk(MARKETER, "nurture-sequence/new")
		kind = page.locator("select[data-fieldname=trigger_type]")
		kind.wait_for()

		def shown(fieldname: str) -> str:
			control = page.locator(f".frappe-control[data-fieldname={fieldname}]:not(.hide-control)").first
			return control.locator("label").first.inner_text() if control.is_visible() else ""

		fields = ("trigger_activity", "trigger_detail", "trigger_count", "trigger_days", "trigger_hours")
		for chosen, labels in (
			("Manual", ("", "", "", "", "")),
			("Silent For", ("", "", "", "Days", "")),
			("Tag Added", ("", "Tag", "", "", "")),
			("Score Above", ("", "", "Points", "", "")),
			("No Answer After", ("Activity", "Answer", "", "Days", "Hours")),
			("Not Contacted After", ("Activity", "", "", "Days", "Hours")),
			("Days Before Date", ("", "Date Field", "", "Days before", "")),
			("Activity", ("Activity", "Only with This Detail", "How Often", "Within Days", "")),
		):
			with self.subTest(chosen):
				kind.select_option(chosen)
				page.wait_for_timeout(0)
				for fieldname, label in zip(fields, labels, strict=True):
					place = page.locator(
						f".frappe-control[data-fieldname={fieldname}] label", has_text=label or None
					)
					if label:
						place.first.wait_for()
				self.assertEqual(tuple(shown(one).strip() for one in fields), labels)
		self.picture(page, "trigger of a sequence")
