"""Two forms of a form's page: what visitors see, and what their answers say."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.capture.variants import answers, sentences, variant_for
from nurture_app.site.public.test_forms import KEY, FormCase, make_form
from nurture_app.site.testing.factories import request

VARIANTS = [
	{"label": "As it is", "weight": 1},
	{"label": "Short", "weight": 1, "heading": "Two questions", "button": "Show me", "only_required": 1},
]


class TestFormVariants(FormCase):
	def setUp(self) -> None:
		super().setUp()
		make_form(variants=VARIANTS)
		frappe.db.commit()  # nosemgrep: requests have their own connection

	def form(self) -> Any:
		return frappe.get_doc("Nurture Form", "Capture Test")

	def page(self, browser: str) -> str:
		return request("GET", f"/n/form/{KEY}", headers={"User-Agent": browser}).get_data(as_text=True)

	def test_visitors_see_one_of_them_and_always_the_same(self) -> None:
		pages = {browser: self.page(browser) for browser in map("Browser {}".format, range(12))}
		short = [browser for browser, text in pages.items() if "Two questions" in text]
		self.assertTrue(0 < len(short) < 12)
		for browser, text in pages.items():
			self.assertEqual("Show me" in text, browser in short)
			self.assertEqual("Size of your team" in text, browser not in short)
		for browser in list(pages)[:2]:
			self.assertEqual("Two questions" in self.page(browser), browser in short)

	def test_an_answer_says_which_and_whoever_invents_one_counts_for_none(self) -> None:
		self.post(form_variant="Short")
		self.post(email_id=f"b{self.address}", form_variant="Invented <b>")
		frappe.db.rollback()
		stored = frappe.get_all(
			"Nurture Form Submission", {"address": ["like", f"%{self.address}"]}, ["address", "variant"]
		)
		found = {row.address: row.variant or "" for row in stored}
		self.assertEqual(found, {self.address: "Short", f"b{self.address}": ""})
		self.assertEqual(answers(self.form()), {"Short": 1})
		self.assertIn("Not enough answers yet", sentences(self.form())[1])

	def test_a_mistake_brings_back_the_same_variant(self) -> None:
		answer = request("POST", f"/n/form/{KEY}", data={"email_id": "no address", "form_variant": "Short"})
		self.assertIn("Two questions", answer.get_data(as_text=True))

	def test_a_change_begins_anew_and_bad_variants_are_refused(self) -> None:
		form = self.form()
		since = form.variants_since
		form.value_exchange = "Something else"
		form.save()
		self.assertEqual(form.variants_since, since)
		form.variants[1].button = "Go"
		form.save()
		self.assertGreater(form.variants_since, since)
		form.variants[1].update({"heading": "", "button": "", "only_required": 0})
		with self.assertRaisesRegex(frappe.ValidationError, "what is different"):
			form.save()

	def test_without_variants_the_form_is_as_it_is(self) -> None:
		make_form()
		self.assertIsNone(variant_for(self.form(), "somebody"))
		self.assertEqual(sentences(self.form()), [])
