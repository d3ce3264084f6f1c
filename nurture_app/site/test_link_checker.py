"""Links that are looked at by night, against a web server on this machine."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.engine import lifecycle
from nurture_app.engine.library.sequence_checks import sequence_advice
from nurture_app.site import link_checker
from nurture_app.site.health import problems
from nurture_app.site.host import site_host
from nurture_app.site.library_reviews import remind_of_reviews
from nurture_app.site.link_checker import BROKEN, NOT_CHECKABLE, WORKS, check_links, look_at
from nurture_app.site.test_outgoing_http import ASKED, web_server
from nurture_app.site.testing.factories import make_content, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase


def make_asset(title: str, url: str, **values: object) -> str:
	frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
	return frappe.get_doc({"doctype": "Nurture Asset", "title": title, "url": url, **values}).insert().name


class TestLinkChecker(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.clear()

	def tearDown(self) -> None:
		self.clear()

	def clear(self) -> None:
		frappe.db.delete("Nurture Link Check")
		for name in frappe.get_all("Nurture Asset", {"title": ["like", "Linked%"]}, pluck="name"):
			frappe.delete_doc("Nurture Asset", name, force=True)
		frappe.db.commit()  # nosemgrep: as the job does

	def allowing(self, port: int) -> object:
		return patch.dict(frappe.conf, nurture_app_allowed_private_hosts=[f"127.0.0.1:{port}"])

	def status(self, url: str) -> str | None:
		return frappe.db.get_value("Nurture Link Check", {"url": url}, "status")

	def test_what_an_answer_means(self) -> None:
		with web_server() as port, self.allowing(port):
			found = {
				status: look_at(f"http://127.0.0.1:{port}/{status}") for status in (200, 404, 410, 403, 503)
			}
		self.assertEqual(
			{status: one.status for status, one in found.items()},
			{
				200: WORKS,
				404: BROKEN,
				410: BROKEN,
				403: NOT_CHECKABLE,
				503: BROKEN,
			},
		)
		self.assertEqual([status for status, one in found.items() if one.passing], [503])
		self.assertEqual(found[404].problem, "HTTP 404")

	def test_private_networks_are_not_asked_not_even_by_a_redirect(self) -> None:
		with web_server() as port:
			self.assertEqual(look_at(f"http://127.0.0.1:{port}/").status, NOT_CHECKABLE)
			self.assertEqual(ASKED, [])
			with self.allowing(port):  # redirects to the address of a cloud's secrets
				verdict = look_at(f"http://127.0.0.1:{port}/302")
		self.assertEqual((verdict.status, verdict.problem), (NOT_CHECKABLE, "leads into a private network"))
		self.assertEqual(len(ASKED), 1)

	def test_links_of_running_sequences_and_of_assets_are_looked_at_once_a_night(self) -> None:
		with web_server() as port, self.allowing(port):
			base = f"http://127.0.0.1:{port}"
			content = make_content("Linked Mail")
			body = f'<p><a href="{base}/404">x</a> <a href="{base}/200?a={{{{ lead.name }}}}">y</a></p>'
			frappe.get_doc("Nurture Content", content).update({"body": body}).save()
			step = {
				"step_label": "Mail",
				"step_type": "Email",
				"content": content,
				"timing": "On Day",
				"day": 1,
			}
			sequence = make_sequence("Linked Sequence", [step])
			make_asset("Linked Guide", f"{base}/410")
			make_asset("Linked Fine", f"{base}/200")
			make_asset("Linked Off", f"{base}/204", enabled=0)
			check_links()
			asked = {path for _method, path, _headers, _body in ASKED}
			self.assertEqual(asked, {"/404", "/410", "/200"})
			self.assertEqual(self.status(f"{base}/404"), BROKEN)
			self.assertEqual(frappe.db.get_value("Nurture Asset", "Linked Guide", "link_status"), BROKEN)
			self.assertEqual(frappe.db.get_value("Nurture Asset", "Linked Fine", "link_status"), WORKS)
			host = site_host(commit=False)
			advice = sequence_advice(host, lifecycle.load_definition(host, sequence))
			self.assertEqual(
				[one.params["url"] for one in advice if one.code == "broken_link"], [f"{base}/404"]
			)
			ASKED.clear()
			check_links()
			self.assertEqual(ASKED, [])  # known for today

	def test_links_in_text_messages_and_in_what_an_experiment_tries_are_looked_at_too(self) -> None:
		with web_server() as port, self.allowing(port):
			base = f"http://127.0.0.1:{port}"
			frappe.delete_doc("Nurture Content", "Linked Text", force=True, ignore_missing=True)
			text = frappe.get_doc(
				{
					"doctype": "Nurture Content",
					"title": "Linked Text",
					"channel": "SMS",
					"sms_text": f"See {base}/404. Yours: {base}/500?n={{{{ lead.name }}}}",
				}
			).insert()
			tried = make_content("Linked Trial")
			body = f'<p><a href="{base}/410">x</a></p>'
			frappe.get_doc("Nurture Content", tried).update({"body": body}).save()
			step = {
				"step_label": "Text",
				"step_type": "SMS",
				"content": text.name,
				"timing": "On Day",
				"day": 1,
			}
			sequence = make_sequence("Linked Texts", [step])
			experiment = frappe.generate_hash(length=10)
			frappe.db.sql(
				"insert into `tabNurture Experiment` (name, status) values (%s, 'Running')", experiment
			)
			frappe.db.sql(
				"insert into `tabNurture Experiment Variant` (name, parent, content) values (%s, %s, %s)",
				(experiment, experiment, tried),
			)
			check_links()
			frappe.db.delete("Nurture Experiment", experiment)
			frappe.db.delete("Nurture Experiment Variant", experiment)
			self.assertEqual(self.status(f"{base}/404"), BROKEN)
			self.assertEqual(self.status(f"{base}/410"), BROKEN)
			host = site_host(commit=False)
			advice = sequence_advice(host, lifecycle.load_definition(host, sequence))
			found = [(one.params["step"], one.params["url"]) for one in advice if one.code == "broken_link"]
			self.assertEqual(found, [("Text", f"{base}/404")])

	def test_broken_links_of_these_days_are_shown_where_all_trouble_is(self) -> None:
		def told() -> list[str]:
			return [one.sentence for one in problems() if one.code == "broken_links"]

		self.assertEqual(told(), [])
		for number, checked_on in enumerate((now_datetime(), add_days(now_datetime(), -9))):
			frappe.get_doc(
				{
					"doctype": "Nurture Link Check",
					"url": f"https://www.example.com/{number}",
					"status": BROKEN,
					"checked_on": checked_on,
				}
			).insert()
		self.assertEqual(len(told()), 1)
		self.assertIn("1 ", told()[0])

	def test_a_server_that_is_down_for_a_night_breaks_no_link(self) -> None:
		with web_server() as port, self.allowing(port):
			url = f"http://127.0.0.1:{port}/503"
			make_asset("Linked Guide", url)
			check_links()
			self.assertEqual(self.status(url), NOT_CHECKABLE)
			frappe.db.set_value(
				"Nurture Link Check", {"url": url}, "checked_on", add_days(now_datetime(), -1)
			)
			check_links()
			self.assertEqual(self.status(url), BROKEN)

	def test_a_night_is_bounded_and_the_oldest_come_first(self) -> None:
		with web_server() as port, self.allowing(port):
			urls = {f"http://127.0.0.1:{port}/20{number}": {"Somewhere"} for number in range(3)}
			with patch.object(link_checker, "links_in_use", return_value=urls):
				with patch.object(link_checker, "MOST_A_NIGHT", 2):
					self.assertEqual(check_links(), 2)
					self.assertEqual(check_links(), 1)
				self.assertEqual(check_links(), 0)
				frappe.db.delete("Nurture Link Check")
				minutes = iter(range(0, 10_000, 600))
				self.assertEqual(check_links(clock=lambda: next(minutes)), 1)

	def test_who_looks_after_an_asset_is_told_once_when_its_review_is_due(self) -> None:
		name = make_asset(
			"Linked Guide", "https://www.example.com/a", review_on=nowdate(), asset_owner="Administrator"
		)
		make_asset("Linked Later", "https://www.example.com/b", review_on=add_days(nowdate(), 1))
		remind_of_reviews()
		remind_of_reviews()
		about = {"reference_type": "Nurture Asset", "reference_name": ["like", "Linked%"]}
		self.assertEqual(
			frappe.get_all("ToDo", about, ["reference_name", "allocated_to"], as_list=True),
			((name, "Administrator"),),
		)
		frappe.db.delete("ToDo", about)
