"""The events API over HTTP, as a program of the company or a stranger uses it."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from nurture_app.site import nurture_jobs
from nurture_app.site.public import limits
from nurture_app.site.testing.factories import at_the_same_time, make_lead, make_rule, request
from nurture_app.site.testing.senders import count_rows, event, make_source, post_events, post_hits
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.website import sources

TABLES = ("Nurture Incoming Event", "Nurture Activity", "Nurture Refused Event", "Lead", "Nurture Visitor")


class TestEvents(SiteCase):
	def setUp(self) -> None:
		for table in ("Nurture Incoming Event", "Nurture Activity", "Nurture Refused Event"):
			frappe.db.delete(table)
		self.source = make_source("Events Test", "Server")
		self.key = self.source.flags.key
		self.lead = self.known("events-lead")
		limits.forget(sources.MISSES)
		limits.forget("event source")

	def known(self, name: str) -> str:
		found = frappe.db.get_value("Lead", {"email_id": f"{name}@site.example"})
		lead = found or make_lead(name).name
		frappe.db.commit()  # nosemgrep: requests see committed data only
		return lead

	def activities(self) -> list[str]:
		"""Details of what is on the lead after the next job."""
		nurture_jobs.run_incoming()
		return frappe.get_all(
			"Nurture Activity",
			{"party": self.lead, "activity_type": "Product Usage"},
			pluck="detail",
			order_by="detail asc",
		)

	def test_events_are_accepted_at_once_and_scored_by_the_next_job(self) -> None:
		make_rule("Events Test: used", "Product Usage", 7)
		frappe.db.commit()  # nosemgrep: requests see committed data only
		answer = post_events(
			self.key, [event(1, "Events-Lead@site.example", detail="a", properties={"plan": "Team"})]
		)
		self.assertEqual((answer.status_code, answer.json["accepted"]), (200, 1))
		self.assertEqual(answer.json["results"], [{"id": "event-1", "status": "accepted"}])
		self.assertEqual(self.activities(), ["a"])
		self.assertEqual(frappe.db.get_value("Lead", self.lead, "nurture_score"), 7)
		recorded = frappe.get_last_doc(
			"Nurture Activity", {"party": self.lead, "activity_type": "Product Usage"}
		)
		self.assertEqual(
			(recorded.source_name, json.loads(recorded.properties)), ("Events Test", {"plan": "Team"})
		)

	def test_a_form_opened_before_sets_neither_counters_nor_keys_back(self) -> None:
		form = frappe.get_doc("Nurture Event Source", self.source.name)
		key_hash = form.key_hash
		post_events(self.key, [event(1, "events-lead@site.example")])
		frappe.db.rollback()  # sees what the request did
		form.update({"description": "Our shop", "key_hash": "0" * 64, "public_key": None})
		form.save()
		row = frappe.db.get_value("Nurture Event Source", form.name, ["accepted", "key_hash", "description"])
		self.assertEqual(row, (1, key_hash, "Our shop"))

	def test_a_batch_of_a_thousand_with_repetitions(self) -> None:
		batch = [
			event(number % 990, "events-lead@site.example", detail=str(number)) for number in range(1000)
		]
		answer = post_events(self.key, {"events": batch})
		self.assertEqual(
			[answer.json[key] for key in ("accepted", "duplicate", "refused")],
			[990, 10, 0],
			answer.json["results"][:2],
		)
		again = post_events(self.key, batch)
		self.assertEqual([again.json[key] for key in ("accepted", "duplicate")], [0, 1000])
		self.assertEqual(len(self.activities()), 990)
		last = post_events(self.key, batch[:5])
		self.assertEqual(last.json["duplicate"], 5)
		self.assertEqual(len(self.activities()), 990)

	def test_the_same_batch_at_the_same_time_is_recorded_once(self) -> None:
		batch = [event(number, "events-lead@site.example", detail=f"{number:02}") for number in range(20)]
		from nurture_app.site.host import site_host
		from nurture_app.site.website.ingest import ingest

		at_the_same_time(*[lambda: ingest(site_host(commit=True), "Events Test", batch)] * 4)
		self.assertEqual(len(self.activities()), 20)

	def test_each_event_gets_its_own_answer(self) -> None:
		future = (now_datetime() + timedelta(days=2)).isoformat() + "+00:00"
		batch = [
			event(1, "events-lead@site.example"),
			event(2, "nobody@site.example"),
			event(3, "events-lead@site.example", type="Nonsense"),
			event(4, "events-lead@site.example", occurred_on=future),
			event(5, "", person={"lead": self.lead}),
			"text",
		]
		answer = post_events(self.key, batch)
		self.assertEqual(answer.status_code, 207)
		told = [(one["status"], one.get("code", "")) for one in answer.json["results"]]
		self.assertEqual(
			told,
			[
				("accepted", ""),
				("refused", "event_person_unknown"),
				("refused", "event_type_unknown"),
				("refused", "event_in_future"),
				("accepted", ""),
				("refused", "event_malformed"),
			],
		)
		self.assertIn("Nonsense", answer.json["results"][2]["reason"])
		self.assertEqual(frappe.db.count("Nurture Refused Event", {"source": "Events Test"}), 4)
		counts = frappe.db.get_value("Nurture Event Source", "Events Test", ["accepted", "refused"])
		self.assertEqual(counts, (2, 4))

	def test_new_people_become_leads_when_asked_for(self) -> None:
		for lead in frappe.get_all("Lead", {"email_id": "events-new@site.example"}, pluck="name"):
			frappe.delete_doc("Lead", lead, force=True)
		frappe.db.commit()  # nosemgrep: a request must not wait for us
		person = {"email": "events-new@site.example", "first_name": "Nell", "company_name": "Newcomers"}
		batch = [event(1, "", person=person, create=True), event(2, "", person=person, create=True)]
		answer = post_events(self.key, batch)
		self.assertEqual(answer.json["accepted"], 2, answer.json)
		nurture_jobs.run_incoming()
		lead = frappe.get_last_doc("Lead", {"email_id": "events-new@site.example"})
		self.assertEqual((lead.first_name, lead.company_name), ("Nell", "Newcomers"))
		again = post_events(self.key, batch)
		self.assertEqual(again.json["duplicate"], 2)
		nurture_jobs.run_incoming()
		self.assertEqual(
			frappe.db.count("Nurture Activity", {"party": lead.name, "activity_type": "Product Usage"}), 2
		)

	def test_a_visitor_named_with_an_address_joins_the_lead(self) -> None:
		from nurture_app.site.testing.factories import settle_settings

		settle_settings(track_website=1)
		website = make_source("Events Test Site", "Browser")
		visitor = "abcdefabcdefabcdef01"
		answer = post_hits(website, {"v": visitor, "c": 1, "e": [{"t": "view", "i": "v" * 16, "p": "/docs"}]})
		self.assertEqual(answer.status_code, 204, answer.get_data())
		nurture_jobs.run_incoming()
		person = {"email": "events-lead@site.example", "visitor": visitor}
		answer = post_events(self.key, [event(1, "", person=person)])
		self.assertEqual(answer.json["accepted"], 1)
		nurture_jobs.run_incoming()
		self.assertEqual(frappe.db.get_value("Nurture Visitor", {"visitor_id": visitor}, "party"), self.lead)
		self.assertTrue(frappe.db.exists("Nurture Activity", {"party": self.lead, "detail": "/docs"}))
		settle_settings(track_website=0)
		frappe.db.commit()  # nosemgrep: a test site

	def test_without_a_good_key_nothing_happens(self) -> None:
		before = count_rows(TABLES)
		batch = [event(1, "events-lead@site.example")]
		for key in (
			"",
			"x",
			"a" * 43,
			self.key[:-1] + ("A" if self.key[-1] != "A" else "B"),
			self.key.swapcase(),
		):
			self.assertEqual(post_events(key, batch).status_code, 401, key)
		answers = [post_events("a" * 43, batch).status_code for _ in range(70)]
		self.assertIn(429, answers)
		limits.forget(sources.MISSES)
		website = make_source("Events Test Site", "Browser")
		self.assertEqual(post_events(website.public_key, batch).status_code, 401)
		self.source.update({"enabled": 0}).save()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		self.assertEqual(post_events(self.key, batch).status_code, 403)
		self.assertEqual(count_rows(TABLES), before)

	def test_bad_bodies_are_refused_and_change_nothing(self) -> None:
		before = count_rows(TABLES)
		for body, status in (
			(b"", 400),
			(b"{", 400),
			(b"\xff\xfe", 400),
			(b"[]", 400),
			(b"{}", 400),
			(b'{"events": 5}', 400),
			(b"null", 400),
			(b'["\\ud83d"]', 400),
			(b"[" * 60 + b"]" * 60, 400),
			(json.dumps([{}] * 1001).encode(), 413),
			(b"[" + b" " * 4_100_000 + b"]", 413),
		):
			for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
				answer = post_events(self.key, body, content_type)
				self.assertIn(answer.status_code, (status, 400, 413), (body[:20], content_type))
		self.assertEqual(request("GET", "/n/events", headers={"X-Nurture-Key": self.key}).status_code, 405)
		self.assertEqual(count_rows(TABLES), before)

	def test_a_flood_of_one_source_is_slowed_down(self) -> None:
		self.source.update({"per_minute": 3}).save()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		answers = [
			post_events(self.key, [event(1, "events-lead@site.example")]).status_code for _ in range(8)
		]
		self.assertIn(429, answers)

	def test_the_key_is_stored_as_a_digest_only(self) -> None:
		row = frappe.db.get_value("Nurture Event Source", "Events Test", "*", as_dict=True)
		self.assertNotIn(self.key, json.dumps(row, default=str))
		old = self.key
		new = frappe.get_doc("Nurture Event Source", "Events Test").set_new_key()
		frappe.db.commit()  # nosemgrep: requests see committed data only
		self.assertEqual(post_events(old, [event(1, "events-lead@site.example")]).status_code, 401)
		self.assertEqual(post_events(new, [event(1, "events-lead@site.example")]).status_code, 200)
