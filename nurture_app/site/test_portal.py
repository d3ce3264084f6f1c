"""Messages on the portal, as a customer who is logged in on the website gets them (CH-09)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils.password import update_password
from frappe.website.utils import clear_website_cache

from nurture_app.engine import optout
from nurture_app.engine.enrollments import entering
from nurture_app.site import nurture_jobs
from nurture_app.site.api import portal
from nurture_app.site.host import site_host
from nurture_app.site.portal import SCRIPT
from nurture_app.site.testing.desk import PASSWORD, DeskCase
from nurture_app.site.testing.factories import make_lead, make_sequence, request, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SEQUENCE, CONTENT = "Portal Test", "Portal Test Word"


class PortalCase(SiteCase):
	"""A customer with a login for whom a message waits."""

	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(portal_enabled=1)
		clear_website_cache()
		if not frappe.db.exists("Nurture Content", CONTENT):
			doc = {
				"doctype": "Nurture Content",
				"title": CONTENT,
				"channel": "Portal",
				"portal_url": "/orders",
			}
			text = "New for {{ lead.first_name | default('you') }}: <script>alert(1)</script>"
			frappe.get_doc({**doc, "portal_text": text, "portal_label": "Your orders"}).insert()
		self.lead = make_lead(f"portal{frappe.generate_hash(length=6)}")
		self.user = self.lead.email_id
		optout.set_consent(site_host(commit=False), self.lead.name, self.user, "Given", "test", "tester")
		self.website_user(self.user)
		step = {"step_label": "Word", "step_type": "Portal Message", "content": CONTENT}
		make_sequence(SEQUENCE, [step])
		frappe.db.commit()  # nosemgrep: the tick has its own transactions
		entering.enroll(site_host(commit=True), SEQUENCE, [self.lead.name])
		nurture_jobs.run_tick()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		settle_settings(portal_enabled=0)
		clear_website_cache()
		frappe.db.commit()  # nosemgrep: a test site

	def website_user(self, address: str) -> None:
		user = {"doctype": "User", "email": address, "first_name": "Ada", "send_welcome_email": 0}
		frappe.get_doc({**user, "user_type": "Website User"}).insert(ignore_permissions=True)


class TestPortal(PortalCase):
	def messages(self, user: str) -> list[dict[str, str]]:
		frappe.set_user(user)
		return portal.messages()

	def contact_of_customer(self) -> str:
		"""The login of a colleague of the lead's at the customer that was made of it."""
		customer = {
			"doctype": "Customer",
			"customer_name": f"Firm of {self.user}",
			"lead_name": self.lead.name,
		}
		name = frappe.get_doc(customer).insert(ignore_permissions=True).name
		login = f"colleague{frappe.generate_hash(length=6)}@site.example"
		self.website_user(login)
		link = {"link_doctype": "Customer", "link_name": name}
		frappe.get_doc({"doctype": "Contact", "first_name": "Eve", "user": login, "links": [link]}).insert()
		return login

	def test_the_contacts_of_the_customer_see_it_where_the_step_says_so(self) -> None:
		login = self.contact_of_customer()
		self.assertEqual(self.messages(login), [])
		frappe.set_user("Administrator")
		step = {"step_label": "Word", "step_type": "Portal Message", "content": CONTENT, "portal_contacts": 1}
		wide = make_sequence("Portal Test Wide", [step], exit_on_conversion=0, promotional=0)
		frappe.db.commit()  # nosemgrep: the tick has its own transactions
		entering.enroll(site_host(commit=True), wide, [self.lead.name])
		nurture_jobs.run_tick()
		(message,) = self.messages(login)
		self.assertEqual(len(self.messages(self.user)), 2)
		frappe.set_user(login)
		self.assertTrue(portal.dismiss(message["name"]))
		self.assertEqual(self.messages(login), [])
		self.assertEqual(len(self.messages(self.user)), 2)

	def test_the_customer_sees_it_closes_it_and_nobody_else_can(self) -> None:
		(message,) = self.messages(self.user)
		self.assertIn("<script>alert(1)</script>", message["text"])
		self.assertEqual((message["url"], message["label"]), ("/orders", "Your orders"))
		self.assertEqual(self.messages("Administrator"), [])
		self.assertFalse(portal.dismiss(message["name"]))
		frappe.set_user(self.user)
		self.assertTrue(portal.follow(message["name"]))
		self.assertEqual(portal.messages(), [])
		frappe.set_user("Administrator")
		row = frappe.get_doc("Nurture Portal Message", message["name"])
		self.assertEqual((row.party, row.outcome), (self.lead.name, "Followed"))
		done = {"party": self.lead.name, "activity_type": "In-App Click"}
		self.assertEqual(frappe.db.get_value("Nurture Activity", done, "touch"), row.touch)

	def test_guests_get_nothing_and_act_on_nothing(self) -> None:
		for method, name in (("GET", "messages"), ("POST", "dismiss"), ("POST", "follow")):
			answer = request(method, f"/api/method/nurture_app.site.api.portal.{name}", data={"name": "x"})
			self.assertEqual(answer.status_code, 403)

	def test_website_users_cannot_read_the_table(self) -> None:
		frappe.set_user(self.user)
		self.assertFalse(frappe.has_permission("Nurture Portal Message", "read"))

	def test_after_an_opt_out_nothing_is_left(self) -> None:
		optout.unsubscribe(site_host(commit=True), self.user, "test")
		self.assertEqual(self.messages(self.user), [])

	def test_it_goes_with_the_lead(self) -> None:
		frappe.delete_doc("Lead", self.lead.name, force=True, ignore_permissions=True)
		self.assertFalse(frappe.db.exists("Nurture Portal Message", {"party": self.lead.name}))

	def page(self) -> str:
		return request("GET", "/login").get_data(as_text=True)

	def test_pages_carry_the_script_only_while_it_is_wanted(self) -> None:
		self.assertIn(SCRIPT, self.page())
		settings: Any = frappe.get_doc("Nurture Settings")
		settings.portal_enabled = 0
		settings.save()
		frappe.db.commit()  # nosemgrep: the request has its own connection
		self.assertNotIn(SCRIPT, self.page())


class TestPortalInABrowser(PortalCase, DeskCase):
	def test_the_message_stands_on_the_page_as_text_and_is_gone_once_closed(self) -> None:
		update_password(self.user, PASSWORD)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		page = self.log_in(self.user)
		page.goto(f"http://{frappe.local.site}/me")
		message = page.get_by_role("status").filter(has_text="New for")
		message.wait_for()
		self.assertIn("<script>alert(1)</script>", message.inner_text())
		self.assertEqual(message.get_by_role("link", name="Your orders").get_attribute("href"), "/orders")
		self.picture(page, "message on the portal")
		with page.expect_response(lambda answer: answer.url.endswith("portal.dismiss")) as closed:
			message.get_by_role("button", name="Close").click()
		self.assertEqual(closed.value.status, 200)
		page.reload()
		page.wait_for_load_state("networkidle")
		self.assertEqual(page.get_by_text("New for").count(), 0)
		frappe.db.rollback()
		outcome = frappe.get_all("Nurture Portal Message", {"user": self.user}, pluck="outcome")
		self.assertEqual(outcome, ["Dismissed"])

	def test_guests_are_asked_nothing(self) -> None:
		page = self.open("/login")
		page.wait_for_load_state("networkidle")
		self.assertIn(SCRIPT, self.requested)
		self.assertFalse(any("portal.messages" in path for path in self.requested))
