"""Audiences on a site: the hashed list, the platform's webhook, who is forgotten."""

from __future__ import annotations

from hashlib import sha256

import frappe

from nurture_app.engine import optout, runner
from nurture_app.engine.enrollments import entering
from nurture_app.engine.outgoing import sender
from nurture_app.site import nurture_jobs
from nurture_app.site.api.audience_actions import download
from nurture_app.site.channels.calls import SiteCaller
from nurture_app.site.host import site_host
from nurture_app.site.privacy.erase import erase_person
from nurture_app.site.testing.factories import make_lead, make_sequence, settle_settings
from nurture_app.site.testing.other_side import other_side
from nurture_app.site.testing.site_case import SiteCase

AUDIENCE = "Tested Audience"


class TestAudiences(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		frappe.db.delete("Nurture Outgoing")
		frappe.db.delete("Nurture Audience Member")
		self.side = self.enterContext(other_side())
		self.audience = self.make(delivery="Webhook", url=self.side.url)
		self.lead = make_lead(f"ad{frappe.generate_hash(length=8)}", nurture_email_consent="Given")
		steps = [
			{"step_label": "In", "step_type": "Audience", "audience": AUDIENCE, "timing": "On Day", "day": 1}
		]
		sequence = make_sequence("Tested Audience Sequence", steps)
		self.host = site_host(commit=True)
		entering.enroll(self.host, sequence, [self.lead.name], by="Administrator")
		while runner.tick(self.host, "test").claimed:
			pass

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()

	def make(self, **values) -> object:
		known = frappe.db.exists("Nurture Audience", AUDIENCE)
		doc = (
			frappe.get_doc("Nurture Audience", AUDIENCE)
			if known
			else frappe.new_doc("Nurture Audience", title=AUDIENCE)
		)
		doc.update({"cap_note": "3 a week, in the ad manager", **values})
		doc.save(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: a test site
		return doc

	def told(self) -> list[tuple]:
		sender.work(self.host, SiteCaller())
		return [(asked.json["action"], asked.json["people"]) for asked in self.side.asked]

	def test_the_platform_is_told_who_comes_and_who_goes(self) -> None:
		hashed = sha256(self.lead.email_id.encode()).hexdigest()
		person = [{"email_sha256": hashed, "phone_sha256": ""}]
		self.assertEqual(self.told(), [("add", person)])
		self.assertIn("x-nurture-signature", self.side.asked[0].headers)
		self.assertEqual(frappe.get_doc("Nurture Audience", AUDIENCE).member_count, 1)
		optout.unsubscribe(self.host, self.lead.email_id, "test")
		nurture_jobs.run_tick()
		self.assertEqual(self.told(), [("add", person), ("remove", person)])

	def test_a_deleted_lead_is_forgotten_by_the_platform(self) -> None:
		frappe.delete_doc("Lead", self.lead.name, force=True, ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: a test site
		self.assertEqual([action for action, _ in self.told()], ["add", "remove"])
		self.assertFalse(frappe.db.exists("Nurture Audience Member", {"party": self.lead.name}))

	def test_an_erased_person_is_forgotten_by_the_platform(self) -> None:
		erase_person(self.lead.email_id, "asked for it")
		self.assertEqual([action for action, _ in self.told()], ["add", "remove"])
		self.assertFalse(frappe.db.exists("Nurture Audience Member", {"party": self.lead.name}))

	def test_the_list_holds_hashes_and_only_managers_get_it(self) -> None:
		download(AUDIENCE)
		text = frappe.response.pop("filecontent").decode()
		self.assertEqual(
			text.splitlines(), ["email,phone", sha256(self.lead.email_id.encode()).hexdigest() + ","]
		)
		self.assertNotIn("@", text)
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			download(AUDIENCE)

	def test_an_audience_needs_a_note_on_its_cap(self) -> None:
		with self.assertRaises(frappe.ValidationError):
			self.make(cap_note=" ")

	def test_a_private_address_is_refused(self) -> None:
		frappe.conf.nurture_app_allowed_private_hosts = []
		with self.assertRaises(frappe.ValidationError):
			self.make(url="http://10.0.0.1/")
