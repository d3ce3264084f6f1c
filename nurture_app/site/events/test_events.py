"""What happens in ERPNext reaches the ledger, and never gets in the way of what happens in ERPNext."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from nurture_app.engine import activities as activities_engine
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site import active, changed_leads
from nurture_app.site.host import site_host
from nurture_app.site.lead_records import LINK_DAYS, purge_stripped_touches
from nurture_app.site.testing.factories import (
	in_other_connection,
	make_lead,
	make_rule,
	make_sequence,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Event Test Sequence"


def activities(lead: str) -> list[str]:
	return frappe.get_all("Nurture Activity", {"party": lead}, pluck="activity_type", order_by="creation asc")


class EventCase(SiteCase):
	def setUp(self) -> None:
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Draft")
		settle_settings()
		make_rule("Event Test: opportunity", "Opportunity Created", 7)
		active.forget()

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Lead Scoring Rule", "Event Test: opportunity", force=True, ignore_missing=True)
		frappe.flags.in_import = False


class TestLead(EventCase):
	HANDLER = "nurture_app.site.lead_records.change_address"

	def test_a_failing_handler_is_logged_and_the_lead_is_saved(self) -> None:
		lead = make_lead("safe")
		with patch(self.HANDLER, side_effect=ZeroDivisionError("oops")):
			lead.email_id = "safe2@site.example"
			lead.save()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "email_id"), "safe2@site.example")
		log = self._last_error(lead.name)
		self.assertIn("lead.follow_address", log.method)
		self.assertIn("ZeroDivisionError", log.error)

	def test_what_a_failing_handler_wrote_is_undone(self) -> None:
		lead = make_lead("undone")

		def half(lead, address):
			frappe.db.set_value("Lead", lead, "city", "Half Done")
			raise ZeroDivisionError

		with patch(self.HANDLER, side_effect=half):
			lead.email_id = "undone2@site.example"
			lead.save()
		self.assertNotEqual(frappe.db.get_value("Lead", lead.name, "city"), "Half Done")

	def test_what_a_handler_wrote_before_it_waited_too_long_for_a_lock_is_undone(self) -> None:
		lead, other = make_lead("waits"), make_lead("locked")
		frappe.db.commit()  # nosemgrep: each request commits
		frappe.db.set_value(
			"Lead", other.name, "city", "Locked", update_modified=False
		)  # until the end of the test

		def half(name, address):
			frappe.db.set_value("Lead", name, "city", "Half Done", update_modified=False)
			frappe.db.sql("SET SESSION innodb_lock_wait_timeout = 1")
			frappe.db.set_value("Lead", other.name, "city", "Too Late", update_modified=False)

		def save():
			doc = frappe.get_doc("Lead", lead.name)
			doc.email_id = "waits2@site.example"
			doc.save()

		with patch(self.HANDLER, side_effect=half):
			in_other_connection(save)
		frappe.db.commit()  # nosemgrep: sees what the other connection did
		city, address = frappe.db.get_value("Lead", lead.name, ["city", "email_id"])
		self.assertEqual((city or "", address), ("", "waits2@site.example"))

	def test_a_deadlock_is_not_hidden(self) -> None:
		lead = make_lead("deadlock")
		with patch(self.HANDLER, side_effect=frappe.QueryDeadlockError):
			lead.email_id = "deadlock2@site.example"
			self.assertRaises(frappe.QueryDeadlockError, lead.save)

	def test_what_fails_after_the_commit_cannot_touch_the_lead_and_waits_for_the_tick(self) -> None:
		lead = make_lead("later")
		frappe.db.commit()  # nosemgrep: each request commits
		make_sequence(SEQUENCE, trigger_type="New Lead")
		for mistake in (ZeroDivisionError("oops"), frappe.QueryDeadlockError("oops")):
			with patch("nurture_app.engine.activities.leads_changed", side_effect=mistake):
				lead.reload()
				lead.status = "Open" if lead.status != "Open" else "Replied"
				lead.save()
				frappe.db.commit()  # nosemgrep: each request commits
			self.assertEqual(frappe.db.get_value("Lead", lead.name, "status"), lead.status)
			self.assertIn("changed leads", self._last_error(lead.name).method)
		with patch("nurture_app.engine.activities.leads_changed") as changed:
			changed_leads.work_off(site_host(commit=True))
		self.assertIn(lead.name, [name for call in changed.call_args_list for name in call.args[1]])

	def test_what_meets_a_deadlock_after_the_commit_is_done_again_at_once(self) -> None:
		make_sequence(SEQUENCE, trigger_type="New Lead")
		frappe.db.commit()  # nosemgrep: each request commits
		meeting = [frappe.QueryDeadlockError("oops")]
		refresh = activities_engine.leads_changed

		def once(*args):
			if meeting:
				raise meeting.pop()
			return refresh(*args)

		with patch("nurture_app.engine.activities.leads_changed", once):
			lead = make_lead("meets", nurture_email_consent="Given")
			frappe.db.commit()  # nosemgrep: each request commits
		self.assertEqual(meeting, [])
		self.assertTrue(frappe.db.exists("Nurture Enrollment", {"party": lead.name}))
		self.assertFalse(frappe.db.exists("Error Log", {"reference_name": lead.name}))

	def test_a_save_that_is_rolled_back_starts_nothing(self) -> None:
		make_sequence(SEQUENCE, trigger_type="New Lead")
		frappe.db.commit()  # nosemgrep: each request commits
		lead = make_lead("regretted", nurture_email_consent="Given")
		frappe.db.rollback()
		frappe.db.commit()  # nosemgrep: each request commits
		self.assertFalse(frappe.db.exists("Nurture Enrollment", {"party": lead.name}))

	def _last_error(self, lead: str):
		return frappe.get_all(
			"Error Log", {"reference_name": lead}, ["method", "error"], order_by="creation desc", limit=1
		)[0]

	def test_consent_on_the_form_becomes_evidence(self) -> None:
		lead = make_lead("consent")
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": lead.name}))
		lead.nurture_email_consent = "Given"
		lead.save()
		consent = frappe.get_doc("Nurture Consent", {"party": lead.name})
		self.assertEqual(
			(consent.status, consent.recorded_by, consent.address), ("Given", "Administrator", lead.email_id)
		)
		self.assertTrue(consent.given_on and consent.source)

	def test_consent_of_an_imported_lead_says_so(self) -> None:
		frappe.flags.in_import = True
		lead = make_lead("imported", naming_series="CRM-LEAD-.YYYY.-", nurture_email_consent="Given")
		self.assertEqual(
			frappe.db.get_value("Nurture Consent", {"party": lead.name}, "source"), "Data Import"
		)

	def test_withdrawing_on_the_form_stops_the_address(self) -> None:
		lead = make_lead("withdraws", nurture_email_consent="Given")
		lead.nurture_email_consent = "Withdrawn"
		lead.save()
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))

	def test_do_not_contact_and_unsubscribed_stop_the_address(self) -> None:
		lead = make_lead("dnc")
		lead.status = "Do Not Contact"
		lead.save()
		self.assertEqual(
			frappe.db.get_value("Nurture Suppression", {"address": lead.email_id}, "reason"), "Manual"
		)
		other = make_lead("ticked", unsubscribed=1)
		self.assertEqual(
			frappe.db.get_value("Nurture Suppression", {"address": other.email_id}, "reason"), "Unsubscribed"
		)

	def test_an_old_form_does_not_write_old_scores(self) -> None:
		lead = make_lead("stale")
		frappe.db.set_value("Lead", lead.name, "nurture_score", 42, update_modified=False)
		self.assertFalse(lead.nurture_score)
		lead.city = "Springfield"
		lead.save()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_score"), 42)
		self.assertEqual(lead.nurture_score, 42)

	def test_an_old_form_does_not_bring_consent_back(self) -> None:
		from nurture_app.engine.optout import unsubscribe

		lead = make_lead("comesback", nurture_email_consent="Given")
		frappe.db.set_value(
			"Lead", lead.name, "modified", add_to_date(None, minutes=-5), update_modified=False
		)
		lead.reload()
		unsubscribe(site_host(commit=False), lead.email_id, "Unsubscribe link", party=lead.name)
		lead.city = "Springfield"
		lead.save()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_email_consent"), "Withdrawn")
		self.assertEqual(frappe.db.get_value("Nurture Consent", {"party": lead.name}, "status"), "Withdrawn")
		# knowingly, a second time
		lead.reload()
		lead.nurture_email_consent = "Given"
		lead.save()
		self.assertEqual(frappe.db.get_value("Nurture Consent", {"party": lead.name}, "status"), "Given")
		self.assertTrue(
			frappe.db.exists("Nurture Suppression", {"address": lead.email_id}), "not lifted by the way"
		)

	def test_a_new_lead_with_consent_starts_the_sequence_for_new_leads(self) -> None:
		make_sequence(SEQUENCE, trigger_type="New Lead")
		lead = make_lead("starts", nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: each request commits
		self.assertTrue(frappe.db.exists("Nurture Enrollment", {"party": lead.name, "status": "Active"}))

	def test_an_imported_lead_starts_it_with_the_next_tick(self) -> None:
		make_sequence(SEQUENCE, trigger_type="New Lead")
		frappe.flags.in_import = True
		lead = make_lead("startslater", naming_series="CRM-LEAD-.YYYY.-", nurture_email_consent="Given")
		frappe.flags.in_import = False
		self.assertFalse(frappe.db.exists("Nurture Enrollment", {"party": lead.name}))
		frappe.db.commit()  # nosemgrep: as the import does
		self.assertGreaterEqual(changed_leads.work_off(site_host(commit=True)), 1)
		self.assertTrue(frappe.db.exists("Nurture Enrollment", {"party": lead.name}))

	def test_only_fields_that_conditions_name_cost_anything(self) -> None:
		make_rule(
			"Event Test: city",
			None,
			5,
			rule_type="Profile",
			score_part="Fit",
			condition='[["city", "=", "Springfield"]]',
		)
		active.forget()
		lead = make_lead("fields")
		with patch("nurture_app.engine.activities.leads_changed") as changed:
			frappe.db.commit()  # nosemgrep: each request commits
			changed.reset_mock()
			lead.website = "https://site.example"
			lead.save()
			frappe.db.commit()  # nosemgrep: each request commits
			changed.assert_not_called()
			lead.city = "Springfield"
			lead.save()
			frappe.db.commit()  # nosemgrep: each request commits
			changed.assert_called_once()
		frappe.delete_doc("Lead Scoring Rule", "Event Test: city", force=True)
		frappe.db.commit()  # nosemgrep: a test site

	def test_with_nothing_switched_on_a_lead_costs_no_query(self) -> None:
		frappe.db.set_value("Lead Scoring Rule", "Event Test: opportunity", "enabled", 0)
		active.forget()
		self.assertFalse(active.is_active())
		from nurture_app.site.events import lead as handlers

		lead = make_lead("nothing")
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			handlers.on_update(lead)
			asked = [str(call.args[0]) for call in sql.call_args_list if "savepoint" not in str(call.args[0])]
		self.assertEqual(asked, [])

	def test_a_tag_counts_at_once(self) -> None:
		from frappe.desk.doctype.tag.tag import add_tag

		make_rule(
			"Event Test: tag",
			None,
			9,
			rule_type="Profile",
			score_part="Fit",
			condition='[{"tag": "hot-lead"}]',
		)
		active.forget()
		lead = make_lead("tagged")
		add_tag("hot-lead", "Lead", lead.name)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_score"), 9)
		frappe.delete_doc("Lead Scoring Rule", "Event Test: tag", force=True)


class TestLifeOfALead(EventCase):
	def in_sequence(self, name: str) -> tuple:
		make_sequence(SEQUENCE)
		lead = make_lead(name, nurture_email_consent="Given")
		(outcome,) = enroll(site_host(commit=False), SEQUENCE, [lead.name])
		self.assertTrue(outcome.enrollment, outcome.reason)
		return lead, outcome.enrollment

	def test_a_deleted_lead_leaves_nothing_but_the_working_link(self) -> None:
		lead, enrollment = self.in_sequence("deleted")
		now = now_datetime()
		for name, queued_on in (("evtold", now - timedelta(days=LINK_DAYS + 1)), ("evtnew", now)):
			frappe.get_doc(
				{
					"doctype": "Nurture Touch",
					"enrollment": enrollment,
					"party": lead.name,
					"address": lead.email_id,
					"token": f"{name}-token",
					"touch_key": name,
					"subject": "Private",
					"queued_on": queued_on,
					"status": "Sent",
				}
			).insert(ignore_permissions=True)
		lead.delete()
		for doctype in ("Nurture Enrollment", "Nurture Activity", "Nurture Score Entry", "Nurture Consent"):
			self.assertFalse(frappe.db.exists(doctype, {"party": lead.name}), doctype)
		left = frappe.get_all(
			"Nurture Touch", {"address": lead.email_id}, ["party", "subject", "token", "enrollment"]
		)
		self.assertEqual([tuple(row.values()) for row in left], [(None, None, "evtnew-token", None)])
		frappe.db.set_value(
			"Nurture Touch", {"token": "evtnew-token"}, "queued_on", now - timedelta(days=LINK_DAYS + 1)
		)
		purge_stripped_touches()
		self.assertFalse(frappe.db.exists("Nurture Touch", {"address": lead.email_id}))

	def test_a_changed_address_is_followed(self) -> None:
		lead, enrollment = self.in_sequence("moves")
		lead.email_id = "moved@site.example"
		lead.save()
		row = frappe.get_doc("Nurture Enrollment", enrollment)
		self.assertEqual(
			(row.address, row.live_address_key), ("moved@site.example", f"{SEQUENCE}|moved@site.example")
		)
		from nurture_app.engine.optout import unsubscribe

		unsubscribe(site_host(commit=False), "moved@site.example", "test")
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", enrollment, "reason"), "unsubscribed")

	def test_an_address_that_is_in_the_sequence_already_is_not_there_twice(self) -> None:
		_first, enrollment = self.in_sequence("sameone")
		second = make_lead("sametwo", nurture_email_consent="Given")
		(outcome,) = enroll(site_host(commit=False), SEQUENCE, [second.name])
		frappe.db.set_single_value("CRM Settings", "allow_lead_duplication_based_on_emails", 1)
		second.email_id = "sameone@site.example"
		second.save()
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", outcome.enrollment, "reason"), "address_enrolled"
		)
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", enrollment, "status"), "Active")

	def test_a_held_step_goes_on_once_the_lead_is_mended(self) -> None:
		lead, enrollment = self.in_sequence("mended")
		held = {"status": "Held", "reason": "no_address", "stopped_on": now_datetime()}
		frappe.db.set_value("Nurture Enrollment", enrollment, held)
		lead.city = "Springfield"
		lead.save()
		frappe.db.commit()  # nosemgrep: each request commits
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", enrollment, "status"), "Active")

	def test_moved_thresholds_rescore_in_the_background(self) -> None:
		with patch("nurture_app.site.events.nurture_settings.enqueue_rescore") as enqueue:
			settle_settings(mql_threshold=55)
			enqueue.assert_called_once()
			settle_settings(mql_threshold=55)
			enqueue.assert_called_once()
		settle_settings(mql_threshold=50)

	def test_a_renamed_lead_stays_in_its_sequence(self) -> None:
		lead, enrollment = self.in_sequence("renamed")
		frappe.rename_doc("Lead", lead.name, "Renamed Lead", force=True)
		row = frappe.get_doc("Nurture Enrollment", enrollment)
		self.assertEqual((row.party, row.status), ("Renamed Lead", "Active"))
		self.assertIn("Renamed Lead", row.live_party_key)
		(again,) = enroll(site_host(commit=False), SEQUENCE, ["Renamed Lead"])
		self.assertEqual(again.reason, "already_enrolled")
		self.assertEqual(frappe.db.get_value("Nurture Consent", {"party": "Renamed Lead"}, "status"), "Given")

	def test_merging_leads_keeps_one_enrollment_and_the_stricter_consent(self) -> None:
		first, _enrollment = self.in_sequence("merged")
		second = make_lead("mergedtoo", nurture_email_consent="Given")
		enroll(site_host(commit=False), SEQUENCE, [second.name])
		second.nurture_email_consent = "Withdrawn"
		second.save()
		frappe.rename_doc("Lead", second.name, first.name, merge=True, force=True)
		live = frappe.get_all("Nurture Enrollment", {"party": first.name, "status": "Active"})
		self.assertLessEqual(len(live), 1)
		consents = frappe.get_all("Nurture Consent", {"party": first.name}, pluck="status")
		self.assertEqual(consents, ["Withdrawn"])


class TestBusiness(EventCase):
	def test_an_opportunity_is_recorded_once(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		lead = make_lead("buys")
		opportunity = make_opportunity(lead.name).insert()
		opportunity.save()
		self.assertEqual(activities(lead.name).count("Opportunity Created"), 1)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_score"), 7)

	def test_a_customer_made_from_a_lead_and_its_invoice(self) -> None:
		lead = make_lead("converts", company_name="Converting Company")
		customer = frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": "Converting Company",
				"lead_name": lead.name,
				"customer_type": "Company",
				"customer_group": frappe.db.get_value("Customer Group", {"is_group": 0}),
				"territory": frappe.db.get_value("Territory", {"is_group": 0}),
			}
		).insert(ignore_permissions=True)
		customer.save()
		self.assertEqual(activities(lead.name).count("Became Customer"), 1)
		from nurture_app.site.events import sales_invoice

		invoice = frappe._dict(
			doctype="Sales Invoice", name="INV-1", customer=customer.name, base_net_total=100, is_return=0
		)
		invoice["items"] = [{"item_name": "Oak table"}, {"item_name": "Lamp"}]
		sales_invoice.on_submit(invoice)
		sales_invoice.on_submit(invoice)
		self.assertEqual(activities(lead.name).count("Invoice Submitted"), 1)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_last_purchase"), "Oak table, Lamp")

	def test_a_meeting_in_the_calendar(self) -> None:
		lead = make_lead("meets")
		frappe.get_doc(
			{
				"doctype": "Event",
				"subject": "First meeting",
				"event_category": "Meeting",
				"starts_on": add_to_date(now_datetime(), days=3),
				"event_participants": [{"reference_doctype": "Lead", "reference_docname": lead.name}],
			}
		).insert(ignore_permissions=True)
		row = frappe.get_doc("Nurture Activity", {"party": lead.name, "activity_type": "Meeting"})
		self.assertLessEqual(row.occurred_on, now_datetime())

	def test_frappes_unsubscribe_lists_are_honoured(self) -> None:
		lead = make_lead("frappelist")
		frappe.get_doc(
			{
				"doctype": "Email Unsubscribe",
				"email": lead.email_id,
				"reference_doctype": "Lead",
				"reference_name": lead.name,
			}
		).insert(ignore_permissions=True)
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))
		frappe.get_doc(
			{"doctype": "Email Unsubscribe", "email": "everything@site.example", "global_unsubscribe": 1}
		).insert(ignore_permissions=True)
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": "everything@site.example"}))

	def test_whoever_is_named_by_a_new_lead_has_made_a_referral(self) -> None:
		giver = make_lead("giver")
		named = [make_lead("found", nurture_referrer=giver.email_id)]
		named += [make_lead("found-too", nurture_referrer=giver.name)]
		make_lead("found-by-nobody", nurture_referrer="A friend")
		frappe.db.commit()  # nosemgrep: each request commits
		named[0].reload().save()
		frappe.db.commit()  # nosemgrep: each request commits
		made = {"party": giver.name, "activity_type": "Referral Made"}
		details = frappe.get_all("Nurture Activity", made, pluck="detail")
		self.assertEqual(sorted(details), sorted(one.name for one in named))


class TestMailBack(EventCase):
	def received(self, lead: str, subject: str, sender: str, content: str, **values) -> None:
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Received",
				"subject": subject,
				"sender": sender,
				"content": content,
				"reference_doctype": "Lead",
				"reference_name": lead,
				**values,
			}
		).insert(ignore_permissions=True)

	def touch(self, lead, sequence: str = "") -> str:
		return (
			frappe.get_doc(
				{
					"doctype": "Nurture Touch",
					"party": lead.name,
					"address": lead.email_id,
					"channel": "Email",
					"status": "Sent",
					"sent_on": now_datetime(),
					"queued_on": now_datetime(),
					"message_id": f"abcdefghijklmnopqrstu-@{frappe.local.site}",
					"token": frappe.generate_hash(length=22),
					"touch_key": frappe.generate_hash(),
				}
			)
			.insert(ignore_permissions=True)
			.name
		)

	def test_a_reply_marks_its_touch_and_ends_the_sequence(self) -> None:
		make_sequence(SEQUENCE)
		lead = make_lead("replies", nurture_email_consent="Given")
		(outcome,) = enroll(site_host(commit=False), SEQUENCE, [lead.name])
		touch = self.touch(lead)
		self.received(lead.name, "Re: Hello", f"Replies <{lead.email_id.upper()}>", "<p>Yes, call me.</p>")
		self.assertEqual(activities(lead.name), ["Email Reply"])
		self.assertEqual(frappe.db.get_value("Nurture Touch", touch, "status"), "Replied")
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", outcome.enrollment, ["status", "reason"]),
			("Exited", "replied"),
		)

	def in_thread(self, name: str, subject: str) -> tuple[str, dict[str, str]]:
		"""An enrollment whose mail with this subject was sent just now, and what makes a mail an answer to it."""
		make_sequence(SEQUENCE)
		lead = make_lead(name, nurture_email_consent="Given")
		(outcome,) = enroll(site_host(commit=False), SEQUENCE, [lead.name])
		sent = frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Automated Message",
				"communication_medium": "Email",
				"sent_or_received": "Sent",
				"subject": subject,
				"recipients": lead.email_id,
				"reference_doctype": "Lead",
				"reference_name": lead.name,
			}
		).insert(ignore_permissions=True)
		values = {"communication": sent.name, "subject": subject, "enrollment": outcome.enrollment}
		frappe.db.set_value("Nurture Touch", self.touch(lead), values)
		return outcome.enrollment, {
			"lead": lead.name,
			"sender": lead.email_id,
			"in_reply_to": sent.name,
		}

	def test_an_answer_counts_however_slow_the_clock_of_its_sender_is(self) -> None:
		enrollment, answer = self.in_thread("slowclock", "Good to have you")
		self.received(
			**answer,
			subject="Re: Good to have you",
			content="Yes, call me.",
			communication_date=add_to_date(now_datetime(), days=-400),
		)
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", enrollment, ["status", "reason"]), ("Exited", "replied")
		)

	def test_the_absence_note_of_a_mail_server_is_no_reply(self) -> None:
		"""Sieve, which most of them run, writes `Auto:` before our subject and whatever the person wrote."""
		enrollment, answer = self.in_thread("sieve", "Good to have you")
		self.received(**answer, subject="Auto: Good to have you", content="Back soon.")
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", enrollment, "status"), "Active")
		self.assertEqual(activities(answer["lead"]), [])
		self.received(**answer, subject="Auto: an estate car?", content="Do you have one?")
		self.assertEqual(frappe.db.get_value("Nurture Enrollment", enrollment, "reason"), "replied")

	def test_an_answer_that_says_only_stop_ends_the_mails_and_counts_as_no_reply(self) -> None:
		make_sequence(SEQUENCE)
		lead = make_lead("wantsnone", nurture_email_consent="Given")
		(outcome,) = enroll(site_host(commit=False), SEQUENCE, [lead.name])
		quoted = "<p>Please unsubscribe me!</p><blockquote>Hello, here is our guide</blockquote>"
		self.received(lead.name, "Re: Hello", lead.email_id, quoted)
		self.assertEqual(activities(lead.name), ["Unsubscribe"])
		found = frappe.db.get_value("Nurture Enrollment", outcome.enrollment, ["status", "reason"])
		self.assertEqual(found, ("Exited", "unsubscribed"))
		suppression = {"address": lead.email_id, "channel": "Email"}
		self.assertEqual(frappe.db.get_value("Nurture Suppression", suppression, "reason"), "Unsubscribed")

	def test_a_mail_with_stop_as_its_subject_and_no_text_ends_the_mails(self) -> None:
		lead = make_lead("subjectonly")
		self.received(lead.name, "Abmelden", lead.email_id, "")
		self.assertTrue(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))

	def test_an_answer_about_something_else_ends_no_mails(self) -> None:
		lead = make_lead("staysin")
		self.received(lead.name, "Stop", lead.email_id, "<p>Please stop by on Monday.</p>")
		self.assertEqual(activities(lead.name), ["Email Reply"])
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))

	def test_an_answer_filed_under_an_opportunity_counts_for_its_lead(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		lead = make_lead("viaopp")
		opportunity = make_opportunity(lead.name).insert()
		self.received(
			opportunity.name, "Re: Offer", "somebody@else.example", "Fine", reference_doctype="Opportunity"
		)
		self.assertIn("Email Reply", activities(lead.name))

	def test_a_mail_that_a_colleague_writes_is_noted_on_the_lead_and_on_that_of_an_opportunity(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		lead = make_lead("written-to")
		opportunity = make_opportunity(lead.name).insert()
		sent = ("anna@site.example", "Here it is.")
		values = {"sent_or_received": "Sent"}
		self.received(lead.name, "Your question", *sent, **values)
		self.received(opportunity.name, "The offer", *sent, **values, reference_doctype="Opportunity")
		self.received(lead.name, "Nurture", *sent, **values, communication_type="Automated Message")
		written = {"party": lead.name, "activity_type": "Colleague Wrote"}
		details = frappe.get_all("Nurture Activity", written, pluck="detail")
		self.assertEqual(sorted(details), ["The offer", "Your question"])

	def test_an_out_of_office_note_is_not_a_reply(self) -> None:
		lead = make_lead("away")
		self.touch(lead)
		self.received(lead.name, "Automatische Antwort: Hallo", lead.email_id, "Ich bin im Urlaub.")
		self.assertEqual(activities(lead.name), [])

	def test_a_hard_bounce_stops_the_address_and_a_soft_one_does_not(self) -> None:
		lead = make_lead("bounces")
		touch = self.touch(lead)
		message_id = frappe.db.get_value("Nurture Touch", touch, "message_id")
		soft = f"452 4.2.2 mailbox full<br>Message-ID: &lt;{message_id}&gt;"
		self.received(lead.name, "Undelivered Mail Returned to Sender", "MAILER-DAEMON@mx.example", soft)
		self.assertFalse(frappe.db.exists("Nurture Suppression", {"address": lead.email_id}))
		hard = f"550 5.1.1 User unknown<br>Message-ID: &lt;{message_id}&gt;"
		self.received(lead.name, "Undelivered Mail Returned to Sender", "MAILER-DAEMON@mx.example", hard)
		self.assertEqual(
			frappe.db.get_value("Nurture Suppression", {"address": lead.email_id}, "reason"), "Bounced"
		)
		self.assertEqual(frappe.db.get_value("Nurture Touch", touch, "status"), "Bounced")
		self.assertCountEqual(activities(lead.name), ["Soft Bounce", "Email Bounced"])

	def test_a_mail_on_the_timeline_may_be_deleted(self) -> None:
		lead = make_lead("cleans")
		touch = self.touch(lead)
		self.received(lead.name, "Hello", lead.email_id, "Hi")
		communication = frappe.get_last_doc("Communication", {"reference_name": lead.name})
		frappe.db.set_value("Nurture Touch", touch, "communication", communication.name)
		communication.delete()
		self.assertFalse(frappe.db.get_value("Nurture Touch", touch, "communication"))
