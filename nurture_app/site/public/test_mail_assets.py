"""`/n/a/<token>/<short name>`: the file of an asset, for who got it in a mail."""

from __future__ import annotations

from urllib.parse import urlsplit

import frappe
from frappe.utils import add_days, nowdate

from nurture_app.site.host import site_host
from nurture_app.site.public.test_forms import CONTENT, make_asset
from nurture_app.site.testing.factories import settle_settings
from nurture_app.site.testing.known_good import new_touch
from nurture_app.site.testing.site_case import SiteCase
from nurture_app.site.testing.web import request


class TestMailAssets(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.asset = frappe.get_doc("Nurture Asset", make_asset("Mail Asset Guide"))
		self.touch = new_touch()
		self.path = self.link(self.asset.short_name)

	def link(self, short_name: str) -> str:
		return urlsplit(site_host(commit=False).links.asset(self.touch["token"], short_name)).path

	def change(self, **values: object) -> None:
		frappe.db.set_value("Nurture Asset", self.asset.name, values)
		frappe.db.commit()  # nosemgrep: requests see committed data only

	def test_who_got_the_mail_gets_the_file(self) -> None:
		answer = request("GET", self.path)
		self.assertEqual((answer.status_code, answer.data), (200, CONTENT))
		self.assertIn("no-store", answer.headers["Cache-Control"])

	def test_a_link_is_good_for_its_asset_and_its_message_only(self) -> None:
		other = make_asset("Mail Asset Other")
		short_name = frappe.db.get_value("Nurture Asset", other, "short_name")
		frappe.db.commit()  # nosemgrep: requests see committed data only
		signed = self.path.split("/")[3]
		for path in (
			f"/n/a/{signed}/{short_name}",
			f"/n/a/{signed}",
			f"/n/a/{signed[:-1]}x/{self.asset.short_name}",
			f"/n/a/{self.touch['token']}/{self.asset.short_name}",
		):
			self.assertEqual(request("GET", path).status_code, 404, path)
		frappe.db.delete("Nurture Touch", self.touch["name"])
		frappe.db.commit()  # nosemgrep: requests see committed data only
		self.assertEqual(request("GET", self.path).status_code, 404)

	def test_what_is_over_or_switched_off_is_given_to_nobody(self) -> None:
		self.change(is_offer=1, valid_from="2020-01-01", valid_until=nowdate())
		self.assertEqual(request("GET", self.path).status_code, 200)
		self.change(valid_until=add_days(nowdate(), -1))
		self.assertEqual(request("GET", self.path).status_code, 410)
		self.change(is_offer=0, enabled=0)
		self.assertEqual(request("GET", self.path).status_code, 410)
