"""Tasks of sequences as a colleague sees and does them: a ToDo that says what it needs."""

from __future__ import annotations

import frappe
from frappe.desk.form.assign_to import close, close_all_assignments

from nurture_app.engine import runner
from nurture_app.engine.codes import EnrollmentStatus, Reason
from nurture_app.engine.enrollments import ending
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import needless_tasks
from nurture_app.site.events.todo import CLOSED_IN_THE_SIDEBAR
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import DeskCase, make_reps
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings

REP = "rep@handwork.example"
SEQUENCE = "Hand Work"
WRITE = {
	"step_label": "Write",
	"step_type": "Task",
	"task_kind": "LinkedIn",
	"task_description": "Write to {{ lead.first_name }}",
	"task_text": "Hello {{ lead.first_name }}, …",
	"task_assign_to": REP,
}


class TestHandWork(DeskCase):
	def setUp(self) -> None:
		make_reps(REP)
		settle_settings()
		self.lead = make_lead(
			f"hand{frappe.generate_hash(length=6)}", first_name="Ann", lead_name="Ann Byron"
		)
		self.addCleanup(self.clear)

	def clear(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.db.set_value("Nurture Sequence", {"name": SEQUENCE}, "status", "Draft")
		for address in frappe.get_all("Dynamic Link", {"link_name": self.lead.name}, pluck="parent"):
			frappe.delete_doc("Address", address, force=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def give(self, **step: object) -> frappe.model.document.Document:
		make_sequence(SEQUENCE, [WRITE | step])
		frappe.db.commit()  # nosemgrep: the server has its own connections
		host = site_host(commit=True)
		enroll(host, SEQUENCE, [self.lead.name])
		runner.tick(host, "test")
		return frappe.get_doc("ToDo", {"reference_name": self.lead.name, "nurture_touch": ["is", "set"]})

	def touch(self) -> str:
		return frappe.db.get_value("Nurture Touch", {"party": self.lead.name, "step": "Write"}, "status")

	def activities(self) -> list[str]:
		return frappe.get_all(
			"Nurture Activity", {"party": self.lead.name}, pluck="activity_type", order_by="creation asc"
		)

	def test_it_is_not_done_before_what_it_needs_is_there(self) -> None:
		todo = self.give()
		self.assertEqual((todo.nurture_text, todo.allocated_to, self.touch()), ("Hello Ann, …", REP, "Given"))
		frappe.set_user(REP)
		todo = frappe.get_doc("ToDo", todo.name)
		todo.status, todo.nurture_observation = "Closed", "A new plant"
		with self.assertRaisesRegex(frappe.ValidationError, "One Question"):
			todo.save()
		todo.reload()
		todo.update({"status": "Closed", "nurture_observation": "A new plant", "nurture_question": "Who?"})
		todo.save()
		self.assertEqual((self.touch(), self.activities()), ("Done", ["Task Done"]))
		self.assertTrue(todo.nurture_done_on)
		todo.reload()
		todo.nurture_answered, todo.nurture_answer = 1, "I do <b>now</b>"
		todo.save()
		self.assertEqual((self.touch(), self.activities()), ("Replied", ["Task Done", "Email Reply"]))
		comment = frappe.get_all(
			"Comment", {"reference_name": self.lead.name, "comment_type": "Comment"}, pluck="content"
		)
		self.assertEqual(comment, ["LinkedIn: I do &lt;b&gt;now&lt;/b&gt;"])

	def test_a_video_has_a_link_and_is_short(self) -> None:
		todo = self.give(task_kind="Personal Video")
		done = {"nurture_observation": "x", "nurture_question": "y", "status": "Closed"}
		done["nurture_video_url"] = "https://video.example/1"
		for seconds, words in ((0, "how long"), (95, "95 seconds")):
			todo.update(done | {"nurture_video_seconds": seconds})
			with self.assertRaisesRegex(frappe.ValidationError, words):
				todo.save()
			todo.reload()
		todo.update(done | {"nurture_video_seconds": 80})
		todo.save()
		self.assertEqual(self.touch(), "Done")

	def test_a_note_by_hand_names_the_address_and_when_it_left(self) -> None:
		for line, is_shipping in (("Old Road 1", 0), ("Main Road 2", 1)):
			address = {"doctype": "Address", "address_title": "Ann", "address_line1": line, "city": "Bonn"}
			address |= {"pincode": "53111", "country": "Germany", "is_shipping_address": is_shipping}
			link = {"link_doctype": "Lead", "link_name": self.lead.name}
			frappe.get_doc(address | {"links": [link]}).insert()
		todo = self.give(task_kind="Handwritten Note")
		self.assertEqual(todo.nurture_address.splitlines()[0], self.lead.lead_name)
		self.assertEqual(todo.nurture_address.splitlines()[-3:], ["Main Road 2", "53111 Bonn", "Germany"])
		todo.update({"nurture_observation": "x", "nurture_question": "y", "status": "Closed"})
		todo.save()
		self.assertTrue(todo.nurture_done_on)

	def test_dropped_and_taken_up_again(self) -> None:
		todo = self.give()
		todo.status = "Cancelled"
		todo.save()
		self.assertEqual(self.touch(), "Skipped")
		todo.status = "Open"
		todo.save()
		self.assertEqual(self.touch(), "Given")

	def end(self, reason: str) -> None:
		host = site_host(commit=True)
		name = frappe.db.get_value("Nurture Enrollment", {"party": self.lead.name}, "name")
		with host.db.transaction():
			ending.end(host, [(name, EnrollmentStatus.EXITED, reason)])

	def test_what_nobody_needs_any_more_is_taken_back_and_says_why(self) -> None:
		todo = self.give()
		self.assertEqual(needless_tasks.take_back(site_host(commit=True)), 0, "the sequence still runs")
		self.end(Reason.CONVERTED)
		self.assertEqual(needless_tasks.take_back(site_host(commit=True)), 1)
		todo.reload()
		self.assertEqual((todo.status, self.touch(), self.activities()), ("Cancelled", "Skipped", []))
		self.assertIn(f"No longer needed: the sequence {SEQUENCE} ended.", todo.description)
		self.assertEqual(
			frappe.parse_json(frappe.db.get_value("Lead", self.lead.name, "_assign") or "[]"), []
		)
		todo.status = "Open"  # somebody wants to do it all the same
		todo.save()
		self.assertEqual(needless_tasks.take_back(site_host(commit=True)), 0)
		self.assertEqual((frappe.db.get_value("ToDo", todo.name, "status"), self.touch()), ("Open", "Given"))

	def test_after_a_reply_the_call_is_the_next_thing_to_do(self) -> None:
		todo = self.give()
		self.end(Reason.REPLIED)
		self.assertEqual(needless_tasks.take_back(site_host(commit=True)), 0)
		todo.reload()
		self.assertEqual((todo.status, self.touch()), ("Open", "Given"))

	def test_a_task_that_was_deleted_keeps_no_other_from_being_taken_back(self) -> None:
		self.give().delete(ignore_permissions=True, delete_permanently=True)
		self.end(Reason.STOPPED)
		self.assertEqual(needless_tasks.take_back(site_host(commit=True)), 0)
		self.assertEqual(self.touch(), "Skipped")

	def test_who_closes_all_assignments_of_a_lead_is_not_kept_from_it(self) -> None:
		todo = self.give()
		close_all_assignments("Lead", self.lead.name, ignore_permissions=True)
		todo.reload()
		self.assertEqual((todo.status, todo.nurture_done_on), ("Closed", None))
		self.assertEqual((self.touch(), self.activities()), ("Skipped", []))

	def test_in_the_sidebar_it_is_not_done_before_what_it_needs_is_there(self) -> None:
		todo = self.give()
		frappe.set_user(REP)
		frappe.form_dict.cmd = CLOSED_IN_THE_SIDEBAR
		self.addCleanup(frappe.form_dict.pop, "cmd", None)
		with self.assertRaisesRegex(frappe.ValidationError, "Observation"):
			close("Lead", self.lead.name, REP)
		todo.reload()
		self.assertEqual((todo.status, self.touch()), ("Open", "Given"))

	def test_a_task_of_somebody_else_moves_nothing(self) -> None:
		todo = self.give()
		frappe.set_user(REP)
		own = frappe.get_doc(
			{
				"doctype": "ToDo",
				"description": "mine",
				"allocated_to": REP,
				"nurture_touch": todo.nurture_touch,
				"reference_type": "Lead",
				"reference_name": self.lead.name,
			}
		).insert()
		own.status, own.nurture_answered = "Closed", 1
		own.save()
		self.assertEqual((self.touch(), self.activities()), ("Given", []))

	def test_an_ordinary_task_is_closed_as_ever(self) -> None:
		todo = frappe.get_doc({"doctype": "ToDo", "description": "mine"}).insert()
		todo.status = "Closed"
		todo.save()
		self.assertFalse(todo.nurture_done_on)
		todo.delete()

	def test_on_the_screen(self) -> None:
		frappe.db.set_value("Lead", self.lead.name, "nurture_linkedin", "https://www.linkedin.com/in/ann")
		todo = self.give(task_research=1)
		page = self.desk(REP, f"todo/{todo.name}")
		page.get_by_role("button", name="Open Profile").wait_for()
		observation = page.locator("[data-fieldname=nurture_observation] textarea")
		observation.wait_for()
		self.assertFalse(page.locator("[data-fieldname=nurture_video_url] input").is_visible())
		observation.scroll_into_view_if_needed()
		self.picture(page, "a task by hand")
		observation.fill("A new plant in Bonn")
		page.locator("[data-fieldname=nurture_question] textarea").fill("Who runs it?")
		page.get_by_role("button", name="Close", exact=True).first.click()
		missing = page.locator(".modal.show")
		missing.get_by_text("Research Note").first.wait_for()
		self.picture(page, "a task that needs more")
		missing.locator(".btn-modal-close").first.click()
		missing.wait_for(state="hidden")
		page.locator("[data-fieldname=nurture_research] textarea").fill("They announced a plant.")
		page.keyboard.press("Control+s")  # it is closed on the screen already
		page.locator("[data-fieldname=nurture_done_on] .control-value", has_text="2").wait_for()
		frappe.db.rollback()
		self.assertEqual(self.touch(), "Done")
