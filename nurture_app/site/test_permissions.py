"""Who sees what about a lead: whoever sees the lead, and nobody else."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.permissions import add_user_permission, clear_user_permissions_for_doctype
from frappe.utils import add_days, nowdate

from nurture_app.engine.config import Sender
from nurture_app.site.api import (
	calendar_actions,
	conditions,
	connections,
	content_actions,
	content_plan,
	enrollment_actions,
	health,
	launch,
	lead_panel,
	sequence_actions,
)
from nurture_app.site.api.access import readable_leads
from nurture_app.site.boot import extend_bootinfo
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import (
	as_json,
	make_content,
	make_lead,
	make_rule,
	make_sequence,
	settle_settings,
)
from nurture_app.site.testing.site_case import SiteCase

DOCTYPES = (
	"Nurture Activity",
	"Nurture Consent",
	"Nurture Consent Entry",
	"Nurture Enrollment",
	"Nurture Score Entry",
	"Nurture Segment Member",
	"Nurture Touch",
	"Nurture Trigger Log",
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
			"Nurture Trigger Log": (),
		}
		db = site_host(commit=False).db
		for doctype, keys in columns.items():
			db.insert(
				f"tab{doctype}",
				("name", "party", *keys),
				[(f"{lead}-row", lead, *[f"{lead}-key"] * len(keys))],
			)
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

	def test_whatever_names_a_lead_follows_it(self) -> None:
		"""Also what is yet to come: a DocType with a `party` or a link to one that others than managers read has both hooks."""
		managers = {"System Manager", "Nurture Manager"}
		for doctype in frappe.get_all("DocType", {"module": "Nurture App", "istable": 0}, pluck="name"):
			meta = frappe.get_meta(doctype)
			names_a_lead = meta.has_field("party") or any(
				df.options == "Lead" for df in meta.get_link_fields()
			)
			if names_a_lead and {row.role for row in meta.permissions} - managers:
				with self.subTest(doctype):
					self.assertIn(doctype, frappe.get_hooks("permission_query_conditions"))
					self.assertIn(doctype, frappe.get_hooks("has_permission"))

	def test_whatever_sales_users_may_sales_managers_may(self) -> None:
		"""A role of its own in ERPNext: not every Sales Manager is a Sales User as well."""

		def rights(role: str) -> dict[str, bool]:
			return {
				right: bool(row.get(right))
				for row in meta.permissions
				if row.role == role
				for right in ("read", "write", "create", "delete", "report", "export", "select")
			}

		for doctype in frappe.get_all("DocType", {"module": "Nurture App", "istable": 0}, pluck="name"):
			meta = frappe.get_meta(doctype)
			with self.subTest(doctype):
				self.assertEqual(rights("Sales User"), rights("Sales Manager"))

	def test_a_sales_manager_enrolls(self) -> None:
		other = make_lead("fourthperson", nurture_email_consent="Given", lead_owner=SALES)
		make_user(SALES, "Sales Manager")
		frappe.set_user(SALES)
		offered = enrollment_actions.sequences_for(other.name)
		self.assertIn((SEQUENCE, ""), [(one.name, one.refusal) for one in offered])
		(outcome,) = enrollment_actions.enroll(SEQUENCE, as_json([other.name]))
		self.assertTrue(outcome["enrollment"])
		self.assertEqual(lead_panel.get_panel(other.name)["enrollments"][0]["sequence"], SEQUENCE)
		frappe.set_user("Administrator")
		make_user(SALES, "Sales User")

	def test_a_link_with_the_data_of_a_person_is_seen_by_who_may_see_that_person(self) -> None:
		db = site_host(commit=False).db
		links = [("a" * 20, None), ("b" * 20, self.mine.name), ("c" * 20, self.theirs.name)]
		db.insert("tabNurture Link", ("name", "party"), links)
		make_user(SALES, "Sales User", "Nurture User")
		frappe.set_user(SALES)
		names = [name for name, _ in links]
		seen = frappe.get_list("Nurture Link", {"name": ["in", names]}, pluck="name")
		self.assertEqual(sorted(seen), names[:2])
		read = [
			frappe.has_permission("Nurture Link", "read", doc=frappe.get_doc("Nurture Link", name))
			for name in names
		]
		self.assertEqual(read, [True, True, False])

	def test_salespeople_are_not_told_how_much_goes_out_to_everybody(self) -> None:
		span = (f"{add_days(nowdate(), -1)} 00:00:00", f"{add_days(nowdate(), 40)} 00:00:00")
		for user, told in ((SALES, False), (MARKETER, True)):
			frappe.set_user(user)
			titles = [event["title"] for event in calendar_actions.get_events(*span)]
			self.assertEqual(any(SEQUENCE in title and " due" in title for title in titles), told, titles)

	def test_the_banner_sends_nobody_where_they_may_not_go(self) -> None:
		for user, route in ((MARKETER, None), ("Administrator", ["List", "Email Account"])):
			frappe.set_user(user)
			with patch("nurture_app.site.health.load_sender", return_value=Sender("", "", "")):
				(found,) = (one for one in health.banner()["messages"] if one["code"] == "no_sender")
			self.assertEqual(found["route"], route)
			self.assertEqual("A System Manager can do that." in found["text"], not route)

	def test_who_reads_no_leads_is_offered_no_enrolling_and_sees_the_plan_without_them(self) -> None:
		for roles, may in ((("Nurture Manager",), False), (("Nurture Manager", "Sales User"), True)):
			make_user(MARKETER, *roles)
			frappe.set_user(MARKETER)
			info = frappe._dict()
			extend_bootinfo(info)
			self.assertEqual(info.nurture["may_enroll"], may)
			self.assertTrue(content_plan.steps())
			self.assertEqual(bool(readable_leads([self.mine.name])), may)
			frappe.set_user("Administrator")

	def test_the_launch_checklist_sends_nobody_where_they_may_not_go(self) -> None:
		make_user(OUTSIDER, "Nurture User")
		self.addCleanup(make_user, OUTSIDER, "Blogger")
		for user, may in ((OUTSIDER, False), (MARKETER, True)):
			frappe.set_user(user)
			routes = {line["route"] for line in launch.checklist() + launch.guide()}
			self.assertEqual("List/Lead" in routes, may)
			self.assertIn("nurture-gallery", routes)

	def test_salespeople_are_not_told_how_many_leads_a_segment_has(self) -> None:
		"""They may not see all of these."""
		segment = frappe.get_doc(
			{"doctype": "Nurture Segment", "title": "Permission Test", "segment_type": "Static"}
		).insert()
		frappe.db.set_value("Nurture Segment", segment.name, "member_count", 7)
		for roles, expected in ((("Sales User",), None), (("Sales User", "Nurture User"), 7)):
			make_user(SALES, *roles)
			frappe.set_user(SALES)
			(row,) = frappe.get_list(
				"Nurture Segment", {"name": segment.name}, ["name", "title", "member_count"]
			)
			shown = frappe.get_doc("Nurture Segment", segment.name)
			shown.apply_fieldlevel_read_permissions()
			self.assertEqual((row.get("member_count"), shown.get("member_count")), (expected, expected))
			frappe.set_user("Administrator")

	def test_connections_of_a_form_count_only_what_one_may_see(self) -> None:
		"""How many people got points by a rule, say, is how many leads there are."""
		rule = make_rule("Permission Test", "Demo Request", 5)
		segment = frappe.get_doc(
			{"doctype": "Nurture Segment", "title": "Permission Test", "segment_type": "Static"}
		).insert()
		persona = frappe.get_doc({"doctype": "Nurture Persona", "title": "Permission Test"}).insert()
		content = make_content("Permission Test text")
		for lead in (self.mine.name, self.theirs.name):
			row = f"{lead}-row"
			frappe.db.set_value("Nurture Score Entry", row, "rule", rule)
			frappe.db.set_value("Nurture Segment Member", row, "segment", segment.name)
			frappe.db.set_value("Nurture Touch", row, {"sequence": SEQUENCE, "content": content})
			frappe.db.set_value("Lead", lead, "nurture_persona", persona.name)
		expected = {
			("Lead Scoring Rule", rule): {"Nurture Score Entry": (1, 2)},
			("Nurture Segment", segment.name): {"Nurture Segment Member": (1, 2), "Nurture Sequence": (0, 0)},
			("Nurture Sequence", SEQUENCE): {"Nurture Enrollment": (1, 2), "Nurture Touch": (1, 2)},
			("Nurture Persona", persona.name): {"Lead": (1, 2)},
			("Nurture Content", content): {"Nurture Touch": (1, 2)},
		}
		for place, user in enumerate((SALES, MARKETER)):
			frappe.set_user(user)
			for (doctype, name), items in expected.items():
				with self.subTest(doctype, user=user):
					method = frappe.get_meta(doctype).get_dashboard_data().method
					asked = as_json([*items, "Error Log"])
					found = frappe.call(method, doctype=doctype, name=name, items=asked)["count"]
					counted = {one["doctype"]: one["count"] for one in found["external_links_found"]}
					self.assertEqual(counted, {item: both[place] for item, both in items.items()})

	def test_connections_are_counted_only_for_who_may_read_the_record(self) -> None:
		frappe.set_user(OUTSIDER)
		with self.assertRaises(frappe.PermissionError):
			connections.count("Nurture Sequence", SEQUENCE, as_json(["Nurture Enrollment"]))

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

	def test_salespeople_read_conditions_but_do_not_switch_sequences_or_count_leads(self) -> None:
		frappe.set_user(SALES)
		for action in (sequence_actions.activate, sequence_actions.pause, sequence_actions.retire):
			self.assertRaises(frappe.PermissionError, action, SEQUENCE)
		self.assertRaises(frappe.PermissionError, sequence_actions.overview, SEQUENCE)
		answer = conditions.describe('[["company_name", "is", "set"]]')
		self.assertEqual(answer["sentence"], "Organization Name is filled in.")
		self.assertIsNone(answer["count"])
		frappe.set_user(OUTSIDER)
		self.assertRaises(frappe.PermissionError, conditions.describe, "[]")

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

	def test_fields_hidden_from_the_user_are_neither_counted_nor_shown(self) -> None:
		make_user(SALES, "Sales User", "Nurture User")
		self.addCleanup(frappe.clear_cache, doctype="Lead")
		frappe.set_user(SALES)
		content = {"subject": "{{ lead.job_title }}", "body": "x"}
		for level, count, subject in ((0, 1, "Boss"), (7, None, "•••")):
			make_property_setter("Lead", "job_title", "permlevel", level, "Int")
			frappe.db.set_value("Lead", self.mine.name, "job_title", "Boss")
			self.assertEqual(conditions.describe('[["job_title", "=", "Boss"]]')["count"], count)
			self.assertEqual(content_actions.preview(content, self.mine.name)["subject"], subject)

	def test_suppressed_addresses_are_those_of_leads_one_may_read(self) -> None:
		for lead in (self.mine, self.theirs):
			frappe.get_doc(
				{"doctype": "Nurture Suppression", "address": lead.email_id, "reason": "Manual"}
			).insert()
		stranger = frappe.get_doc(
			{"doctype": "Nurture Suppression", "address": "nobody@site.example", "reason": "Manual"}
		).insert()
		addresses = ["like", "%@site.example"]
		listed = frappe.get_list("Nurture Suppression", {"address": addresses}, pluck="name")
		self.assertEqual(len(listed), 3)
		frappe.set_user(SALES)
		(seen,) = frappe.get_list("Nurture Suppression", {"address": addresses}, ["name", "address"])
		self.assertEqual(seen.address, self.mine.email_id)
		for name in (*listed, stranger.name):
			doc = frappe.get_doc("Nurture Suppression", name)
			self.assertIs(frappe.has_permission(doc.doctype, "read", doc=doc), name == seen.name)

	def test_an_event_gives_points_only_to_leads_one_may_read(self) -> None:
		make_rule("Permission Test: meeting", "Meeting", 5)
		frappe.set_user(SALES)
		people = [
			{"reference_doctype": "Lead", "reference_docname": lead.name} for lead in (self.mine, self.theirs)
		]
		event = {"doctype": "Event", "subject": "x", "starts_on": "2026-01-01", "event_participants": people}
		frappe.get_doc(event).insert()
		met = frappe.get_all("Nurture Activity", {"activity_type": "Meeting"}, pluck="party")
		self.assertEqual(met, [self.mine.name])

	def test_a_new_lead_cannot_bring_its_own_score(self) -> None:
		lead = make_lead("boaster", nurture_score=999, nurture_stage="SQL", nurture_engagement_score=500)
		found = frappe.db.get_value(
			"Lead", lead.name, ["nurture_score", "nurture_engagement_score", "nurture_stage"]
		)
		self.assertEqual((found[0], found[1], found[2] or ""), (0, 0, ""))

	def test_arguments_of_another_type_are_refused_before_they_reach_the_database(self) -> None:
		ours = [one for one in frappe.whitelisted if one.__module__.startswith("nurture_app.")]
		self.assertTrue(ours)
		for function in ours:
			texts = [name for name, kind in function.__annotations__.items() if isinstance(kind, str)]
			self.assertEqual(texts, [], f"Frappe checks nothing against a text: {function.__name__}")
		for step in ({"a": 1}, ["like", "%"]):
			with self.assertRaises(frappe.exceptions.FrappeTypeError):
				sequence_actions.preview(SEQUENCE, step)
		for condition in ("null", "{}", "[]", ""):
			self.assertEqual(conditions.describe(condition, in_sequence="x")["sentence"], "Every lead.")

	def test_guests_reach_nothing_but_the_unsubscribe_page(self) -> None:
		from nurture_app.site.testing.factories import request

		for method in ("lead_panel.get_panel?lead=x", "health.banner", "content_actions.placeholders"):
			answer = request("GET", f"/api/method/nurture_app.site.api.{method}")
			self.assertEqual(answer.status_code, 403, method)

	def test_what_writes_is_refused_to_get_requests(self) -> None:
		from nurture_app.site.api import scoring_actions, segment_actions

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
