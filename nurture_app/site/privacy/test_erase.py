"""After an erasure nothing but a hash is left, wherever one looks, and the mail stays away for good (CP-08)."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from nurture_app.engine import mobile_replies
from nurture_app.engine.addresses import address_hash
from nurture_app.engine.enrollments.entering import enroll
from nurture_app.site.host import site_host
from nurture_app.site.privacy import contacts, erase
from nurture_app.site.privacy.erase import erase_person, finish_interrupted, preview
from nurture_app.site.testing.factories import make_lead
from nurture_app.site.testing.leftovers import leftovers
from nurture_app.site.testing.rich_person import SEQUENCE, PrivacyCase, make_rich_person
from nurture_app.site.testing.web import request

NAME = ("Wilhelmine", "Quastenflosser")


def told(found: list) -> str:
	return "\n".join(f"{one.place}: {one.needle}: {one.excerpt!r}" for one in found[:40])


class TestErase(PrivacyCase):
	def test_nothing_is_left_of_somebody_who_left_traces_everywhere(self) -> None:
		person = make_rich_person(*NAME)
		before = {one.place.split(".")[0] for one in leftovers(*person.needles)}
		for table in (
			"Lead",
			"Communication",
			"Email Queue Recipient",
			"Nurture Touch",
			"Contact",
			"Error Log",
			"Comment",
		):
			self.assertIn(f"tab{table}", before, "the search finds what is there")
		for table in ("Form Submission", "Page View", "Preference", "Bounce", "Refused Event"):
			self.assertIn(f"tabNurture {table}", before, "what the person did on the web is there")
		self.assertTrue(any(place.startswith("file") for place in before))
		counted = erase_person(person.address.upper(), f"{person.full_name} asked by mail")
		left = leftovers(*person.needles)
		self.assertFalse(left, told(left))
		self.assertGreater(counted.deleted["Communication"], 2)
		self.assertFalse(counted.kept)
		self.assertFalse(frappe.db.exists("Lead", person.lead))
		row = frappe.get_doc("Nurture Suppression", {"address_hash": address_hash(person.address)})
		self.assertEqual((row.address, row.reason, row.source, row.notes), (None, "Erased", None, None))
		done = frappe.get_doc("Nurture Erasure", counted.erasure)
		self.assertEqual(
			(done.status, done.work, done.subject_hash), ("Done", None, address_hash(person.address))
		)
		self.assertEqual(done.rows_deleted, sum(counted.deleted.values()))
		self._mail_stays_away(person)

	def _mail_stays_away(self, person) -> None:
		for method in ("GET", "POST"):
			answer = request(method, f"/u/{person.unsubscribe_token}")
			self.assertEqual(answer.status_code, 200, "the link of an old mail answers as always")
		again = make_lead("again", email_id=person.address.title(), nurture_email_consent="Given")
		frappe.db.commit()  # nosemgrep: each request commits
		(outcome,) = enroll(site_host(commit=False), SEQUENCE, [again.name])
		self.assertEqual((outcome.enrollment, outcome.reason), ("", "suppressed"))
		second = erase_person(person.address, "Asked again")
		self.assertEqual(
			second.deleted["Lead"], 1, "an erasure can be repeated and finds what has come since"
		)
		self.assertFalse(left := leftovers(person.address), told(left))

	def test_an_interrupted_erasure_is_finished_by_the_nightly_job(self) -> None:
		person = make_rich_person("Hildegunde", "Zwergfalke")
		pieces = []
		real = erase._piece

		def dies_at(number: int):
			def piece(work):
				pieces.append(work)
				if len(pieces) == number:
					raise KeyboardInterrupt
				return real(work)

			return piece

		for number in (3, 9, 25):
			pieces.clear()
			with patch.object(erase, "_piece", dies_at(number)), self.assertRaises(KeyboardInterrupt):
				erase_person(person.address, "Interrupted") if number == 3 else finish_interrupted()
			frappe.db.rollback()
		self.assertEqual(finish_interrupted(), 1)
		left = leftovers(*person.needles)
		self.assertFalse(left, told(left))
		self.assertFalse(frappe.db.exists("Nurture Erasure", {"status": "Running"}))

	def test_the_address_of_a_running_erasure_is_not_readable(self) -> None:
		lead = make_lead("stopped.halfway")
		with patch.object(erase, "_carry_out"):
			erase_person(lead.email_id, "x")
		row = frappe.get_last_doc("Nurture Erasure")
		self.assertEqual(row.status, "Running")
		self.assertNotIn("halfway", str(row.as_dict()))
		finish_interrupted()
		self.assertFalse(frappe.db.exists("Lead", lead.name))

	def test_where_the_business_needs_the_record_it_becomes_anonymous(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		person = make_rich_person("Ottokar", "Brillenpinguin")
		opportunity = make_opportunity(person.lead).insert()
		opportunity.add_comment("Comment", f"{person.full_name} wants ten")
		frappe.db.commit()  # nosemgrep: each request commits
		counted = erase_person(person.address, "Asked for by mail")
		left = leftovers(*person.needles)
		self.assertFalse(left, told(left))
		lead = frappe.get_doc("Lead", person.lead)
		self.assertEqual(
			(lead.lead_name, lead.email_id, lead.status), (contacts.NOBODY, None, "Do Not Contact")
		)
		self.assertEqual(counted.blanked["Lead"], 1)
		self.assertTrue(frappe.db.exists("Opportunity", opportunity.name))
		frappe.delete_doc("Opportunity", opportunity.name, force=True)
		frappe.delete_doc("Lead", person.lead, force=True, delete_permanently=True)

	def test_documents_that_must_be_kept_are_named_and_left_alone(self) -> None:
		person = make_rich_person("Kunigunde", "Nacktmull")
		customer = frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": person.full_name,
				"lead_name": person.lead,
				"customer_type": "Individual",
				"customer_group": frappe.db.get_value("Customer Group", {"is_group": 0}),
				"territory": frappe.db.get_value("Territory", {"is_group": 0}),
			}
		).insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: each request commits
		foreseen = preview(person.address)
		self.assertIn(("Customer", customer.name), [(one.doctype, one.name) for one in foreseen.kept])
		counted = erase_person(person.address, "Asked for by mail")
		self.assertTrue(frappe.db.exists("Customer", customer.name))
		self.assertEqual(counted.blanked["Lead"], 1)
		places = {one.place.split(".")[0] for one in leftovers(*person.needles)}
		self.assertLessEqual(
			places,
			{"tabCustomer", "tabContact", "tabContact Email", "tabContact Phone", "tabAddress"}
			| {
				"tabVersion",
				"tabComment",
				"tabActivity Log",
				"tabDynamic Link",
				"tabCommunication Link",  # of others' messages, to the contact that stays
				"tab__global_search",
				"__global_search",
			},
			sorted(places),
		)
		stored = frappe.db.get_value("Nurture Erasure", counted.erasure, "kept")
		self.assertIn("Customer: 1", stored)
		self.assertNotIn(person.last_name, stored)
		for doctype, name in (("Customer", customer.name), ("Lead", person.lead)):
			frappe.delete_doc(doctype, name, force=True, delete_permanently=True)

	def test_a_colleagues_address_on_a_lead_leaves_the_colleagues_mail_alone(self) -> None:
		lead = make_lead("own", email_id="robin@company.example")
		kept = frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Sent",
				"sender": "robin@company.example",
				"recipients": "customer@other.example",
				"subject": "An offer",
				"content": "From robin@company.example",
			}
		).insert(ignore_permissions=True)
		erase_person(lead.email_id, "A test lead")
		self.assertFalse(frappe.db.exists("Lead", lead.name))
		self.assertEqual(frappe.db.get_value("Communication", kept.name, "sender"), "robin@company.example")
		frappe.db.delete("Nurture Suppression", {"address_hash": address_hash("robin@company.example")})

	def test_a_number_is_forgotten_in_whichever_form_it_was_kept(self) -> None:
		lead = make_lead("numbers", mobile_no="0151 23456789", country="Germany")
		number = "+4915123456789"
		mobile_replies.stop_messages(site_host(commit=False), "SMS", number, f"SMS: STOP {number}")
		frappe.db.commit()  # nosemgrep: an erasure commits
		erase_person("numbers@site.example", "Asked for", [lead.name])
		row = frappe.get_last_doc("Nurture Suppression", {"address_hash": address_hash(number)})
		self.assertEqual((row.address, row.source), (None, None))

	def test_others_are_left_alone(self) -> None:
		stays = make_rich_person("Adalbert", "Schneehase")
		goes = make_lead("goes.away", first_name="Adalbert", last_name="Other")
		frappe.db.commit()  # nosemgrep: each request commits
		before = self._counts(stays)
		erase_person(goes.email_id, "x")
		self.assertEqual(self._counts(stays), before)
		erase_person(stays.address, "clean")

	def _counts(self, person) -> dict[str, int]:
		found: dict[str, int] = {}
		for one in leftovers(person.address, person.last_name):
			if not one.place.startswith(("redis", "__global_search")):
				found[one.place] = found.get(one.place, 0) + 1
		return found

	def test_a_preview_changes_nothing_and_tells_what_goes(self) -> None:
		person = make_rich_person("Notburga", "Murmeltier")
		before = self._counts(person)
		foreseen = preview(person.address)
		frappe.db.commit()  # nosemgrep: would show a change
		self.assertEqual(self._counts(person), before)
		counted = erase_person(person.address, "x")
		for doctype in ("Nurture Touch", "Nurture Activity", "Communication", "Lead"):
			self.assertEqual(foreseen.deleted[doctype], counted.deleted[doctype], doctype)

	def test_an_address_nobody_has_is_suppressed_all_the_same(self) -> None:
		erase_person("nobody.at.all@site.example", "x")
		self.assertTrue(
			frappe.db.exists(
				"Nurture Suppression", {"address_hash": address_hash("nobody.at.all@site.example")}
			)
		)
