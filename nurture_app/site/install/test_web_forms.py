"""The Web Forms that ship, in the database and in a browser."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from nurture_app.site.capture import intake
from nurture_app.site.install import web_forms
from nurture_app.site.public.test_forms import make_asset
from nurture_app.site.testing.browser import BrowserCase
from nurture_app.site.testing.factories import settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestShippedWebForms(SiteCase):
	def test_all_are_there_unpublished_and_each_says_what_one_gets_and_where_the_notice_is(self) -> None:
		for shipped in web_forms.SHIPPED:
			doc = frappe.get_doc("Web Form", shipped.name)
			self.assertEqual((doc.published, doc.doc_type), (0, "Nurture Form Submission"), shipped.name)
			self.assertIn(shipped.gets, doc.introduction_text)
			self.assertIn("/n/privacy", doc.introduction_text)
			box = next(row for row in doc.web_form_fields if row.fieldname == "consent")
			self.assertEqual((box.default, box.reqd, box.hidden), ("0", 0, 0), "a box of its own, not ticked")
			self.assertTrue(frappe.db.exists("Nurture Form", {"web_form": shipped.name, "enabled": 0}))

	def test_what_was_deleted_or_edited_is_left_alone(self) -> None:
		frappe.db.set_value("Web Form", "nurture-survey", "title", "Mine")
		frappe.delete_doc("Web Form", "nurture-quote", force=True)
		web_forms.install_web_forms()
		self.assertEqual(frappe.db.get_value("Web Form", "nurture-survey", "title"), "Mine")
		self.assertFalse(frappe.db.exists("Web Form", "nurture-quote"))
		frappe.db.rollback()

	def test_a_second_installation_begins_anew(self) -> None:
		web_forms.forget_web_forms()
		self.assertEqual(json.loads(frappe.db.get_global(web_forms.INSTALLED) or "[]"), [])
		web_forms.install_web_forms()
		self.assertEqual(len(json.loads(frappe.db.get_global(web_forms.INSTALLED))), len(web_forms.SHIPPED))
		frappe.db.rollback()


class TestShippedWebFormInABrowser(BrowserCase):
	def test_somebody_downloads_a_guide_on_a_phone(self) -> None:
		nobody_counts = patch.object(intake, "LEAST_SECONDS", 0)  # a test fills in faster than any person
		nobody_counts.start()
		self.addCleanup(nobody_counts.stop)
		settle_settings(privacy_url="", double_opt_in=0)
		make_asset()
		form = frappe.db.get_value("Nurture Form", {"web_form": "nurture-download"})
		frappe.db.set_value("Nurture Form", form, "asset", "The Guide")
		frappe.db.set_value("Web Form", "nurture-download", "published", 1)
		frappe.clear_cache()
		frappe.db.commit()  # nosemgrep: the server has its own connections
		self.addCleanup(self.put_back, form)
		address = f"web{frappe.generate_hash(length=8)}@site.example"
		page = self.open("/guide-download/new?utm_source=ad", phone=True)
		field = page.locator('[data-fieldname="address"] input')
		field.wait_for()
		self.assertFalse(page.get_by_role("checkbox", name="Yes, please").is_checked())
		self.assertIn("You are not subscribed to anything", page.inner_text("body"))
		self.picture(page, "shipped web form on a phone")
		page.locator('[data-fieldname="first_name"] input').fill("Ada")
		field.fill("ada at home")
		page.get_by_role("button", name="Download").click()
		page.get_by_text("is not an e-mail address").first.wait_for()
		page.locator(".modal.show .close").first.click()
		page.locator(".modal.show").wait_for(state="hidden")
		self.assertEqual(
			page.locator('[data-fieldname="first_name"] input').input_value(), "Ada", "nothing is lost"
		)
		field.fill(address)
		page.get_by_role("button", name="Download").click()
		link = page.get_by_role("link", name="Download")
		link.wait_for()
		self.assertIn("/n/asset/", link.get_attribute("href"))
		self.picture(page, "shipped web form done on a phone")
		frappe.db.rollback()
		lead = frappe.get_doc("Lead", {"email_id": address})
		self.assertEqual((lead.first_name, lead.nurture_utm_source), ("Ada", "ad"))
		self.assertEqual(
			frappe.get_all("Nurture Activity", {"party": lead.name}, pluck="activity_type"),
			["Content Download"],
		)
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": lead.name}))
		answer = self.open("/n/privacy", phone=True)
		self.assertIn("Example Company", answer.inner_text("main"))

	def put_back(self, form: str) -> None:
		frappe.db.rollback()
		frappe.db.set_value("Nurture Form", form, "asset", None)
		frappe.db.set_value("Web Form", "nurture-download", "published", 0)
		frappe.db.commit()  # nosemgrep
