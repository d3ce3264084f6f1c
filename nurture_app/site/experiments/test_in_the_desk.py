"""An experiment as a marketer meets it: made from a step, started, read and rolled out, in a real browser."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, now_datetime

from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import forget_experiments, make_sequence, settle_settings

MARKETER = "marketer@site.example"
SEQUENCE = "Desk Experiment Sequence"
READ = "Desk experiment to read"


class TestInTheDesk(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MARKETER, "Nurture Manager", "Sales User")
		settle_settings()
		forget_experiments(SEQUENCE)
		make_sequence(SEQUENCE)
		cls._make_one_to_read()
		frappe.db.commit()  # nosemgrep: the server has its own connections

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		forget_experiments(SEQUENCE)
		super().tearDownClass()

	@classmethod
	def _make_one_to_read(cls) -> None:
		from nurture_app.engine.experiments import life

		frappe.get_doc(
			{
				"doctype": "Nurture Experiment",
				"title": READ,
				"sequence": SEQUENCE,
				"step": "Second",
				"variable": "Subject",
				"hypothesis": "A question is answered more often.",
				"metric": "Reply",
				"min_people": 20,
				"window_days": 2,
				"variants": [{"label": "As it is"}, {"label": "Question", "subject": "Shall we talk?"}],
			}
		).insert()
		life.start(site_host(commit=False), READ)
		frappe.db.set_value("Nurture Experiment", READ, "started_on", add_days(now_datetime(), -20))
		host, sent = site_host(commit=False), add_days(now_datetime(), -10)
		columns = (
			"name",
			"touch_key",
			"token",
			"party_type",
			"party",
			"sequence",
			"step",
			"channel",
			"status",
		)
		columns += ("experiment", "variant", "queued_on", "replied_on")
		rows = []
		for number in range(120):
			key, variant = f"read-{number}", ("As it is", "Question")[number % 2]
			replied = add_days(sent, 1) if number % 2 and number % 3 else None
			row = (
				host.db.new_name(),
				key,
				key,
				"Lead",
				key,
				SEQUENCE,
				"Second",
				"Email",
				"Sent",
				READ,
				variant,
			)
			rows.append((*row, sent, replied))
		with host.db.transaction():
			host.db.insert("tabNurture Touch", columns, rows)

	def test_an_experiment_is_made_from_a_step_and_started(self) -> None:
		page = self.desk(MARKETER, f"nurture-sequence/{SEQUENCE}")
		page.get_by_text("Try Variants").first.click()
		page.locator("[data-fieldname=hypothesis] textarea").fill("People open what asks them something.")
		self.assertEqual(page.locator("[data-fieldname=step] input").first.input_value(), "First")
		subjects = page.locator(".grid-body [data-fieldname=subject]")
		subjects.nth(1).click()
		page.locator(".grid-body input[data-fieldname=subject]").first.fill("Is this you?")
		page.locator("[data-fieldname=change] textarea").fill("The subject asks a question.")
		page.get_by_role("button", name="How Many People").click()
		page.locator(".modal.show").get_by_role("button", name="Use as Least People").click()
		page.wait_for_function("() => cur_frm.doc.min_people > 2000")
		self.picture(page, "experiment new")
		page.locator(".modal.show").wait_for(state="hidden")
		page.get_by_role("button", name="Save", exact=True).first.click()
		page.get_by_role("button", name="Start").first.wait_for()
		page.get_by_role("button", name="Start").first.click()
		page.locator(".modal.show").get_by_role("button", name="Start").click()
		page.get_by_text("The experiment is running.").wait_for()
		self.picture(page, "experiment running")
		frappe.db.rollback()
		name = frappe.db.get_value("Nurture Experiment", {"sequence": SEQUENCE, "step": "First"})
		self.assertEqual(frappe.db.get_value("Nurture Experiment", name, "status"), "Running")

	def test_the_result_is_read_in_plain_words_and_rolled_out(self) -> None:
		page = self.desk(MARKETER, f"nurture-experiment/{READ}")
		page.get_by_role("button", name="Count Now").click()
		page.get_by_text("is better than every other variant").wait_for()
		words = page.locator(".nurture-experiment-words").inner_text()
		self.assertIn("more replies per 100 people than", words)
		self.assertEqual(page.locator(".nurture-experiment-table tbody tr").count(), 2)
		self.picture(page, "experiment result")
		page.get_by_role("button", name="Roll Out").first.click()
		page.locator(".modal.show").get_by_role("button", name="Roll Out").click()
		page.get_by_role("button", name="Write into the Step").wait_for()
		self.assertIn("Question in use since", page.locator(".nurture-experiment-words").inner_text())
		self.picture(page, "experiment rolled out")
		page.goto(f"http://{frappe.local.site}/app/nurture-sequence/{SEQUENCE}")
		page.get_by_text("Second: Question in use since").wait_for()
		self.picture(page, "sequence with a winner")
