"""What the Desk gets, in the shapes its scripts read."""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, nowdate

from nurture_app.engine import lifecycle, opt_down, optout
from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.experiments import life
from nurture_app.engine.preferences import Preference
from nurture_app.site import active
from nurture_app.site.api import (
	activity_actions,
	conditions,
	content_actions,
	enrollment_actions,
	health,
	lead_panel,
	scoring_actions,
	segment_actions,
	sequence_actions,
)
from nurture_app.site.health import problems
from nurture_app.site.host import site_host
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import (
	as_json,
	make_content,
	make_lead,
	make_rule,
	make_sequence,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE = "Api Test"


class ApiCase(SiteCase):
	def setUp(self) -> None:
		settle_settings(email_account=frappe.db.get_value("Email Account", {"enable_outgoing": 1}))
		self.rule = make_rule("Api Test: demo", "Demo Request", 55)
		make_sequence(SEQUENCE)
		self.lead = make_lead("panel", nurture_email_consent="Given", nurture_time_zone="Asia/Tokyo")

	def tearDown(self) -> None:
		frappe.db.rollback()


class TestPanel(ApiCase):
	def test_consents_per_channel_and_what_the_person_chose_are_shown(self) -> None:
		host = site_host(commit=False)
		optout.set_consent(host, self.lead.name, self.lead.email_id, "Given", "form /x", "", "SMS too", "SMS")
		pause = add_days(now_datetime(), 40)
		opt_down.choose(
			host, self.lead.email_id, Preference("Monthly", pause, (("News", False),)), "Preference centre"
		)
		consent = lead_panel.get_panel(self.lead.name)["consent"]
		self.assertEqual(
			[(one["channel"], one["status"], one["source"]) for one in consent["channels"]][1:],
			[("SMS", "Given", "form /x")],
		)
		lines = consent["chosen"]["lines"]
		self.assertEqual((lines[0], lines[2]), ("At most once a month", "Does not want: News"))
		self.assertIn("Paused until", lines[1])
		self.assertIn("asked for a pause", consent["chosen"]["sentence"])

	def test_score_reasons_and_what_is_next(self) -> None:
		host = site_host(commit=False)
		record(host, [ActivityIn(self.lead.name, "Demo Request", host.clock.now(), detail="/demo")])
		panel = lead_panel.get_panel(self.lead.name)
		self.assertEqual((panel["score"], panel["engagement"], panel["stage"]), (55, 55, "MQL"))
		(reason,) = panel["reasons"]
		self.assertEqual(
			(reason["text"], reason["points"], reason["detail"]), ("Api Test: demo", 55, "/demo")
		)
		self.assertEqual(panel["thresholds"], {"nurture": 30, "mql": 50, "sql": 80})
		self.assertTrue(panel["can_change"])
		self.assertEqual(panel["consent"]["status"], "Given")
		self.assertIn("sequence", panel["next"])
		self.assertEqual(panel["activities"][0]["activity_type"], "MQL Reached") if len(
			panel["activities"]
		) > 1 else None

	def test_a_colleague_who_logs_an_opt_out_stops_the_mails(self) -> None:
		(outcome,) = enrollment_actions.enroll(SEQUENCE, as_json([self.lead.name]))
		activity_actions.log(self.lead.name, "Unsubscribe", "told me on the telephone")
		self.assertEqual(
			frappe.db.get_value("Nurture Suppression", {"address": self.lead.email_id}, "reason"),
			"Unsubscribed",
		)
		self.assertEqual(
			frappe.db.get_value("Nurture Enrollment", outcome["enrollment"], "reason"), "unsubscribed"
		)
		(again,) = enrollment_actions.enroll(SEQUENCE, as_json([self.lead.name]))
		self.assertEqual(again["reason"], "unsubscribed")
		with self.assertRaisesRegex(frappe.ValidationError, "when it happened"):
			activity_actions.log(self.lead.name, "Call", occurred_on="2026-13-45")

	def test_the_reasons_add_up_to_the_score_at_any_hour(self) -> None:
		"""Points expire and fade between two nights as well."""
		make_rule("Api Test: fades", "Pricing Page View", 40, decay="Half-life", decay_days=2)
		make_rule("Api Test: ends", "Content Download", 9, decay="Expire", decay_days=1)
		host = site_host(commit=False)
		now = host.clock.now()
		for kind in ("Demo Request", "Pricing Page View", "Content Download"):
			record(host, [ActivityIn(self.lead.name, kind, now)])
		for hours, score in ((0, 104), (7, 55 + 36 + 9), (25, 55 + 28)):
			with self.freeze_time(now + timedelta(hours=hours)):
				panel = lead_panel.get_panel(self.lead.name)
			self.assertEqual(panel["score"], score)
			self.assertEqual(sum(reason["points"] for reason in panel["reasons"]), score)
			self.assertEqual((panel["fit"], panel["engagement"]), (0, score))

	def test_an_enrollment_shows_its_next_step_on_the_clock_of_the_recipient(self) -> None:
		enrollment_actions.enroll(SEQUENCE, as_json([self.lead.name]))
		(row,) = lead_panel.get_panel(self.lead.name)["enrollments"]
		self.assertEqual((row["status"], row["step"], row["zone"]), ("Active", "First", "Asia/Tokyo"))
		self.assertTrue(row["due_local"])
		enrollment_actions.stop([row["name"]])
		panel = lead_panel.get_panel(self.lead.name)
		self.assertEqual(panel["enrollments"][0]["reason_sentence"].split(".")[0], "Stopped by hand")

	def test_no_consent_and_opt_out_are_explained(self) -> None:
		silent = make_lead("silent")
		panel = lead_panel.get_panel(silent.name)
		self.assertIn("consent", panel["consent"]["sentence"].lower())
		self.assertEqual(panel["next"], panel["consent"]["sentence"])
		self.lead.nurture_email_consent = "Withdrawn"
		self.lead.save()
		panel = lead_panel.get_panel(self.lead.name)
		self.assertIn("unsubscribed", panel["consent"]["suppressed"])


class TestEnrollments(ApiCase):
	def test_each_lead_gets_an_answer(self) -> None:
		silent = make_lead("silentone")
		outcomes = enrollment_actions.enroll(SEQUENCE, as_json([self.lead.name, silent.name, "nobody"]))
		self.assertEqual([one["lead"] for one in outcomes], [self.lead.name, silent.name, "nobody"])
		self.assertTrue(outcomes[0]["enrollment"])
		self.assertEqual(outcomes[1]["reason"], "no_consent")
		self.assertIn("consent", outcomes[1]["sentence"].lower())
		self.assertTrue(outcomes[2]["sentence"])

	def test_offered_sequences_say_why_not_and_nothing_is_written(self) -> None:
		enrollment_actions.enroll(SEQUENCE, [self.lead.name])
		other = make_lead("other", nurture_email_consent="Given")
		for lead, expected in ((self.lead, "already"), (other, "")):
			before = frappe.db.count("Nurture Enrollment")
			(offer,) = [one for one in enrollment_actions.sequences_for(lead.name) if one["name"] == SEQUENCE]
			self.assertEqual(frappe.db.count("Nurture Enrollment"), before)
			self.assertIn(expected, offer["refusal"])
			self.assertEqual(bool(offer["refusal"]), bool(expected))

	def test_what_is_left_as_it_was_is_told_with_what_to_do_instead(self) -> None:
		(one,) = enrollment_actions.enroll(SEQUENCE, [self.lead.name])
		names = [one["enrollment"]]
		self.assertEqual(enrollment_actions.pause(names), {"changed": 1, "left": ""})
		self.assertEqual(
			enrollment_actions.pause(names), {"changed": 0, "left": "Standing still already: 1."}
		)
		sequence_actions.pause(SEQUENCE)
		answer = enrollment_actions.resume(names)
		self.assertEqual(answer["changed"], 1)
		self.assertEqual(answer["left"], f"They go on when their sequence is resumed: {SEQUENCE}.")
		sequence_actions.resume(SEQUENCE)
		self.assertEqual(enrollment_actions.resume(names), {"changed": 0, "left": "On their way already: 1."})
		frappe.db.set_value(
			"Nurture Enrollment", names[0], {"status": "Held", "reason": "waits_for_approval"}
		)
		self.assertIn("release or refuse", enrollment_actions.resume(names)["left"])
		enrollment_actions.stop(names)
		for action in (enrollment_actions.pause, enrollment_actions.stop):
			self.assertEqual(action(names), {"changed": 0, "left": "Ended already: 1."})
		self.assertIn("Enroll the leads again", enrollment_actions.resume(names)["left"])

	def test_lists_of_names_are_checked(self) -> None:
		for wrong in ("not json", '{"a": 1}', "[1, 2]", as_json([str(n) for n in range(2000)])):
			self.assertRaises(frappe.ValidationError, enrollment_actions.stop, wrong)


class TestConditions(ApiCase):
	def test_sentence_parts_and_count(self) -> None:
		answer = conditions.describe('{"any": [["city", "=", "Nowhere-City"], {"activity": "Demo Request"}]}')
		self.assertEqual(answer["count"], 0)
		self.assertEqual(
			[part["node"] for part in answer["parts"]],
			[["city", "=", "Nowhere-City"], {"activity": "Demo Request"}],
		)
		self.assertIn("Nowhere-City", answer["parts"][0]["sentence"])
		self.assertNotIn("Nowhere-City", answer["parts"][1]["sentence"])
		self.assertIn("Nowhere-City", answer["sentence"])

	def test_what_is_wrong_and_where(self) -> None:
		answer = conditions.describe('[["no_such_field", "=", 1]]')
		self.assertIn("no_such_field", answer["error"])
		self.assertIn("no_such_field", answer["leaf"])
		self.assertIn("error", conditions.describe("{broken"))
		self.assertIn("Unheard Of", conditions.describe('[{"activity": "Unheard Of"}]')["error"])

	def test_a_branch_may_speak_of_its_steps_and_has_no_count(self) -> None:
		condition = as_json([{"touches": "opened", "steps": ["First"], "count": ["<", 1]}])
		self.assertIn("error", conditions.describe(condition))
		answer = conditions.describe(condition, in_sequence=1, steps=as_json(["First"]))
		self.assertIsNone(answer["count"])
		self.assertIn("First", answer["sentence"])
		self.assertIn(
			"Missing",
			conditions.describe(condition.replace("First", "Missing"), in_sequence=1, steps='["First"]')[
				"error"
			],
		)

	def test_nothing_means_everybody(self) -> None:
		self.assertGreaterEqual(conditions.describe("")["count"], 1)


class TestSequences(ApiCase):
	def test_overview_counts_and_dry_activation(self) -> None:
		enrollment_actions.enroll(SEQUENCE, [self.lead.name])
		overview = sequence_actions.overview(SEQUENCE)
		self.assertEqual(overview["counts"], {"Active": 1})
		self.assertEqual(
			(overview["version"], overview["changed_since_version"], overview["error"]), (1, False, "")
		)
		self.assertGreaterEqual(overview["matching"], 1)
		self.assertTrue(overview["warnings"])
		doc = frappe.get_doc("Nurture Sequence", SEQUENCE)
		doc.steps[1].delay = 2
		doc.save()
		self.assertTrue(sequence_actions.overview(SEQUENCE)["changed_since_version"])
		self.assertEqual(
			frappe.db.count("Nurture Sequence Version", {"sequence": SEQUENCE}), 1, "nothing was pinned"
		)
		self.assertIn("2", sequence_actions.activate(SEQUENCE)["message"])
		self.assertEqual(frappe.db.count("Nurture Sequence Version", {"sequence": SEQUENCE}), 2)

	def test_a_branch_on_openings_is_warned_of_where_tracking_is_switched_off(self) -> None:
		def warned(sequence: str) -> list[str]:
			return [text for text in sequence_actions.overview(sequence)["warnings"] if "opened" in text]

		self.assertEqual(warned("Five-Email Nurture"), [])
		for doctype, name, field in (
			("Nurture Settings", None, "track_opens"),
			("Nurture Sequence", "Five-Email Nurture", "track_reactions"),
		):
			frappe.db.set_value(doctype, name, field, 0)
			(warning,) = warned("Five-Email Nurture")
			self.assertIn("Opened fewer than two?", warning)
			self.assertEqual(warned(SEQUENCE), [])
			frappe.db.set_value(doctype, name, field, 1)

	def test_what_keeps_it_from_being_activated(self) -> None:
		frappe.db.set_value(
			"Nurture Sequence Step", {"parent": SEQUENCE, "idx": 1}, "content", "Deleted Text"
		)
		overview = sequence_actions.overview(SEQUENCE)
		self.assertIn("Deleted Text", overview["error"])
		with self.assertRaises(frappe.ValidationError) as caught:
			sequence_actions.activate(SEQUENCE)
		self.assertIn("Deleted Text", str(caught.exception))

	def test_pause_resume_retire(self) -> None:
		for action, status in (("pause", "Paused"), ("resume", "Active"), ("retire", "Retired")):
			self.assertTrue(getattr(sequence_actions, action)(SEQUENCE)["message"])
			self.assertEqual(frappe.db.get_value("Nurture Sequence", SEQUENCE, "status"), status)
		self.assertRaises(frappe.ValidationError, sequence_actions.pause, SEQUENCE)

	def test_switching_it_on_is_noticed_at_once(self) -> None:
		frappe.db.set_value("Nurture Sequence", {"status": "Active"}, "status", "Draft")
		frappe.db.set_value("Lead Scoring Rule", self.rule, "enabled", 0)
		active.forget()
		self.assertFalse(active.is_active())
		sequence_actions.activate(SEQUENCE)
		self.assertTrue(active.is_active())

	def test_preview_for_a_lead_and_for_nobody(self) -> None:
		mail = sequence_actions.preview(SEQUENCE, "First", self.lead.name)
		self.assertEqual((mail["subject"], mail["error"]), ("Hello Panel", ""))
		self.assertIn("1 Sample Street", mail["html"])
		self.assertEqual(sequence_actions.preview(SEQUENCE, "First")["subject"], "Hello Alex")
		self.assertRaises(frappe.ValidationError, sequence_actions.preview, SEQUENCE, "No Such Step")

	def test_preview_speaks_the_leads_language_and_has_its_variant(self) -> None:
		content = frappe.db.get_value("Nurture Sequence Step", {"parent": SEQUENCE}, "content")
		german = {"doctype": "Nurture Content", "title": "Api Test auf Deutsch", "language": "de"}
		german |= {"subject": "Guten Tag", "body": "<p>Ein Wort.</p>", "version_of": content}
		frappe.get_doc(german).insert()
		frappe.db.set_value("Lead", self.lead.name, "language", "de")
		self.assertEqual(sequence_actions.preview(SEQUENCE, "First", self.lead.name)["subject"], "Guten Tag")
		self.assertEqual(sequence_actions.preview(SEQUENCE, "First")["subject"], "Hello Alex")
		rows = [{"label": "A", "subject": "Tried"}, {"label": "B", "subject": "Tried too"}]
		experiment = {"doctype": "Nurture Experiment", "title": "Api Test", "sequence": SEQUENCE}
		experiment |= {"step": "First", "variable": "Subject", "variants": rows, "hypothesis": "x"}
		made = frappe.get_doc({**experiment, "change": "x"}).insert()
		life.start(site_host(commit=False), made.name)
		active.forget()
		mail = sequence_actions.preview(SEQUENCE, "First", self.lead.name)
		self.assertTrue(mail["subject"].startswith("Tried"))
		self.assertIn("of the experiment Api Test", mail["note"])
		life.stop(site_host(commit=False), made.name)
		active.forget()

	def test_preview_of_steps_that_are_no_mail(self) -> None:
		sms = {"doctype": "Nurture Content", "title": "Api SMS", "channel": "SMS"}
		sms |= {"sms_text": "Hello {{ lead.first_name | default('you') }}. STOP ends it."}
		frappe.get_doc(sms).insert()
		doc = frappe.get_doc("Nurture Sequence", SEQUENCE)
		doc.append("steps", {"step_label": "Text", "step_type": "SMS", "content": "Api SMS"})
		words = {"task_kind": "To Do", "task_description": "See {{ lead.first_name | default('them') }}."}
		doc.append("steps", {"step_label": "Work", "step_type": "Task", **words})
		doc.append("steps", {"step_label": "Pause", "step_type": "Wait", "delay": 1})
		doc.save()
		said = [
			sequence_actions.preview(SEQUENCE, step, self.lead.name) for step in ("Text", "Work", "Pause")
		]
		self.assertIn("Hello Panel", said[0]["text"])
		self.assertEqual(said[1]["text"], "See Panel.")
		self.assertEqual((said[2]["text"], said[2]["html"]), ("", ""))
		self.assertTrue(said[2]["note"])
		self.assertRaises(frappe.ValidationError, sequence_actions.send_test, SEQUENCE, "Work")

	def test_preview_of_messages_speaks_the_leads_language_too(self) -> None:
		doc = frappe.get_doc("Nurture Sequence", SEQUENCE)
		for step_type, channel, field in (
			("SMS", "SMS", "sms_text"),
			("Portal Message", "Portal", "portal_text"),
		):
			content = {"doctype": "Nurture Content", "title": f"Api {channel}", "channel": channel}
			content[field] = "Hello. STOP ends it."
			base = frappe.get_doc(content).insert().name
			german = {"title": f"Api {channel} auf Deutsch", "version_of": base, "language": "de"}
			frappe.get_doc(content | german | {field: "Guten Tag. STOP beendet es."}).insert()
			doc.append("steps", {"step_label": channel, "step_type": step_type, "content": base})
		doc.save()
		for language, word in (("de", "Guten Tag"), ("en", "Hello")):
			frappe.db.set_value("Lead", self.lead.name, "language", language)
			for step in ("SMS", "Portal"):
				shown = sequence_actions.preview(SEQUENCE, step, self.lead.name)
				self.assertIn(word, shown["text"], (step, language))
				self.assertEqual(shown["note"], "")


class TestContents(ApiCase):
	def test_an_unsaved_text_is_shown_or_its_mistake_named(self) -> None:
		doc = {
			"doctype": "Nurture Content",
			"subject": "Hi {{ lead.first_name }}",
			"body": "<p>x</p>",
			"preheader": "P",
		}
		mail = content_actions.preview(as_json(doc), self.lead.name)
		self.assertEqual((mail["subject"], mail["preheader"]), ("Hi Panel", "P"))
		self.assertIn(
			"lead.frist_name", content_actions.preview({**doc, "subject": "{{ lead.frist_name }}"})["error"]
		)
		empty = content_actions.preview({**doc, "subject": "{{ lead.city }}"}, self.lead.name)
		self.assertIn("lead.city", empty["error"])
		self.assertRaises(frappe.ValidationError, content_actions.preview, as_json({"doctype": "User"}))

	def test_a_test_mail_goes_to_the_user_and_is_marked(self) -> None:
		user = frappe.get_doc("User", "Administrator")
		user.db_set("email", "me@site.example")
		frappe.db.delete("Email Queue")
		answer = content_actions.send_test(make_content("Api Test text"), self.lead.name)
		self.assertIn("me@site.example", answer["message"])
		row = frappe.get_last_doc("Email Queue")
		self.assertEqual([one.recipient for one in row.recipients], ["me@site.example"])
		self.assertIn("Subject: [Test] Hello Panel", row.message)
		self.assertFalse(row.reference_name)
		self.assertFalse(frappe.db.exists("Nurture Touch", {"party": self.lead.name}))

	def test_every_offered_placeholder_works(self) -> None:
		for programme in ("B2B", "B2C", ""):
			frappe.db.set_single_value("Nurture Settings", "programme", programme)
			offers = content_actions.placeholders()
			for offer in offers:
				doc = {"doctype": "Nurture Content", "subject": "Hello", "body": f"<p>{offer['text']}</p>"}
				self.assertEqual(content_actions.preview(as_json(doc))["error"], "", offer)
			texts = " ".join(offer["text"] for offer in offers)
			self.assertEqual("lead.company_name" in texts, programme != "B2C")
			self.assertEqual("lead.nurture_last_purchase" in texts, programme != "B2B")


class TestSegmentsAndRules(ApiCase):
	def segment(self, **values) -> str:
		name = f"Api Test {frappe.generate_hash(length=5)}"
		frappe.get_doc({"doctype": "Nurture Segment", "title": name, "enabled": 1, **values}).insert()
		return name

	def test_refresh_now(self) -> None:
		name = self.segment(condition='[["email_id", "=", "panel@site.example"]]')
		self.assertEqual(
			segment_actions.refresh(name), {"queued": False, "entered": 1, "left": 0, "members": 1}
		)

	def test_members_by_hand(self) -> None:
		name = self.segment(segment_type="Static")
		self.assertEqual(
			segment_actions.add_members(name, as_json([self.lead.name, "no"])), {"changed": 1, "members": 1}
		)
		self.assertEqual(segment_actions.remove_members(name, [self.lead.name]), {"changed": 1, "members": 0})
		self.assertRaises(frappe.ValidationError, segment_actions.refresh, name)

	def test_a_rule_is_tried_out_before_it_is_saved(self) -> None:
		rule = {
			"doctype": "Lead Scoring Rule",
			"__islocal": 1,
			"title": "New One",
			"rule_type": "Profile",
			"score_part": "Fit",
			"points": 60,
			"condition": '[["email_id", "=", "panel@site.example"]]',
		}
		result = scoring_actions.dry_run(as_json(rule))
		self.assertEqual((result["leads"], result["to_mql"], result["to_sql"]), (1, 1, 0))
		self.assertFalse(frappe.db.get_value("Lead", self.lead.name, "nurture_score"))
		self.assertRaises(frappe.ValidationError, scoring_actions.dry_run, {**rule, "points": 0})


class TestHealth(ApiCase):
	def codes(self) -> set[str]:
		return {message["code"] for message in health.banner()["messages"]}

	def test_what_is_missing_is_named_with_a_way_to_mend_it(self) -> None:
		settle_settings(postal_address="", hold_all_sending=1)
		found = {message["code"]: message for message in health.banner()["messages"]}
		self.assertEqual(health.banner()["level"], "error")
		self.assertEqual(found["no_postal_address"]["route"], ["Form", "Nurture Settings"])
		self.assertIn("sending_on_hold", found)

	def test_calls_that_failed_lately_are_counted(self) -> None:
		frappe.db.delete("Nurture Outgoing")
		self.assertNotIn("outgoing_failed", self.codes())
		for hours in (-1, -90):
			queued_on = add_to_date(now_datetime(), hours=hours)
			row = {"channel": "SMS", "status": "Failed", "reason": "refused", "queued_on": queued_on}
			frappe.get_doc({"doctype": "Nurture Outgoing", **row}).insert(ignore_permissions=True)
		(found,) = (one for one in problems() if one.code == "outgoing_failed")
		self.assertTrue(found.sentence.startswith("1 "))

	def test_a_list_of_holidays_that_is_about_to_end_is_spoken_of(self) -> None:
		for days in (5, 200):
			name = f"Holidays until {days}"
			dates = {
				"from_date": add_to_date(nowdate(), days=-100),
				"to_date": add_to_date(nowdate(), days=days),
			}
			frappe.delete_doc("Holiday List", name, force=True, ignore_missing=True)
			frappe.get_doc({"doctype": "Holiday List", "holiday_list_name": name, **dates}).insert()
			frappe.db.set_single_value("Nurture Settings", "holiday_list", name)
			self.assertEqual("holidays_end" in self.codes(), days == 5)
		frappe.db.set_single_value("Nurture Settings", "holiday_list", "")

	def test_a_sequence_whose_version_cannot_be_read_is_named_and_its_form_opens(self) -> None:
		self.assertNotIn("version_unreadable", self.codes())
		version = frappe.db.get_value("Nurture Sequence", SEQUENCE, "current_version")
		frappe.db.set_value("Nurture Sequence Version", version, "definition", '{"of": "a newer app"}')
		active.forget()
		(found,) = (one for one in problems() if one.code == "version_unreadable")
		self.assertIn(SEQUENCE, found.sentence)
		self.assertIn("Activate New Version", found.remedy)
		self.assertTrue(frappe.get_doc("Nurture Sequence", SEQUENCE).differs_from_version())
		lifecycle.activate(site_host(commit=False), SEQUENCE)
		active.forget()
		self.assertNotIn("version_unreadable", self.codes())

	def test_held_steps_and_unknown_mails_are_counted(self) -> None:
		self.assertFalse({"held", "unknown_mails"} & self.codes())
		enrollment_actions.enroll(SEQUENCE, [self.lead.name])
		frappe.db.set_value("Nurture Enrollment", {"party": self.lead.name}, "status", "Held")
		frappe.get_doc(
			{"doctype": "Nurture Touch", "status": "Unknown", "token": "u", "touch_key": "u"}
		).insert()
		self.assertLessEqual({"held", "unknown_mails"}, self.codes())

	def test_a_suspended_queue_and_an_old_mail_are_named(self) -> None:
		frappe.db.set_default("suspend_email_queue", 1)
		frappe.get_doc(
			{
				"doctype": "Email Queue",
				"status": "Not Sent",
				"message": "x",
				"recipients": [{"recipient": "a@b.example"}],
			}
		).insert()
		name = frappe.get_last_doc("Email Queue").name
		frappe.db.set_value("Email Queue", name, "creation", frappe.utils.add_to_date(None, hours=-2))
		self.assertLessEqual({"queue_suspended", "queue_late"}, self.codes())
		frappe.db.set_default("suspend_email_queue", 0)

	def test_what_pauses_the_scheduler_in_the_configuration_is_called_by_its_name(self) -> None:
		from unittest.mock import patch

		keys = ("maintenance_mode", "pause_scheduler", "disable_scheduler")
		for key in keys:
			with patch.dict(frappe.conf, {**dict.fromkeys(keys, 0), key: 1}):
				(found,) = (one for one in problems() if one.code.startswith("scheduler_"))
				self.assertIn(f"Take {key} out", found.remedy)

	def test_a_scheduler_that_sleeps_is_named(self) -> None:
		from unittest.mock import patch

		with patch.dict(frappe.conf, {"pause_scheduler": 0}):
			with patch("nurture_app.site.health.is_scheduler_disabled", return_value=True):
				self.assertIn("scheduler_disabled", self.codes())
			with (
				patch("nurture_app.site.health.is_scheduler_disabled", return_value=False),
				patch("nurture_app.site.health.is_dormant", return_value=True),
			):
				self.assertIn("scheduler_dormant", self.codes())
			with (
				patch("nurture_app.site.health.is_scheduler_disabled", return_value=False),
				patch("nurture_app.site.health.is_dormant", return_value=False),
				patch(
					"nurture_app.site.health.last_tick",
					return_value=frappe.utils.add_to_date(None, hours=-1, as_datetime=True),
				),
			):
				self.assertIn("tick_late", self.codes())

	def test_boot_knows_every_reason(self) -> None:
		from nurture_app.engine.codes import Reason
		from nurture_app.site.boot import extend_bootinfo

		bootinfo = frappe._dict()
		extend_bootinfo(bootinfo)
		self.assertLessEqual({str(reason) for reason in Reason}, set(bootinfo.nurture["reasons"]))
		self.assertTrue(all(bootinfo.nurture["reasons"].values()))
		self.assertTrue(bootinfo.nurture["may_enroll"])

	def test_lists_offer_to_enroll_to_those_who_may(self) -> None:
		from nurture_app.site.boot import extend_bootinfo

		make_user("seller@api.example", "Sales User")
		make_user("clerk@api.example", "Accounts User")
		self.addCleanup(frappe.set_user, "Administrator")
		for user, may in (("seller@api.example", True), ("clerk@api.example", False)):
			frappe.set_user(user)
			bootinfo = frappe._dict()
			extend_bootinfo(bootinfo)
			self.assertEqual(bootinfo.nurture["may_enroll"], may)
