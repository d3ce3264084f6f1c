"""In a real browser: nobody is offered what they would then be refused."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence, settle_settings

MARKETER, USER, SELLER = "roles-marketer@site.example", "roles-user@site.example", "roles-seller@site.example"
TITLE = "Desk Roles Test"
MADE = ("Nurture Audience", "Nurture Event Source", "Nurture Asset", "Nurture Social Post")


class TestOffers(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture Manager", "Sales User")
		make_user(USER, "Nurture User", "Sales User")
		make_user(SELLER, "Sales User")
		settle_settings(sms_enabled=1)
		make_sequence(TITLE)
		cls.forget()
		yesterday = add_days(nowdate(), -1)
		party = {"party_type": "Lead", "party": make_lead("desk-roles").name}
		of_bounce = {"kind": "Hard", "state": "To Repair", "address": "gone@site.example", **party}
		cls.names = {
			"audience": make(
				"Nurture Audience", title=TITLE, name=TITLE, delivery="CSV", cap_note="3 a week"
			),
			"outgoing": make("Nurture Outgoing", channel="Webhook", status="Failed", **party),
			"bounce": make("Nurture Bounce", dedupe_key=TITLE, occurred_on=now_datetime(), **of_bounce),
			"source": make("Nurture Event Source", title=TITLE, name=TITLE, kind="Server", public_key=TITLE),
			"asset": make("Nurture Asset", title=TITLE, name=TITLE, enabled=1, review_on=yesterday),
			"post": make(
				"Nurture Social Post", title=TITLE, network="LinkedIn", status="Planned", text="Read this"
			),
			"content": make_content(f"{TITLE} text"),
		}
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		settle_settings(sms_enabled=0)
		cls.forget()
		super().tearDownClass()

	@classmethod
	def forget(cls) -> None:
		for doctype in MADE:
			frappe.db.delete(doctype, {"title": TITLE})
		frappe.db.delete("Nurture Outgoing")

	def test_buttons_of_managers_are_offered_to_them_alone(self) -> None:
		self.compare(MARKETER, USER, self.of_managers())

	def test_buttons_of_those_who_work_with_sequences_are_not_offered_to_salespeople(self) -> None:
		names = self.names
		places = (
			(f"nurture-sequence/{TITLE}", "Where People Stop"),
			(f"nurture-content/{names['content']}", "Preview"),
			(f"nurture-asset/{names['asset']}", "Reviewed Today"),
			(f"nurture-social-post/{names['post']}", "Mark as Posted"),
		)
		self.compare(MARKETER, SELLER, places)

	def test_what_only_others_may_choose_in_the_settings_is_shown_and_not_asked_for(self) -> None:
		settle_settings(
			sms_enabled=1, email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1})
		)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, "nurture-settings")
		field = page.locator(".frappe-control[data-fieldname=email_account]")
		field.get_by_text("Chosen by somebody who may read Email Account").wait_for()
		self.assertEqual(field.locator("input:visible:enabled").count(), 0)
		page.reload()  # once, however often the form is refreshed
		field.get_by_text("Chosen by somebody").wait_for()
		page.evaluate("cur_frm.refresh()")
		self.assertEqual(field.inner_text().count("Chosen by somebody"), 1)

	def test_variants_are_offered_to_who_may_make_an_experiment(self) -> None:
		for user, may in ((MARKETER, True), (USER, False)):
			page = self.desk(user, f"nurture-sequence/{TITLE}")
			outline = page.locator(".nurture-outline")
			outline.get_by_role("button", name="Send Test to Me").first.wait_for()
			self.assertEqual(outline.get_by_role("button", name="Try Variants").count() > 0, may, user)

	def of_managers(self) -> tuple[tuple[str, str], ...]:
		names = self.names
		return (
			(f"nurture-audience/{names['audience']}", "Download Hashed CSV"),
			(f"nurture-outgoing/{names['outgoing']}", "Replay"),
			(f"nurture-bounce/{names['bounce']}", "Send to This Address Again"),
			(f"nurture-event-source/{names['source']}", "Refused Events"),
			("nurture-settings", "Make Holiday Lists…"),
			("nurture-settings", "Send a Test"),
			("nurture-link-check", "Look Now"),
			("nurture-launch", "Deliverability"),
		)

	def compare(self, may: str, may_not: str, places: tuple[tuple[str, str], ...]) -> None:
		"""Each button is there for the one and not for the other, who sees the same page."""
		permitted, refused = self.log_in(may), self.log_in(may_not)
		for route, label in places:
			with self.subTest(route=route, label=label):
				self.assertTrue(has_button(permitted, route, label), "the manager lacks it")
				self.assertFalse(has_button(refused, route, label), "it is offered, and then refused")
				said = refused.locator(".modal.show").all_inner_texts()
				self.assertEqual(said, [], "the form asks for what its reader may not have")


def make(doctype: str, **values: Any) -> str:
	"""A record as it stands in the database, whatever its form would ask for."""
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.db_insert()
	return doc.name


def has_button(page: Any, route: str, label: str) -> bool:
	"""Whether the page at `route`, once it is quiet, has a button of that name in its head."""
	page.goto(f"http://{frappe.local.site}/app/{route}")
	page.wait_for_load_state("networkidle")
	head = page.locator(".page-head:visible")
	head.locator(".title-text").first.wait_for()
	page.wait_for_timeout(300)
	return head.get_by_role("button", name=label).count() > 0
