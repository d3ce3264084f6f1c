"""What colleagues heard: noted from the lead, shown on it, and offered to who writes texts (SM-10, PZ-18)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, nowdate

from nurture_app.nurture_app.doctype.nurture_insight.test_nurture_insight import (
	MANAGER,
	MARKETER,
	PERSONA,
	SELLER,
	InsightCase,
	note,
)
from nurture_app.site.api import insight_actions, lead_panel, lead_summary
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import request

OUTSIDER = "hears.outside@site.example"


class TestNoting(InsightCase):
	def said(self, **values: Any) -> dict[str, Any]:
		return {"lead": self.mine, "kind": "Blocker", "said": "No budget before May", **values}

	def test_whoever_sees_the_lead_notes_what_they_heard_and_the_panel_shows_it(self) -> None:
		for user in (SELLER, MARKETER, "Administrator"):
			frappe.set_user(user)
			name = insight_actions.note(
				**self.said(heard_in="Call", answer="Start small", for_copy="1", topic="Price")
			)["name"]
			doc = frappe.get_doc("Nurture Insight", name)
			self.assertEqual(
				[
					doc.lead,
					doc.persona,
					doc.kind,
					doc.said,
					doc.heard_in,
					doc.answer,
					doc.for_copy,
					doc.topic,
				],
				[self.mine, PERSONA, "Blocker", "No budget before May", "Call", "Start small", 1, "Price"],
			)
			self.assertEqual((doc.heard_by, doc.owner), (user, user))
			self.assertEqual(lead_panel.get_panel(self.mine)["insights"]["latest"][0].name, name)

	def test_a_lead_one_may_not_see_is_refused_like_one_that_does_not_exist(self) -> None:
		messages = set()
		frappe.set_user(SELLER)
		for lead in (self.theirs, "no such lead"):
			with self.assertRaises(frappe.PermissionError) as caught:
				insight_actions.note(**self.said(lead=lead))
			messages.add(str(caught.exception))
		self.assertEqual(len(messages), 1)
		frappe.set_user("Administrator")
		self.assertFalse(frappe.db.count("Nurture Insight", {"lead": self.theirs}))

	def test_roles_of_others_note_nothing(self) -> None:
		make_user(OUTSIDER, "Blogger")
		for user in (OUTSIDER, "Guest", MANAGER):  # a manager who may not read leads
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, insight_actions.note, **self.said())

	def test_an_opportunity_or_customer_one_may_not_see_is_refused(self) -> None:
		frappe.set_user(SELLER)
		for field in ("opportunity", "customer"):
			with self.assertRaises(frappe.PermissionError):
				insight_actions.note(**self.said(**{field: "no such record"}))

	def test_it_is_kept_with_the_opportunity_on_whose_form_it_was_noted(self) -> None:
		opportunity = frappe.get_doc(
			{"doctype": "Opportunity", "opportunity_from": "Lead", "party_name": self.mine}
		).insert()
		frappe.set_user(SELLER)
		self.assertTrue(lead_summary.get_summary("Opportunity", opportunity.name)["may_note"])
		name = insight_actions.note(**self.said(opportunity=opportunity.name))["name"]
		kept = frappe.db.get_value("Nurture Insight", name, ["lead", "opportunity"])
		self.assertEqual(kept, (self.mine, opportunity.name))

	def test_what_cannot_be_meant_is_refused(self) -> None:
		frappe.set_user(SELLER)
		for wrong in (
			{"kind": "Gossip"},
			{"kind": ""},
			{"said": " "},
			{"said": "x" * 2001},
			{"answer": "x" * 2001},
			{"heard_in": "Dream"},
			{"kind": "Competitor"},
			{"kind": "Competitor", "competitor": "x" * 141},
		):
			with self.subTest(wrong), self.assertRaises(frappe.ValidationError):
				insight_actions.note(**self.said(**wrong))
		for wrong in ({"said": ["x"]}, {"kind": {"a": 1}}):
			with self.assertRaises(frappe.exceptions.FrappeTypeError):
				insight_actions.note(**self.said(**wrong))

	def test_a_get_request_writes_nothing_and_a_guest_reads_no_phrases(self) -> None:
		self.assertEqual(frappe.allowed_http_methods_for_whitelisted_func[insight_actions.note], ["POST"])
		for method in ("note?lead=x&kind=Blocker&said=x", "phrases"):
			answer = request("GET", f"/api/method/nurture_app.site.api.insight_actions.{method}")
			self.assertEqual(answer.status_code, 403, method)


class TestPanel(InsightCase):
	def insights(self) -> dict[str, Any] | None:
		return lead_panel.get_panel(self.mine)["insights"]

	def test_the_newest_three_and_how_many_there_are(self) -> None:
		self.assertEqual(self.insights(), {"count": 0, "latest": [], "may_add": True})
		for number in range(5):
			note(lead=self.mine, said=f"Word {number}", heard_on=add_days(nowdate(), number - 9))
		note(lead=self.theirs, said="Of somebody else")
		found = self.insights()
		self.assertEqual([one.said for one in found["latest"]], ["Word 4", "Word 3", "Word 2"])
		self.assertEqual(found["count"], 5)

	def test_who_may_read_no_notes_is_shown_none(self) -> None:
		make_user(OUTSIDER, "Blogger")
		frappe.get_doc(
			{
				"doctype": "DocShare",
				"share_doctype": "Lead",
				"share_name": self.mine,
				"user": OUTSIDER,
				"read": 1,
			}
		).insert(ignore_permissions=True)
		note(lead=self.mine)
		frappe.set_user(OUTSIDER)
		self.assertIsNone(self.insights())


class TestPhrases(InsightCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.delete("Nurture Insight")
		note(lead=self.mine, said="Monday is lost to lists", for_copy=1, heard_on=add_days(nowdate(), -2))
		note(lead=self.theirs, said="100 % of our week", for_copy=1)
		note(lead=self.mine, said="Never print this")

	def words(self, **asked: str) -> list[str]:
		return [one.said for one in insight_actions.phrases(**asked)]

	def test_words_for_texts_are_offered_without_the_name_of_who_said_them(self) -> None:
		frappe.set_user(MARKETER)
		found = insight_actions.phrases()
		self.assertEqual([one.said for one in found], ["100 % of our week", "Monday is lost to lists"])
		self.assertEqual(set(found[0]), {"kind", "said", "said_by", "persona", "topic", "heard_on"})

	def test_by_persona_and_by_words(self) -> None:
		self.assertEqual(self.words(persona=PERSONA), ["Monday is lost to lists"])
		self.assertEqual(self.words(text="LOST"), ["Monday is lost to lists"])
		self.assertEqual(self.words(text="%"), ["100 % of our week"], "a sign, not any text")
		self.assertEqual(self.words(persona="No such persona"), [])

	def test_they_are_for_who_writes_texts(self) -> None:
		frappe.set_user(SELLER)
		self.assertRaises(frappe.PermissionError, insight_actions.phrases)
