"""A goal is asked for, a version is moved to, and the journey is drawn, in a real browser."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, getdate, today

from nurture_app.engine import lifecycle
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import run_tick
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

MARKETER = "planner@site.example"
SEQUENCE = "Desk Goal"


class TestGoalsInTheDesk(DeskCase):
	def setUp(self) -> None:
		make_user(MARKETER, "Nurture Manager", "Sales User")
		settle_settings()
		make_sequence(SEQUENCE, journey_stage="Evaluation", goal_kind="Conversion")
		frappe.db.commit()  # nosemgrep: the server has its own connections
		self.addCleanup(self.clear)

	def clear(self) -> None:
		frappe.db.rollback()
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Draft")
		frappe.db.delete("Nurture Enrollment", {"sequence": SEQUENCE})
		frappe.db.delete("Nurture Sales Cycle", {"title": "Desk Cycle"})
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def test_activating_asks_for_what_the_goal_lacks_and_proposes_a_date(self) -> None:
		values = {"status": "Draft", "goal_date": None, "expected_days": 20}
		frappe.db.set_value("Nurture Sequence", SEQUENCE, values)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_role("button", name="Activate", exact=True).click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("What Should It Achieve?").wait_for()
		self.picture(page, "what a goal lacks")
		dialog.get_by_role("button", name="Continue").click()
		page.locator(".modal.show").get_by_text("Real e-mails will go out").wait_for()
		page.locator(".modal.show").get_by_role("button", name="Activate").click()
		page.locator(".indicator-pill", has_text="Active").first.wait_for()
		frappe.db.rollback()
		found = frappe.db.get_value("Nurture Sequence", SEQUENCE, ["status", "goal_date"])
		self.assertEqual(found, ("Active", getdate(add_days(today(), 40))))
		self.picture(page, "a sequence with its goal")

	def test_a_target_of_nothing_is_asked_for_before_the_dialog_closes(self) -> None:
		frappe.db.set_value("Nurture Sequence", SEQUENCE, {"status": "Draft", "goal_target": 0})
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_role("button", name="Activate", exact=True).click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("What Should It Achieve?").wait_for()
		dialog.get_by_role("button", name="Continue").click()
		page.get_by_text("Enter a target above 0").wait_for()
		dialog.locator("input[data-fieldname=goal_target]").fill("20")
		dialog.get_by_role("button", name="Continue").click()
		page.locator(".modal.show").get_by_text("Real e-mails will go out").wait_for()

	def test_who_is_a_lead_already_is_said_not_to_enter_by_itself(self) -> None:
		lead = make_lead("desk-here-already", nurture_email_consent="Given")
		values = {"status": "Draft", "trigger_type": "New Lead"}
		frappe.db.set_value("Nurture Sequence", SEQUENCE, values)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_role("button", name="Activate", exact=True).click()
		asked = page.locator(".modal.show")
		asked.get_by_text("Those who are leads already do not enter by themselves").wait_for()
		asked.get_by_role("button", name="Activate").click()
		page.locator(".indicator-pill", has_text="Active").first.wait_for()
		frappe.db.rollback()
		run_tick()
		self.assertFalse(frappe.db.exists("Nurture Enrollment", {"sequence": SEQUENCE, "party": lead.name}))

	def test_where_people_stop_asks_which_sequence_is_meant(self) -> None:
		page = self.desk(MARKETER, "query-report/Nurture Drop-Offs")
		page.get_by_text("Choose a sequence: the report shows").wait_for()

	def test_a_programme_shows_its_health_a_new_one_its_exits_and_the_guide_where_to_go_on(self) -> None:
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_text("Health of This Programme: 2 of 5").wait_for()
		page.get_by_text("content mapping").first.wait_for()
		self.picture(page, "the health of a programme")
		page.goto(f"http://{frappe.local.site}/app/nurture-sequence/new")
		exits = page.locator('[data-fieldname="exits"] .tb-selected-value')
		exits.nth(2).wait_for(state="attached")
		self.assertEqual(exits.count(), 3)
		page.goto(f"http://{frappe.local.site}/app/nurture-launch")
		page.get_by_text("Five Steps to a Programme").wait_for()
		page.get_by_text("5. Test and measure").wait_for()
		self.picture(page, "the set-up guide")

	def test_people_on_their_way_are_moved_to_the_new_version_by_choice(self) -> None:
		stays, moves = (
			make_lead(name, nurture_email_consent="Given") for name in ("desk-stays", "desk-moves")
		)
		frappe.db.commit()  # nosemgrep: the host has transactions of its own
		host = site_host(commit=True)
		enroll(host, SEQUENCE, [stays.name, moves.name])
		names = dict(
			frappe.get_all("Nurture Enrollment", {"sequence": SEQUENCE}, ["party", "name"], as_list=True)
		)
		frappe.db.set_value("Nurture Enrollment", names[stays.name], "step", "First")
		frappe.db.set_value("Nurture Enrollment", names[moves.name], "step", "Second")
		doc = frappe.get_doc("Nurture Sequence", SEQUENCE)
		doc.steps[0].step_label = "Another"
		doc.save()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		lifecycle.activate(host, SEQUENCE)
		frappe.db.commit()  # nosemgrep: as before
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_role("button", name="Move to This Version").click()
		dialog = page.locator(".modal.show")
		dialog.get_by_text("1 leads on their way are in an earlier version").wait_for()
		dialog.get_by_text("1 leads cannot move").wait_for()
		self.picture(page, "moving to a version")
		dialog.get_by_role("button", name="Yes").click()
		page.get_by_text("1 leads were moved to the current version").wait_for()
		frappe.db.rollback()
		current = frappe.db.get_value("Nurture Sequence", SEQUENCE, "current_version")
		versions = {lead: frappe.db.get_value("Nurture Enrollment", names[lead], "version") for lead in names}
		self.assertEqual(versions[moves.name], current)
		self.assertNotEqual(versions[stays.name], current)

	def test_the_journey_shows_stages_with_sequences_and_their_steps(self) -> None:
		page = self.desk(MARKETER, "nurture-journey")
		stage = page.get_by_label("Evaluation", exact=True)
		stage.get_by_text("MOFU").wait_for()
		stage.locator("summary", has_text=SEQUENCE).click()
		stage.locator(".no-label", has_text="Second").first.wait_for()
		self.picture(page, "journey map")

	def test_the_journey_fits_a_telephone(self) -> None:
		page = self.desk(MARKETER, "nurture-journey", phone=True)
		page.get_by_label("Decision", exact=True).wait_for()
		self.assertTrue(self.fits(page))
		self.picture(page, "journey map on a telephone")

	def test_each_value_of_a_plan_is_confirmed(self) -> None:
		frappe.get_doc({"doctype": "Nurture Sales Cycle", "title": "Desk Cycle"}).insert()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.desk(MARKETER, "nurture-sales-cycle/Desk Cycle")
		page.get_by_role("button", name="Confirm: To Sales on Day").click()
		page.keyboard.press("Control+s")
		page.get_by_text("Saved", exact=True).first.wait_for()
		self.picture(page, "sales cycle")
		frappe.db.rollback()
		self.assertGreater(frappe.db.get_value("Nurture Sales Cycle", "Desk Cycle", "handoff_day"), 0)
