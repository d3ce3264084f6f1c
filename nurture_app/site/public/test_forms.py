"""Forms of ours and of other websites, gated files, Frappe's own Web Forms: as strangers use and misuse them."""

from __future__ import annotations

import json

import frappe
from frappe.utils import now_datetime

from nurture_app.site.public import limits
from nurture_app.site.testing.factories import at_the_same_time, request, settle_settings
from nurture_app.site.testing.site_case import SiteCase

KEY = "capture-test"
SHOP = "https://shop.example"
CONTENT = b"%PDF-1.4 the guide"


def make_asset(
	title: str = "The Guide", file_name: str = "guide.pdf", content: bytes = CONTENT, **values
) -> str:
	frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
	file = frappe.get_doc(
		{"doctype": "File", "file_name": file_name, "is_private": 1, "content": content}
	).insert(ignore_permissions=True)
	doc = {"doctype": "Nurture Asset", "title": title, "file": file.file_url, "topic": "Guides", **values}
	return frappe.get_doc(doc).insert().name


def make_form(**values):
	frappe.delete_doc("Nurture Form", "Capture Test", force=True, ignore_missing=True)
	form = {
		"doctype": "Nurture Form",
		"title": "Capture Test",
		"enabled": 1,
		"allowed_origins": SHOP,
		"topics": "News\nEvents",
		"wording": "Yes, write to me.",
		"value_exchange": "You get an answer within a day.",
		"questions": [
			{"fieldname": "first_name", "label": "First name", "reqd": 1},
			{"fieldname": "company_name", "label": "Company"},
			{"fieldname": "city", "label": "City"},
			{"fieldname": "team", "label": "Size of your team", "choices": "small\nlarge"},
			{"fieldname": "message", "label": "Message"},
		],
		**values,
	}
	return frappe.get_doc(form).insert()


class FormCase(SiteCase):
	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(privacy_url="https://www.example.com/privacy", double_opt_in=0)
		make_form()
		frappe.db.commit()  # nosemgrep: requests have their own connection
		limits.forget("n/form")
		self.address = f"form{frappe.generate_hash(length=8)}@site.example"

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		settle_settings(double_opt_in=0, privacy_url="")
		frappe.db.commit()  # nosemgrep: or what follows rolls it back
		super().tearDownClass()

	def post(self, headers=None, path=f"/n/form/{KEY}", **fields):
		data = {"email_id": self.address, "first_name": "Ada", **fields}
		answer = request("POST", path, data=data, headers=headers or {})
		frappe.db.rollback()
		return answer

	def leads(self) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all("Lead", {"email_id": self.address}, pluck="name")

	def submission(self):
		frappe.db.rollback()
		return frappe.get_last_doc("Nurture Form Submission", {"address": self.address})


class TestForms(FormCase):
	def test_the_page_shows_what_one_gets_and_asks_for_consent_in_a_box_that_is_not_ticked(self) -> None:
		answer = request("GET", f"/n/form/{KEY}?utm_source=ad")
		page = answer.get_data(as_text=True)
		self.assertEqual(answer.status_code, 200)
		for text in (
			"You get an answer within a day.",
			"Yes, write to me.",
			"https://www.example.com/privacy",
		):
			self.assertIn(text, page)
		self.assertNotIn("checked", page)
		self.assertIn('name="utm_source" value="ad"', page)
		self.assertNotIn("<script", page)

	def test_whatever_stands_where_a_text_belongs_is_no_error_of_ours(self) -> None:
		names = (
			"interest",
			"page_url",
			"visitor",
			"nurture_visitor",
			"form_variant",
			"nickname",
			"stamp",
			"words_for",
			"utm_source",
		)
		for name in (*names, "email_id", "first_name", "team", "message", "consent", "topics"):
			for value in ({"a": 1}, [{}], 1e300):
				limits.forget("n/form")
				address = f"odd{frappe.generate_hash(length=8)}@site.example"
				data = {"email_id": address, "first_name": "Ada", name: value}
				answer = request("POST", f"/n/form/{KEY}", json=data)
				self.assertIn(
					answer.status_code, (200, 422), (name, value, answer.get_data(as_text=True)[:200])
				)

	def test_a_filled_in_form_becomes_a_lead_and_an_activity(self) -> None:
		answer = self.post(
			company_name="Engines",
			city="London",
			team="small",
			message="Hello\nthere",
			consent="1",
			topics="News",
			utm_source="ad",
		)
		self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:2000])
		lead = frappe.get_doc("Lead", self.leads()[0])
		self.assertEqual(
			(lead.first_name, lead.company_name, lead.city, lead.nurture_first_form, lead.nurture_utm_source),
			("Ada", "Engines", "London", "Capture Test", "ad"),
		)
		row = self.submission()
		self.assertEqual((row.status, row.party, row.message), ("Accepted", lead.name, "Hello\nthere"))
		self.assertEqual(json.loads(row.answers), {"Size of your team": "small"})
		activity = frappe.get_doc("Nurture Activity", row.activity)
		self.assertEqual((activity.activity_type, activity.source_name), ("Form Submitted", row.name))
		consent = frappe.get_doc("Nurture Consent", {"party": lead.name, "channel": "Email"})
		self.assertEqual((consent.status, consent.wording), ("Given", "Yes, write to me."))

	def test_without_the_box_there_is_no_consent(self) -> None:
		self.post()
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": self.leads()[0]}))

	def test_what_is_wrong_is_said_and_nothing_is_lost(self) -> None:
		answer = self.post(email_id="ada at home", message="A long story & more")
		page = answer.get_data(as_text=True)
		self.assertEqual(answer.status_code, 422)
		self.assertIn("A long story &amp; more", page)
		self.assertIn("is not an e-mail address", page)
		frappe.db.rollback()
		row = frappe.get_last_doc("Nurture Form Submission", {"address": "ada at home"})
		self.assertEqual((row.status, row.party), ("Refused", None))
		self.assertIn("is not an e-mail address", row.reason)

	def test_required_unknown_and_made_up_answers_are_named(self) -> None:
		for fields, text in (
			({"first_name": ""}, "First name"),
			({"shoe_size": "44"}, "shoe_size"),
			({"status": "Converted"}, "status"),
			({"team": "huge"}, "Size of your team"),
			({"company_name": "x" * 200}, "Company"),
		):
			with self.subTest(text):
				answer = self.post(**fields)
				self.assertEqual(answer.status_code, 422)
				self.assertIn(text, answer.get_data(as_text=True))
		self.assertEqual(self.leads(), [])

	def test_a_form_with_nothing_to_give_away_is_refused_before_anybody_fills_it_in(self) -> None:
		asset = make_asset("Form Asset")
		values = {"file": "", "text": "Only words.", "enabled": 1}
		frappe.db.set_value("Nurture Asset", asset, values)
		with self.assertRaisesRegex(frappe.ValidationError, "no file and no address"):
			make_form(asset=asset)
		make_form(asset=asset, enabled=0)
		frappe.db.set_value("Nurture Asset", asset, {"url": "https://www.example.com/guide", "enabled": 0})
		frappe.clear_messages()
		make_form(asset=asset)
		told = " ".join(str(message) for message in frappe.get_message_log())
		self.assertIn("nobody can send this form", told)

	def test_whoever_takes_a_download_away_is_told_which_forms_give_it(self) -> None:
		asset = frappe.get_doc("Nurture Asset", make_asset("Form Asset"))
		form = make_form(asset=asset.name)
		for told, values in ((False, {"topic": "Prices"}), (True, {"enabled": 0}), (False, {"topic": ""})):
			frappe.clear_messages()
			asset.reload()
			asset.update(values).save()
			messages = " ".join(str(message) for message in frappe.get_message_log())
			self.assertEqual(f">{form.name}</a>" in messages, told, values)

	def test_a_machine_is_thanked_and_makes_no_lead(self) -> None:
		self.assertEqual(self.post(nickname="Bot").status_code, 200)
		self.assertEqual(self.leads(), [])
		self.assertEqual(self.submission().status, "Refused")

	def test_the_page_filled_in_within_a_second_is_asked_again(self) -> None:
		page = request("GET", f"/n/form/{KEY}").get_data(as_text=True)
		stamp = page.split('name="stamp" value="')[1].split('"')[0]
		answer = self.post(stamp=stamp)
		self.assertEqual(answer.status_code, 422)
		self.assertEqual(self.leads(), [])

	def test_json_for_programs_and_scripts_of_allowed_websites(self) -> None:
		body = json.dumps(
			{"email_id": self.address, "first_name": "Ada", "consent": True, "topics": ["News"]}
		)
		answer = request(
			"POST", f"/n/form/{KEY}", data=body, content_type="text/plain", headers={"Origin": SHOP}
		)
		self.assertEqual((answer.status_code, answer.json["ok"]), (200, True), answer.get_data(as_text=True))
		self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)
		self.assertEqual(len(self.leads()), 1)
		answer = request("POST", f"/n/form/{KEY}", data='{"email_id": "x"}', headers={"Origin": SHOP})
		self.assertEqual((answer.status_code, answer.json["code"]), (422, "form_answer_missing"))
		self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)

	def test_foreign_websites_are_refused(self) -> None:
		for origin in (
			"https://evil.example",
			"null",
			"http://shop.example",
			f"{SHOP}.evil.example",
			"file://",
		):
			with self.subTest(origin):
				self.assertEqual(self.post(headers={"Origin": origin}).status_code, 403)
		self.assertEqual(self.leads(), [])

	def test_one_only_goes_where_the_owner_says(self) -> None:
		make_form(thank_you_url="https://www.example.com/thanks")
		frappe.db.commit()  # nosemgrep
		answer = self.post(next="https://evil.example")
		self.assertEqual(answer.status_code, 422)
		answer = self.post()
		self.assertEqual(
			(answer.status_code, answer.headers["Location"]), (303, "https://www.example.com/thanks")
		)
		for url in (
			"javascript:alert(1)",
			"//evil.example",
			"https:/x",
			"ftp://x.example",
			"/\\evil.example",
		):
			with self.subTest(url), self.assertRaises(frappe.ValidationError):
				make_form(thank_you_url=url)

	def test_junk_is_never_our_fault(self) -> None:
		before = frappe.db.count("Lead")
		for body in (
			b"\xff\xfe",
			b"[1,2]",
			b"{",
			b'{"email_id": {"a": 1}}',
			b'{"email_id": 3, "topics": {"a": []}}',
			b"",
		):
			for kind in ("text/plain", "application/json", "multipart/form-data", "x/y; charset=bad"):
				answer = request("POST", f"/n/form/{KEY}", data=body, content_type=kind)
				self.assertLess(answer.status_code, 500, (body, kind))
				limits.forget("n/form")
		self.assertEqual(self.post(message="x" * 70_000).status_code, 413)
		for path in (
			"/n/form",
			"/n/form/",
			"/n/form/unknown",
			f"/n/form/{KEY}/more",
			"/n/form/%00",
			"/n/form/" + "x" * 3000,
		):
			for method in ("GET", "POST"):
				self.assertLess(request(method, path).status_code, 500, path)
		self.assertEqual(frappe.db.count("Lead"), before)

	def test_four_at_once_of_one_person_make_one_lead(self) -> None:
		answers = at_the_same_time(*[lambda: self.at_once()] * 4)
		self.assertEqual(answers, [200] * 4)
		self.assertEqual(len(self.leads()), 1)
		self.assertEqual(frappe.db.count("Nurture Activity", {"party": self.leads()[0]}), 4)

	def at_once(self) -> int:
		data = {"email_id": self.address, "first_name": "Ada", "consent": "1"}
		return request("POST", f"/n/form/{KEY}", data=data).status_code

	def test_a_disabled_form_is_gone(self) -> None:
		make_form(enabled=0)
		frappe.db.commit()  # nosemgrep
		self.assertEqual(self.post().status_code, 404)

	def test_floods_wait(self) -> None:
		codes = [self.post(first_name="").status_code for _ in range(35)]
		self.assertIn(429, codes)

	def test_what_strangers_write_is_harmless_in_the_desk_and_in_headers(self) -> None:
		bad = "<img src=x onerror=alert(1)>"
		self.post(
			first_name=f"{bad}Ada\r\nBcc: all@site.example",
			company_name=bad + "Engines",
			city="=cmd()",
			message=f"{bad}<script>alert(1)</script>Hi",
			page_url=f"javascript:alert(1)//{bad}",
			utm_campaign=bad,
			visitor=bad,
		)
		lead, row = frappe.get_doc("Lead", self.leads()[0]), self.submission()
		activity = frappe.get_doc("Nurture Activity", row.activity)
		for doc in (lead, row, activity):
			for field, value in doc.as_dict().items():
				if isinstance(value, str) and field != "properties":
					self.assertNotIn("onerror", value, (doc.doctype, field))
					self.assertNotIn("<script", value, (doc.doctype, field))
					self.assertFalse(value.startswith(("=", "@")), (doc.doctype, field, value))
		self.assertNotIn("\n", lead.first_name)
		self.assertFalse(lead.nurture_landing_page)


class TestAssets(FormCase):
	def setUp(self) -> None:
		super().setUp()
		make_asset()
		make_form(asset="The Guide", activity_type="Content Download")
		frappe.db.commit()  # nosemgrep
		limits.forget("asset misses")

	def link(self) -> str:
		page = self.post().get_data(as_text=True)
		return "/n/asset/" + page.split("/n/asset/")[1].split('"')[0]

	def test_it_is_released_at_once_and_logged_by_name(self) -> None:
		link = self.link()
		answer = request("GET", link)
		self.assertEqual((answer.status_code, answer.get_data()), (200, CONTENT))
		self.assertEqual(answer.headers["Content-Type"].partition(";")[0], "application/pdf")
		self.assertIn("guide", answer.headers["Content-Disposition"])
		activity = frappe.get_doc("Nurture Activity", {"party": self.leads()[0]})
		self.assertEqual((activity.activity_type, activity.detail), ("Content Download", "The Guide"))
		self.assertEqual(frappe.db.get_value("Lead", self.leads()[0], "nurture_first_interest"), "Guides")
		self.assertFalse(frappe.db.exists("Nurture Consent", {"party": self.leads()[0]}), "no subscription")

	def test_only_the_signed_link_opens_it_and_only_for_a_while(self) -> None:
		link = self.link()
		self.assertEqual(request("GET", link[:-1] + ("A" if link[-1] != "A" else "B")).status_code, 404)
		for path in ("/n/asset/", "/n/asset/../../site_config.json", "/n/asset/%2e%2e%2fsite_config.json"):
			self.assertLess(request("GET", path).status_code, 500)
			self.assertNotIn(b"db_password", request("GET", path).get_data())
		self.assertEqual(request("POST", link).status_code, 405)
		token = frappe.get_last_doc("Nurture Public Link", {"purpose": "asset", "address": self.address})
		frappe.db.set_value(
			"Nurture Public Link", token.name, "expires_on", now_datetime().replace(year=2020)
		)
		frappe.db.commit()  # nosemgrep
		self.assertEqual(request("GET", link).status_code, 410)

	def test_a_file_no_browser_should_run_is_only_bytes(self) -> None:
		make_asset(file_name="page.html", content=b"<script>alert(1)</script>")
		frappe.db.commit()  # nosemgrep
		answer = request("GET", self.link())
		self.assertEqual(answer.headers["Content-Type"].partition(";")[0], "application/octet-stream")
		self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
		self.assertIn("attachment", answer.headers["Content-Disposition"])

	def test_files_outside_of_the_private_folder_are_no_assets(self) -> None:
		for file in (
			"/private/files/../site_config.json",
			"/files/open.pdf",
			"/etc/passwd",
			"/private/files/no.pdf",
		):
			with self.subTest(file), self.assertRaises(frappe.ValidationError):
				frappe.get_doc({"doctype": "Nurture Asset", "title": f"Bad {file}", "file": file}).insert()

	def test_a_page_elsewhere_is_a_redirect_to_what_is_stored(self) -> None:
		frappe.db.set_value(
			"Nurture Asset", "The Guide", {"file": "", "url": "https://www.example.com/guide"}
		)
		frappe.clear_document_cache("Nurture Asset", "The Guide")
		frappe.db.commit()  # nosemgrep
		answer = request("GET", self.link() + "?url=https://evil.example")
		self.assertEqual(
			(answer.status_code, answer.headers["Location"]), (302, "https://www.example.com/guide")
		)

	def test_by_mail_too_where_that_is_wanted(self) -> None:
		make_asset(send_by_mail=1)
		frappe.db.commit()  # nosemgrep
		self.link()
		self.assertTrue(frappe.db.exists("Email Queue Recipient", {"recipient": self.address}))


class TestWebForms(FormCase):
	def setUp(self) -> None:
		super().setUp()
		self.web_form = self.make_web_form(
			"Nurture Form Submission", ["address", "first_name", "message", "consent"]
		)

	def make_web_form(self, doctype: str, fields: list[str]) -> str:
		meta = frappe.get_meta(doctype)
		for old in frappe.get_all("Web Form", {"title": f"Web Form on {doctype}"}, pluck="name"):
			frappe.delete_doc("Web Form", old, force=True)
		doc = frappe.get_doc(
			{
				"doctype": "Web Form",
				"title": f"Web Form on {doctype}",
				"route": f"test-{frappe.scrub(doctype)}",
				"doc_type": doctype,
				"published": 1,
				"web_form_fields": [
					{
						"fieldname": name,
						"fieldtype": meta.get_field(name).fieldtype,
						"label": "I say yes." if name == "consent" else meta.get_field(name).label,
						"options": meta.get_field(name).options,
					}
					for name in fields
				],
			}
		).insert()
		frappe.db.commit()  # nosemgrep
		return doc.name

	def accept(self, web_form: str, **data):
		answer = request(
			"POST",
			"/api/method/frappe.website.doctype.web_form.web_form.accept",
			data={"web_form": web_form, "data": json.dumps(data)},
		)
		frappe.db.rollback()
		return answer

	def test_a_new_and_a_known_address_through_frappes_own_endpoint(self) -> None:
		for first_name in ("Ada", "Adelaide"):
			answer = self.accept(
				self.web_form, address=self.address, first_name=first_name, message="Hi", consent=1
			)
			self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:2000])
			self.assertFalse(
				answer.json["message"].get("party"), "the visitor need not know the lead's number"
			)
		self.assertEqual(len(self.leads()), 1)
		lead = frappe.get_doc("Lead", self.leads()[0])
		self.assertEqual(
			(lead.first_name, lead.nurture_first_form, lead.nurture_first_source),
			("Ada", "Web Form on Nurture Form Submission", "Website Form"),
		)
		consent = frappe.get_doc("Nurture Consent", {"party": lead.name, "channel": "Email"})
		self.assertEqual(consent.wording, "I say yes.")

	def test_a_web_form_may_have_the_settings_of_a_form_and_release_an_asset(self) -> None:
		make_asset()
		make_form(web_form=self.web_form, asset="The Guide", activity_type="Content Download")
		frappe.db.commit()  # nosemgrep
		answer = self.accept(self.web_form, address=self.address)
		self.assertEqual(
			request(
				"GET", "/n/asset/" + answer.json["message"]["download_url"].rsplit("/", 1)[1]
			).status_code,
			200,
		)
		self.assertEqual(self.submission().download_url, None)

	def test_a_double_click_makes_one_lead(self) -> None:
		data = json.dumps({"address": self.address, "first_name": "Ada", "consent": 1})
		path = "/api/method/frappe.website.doctype.web_form.web_form.accept"

		def click() -> int:
			return request("POST", path, data={"web_form": self.web_form, "data": data}).status_code

		self.assertEqual(at_the_same_time(click, click, click), [200] * 3)
		self.assertEqual(len(self.leads()), 1)

	def test_a_refused_one_is_told_and_kept(self) -> None:
		answer = self.accept(self.web_form, address="ada at home", first_name="Ada")
		self.assertEqual(answer.status_code, 417)
		self.assertIn("is not an e-mail address", answer.get_data(as_text=True))
		row = frappe.get_last_doc("Nurture Form Submission", {"address": "ada at home"})
		self.assertEqual((row.status, row.first_name), ("Refused", "Ada"))

	def test_a_web_form_on_lead_itself(self) -> None:
		name = self.make_web_form("Lead", ["first_name", "email_id", "nurture_email_consent"])
		answer = self.accept(name, first_name="Ada", email_id=self.address, nurture_email_consent="Given")
		self.assertEqual(answer.status_code, 200, answer.get_data(as_text=True)[:2000])
		lead = frappe.get_doc("Lead", self.leads()[0])
		self.assertEqual(
			(lead.nurture_first_source, lead.nurture_first_form), ("Website Form", "Web Form on Lead")
		)
		self.assertTrue(
			frappe.db.exists("Nurture Activity", {"party": lead.name, "activity_type": "Form Submitted"})
		)
		consent = frappe.get_doc("Nurture Consent", {"party": lead.name, "channel": "Email"})
		self.assertEqual((consent.status, consent.source), ("Given", "Web Form on Lead"))
		settle_settings(double_opt_in=1)
		frappe.db.commit()  # nosemgrep
		other = f"b{self.address}"
		self.accept(name, first_name="Ada", email_id=other, nurture_email_consent="Given")
		lead = frappe.get_doc("Lead", {"email_id": other})
		consent = frappe.get_doc("Nurture Consent", {"party": lead.name, "channel": "Email"})
		self.assertEqual((consent.status, lead.nurture_email_consent or ""), ("Pending", ""))
