"""Writing mails with blocks and assets, in a real browser."""

from __future__ import annotations

import json

import frappe
from frappe.utils import nowdate

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence, settle_settings

WRITER = "writer@site.example"


class TestLibraryDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(WRITER, "Nurture Manager", "Sales User")
		settle_settings()
		cls.clear()
		if not frappe.db.exists("Industry Type", "Software"):
			frappe.get_doc({"doctype": "Industry Type", "industry": "Software"}).insert()
		frappe.get_doc(
			{"doctype": "Nurture Asset", "title": "Desk Guide", "url": "https://www.example.com/guide"}
		).insert()
		frappe.get_doc(
			{
				"doctype": "Nurture Content Block",
				"title": "Desk Story",
				"default_text": "<p>What most firms do.</p>",
				"variants": [
					{
						"label": "Software",
						"condition": json.dumps([["industry", "=", "Software"]]),
						"text": "<p>What software firms do.</p>",
					}
				],
			}
		).insert()
		cls.lead = make_lead("deskwriter", industry="Software", lead_owner=WRITER)
		content = frappe.get_doc("Nurture Content", make_content("Desk Mail"))
		content.update({"body": "<p>Hello.</p>", "subject": "A guide for you"}).save()
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		cls.clear()
		super().tearDownClass()

	@classmethod
	def clear(cls) -> None:
		for doctype, name in (
			("Nurture Content", "Desk Mail"),
			("Nurture Content Block", "Desk Story"),
			("Nurture Asset", "Desk Guide"),
		):
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_a_marketer_puts_a_block_and_a_button_in_and_sees_what_a_lead_gets(self) -> None:
		page = self.desk(WRITER, "nurture-content/Desk Mail", viewport={"width": 1400, "height": 1000})
		editor = page.locator("[data-fieldname=body] .ql-editor[contenteditable=true]")
		editor.click()
		page.keyboard.press("Control+End")
		page.keyboard.press("Enter")
		self.insert(page, "Block…")
		self.choose(page, "block", "Desk Story")
		page.get_by_text("block.desk_story").first.wait_for()
		page.keyboard.press("Control+End")
		self.insert(page, "Asset…")
		self.choose(page, "asset", "Desk Guide", shown="Button")
		page.get_by_text("assets.desk_guide.title").first.wait_for()
		preview = page.locator("[data-fieldname=preview_html]")
		preview.get_by_text("Block Desk Story: Default").wait_for()
		preview.get_by_text("Nothing in it depends").wait_for(state="hidden")
		frame = page.frame_locator("[data-fieldname=preview_html] iframe")
		frame.get_by_text("What most firms do.").wait_for()
		self.assertEqual(frame.locator("a.button").get_attribute("href"), "https://www.example.com/guide")
		preview.scroll_into_view_if_needed()
		self.picture(page, "a mail with a block, as wide as on a desk")
		preview.get_by_role("button", name="Phone").click()
		self.assertEqual(page.locator(".nm-phone iframe").bounding_box()["width"], 375)
		self.picture(page, "a mail with a block, as narrow as on a phone")
		page.keyboard.press("Control+s")
		page.wait_for_function("() => !cur_frm.is_dirty()")
		page.get_by_role("button", name="Preview", exact=True).click()
		dialog = page.locator(".modal.show")
		self.pick(dialog, "lead", self.lead.name)
		dialog.get_by_text("Block Desk Story: Software").wait_for()
		self.picture(page, "a mail for a lead")
		stored = frappe.get_doc("Nurture Content", "Desk Mail")
		self.assertEqual([row.asset for row in stored.assets], ["Desk Guide"])

	def test_the_condition_of_a_variant_is_made_by_choosing(self) -> None:
		page = self.desk(WRITER, "nurture-content-block/Desk Story", viewport={"width": 1400, "height": 1000})
		page.get_by_text("{{ block.desk_story }}").first.wait_for()
		page.locator("[data-fieldname=variants] .grid-row .btn-open-row").first.click()
		page.locator("[data-fieldname=condition_html]").get_by_text("Industry").first.wait_for()
		self.picture(page, "a variant of a block")

	def test_what_is_planned_stands_in_the_calendar_and_in_the_plan(self) -> None:
		frappe.db.set_value("Nurture Asset", "Desk Guide", "published_on", nowdate())
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(
			WRITER, "nurture-asset/view/calendar/default", viewport={"width": 1400, "height": 1000}
		)
		page.get_by_text("Publish: Desk Guide").first.wait_for()
		self.picture(page, "the calendar of content")
		page.get_by_text("Publish: Desk Guide").first.click()
		page.wait_for_url("**/nurture-asset/Desk%20Guide")
		page.goto(f"http://{frappe.local.site}/app/nurture-content-plan")
		page.get_by_text("1. Whom do you write for?").wait_for()
		page.get_by_text("6. What did it bring?").wait_for()
		self.picture(page, "the content plan")

	def test_a_manager_says_why_a_sale_is_asked_for_early(self) -> None:
		sequence = make_sequence("Desk Pitch")
		frappe.db.set_value("Nurture Content", f"{sequence} text", "cta_strength", "Hard")
		frappe.db.set_value("Nurture Sequence", sequence, {"status": "Draft", "promotion_reason": "A test"})
		frappe.db.commit()  # nosemgrep: the server has its own connections
		self.addCleanup(self.drop, sequence)
		page = self.desk(WRITER, f"nurture-sequence/{sequence}", viewport={"width": 1400, "height": 1000})
		page.get_by_role("button", name="Activate", exact=True).click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("is mail number 1 and asks for a sale").wait_for()
		self.picture(page, "a reason for an early pitch")
		dialog.page.wait_for_timeout(500)  # a dialog takes the focus when it has faded in
		dialog.locator("textarea").fill("They asked for it")
		dialog.get_by_role("button", name="Activate with This Reason").click()
		page.get_by_text(f"Activate {sequence}?").wait_for()
		frappe.db.rollback()
		self.assertEqual(
			frappe.db.get_value("Nurture Sequence", sequence, "early_ask_reason"), "They asked for it"
		)

	def drop(self, sequence: str) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Nurture Sequence", sequence, force=True, ignore_missing=True)
		frappe.delete_doc("Nurture Content", f"{sequence} text", force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def insert(self, page: object, entry: str) -> None:
		page.locator(".inner-group-button", has_text="Insert").locator("button").first.click()
		page.locator(".inner-group-button .dropdown-menu.show a, .dropdown-menu.show a").get_by_text(
			entry
		).click()

	def pick(self, dialog: object, fieldname: str, value: str) -> None:
		dialog.page.wait_for_timeout(500)  # a dialog takes the focus when it has faded in
		dialog.locator(f"input[data-fieldname={fieldname}]").fill(value)
		dialog.locator(".awesomplete [role=option]:visible", has_text=value).first.click()

	def choose(self, page: object, fieldname: str, value: str, **more: str) -> None:
		dialog = page.locator(".modal.show")
		self.pick(dialog, fieldname, value)
		for field, chosen in more.items():
			dialog.locator(f"[data-fieldname={field}] select").select_option(chosen)
		dialog.get_by_role("button", name="Insert").click()
		dialog.wait_for(state="hidden")
