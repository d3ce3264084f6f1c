"""The launch checklist: what records settle, what only somebody's word does, and how the page shows it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from nurture_app.site.api import launch
from nurture_app.site.launch import checks, guide
from nurture_app.site.launch.checklist import checklist, is_ready
from nurture_app.site.sales_cycle import time_to_close
from nurture_app.site.testing.deals import won_deals
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_rule, make_sequence
from nurture_app.site.testing.site_case import SiteCase

MANAGER = "launcher@site.example"


def line(title: str) -> Any:
	(found,) = [one for one in checklist() if one.title == title]
	return found


class TestChecklist(SiteCase):
	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def test_all_ten_are_there_in_their_order_and_nothing_is_ready_on_a_new_site(self) -> None:
		lines = checklist()
		presets = frappe.get_all("Nurture Launch Check", pluck="preset", order_by="sort_order asc")
		self.assertEqual([preset[:5] for preset in presets], [f"ck-{n:02}" for n in range(1, 11)])
		self.assertEqual(len(lines), 10)
		self.assertFalse(is_ready(lines))
		for one in lines:
			self.assertTrue(one.asked.endswith("."))
			self.assertTrue(one.state == "ok" or one.todo, one.title)

	def test_the_guide_has_four_preparations_and_five_steps_that_follow_the_records(self) -> None:
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Retired")
		frappe.db.set_value("Nurture Sequence", {"goal_date": ["is", "set"]}, "goal_date", None)
		frappe.db.set_value("Nurture Segment", {"enabled": 1}, "enabled", 0)
		lines = {one["title"]: one for one in launch.guide()}
		parts = [one["part"] for one in lines.values()]
		self.assertEqual(parts, ["before"] * 4 + ["steps"] * 5)
		for one in lines.values():
			self.assertTrue(one["asked"] and one["state"] in ("ok", "fix", "unknown"))
			self.assertTrue(one["state"] == "ok" or one["route"], one["title"])
		self.assertEqual(lines["3. Goals"]["state"], "fix")
		self.assertEqual(lines["2. Audit and segment"]["state"], "fix")
		self.assertIn("No segment is enabled", lines["2. Audit and segment"]["found"])
		make_sequence("Guide Test", goal_date=add_days(today(), 40))
		lines = {one["title"]: one for one in launch.guide()}
		self.assertEqual(lines["3. Goals"]["state"], "ok")
		self.assertEqual(lines["5. Test and measure"]["state"], "fix")

	def test_ways_to_be_reached_are_named(self) -> None:
		frappe.db.set_value("Nurture Form", {"enabled": 1}, "enabled", 0)
		frappe.db.set_value("Nurture Playbook", {"enabled": 1}, "enabled", 0)
		frappe.db.set_single_value("Nurture Settings", "booking_url", "https://example.com/book")
		frappe.db.set_value("Email Account", {"enable_incoming": 1}, "enable_incoming", 0)
		found = guide.easy_to_reach()
		self.assertEqual(found.state, "fix")
		self.assertIn("There is a booking page. Not yet: a form, a chat", found.found)
		frappe.db.set_value("Email Account", frappe.get_all("Email Account")[0].name, "enable_incoming", 1)
		self.assertEqual(guide.easy_to_reach().state, "ok")

	def test_every_computed_check_exists_and_every_preset_names_one(self) -> None:
		named = frappe.get_all("Nurture Launch Check", {"check_name": ["is", "set"]}, pluck="check_name")
		self.assertEqual(sorted(named), sorted(checks.CHECKS))

	def test_a_word_is_needed_where_records_are_not_enough(self) -> None:
		make_rule("Launch Rule", "Demo Request", 30)
		self.assertEqual(line("Scoring is agreed").state, "unknown")
		make_user(MANAGER, "Nurture Manager")
		frappe.set_user(MANAGER)
		launch.confirm("Scoring is agreed", 1, "Agreed on Monday with sales.")
		found = line("Scoring is agreed")
		self.assertEqual(found.state, "ok")
		self.assertIn(MANAGER, found.word)
		self.assertIn("Agreed on Monday", found.word)
		launch.confirm("Scoring is agreed", 0)
		self.assertEqual(line("Scoring is agreed").state, "unknown")

	def test_a_word_alone_does_not_help_against_the_records(self) -> None:
		frappe.db.set_value("Lead Scoring Rule", {"enabled": 1}, "enabled", 0)
		launch.confirm("Scoring is agreed", 1, "Agreed.")
		self.assertEqual(line("Scoring is agreed").state, "fix")

	def test_who_only_reads_may_not_confirm(self) -> None:
		make_user("reader@site.example", "Nurture User")
		frappe.set_user("reader@site.example")
		self.assertEqual(len(launch.checklist()), 10)
		with self.assertRaises(frappe.PermissionError):
			launch.confirm("Scoring is agreed", 1, "Me.")

	def test_what_suits_people_is_offered_to_who_sells_to_people(self) -> None:
		"""CH-19"""
		text = {"step_label": "Text", "step_type": "SMS", "content": "Launch SMS"}
		if not frappe.db.exists("Nurture Content", "Launch SMS"):
			doc = {"doctype": "Nurture Content", "title": "Launch SMS", "channel": "SMS", "sms_text": "Hi"}
			frappe.get_doc(doc).insert()
		make_sequence("Launch Consumer", [text])
		frappe.db.set_single_value("Nurture Settings", "programme", "B2C")
		said = checks.channels().found
		self.assertIn("Influencer Content, Retargeting, Social Post", said)
		self.assertNotIn("LinkedIn,", said.partition("programme:")[2])
		frappe.db.set_single_value("Nurture Settings", "programme", "")
		self.assertNotIn("first choice", checks.channels().found)

	def test_leads_are_counted_by_what_they_lack(self) -> None:
		make_lead("launch-lead", industry=None)
		found = line("Leads are known by four dimensions")
		self.assertEqual(found.state, "fix")
		self.assertIn("persona", found.found)
		self.assertIn("%", found.found)

	def test_a_persona_counts_only_with_evidence(self) -> None:
		values = {"doctype": "Nurture Persona", "title": "Launch Persona", "enabled": 1}
		persona = frappe.get_doc(values).insert()
		self.assertIn("assumptions", checks.personas().found)
		lead = make_lead("launch-persona", nurture_persona=persona.name)
		segment = frappe.get_doc(
			{"doctype": "Nurture Segment", "title": "Launch Segment", "enabled": 1, "segment_type": "Static"}
		).insert()
		member = {"doctype": "Nurture Segment Member", "segment": segment.name, "party_type": "Lead"}
		member |= {"party": lead.name, "entered_on": "2026-01-05 10:00:00", "live_key": "launch"}
		frappe.get_doc(member).insert(ignore_permissions=True)
		frappe.db.set_value("Nurture Segment", segment.name, "member_count", 10_000)
		persona.append("evidence", {"kind": "Interview", "learned": "Asked for the price first."})
		persona.save()
		self.assertNotIn("Launch Segment", checks.personas().found)
		frappe.db.set_value("Lead", lead.name, "nurture_persona", None)
		self.assertIn("Launch Segment", checks.personas().found)

	def test_active_sequences_settle_channels_customers_and_segments(self) -> None:
		make_sequence("Launch Sale", trigger_type="Activity", trigger_activity="Became Customer")
		frappe.db.set_value("Nurture Sequence", "Launch Sale", "status", "Draft")
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Retired")
		self.assertEqual([checks.post_sale().state, checks.channels().state], ["fix", "fix"])
		frappe.db.set_value("Nurture Sequence", "Launch Sale", "status", "Active")
		self.assertEqual(checks.post_sale().state, "ok")
		self.assertIn("e-mail alone", checks.channels().found)
		self.assertIn("Launch Sale", checks.tests().found)
		doc = frappe.get_doc("Nurture Sequence", "Launch Sale")
		doc.append(
			"steps",
			{
				"step_label": "Ring",
				"step_type": "Task",
				"task_kind": "Call",
				"task_early_reason": "They asked for it.",
				"task_description": "Ring them.",
			},
		)
		doc.save()
		self.assertEqual(checks.channels().state, "ok")
		self.assertIn("Three channels", checks.channels().found)

	def test_time_to_close_needs_ten_deals(self) -> None:
		before = sum(one.deals for one in time_to_close())
		won_deals(2, days=40)
		self.assertEqual(sum(one.deals for one in time_to_close()), before + 2)
		self.assertIn("10 won deals or interviews are needed", checks.time_is_known().found)
		won_deals(10, days=40)
		self.assertIn("40 days on average", checks.time_is_known().found)


class TestPage(DeskCase):
	def test_a_manager_sees_what_is_open_and_confirms_a_point(self) -> None:
		make_user(MANAGER, "Nurture Manager")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		self.addCleanup(self.take_back)
		page = self.desk(MANAGER, "nurture-launch")
		page.get_by_text("High touch and low touch are written down").wait_for()
		self.picture(page, "launch checklist")
		page.get_by_role("button", name="Confirm: High touch and low touch").click()
		page.locator(".modal.show textarea").fill("In the wiki.")
		page.locator(".modal.show").get_by_role("button", name="Confirm").click()
		page.locator(".text-muted", has_text="In the wiki.").wait_for()
		frappe.db.rollback()
		name = "High touch and low touch are written down"
		self.assertEqual(frappe.db.get_value("Nurture Launch Check", name, "confirmed_by"), MANAGER)

	def test_it_fits_a_telephone(self) -> None:
		make_user(MANAGER, "Nurture Manager")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MANAGER, "nurture-launch", phone=True)
		page.get_by_text("High touch and low touch are written down").wait_for()
		self.assertTrue(self.fits(page))
		self.picture(page, "launch checklist on a telephone")

	def take_back(self) -> None:
		launch.confirm("High touch and low touch are written down", 0)
		frappe.db.commit()  # nosemgrep: as before
