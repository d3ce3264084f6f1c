"""Imported leads wait until they are checked."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from nurture_app.site import nurture_jobs
from nurture_app.site.api import quarantine_actions
from nurture_app.site.capture import address_kinds, quarantine
from nurture_app.site.capture.service import Submission, capture
from nurture_app.site.testing.factories import make_lead, make_rule, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class QuarantineCase(SiteCase):
	def setUp(self) -> None:
		frappe.db.rollback()
		settle_settings(
			quarantine_imports=1, quarantine_fields="first_name\ncompany_name", block_disposable=0
		)
		self.mark = frappe.generate_hash(length=6)

	@classmethod
	def tearDownClass(cls) -> None:
		frappe.db.rollback()
		settle_settings(quarantine_imports=0, quarantine_fields="first_name", disposable_domains="")
		frappe.db.commit()  # nosemgrep: or what follows rolls it back
		super().tearDownClass()

	def imported(self, name: str, **values):
		frappe.flags.in_import = True
		try:
			return make_lead(f"{name}{self.mark}", **values)
		finally:
			frappe.flags.in_import = False

	def waits(self, lead) -> bool:
		return bool(frappe.db.get_value("Lead", lead.name, "nurture_quarantined"))


class TestQuarantine(QuarantineCase):
	def test_imports_wait_and_nothing_else_does(self) -> None:
		lead = self.imported("imported")
		self.assertTrue(self.waits(lead))
		self.assertEqual(lead.nurture_first_source, "Import")
		self.assertFalse(self.waits(make_lead(f"byhand{self.mark}", nurture_quarantined=1)))
		settle_settings(quarantine_imports=0)
		self.assertFalse(self.waits(self.imported("unchecked")))

	def test_nobody_saves_a_lead_out_of_quarantine(self) -> None:
		lead = self.imported("stays")
		lead.nurture_quarantined = 0
		lead.save()
		self.assertTrue(self.waits(lead))

	def test_what_is_wrong_is_said_for_each(self) -> None:
		twin = make_lead(f"twin{self.mark}", phone="+49 30 1234567", company_name="A")
		phone = self.imported("phone", phone="030 1234567", company_name="B")
		gap = self.imported("gap")
		broken = self.imported("broken", company_name="C")
		frappe.db.set_value("Lead", broken.name, "email_id", "nobody at home")
		double = self.imported("double", company_name="D")
		frappe.db.set_value("Lead", double.name, "email_id", twin.email_id.upper())
		fine = self.imported("fine", company_name="E")
		names = [one.name for one in (phone, gap, broken, double, fine)]
		told = {
			one["lead"]: one["problems"]
			for one in quarantine_actions.preview(json.dumps([*names, twin.name]))
		}
		self.assertEqual(sorted(told), sorted(names), "only those in quarantine")
		self.assertIn("telephone", told[phone.name][0])
		self.assertIn(twin.name, told[phone.name][0])
		self.assertIn("Organization Name is empty", told[gap.name][0])
		self.assertIn("is not an e-mail address", told[broken.name][0])
		self.assertIn("same e-mail address", told[double.name][0])
		self.assertEqual(told[fine.name], [])

	def test_what_is_right_leaves_by_itself_and_is_scored(self) -> None:
		make_rule("Quarantine Test", "Demo Request", 30)
		fine, gap = self.imported("fine", company_name="E"), self.imported("gap")
		for lead in (fine, gap):
			capture(Submission(lead.email_id, activity_type="Demo Request"))
		frappe.db.commit()  # nosemgrep: the job commits
		self.assertEqual(frappe.db.get_value("Lead", fine.name, "nurture_score"), 0)
		quarantine.release_checked_lately()
		self.assertEqual((self.waits(fine), self.waits(gap)), (False, True))
		self.assertEqual(frappe.db.get_value("Lead", fine.name, "nurture_score"), 30)
		gap.reload()
		gap.company_name = "F"
		gap.save()
		frappe.db.commit()  # nosemgrep
		quarantine.release_all_checked()
		self.assertFalse(self.waits(gap))

	def test_a_manager_lets_anybody_out_and_others_may_not(self) -> None:
		gap = self.imported("gap")
		frappe.db.commit()  # nosemgrep
		frappe.set_user("Guest")
		for act in (quarantine_actions.preview, quarantine_actions.release):
			with self.assertRaises(frappe.PermissionError):
				act(json.dumps([gap.name]))
		frappe.set_user("Administrator")
		self.assertEqual(quarantine_actions.release(json.dumps([gap.name, "no such lead"])), {"released": 1})
		self.assertFalse(self.waits(gap))

	def test_settings_name_real_fields_and_domains(self) -> None:
		for values in ({"quarantine_fields": "shoe_size"}, {"free_domains": "please block"}):
			with self.assertRaises(frappe.ValidationError):
				settle_settings(**values)


class TestAddressKinds(QuarantineCase):
	def test_leads_follow_the_lists(self) -> None:
		lead = make_lead(f"kind{self.mark}", email_id=f"a{self.mark}@kinds{self.mark}.example")
		frappe.db.commit()  # nosemgrep
		settle_settings(disposable_domains=f"kinds{self.mark}.example")
		frappe.db.commit()  # nosemgrep
		self.assertGreaterEqual(address_kinds.mend(), 1)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_address_kind"), "Disposable")
		self.assertEqual(address_kinds.mend(), 0, "the second time there is nothing to do")

	def test_a_first_night_writes_kinds_without_bringing_up_each_lead(self) -> None:
		"""The pass that comes next looks at all leads at once, so what costs most of a night is done once."""
		leads = [make_lead(f"night{self.mark}-{number}").name for number in range(3)]
		address_kinds.mend()
		frappe.db.set_value("Lead", {"name": ["in", leads]}, "nurture_address_kind", "")
		frappe.db.commit()  # nosemgrep
		statements: list[str] = []
		real = type(frappe.local.db).sql

		def noting(db, query, *args, **kwargs):
			statements.append(str(query))
			return real(db, query, *args, **kwargs)

		with patch.object(type(frappe.local.db), "sql", noting):
			self.assertEqual(address_kinds.mend(), 3)
		dear = ("tabNurture Score Entry", "tabNurture Segment Member")
		looked_at = [one for one in statements if any(table in one for table in dear)]
		self.assertEqual(looked_at, [])

	def test_scores_and_segments_follow_the_same_night(self) -> None:
		domain = f"night{self.mark}.example"
		lead = make_lead(f"follows{self.mark}", email_id=f"a@{domain}").name
		segment = frappe.get_doc(
			{
				"doctype": "Nurture Segment",
				"title": f"Throwaway {self.mark}",
				"segment_type": "Dynamic",
				"enabled": 1,
				"condition": '["nurture_address_kind", "=", "Disposable"]',
			}
		).insert()
		frappe.db.commit()  # nosemgrep
		settle_settings(disposable_domains=domain)
		frappe.db.commit()  # nosemgrep
		nurture_jobs.run_nightly()
		members = {"segment": segment.name, "party": lead, "left_on": ["is", "not set"]}
		self.assertTrue(frappe.db.exists("Nurture Segment Member", members))
		settle_settings(disposable_domains="")
		segment.delete()
		frappe.db.commit()  # nosemgrep
		settle_settings(disposable_domains="")
		frappe.db.commit()  # nosemgrep
