"""The main job on a real site: fifty leads from a CSV file get the five e-mails over SMTP, and leave when it is time.

One story is told once (`setUpClass`) with a moved clock, real mail and real inbound parsing; the tests look at what
came of it. At the end the same leads and activities run through the simulator, which must say the same.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import frappe
from frappe.core.doctype.data_import.data_import import start_import
from frappe.email.queue import flush
from frappe.email.receive import InboundMail

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.engine.lifecycle import activate, date_goal
from nurture_app.site import active, nurture_jobs
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_mail_account
from nurture_app.site.testing.mail_server import MailServer
from nurture_app.site.testing.site_case import SiteCase, dump
from nurture_app.site.testing.web import request

START = datetime(2026, 3, 2, 11, 20)
"""A Monday, in the site's zone (New York). Its clocks change on 8 March."""
END = datetime(2026, 4, 7)
SITE_ZONE = "America/New_York"
MAILS = ["Welcome", "Problem", "Education", "Social Proof", "Soft CTA"]
FIVE = "Five-Email Nurture"
COLUMNS = ("first_name", "email_id", "company_name", "industry", "no_of_employees", "job_title")
COLUMNS += ("nurture_email_consent", "nurture_time_zone")

REPLIES, OUT_OF_OFFICE, LEAVES, BUYS, ASKS = "lead01", "lead02", "lead03", "lead04", "lead05"
BROWSES, GOES_QUIET = "lead06", "lead07"
BERLIN = [f"lead{number:02}" for number in range(11, 21)]
TOKYO = [f"lead{number:02}" for number in range(21, 26)]
NO_CONSENT = [f"lead{number:02}" for number in range(46, 51)]
ACTIVITIES = [
	(datetime(2026, 3, 3, 12, 0), ASKS, "Demo Request", ""),
	(datetime(2026, 3, 4, 16, 0), BROWSES, "Pricing Page View", "/pricing"),
	(datetime(2026, 3, 4, 17, 0), BROWSES, "Pricing Page View", "/pricing"),
	(datetime(2026, 3, 5, 10, 0), BROWSES, "Content Download", "guide.pdf"),
	(datetime(2026, 3, 6, 10, 0), BROWSES, "Pricing Page View", "/pricing"),
	(datetime(2026, 3, 5, 11, 0), "lead08", "Webinar Attended", "Spring webinar"),
	(datetime(2026, 3, 13, 11, 0), "lead09", "Email Open", ""),
]


def address(name: str) -> str:
	return f"{name}@acceptance.example"


class TestMainJob(SiteCase):
	"""What a marketer, a salesperson and an administrator see after five weeks."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.server = MailServer()
		cls.server.__enter__()
		cls.addClassCleanup(cls.server.__exit__)
		cls.folder = Path(tempfile.mkdtemp(prefix="nurture-acceptance-"))
		cls.arrived: list[tuple[datetime, EmailMessage]] = []
		_set_up_site(cls.server.port)
		flags = frappe.flags.testing_email, frappe.flags.mute_emails, frappe.conf.get("mute_emails")
		frappe.flags.testing_email, frappe.flags.mute_emails = True, False
		frappe.conf.mute_emails = 0
		cls.addClassCleanup(_restore_flags, flags)
		cls._live()

	@classmethod
	def _live(cls) -> None:
		story = cls("run_story")
		with story.at(START - timedelta(hours=1)):
			_activate_everything()
		with story.at(START):
			cls._import_leads()
		happenings = sorted(
			[
				*((when, lambda a=activity: _record(a)) for activity in ACTIVITIES for when in [activity[0]]),
				(
					datetime(2026, 3, 4, 14, 0),
					lambda: cls._answer(REPLIES, "Problem", "Sounds good, call me."),
				),
				(datetime(2026, 3, 4, 14, 30), cls._out_of_office),
				(datetime(2026, 3, 9, 15, 0), lambda: cls._unsubscribe(LEAVES)),
				(datetime(2026, 3, 10, 10, 0), lambda: _make_opportunity(BUYS)),
			],
			key=lambda one: one[0],
		)
		moment = START
		while moment < END:
			while happenings and happenings[0][0] <= moment:
				when, happen = happenings.pop(0)
				with story.at(when):
					happen()
					frappe.db.commit()  # nosemgrep: each request commits
			with story.at(moment):
				cls._work(moment)
			moment = (moment + timedelta(hours=1)).replace(minute=0)

	def run_story(self) -> None:
		"""Needed to make an instance that can freeze the time."""

	@classmethod
	def _work(cls, moment: datetime) -> None:
		"""What the scheduler does at `moment`; then the mail server is asked what arrived."""
		if moment.hour == 0:
			nurture_jobs.run_nightly()
		nurture_jobs.run_tick()
		flush()
		frappe.db.commit()  # nosemgrep: end of a job
		cls.arrived += [(moment, message) for message in cls.server.take()]

	@classmethod
	def _import_leads(cls) -> None:
		text = io.StringIO()
		writer = csv.writer(text)
		writer.writerow(COLUMNS)
		writer.writerows(_lead_rows())
		name = f"leads-{frappe.generate_hash(length=8)}.csv"
		file = frappe.get_doc(
			{"doctype": "File", "file_name": name, "content": text.getvalue(), "is_private": 1}
		).insert()
		values = {
			"reference_doctype": "Lead",
			"import_type": "Insert New Records",
			"import_file": file.file_url,
		}
		job = frappe.get_doc({"doctype": "Data Import", "mute_emails": 1, **values}).insert()
		frappe.db.commit()  # nosemgrep: the request that uploads the file
		start_import(job.name)
		assert frappe.db.get_value("Data Import", job.name, "status") == "Success", _import_problems(job.name)
		frappe.flags.in_import = frappe.flags.mute_emails = False

	@classmethod
	def _mail(cls, lead: str, step: str) -> EmailMessage:
		touch = frappe.get_doc("Nurture Touch", {"address": address(lead), "step": step})
		return next(mail for _, mail in cls.arrived if touch.message_id in mail["Message-ID"])

	@classmethod
	def _answer(cls, lead: str, step: str, text: str, subject: str = "", headers: dict | None = None) -> None:
		"""A reply as the person's mail program writes it, parsed by Frappe's own inbound code."""
		original = cls._mail(lead, step)
		reply = EmailMessage()
		reply["From"] = f"Person <{address(lead)}>"
		reply["To"] = original["From"]
		reply["Subject"] = subject or f"Re: {original['Subject']}"
		reply["Message-ID"] = f"<answer-{lead}@mail.example>"
		reply["In-Reply-To"] = original["Message-ID"]
		reply["References"] = original["Message-ID"]
		for header, value in (headers or {}).items():
			reply[header] = value
		reply.set_content(text)
		account = frappe.get_doc("Email Account", "Nurture Test")
		InboundMail(reply.as_bytes(), account, uid=f"{lead}1").process()

	@classmethod
	def _out_of_office(cls) -> None:
		cls._answer(
			OUT_OF_OFFICE,
			"Problem",
			"I am away until Monday.",
			"Automatic reply: your message",
			{"Auto-Submitted": "auto-replied"},
		)

	@classmethod
	def _unsubscribe(cls, lead: str) -> None:
		"""One click in a mail program, by the bytes that arrived (RFC 8058)."""
		url = cls._mail(lead, "Education")["List-Unsubscribe"].strip(" <>")
		path = re.sub(r"https?://[^/]+", "", url)
		page = request("GET", path)
		assert page.status_code == 200 and "Unsubscribe" in page.text, (
			f"{path} {page.status} {page.text[-1500:]}"
		)
		assert not frappe.db.exists("Nurture Suppression", {"address": address(lead)}), "looking must not act"
		answer = request("POST", path, data={"List-Unsubscribe": "One-Click"})
		assert answer.status_code == 200, answer.status

	# --- what came of it -------------------------------------------------------------------------------------------

	def test_five_mails_arrive_on_their_days(self) -> None:
		expected = {
			"New York": ("lead10", ["03-02", "03-04", "03-09", "03-13", "03-19"]),
			"Berlin, enrolled after hours": (BERLIN[0], ["03-03", "03-04", "03-09", "03-13", "03-19"]),
			"Tokyo, where it was Tuesday": (TOKYO[0], ["03-03", "03-05", "03-09", "03-16", "03-20"]),
		}
		for where, (lead, days) in expected.items():
			with self.subTest(where):
				self.assertEqual([day.strftime("%m-%d") for day in self._local_days(lead)][:5], days)

	def _local_days(self, lead: str) -> list[date]:
		return [
			self._local(lead, moment).date() for moment, mail in self.arrived if mail["To"] == address(lead)
		]

	def _local(self, lead: str, moment: datetime) -> datetime:
		return moment.replace(tzinfo=ZoneInfo(SITE_ZONE)).astimezone(ZoneInfo(_zone_of(lead) or SITE_ZONE))

	def test_every_mail_arrives_inside_the_window_of_its_recipient(self) -> None:
		self.assertGreater(len(self.arrived), 200)
		for moment, mail in self.arrived:
			local = self._local(mail["To"].split("@")[0], moment)
			with self.subTest(f"{mail['To']} {local}"):
				self.assertLess(local.weekday(), 5)
				self.assertTrue(9 <= local.hour < 17, local)

	def test_nobody_gets_a_mail_twice(self) -> None:
		seen = defaultdict(int)
		for _, mail in self.arrived:
			seen[mail["To"], mail["Subject"]] += 1
		self.assertEqual([key for key, count in seen.items() if count > 1], [])

	def test_headers_are_whole_after_smtp(self) -> None:
		site = frappe.local.site
		for _, mail in self.arrived[:20]:
			url = mail["List-Unsubscribe"].strip()
			self.assertRegex(url, r"^<https?://[^ ]{10,73}/u/[A-Za-z0-9_-]{22}>$")
			self.assertLessEqual(len(url), 77)
			self.assertEqual(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
			self.assertIn(site, mail["Message-ID"])
			self.assertIn("Alex Example", mail["From"])
			self.assertEqual(len(mail["To"].addresses), 1)
			self.assertIsNone(mail["Cc"])
			self.assertIsNone(mail["Bcc"])
			self.assertEqual(parsedate_to_datetime(mail["Date"]).year, 2026)

	def test_texts_are_filled_in_and_carry_address_and_way_out(self) -> None:
		for _, mail in self.arrived:
			url = mail["List-Unsubscribe"].strip(" <>")
			for kind in ("plain", "html"):
				text = mail.get_body((kind,)).get_content()
				self.assertNotRegex(text, r"\{\{|\{%|None")
				self.assertIn(url, text)
				self.assertIn("1 Sample Street", text)
			self.assertNotIn("Hi ,", mail.get_body(("plain",)).get_content())
		first = self._mail("lead10", "Welcome").get_body(("plain",)).get_content()
		self.assertIn("Person10", first)

	def test_a_reply_stops_the_sequence_and_adds_twenty(self) -> None:
		self.assertEqual(len(self._local_days(REPLIES)), 2)
		self.assertEqual(self._enrollment(REPLIES), ("Exited", "replied"))
		self.assertEqual(self._points(REPLIES), {"Replied to a mail": 20})
		touch = frappe.get_doc("Nurture Touch", {"address": address(REPLIES), "step": "Problem"})
		self.assertEqual((touch.status, touch.replied_on), ("Replied", datetime(2026, 3, 4, 14, 0)))

	def test_the_reply_stands_on_the_timeline_of_the_lead(self) -> None:
		communications = frappe.get_all(
			"Communication",
			{"reference_doctype": "Lead", "reference_name": _name(REPLIES)},
			["sent_or_received", "subject"],
			order_by="communication_date asc, creation asc",
		)
		self.assertEqual([one.sent_or_received for one in communications].count("Received"), 1)
		self.assertEqual([one.sent_or_received for one in communications].count("Sent"), 2)

	def test_an_out_of_office_note_is_no_reply(self) -> None:
		self.assertGreaterEqual(len(self._local_days(OUT_OF_OFFICE)), 5)
		self.assertFalse(
			frappe.db.exists(
				"Nurture Activity", {"party": _name(OUT_OF_OFFICE), "activity_type": "Email Reply"}
			)
		)

	def test_an_unsubscribe_stops_the_person_everywhere_and_costs_25(self) -> None:
		self.assertEqual(len(self._local_days(LEAVES)), 3)
		self.assertEqual(self._enrollment(LEAVES), ("Exited", "unsubscribed"))
		self.assertIn(-25, self._points(LEAVES).values())
		lead = frappe.get_doc("Lead", _name(LEAVES))
		self.assertEqual(lead.nurture_email_consent, "Withdrawn")
		with self.at(END):
			from nurture_app.engine.enrollments.entering import enroll

			frappe.get_doc("Nurture Sequence", "Cold Re-Engagement")
			outcome = enroll(site_host(commit=True), "Cold Re-Engagement", [lead.name])[0]
		self.assertEqual(outcome.reason, "unsubscribed")

	def test_an_opportunity_is_the_goal(self) -> None:
		self.assertEqual(self._enrollment(BUYS), ("Completed", "goal_reached"))
		self.assertEqual(len(self._local_days(BUYS)), 3)

	def test_without_consent_nothing_is_sent(self) -> None:
		for lead in NO_CONSENT:
			self.assertEqual(self._local_days(lead), [])
			self.assertFalse(frappe.db.exists("Nurture Enrollment", {"party": _name(lead)}))

	def test_non_openers_get_the_second_track(self) -> None:
		steps = frappe.get_all(
			"Nurture Touch",
			{"address": address("lead10"), "sent_on": ["is", "set"]},
			pluck="step",
			order_by="due_on asc",
		)
		self.assertEqual(steps, [*MAILS, "Re-engage 1", "Re-engage 2", "Re-engage 3"])

	def test_lead_list_shows_scores_and_stages(self) -> None:
		rows = frappe.get_list(
			"Lead",
			fields=["email_id", "nurture_score", "nurture_stage"],
			filters={"email_id": ["like", "%@acceptance.example"], "nurture_score": [">=", 50]},
			order_by="nurture_score desc",
		)
		shown = {row.email_id.split("@")[0]: (row.nurture_score, row.nurture_stage) for row in rows}
		# 30 for the demo, 10 each for industry, size and seniority
		self.assertEqual(shown[ASKS], (60, "MQL"), dump(shown))
		# pricing pages on two days 15 + 15, a download 10, fit 30
		self.assertEqual(shown[BROWSES], (70, "MQL"), dump(shown))

	def test_lead_form_shows_the_reason_for_each_point(self) -> None:
		from nurture_app.site.api.lead_panel import get_panel

		with self.at(END):
			panel = get_panel(_name(ASKS))
		self.assertEqual(sum(self._points(ASKS).values()), 60)
		text = dump(panel)
		for words in ("demo", "industry", "MQL"):
			self.assertIn(words.lower(), text.lower())

	def test_the_ledger_sums_to_the_score_on_every_lead(self) -> None:
		from nurture_app.engine.sums import score_at

		with self.at(END):
			nurture_jobs.run_nightly()
			for lead in frappe.get_all(
				"Lead", {"email_id": ["like", "%@acceptance.example"]}, ["name", "nurture_score"]
			):
				self.assertEqual(
					sum(score_at(site_host(commit=True), lead.name)), lead.nurture_score, lead.name
				)

	def test_the_simulator_says_the_same(self) -> None:
		outcome = self._simulate()
		with self.at(END):
			nurture_jobs.run_nightly()
		site_scores = {
			row.email_id: (
				row.nurture_score,
				row.nurture_fit_score,
				row.nurture_engagement_score,
				row.nurture_stage or "",
			)
			for row in frappe.get_all(
				"Lead",
				{"email_id": ["like", "%@acceptance.example"]},
				[
					"email_id",
					"nurture_score",
					"nurture_fit_score",
					"nurture_engagement_score",
					"nurture_stage",
				],
			)
		}
		self.assertEqual(
			site_scores,
			{one.email_id: (one.score, one.fit, one.engagement, one.stage) for one in outcome.leads},
		)
		site_touches = sorted(
			(row.address, row.sequence, row.step, str(row.due_on), str(row.sent_on.date()))
			for row in frappe.get_all(
				"Nurture Touch",
				{"channel": "Email", "sent_on": ["is", "set"]},
				["address", "sequence", "step", "due_on", "sent_on"],
			)
		)
		self.assertEqual(
			site_touches,
			sorted(
				(one.email_id, one.sequence, one.step, str(one.due_on), str(one.sent_on.date()))
				for one in outcome.sent
			),
		)
		exits = frappe.get_all("Nurture Enrollment", {"ended_on": ["is", "set"]}, pluck="reason")
		self.assertEqual({reason: exits.count(reason) for reason in set(exits)}, dict(outcome.exits))

	def _simulate(self):
		from nurture_app.simulator.csv_input import read_activities, read_leads
		from nurture_app.simulator.outcome import read_outcome
		from nurture_app.simulator.presets import activity_types, read_presets
		from nurture_app.simulator.run import Scenario, Simulation
		from nurture_app.simulator.tables import lead_catalog

		zone = ZoneInfo(SITE_ZONE)
		leads_file, activities_file = self.folder / "sim_leads.csv", self.folder / "sim_activities.csv"
		with leads_file.open("w", newline="") as file:
			writer = csv.writer(file)
			writer.writerow((*COLUMNS[:6], "consent", "time_zone", "creation"))
			for row in _lead_rows():
				writer.writerow((*row[:6], "yes" if row[6] else "no", row[7], START))
		seen = [(when, lead, kind, detail) for when, lead, kind, detail in ACTIVITIES]
		seen += [
			(datetime(2026, 3, 4, 14, 0), REPLIES, "Email Reply", ""),
			(datetime(2026, 3, 9, 15, 0), LEAVES, "Unsubscribe", ""),
			(datetime(2026, 3, 10, 10, 0), BUYS, "Opportunity Created", ""),
		]
		with activities_file.open("w", newline="") as file:
			writer = csv.writer(file)
			writer.writerow(("email_id", "activity_type", "occurred_on", "detail"))
			writer.writerows((address(lead), kind, when, detail) for when, lead, kind, detail in sorted(seen))
		problems: list = []
		presets = read_presets(None)
		leads = read_leads(leads_file, lead_catalog(), zone, END, problems)
		addresses = {lead.address for lead in leads}
		activities = read_activities(activities_file, addresses, activity_types(presets), zone, END, problems)
		self.assertEqual(problems, [])
		start = START.replace(hour=0, minute=0)
		simulation = Simulation(Scenario(leads, activities, presets, start, END, zone, seed=1))
		simulation.run()
		return read_outcome(simulation)

	def _enrollment(self, lead: str) -> tuple[str, str]:
		return frappe.db.get_value(
			"Nurture Enrollment", {"party": _name(lead), "sequence": FIVE}, ["status", "reason"]
		)

	def _points(self, lead: str) -> dict[str, int]:
		with self.at(END):
			from nurture_app.engine.score_reasons import breakdown

			return {reason.rule: reason.points for reason in breakdown(site_host(commit=False), _name(lead))}


def _lead_rows() -> list[tuple]:
	rows = []
	for number in range(1, 51):
		lead = f"lead{number:02}"
		fits = lead in (ASKS, BROWSES) or number % 7 == 0
		rows.append(
			(
				f"Person{number:02}",
				address(lead),
				f"Company {number}",
				"Software" if fits else ("Consulting" if number % 5 == 0 else ""),
				"11-50" if fits else "1000+",
				"Head of Sales" if fits else "Assistant",
				"" if lead in NO_CONSENT else "Given",
				_zone_of(lead),
			)
		)
	return rows


def _zone_of(lead: str) -> str:
	return "Europe/Berlin" if lead in BERLIN else ("Asia/Tokyo" if lead in TOKYO else "")


def _import_problems(job: str) -> str:
	job_doc = frappe.get_doc("Data Import", job)
	logs = frappe.get_all(
		"Data Import Log", {"data_import": job, "success": 0}, ["messages", "exception"], limit=3
	)
	return dump([job_doc.status, job_doc.template_warnings, logs])


def _name(lead: str) -> str:
	return frappe.db.get_value("Lead", {"email_id": address(lead)})


def _record(activity: tuple) -> None:
	when, lead, kind, detail = activity
	record(site_host(commit=True), [ActivityIn(_name(lead), kind, when, detail=detail)])


def _make_opportunity(lead: str) -> None:
	from erpnext.crm.doctype.lead.lead import make_opportunity

	make_opportunity(_name(lead)).insert()


def _set_up_site(port: int) -> None:
	frappe.db.set_single_value("System Settings", "time_zone", SITE_ZONE)
	frappe.local.system_timezone = None
	frappe.clear_cache()
	for industry in ("Software", "Consulting"):
		if not frappe.db.exists("Industry Type", industry):
			frappe.get_doc({"doctype": "Industry Type", "industry": industry}).insert()
	make_mail_account("Nurture Test", "alex@company.example", port, append_to="Lead")
	settings = frappe.get_doc("Nurture Settings")
	settings.update(
		{
			"email_account": "Nurture Test",
			"sender_name": "Alex Example",
			"company_name": "Example Company",
			"postal_address": "Example Company, 1 Sample Street",
			"hold_all_sending": 0,
			"default_time_zone": "",
			"holiday_list": None,
		}
	)
	settings.save()
	frappe.db.commit()  # nosemgrep: a test site


def _activate_everything() -> None:
	from nurture_app.simulator.presets import USUAL

	for rule in frappe.get_all("Lead Scoring Rule", {"preset": ["is", "set"]}, pluck="name"):
		frappe.db.set_value("Lead Scoring Rule", rule, "enabled", 1)
	for segment in frappe.get_all("Nurture Segment", {"preset": ["is", "set"]}, pluck="name"):
		frappe.db.set_value("Nurture Segment", segment, "enabled", 1)
	active.forget()
	frappe.db.commit()  # nosemgrep: the sequences are activated in a transaction of their own
	for sequence in USUAL:
		date_goal(site_host(commit=True), sequence)
		activate(site_host(commit=True), sequence)
	active.forget()
	nurture_jobs.run_rescore()


def _restore_flags(flags: tuple) -> None:
	frappe.flags.testing_email, frappe.flags.mute_emails, frappe.conf.mute_emails = flags
