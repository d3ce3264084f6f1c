"""What holds for every public route, shown on one made for the test; and links that work once."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime
from werkzeug.wrappers import Response

from nurture_app.site.links import signed_url, token_in
from nurture_app.site.public import limits, router
from nurture_app.site.public.links import DOCTYPE, find_link, forget_expired, make_link, use_up
from nurture_app.site.public.request import PublicRequest, json_answer
from nurture_app.site.public.router import Route
from nurture_app.site.testing.factories import at_the_same_time, request
from nurture_app.site.testing.site_case import SiteCase

HERE = "nurture_app.site.public.test_router"


def echo(asked: PublicRequest) -> Response:
	return json_answer({"parts": asked.parts, "json": asked.json() if asked.is_post else None})


def breaks(asked: PublicRequest) -> Response:
	frappe.db.set_value("User", "Administrator", "bio", "written before it broke")
	raise ZeroDivisionError


class TestRouter(SiteCase):
	def setUp(self) -> None:
		routes = {
			"n/echo": Route(f"{HERE}.echo", is_api=True, max_body=200),
			"n/page": Route(f"{HERE}.echo", methods=("GET",), per_minute=3),
			"n/breaks": Route(f"{HERE}.breaks"),
		}
		mended = patch.dict(router.ROUTES, routes)
		mended.start()
		self.addCleanup(mended.stop)
		limits.forget("n/page")

	def test_the_rest_of_the_path_reaches_the_handler(self) -> None:
		answer = request("GET", "/n/echo/one/two")
		self.assertEqual(answer.json["parts"], ["one", "two"])
		self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")

	def test_errors_of_an_api_are_json_with_the_reason(self) -> None:
		for body, status in ((b"{", 400), (b"\xff", 400), (b"[" * 20 + b"]" * 20, 400), (b"1" * 300, 413)):
			for content_type in ("text/plain", "application/json"):
				answer = request("POST", "/n/echo", data=body, content_type=content_type)
				self.assertIn(answer.status_code, (status, 400), (body[:9], content_type))
				self.assertIn("error", answer.json)

	def test_a_program_whose_json_frappe_refuses_is_told_that_it_is_none(self) -> None:
		for content_type in ("text/plain", "application/json"):
			answer = request("POST", "/n/echo", data=b"{x", content_type=content_type)
			self.assertIn("JSON", answer.json["error"], content_type)

	def test_other_methods_are_refused(self) -> None:
		self.assertEqual(request("POST", "/n/page").status_code, 405)
		for method in ("PUT", "DELETE", "PATCH"):
			self.assertLess(request(method, "/n/page").status_code, 500)

	def test_an_address_that_knocks_too_often_waits(self) -> None:
		answers = [request("GET", "/n/page").status_code for _ in range(5)]
		# A minute may end in between and the count begin anew.
		self.assertIn(429, answers)
		self.assertEqual(answers[0], 200)

	def test_while_the_site_is_maintained_they_are_told_to_come_again(self) -> None:
		"""A mail provider that unsubscribes somebody, or tells of a bounce, does not repeat what was answered with 400."""
		read = frappe.get_site_config
		maintained = {"maintenance_mode": 1}
		with patch("frappe.get_site_config", lambda *args, **kwargs: read(*args, **kwargs) | maintained):
			for method, path in (("POST", "/u/token"), ("GET", "/n/o/token"), ("POST", "/n/echo")):
				answer = request(method, path)
				self.assertEqual((answer.status_code, answer.headers.get("Retry-After")), (503, "60"), path)

	def test_a_handler_that_breaks_writes_nothing_shows_nothing_and_is_logged(self) -> None:
		before = frappe.db.count("Error Log")
		answer = request("POST", "/n/breaks")
		self.assertEqual(answer.status_code, 503)
		self.assertNotIn("ZeroDivision", answer.get_data(as_text=True))
		self.assertNotEqual(frappe.db.get_value("User", "Administrator", "bio"), "written before it broke")
		self.assertEqual(frappe.db.count("Error Log"), before + 1)


class TestPublicLinks(SiteCase):
	def signed(self, **values: object) -> str:
		url = make_link("test", address="somebody@site.example", **values)
		frappe.db.commit()  # nosemgrep: other connections must see it
		return url.rsplit("/", 1)[1]

	def test_a_link_is_found_for_its_purpose_only(self) -> None:
		signed = self.signed(detail={"a": 1})
		link = find_link("test", signed)
		self.assertEqual((link.address, link.detail), ("somebody@site.example", {"a": 1}))
		self.assertIsNone(find_link("other", signed))
		self.assertIsNone(find_link("test", signed[:-1] + ("A" if signed[-1] != "A" else "B")))
		self.assertEqual(token_in("test", signed_url("test", signed[:22]).rsplit("/", 1)[1]), signed[:22])

	def test_of_several_requests_at_once_one_uses_it(self) -> None:
		link = find_link("test", self.signed())
		won = at_the_same_time(*[lambda: use_up(link)] * 4)
		self.assertEqual(sorted(won), [False, False, False, True])
		frappe.db.rollback()
		self.assertIsNotNone(find_link("test", self.signed_of(link)).used_on)

	def signed_of(self, link: object) -> str:
		return signed_url("test", frappe.db.get_value(DOCTYPE, link.name, "token")).rsplit("/", 1)[1]

	def test_expired_links_are_told_and_later_forgotten(self) -> None:
		signed = self.signed(days=-1)
		self.assertTrue(find_link("test", signed).is_expired)
		long_ago = now_datetime() - timedelta(days=40)
		frappe.db.set_value(DOCTYPE, find_link("test", signed).name, "expires_on", long_ago)
		forget_expired()
		self.assertIsNone(find_link("test", signed))

	def test_a_stranger_is_spoken_to_in_the_language_of_their_browser(self) -> None:
		for asked, words in (
			("de-AT,de;q=0.9,en;q=0.5", "Dieser Link funktioniert nicht"),
			("xx,fr;q=0.3", "Ce lien"),
			("", "This link does not work"),
			("../../etc, <script>;q=1", "This link does not work"),
		):
			answer = request("GET", "/n/preferences/nothing", headers={"Accept-Language": asked})
			self.assertIn(words, answer.get_data(as_text=True), asked)
