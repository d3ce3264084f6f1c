"""An experiment on a site: started, mailed by the tick, judged at night, rolled out, and safe from edits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import health, nurture_jobs
from nurture_app.site.api import experiments, sequence_actions
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import (
	forget_experiments,
	make_content,
	make_lead,
	make_mail_account,
	make_sequence,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Experiment Sequence"
TITLE = "Which subject"
NEW_SUBJECT = "A question, {{ lead.first_name }}"


def make_experiment(title: str = TITLE, variants: list[dict[str, Any]] | None = None, **values: Any) -> Any:
	doc = frappe.get_doc(
		{
			"doctype": "Nurture Experiment",
			"title": title,
			"sequence": SEQUENCE,
			"step": "First",
			"variable": "Subject",
			"min_people": 10,
			"window_days": 2,
			"variants": variants or [{"label": "A"}, {"label": "B", "subject": NEW_SUBJECT}],
			**values,
		}
	)
	return doc.insert()


class TestNurtureExperiment(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		account = make_mail_account("Experiment Sender", "team@site.example")
		settle_settings(email_account=account, cap_messages=50)

	def setUp(self) -> None:
		frappe.set_user("Administrator")
		forget_experiments(SEQUENCE)
		make_sequence(SEQUENCE)
		frappe.db.set_value("Nurture Content", f"{SEQUENCE} text", "subject", "Hello there")

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.delete("Notification Log", {"document_name": TITLE})
		forget_experiments(SEQUENCE)
		frappe.db.commit()  # nosemgrep: a test site

	def mail(self, name: str, number: int) -> list[Any]:
		"""That many leads, enrolled and mailed by the real job."""
		leads = [make_lead(f"{name}{place}", nurture_email_consent="Given") for place in range(number)]
		enroll(site_host(commit=False), SEQUENCE, [lead.name for lead in leads])
		frappe.db.commit()  # nosemgrep: the job has its own transactions
		nurture_jobs.run_tick()
		return leads

	def touches(self) -> list[Any]:
		fields = ["party", "subject", "experiment", "variant"]
		return frappe.get_all("Nurture Touch", {"sequence": SEQUENCE, "step": "First"}, fields)

	def test_from_the_start_to_the_winner_in_the_content(self) -> None:
		make_experiment()
		experiments.start(TITLE)
		self.mail("tried", 24)
		touches = self.touches()
		self.assertEqual(len(touches), 24)
		self.assertEqual({one.variant for one in touches}, {"A", "B"})
		for one in touches:
			self.assertEqual(one.experiment, TITLE)
			self.assertEqual(one.subject.startswith("A question, Tried"), one.variant == "B")
		queued = frappe.get_all("Email Queue", {"reference_doctype": "Lead"}, pluck="message")
		self.assertTrue(any("Subject: A question, Tried" in message for message in queued))

		with self.at(now_datetime() + timedelta(days=3)):
			nurture_jobs.run_nightly()
		shown = experiments.overview(TITLE)
		self.assertEqual(sum(line["counted"] for line in shown["lines"]), 24)
		self.assertIn("Not enough data yet", shown["sentences"][0])

		experiments.roll_out(TITLE, "B")
		self.mail("later", 4)
		later = [one for one in self.touches() if one.subject.startswith("A question, Later")]
		self.assertEqual([one.experiment for one in later], [None] * 4)
		self.assertIn("B in use since", sequence_actions.overview(SEQUENCE)["experiments"][0]["text"])

		self.assertIn("everybody", experiments.write_winner(TITLE)["message"])
		content = frappe.db.get_value(
			"Nurture Sequence Step", {"parent": SEQUENCE, "step_label": "First"}, "content"
		)
		self.assertEqual(frappe.db.get_value("Nurture Content", content, "subject"), NEW_SUBJECT)
		self.assertEqual(sequence_actions.overview(SEQUENCE)["experiments"], [])

	def test_the_night_decides_by_itself_and_says_so(self) -> None:
		doc = make_experiment(auto_roll_out=1, min_days=1)
		experiments.start(TITLE)
		self.mail("night", 60)
		first = {"sequence": SEQUENCE, "variant": "B"}
		for name in frappe.get_all("Nurture Touch", first, pluck="name"):
			frappe.db.set_value("Nurture Touch", name, "clicked_on", now_datetime())
		frappe.db.commit()  # nosemgrep: the job has its own transactions
		with self.at(now_datetime() + timedelta(days=4)):
			nurture_jobs.run_nightly()
		doc.reload()
		self.assertEqual((doc.status, doc.decision, doc.winner), ("Decided", "Roll Out", "B"))
		comments = frappe.get_all(
			"Comment", {"reference_doctype": doc.doctype, "reference_name": TITLE}, pluck="content"
		)
		self.assertTrue(any("Decided by itself: B" in text for text in comments))
		told = frappe.get_all("Notification Log", {"document_name": TITLE}, pluck="subject")
		self.assertEqual(told, [f"Experiment {TITLE} has decided itself: B"])

	def test_one_that_cannot_be_read_is_named_and_keeps_no_other_from_being_judged(self) -> None:
		broken, whole = make_experiment("A broken one", step="Second"), make_experiment()
		for one in (broken, whole):
			experiments.start(one.name)
		frappe.db.set_value("Nurture Experiment", broken.name, "baseline", "{")
		frappe.db.delete("Error Log", {"reference_name": broken.name})
		frappe.db.delete("Nurture Run Log")  # of nights that other tests have moved the clock to
		frappe.db.commit()  # nosemgrep: the job has its own transactions
		nurture_jobs.run_nightly()
		self.assertTrue(frappe.db.get_value("Nurture Experiment", whole.name, "evaluated_on"))
		log = frappe.get_last_doc("Nurture Run Log", {"job": "Nightly"})
		self.assertIn("nightly: Nurture Experiment A broken one", log.message)
		self.assertTrue(frappe.db.exists("Error Log", {"reference_name": broken.name}))
		(found,) = [one for one in health.problems() if one.code == "experiment_not_judged"]
		self.assertEqual(found.route[-1], broken.name)

	def test_whoever_made_it_is_told_once_that_there_is_a_winner(self) -> None:
		make_experiment(min_days=1)
		experiments.start(TITLE)
		self.mail("told", 60)
		for name in frappe.get_all("Nurture Touch", {"sequence": SEQUENCE, "variant": "B"}, pluck="name"):
			frappe.db.set_value("Nurture Touch", name, "clicked_on", now_datetime())
		frappe.db.commit()  # nosemgrep: the job has its own transactions
		for days in (4, 5):
			with self.at(now_datetime() + timedelta(days=days)):
				nurture_jobs.run_nightly()
		told = frappe.get_all("Notification Log", {"document_name": TITLE}, pluck="subject")
		self.assertEqual(told, [f"Experiment {TITLE} has a winner: B. Decide what to do."])

	def test_a_running_test_cannot_be_broken_by_an_edit(self) -> None:
		doc = make_experiment()
		experiments.start(TITLE)
		doc.reload()
		for change in (
			{"min_people": 11},
			{"metric": "Reply"},
			{"confidence": 90},
			{"holdout_percent": 10},
			{"step": "Second"},
		):
			doc.reload()
			doc.update(change)
			with self.assertRaisesRegex(frappe.ValidationError, "cannot be changed once"):
				doc.save()
		doc.reload()
		doc.variants[1].subject = "Something else"
		with self.assertRaisesRegex(frappe.ValidationError, "Variants cannot be changed once"):
			doc.save()
		doc.reload()
		doc.append("variants", {"label": "C", "subject": "!"})
		self.assertRaises(frappe.ValidationError, doc.save)
		doc.reload()
		doc.hypothesis = "Questions are answered."
		doc.auto_roll_out = 1
		doc.save()
		doc.status = "Draft"
		doc.save()
		self.assertEqual(frappe.db.get_value("Nurture Experiment", TITLE, "status"), "Running")
		self.assertRaises(frappe.ValidationError, doc.delete)

	def test_the_sequence_keeps_the_step_while_it_is_tried(self) -> None:
		make_experiment()
		experiments.start(TITLE)
		for change in (
			{"content": make_content("Another text")},
			{"step_label": "Renamed"},
			{"at_time": "10:00"},
		):
			sequence = frappe.get_doc("Nurture Sequence", SEQUENCE)
			sequence.steps[0].update(change)
			with self.assertRaisesRegex(frappe.ValidationError, "runs on step"):
				sequence.save()
		sequence = frappe.get_doc("Nurture Sequence", SEQUENCE)
		sequence.steps[1].delay = 3
		sequence.save()
		experiments.stop(TITLE)
		sequence.reload()
		sequence.steps[0].content = make_content("Another text")
		sequence.save()

	def test_a_content_winner_is_written_into_the_step(self) -> None:
		other = make_content("Winning text")
		make_experiment(variable="Content", variants=[{"label": "A"}, {"label": "B", "content": other}])
		experiments.start(TITLE)
		experiments.roll_out(TITLE, "B")
		self.assertIn("Activate the new version", experiments.write_winner(TITLE)["message"])
		step = {"parent": SEQUENCE, "step_label": "First"}
		self.assertEqual(frappe.db.get_value("Nurture Sequence Step", step, "content"), other)

	def test_what_cannot_work_is_refused_when_saved(self) -> None:
		for values, words in (
			({"step": "Nowhere"}, "has no step"),
			({"variants": [{"label": "A"}]}, "2 to 8"),
			({"metric": "Revenue"}, "Most That One Person Counts for"),
			({"variable": "Send Time"}, "each weekday comes four times"),
		):
			with self.assertRaisesRegex(frappe.ValidationError, words):
				make_experiment(**values)

	def test_only_managers_begin_and_decide(self) -> None:
		make_experiment()
		make_user("looks@site.example", "Nurture User")
		make_user("sells@site.example", "Sales User")
		frappe.db.commit()  # nosemgrep: a test site
		frappe.set_user("looks@site.example")
		self.assertIn("has not begun", experiments.overview(TITLE)["sentences"][0])
		for action in (experiments.start, experiments.stop, experiments.keep, experiments.write_winner):
			with self.assertRaises(frappe.PermissionError):
				action(TITLE)
		frappe.set_user("sells@site.example")
		with self.assertRaises(frappe.PermissionError):
			experiments.overview(TITLE)

	def test_an_active_sequence_without_a_test_is_told_so(self) -> None:
		def told() -> bool:
			return any(
				"No experiment runs" in text for text in sequence_actions.overview(SEQUENCE)["warnings"]
			)

		self.assertTrue(told())
		make_experiment()
		experiments.start(TITLE)
		self.assertFalse(told())

	def test_planning_and_the_steps_to_choose_from(self) -> None:
		self.assertEqual([step["label"] for step in experiments.steps(SEQUENCE)], ["First", "Second"])
		self.assertEqual(experiments.steps(SEQUENCE, "Path"), [])
		self.assertGreater(experiments.plan(5, 6, 2, 95)["people"], experiments.plan(5, 10, 2, 95)["people"])
		with self.assertRaises(frappe.ValidationError):
			experiments.plan(5, 5, 2, 95)

	def test_one_that_cannot_be_read_says_so_and_is_stopped_and_deleted(self) -> None:
		name = make_experiment().name
		frappe.db.set_value("Nurture Experiment", name, {"status": "Running", "baseline": "{"})
		shown = experiments.overview(name)
		self.assertIn("cannot be read", shown["sentences"][0])
		self.assertEqual((shown["lines"], shown["may_decide"]), ([], False))
		self.assertIn("Stopped", experiments.stop(name)["message"])
		frappe.delete_doc("Nurture Experiment", name)

	def test_variants_that_differ_in_more_are_flagged(self) -> None:
		other = make_content("Another text")
		make_experiment(variants=[{"label": "A"}, {"label": "B", "subject": "?", "content": other}])
		self.assertTrue(
			any("also differ in Content" in text for text in experiments.overview(TITLE)["advice"])
		)
