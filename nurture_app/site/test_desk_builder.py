"""A sequence is built where it is read: steps added, dated, moved, renamed and taken out in the outline (SE-07)."""

from __future__ import annotations

import json
from typing import Any

import frappe

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_content, make_sequence, settle_settings

MARKETER, SELLER = "builder@site.example", "buildersales@site.example"
SEQUENCE = "Desk Built"
OPENED = {"touches": "opened", "steps": ["First", "Second"], "count": ["<", 1]}
COLUMNS = ("step_label", "step_type", "timing", "day", "delay", "on_true", "on_false")


class TestStepBuilder(DeskCase):
	def setUp(self) -> None:
		make_user(MARKETER, "Nurture Manager", "Sales User")
		make_user(SELLER, "Sales User")
		settle_settings()
		content = make_content("Desk Built Mail")
		mail = {"step_type": "Email", "content": content, "timing": "On Day"}
		make_sequence(
			SEQUENCE,
			[
				{"step_label": "First", "day": 1, **mail},
				{"step_label": "Second", "day": 5, **mail},
				{
					"step_label": "Look",
					"step_type": "Branch",
					"condition": json.dumps(OPENED),
					"on_true": "Over",
				},
				{"step_label": "Third", "day": 9, **mail},
				{"step_label": "Over", "step_type": "End"},
			],
		)
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		self.addCleanup(frappe.db.rollback)

	def opened(self, user: str = MARKETER) -> Any:
		page = self.desk(user, f"nurture-sequence/{SEQUENCE}")
		page.locator(".nurture-outline .no-label", has_text="First").wait_for()
		page.locator(".nurture-outline", has_text="Opened").wait_for()
		return page

	def saved(self, page: Any) -> list[dict[str, Any]]:
		page.keyboard.press("Control+s")
		page.get_by_text("Saved", exact=True).first.wait_for()
		frappe.db.rollback()
		return frappe.get_all(
			"Nurture Sequence Step", {"parent": SEQUENCE}, [*COLUMNS, "condition"], order_by="idx asc"
		)

	def choose(self, page: Any, step: str, action: str) -> None:
		page.get_by_label(f"More for {step}", exact=True).click()
		page.locator(".dropdown-menu.show").get_by_role("button", name=action, exact=True).click()

	def test_a_step_is_added_between_two_others_and_dated(self) -> None:
		page = self.opened()
		page.get_by_label("Add a Step Before Second").click()
		self.picture(page, "kinds of steps")
		page.locator(".modal.show .ns-type", has_text="Task").click()
		page.locator(".form-in-grid textarea[data-fieldname=task_description]").fill("Call them.")
		page.keyboard.press("Tab")
		page.keyboard.press("Escape")
		when = page.locator(".no-step", has_text="Call them.").locator(".no-set-when")
		when.wait_for()
		self.assertEqual(when.inner_text(), "Day 3")
		when.click()
		dialog = page.locator(".modal.show")
		dialog.locator("input[data-fieldname=day]").fill("2")
		dialog.get_by_role("button", name="Set").click()
		page.locator(".no-set-when", has_text="Day 2").wait_for()
		self.picture(page, "the outline of a sequence")
		steps = self.saved(page)
		self.assertEqual([step.step_label for step in steps][:3], ["First", "Task", "Second"])
		self.assertEqual((steps[1].timing, steps[1].day), ("On Day", 2))

	def test_what_goes_to_a_step_or_asks_about_it_follows_its_name(self) -> None:
		page = self.opened()
		for before, after in (("Second", "Proof"), ("Over", "Finish")):
			page.locator(".nurture-outline .no-label", has_text=before).click()
			label = page.locator(".grid-row-open input[data-fieldname=step_label]")
			label.fill(after)
			label.press("Tab")
			page.locator(".nurture-outline .no-label", has_text=after).wait_for()
			page.keyboard.press("Escape")
			label.wait_for(state="hidden")
		look = self.saved(page)[2]
		self.assertEqual(look.on_true, "Finish")
		self.assertEqual(json.loads(look.condition)["steps"], ["First", "Proof"])

	def test_a_step_is_taken_out_and_nothing_else_is_asked_for(self) -> None:
		"""Frappe asked for the content of the branch that came into the row of a mail."""
		page = self.opened()
		self.choose(page, "Second", "Take Out")
		dialog = page.locator(".modal.show")
		dialog.get_by_text("Look", exact=True).wait_for()
		dialog.get_by_role("button", name="Take Out").click()
		page.locator(".no-label", has_text="Second").wait_for(state="detached")
		steps = self.saved(page)
		self.assertEqual([step.step_label for step in steps], ["First", "Look", "Third", "Over"])
		self.assertEqual(json.loads(steps[1].condition)["steps"], ["First"])

	def test_steps_are_moved_and_duplicated(self) -> None:
		page = self.opened()
		self.choose(page, "Third", "Duplicate")
		page.locator(".no-label", has_text="Third 2").wait_for()
		self.choose(page, "Third 2", "Move Down")
		page.wait_for_function("document.querySelectorAll('.no-label')[5].innerText == 'Third 2'")
		self.choose(page, "Third 2", "Move Up")
		page.wait_for_function("document.querySelectorAll('.no-label')[4].innerText == 'Third 2'")
		labels = [step.step_label for step in self.saved(page)]
		self.assertEqual(labels, ["First", "Second", "Look", "Third", "Third 2", "Over"])

	def test_who_may_only_read_is_offered_no_change(self) -> None:
		page = self.opened(SELLER)
		for what in (".no-add", ".no-set-when", ".dropdown button"):
			self.assertEqual(page.locator(f".nurture-outline {what}").count(), 0, what)

	def test_a_menu_stays_open_while_the_outline_has_news(self) -> None:
		page = self.opened()
		page.get_by_label("More for Third", exact=True).click()
		menu = page.locator(".dropdown-menu.show")
		menu.wait_for()
		page.evaluate(
			"() => { cur_frm.doc.steps[0].step_label = 'News'; cur_frm.nurture_outline.render(cur_frm.doc.steps); }"
		)
		self.assertEqual(menu.count(), 1)
		page.locator(".page-title, .title-text").first.click()
		page.locator(".nurture-outline .no-label", has_text="News").wait_for()
