"""Steps that people set up or decide about in the Desk, in a real browser."""

from __future__ import annotations

import json

import frappe

from nurture_app.engine import runner
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence, settle_settings

MARKETER = "stepper@site.example"
SPLIT, GATE = "Desk Split", "Desk Gate"
COPY = "Desk Gate for Others"


class TestStepsInTheDesk(DeskCase):
	def setUp(self) -> None:
		make_user(MARKETER, "Nurture Manager", "Sales User")
		settle_settings()
		self.addCleanup(self.clear)

	def clear(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("Nurture Sequence", COPY)
		frappe.db.set_value("Nurture Sequence", {"name": ["in", [SPLIT, GATE]]}, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_the_ways_of_a_split_are_a_table(self) -> None:
		content = make_content("Desk Split Mail")
		ways = [{"name": "A", "weight": 50, "to": ""}, {"name": "B", "weight": 50, "to": "Last"}]
		steps = [
			{"step_label": "Fork", "step_type": "Split", "split_ways": json.dumps(ways)},
			{"step_label": "First", "step_type": "Email", "content": content, "delay": 1},
			{"step_label": "Last", "step_type": "Email", "content": content, "delay": 2},
		]
		make_sequence(SPLIT, steps)
		frappe.db.set_value("Nurture Sequence", SPLIT, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SPLIT}")
		page.locator(".nurture-outline .no-label", has_text="Fork").click()
		share = page.get_by_label("Share of way 1")
		share.wait_for()
		self.picture(page, "the ways of a split")
		share.fill("80")
		share.press("Tab")
		page.keyboard.press("Control+s")
		page.get_by_text("Saved", exact=True).first.wait_for()
		frappe.db.rollback()
		stored = frappe.db.get_value(
			"Nurture Sequence Step", {"parent": SPLIT, "step_label": "Fork"}, "split_ways"
		)
		self.assertEqual([(way["weight"], way["to"]) for way in json.loads(stored)], [(80, ""), (50, "Last")])

	def test_a_step_is_limited_to_some_countries(self) -> None:
		content = make_content("Desk Split Mail")
		make_sequence(SPLIT, [{"step_label": "Offer", "step_type": "Email", "content": content}])
		frappe.db.set_value("Nurture Sequence", SPLIT, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SPLIT}")
		page.locator(".nurture-outline .no-label", has_text="Offer").click()
		countries = page.locator(".form-in-grid textarea[data-fieldname=only_countries]")
		countries.fill("DACH\nNorway")
		countries.press("Tab")
		page.locator(".nurture-outline", has_text="only in DACH, Norway").wait_for()
		self.picture(page, "a step for some countries")
		page.keyboard.press("Control+s")
		page.get_by_text("Saved", exact=True).first.wait_for()

	def test_another_content_stands_in_the_outline_at_once(self) -> None:
		contents = [make_content(title) for title in ("Desk Split Mail", "Desk Other Mail")]
		make_sequence(SPLIT, [{"step_label": "Offer", "step_type": "Email", "content": contents[0]}])
		frappe.db.set_value("Nurture Sequence", SPLIT, "status", "Draft")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SPLIT}")
		page.locator(".nurture-outline .no-label", has_text="Offer").click()
		content = page.locator(".form-in-grid input[data-fieldname=content]")
		content.fill(contents[1])
		content.press("Tab")
		page.locator(".nurture-outline", has_text=contents[1]).wait_for()

	def test_what_waits_for_a_word_is_looked_at_and_released(self) -> None:
		content = make_content("Desk Gate Mail")
		steps = [
			{"step_label": "Ask", "step_type": "Approval", "approve_by": MARKETER},
			{"step_label": "Go", "step_type": "Email", "content": content, "delay": 1},
		]
		make_sequence(GATE, steps)
		lead = make_lead("gated", nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		host = site_host(commit=True)
		enroll(host, GATE, [lead.name])
		runner.tick(host, "test")
		name = frappe.db.get_value("Nurture Enrollment", {"party": lead.name, "sequence": GATE})
		page = self.desk(MARKETER, f"nurture-enrollment/{name}")
		page.get_by_role("button", name="Release").click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("If you release it, this comes next").wait_for()
		self.picture(page, "a mail to be released")
		dialog.get_by_role("button", name="Release").click()
		dialog.wait_for(state="hidden")
		page.locator(".indicator-pill", has_text="Active").first.wait_for()
		frappe.db.rollback()
		runner.tick(host, "test")
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", name, ["status", "step"]), ("Active", "Go")
		)

	def test_a_sequence_is_duplicated_under_another_name(self) -> None:
		make_sequence(GATE, [{"step_label": "Ask", "step_type": "Approval"}])
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{GATE}")
		page.get_by_role("button", name="Duplicate").click()
		dialog = page.locator(".modal.show")
		dialog.locator("input[data-fieldname=title]").fill(COPY)
		dialog.get_by_role("button", name="Duplicate").click()
		page.wait_for_url("**/" + COPY.replace(" ", "%20"))
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Nurture Sequence", COPY, "status"), "Draft")
