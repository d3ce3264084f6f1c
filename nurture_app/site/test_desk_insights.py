"""In a real browser: a salesperson notes what was heard; a marketer finds the words beside a text."""

from __future__ import annotations

import frappe

from nurture_app.site.testing.desk import DeskCase, delete_users, make_reps, make_user
from nurture_app.site.testing.factories import make_content, make_lead, settle_settings

SELLER, MARKETER = "listener@site.example", "writer@site.example"
PERSONA = "Desk Insight Persona"
CONTENT = "Desk Insight Test"
SAID = "It's dear <for us> & takes long"
HOSTILE = "Old words <img src=x onerror=\"document.title='broken'\">"
"""As they might have come past the filter of documents."""


class TestInsights(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_reps(SELLER)
		make_user(MARKETER, "Nurture Manager")
		settle_settings()
		frappe.delete_doc("Nurture Persona", PERSONA, force=True, ignore_missing=True)
		frappe.get_doc({"doctype": "Nurture Persona", "title": PERSONA}).insert()
		cls.lead = make_lead(
			"listenedto", lead_owner=SELLER, nurture_persona=PERSONA, nurture_persona_by_hand=1
		)
		old = {"doctype": "Nurture Insight", "kind": "Blocker", "said": "Old words", "for_copy": 1}
		old = frappe.get_doc({**old, "lead": cls.lead.name, "heard_on": "2026-01-02"}).insert()
		frappe.db.set_value("Nurture Insight", old.name, "said", HOSTILE)
		make_content(CONTENT)
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Lead", cls.lead.name, force=True, ignore_missing=True)
		frappe.delete_doc("Nurture Content", CONTENT, force=True, ignore_missing=True)
		frappe.delete_doc("Nurture Persona", PERSONA, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: a test site
		delete_users(SELLER, MARKETER)
		super().tearDownClass()

	def test_noted_beside_the_lead_and_found_beside_a_text(self) -> None:
		page = self.desk(SELLER, f"lead/{self.lead.name}")
		page.locator(".nurture-summary").wait_for()
		self.open_nurture_tab(page)
		card = page.locator(".np-insights")
		card.get_by_role("button", name="Note What You Heard…").click()
		dialog = page.locator(".modal.show", has_text="What You Heard")
		dialog.locator("select[data-fieldname=kind]:focus").wait_for()  # it has opened
		competitor = dialog.locator("input[data-fieldname=competitor]")
		answer = dialog.locator("textarea[data-fieldname=answer]")
		dialog.locator("select[data-fieldname=kind]").select_option("Competitor")
		competitor.wait_for()
		self.assertFalse(answer.is_visible())
		dialog.locator("select[data-fieldname=kind]").select_option("Objection")
		answer.wait_for()
		self.assertFalse(competitor.is_visible())
		dialog.locator("textarea[data-fieldname=said]").fill(SAID)
		answer.fill("It pays after a month")
		dialog.locator("select[data-fieldname=heard_in]").select_option("Call")
		dialog.locator("input[data-fieldname=for_copy]").check()
		self.picture(page, "noting what was heard")
		dialog.get_by_role("button", name="Note", exact=True).click()
		page.locator(".desk-alert", has_text="Noted.").wait_for()
		card.locator("q", has_text="dear").wait_for()
		self.assertEqual(card.locator("q").all_inner_texts(), ["It's dear < for us> & takes long", HOSTILE])
		self.assertEqual(card.locator("q *").count(), 0, "words, not markup")
		self.assertNotEqual(page.title(), "broken")
		self.picture(page, "what was heard")
		frappe.db.rollback()  # ends the snapshot
		kept = frappe.get_last_doc("Nurture Insight", {"lead": self.lead.name})
		self.assertEqual(
			[kept.kind, kept.answer, kept.heard_in, kept.for_copy, kept.persona, kept.competitor or ""],
			["Objection", "It pays after a month", "Call", 1, PERSONA, ""],
		)
		self.find_beside_a_text()

	def find_beside_a_text(self) -> None:
		page = self.desk(MARKETER, f"nurture-content/{CONTENT}")
		page.get_by_role("button", name="Insert").first.click()
		page.get_by_role("link", name="Phrases of Customers…").click()
		dialog = page.locator(".modal.show", has_text="Phrases of Customers")
		phrases = dialog.locator(".nurture-phrase")
		phrases.nth(1).wait_for()
		self.assertEqual(dialog.locator("img").count(), 0, "words, not markup")
		self.assertNotEqual(page.title(), "broken")
		self.assertNotIn(self.lead.name, dialog.inner_text())
		self.picture(page, "phrases of customers")
		dialog.locator("input[data-fieldname=text]").fill("takes long")
		dialog.locator("input[data-fieldname=text]").press("Tab")
		phrases.nth(1).wait_for(state="detached")
		phrases.first.click()
		page.locator(".desk-alert", has_text="opied").wait_for()
