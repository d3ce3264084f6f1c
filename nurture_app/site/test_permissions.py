"""Who sees what about a lead: whoever sees the lead, and nobody else."""

from __future__ import annotations

import frappe
from frappe.permissions import add_user_permission, clear_user_permissions_for_doctype

from nurture_app.site.api import conditions, enrollment_actions, lead_panel, sequence_actions
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import as_json, make_lead, make_sequence, settle_settings
from nurture_app.site.testing.site_case import SiteCase

DOCTYPES = (
	"Nurture Activity",
	"Nurture Consent",
	"Nurture Enrollment",
	"Nurture Score Entry",
	"Nurture Segment Member",
	"Nurture Touch",
)
SALES, MARKETER, OUTSIDER = "sales@nurture.example", "marketer@nurture.example", "outsider@nurture.example"
SEQUENCE = "Permission Test"


def make_user(email: str, *roles: str) -> None:
	if not frappe.db.exists("User", email):
		frappe.get_doc(
			{"doctype": "User", "email": email, "first_name": email.split("@")[0], "send_welcome_email": 0}
		).insert(ignore_permissions=True)
	user = frappe.get_doc("User", email)
	user.set("roles", [])
	user.add_roles(*roles)


class TestPermissions(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(SALES, "Sales User")
		make_user(MARKETER, "Nurture Manager", "Sales User")
		make_user(OUTSIDER, "Blogger")
		frappe.db.commit()  # nosemgrep: a test site

	def setUp(self) -> None:
		settle_settings()
		make_sequence(SEQUENCE)
		self.mine = make_lead("mine", nurture_email_consent="Given", lead_owner=SALES)
		self.theirs = make_lead("theirs", nurture_email_consent="Given", lead_owner="Administrator")
		add_user_permission("User", SALES, SALES, applicable_for="Lead", ignore_permissions=True)
		for lead in (self.mine, self.theirs):
			self.fill(lead.name)
		frappe.clear_cache(user=SALES)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		clear_user_permissions_for_doctype("User", SALES)
		frappe.db.rollback()

	def fill(self, lead: str) -> None:
		"""A row of each kind about `lead`."""
		columns = {
			"Nurture Activity": ("dedupe_key",),
			"Nurture Score Entry": ("entry_key",),
			"Nurture Segment Member": ("live_key",),
			"Nurture Touch": ("token", "touch_key"),
		}
		db = site_host(commit=False).db
		for doctype, keys in columns.items():
			db.insert(f"tab{doctype}", ("name", "party", *keys), [(f"{lead}-row", lead, *[f"{lead}-key"] * len(keys))])
		enrollment_actions.enroll(SEQUENCE, [lead])

	def test_lists_show_only_rows_of_leads_the_user_may_read(self) -> None:
		frappe.set_user(SALES)
		for doctype in DOCTYPES:
			with self.subTest(doctype):
				parties = set(frappe.get_list(doctype, pluck="party", limit_page_length=0))
				self.assertEqual(parties, {self.mine.name})

	def test_single_records_follow_the_same_rule(self) -> None:
		frappe.set_user(SALES)
		for doctype in ("Nurture Activity", "Nurture Score Entry", "Nurture Touch"):
			with self.subTest(doctype):
				mine = frappe.get_doc(doctype, f"{self.mine.name}-row")
				theirs = frappe.get_doc(doctype, f"{self.theirs.name}-row")
				self.assertIs(frappe.has_permission(doctype, "read", doc=mine), True)
				self.assertFalse(frappe.has_permission(doctype, "read", doc=theirs))

	def test_a_manager_sees_everybody(self) -> None:
		frappe.set_user(MARKETER)
		for doctype in DOCTYPES:
			parties = set(frappe.get_list(doctype, pluck="party", limit_page_length=0))
			self.assertLessEqual({self.mine.name, self.theirs.name}, parties)

	def test_who_may_not_read_leads_sees_nothing(self) -> None:
		from nurture_app.site.permissions import enrollment_conditions, has_permission, may_open_app

		frappe.set_user(OUTSIDER)
		self.assertEqual(enrollment_conditions(OUTSIDER), "1=0")
		row = frappe.get_doc("Nurture Touch", f"{self.mine.name}-row")
		self.assertIs(has_permission(row, "read", OUTSIDER), False)
		self.assertFalse(may_open_app())
		self.assertRaises(frappe.PermissionError, lead_panel.get_panel, self.mine.name)
		self.assertRaises(frappe.PermissionError, enrollment_actions.enroll, SEQUENCE, [self.mine.name])

	def test_the_panel_of_a_lead_one_may_not_read_is_refused_like_one_that_does_not_exist(self) -> None:
		frappe.set_user(SALES)
		self.assertEqual(lead_panel.get_panel(self.mine.name)["enrollments"][0]["sequence"], SEQUENCE)
		messages = []
		for lead in (self.theirs.name, "no such lead"):
			with self.assertRaises(frappe.PermissionError) as caught:
				lead_panel.get_panel(lead)
			messages.append(str(caught.exception))
		self.assertEqual(messages[0], messages[1])

	def test_enrolling_skips_leads_one_may_not_read(self) -> None:
		other = make_lead("thirdperson", nurture_email_consent="Given", lead_owner="Administrator")
		frappe.set_user(SALES)
		(outcome,) = enrollment_actions.enroll(SEQUENCE, as_json([other.name]))
		self.assertEqual((outcome["enrollment"], outcome["reason"]), ("", "not_permitted"))

	def test_enrollments_of_others_cannot_be_stopped(self) -> None:
		theirs = frappe.db.get_value("Nurture Enrollment", {"party": self.theirs.name})
		mine = frappe.db.get_value("Nurture Enrollment", {"party": self.mine.name})
		frappe.set_user(SALES)
		self.assertRaises(frappe.PermissionError, enrollment_actions.stop, [mine, theirs])
		self.assertEqual(enrollment_actions.pause(as_json([mine]))["changed"], 1)
		self.assertEqual(enrollment_actions.resume(as_json([mine]))["changed"], 1)
		self.assertEqual(enrollment_actions.stop(as_json([mine]))["changed"], 1)

	def test_salespeople_do_not_switch_sequences_or_count_leads(self) -> None:
		frappe.set_user(SALES)
		for action in (sequence_actions.activate, sequence_actions.pause, sequence_actions.retire):
			self.assertRaises(frappe.PermissionError, action, SEQUENCE)
		self.assertRaises(frappe.PermissionError, conditions.describe, "[]")
		self.assertRaises(frappe.PermissionError, sequence_actions.overview, SEQUENCE)

	def test_a_count_covers_only_leads_one_may_see(self) -> None:
		make_user(SALES, "Sales User", "Nurture User")
		frappe.clear_cache(user=SALES)
		frappe.set_user(SALES)
		condition = '[["email_id", "like", "%@site.example"]]'
		mine = conditions.describe(condition)
		frappe.set_user("Administrator")
		everybody = conditions.describe(condition)
		self.assertEqual((mine["count"], everybody["count"]), (1, 2))
		self.assertEqual(mine["sentence"], everybody["sentence"])

	def test_guests_reach_nothing_but_the_unsubscribe_page(self) -> None:
		from nurture_app.site.testing.factories import request

		for method in ("lead_panel.get_panel?lead=x", "health.banner", "content_actions.placeholders"):
			answer = request("GET", f"/api/method/nurture_app.site.api.{method}")
			self.assertEqual(answer.status_code, 403, method)

	def test_what_writes_is_refused_to_get_requests(self) -> None:
		from nurture_app.site.api import content_actions, scoring_actions, segment_actions

		for function in (
			enrollment_actions.enroll,
			enrollment_actions.stop,
			sequence_actions.activate,
			sequence_actions.send_test,
			content_actions.send_test,
			segment_actions.add_members,
			scoring_actions.rescore,
		):
			self.assertEqual(frappe.allowed_http_methods_for_whitelisted_func[function], ["POST"], function)
