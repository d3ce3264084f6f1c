"""Colleagues on a real site: told, given leads, asked before anything goes out."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.permissions import add_user_permission

from nurture_app.engine import lifecycle, runner
from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import active, handoffs
from nurture_app.site.api import approval_actions, enrollment_actions, handoff_actions, lead_panel
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import delete_users, make_reps, make_user
from nurture_app.site.testing.factories import (
	make_content,
	make_lead,
	make_rule,
	make_sequence,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Colleagues Test"
REP, BOSS, OTHER = "rep@colleagues.example", "boss@colleagues.example", "other@colleagues.example"


def forget_rules() -> None:
	for name in frappe.get_all("Assignment Rule", {"description": "Colleagues Test"}, pluck="name"):
		frappe.delete_doc("Assignment Rule", name, force=True)


class ColleaguesCase(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_reps(REP, BOSS, OTHER)
		make_user(BOSS, "Nurture User")
		forget_rules()
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(REP, BOSS, OTHER)
		super().tearDownClass()

	def setUp(self) -> None:
		settle_settings(email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}))
		self.host = site_host(commit=False)
		self.lead = make_lead(
			f"colleagues{frappe.generate_hash(length=6)}", first_name="Ann", nurture_email_consent="Given"
		)
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", None)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def run_step(self, *steps: dict[str, Any]) -> str:
		"""The lead's enrollment in a sequence of `steps`, after a tick."""
		make_sequence(SEQUENCE, list(steps))
		lifecycle.activate(self.host, SEQUENCE)
		active.forget()
		((outcome),) = enroll(self.host, SEQUENCE, [self.lead.name])
		self.assertTrue(outcome.enrollment, outcome.reason)
		while runner.tick(self.host, "test").claimed:
			pass
		return outcome.enrollment

	def touch(self, step: str) -> Any:
		fields = ["status", "reason", "reason_detail", "email_queue"]
		return frappe.db.get_value(
			"Nurture Touch", {"party": self.lead.name, "step": step}, fields, as_dict=True
		)


class TestNotification(ColleaguesCase):
	def test_a_user_is_told_in_the_desk_and_by_mail(self) -> None:
		frappe.db.delete("Email Queue")
		frappe.db.delete("Email Queue Recipient")
		frappe.flags.in_test = False  # otherwise Frappe sends it at once, and commits
		self.addCleanup(frappe.flags.__setitem__, "in_test", True)
		self.run_step(
			{
				"step_label": "Tell",
				"step_type": "Notification",
				"notify_text": "{{ lead.first_name }} is <b>hot</b>",
				"notify_who": "User",
				"notify_user": REP,
				"notify_by_email": 1,
			}
		)
		(log,) = frappe.get_all(
			"Notification Log",
			{"for_user": REP, "document_name": self.lead.name},
			["subject", "document_type"],
		)
		self.assertEqual((log.subject, log.document_type), ("Ann is &lt;b&gt;hot&lt;/b&gt;", "Lead"))
		self.assertEqual(self.touch("Tell").status, "Done")
		self.assertEqual(frappe.get_all("Email Queue Recipient", pluck="recipient"), [REP])

	def test_everybody_with_the_role_is_told_and_nobody_by_mail(self) -> None:
		frappe.db.delete("Email Queue")
		role = {"notify_who": "Role", "notify_role": "Nurture User", "notify_text": "Look"}
		self.run_step({"step_label": "Tell", "step_type": "Notification"} | role)
		told = frappe.get_all("Notification Log", {"document_name": self.lead.name}, pluck="for_user")
		self.assertIn(BOSS, told)
		self.assertNotIn(OTHER, told)
		self.assertEqual(len(told), len(set(told)))
		self.assertEqual(frappe.db.count("Email Queue"), 0)

	def test_a_disabled_user_holds_up_nothing(self) -> None:
		frappe.db.set_value("User", OTHER, "enabled", 0)
		to = {"notify_who": "User", "notify_user": OTHER, "notify_text": "Look"}
		name = self.run_step({"step_label": "Tell", "step_type": "Notification"} | to)
		self.assertEqual(self.touch("Tell").reason, "nobody_to_tell")
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", name, "status"), "Completed")


class TestHandoff(ColleaguesCase):
	def hand(self, **values: Any) -> str:
		return self.run_step({"step_label": "Hand", "step_type": "Handoff"} | values)

	def todos(self) -> list[Any]:
		filters = {"reference_name": self.lead.name, "status": "Open"}
		return frappe.get_all("ToDo", filters, ["allocated_to", "description", "priority"])

	def test_the_colleague_gets_an_assignment_that_says_why(self) -> None:
		make_rule("Colleagues Test: demo", "Demo Request", 40)
		record(
			self.host,
			[ActivityIn(self.lead.name, "Demo Request", frappe.utils.now_datetime(), detail="<form>")],
		)
		self.hand(handoff_to="User", handoff_user=REP, handoff_note="Call {{ lead.first_name }}")
		((todo),) = self.todos()
		self.assertEqual((todo.allocated_to, todo.priority), (REP, "High"))
		self.assertTrue(todo.description.startswith("Call Ann<br>"))
		self.assertIn("Colleagues Test: demo (+40)", todo.description)
		self.assertIn("Demo Request: &lt; form&gt;", todo.description)
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "lead_owner"), REP)
		self.assertIn(REP, frappe.db.get_value("Lead", self.lead.name, "_assign"))
		self.assertTrue(
			frappe.db.exists("Nurture Activity", {"party": self.lead.name, "activity_type": "Handed Over"})
		)
		self.assertEqual(self.touch("Hand").status, "Done")

	def test_it_tells_who_the_lead_is_what_it_has_had_and_what_is_forbidden(self) -> None:
		persona = {"doctype": "Nurture Persona", "title": "Colleagues & Persona"}
		persona = frappe.get_doc(persona | {"pain_points": "Lists by hand\nLate reports"}).insert()
		asset = {"doctype": "Nurture Asset", "title": "Colleagues Guide", "url": "https://www.example.com/a"}
		asset = frappe.get_doc(asset).insert()
		record(
			self.host,
			[ActivityIn(self.lead.name, "Content Download", frappe.utils.now_datetime(), detail=asset.name)],
		)
		frappe.db.set_value("Lead", self.lead.name, {"nurture_persona": persona.name, "unsubscribed": 1})
		self.hand(handoff_to="User", handoff_user=REP)
		((todo),) = self.todos()
		for part in (
			"Persona: Colleagues &amp; Persona. What hurts: Lists by hand<br>",
			"Has taken in: Colleagues Guide (",
			"No marketing e-mail: ",
		):
			self.assertIn(part, todo.description)

	def test_a_colleague_who_has_the_lead_already_gets_the_news_on_the_same_assignment(self) -> None:
		from frappe.desk.form import assign_to

		assign_to.add({"assign_to": [REP], "doctype": "Lead", "name": self.lead.name, "description": "old"})
		self.hand(handoff_to="User", handoff_user=REP, handoff_note="New")
		self.assertEqual([todo.description for todo in self.todos()], ["New<br><br>old"])

	def test_tasks_and_questions_of_sequences_keep_their_words(self) -> None:
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", REP)
		self.run_step(
			{"step_label": "Look", "step_type": "Task", "task_description": "Look first"},
			{
				"step_label": "Hand",
				"step_type": "Handoff",
				"handoff_to": "Lead Owner",
				"handoff_note": "Yours",
			},
			{"step_label": "Gate", "step_type": "Approval", "approve_by": REP},
		)
		told = sorted(todo.description.split("<")[0] for todo in self.todos())
		self.assertEqual(told[1:], ["Look first", "Yours"])
		self.hand(handoff_to="User", handoff_user=REP, handoff_note="Once more")
		told = sorted(todo.description.split("<")[0] for todo in self.todos())
		self.assertEqual(told[1:], ["Look first", "Once more"])

	def test_whoever_gets_a_lead_is_told_and_may_see_it(self) -> None:
		add_user_permission("User", REP, REP, applicable_for="Lead", ignore_permissions=True)
		frappe.db.set_value("Lead", self.lead.name, {"lead_owner": "Administrator", "company_name": "A & B"})
		self.assertFalse(frappe.has_permission("Lead", "read", doc=self.lead.name, user=REP))
		self.run_step(
			{
				"step_label": "Hand",
				"step_type": "Handoff",
				"handoff_to": "User",
				"handoff_user": REP,
				"handoff_note": "Now",
			},
			{
				"step_label": "Call",
				"step_type": "Task",
				"task_description": "Call & ask",
				"task_assign_to": REP,
			},
			{"step_label": "Gate", "step_type": "Approval", "approve_by": REP},
		)
		self.assertTrue(frappe.has_permission("Lead", "read", doc=self.lead.name, user=REP))
		fields = ["subject", "type", "document_type", "document_name"]
		told = frappe.get_all("Notification Log", {"for_user": REP}, fields, order_by="creation asc")
		todos = [self.touch(step).email_queue for step in ("Hand", "Call", "Gate")]
		self.assertEqual([log.document_name for log in told], todos)
		self.assertEqual({(log.type, log.document_type) for log in told}, {("Assignment", "ToDo")})
		self.assertEqual(
			[log.subject for log in told],
			[
				f"<strong>Ann, A &amp; B</strong>: {text}"
				for text in (
					"Now",
					"Call &amp; ask",
					f"Step Gate of the sequence {SEQUENCE} waits for your release",
				)
			],
		)

	def test_an_assignment_rule_chooses(self) -> None:
		rule = frappe.get_doc(
			{
				"doctype": "Assignment Rule",
				"name": f"Colleagues Test {frappe.generate_hash(length=6)}",
				"document_type": "Lead",
				"description": "Colleagues Test",
				"assign_condition": f"name == '{self.lead.name}'",
				"rule": "Round Robin",
				"users": [{"user": OTHER}],
				"assignment_days": [
					{"day": day}
					for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
				],
			}
		).insert()
		self.hand(handoff_to="Assignment Rule", handoff_note="Yours")
		self.assertEqual([(todo.allocated_to, todo.description) for todo in self.todos()], [(OTHER, "Yours")])
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "lead_owner"), OTHER)
		rule.delete()

	def test_without_anybody_the_ledger_says_so(self) -> None:
		self.hand(handoff_to="Lead Owner")
		self.assertEqual(
			(self.touch("Hand").status, self.touch("Hand").reason), ("Skipped", "nobody_to_tell")
		)
		self.assertEqual(self.todos(), [])


class TestHandoffThatNobodyTakes(ColleaguesCase):
	"""What the sales manager sees of it on the lead."""

	def hand(self, to: str = REP) -> Any:
		"""The assignment of a colleague after a handover."""
		step = {"step_label": "Hand", "step_type": "Handoff", "handoff_to": "User", "handoff_user": to}
		self.run_step(step)
		return self.touch("Hand").email_queue and frappe.get_doc("ToDo", self.touch("Hand").email_queue)

	def untaken(self) -> str:
		panel = lead_panel.get_panel(self.lead.name)
		if panel["untaken"]:
			self.assertEqual(panel["next"], panel["untaken"])
		return panel["untaken"]

	def ledger(self) -> tuple[str, str]:
		return self.touch("Hand").status, self.touch("Hand").reason or ""

	def assign(self, user: str) -> None:
		from frappe.desk.form import assign_to

		assign_to.add(
			{"assign_to": [user], "doctype": "Lead", "name": self.lead.name, "description": "Yours"}
		)

	def give_back(self, todo: Any, status: str = "Cancelled") -> None:
		frappe.set_user(REP)
		todo.reload()
		todo.status = status
		todo.save()
		frappe.set_user("Administrator")

	def test_a_lead_that_was_given_back_is_shown_until_somebody_has_it(self) -> None:
		todo = self.hand()
		self.assertEqual(self.untaken(), "")
		self.give_back(todo)
		self.assertEqual(self.ledger(), ("Skipped", "given_back"))
		self.assertEqual(self.touch("Hand").reason_detail, REP)
		for part in ("rep gave back", SEQUENCE, "Assign it"):
			self.assertIn(part, self.untaken())
		shown = lead_panel.get_panel(self.lead.name)["touches"][0]
		self.assertIn("gave it back", shown["reason_sentence"])
		self.assign(OTHER)
		self.assertEqual(self.untaken(), "")

	def test_whoever_is_responsible_for_the_sequence_hears_of_it_once(self) -> None:
		todo = self.hand()
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "responsible", BOSS)
		self.give_back(todo)
		told = {"document_type": "Lead", "document_name": self.lead.name}
		((user, text),) = frappe.get_all("Notification Log", told, ["for_user", "subject"], as_list=True)
		self.assertEqual(user, BOSS)
		for part in ("Ann", "rep gave back", SEQUENCE, "Assign it"):
			self.assertIn(part, text)
		self.give_back(todo, "Cancelled")
		self.assertEqual(frappe.db.count("Notification Log", told), 1)
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "responsible", REP)
		self.give_back(todo, "Open")
		self.give_back(todo)
		self.assertEqual(frappe.db.count("Notification Log", told), 1)

	def test_whoever_changes_their_mind_has_it_again(self) -> None:
		todo = self.hand()
		self.give_back(todo)
		self.give_back(todo, "Open")
		self.assertEqual((self.ledger(), self.untaken()), (("Done", ""), ""))
		self.give_back(todo, "Closed")
		self.assertEqual((self.ledger(), self.untaken()), (("Done", ""), ""))

	def test_in_the_sidebar_and_by_deleting_too(self) -> None:
		from frappe.desk.form import assign_to

		from nurture_app.site.events.todo import REMOVED_IN_THE_SIDEBAR

		self.hand()
		frappe.set_user(REP)
		frappe.form_dict.cmd = REMOVED_IN_THE_SIDEBAR
		self.addCleanup(frappe.form_dict.pop, "cmd", None)
		assign_to.remove("Lead", self.lead.name, REP)
		frappe.set_user("Administrator")
		self.assertTrue(self.untaken())
		todo = self.hand()
		self.assertEqual(self.untaken(), "")
		frappe.set_user(REP)
		frappe.delete_doc("ToDo", todo.name)
		frappe.set_user("Administrator")
		self.assertIn("rep gave back", self.untaken())

	def test_what_a_manager_or_a_rule_takes_away_was_not_refused(self) -> None:
		from frappe.desk.form import assign_to

		self.hand()
		assign_to.remove("Lead", self.lead.name, REP)
		self.assertEqual((self.ledger(), self.untaken()), (("Done", ""), ""))
		self.hand()
		frappe.set_user(REP)
		assign_to.clear("Lead", self.lead.name, ignore_permissions=True)  # as an Assignment Rule does
		frappe.set_user("Administrator")
		self.assertEqual((self.ledger(), self.untaken()), (("Done", ""), ""))

	def test_an_assignment_of_somebody_else_is_no_handover(self) -> None:
		self.hand(OTHER)
		self.assign(REP)
		todo = frappe.get_doc("ToDo", {"reference_name": self.lead.name, "allocated_to": REP})
		self.give_back(todo)
		self.assertEqual(self.ledger(), ("Done", ""))

	def test_a_lead_that_nobody_could_be_given_is_shown_until_it_has_an_owner(self) -> None:
		frappe.db.set_value("User", REP, "enabled", 0)
		self.assertFalse(self.hand())
		self.assertIn("nobody to turn to", self.untaken())
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", BOSS)
		self.assertEqual(self.untaken(), "")

	def test_a_lead_the_colleague_may_not_see_is_shown_until_it_is_assigned_or_over(self) -> None:
		add_user_permission("User", REP, REP, applicable_for="Lead", ignore_permissions=True)
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", "Administrator")
		frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
		self.hand()
		self.assertEqual(self.ledger(), ("Failed", "step_error"))
		self.assertIn("Error Log", self.untaken())
		frappe.db.set_value("Lead", self.lead.name, "status", "Converted")
		self.assertEqual(self.untaken(), "")
		frappe.db.set_value("Lead", self.lead.name, "status", "Lead")
		frappe.db.set_single_value("System Settings", "disable_document_sharing", 0)
		self.assign(OTHER)
		self.assertEqual(self.untaken(), "")


class TestAnswersToAHandoff(ColleaguesCase):
	"""The colleague takes the lead or gives it back, and is asked again when they say nothing."""

	def setUp(self) -> None:
		super().setUp()
		step = {"step_label": "Hand", "step_type": "Handoff", "handoff_to": "User", "handoff_user": REP}
		self.run_step(step)
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "responsible", BOSS)
		frappe.db.delete("Notification Log", {"for_user": ["in", [REP, BOSS]]})
		frappe.set_user(REP)

	def panel(self) -> dict[str, Any]:
		return lead_panel.get_panel(self.lead.name)

	def said(self) -> list[tuple[str, str]]:
		filters = {"party": self.lead.name, "activity_type": ["like", "Handoff %"]}
		fields = ["activity_type", "detail"]
		return frappe.get_all("Nurture Activity", filters, fields, order_by="creation", as_list=True)

	def told(self) -> list[tuple[str, str]]:
		fields = ["for_user", "subject"]
		return frappe.get_all(
			"Notification Log", {"document_name": self.lead.name}, fields, order_by="creation", as_list=True
		)

	def test_whoever_was_handed_a_lead_is_asked_and_takes_it(self) -> None:
		panel = self.panel()
		self.assertTrue(panel["handoff"]["is_mine"] and not panel["handoff"]["accepted_on"])
		self.assertIn("Take it", panel["next"])
		handoff_actions.accept(self.lead.name)
		handoff_actions.accept(self.lead.name)
		self.assertEqual(self.said(), (("Handoff Accepted", REP),))
		panel = self.panel()
		self.assertTrue(panel["handoff"]["accepted_on"])
		self.assertRegex(panel["next"], "You took this lead on .*: get in touch")
		record(self.host, [ActivityIn(self.lead.name, "Call", frappe.utils.now_datetime())])
		self.assertRegex(self.panel()["next"], "You took this lead. Last contact on .*close the assignment")
		frappe.set_user("Administrator")
		shown = self.panel()["handoff"]
		self.assertEqual((shown["is_mine"], shown["who"], shown["reasons"]), (False, "rep", []))

	def test_given_back_with_a_reason_it_is_nobodys_and_may_be_nurtured_on(self) -> None:
		make_sequence("Colleagues On")
		lifecycle.activate(self.host, "Colleagues On")
		active.forget()
		answer = handoff_actions.give_back(
			self.lead.name, "No Budget", "Ask <b>again</b>\nin May", sequence="Colleagues On", own_no_more=1
		)
		self.assertTrue(answer["enrolled"], answer)
		frappe.set_user("Administrator")
		self.assertEqual(self.said(), (("Handoff Given Back", "No Budget"),))
		todo = frappe.get_doc("ToDo", self.touch("Hand").email_queue)
		self.assertEqual(
			(todo.status, self.touch("Hand").status, self.touch("Hand").reason),
			("Cancelled", "Skipped", "given_back"),
		)
		self.assertFalse(frappe.db.get_value("Lead", self.lead.name, "lead_owner"))
		comment = frappe.db.get_value(
			"Comment", {"reference_name": self.lead.name, "comment_type": "Comment"}, "content"
		)
		self.assertIn("Gave the lead back: No Budget<br>Ask &lt;b&gt;again&lt;/b&gt;<br>in May", comment)
		((user, text),) = self.told()
		self.assertEqual(user, BOSS)
		self.assertIn("Reason: No Budget", text)
		self.assertEqual(self.panel()["handoff"], {})
		self.assertTrue(self.panel()["untaken"])

	def test_given_back_it_is_even_if_the_sequence_does_not_take_the_lead(self) -> None:
		make_sequence("Colleagues On", condition='["city", "=", "Ulm"]')
		lifecycle.activate(self.host, "Colleagues On")
		active.forget()
		answer = handoff_actions.give_back(self.lead.name, "No Budget", sequence="Colleagues On")
		self.assertFalse(answer["enrolled"])
		self.assertTrue(answer["sentence"])
		self.assertEqual(self.touch("Hand").reason, "given_back")
		self.assertEqual(frappe.db.get_value("Lead", self.lead.name, "lead_owner"), REP)

	def test_only_for_a_reason_of_the_settings(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "Choose one of the reasons"):
			handoff_actions.give_back(self.lead.name, "I do not feel like it")
		self.assertEqual(self.touch("Hand").status, "Done")
		frappe.db.set_single_value("Nurture Settings", "handoff_reasons", " \n ")
		self.assertIn("No Budget", [one["value"] for one in self.panel()["handoff"]["reasons"]])
		frappe.db.set_single_value("Nurture Settings", "handoff_reasons", "Too Small\n\nToo Far")
		self.assertEqual(
			[one["value"] for one in self.panel()["handoff"]["reasons"]], ["Too Small", "Too Far"]
		)
		handoff_actions.give_back(self.lead.name, "Too Far")
		self.assertEqual(self.said(), (("Handoff Given Back", "Too Far"),))

	def test_sequences_that_start_with_it_are_offered_the_reasons(self) -> None:
		frappe.db.set_single_value("Nurture Settings", "handoff_reasons", "Too Small\nToo Far")
		self.assertEqual([one["value"] for one in handoff_actions.reasons()], ["Too Small", "Too Far"])
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			handoff_actions.reasons()

	def test_what_could_not_be_noted_changes_nothing_and_is_said(self) -> None:
		with patch("nurture_app.engine.handovers.note_given_back", side_effect=RuntimeError):
			with self.assertRaisesRegex(frappe.ValidationError, "Nothing was changed"):
				handoff_actions.give_back(self.lead.name, "No Budget")

	def test_nobody_else_says_anything_to_it(self) -> None:
		frappe.set_user(OTHER)
		for act in (
			lambda: handoff_actions.accept(self.lead.name),
			lambda: handoff_actions.give_back(self.lead.name, "No Budget", own_no_more=1),
		):
			with self.assertRaisesRegex(frappe.ValidationError, "not handed to you"):
				act()
		self.assertEqual(self.said(), ())
		self.addCleanup(frappe.clear_cache, user=OTHER)  # what it may see is remembered longer than a test
		add_user_permission("User", OTHER, OTHER, applicable_for="Lead", ignore_permissions=True)
		with self.assertRaises(frappe.PermissionError):
			handoff_actions.accept(self.lead.name)

	def hand_to(self, user: str) -> None:
		"""By another sequence, while the first colleague has it still."""
		frappe.set_user("Administrator")
		step = {"step_label": "Hand", "step_type": "Handoff", "handoff_to": "User", "handoff_user": user}
		make_sequence("Colleagues Anew", [step])
		lifecycle.activate(self.host, "Colleagues Anew")
		active.forget()
		enroll(self.host, "Colleagues Anew", [self.lead.name])
		while runner.tick(self.host, "test").claimed:
			pass

	def test_of_two_who_were_handed_a_lead_each_says_something_to_their_own(self) -> None:
		self.hand_to(OTHER)
		for user, sequence in ((REP, SEQUENCE), (OTHER, "Colleagues Anew")):
			frappe.set_user(user)
			self.assertEqual(self.panel()["handoff"]["sequence"], sequence)
			self.assertIn(f"{sequence} handed this lead to you", self.panel()["next"])
		frappe.set_user(BOSS)
		self.assertEqual(self.panel()["handoff"]["who"], "other")
		frappe.set_user(OTHER)
		handoff_actions.give_back(self.lead.name, "No Budget")
		self.assertEqual(self.panel()["handoff"]["who"], "rep", "who has it still")
		frappe.set_user(REP)
		handoff_actions.accept(self.lead.name)
		self.assertEqual(self.said(), (("Handoff Given Back", "No Budget"), ("Handoff Accepted", REP)))
		handoff_actions.give_back(self.lead.name, "No Need")
		self.assertEqual(self.panel()["handoff"], {})

	def test_another_task_of_the_colleague_keeps_them_from_nothing(self) -> None:
		todo = {"doctype": "ToDo", "reference_type": "Lead", "reference_name": self.lead.name}
		frappe.get_doc(todo | {"description": "Mine", "allocated_to": REP}).insert()
		handoff_actions.accept(self.lead.name)
		self.assertEqual(self.said(), (("Handoff Accepted", REP),))

	def test_what_waits_for_their_release_is_not_said_in_the_place_of_the_handover(self) -> None:
		frappe.set_user("Administrator")
		make_sequence("Colleagues Gate", [{"step_label": "Gate", "step_type": "Approval", "approve_by": REP}])
		lifecycle.activate(self.host, "Colleagues Gate")
		active.forget()
		enroll(self.host, "Colleagues Gate", [self.lead.name])
		while runner.tick(self.host, "test").claimed:
			pass
		frappe.set_user(REP)
		panel = self.panel()
		self.assertIn("waits for your release", panel["next"])
		self.assertIn("handed this lead to you", panel["handoff"]["asked"])

	def test_given_back_into_a_sequence_that_starts_with_it_the_lead_is_in_it(self) -> None:
		frappe.set_user("Administrator")
		started = {"trigger_type": "Activity", "trigger_activity": "Handoff Given Back"}
		make_sequence("Colleagues On", **started, trigger_detail="No Budget")
		lifecycle.activate(self.host, "Colleagues On")
		active.forget()
		frappe.set_user(REP)
		answer = handoff_actions.give_back(self.lead.name, "No Budget", sequence="Colleagues On")
		self.assertEqual(answer, {"enrolled": True, "sentence": ""})
		self.assertEqual(
			frappe.db.count("Nurture Enrollment", {"party": self.lead.name, "sequence": "Colleagues On"}), 1
		)

	def test_whoever_may_only_read_the_lead_owns_it_no_more(self) -> None:
		for role in ("Sales User", "Nurture User"):
			frappe.db.delete("Has Role", {"parent": OTHER, "role": role})
		frappe.clear_cache(user=OTHER)
		self.addCleanup(frappe.clear_cache, user=OTHER)
		frappe.db.set_value("Notification Settings", OTHER, "enable_email_notifications", 0)
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", None)
		self.hand_to(OTHER)
		frappe.set_user(OTHER)
		self.assertFalse(frappe.has_permission("Lead", "write", doc=self.lead.name))
		self.assertTrue(self.panel()["handoff"]["is_owner"])
		handoff_actions.give_back(self.lead.name, "No Budget", own_no_more=1)
		self.assertFalse(frappe.db.get_value("Lead", self.lead.name, "lead_owner"))

	def test_whoever_has_the_assignment_now_is_named_when_they_give_it_back(self) -> None:
		frappe.set_user("Administrator")
		todo = frappe.get_doc("ToDo", self.touch("Hand").email_queue)
		todo.allocated_to = OTHER
		todo.save()
		frappe.set_user(OTHER)
		self.assertTrue(self.panel()["handoff"]["is_mine"])
		handoff_actions.give_back(self.lead.name, "No Budget")
		self.assertIn("other gave back the lead", self.panel()["untaken"])

	def test_whoever_gave_it_back_has_nothing_more_to_say(self) -> None:
		handoff_actions.give_back(self.lead.name, "No Budget")
		with self.assertRaisesRegex(frappe.ValidationError, "gave it back"):
			handoff_actions.accept(self.lead.name)
		with self.assertRaisesRegex(frappe.ValidationError, "gave it back"):
			handoff_actions.give_back(self.lead.name, "No Budget")
		self.assertEqual(len(self.said()), 1)

	def test_whoever_closes_the_assignment_took_the_lead(self) -> None:
		todo = frappe.get_doc("ToDo", self.touch("Hand").email_queue)
		todo.status = "Closed"
		todo.save()
		self.assertEqual(self.said(), (("Handoff Accepted", REP),))
		self.assertEqual(self.panel()["handoff"], {})

	def test_what_somebody_else_closes_was_not_taken(self) -> None:
		frappe.set_user("Administrator")
		todo = frappe.get_doc("ToDo", self.touch("Hand").email_queue)
		todo.status = "Closed"
		todo.save()
		self.assertEqual(self.said(), ())

	def late(self) -> None:
		"""It was handed over a week ago."""
		week_ago = frappe.utils.add_days(frappe.utils.now_datetime(), -7)
		handed = {"party": self.lead.name, "activity_type": "Handed Over"}
		frappe.db.set_value("Nurture Activity", handed, "occurred_on", week_ago)

	def test_whoever_says_nothing_is_asked_again_and_the_responsible_one_is_told_once(self) -> None:
		frappe.set_user("Administrator")
		handoffs.ask_again(self.host)
		self.assertEqual(self.told(), ())
		self.late()
		handoffs.ask_again(self.host)
		handoffs.ask_again(self.host)
		told = dict(self.told())
		self.assertEqual((set(told), len(self.told())), ({REP, BOSS}, 2))
		self.assertIn("Take it, or give it back", told[REP])
		self.assertIn("rep has not said anything", told[BOSS])
		self.assertEqual(self.said(), (("Handoff Unanswered", REP),))

	def test_nobody_is_asked_who_does_not_have_the_lead_any_more(self) -> None:
		from frappe.desk.form import assign_to

		frappe.set_user("Administrator")
		assign_to.remove("Lead", self.lead.name, REP)
		frappe.db.delete("Notification Log", {"for_user": REP})  # Frappe's own, of the removal
		self.late()
		handoffs.ask_again(self.host)
		self.assertEqual((self.told(), self.said()), ((), ()))


class TestApproval(ColleaguesCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", REP)
		make_content("Colleagues Offer")
		self.name = self.run_step(
			{"step_label": "Gate", "step_type": "Approval", "approve_by": BOSS},
			{"step_label": "Offer", "step_type": "Email", "content": "Colleagues Offer"},
		)

	def todo(self) -> Any:
		fields = ["allocated_to", "description", "status"]
		return frappe.db.get_value("ToDo", self.touch("Gate").email_queue, fields, as_dict=True)

	def test_the_approver_is_asked_sees_the_mail_and_releases_it(self) -> None:
		todo = self.todo()
		self.assertEqual((todo.allocated_to, todo.status), (BOSS, "Open"))
		self.assertIn(self.name, todo.description)
		frappe.set_user(BOSS)
		shown = approval_actions.show(self.name)
		self.assertEqual((shown["step"], shown["next"], shown["next_type"]), ("Gate", "Offer", "Email"))
		self.assertTrue(shown["preview"]["subject"] and not shown["preview"]["error"])
		approval_actions.release(self.name)
		frappe.set_user("Administrator")
		self.assertEqual(self.todo().status, "Closed")
		self.assertTrue(self.touch("Gate").reason_detail.startswith(BOSS))
		runner.tick(self.host, "test")
		self.assertNotEqual(frappe.db.get_value("Nurture Enrollment", self.name, "step"), "Gate")

	def test_owner_and_manager_may_and_others_may_not(self) -> None:
		frappe.set_user(OTHER)
		for act in (approval_actions.show, approval_actions.release, approval_actions.refuse):
			with self.assertRaises(frappe.PermissionError):
				act(self.name)
		frappe.set_user(REP)
		self.assertTrue(approval_actions.show(self.name))
		frappe.set_user("Administrator")
		approval_actions.refuse(self.name)
		with self.assertRaises(frappe.ValidationError):
			approval_actions.release(self.name)
		runner.tick(self.host, "test")
		row = frappe.db.get_value("Nurture Enrollment", self.name, ["status", "reason"])
		self.assertEqual(row, ("Exited", "not_released"))

	def test_whoever_is_responsible_for_the_sequence_may_and_is_no_more_than_that(self) -> None:
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "responsible", OTHER)
		frappe.set_user(OTHER)
		self.assertTrue(approval_actions.show(self.name))
		approval_actions.release(self.name)
		frappe.set_user("Administrator")
		self.assertTrue(self.touch("Gate").reason_detail.startswith(OTHER))

	def test_a_reminder_is_a_notification(self) -> None:
		from frappe.utils import add_days, now_datetime

		from nurture_app.engine.approvals import remind

		frappe.db.set_value("Nurture Enrollment", self.name, "stopped_on", add_days(now_datetime(), -2))
		remind(self.host)
		((log),) = frappe.get_all("Notification Log", {"document_name": self.name}, ["for_user", "subject"])
		self.assertEqual(log.for_user, BOSS)
		self.assertIn("Gate", log.subject)
		self.assertIn("<strong>Ann</strong>", log.subject)

	def test_what_nobody_answers_is_asked_for_no_more_and_the_responsible_is_told_once(self) -> None:
		from frappe.utils import add_days, now_datetime

		from nurture_app.engine.approvals import remind

		frappe.db.set_value("Nurture Sequence", SEQUENCE, "responsible", OTHER)
		frappe.db.set_value("Nurture Enrollment", self.name, "stopped_on", add_days(now_datetime(), -8))
		for _night in range(2):
			remind(self.host)
		((log),) = frappe.get_all("Notification Log", {"document_name": self.name}, ["for_user", "subject"])
		self.assertEqual(log.for_user, OTHER)
		for part in ("Gate", SEQUENCE, "Waiting for Approval"):
			self.assertIn(part, log.subject)
		((row),) = lead_panel.get_panel(self.lead.name)["enrollments"]
		self.assertEqual((row.status, row.reason), ("Held", "nobody_decided"))
		self.assertIn("nobody is asked again", row.reason_sentence)
		self.assertEqual(self.todo().status, "Open")
		self.assertIn("Waiting for approval", enrollment_actions.resume([self.name])["left"])
		frappe.set_user(BOSS)
		self.assertIn("waits for your release", lead_panel.get_panel(self.lead.name)["next"])
		approval_actions.release(self.name)
		self.assertEqual(self.todo().status, "Closed")

	def test_many_who_wait_for_the_same_release_are_one_word(self) -> None:
		from frappe.utils import add_days, now_datetime

		from nurture_app.engine.approvals import remind

		other = make_lead(f"colleagues{frappe.generate_hash(length=6)}", nurture_email_consent="Given")
		((outcome),) = enroll(self.host, SEQUENCE, [other.name])
		while runner.tick(self.host, "test").claimed:
			pass
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "responsible", OTHER)
		for name in (self.name, outcome.enrollment):
			frappe.db.set_value("Nurture Enrollment", name, "stopped_on", add_days(now_datetime(), -8))
		remind(self.host)
		filters = {"for_user": OTHER, "document_type": ["in", ["Nurture Sequence", "Nurture Enrollment"]]}
		((log),) = frappe.get_all("Notification Log", filters, ["document_name", "subject"])
		self.assertEqual(log.document_name, SEQUENCE)
		self.assertIn("(people: 2)", log.subject)

	def test_without_an_approver_the_managers_are_told(self) -> None:
		make_user(OTHER, "Nurture Manager")
		frappe.db.set_value("User", BOSS, "enabled", 0)
		frappe.db.set_value("Lead", self.lead.name, "lead_owner", None)
		name = self.run_step({"step_label": "Gate", "step_type": "Approval", "approve_by": BOSS})
		told = frappe.get_all("Notification Log", {"document_name": name}, pluck="for_user")
		self.assertIn(OTHER, told)
		self.assertNotIn(BOSS, told)
