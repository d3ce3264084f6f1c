"""The calendar of social posts: planned, reminded of, posted by a person, and taken elsewhere as a file (CH-10)."""

from __future__ import annotations

import csv
import io
from typing import Any

import frappe
import vobject
from frappe.utils import add_days, add_to_date, now_datetime, nowdate

from nurture_app.site.api import calendar_actions, social_posts
from nurture_app.site.social_posts import DOCTYPE, remind_of_posts
from nurture_app.site.test_permissions import OUTSIDER, make_user
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
