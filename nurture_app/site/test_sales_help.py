"""What somebody who talks to a lead has at hand (CM-09, CM-10, CM-17, PJ-09)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.permissions import add_user_permission
from frappe.utils import add_days, nowdate

from nurture_app.engine import optout
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.api import lead_panel, sales_actions
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SELLER = "seller@site.example"
PERSONA = "Helped Persona"


def make_asset(title: str, **values: Any) -> str:
	frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
	row = {"doctype": "Nurture Asset", "title": title, "funnel_question": "What does it cost to switch?"}
	return frappe.get_doc({**row, "text": "Less than it looks.", **values}).insert().name


def make_persona() -> None:
	frappe.delete_doc("Nurture Persona", PERSONA, force=True, ignore_missing=True)
	persona = {"doctype": "Nurture Persona", "title": PERSONA, "objections": "No time\nNo money"}
	frappe.get_doc({**persona, "playbook": "<p>Ask about their week.</p>"}).insert()


class TestSalesHelp(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		make_user(SELLER, "Sales User")
		make_persona()
		self.lead = make_lead(
			"helped", lead_owner=SELLER, country="Germany", nurture_persona=PERSONA, nurture_persona_by_hand=1
		)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def help(self) -> dict[str, Any]:
		frappe.set_user(SELLER)
		try:
			return sales_actions.get_help(self.lead.name)
		finally:
			frappe.set_user("Administrator")

	def asset(self, title: str) -> dict[str, Any] | None:
		return next((one for one in self.help()["assets"] if one["title"] == title), None)

	def test_the_persona_opens_with_its_playbook_and_says_that_it_is_an_assumption(self) -> None:
		persona = self.help()["persona"]
		self.assertIn("Ask about their week.", persona["playbook"])
		self.assertEqual(persona["evidence"], 0)
		self.assertIn("No time\nNo money", [line["text"] for line in persona["lines"]])
		self.assertEqual(lead_panel.get_panel(self.lead.name)["persona"], PERSONA)

	def test_the_newest_answers_to_what_people_of_the_persona_said_are_at_hand(self) -> None:
		other = make_lead("helpedother", nurture_persona=PERSONA, nurture_persona_by_hand=1).name
		unseen = make_lead("helpedunseen", nurture_persona=PERSONA, nurture_persona_by_hand=1).name
		stranger = make_lead("helpedstranger").name
		frappe.db.set_value("Lead", other, "lead_owner", SELLER)
		for lead, number, values in (
			*((other, number, {}) for number in range(6)),
			(unseen, 7, {}),
			(stranger, 8, {}),
			(other, 9, {"answer": ""}),
			(other, 10, {"kind": "Product Feedback"}),
		):
			row = {"doctype": "Nurture Insight", "kind": "Objection", "answer": f"Answer {number}", **values}
			on = add_days(nowdate(), number - 20)
			frappe.get_doc({**row, "said": f"Said {number}", "lead": lead, "heard_on": on}).insert()
		add_user_permission("User", SELLER, SELLER, applicable_for="Lead", ignore_permissions=True)
		frappe.clear_cache(user=SELLER)
		self.addCleanup(frappe.clear_cache, user=SELLER)
		answers = self.help()["answers"]
		self.assertEqual(
			[one["answer"] for one in answers], [f"Answer {number}" for number in (5, 4, 3, 2, 1)]
		)
		self.assertEqual(answers[0]["said"], "Said 5")
		self.assertNotIn("lead", answers[0])

	def test_what_may_be_used_today_stands_under_the_questions_it_answers(self) -> None:
		make_asset("Helped Answer", funnel_question="Why now?\n\n What does it cost to switch? ")
		make_asset("Helped Other", personas=[{"persona": PERSONA}], industry=self.industry())
		make_asset("Helped Abroad", countries=[{"country": "France"}])
		over = {"is_offer": 1, "valid_from": "2020-01-01", "valid_until": add_days(nowdate(), -1)}
		make_asset("Helped Over", **over)
		answer = self.asset("Helped Answer")
		self.assertEqual(answer["questions"], ["Why now?", "What does it cost to switch?"])
		self.assertTrue(answer["fits"])
		self.assertFalse(self.asset("Helped Other")["fits"])
		self.assertIsNone(self.asset("Helped Abroad"))
		self.assertIsNone(self.asset("Helped Over"))

	def test_a_reader_of_another_language_is_shown_the_version_in_it(self) -> None:
		base = make_asset("Helped Guide", language="en")
		make_asset("Helped Leitfaden", language="de", version_of=base, text="Weniger als gedacht.")
		self.lead.db_set("language", "de")
		self.assertEqual(self.asset("Helped Leitfaden")["text"], "Weniger als gedacht.")
		self.assertIsNone(self.asset("Helped Guide"))

	def test_what_was_passed_on_by_hand_counts_as_had(self) -> None:
		name = make_asset("Helped Page", url="https://www.example.com/page")
		frappe.set_user(SELLER)
		given = sales_actions.give(self.lead.name, name)
		self.assertEqual(given["url"], "https://www.example.com/page")
		frappe.set_user("Administrator")
		self.assertTrue(self.asset("Helped Page")["had"]["sent_on"])
		content = lead_panel.get_panel(self.lead.name)["content"]
		self.assertEqual([one["title"] for one in content["had"]], ["Helped Page"])
		self.assertEqual((content["pieces"], content["least"], content["most"]), (0, 3, 7))

	def test_the_panel_says_what_comes_and_how_often_they_were_in_touch(self) -> None:
		sequence = make_sequence("Helps Along")
		host = site_host(commit=False)
		optout.set_consent(host, self.lead.name, self.lead.email_id, "Given", "test", "tester")
		enroll(host, sequence, [self.lead.name], by="tester")
		panel = lead_panel.get_panel(self.lead.name)
		self.assertEqual(
			[(one["step"], one["kind"]) for one in panel["coming"]], [("First", "Email"), ("Second", "Email")]
		)
		self.assertEqual((panel["touch_counts"]["total"], panel["touch_counts"]["usual"]), (0, (20, 50)))

	def test_nobody_gets_what_is_switched_off_or_helps_with_a_lead_that_is_not_theirs(self) -> None:
		name = make_asset("Helped Off", enabled=0)
		with self.assertRaises(frappe.ValidationError):
			sales_actions.give(self.lead.name, name)
		make_user("nobody@site.example")
		frappe.set_user("nobody@site.example")
		for call in (sales_actions.get_help, lambda lead: sales_actions.give(lead, name)):
			with self.assertRaises(frappe.PermissionError):
				call(self.lead.name)

	def industry(self) -> str:
		if not frappe.db.exists("Industry Type", "Software"):
			frappe.get_doc({"doctype": "Industry Type", "industry": "Software"}).insert()
		return "Software"


class TestSalesHelpInTheDesk(DeskCase):
	def test_a_seller_opens_the_playbook_with_one_click_and_finds_an_answer(self) -> None:
		make_user(SELLER, "Sales User", "Sales Manager")
		settle_settings()
		make_persona()
		frappe.delete_doc("Lead", {"email_id": "helpdesk@site.example"}, force=True, ignore_missing=True)
		lead = make_lead("helpdesk", lead_owner=SELLER, nurture_persona=PERSONA, nurture_persona_by_hand=1)
		make_asset("Desk Answer", format="Answer to an Objection", for_decision=1)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		self.addCleanup(self.clear, lead.name)
		page = self.desk(SELLER, f"lead/{lead.name}", viewport={"width": 1400, "height": 1000})
		page.locator(".nurture-summary").click()
		page.get_by_text("pieces taken in").wait_for()
		self.picture(page, "the panel with content and touches")
		page.get_by_role("button", name="Playbook").click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("Ask about their week.").wait_for()
		dialog.get_by_text("What does it cost to switch?").wait_for()
		self.picture(page, "the playbook of a lead")
		answer = dialog.locator(".nh-asset", has_text="Desk Answer")
		answer.get_by_role("button", name="Copy Text").click()
		page.get_by_text("Copied to clipboard").first.wait_for()
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Nurture Content Use", {"party": lead.name, "asset": "Desk Answer"}))

	def clear(self, lead: str) -> None:
		frappe.db.rollback()
		frappe.db.delete("Nurture Content Use", {"party": lead})
		for doctype, name in (("Lead", lead), ("Nurture Asset", "Desk Answer"), ("Nurture Persona", PERSONA)):
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections
