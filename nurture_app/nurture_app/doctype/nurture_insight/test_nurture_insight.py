"""What colleagues heard: filled in by itself where it can be, seen by whoever may see the lead, and gone with the person."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.permissions import add_user_permission, clear_user_permissions_for_doctype
from frappe.utils import add_days, getdate, nowdate

from nurture_app.engine.insights import LONGEST
from nurture_app.site.privacy.erase import erase_person
from nurture_app.site.privacy.export import collect
from nurture_app.site.privacy.person import find_person
from nurture_app.site.testing.desk import delete_users, make_user
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.site_case import SiteCase

SELLER, OTHER = "hears@site.example", "hears.too@site.example"
MARKETER, MANAGER = "hears.marketing@site.example", "hears.all@site.example"
PERSONA = "Heard Persona"


def note(**values: Any) -> Any:
	row = {"doctype": "Nurture Insight", "kind": "Objection", "said": "Too much to learn"}
	return frappe.get_doc({**row, **values}).insert()


class InsightCase(SiteCase):
	"""Two leads, of which `SELLER` may see one, and `MARKETER` too."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SELLER, "Sales User")
		make_user(OTHER, "Sales User")
		make_user(MARKETER, "Nurture User", "Sales User")
		make_user(MANAGER, "Nurture Manager")
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		delete_users(SELLER, OTHER, MARKETER, MANAGER)
		super().tearDownClass()

	def setUp(self) -> None:
		settle_settings()
		frappe.delete_doc("Nurture Persona", PERSONA, force=True, ignore_missing=True)
		frappe.get_doc({"doctype": "Nurture Persona", "title": PERSONA}).insert()
		stamp = frappe.generate_hash(length=6)
		persona = {"nurture_persona": PERSONA, "nurture_persona_by_hand": 1}
		self.mine = make_lead(f"mine{stamp}", lead_owner=SELLER, **persona).name
		self.theirs = make_lead(f"theirs{stamp}", lead_owner="Administrator").name
		for user in (SELLER, MARKETER):
			add_user_permission("User", SELLER, user, applicable_for="Lead", ignore_permissions=True)
			frappe.clear_cache(user=user)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		for user in (SELLER, MARKETER):
			clear_user_permissions_for_doctype("User", user)
		frappe.db.rollback()


class TestInsight(InsightCase):
	def test_what_can_be_known_is_filled_in(self) -> None:
		frappe.set_user(SELLER)
		doc = note(lead=self.mine, said="  It takes\n our team too long " + "and longer " * 20)
		self.assertEqual((doc.persona, doc.heard_by, doc.said_by), (PERSONA, SELLER, "Customer"))
		self.assertEqual(doc.heard_on, nowdate())
		self.assertTrue(doc.title.startswith("It takes our team too long and"))
		self.assertTrue(doc.title.endswith("…") and len(doc.title) <= 80, doc.title)
		self.assertEqual(note(lead=self.mine, kind="Phrase That Resonates").said_by, "Colleague")

	def test_the_lead_behind_an_opportunity_and_a_customer_is_named(self) -> None:
		opportunity, customer = self.made_from(self.mine)
		self.assertEqual(note(opportunity=opportunity).lead, self.mine)
		self.assertEqual(note(customer=customer).lead, self.mine)
		theirs, _customer = self.made_from(self.theirs)
		frappe.set_user(SELLER)
		with self.assertRaises(frappe.PermissionError) as caught:
			note(opportunity=theirs)
		self.assertNotIn(self.theirs, str(caught.exception))

	def made_from(self, lead: str) -> tuple[str, str]:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		opportunity = make_opportunity(lead).insert(ignore_permissions=True)
		customer = {"doctype": "Customer", "customer_name": f"Customer {lead}", "lead_name": lead}
		return opportunity.name, frappe.get_doc(customer).insert(ignore_permissions=True).name

	def test_what_belongs_to_another_kind_is_not_kept(self) -> None:
		self.assertEqual(note(competitor="Rival").competitor, "")
		self.assertEqual(note(kind="Product Feedback", answer="Soon").answer, "")
		self.assertEqual(note(kind="Blocker", answer="Soon").answer, "Soon")
		self.assertEqual(note(kind="Competitor", competitor="Rival").competitor, "Rival")

	def test_what_cannot_be_meant_is_refused(self) -> None:
		for wrong, said in (
			({"kind": "Competitor"}, "Name the competitor"),
			({"kind": "Gossip"}, "Kind"),
			({"said": ""}, "said"),
			({"said": " \n "}, "said"),
			({"said": "x" * (LONGEST + 1)}, "more than 2000"),
			({"answer": "x" * (LONGEST + 1)}, "more than 2000"),
			({"heard_on": add_days(nowdate(), 1)}, "today or earlier"),
			({"heard_in": "Dream"}, "Heard In"),
			({"kind": "Competitor", "competitor": "x" * 141}, "Competitor"),
			({"lead": "no such lead"}, "no such lead"),
		):
			with self.subTest(wrong), self.assertRaisesRegex(frappe.ValidationError, f"(?i){said}"):
				note(**wrong)
		self.assertEqual(len(note(said="x" * LONGEST).said), LONGEST)

	def test_words_keep_everything_but_their_markup(self) -> None:
		said = "less < than 3 & <script>alert(1)</script>"
		self.assertEqual(note(said=said).said, "less < than 3 & < script>alert(1)< /script>")


class TestWhoSeesAndWrites(InsightCase):
	def setUp(self) -> None:
		super().setUp()
		self.of_mine, self.of_theirs = note(lead=self.mine).name, note(lead=self.theirs).name
		self.of_nobody = note().name

	def may(self, user: str, name: str, right: str = "read") -> bool:
		frappe.set_user(user)
		try:
			return frappe.get_doc("Nurture Insight", name).has_permission(right)
		finally:
			frappe.set_user("Administrator")

	def seen(self, user: str) -> set[str]:
		frappe.set_user(user)
		try:
			ours = {"name": ["in", [self.of_mine, self.of_theirs, self.of_nobody]]}
			return set(frappe.get_list("Nurture Insight", ours, pluck="name"))
		finally:
			frappe.set_user("Administrator")

	def test_each_sees_those_of_leads_they_may_see(self) -> None:
		for user, expected in (
			(SELLER, {self.of_mine}),
			(OTHER, {self.of_mine, self.of_theirs}),
			(MARKETER, {self.of_mine, self.of_nobody}),
			(MANAGER, {self.of_mine, self.of_theirs, self.of_nobody}),
		):
			with self.subTest(user):
				self.assertEqual(self.seen(user), expected)
				read = {
					name for name in (self.of_mine, self.of_theirs, self.of_nobody) if self.may(user, name)
				}
				self.assertEqual(read, expected)

	def test_salespeople_change_their_own_and_others_all_they_see(self) -> None:
		frappe.set_user(SELLER)
		own, alone = note(lead=self.mine).name, note().name
		frappe.set_user("Administrator")
		for user, expected in (
			(SELLER, {own, alone}),
			(OTHER, set()),
			(MARKETER, {own, alone, self.of_mine, self.of_nobody}),
			(MANAGER, {own, alone, self.of_mine, self.of_theirs, self.of_nobody}),
		):
			with self.subTest(user):
				every = (own, alone, self.of_mine, self.of_theirs, self.of_nobody)
				self.assertEqual({name for name in every if self.may(user, name, "write")}, expected)
		self.assertEqual(self.seen(SELLER) | {alone}, {self.of_mine, alone})

	def test_nobody_notes_anything_of_a_lead_they_may_not_see(self) -> None:
		for user in (SELLER, MARKETER):
			frappe.set_user(user)
			self.assertRaises(frappe.PermissionError, note, lead=self.theirs)
			self.assertTrue(note(lead=self.mine).name)

	def test_nobody_moves_to_their_lead_what_they_may_not_see(self) -> None:
		frappe.set_user(MARKETER)
		doc = frappe.get_doc("Nurture Insight", self.of_theirs)
		doc.lead = self.mine
		self.assertRaises(frappe.PermissionError, doc.save)
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.get_value("Nurture Insight", self.of_theirs, "lead"), self.theirs)

	def test_nobody_takes_a_colleagues_note_by_naming_themselves_its_owner(self) -> None:
		frappe.set_user(SELLER)
		doc = frappe.get_doc({**frappe.get_doc("Nurture Insight", self.of_mine).as_dict(), "owner": SELLER})
		doc.said = "Cheap"
		self.assertRaises(frappe.PermissionError, doc.save)

	def test_who_has_no_role_of_ours_sees_nothing(self) -> None:
		outsider = "hears.nothing@site.example"
		make_user(outsider, "Blogger")
		frappe.set_user(outsider)
		self.assertRaises(frappe.PermissionError, frappe.get_list, "Nurture Insight")


class TestWithTheLead(InsightCase):
	def test_it_follows_a_rename_and_a_merge(self) -> None:
		name = note(lead=self.theirs).name
		frappe.rename_doc("Lead", self.theirs, self.mine, merge=True, force=True)
		self.assertEqual(frappe.db.get_value("Nurture Insight", name, "lead"), self.mine)

	def test_it_goes_with_a_deleted_lead_and_keeps_nobody_from_deleting(self) -> None:
		gone, kept = note(lead=self.theirs).name, note(lead=self.mine).name
		frappe.delete_doc("Lead", self.theirs)
		self.assertFalse(frappe.db.exists("Nurture Insight", gone))
		self.assertTrue(frappe.db.exists("Nurture Insight", kept))

	def test_opportunities_and_customers_can_be_deleted_and_the_words_stay(self) -> None:
		opportunity = frappe.get_doc(
			{"doctype": "Opportunity", "opportunity_from": "Lead", "party_name": self.mine}
		).insert()
		customer = frappe.get_doc({"doctype": "Customer", "customer_name": "Heard Works"}).insert()
		name = note(opportunity=opportunity.name, customer=customer.name).name
		frappe.delete_doc("Opportunity", opportunity.name)
		frappe.delete_doc("Customer", customer.name)
		doc = frappe.get_doc("Nurture Insight", name)
		self.assertFalse(doc.opportunity or doc.customer)
		doc.save()


class TestPersonalData(SiteCase):
	def test_the_person_gets_the_words_and_an_erasure_takes_them(self) -> None:
		lead = make_lead("heard.person", first_name="Adelgunde", last_name="Quittenbaum")
		other = make_lead("heard.other")
		note(lead=lead.name, said="Adelgunde said it is dear", answer="It pays")
		about = note(lead=other.name, said=f"Ask {lead.email_id} how they did it")
		frappe.db.commit()  # nosemgrep: a test site
		self.addCleanup(self.clean, other.name)
		sections = {one["table"]: one["rows"] for one in collect(find_person(lead.email_id))["sections"]}
		(row,) = sections["Nurture Insight"]
		self.assertEqual((row["What Was Said"], row["Kind"]), ("Adelgunde said it is dear", "Objection"))
		self.assertEqual(getdate(row["Heard on"]), getdate())
		erase_person(lead.email_id, "asked for it")
		self.assertFalse(frappe.get_all("Nurture Insight", {"said": ["like", "%Adelgunde%"]}))
		kept = frappe.db.get_value("Nurture Insight", about.name, ["said", "title"])
		self.assertEqual(kept, ("Ask [erased] how they did it",) * 2)

	def clean(self, lead: str) -> None:
		frappe.db.rollback()
		frappe.delete_doc("Lead", lead, force=True)
		frappe.db.commit()  # nosemgrep: a test site
