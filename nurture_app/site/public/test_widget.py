"""The widget's script and where its conversations end, as browsers, other websites and strangers use them."""

from __future__ import annotations

import json

import frappe

from nurture_app.site.capture.widget_script import widget_script
from nurture_app.site.public import limits
from nurture_app.site.public.test_forms import CONTENT, make_asset
from nurture_app.site.testing.browser import BrowserCase
from nurture_app.site.testing.factories import request, settle_settings
from nurture_app.site.testing.site_case import SiteCase

KEY = "widget-test"
SHOP = "http://shop.example"
EVIL = "</script><img src=x onerror=alert(1)>"
STEPS = [
	{"step_label": "Welcome", "step_type": "Say", "text": f"Hello! {EVIL}"},
	{
		"step_label": "Menu",
		"step_type": "Choices",
		"text": "What can we help with?",
		"choices": "Prices -> Address\nJust looking -> Bye",
	},
	{
		"step_label": "Address",
		"step_type": "Question",
		"text": "Where shall we send the price list?",
		"fieldname": "email_id",
	},
	{
		"step_label": "Name",
		"step_type": "Question",
		"text": "And your first name?",
		"fieldname": "first_name",
		"optional": 1,
	},
	{"step_label": "Box", "step_type": "Consent", "text": "May we write to you now and then?"},
	{"step_label": "Guide", "step_type": "End", "text": "Here it is.", "asset": "The Guide"},
	{"step_label": "Bye", "step_type": "End", "text": "Have a good day."},
]


def make_playbook(**values):
	make_asset()
	frappe.delete_doc("Nurture Playbook", "Widget Test", force=True, ignore_missing=True)
	doc = {
		"doctype": "Nurture Playbook",
		"title": "Widget Test",
		"enabled": 1,
		"interest": "Prices",
		"allowed_origins": SHOP,
		"wording": "Yes, write to me.",
		"steps": STEPS,
		**values,
	}
	return frappe.get_doc(doc).insert()


class WidgetCase(SiteCase):
	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(privacy_url="https://www.example.com/privacy", double_opt_in=0)
		self.playbook = make_playbook()
		frappe.db.commit()  # nosemgrep: requests have their own connection
		limits.forget("n/chat")
		self.address = f"chat{frappe.generate_hash(length=8)}@site.example"

	def way(self, consent: str = "no") -> list[list[str]]:
		return [["Menu", "Prices"], ["Address", self.address], ["Name", "Ada"], ["Box", consent]]

	def chat(self, origin: str = SHOP, **data):
		headers = {"Origin": origin} if origin else {}
		answer = request(
			"POST",
			f"/n/chat/{KEY}",
			data=json.dumps({"answers": self.way(), **data}),
			content_type="text/plain",
			headers=headers,
		)
		frappe.db.rollback()
		return answer

	def leads(self) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all("Lead", {"email_id": self.address}, pluck="name")


class TestWidget(WidgetCase):
	def test_the_script_is_small_and_carries_the_conversation_and_nothing_private(self) -> None:
		answer = request("GET", f"/n/widget/{KEY}.js")
		text = answer.get_data(as_text=True)
		self.assertEqual(answer.status_code, 200)
		self.assertEqual(answer.headers["Content-Type"].partition(";")[0], "application/javascript")
		self.assertLess(len(text.encode()), 10 * 1024)
		self.assertIn("What can we help with?", text)
		self.assertNotIn("</script>", text)
		self.assertNotIn("The Guide", text, "what is given away is not told beforehand")

	def test_a_conversation_ends_in_a_lead_its_chat_and_its_download(self) -> None:
		answer = self.chat(
			answers=self.way("yes"), page_url="https://shop.example/prices", utm={"source": "ad"}
		)
		self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:2000])
		self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)
		self.assertEqual(
			request("GET", "/n/asset/" + answer.json["download"].rsplit("/", 1)[1]).get_data(), CONTENT
		)
		lead = frappe.get_doc("Lead", self.leads()[0])
		self.assertEqual(
			(
				lead.first_name,
				lead.nurture_first_source,
				lead.nurture_first_interest,
				lead.nurture_utm_source,
			),
			("Ada", "Chat", "Prices", "ad"),
		)
		did = frappe.get_all("Nurture Activity", {"party": lead.name}, ["activity_type", "detail", "channel"])
		self.assertEqual(
			sorted((one.activity_type, one.detail, one.channel) for one in did),
			[("Chat Started", "The Guide", "Chat"), ("Content Download", "The Guide", "Website")],
		)
		consent = frappe.get_doc("Nurture Consent", {"party": lead.name, "channel": "Email"})
		self.assertEqual((consent.status, consent.wording), ("Given", "Yes, write to me."))

	def test_no_means_no_and_without_an_address_nothing_is_kept(self) -> None:
		self.chat()
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": self.leads()[0]}))
		before = frappe.db.count("Nurture Form Submission")
		self.assertEqual(self.chat(answers=[["Menu", "Just looking"]]).json, {"ok": True, "download": ""})
		self.assertEqual(frappe.db.count("Nurture Form Submission"), before)

	def test_what_is_wrong_comes_back_with_the_step_to_ask_again(self) -> None:
		answer = self.chat(answers=[["Menu", "Prices"], ["Address", "ada"], ["Name", ""], ["Box", "no"]])
		self.assertEqual((answer.status_code, answer.json["step"]), (422, "Address"))
		self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)

	def test_windows_that_claim_something_else_are_not_believed(self) -> None:
		for answers in (
			[["Guide", ""]],
			[["Menu", "Everything"], ["Address", self.address]],
			[*self.way()[:3], ["Box", "yes"], ["Menu", "Prices"]],
			self.way()[1:],
		):
			self.assertEqual(self.chat(answers=answers).status_code, 422)
		for answers in (None, {}, "x", [["Menu"]], [[1, 2]], [["Menu", {"a": 1}]], [None]):
			self.assertEqual(self.chat(answers=answers).status_code, 400)
		self.assertEqual(self.leads(), [])

	def test_foreign_websites_machines_and_junk(self) -> None:
		self.assertEqual(self.chat(origin="https://evil.example").status_code, 403)
		self.assertEqual(self.chat(nickname="bot").status_code, 200)
		self.assertEqual(self.leads(), [])
		for body in (
			b"",
			b"{",
			b"[]",
			b"\xff",
			b"null",
			b'{"answers": [["Menu", "Prices"], ["Address", "\\u0000"]]}',
		):
			for kind in ("text/plain", "application/json", "multipart/form-data"):
				limits.forget("n/chat")
				answer = request("POST", f"/n/chat/{KEY}", data=body, content_type=kind)
				self.assertTrue(400 <= answer.status_code < 500, (body, kind, answer.status_code))
		limits.forget("n/chat")
		self.assertEqual(self.chat(page_url=["x"], utm="y", visitor={"a": 1}).status_code, 200)
		for path in (
			"/n/widget/",
			"/n/widget/x",
			"/n/widget/nobody.js",
			f"/n/widget/{KEY}",
			"/n/widget/..%2f.js",
		):
			self.assertLess(request("GET", path).status_code, 500)
		self.assertEqual(request("GET", f"/n/chat/{KEY}").status_code, 405)

	def test_a_playbook_that_leaves_somebody_standing_is_not_saved(self) -> None:
		with self.assertRaises(frappe.ValidationError):
			make_playbook(steps=STEPS[:3])
		with self.assertRaises(frappe.ValidationError):
			make_playbook(steps=[{**STEPS[0], "link": "javascript:alert(1)"}, *STEPS[1:]])
		with self.assertRaises(frappe.ValidationError):
			make_playbook(allowed_origins="shop.example/path")

	def test_a_preview_posts_nothing(self) -> None:
		self.assertNotIn("/n/chat/", widget_script(self.playbook, is_preview=True))


class TestWidgetInABrowser(BrowserCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		script = f'<script src="http://{frappe.local.site}/n/widget/{KEY}.js" async></script>'
		policy = (
			'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
			f'script-src http://{frappe.local.site}; connect-src http://{frappe.local.site}:*">'
		)
		page = (
			'<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width">{}</head>'
			"<body style='font-family:sans-serif'><h1>A shop</h1><p>Text of the shop.</p>{}</body></html>"
		)
		cls.serve_pages(
			"shop.example", {"/": page.format("", script), "/strict": page.format(policy, script)}
		)

	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(privacy_url="https://www.example.com/privacy", double_opt_in=0)
		make_playbook()
		frappe.db.commit()  # nosemgrep
		limits.forget("n/chat")
		self.address = f"chat{frappe.generate_hash(length=8)}@site.example"

	def lead(self):
		frappe.db.rollback()
		return frappe.get_doc("Lead", {"email_id": self.address})

	def test_a_visitor_on_a_phone_talks_by_touch_and_becomes_a_lead(self) -> None:
		page = self.open(f"{SHOP}/?utm_source=ad&utm_campaign=spring", phone=True)
		self.picture(page, "widget closed on a phone")
		page.get_by_role("button", name="Questions?").tap()
		page.get_by_role("dialog").get_by_role("button", name="Prices").tap()
		self.picture(page, "widget asks on a phone")
		field = page.get_by_label("Where shall we send the price list?")
		field.fill("ada at home")
		for look in ("borderTopColor", "outlineColor"):
			self.assertGreaterEqual(self.contrast(field, look), 3, look)
		page.get_by_role("button", name="Send").tap()
		self.assertTrue(field.is_visible(), "the browser asks for a real address")
		field.fill(self.address)
		page.get_by_role("button", name="Send").tap()
		page.get_by_role("button", name="Skip").tap()
		self.picture(page, "widget consent on a phone")
		page.get_by_role("button", name="Yes").tap()
		download = page.get_by_role("link", name="Download")
		download.wait_for()
		self.picture(page, "widget end on a phone")
		self.assertTrue(self.fits(page))
		self.assertIn("/n/asset/", download.get_attribute("href"))
		lead = self.lead()
		self.assertEqual((lead.nurture_utm_source, lead.nurture_utm_campaign), ("ad", "spring"))
		self.assertEqual(lead.nurture_landing_page, f"{SHOP}/")
		self.assertEqual(lead.nurture_email_consent, "Given")

	def test_by_keyboard_in_the_dark_under_a_strict_policy(self) -> None:
		page = self.open(f"{SHOP}/strict", dark=True)
		failures: list[str] = []
		page.on("dialog", lambda dialog: failures.append(dialog.message))
		page.get_by_role("button", name="Questions?").focus()
		page.keyboard.press("Enter")
		page.get_by_role("button", name="Prices").wait_for()
		for look in ("borderTopColor", "outlineColor"):
			self.assertGreaterEqual(self.contrast(page.get_by_role("button", name="Prices"), look), 3, look)
		page.keyboard.press("Enter")  # the first answer has the focus
		page.keyboard.type(self.address)
		page.keyboard.press("Enter")
		page.keyboard.type("Ada")
		page.keyboard.press("Enter")
		page.get_by_role("button", name="No").focus()
		page.keyboard.press("Enter")
		page.get_by_role("link", name="Download").wait_for()
		self.picture(page, "widget in the dark")
		self.assertIn("<img src", page.get_by_role("log").inner_text(), "markup is only text")
		page.keyboard.press("Escape")
		page.get_by_role("button", name="Questions?").wait_for()
		self.assertEqual(failures, [])
		self.assertEqual(self.lead().first_name, "Ada")
		self.assertFalse(self.lead().nurture_email_consent)

	def test_an_address_the_site_refuses_is_asked_for_again(self) -> None:
		settle_settings(block_disposable=1)
		frappe.db.commit()  # nosemgrep
		page = self.open(f"{SHOP}/", language="de-DE")
		page.get_by_role("button", name="Questions?").click()
		page.get_by_role("button", name="Prices").click()
		field = page.get_by_label("Where shall we send the price list?")
		field.fill("somebody@mailinator.com")
		field.press("Enter")
		page.get_by_role("button", name="Skip").click()
		page.get_by_role("button", name="No").click()
		page.get_by_text("throw-away").wait_for()
		self.picture(page, "widget asks again")
		settle_settings(block_disposable=0)
		frappe.db.commit()  # nosemgrep
		field.fill(self.address)
		field.press("Enter")
		page.get_by_role("button", name="Skip").click()
		page.get_by_role("button", name="No").click()
		page.get_by_role("link", name="Download").wait_for()
		self.assertTrue(self.lead().name)
