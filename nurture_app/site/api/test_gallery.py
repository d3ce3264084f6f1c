"""The gallery: every sequence that ships is on a card, and a manager makes one of them her own."""

from __future__ import annotations

import frappe

from nurture_app.site.api import gallery
from nurture_app.site.testing.desk import DeskCase, make_user

MANAGER = "gallery@site.example"


class TestGallery(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MANAGER, "Nurture Manager")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		super().tearDown()

	def cards(self) -> dict[str, dict]:
		return {card["name"]: card for group in gallery.cards() for card in group["cards"]}

	def test_every_sequence_that_ships_is_on_a_card_in_its_group(self) -> None:
		shipped = frappe.get_all("Nurture Sequence", {"preset": ["is", "set"]}, pluck="name")
		self.assertGreater(len(shipped), 30)
		self.assertLessEqual(set(shipped), set(self.cards()))
		self.assertEqual(
			[group["group"] for group in gallery.cards()][: len(gallery.GROUPS)], [*gallery.GROUPS]
		)
		five = self.cards()["Five-Email Nurture"]
		self.assertEqual((five["messages"], five["status"], five["edited"]), (8, "Draft", False))
		self.assertTrue(five["set_up_notes"] and five["expected_days"] and five["channels_note"])

	def test_a_date_for_its_goal_is_no_edit(self) -> None:
		frappe.db.set_value(
			"Nurture Sequence", "Cart Recovery", {"goal_date": "2099-01-01", "reviewed_on": None}
		)
		self.assertFalse(self.cards()["Cart Recovery"]["edited"])

	def test_an_edited_one_says_so(self) -> None:
		doc = frappe.get_doc("Nurture Sequence", "Cart Recovery")
		doc.steps[0].delay = 5
		doc.save()
		self.assertTrue(self.cards()["Cart Recovery"]["edited"])

	def test_others_do_not_see_it(self) -> None:
		make_user("stranger@site.example", "Sales User")
		frappe.set_user("stranger@site.example")
		with self.assertRaises(frappe.PermissionError):
			gallery.cards()

	def test_a_manager_finds_one_and_opens_it(self) -> None:
		page = self.desk(MANAGER, "nurture-gallery")
		page.locator(".ng-title", has_text="Five-Email Nurture").wait_for()
		self.picture(page, "gallery")
		page.locator(".ng-tools input").fill("left something basket")
		page.get_by_text("Cart Recovery").wait_for()
		self.assertEqual(page.locator(".ng-card").count(), 1)
		page.get_by_role("button", name="Use This: Cart Recovery").click()
		page.wait_for_url("**/nurture-sequence/Cart%20Recovery")

	def test_a_copy_is_a_draft_with_the_same_steps(self) -> None:
		page = self.desk(MANAGER, "nurture-gallery")
		page.get_by_role("button", name="Copy: Cart Recovery").click()
		page.wait_for_url("**/nurture-sequence/new-**")
		found = page.wait_for_function(
			"() => cur_frm && cur_frm.is_new() && [cur_frm.doc.title, cur_frm.doc.status, cur_frm.doc.steps.length]"
		).json_value()
		self.assertEqual(found[:2], ["Cart Recovery (copy)", "Draft"])
		self.assertEqual(found[2], len(frappe.get_doc("Nurture Sequence", "Cart Recovery").steps))

	def test_it_fits_a_telephone(self) -> None:
		page = self.desk(MANAGER, "nurture-gallery", phone=True)
		page.locator(".ng-title", has_text="Five-Email Nurture").wait_for()
		self.assertTrue(self.fits(page))
		self.picture(page, "gallery on a telephone")
