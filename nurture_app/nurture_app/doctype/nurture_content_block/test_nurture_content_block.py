"""Blocks, assets and contents as people write and save them."""

from __future__ import annotations

import json
from typing import Any

import frappe

from nurture_app.nurture_app.doctype.nurture_content.nurture_content import NurtureContent
from nurture_app.patches import asset_short_names
from nurture_app.site.api import content_actions
from nurture_app.site.testing.factories import make_content, make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SOFTWARE = json.dumps([["industry", "=", "Software"]])


def make_asset(title: str, **values: Any) -> Any:
	frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
	row = {"doctype": "Nurture Asset", "title": title, "url": "https://www.example.com/guide"}
	return frappe.get_doc({**row, **values}).insert()


def make_block(title: str, variants: list[dict[str, Any]] | None = None, **values: Any) -> Any:
	frappe.delete_doc("Nurture Content Block", title, force=True, ignore_missing=True)
	row = {"doctype": "Nurture Content Block", "title": title, "default_text": "<p>For all.</p>"}
	given = [{"label": "Software", "condition": SOFTWARE, "text": "<p>For software.</p>"}]
	return frappe.get_doc({**row, "variants": given if variants is None else variants, **values}).insert()


class TestLibrary(SiteCase):
	def setUp(self) -> None:
		settle_settings()

	def tearDown(self) -> None:
		frappe.db.rollback()

	def content(self, title: str, body: str, **values: Any) -> NurtureContent:
		doc = frappe.get_doc("Nurture Content", make_content(title))
		doc.update({"body": body, **values})
		return doc.save()

	def test_a_preview_shows_what_a_lead_gets_and_why(self) -> None:
		make_block("Block Story")
		content = self.content("Block Mail", "<p>Hi</p><p>{{ block.block_story }}</p>")
		if not frappe.db.exists("Industry Type", "Software"):
			frappe.get_doc({"doctype": "Industry Type", "industry": "Software"}).insert()
		lead, other = make_lead("blocka", industry="Software"), make_lead("blockb")
		shown = content_actions.preview(content.as_json(), lead.name)
		self.assertIn("For software.", shown["text"])
		((one),) = shown["blocks"]
		self.assertEqual((one["block"], one["variant"]), ("Block Story", "Software"))
		self.assertIn("Industry is Software", one["why"])
		shown = content_actions.preview(content.as_json(), other.name)
		self.assertIn("For all.", shown["text"])
		self.assertEqual(shown["blocks"][0]["variant"], "Default")

	def test_a_content_lists_the_assets_in_its_text_and_its_blocks(self) -> None:
		make_asset("Block Guide")
		make_asset("Block Case")
		make_block("Block Story", [{"label": "S", "condition": SOFTWARE, "asset": "Block Case"}])
		content = self.content(
			"Block Mail", '<p><a href="{{ assets.block_guide.url }}">x</a></p><p>{{ block.block_story }}</p>'
		)
		listed = [(row.asset, row.block) for row in content.assets]
		self.assertEqual(listed, [("Block Case", "Block Story"), ("Block Guide", None)])
		content.body = "<p>Nothing</p>"
		content.save()
		self.assertEqual(content.assets, [])

	def test_a_duplicate_has_a_short_name_of_its_own(self) -> None:
		for doc in (make_asset("Block Guide"), make_block("Block Story")):
			copy = frappe.copy_doc(doc, ignore_no_copy=False)  # as the Desk duplicates
			copy.title = f"{doc.title} Again"
			self.assertEqual(copy.insert().short_name, f"{doc.short_name}_again")

	def test_what_texts_use_keeps_its_short_name_and_stays(self) -> None:
		asset, block = make_asset("Block Guide"), make_block("Block Story")
		self.content("Block Mail", "<p>{{ assets.block_guide.url }}</p><p>{{ block.block_story }}</p>")
		for doc in (asset, block):
			doc.short_name = "another"
			with self.assertRaisesRegex(frappe.ValidationError, "Block Mail"):
				doc.save()
			with self.assertRaisesRegex(frappe.LinkExistsError, "Block Mail"):
				frappe.delete_doc(doc.doctype, doc.name)

	def test_errors_name_block_and_variant(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "Default is empty"):
			make_block("Block Bad", default_text="<p><br></p>")
		bad = [{"label": "Soft", "condition": '[["industri", "=", "x"]]', "text": "<p>x</p>"}]
		with self.assertRaisesRegex(frappe.ValidationError, "industri"):
			make_block("Block Bad", bad)
		bad[0].update(condition=SOFTWARE, text="<p>{{ lead.nobody }}</p>")
		with self.assertRaisesRegex(frappe.ValidationError, "Block Bad / Soft"):
			make_block("Block Bad", bad)
		bad[0].update(condition=json.dumps([{"segment": "No Such Segment"}]), text="<p>x</p>")
		with self.assertRaisesRegex(frappe.ValidationError, "No Such Segment"):
			make_block("Block Bad", bad)

	def test_a_block_cannot_carry_a_script(self) -> None:
		with self.assertRaises(frappe.ValidationError):
			make_block("Block Bad", default_text="<p onclick='x()'>x</p>")
		with self.assertRaises(frappe.ValidationError):
			make_block("Block Bad", default_text="<script>x()</script>")

	def test_a_content_that_names_what_is_not_there_is_refused(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "no block .no_such"):
			self.content("Block Mail", "<p>{{ block.no_such }}</p>")
		with self.assertRaisesRegex(frappe.ValidationError, "no asset .no_such"):
			self.content("Block Mail", "<p>{{ assets.no_such.url }}</p>")

	def test_versions_of_a_content(self) -> None:
		base = self.content("Block Mail", "<p>Hi</p>", language="en")
		german = self.content("Block Mail DE", "<p>Tag</p>", language="de", version_of=base.name)
		for values in (
			{"language": "", "version_of": base.name},
			{"language": "de", "version_of": base.name},
			{"language": "en", "version_of": base.name},
			{"language": "fr", "version_of": german.name},
			{"language": "fr", "version_of": "Block Mail FR"},
		):
			with self.assertRaises(frappe.ValidationError, msg=values):
				self.content("Block Mail FR", "<p>Jour</p>", **values)
		with self.assertRaises(frappe.ValidationError):
			base.version_of = self.content("Block Other", "<p>x</p>").name
			base.save()

	def test_an_offer_needs_both_its_days(self) -> None:
		for values in (
			{"valid_from": "2026-01-01"},
			{"valid_until": "2026-01-01"},
			{"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
		):
			with self.assertRaises(frappe.ValidationError, msg=values):
				make_asset("Block Offer", is_offer=1, **values)

	def test_what_can_be_said_of_an_asset_that_is_no_page(self) -> None:
		with self.assertRaises(frappe.ValidationError):
			make_asset("Block Answer", url="")
		self.assertTrue(make_asset("Block Answer", url="", text="It pays for itself.").short_name)
		self.assertTrue(make_asset("Block Planned", url="", enabled=0).name)

	def test_who_reviewed_it_is_whoever_says_so(self) -> None:
		asset = make_asset("Block Guide", culturally_reviewed=1, culturally_reviewed_by="Guest")
		self.assertEqual(asset.culturally_reviewed_by, frappe.session.user)
		asset.culturally_reviewed = 0
		self.assertIsNone(asset.save().culturally_reviewed_by)

	def test_what_a_lead_got_goes_with_the_lead(self) -> None:
		lead = make_lead("blockgone")
		use = {"doctype": "Nurture Content Use", "party_type": "Lead", "party": lead.name}
		frappe.get_doc({**use, "touch": "x"}).insert(ignore_permissions=True)
		frappe.delete_doc("Lead", lead.name, force=True)
		self.assertFalse(frappe.db.exists("Nurture Content Use", {"party": lead.name}))

	def test_older_assets_get_short_names(self) -> None:
		for title in ("Block Guide", "Block-Guide!"):
			make_asset(title, short_name="x" + frappe.generate_hash(length=8))
			frappe.db.set_value("Nurture Asset", title, "short_name", None)
		asset_short_names.execute()
		names = frappe.get_all("Nurture Asset", {"title": ["like", "Block_Guide%"]}, pluck="short_name")
		self.assertEqual(sorted(names), ["block_guide", "block_guide_2"])
