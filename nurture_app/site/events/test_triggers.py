"""What happens in ERPNext starts sequences, through the documents themselves (TR-08, TR-09, TR-14, TR-21, TR-23)."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import frappe
from frappe.desk.doctype.tag.tag import add_tag
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.time_triggers import start_by_time
from nurture_app.site import active, changed_leads, nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Trigger Test Sequence"
STEPS = [
	{
		"step_label": "Look",
		"step_type": "Task",
		"task_description": "Look at this lead.",
		"timing": "After Previous Step",
	}
]


class TriggerCase(SiteCase):
	def setUp(self) -> None:
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Draft")
		settle_settings()
		frappe.cache.delete_value(changed_leads.EVENTS_KEY)

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.db.set_value("Nurture Sequence", SEQUENCE, "status", "Draft")
		active.forget()
		frappe.flags.in_import = False
		frappe.db.commit()  # nosemgrep: a test site

	def waiting_for(self, kind: str, **values: Any) -> None:
		values = {f"trigger_{name}": value for name, value in values.items()}
		make_sequence(SEQUENCE, STEPS, trigger_type=kind, **values)
		frappe.db.commit()  # nosemgrep: what is set up is in use after its own request

	def started(self, lead: str) -> list[tuple[str, str]]:
		frappe.db.commit()  # nosemgrep: each request commits
		rows = frappe.get_all(
			"Nurture Trigger Log",
			{"party": lead, "sequence": SEQUENCE},
			["outcome", "what"],
			order_by="decided_on",
		)
		return [(row.outcome, row.what) for row in rows]


class TestLeadItself(TriggerCase):
	def test_a_tag_put_on(self) -> None:
		lead = make_lead("taggedtrigger")
		self.waiting_for("Tag Added", detail="Hot")
		add_tag("Lukewarm", "Lead", lead.name)
		self.assertEqual(self.started(lead.name), [])
		add_tag("Hot", "Lead", lead.name)
		self.assertEqual(self.started(lead.name), [("Started", "Tag Added: Hot")])

	def test_hours_without_a_word_of_ours(self) -> None:
		lead = make_lead("hourstrigger")
		self.waiting_for("Not Contacted After", activity="Demo Request", hours=4)
		now = now_datetime()
		record(site_host(commit=True), [ActivityIn(lead.name, "Demo Request", now)])
		for hours, outcomes in ((3, []), (5, ["Started"]), (6, ["Started"])):
			with self.at(now + timedelta(hours=hours)):
				nurture_jobs.run_tick()
			self.assertEqual([outcome for outcome, _ in self.started(lead.name)], outcomes)

	def test_log_settings_that_keep_a_week_do_not_let_a_trigger_that_looks_back_two_fire_again(self) -> None:
		now = now_datetime()
		with self.at(now - timedelta(days=30)):
			again = {"reentry": "After It Ended"}
			make_sequence(SEQUENCE, STEPS, trigger_type="Silent For", trigger_days=10, **again)
		with self.at(now - timedelta(days=20)):
			lead = make_lead("silenttrigger")
			frappe.db.commit()  # nosemgrep: each request commits
		host = site_host(commit=True)
		self.assertEqual(start_by_time(host), 1)
		ended = {"status": "Completed", "live_party_key": None, "live_address_key": None}
		frappe.db.set_value("Nurture Enrollment", {"party": lead.name}, ended)
		log = {"sequence": SEQUENCE}
		frappe.db.set_value("Nurture Trigger Log", log, "creation", add_to_date(None, days=-8))
		clear_old_logs = frappe.new_doc("Nurture Trigger Log").clear_old_logs
		clear_old_logs(days=7)
		self.assertEqual(start_by_time(host), 0)
		frappe.db.set_value("Nurture Trigger Log", log, "creation", add_to_date(None, days=-40))
		clear_old_logs(days=7)
		self.assertFalse(frappe.db.exists("Nurture Trigger Log", log))

	def test_a_field_changed_on_the_form(self) -> None:
		lead = make_lead("fieldtrigger", city="Ulm")
		self.waiting_for("Field Changed", detail="city = Springfield")
		frappe.db.commit()  # nosemgrep: each request commits
		lead.reload()
		lead.city = "Shelbyville"
		lead.save()
		self.assertEqual(self.started(lead.name), [])
		lead.reload()
		lead.city = "springfield"
		lead.save()
		self.assertEqual(self.started(lead.name), [("Started", "Field Changed: city = springfield")])

	def test_a_status_that_erpnext_sets_without_saving(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		lead = make_lead("statustrigger")
		self.waiting_for("Field Changed", detail="status = Opportunity")
		make_opportunity(lead.name).insert()
		self.assertEqual(self.started(lead.name), [("Started", "Field Changed: status = Opportunity")])

	def test_fields_nobody_waits_for_are_not_recorded(self) -> None:
		lead = make_lead("quietfield")
		self.waiting_for("Field Changed", detail="city")
		lead.reload()
		lead.website = "https://quiet.example"
		lead.save()
		frappe.db.commit()  # nosemgrep: each request commits
		self.assertFalse(frappe.db.exists("Nurture Activity", {"party": lead.name}))

	def test_what_is_rolled_back_has_not_happened(self) -> None:
		lead = make_lead("regrettedfield", city="Ulm")
		self.waiting_for("Field Changed", detail="city")
		lead.reload()
		lead.city = "Nowhere"
		lead.save()
		frappe.db.rollback()
		self.assertEqual(self.started(lead.name), [])

	def test_what_fails_after_the_commit_waits_for_the_tick(self) -> None:
		lead = make_lead("latefield", city="Ulm")
		self.waiting_for("Field Changed", detail="city")
		lead.reload()
		lead.city = "Springfield"
		lead.save()
		with patch("nurture_app.engine.activities.record", side_effect=ZeroDivisionError("oops")):
			self.assertEqual(self.started(lead.name), [])
		changed_leads.work_off(site_host(commit=True))
		self.assertEqual(self.started(lead.name), [("Started", "Field Changed: city = Springfield")])

	def test_a_tick_that_is_killed_while_it_records_loses_nothing(self) -> None:
		lead = make_lead("killedfield", city="Ulm")
		self.waiting_for("Field Changed", detail="city")
		frappe.flags.in_import = True
		lead.reload()
		lead.city = "Springfield"
		lead.save()
		self.assertEqual(self.started(lead.name), [])
		frappe.flags.in_import = False
		child = os.fork()
		if not child:
			try:
				with patch.object(changed_leads, "_record", lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
					changed_leads.work_off(site_host(commit=True))
			finally:
				os._exit(1)
		self.assertEqual(os.WTERMSIG(os.waitpid(child, 0)[1]), signal.SIGKILL)
		for _again in range(2):
			changed_leads.work_off(site_host(commit=True))
		self.assertEqual(len(self.started(lead.name)), 1)

	def test_a_lead_that_cannot_be_looked_at_keeps_no_other_waiting(self) -> None:
		from nurture_app.engine import activities

		leads = [make_lead(f"queued{number}").name for number in range(7)]
		bad, look = leads[2], activities.leads_changed
		looked_at: list[str] = []

		def looks(host, names):
			if bad in names:
				raise ZeroDivisionError("oops")
			looked_at.extend(names)
			return look(host, names)

		frappe.db.commit()  # nosemgrep: jobs have their own transaction
		frappe.cache.sadd(changed_leads.KEY, *leads)
		with (
			patch("nurture_app.engine.activities.leads_changed", looks),
			self.assertRaises(ZeroDivisionError),
		):
			changed_leads.work_off(site_host(commit=True))
		self.assertEqual(sorted(looked_at), sorted(set(leads) - {bad}))
		self.assertEqual(changed_leads.work_off(site_host(commit=True)), 1, "it waits for the next tick")

	def test_an_import_leaves_it_to_the_tick(self) -> None:
		lead = make_lead("importedfield", city="Ulm")
		self.waiting_for("Field Changed", detail="city")
		frappe.flags.in_import = True
		lead.reload()
		lead.city = "Springfield"
		lead.save()
		self.assertEqual(self.started(lead.name), [])
		frappe.flags.in_import = False
		changed_leads.work_off(site_host(commit=True))
		self.assertEqual(len(self.started(lead.name)), 1)


class TestSales(TriggerCase):
	def opportunity(self, lead: str) -> Any:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		return make_opportunity(lead).insert()

	def test_an_opportunity_that_is_lost(self) -> None:
		lead = make_lead("losesdeal")
		self.waiting_for("Activity", activity="Opportunity Lost")
		opportunity = self.opportunity(lead.name)
		opportunity.declare_enquiry_lost([], [], "Too dear")
		opportunity.save()
		self.assertEqual([outcome for outcome, _ in self.started(lead.name)], ["Started"])

	def test_an_opportunity_that_is_won_by_an_order_for_it(self) -> None:
		lead = make_lead("winsdeal")
		self.waiting_for("Activity", activity="Opportunity Won")
		opportunity = self.opportunity(lead.name)
		# as a Sales Order does it: without saving the Opportunity
		frappe.get_doc("Opportunity", opportunity.name).db_set("status", "Converted")
		self.assertEqual([outcome for outcome, _ in self.started(lead.name)], ["Started"])

	def test_a_sales_stage_is_told_each_time_it_changes(self) -> None:
		lead = make_lead("movesdeal")
		for stage in ("Nurture Test Offer", "Nurture Test Talks"):
			if not frappe.db.exists("Sales Stage", stage):
				frappe.get_doc({"doctype": "Sales Stage", "stage_name": stage}).insert(
					ignore_permissions=True
				)
		self.waiting_for("Activity", activity="Opportunity Stage Changed", detail="*offer")
		opportunity = self.opportunity(lead.name)
		for stage in ("Nurture Test Talks", "Nurture Test Offer", "Nurture Test Talks"):
			opportunity.reload()
			opportunity.sales_stage = stage
			opportunity.save()
		what = "Opportunity Stage Changed: Nurture Test Offer"
		self.assertEqual(self.started(lead.name), [("Started", what)])
		told = frappe.get_all(
			"Nurture Activity",
			{"party": lead.name, "activity_type": "Opportunity Stage Changed"},
			pluck="detail",
			order_by="creation",
		)
		self.assertEqual(told, ["Nurture Test Talks", "Nurture Test Offer", "Nurture Test Talks"])

	def test_an_appointment_is_booked_and_then_kept(self) -> None:
		lead = make_lead("booksdemo")
		self.waiting_for("Activity", activity="Appointment Booked")
		appointment = frappe.get_doc(
			{
				"doctype": "Appointment",
				"status": "Open",
				"scheduled_time": add_to_date(now_datetime(), days=2),
				"customer_name": "Books Demo",
				"customer_email": lead.email_id,
				"appointment_with": "Lead",
				"party": lead.name,
			}
		)
		with (
			patch.object(type(appointment), "auto_assign"),
			patch.object(type(appointment), "create_calendar_event"),
		):
			appointment.insert(ignore_permissions=True)
		self.assertEqual([outcome for outcome, _ in self.started(lead.name)], ["Started"])
		appointment.reload()
		appointment.status = "Closed"
		appointment.save(ignore_permissions=True)
		self.assertFalse(self.attended(lead.name), "closed before its time, it was called off")
		frappe.db.set_value(
			"Appointment",
			appointment.name,
			{"status": "Open", "scheduled_time": now_datetime() - timedelta(hours=1)},
		)
		appointment.reload()
		appointment.status = "Closed"
		appointment.save(ignore_permissions=True)
		self.assertTrue(self.attended(lead.name))

	def attended(self, lead: str) -> bool:
		return bool(
			frappe.db.exists("Nurture Activity", {"party": lead, "activity_type": "Appointment Attended"})
		)


class TestReplies(TriggerCase):
	def reply(self, lead: Any, content: str) -> None:
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Received",
				"subject": "Re: Hello",
				"sender": lead.email_id,
				"content": content,
				"reference_doctype": "Lead",
				"reference_name": lead.name,
			}
		).insert(ignore_permissions=True)

	def test_a_question_about_the_price_in_a_reply(self) -> None:
		lead = make_lead("asksprice")
		self.waiting_for("Activity", activity="Question Asked", detail="Pricing")
		self.reply(lead, "<p>How much is it for 20 users?</p><blockquote>See our API</blockquote>")
		self.assertEqual(self.started(lead.name), [("Started", "Question Asked: Pricing")])
		kinds = frappe.get_all(
			"Nurture Activity", {"party": lead.name}, pluck="activity_type", order_by="creation"
		)
		self.assertEqual(sorted(kinds), ["Email Reply", "Question Asked"])

	def test_what_our_own_mail_says_is_no_question(self) -> None:
		lead = make_lead("quotesprice")
		self.waiting_for("Activity", activity="Question Asked", detail="Pricing")
		self.reply(
			lead,
			"<p>Call me tomorrow.</p><p>On Mon, 2 Mar 2026 at 10:00, Team &lt;team@site.example&gt; wrote:</p>"
			"<blockquote>Our prices start at 10 EUR.</blockquote>",
		)
		self.assertEqual(self.started(lead.name), [])


class TestSignals(TriggerCase):
	def test_the_report_says_what_each_signal_starts_and_who_handles_it(self) -> None:
		from nurture_app.nurture_app.report.nurture_signals.nurture_signals import execute

		lead = make_lead("signals")
		steps = [{**STEPS[0], "task_assign_to": "Administrator"}]
		detail = {"trigger_activity": "Content Download", "trigger_detail": "Guide"}
		make_sequence(SEQUENCE, steps, trigger_type="Activity", **detail)
		record(
			site_host(commit=False),
			[ActivityIn(lead.name, "Content Download", now_datetime(), detail="Guide") for _ in range(2)],
		)
		columns, rows = execute()
		(row,) = (one for one in rows if one["sequence"] == SEQUENCE)
		self.assertEqual({column["fieldname"] for column in columns}, set(row))
		self.assertEqual((row["signal"], row["handled_by"]), ("Website", "Administrator"))
		self.assertIn("Content Download with “Guide”", row["entry"])
		self.assertEqual((row["started"], row["refused"]), (1, 1))
