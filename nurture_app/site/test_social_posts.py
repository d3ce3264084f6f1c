"""The calendar of social posts: planned, reminded of, posted by a person, and taken elsewhere as a file (CH-10)."""

from __future__ import annotations

import csv
import io
from typing import Any

import frappe
import vobject
from frappe.utils import add_days, add_to_date, now_datetime, nowdate

from nurture_app.site.api import calendar_actions, social_posts
from nurture_app.site.channels.test_webhooks import HOOK, WebhookCase
from nurture_app.site.social_posts import DOCTYPE, remind_of_posts
from nurture_app.site.test_permissions import OUTSIDER, make_user
from nurture_app.site.testing.factories import settle_settings
from nurture_app.site.testing.site_case import SiteCase

DAY = "2031-05-06"


class TestSocialPosts(SiteCase):
	def setUp(self) -> None:
		frappe.db.delete(DOCTYPE)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def post(self, title: str = "A story", **values: Any) -> Any:
		usual = {"network": "LinkedIn", "text": "Why they covered the figures.", "status": "Planned"}
		usual |= {"planned_on": f"{DAY} 09:30:00", "url": "https://www.example.com/story"}
		return frappe.get_doc({"doctype": DOCTYPE, "title": title, **usual, **values}).insert()

	def file(self, **values: str) -> bytes:
		social_posts.download(**{"start": DAY, "end": DAY, **values})
		return frappe.response.pop("filecontent")

	def test_the_link_to_post_carries_marks_and_an_asset_lends_its_address(self) -> None:
		self.assertIn("utm_source=linkedin", self.post(utm_campaign="May").tagged_url)
		frappe.delete_doc("Nurture Asset", "Posted Guide", force=True, ignore_missing=True)
		asset = {"doctype": "Nurture Asset", "title": "Posted Guide", "url": "https://www.example.com/guide"}
		name = frappe.get_doc(asset).insert().name
		self.assertTrue(
			self.post(url="", asset=name).tagged_url.startswith("https://www.example.com/guide?utm")
		)
		for wrong in ({"url": "javascript:alert(1)"}, {"planned_on": None}, {"network": "Telegraph"}):
			with self.assertRaises(frappe.ValidationError):
				self.post(**wrong)

	def test_the_post_of_somebody_who_left_keeps_no_other_waiting(self) -> None:
		gone = self.post("Left behind", planned_on=now_datetime())
		self.post(planned_on=now_datetime())
		frappe.db.set_value(DOCTYPE, gone.name, {"owner": "deleted@site.example", "keeper": None})
		self.assertEqual(remind_of_posts(), 2)
		takers = frappe.get_all("ToDo", {"reference_name": gone.name}, ["allocated_to", "role"])
		self.assertTrue(takers and (takers[0].allocated_to or takers[0].role == "Nurture Manager"))

	def test_who_posts_it_gets_one_task_on_the_day_which_ends_with_the_posting(self) -> None:
		due = self.post(planned_on=now_datetime())
		self.post("Draft", planned_on=now_datetime(), status="Draft")
		self.post("Tomorrow", planned_on=add_to_date(now_datetime(), days=1))
		self.assertEqual((remind_of_posts(), remind_of_posts()), (1, 0))
		task = {"reference_type": DOCTYPE, "reference_name": due.name}
		self.assertEqual(
			frappe.db.get_value("ToDo", task, ["status", "allocated_to"]), ("Open", "Administrator")
		)
		due.update({"status": "Posted", "post_url": "https://www.linkedin.com/posts/1"}).save()
		self.assertEqual(frappe.db.get_value("ToDo", task, "status"), "Closed")
		self.assertTrue(due.posted_on and due.posted_by == "Administrator")

	def test_both_calendars_show_it(self) -> None:
		name = self.post().name
		events = social_posts.get_events(f"{DAY} 00:00:00", "2031-06-10 00:00:00")
		self.assertEqual([(one["name"], one["status"]) for one in events], [(name, "Planned")])
		self.assertLess(events[0]["planned_on"], events[0]["ends_on"])
		others = [[DOCTYPE, "network", "=", "X"]]
		filters = frappe.as_json(others)
		self.assertEqual(social_posts.get_events(f"{DAY} 00:00:00", "2031-06-10 00:00:00", filters), [])
		found = calendar_actions.get_events(f"{add_days(DAY, -1)} 00:00:00", f"{add_days(DAY, 9)} 00:00:00")
		self.assertIn(("Post: A story", DAY), [(one["title"], one["start"]) for one in found])

	def test_a_spreadsheet_gets_no_formulas_and_only_what_was_asked_for(self) -> None:
		self.post(text='=1+1 Grüße, "you"')
		self.post("Later", planned_on=f"{add_days(DAY, 1)} 00:00:00")
		self.post("Dropped", status="Dropped")
		self.post("Draft", status="Draft")
		rows = list(csv.DictReader(io.StringIO(self.file(format="csv").decode("utf-8-sig"))))
		self.assertEqual([row["Title"] for row in rows], ["A story", "Draft"])
		self.assertEqual((rows[0]["Text"], rows[0]["Planned on"]), ('\'=1+1 Grüße, "you"', f"{DAY} 09:30"))
		rows = list(csv.DictReader(io.StringIO(self.file(status="Planned").decode("utf-8-sig"))))
		self.assertEqual(len(rows), 1)

	def test_other_calendars_read_it_at_the_right_time(self) -> None:
		post = self.post(text="Line one\nLine; two, " + "long " * 60)
		text = self.file(format="ics").decode()
		self.assertTrue(all(len(line.encode()) <= 75 for line in text.splitlines()))
		event = vobject.readOne(text).vevent
		local = event.dtstart.value.astimezone(self.zone()).replace(tzinfo=None)
		self.assertEqual(str(local), f"{DAY} 09:30:00")
		self.assertIn("Line; two, long", event.description.value)
		self.assertTrue(event.uid.value.startswith(post.name))
		self.assertEqual(event.summary.value, "LinkedIn: A story")

	def zone(self) -> Any:
		from nurture_app.site.host import site_host

		return site_host(commit=False).clock.zone

	def test_strangers_and_odd_requests_are_refused(self) -> None:
		for odd in (
			{"format": "exe"},
			{"end": add_days(DAY, -1)},
			{"end": add_days(DAY, 900)},
			{"status": "x"},
		):
			with self.assertRaises(frappe.ValidationError):
				self.file(**odd)
		make_user(OUTSIDER, "Blogger")
		frappe.set_user(OUTSIDER)
		with self.assertRaises(frappe.PermissionError):
			self.file()
		with self.assertRaises(frappe.PermissionError):
			social_posts.get_events(nowdate(), add_days(nowdate(), 1))


class TestHandedPosts(WebhookCase):
	"""A scheduling tool that takes them, against a real server on this machine."""

	def setUp(self) -> None:
		super().setUp()
		frappe.db.delete(DOCTYPE)
		frappe.db.delete("ToDo", {"reference_type": DOCTYPE})
		settle_settings(social_webhook=HOOK)
		frappe.db.commit()  # nosemgrep: calls are made from committed rows
		self.addCleanup(self._switch_off)

	@staticmethod
	def _switch_off() -> None:
		frappe.db.rollback()
		frappe.db.delete(DOCTYPE)
		frappe.db.delete("ToDo", {"reference_type": DOCTYPE})
		settle_settings(social_webhook=None)
		frappe.db.commit()  # nosemgrep: a test site

	def post(self, **values: Any) -> Any:
		doc = {"doctype": DOCTYPE, "title": "A story", "network": "LinkedIn", "text": "Why they covered it."}
		doc |= {"status": "Planned", "planned_on": now_datetime(), "url": "https://www.example.com/story"}
		post = frappe.get_doc({**doc, **values}).insert()
		frappe.db.commit()  # nosemgrep: calls are made from committed rows
		return post

	def save(self, post: Any, **values: Any) -> Any:
		post = frappe.get_doc(DOCTYPE, post.name)
		post.update(values)
		post.save()
		frappe.db.commit()  # nosemgrep: calls are made from committed rows
		return post

	def told(self) -> list[tuple[str, str]]:
		"""What the tool has heard since the last time: action and text."""
		self.send()
		said = [one.json for one in self.side.asked]
		self.side.asked.clear()
		return [(one["action"], one["text"]) for one in said]

	def test_a_planned_post_is_handed_over_signed_and_with_its_time(self) -> None:
		post = self.post(planned_on=f"{DAY} 09:30:00")
		self.send()
		(asked,) = self.side.asked
		said = asked.json
		self.assertEqual((said["event"], said["action"], said["post"]), ("social_post", "planned", post.name))
		self.assertTrue(said["link"].startswith("https://www.example.com/story?utm_source=linkedin"))
		self.assertRegex(said["planned_on"], rf"^{DAY}T09:30:00[+-]\d\d:\d\d$")
		self.assertTrue(asked.headers["x-nurture-signature"].startswith("sha256="))
		post.reload()
		post.run_method("onload")
		self.assertEqual(post.get_onload("handed").status, "Sent")

	def test_changes_are_told_and_what_changes_nothing_for_the_tool_is_not(self) -> None:
		post = self.post(status="Draft")
		self.assertEqual(self.told(), [])
		post = self.save(post, status="Planned")
		self.assertEqual(self.told(), [("planned", "Why they covered it.")])
		self.save(post, notes="For ourselves")
		self.assertEqual(self.told(), [])
		self.save(post, text="Two")
		self.save(post, text="Three")  # before the second is taken
		self.assertEqual(self.told(), [("changed", "Three")])
		self.save(post, status="Dropped")
		self.assertEqual(self.told(), [("dropped", "Three")])
		self.save(post, status="Planned")
		self.assertEqual(self.told(), [("planned", "Three")])
		self.save(post, status="Posted")
		self.assertEqual(self.told(), [("posted", "Three")])

	def test_what_is_deleted_is_not_posted_and_what_others_post_is_theirs(self) -> None:
		post = self.post()
		self.told()
		frappe.delete_doc(DOCTYPE, post.name)
		frappe.db.commit()  # nosemgrep: calls are made from committed rows
		self.assertEqual([action for action, _ in self.told()], ["dropped"])
		self.post(is_influencer=1)
		self.assertEqual(self.told(), [])

	def test_only_what_the_tool_has_not_taken_brings_a_task(self) -> None:
		self.post(title="Taken")
		self.told()
		failed = self.post(title="Refused")
		self.side.answer(422, "no such network")
		self.told()
		self.assertEqual(remind_of_posts(), 1)
		(task,) = frappe.get_all(
			"ToDo", {"reference_type": DOCTYPE, "status": "Open"}, pluck="reference_name"
		)
		self.assertEqual(task, failed.name)
		self.assertTrue(social_posts.hand_over_again(failed.name))
		frappe.db.commit()  # nosemgrep: calls are made from committed rows
		self.assertEqual(self.told(), [("changed", failed.text)])

	def test_without_a_tool_nothing_leaves(self) -> None:
		settle_settings(social_webhook=None)
		post = self.post()
		self.assertEqual(self.told(), [])
		self.assertFalse(social_posts.hand_over_again(post.name))
