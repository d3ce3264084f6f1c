"""Data Check, as the Desk runs it: numbers of what one may see, that lead to the leads."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.desk.query_report import run
from frappe.permissions import add_user_permission
from frappe.utils import add_days, now_datetime

from nurture_app.site import data_findings
from nurture_app.site.api import data_check
from nurture_app.site.api.lead_panel import get_panel
from nurture_app.site.complete_fields import complete_fields, completeness_of
from nurture_app.site.language import in_language
from nurture_app.site.testing.desk import delete_users, make_reps
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SELLER = "check-seller@example.com"


class TestDataCheck(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_reps(SELLER)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER)
		super().tearDownClass()

	def setUp(self) -> None:
		settle_settings(complete_fields="Job Title\ncity")
		stamp = frappe.generate_hash(length=6)
		self.mine = make_lead(f"check{stamp}", lead_owner=SELLER, job_title="Baker", city="")
		self.theirs = make_lead(f"other{stamp}", lead_owner="Administrator", city="Ulm")

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# running a report may commit
		settle_settings(complete_fields="")
		for lead in (self.mine, self.theirs):
			frappe.delete_doc("Lead", lead.name, force=True, ignore_missing=True)
		frappe.db.delete("User Permission", {"user": SELLER})
		frappe.clear_cache(user=SELLER)  # else the next test takes it for there already
		frappe.db.commit()  # nosemgrep: a test site

	def result(self, **filters: Any) -> dict[str, Any]:
		return run("Nurture Data Check", filters=filters, user=frappe.session.user)

	def counts(self) -> dict[str, int]:
		return {row["what"]: row["count"] for row in self.result()["result"] if row.get("indent")}

	def as_seller(self) -> None:
		add_user_permission("User", SELLER, SELLER, applicable_for="Lead", ignore_permissions=True)
		frappe.clear_cache(user=SELLER)
		frappe.set_user(SELLER)

	def test_what_is_missing_is_counted_and_leads_to_the_leads(self) -> None:
		row = next(row for row in self.result()["result"] if row["what"] == "City")
		where = {**row["where"], "status": ["not in", ["Converted", "Do Not Contact"]]}
		self.assertEqual(row["count"], len(frappe.get_list("Lead", filters=where, limit_page_length=0)))
		self.assertIn(
			self.mine.name, frappe.get_list("Lead", filters=where, pluck="name", limit_page_length=0)
		)

	def test_a_list_has_as_many_leads_as_its_row_says(self) -> None:
		stamp = frappe.generate_hash(length=6)
		for name, values in {
			"silent": {"creation": add_days(now_datetime(), -95)},
			"brought": {"nurture_last_activity_on": add_days(now_datetime(), -95)},
		}.items():
			lead = make_lead(f"{name}{stamp}").name
			frappe.db.set_value("Lead", lead, values, update_modified=False)
			self.addCleanup(frappe.delete_doc, "Lead", lead, force=True, ignore_missing=True)
		rows = [row for row in self.result()["result"] if row.get("goes_to") == "list"]
		self.assertIn("No sign of interest for 90 days", {row["what"] for row in rows})
		for row in rows:
			where = {"status": ["not in", ["Converted", "Do Not Contact"]], **row["where"]}
			found = frappe.get_list("Lead", filters=where, limit_page_length=0)
			self.assertEqual(len(found), row["count"], row["what"])

	def test_incomplete_leads_say_what_they_lack(self) -> None:
		rows = {row["lead"]: row for row in self.result(show="Leads")["result"]}
		self.assertEqual((rows[self.mine.name]["percent"], rows[self.mine.name]["missing"]), (50, "City"))
		self.assertEqual(rows[self.theirs.name]["missing"], "Job Title")

	def test_a_seller_is_told_of_their_own_leads_alone(self) -> None:
		self.as_seller()
		counts = self.counts()
		self.assertEqual((counts["City"], counts["Job Title"]), (1, 0))
		rows = self.result(show="Leads")["result"]
		self.assertEqual([row["lead"] for row in rows], [self.mine.name])

	def test_a_record_is_kept_and_compared_with_the_one_before(self) -> None:
		first = frappe.get_doc("Nurture Data Record", data_check.keep())
		self.assertEqual(first.checked_by, "Administrator")
		before = {(row.part, row.finding): row.get("count") for row in first.findings}
		frappe.db.set_value("Lead", self.mine.name, "city", "Ulm")
		second = frappe.get_doc("Nurture Data Record", data_check.keep())
		city = next(row for row in second.findings if (row.part, row.finding) == ("Missing", "City"))
		was = before["Missing", "City"]
		self.assertEqual((city.before, city.get("count")), (str(was), was - 1))
		self.assertTrue(all(row.before == str(before[row.part, row.finding]) for row in second.findings))
		frappe.delete_doc("Nurture Data Record", [first.name, second.name])

	def test_the_numbers_of_a_record_stay_as_they_were(self) -> None:
		name = data_check.keep()
		self.addCleanup(frappe.delete_doc, "Nurture Data Record", name)
		doc = frappe.get_doc("Nurture Data Record", name)
		doc.outcome = "Ask for cities"
		doc.save()
		for change in ({"leads": doc.leads + 5}, {"findings": []}):
			doc = frappe.get_doc("Nurture Data Record", name).update(change)
			self.assertRaises(frappe.CannotChangeConstantError, doc.save)
		doc = frappe.get_doc("Nurture Data Record", name)
		doc.findings[0].finding = "Nothing"
		self.assertRaises(frappe.CannotChangeConstantError, doc.save)

	def test_a_record_is_compared_whoever_keeps_it_in_whatever_language(self) -> None:
		first = data_check.keep()
		with (
			in_language("de"),
			patch.object(
				data_findings, "_", lambda text: f"de {text}" if frappe.local.lang == "de" else text
			),
		):
			second = data_check.keep()
		self.assertTrue(all(row.before for row in frappe.get_doc("Nurture Data Record", second).findings))
		frappe.delete_doc("Nurture Data Record", [first, second])

	def test_a_record_tells_nothing_of_fields_that_are_not_everybodys(self) -> None:
		with patch.object(frappe.get_meta("Lead").get_field("city"), "permlevel", 2):
			name = data_check.keep()
		self.addCleanup(frappe.delete_doc, "Nurture Data Record", name)
		found = {row.finding for row in frappe.get_doc("Nurture Data Record", name).findings}
		self.assertIn("Job Title", found)
		self.assertNotIn("City", found)

	def test_the_night_keeps_one_for_each_quarter_if_asked(self) -> None:
		frappe.db.delete("Nurture Data Record")
		self.assertIsNone(data_findings.keep_for_the_quarter(), "ships off")
		settle_settings(quarterly_data_check=1)
		self.addCleanup(settle_settings, quarterly_data_check=0)
		with patch.object(data_findings, "tell_managers") as told:
			first = data_findings.keep_for_the_quarter()
			self.assertIsNone(data_findings.keep_for_the_quarter())
			frappe.db.set_value("Nurture Data Record", first, "checked_on", "2020-01-01 00:00:00")
			second = data_findings.keep_for_the_quarter()
		self.assertEqual([call.args[1] for call in told.call_args_list], [first, second])
		frappe.delete_doc("Nurture Data Record", [first, second])

	def test_only_managers_keep_records(self) -> None:
		self.as_seller()
		self.assertRaises(frappe.PermissionError, data_check.keep)
		self.assertFalse(frappe.has_permission("Nurture Data Record", "read"))

	def test_how_complete_one_lead_is(self) -> None:
		self.assertEqual(completeness_of(self.mine.name), (50, ["City"]))
		self.assertRaises(frappe.PermissionError, completeness_of, "no such lead")
		self.as_seller()
		self.assertEqual(completeness_of(self.mine.name), (50, ["City"]))
		self.assertRaises(frappe.PermissionError, completeness_of, self.theirs.name)
		with patch("nurture_app.site.complete_fields.hidden_fields", return_value={"city"}):
			self.assertEqual(completeness_of(self.mine.name), (100, []))

	def test_the_lead_shows_what_it_lacks(self) -> None:
		self.assertEqual(get_panel(self.mine.name)["data"], {"percent": 50, "missing": ["City"]})

	def test_fields_go_by_label_or_name_and_unknown_ones_are_refused(self) -> None:
		self.assertEqual(complete_fields(), {"job_title": "Job Title", "city": "City"})
		settings = frappe.get_doc("Nurture Settings")
		settings.complete_fields = "Job Title\nShoe Size"
		with self.assertRaisesRegex(frappe.ValidationError, "no field “Shoe Size”"):
			settings.save()
		frappe.db.set_single_value("Nurture Settings", "complete_fields", "")
		self.assertIn("industry", complete_fields())
		self.assertTrue({"source", "utm_source"} & set(complete_fields()))
