"""What installing adds, what a migrate leaves alone, what uninstalling takes away."""

from __future__ import annotations

import json
from unittest.mock import patch

import click
import frappe
from frappe.utils.fixtures import sync_fixtures

from nurture_app.engine import lifecycle
from nurture_app.nurture_app import usage
from nurture_app.patches import fewer_lead_filters, replaced_indexes
from nurture_app.site.host import site_host
from nurture_app.site.install import (
	activity_types,
	custom_fields,
	indexes,
	presets,
	roles,
	settings,
	uninstall,
)
from nurture_app.site.install.install import after_install, after_migrate
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence
from nurture_app.site.testing.site_case import SiteCase

RULE = {
	"doctype": "Lead Scoring Rule",
	"preset": "install-test",
	"title": "Install Test Rule",
	"enabled": 0,
	"rule_type": "Profile",
	"score_part": "Fit",
	"points": 5,
	"condition": {"all": [["city", "=", "Springfield"]]},
	"description": "As shipped.",
}


class TestInstall(SiteCase):
	def test_everything_ships_inactive(self) -> None:
		self.assertGreater(frappe.db.count("Lead Scoring Rule", {"preset": ["is", "set"]}), 5)
		for doctype, filters in (
			("Lead Scoring Rule", {"enabled": 1}),
			("Nurture Segment", {"enabled": 1}),
			("Nurture Sequence", {"status": "Active"}),
		):
			self.assertEqual(frappe.get_all(doctype, {**filters, "preset": ["is", "set"]}), [])

	def test_the_key_that_signs_links_is_there_before_anybody_asks_for_one(self) -> None:
		with patch.dict(frappe.local.conf), patch("frappe.installer.update_site_config") as write:
			frappe.local.conf.pop("encryption_key", None)
			after_migrate()
			self.assertEqual(write.call_args.args, ("encryption_key", frappe.local.conf.encryption_key))

	def test_every_preset_is_there(self) -> None:
		missing = [
			record["preset"]
			for record in presets.shipped()
			if not frappe.db.exists(record["doctype"], {"preset": record["preset"]})
		]
		self.assertEqual(missing, [])

	def test_shipped_steps_have_no_time_of_day_they_were_not_given(self) -> None:
		"""Frappe puts the present into empty Time fields."""
		sequences = frappe.get_all("Nurture Sequence", {"preset": ["is", "set"]}, pluck="name")
		times = frappe.get_all("Nurture Sequence Step", {"parent": ["in", sequences]}, pluck="at_time")
		self.assertEqual({time for time in times if time}, set())
		windows = frappe.get_all(
			"Nurture Sequence", {"name": ["in", sequences]}, ["window_start", "window_end"], as_list=True
		)
		self.assertEqual(set(windows), {("09:00", "17:00")})

	def test_settings_hold_their_defaults(self) -> None:
		frappe.db.delete(
			"Singles", {"doctype": "Nurture Settings", "field": ["in", ["mql_threshold", "cap_days"]]}
		)
		frappe.db.set_single_value("Nurture Settings", "sql_threshold", 90)
		settings.write_default_settings()
		stored = frappe.db.get_singles_dict("Nurture Settings")
		self.assertEqual((int(stored["mql_threshold"]), int(stored["cap_days"])), (50, 7))
		self.assertEqual(int(stored["sql_threshold"]), 90, "a choice stays")
		frappe.db.rollback()

	def test_lead_fields_are_protected_and_on_a_tab_of_their_own(self) -> None:
		meta = frappe.get_meta("Lead")
		for field in ("nurture_score", "nurture_fit_score", "nurture_stage", "nurture_last_activity_on"):
			df = meta.get_field(field)
			self.assertEqual((df.read_only, df.no_copy), (1, 1), field)
		for field in ("nurture_email_consent", "nurture_time_zone"):
			self.assertFalse(meta.get_field(field).read_only, field)
		order = [df.fieldname for df in meta.fields]
		self.assertLess(order.index("nurture_tab"), order.index("nurture_score"))
		self.assertLess(order.index("nurture_time_zone"), order.index("dashboard_tab"))

	def test_of_our_fields_two_stand_among_the_filters_of_the_lead_list(self) -> None:
		field = {"dt": "Lead", "fieldname": "nurture_persona"}
		frappe.db.set_value("Custom Field", field, "in_standard_filter", 1)
		fewer_lead_filters.execute()
		shown = [df.fieldname for df in frappe.get_meta("Lead").fields if df.in_standard_filter]
		self.assertEqual(
			[name for name in shown if name.startswith("nurture_")],
			["nurture_stage", "nurture_email_consent"],
		)

	def test_scores_do_not_travel_to_an_opportunity(self) -> None:
		lead = make_lead("travels")
		lead.db_set("nurture_score", 77)
		copied = frappe.copy_doc(lead, ignore_no_copy=False)
		self.assertFalse(copied.nurture_score)

	def test_a_migrate_changes_nothing_the_second_time(self) -> None:
		after_migrate()
		before = self._stamps()
		after_migrate()
		self.assertEqual(self._stamps(), before)

	def _stamps(self) -> dict:
		doctypes = ("Lead Scoring Rule", "Nurture Segment", "Nurture Content", "Nurture Sequence")
		stamps = {
			name: sorted(frappe.get_all(name, fields=["name", "modified"], as_list=True)) for name in doctypes
		}
		fields = frappe.get_all("Custom Field", {"dt": "Lead"}, ["name", "modified"], as_list=True)
		return {**stamps, "Custom Field": sorted(fields)}

	def test_what_install_adds_uninstall_removes_and_a_second_install_adds_again(self) -> None:
		frappe.db.commit()  # nosemgrep: DDL follows
		custom_fields.remove_custom_fields()
		indexes.remove_indexes()
		columns = frappe.db.get_table_columns("Lead")
		self.assertFalse([column for column in columns if column.startswith("nurture_")])
		self.assertFalse(frappe.db.exists("Custom Field", {"fieldname": ["like", "nurture_%"]}))
		for doctype, index in indexes.FOREIGN.items():
			self.assertFalse(frappe.db.has_index(f"tab{doctype}", indexes.index_name(index)), doctype)
		# a second time is no mistake
		custom_fields.remove_custom_fields()
		indexes.remove_indexes()
		custom_fields.create_custom_fields()
		indexes.add_indexes()
		self.assertIn("nurture_score", frappe.db.get_table_columns("Lead"))
		for doctype, index in indexes.FOREIGN.items():
			self.assertTrue(frappe.db.has_index(f"tab{doctype}", indexes.index_name(index)), doctype)

	def test_what_people_set_up_for_our_doctypes_goes_with_them(self) -> None:
		"""A notification about a DocType that is gone breaks those of all others; a task cannot be closed."""
		ours, theirs = "Nurture Enrollment", "Lead"
		made = []
		for doctype in (ours, theirs):
			some = (
				{"doctype": "Kanban Board", "kanban_board_name": doctype, "reference_doctype": doctype},
				{"doctype": "Number Card", "label": doctype, "document_type": doctype, "function": "Count"},
				{"doctype": "List Filter", "filter_name": "x", "reference_doctype": doctype},
				{
					"doctype": "Notification",
					"name": f"About {doctype}",
					"subject": "x",
					"message": "x",
					"document_type": doctype,
					"event": "New",
					"channel": "System Notification",
					"recipients": [{"receiver_by_role": "Sales User"}],
				},
				{"doctype": "ToDo", "description": "Look", "reference_type": doctype},
				{
					"doctype": "Comment",
					"comment_type": "Comment",
					"reference_doctype": doctype,
					"reference_name": "x",
				},
			)
			made.append([])
			for values in some:
				values = {"field_name": "status", "type": "Document Type", "filters_json": "[]", **values}
				doc = frappe.get_doc(values).insert(ignore_links=True, ignore_mandatory=True)
				made[-1].append((doc.doctype, doc.name))
		uninstall._remove_traces()
		self.assertEqual([one for one in made[0] if frappe.db.exists(*one)], [])
		self.assertEqual([one for one in made[1] if not frappe.db.exists(*one)], [])
		frappe.db.rollback()

	def test_a_migrate_adds_indexes_of_our_own_that_a_release_brings(self) -> None:
		name = "party_channel_purpose_status_index"
		frappe.db.commit()  # nosemgrep: DDL follows
		frappe.db.sql_ddl(f"ALTER TABLE `tabNurture Consent` DROP INDEX `{name}`")
		after_migrate()
		self.assertTrue(frappe.db.has_index("tabNurture Consent", name))

	def test_indexes_that_others_replaced_are_dropped(self) -> None:
		frappe.db.commit()  # nosemgrep: DDL follows
		frappe.db.add_index("Nurture Consent", ["party", "channel", "purpose"], "party_channel_purpose_index")
		replaced_indexes.execute()
		replaced_indexes.execute()
		self.assertFalse(frappe.db.has_index("tabNurture Consent", "party_channel_purpose_index"))

	def test_roles_come_and_go(self) -> None:
		roles.remove_roles()
		self.assertFalse(frappe.db.exists("Role", "Nurture User"))
		roles.create_roles()
		roles.create_roles()
		self.assertTrue(frappe.db.exists("Role", "Nurture User"))
		frappe.db.rollback()

	def test_what_a_company_asks_of_a_role_survives_a_migrate(self) -> None:
		"""A second factor for everybody who sees leads, say."""
		frappe.db.set_value("Role", "Nurture Manager", {"two_factor_auth": 1, "home_page": "/app/nurture"})
		after_migrate()
		sync_fixtures("nurture_app")
		self.assertEqual(
			frappe.db.get_value("Role", "Nurture Manager", ["two_factor_auth", "home_page"]),
			(1, "/app/nurture"),
		)
		frappe.db.rollback()

	def test_a_role_that_was_there_before_the_app_outlives_it(self) -> None:
		roles.remove_roles()
		frappe.get_doc({"doctype": "Role", "role_name": "Nurture Manager"}).insert()
		roles.note_roles()
		roles.create_roles()
		roles.remove_roles()
		left = frappe.get_all("Role", {"name": ["in", roles.ROLES]}, pluck="name")
		self.assertEqual(left, ["Nurture Manager"])
		self.assertFalse(frappe.db.get_global(roles.FOUND))
		frappe.db.rollback()

	def test_a_field_of_one_of_our_names_that_is_not_ours_stops_the_installation(self) -> None:
		"""It would be changed now, and dropped with what is in it when the app leaves."""
		custom_fields.refuse_fields_of_others()  # ours are no reason
		frappe.db.set_value("Custom Field", "Lead-nurture_use_case", "module", None)
		with self.assertRaisesRegex(frappe.ValidationError, "nurture_use_case"):
			custom_fields.refuse_fields_of_others()
		frappe.db.rollback()

	def test_indexes_of_our_own_are_there_from_the_first_day(self) -> None:
		name = "party_sequence_decided_on_index"
		frappe.db.commit()  # nosemgrep: DDL follows
		frappe.db.sql_ddl(f"ALTER TABLE `tabNurture Trigger Log` DROP INDEX `{name}`")
		after_install()
		self.assertTrue(frappe.db.has_index("tabNurture Trigger Log", name))

	def test_a_rehearsal_of_the_uninstallation_takes_nothing_away(self) -> None:
		"""`uninstall-app --dry-run` lists what would go; Frappe calls the hooks all the same."""
		lead = make_lead("rehearsal")
		lead.db_set("nurture_score", 33)
		with click.Context(click.Command("uninstall-app")) as context:
			context.params["dry_run"] = True
			uninstall.before_uninstall()
			uninstall.after_uninstall()
		self.assertEqual(frappe.db.get_value("Lead", lead.name, "nurture_score"), 33)
		self.assertTrue(frappe.db.exists("Role", "Nurture Manager"))
		self.assertTrue(presets.installed_keys())

	def test_unsent_mails_do_not_outlive_the_app(self) -> None:
		queue = frappe.get_doc(
			{
				"doctype": "Email Queue",
				"status": "Not Sent",
				"message": "x",
				"recipients": [{"recipient": "a@b.example"}],
			}
		).insert(ignore_permissions=True)
		frappe.get_doc(
			{
				"doctype": "Nurture Touch",
				"status": "Queued",
				"email_queue": queue.name,
				"token": "t",
				"touch_key": "t",
			}
		).insert(ignore_permissions=True)
		uninstall._take_back_unsent_mails()
		self.assertEqual(frappe.db.get_value("Email Queue", queue.name, "status"), "Error")
		frappe.db.rollback()


class TestActivityTypes(SiteCase):
	"""Frappe's own fixtures would overwrite them at each migrate."""

	def test_what_people_changed_stays(self) -> None:
		doc = frappe.get_doc("Nurture Activity Type", "Page View")
		doc.update({"is_engagement": 0, "description": "Ours."}).save()
		after_migrate()
		doc.reload()
		self.assertEqual((doc.is_engagement, doc.description), (0, "Ours."))
		frappe.db.rollback()

	def test_what_nobody_edited_is_brought_up_to_date(self) -> None:
		frappe.db.set_value(
			"Nurture Activity Type", "Page View", {"family": "", "fed_by": "x"}, update_modified=False
		)
		frappe.db.delete("Nurture Activity Type", {"name": "MQL Reached"})
		activity_types.install_activity_types()
		self.assertEqual(frappe.db.get_value("Nurture Activity Type", "Page View", "family"), "Website")
		again = frappe.get_doc("Nurture Activity Type", "MQL Reached")
		self.assertEqual((again.is_system, str(again.modified)), (1, activity_types.AS_SHIPPED))
		frappe.db.rollback()

	def test_what_the_app_records_itself_is_not_for_people_to_say(self) -> None:
		doc = frappe.get_doc("Nurture Activity Type", "MQL Reached")
		doc.update({"description": "Ours."}).save()
		frappe.db.set_value("Nurture Activity Type", doc.name, {"is_system": 0, "fed_by": ""})
		activity_types.install_activity_types()
		doc.reload()
		self.assertEqual((doc.is_system, bool(doc.fed_by), doc.description), (1, True, "Ours."))
		frappe.db.rollback()


class TestPresets(SiteCase):
	def setUp(self) -> None:
		frappe.delete_doc("Lead Scoring Rule", RULE["title"], force=True, ignore_missing=True)
		self.known = presets.installed_keys() - {RULE["preset"]}
		frappe.db.set_global(presets.INSTALLED, json.dumps(sorted(self.known)))

	def tearDown(self) -> None:
		frappe.delete_doc("Lead Scoring Rule", RULE["title"], force=True, ignore_missing=True)
		frappe.db.set_global(presets.INSTALLED, json.dumps(sorted(self.known)))

	def install(self, **changes) -> None:
		record = presets._with_texts({**RULE, **changes})
		with patch.object(presets, "shipped", return_value=iter([record])):
			presets.install_presets()

	def rule(self):
		return frappe.get_doc("Lead Scoring Rule", RULE["title"])

	def test_an_untouched_preset_is_refreshed(self) -> None:
		self.install()
		self.assertTrue(presets.stands_as_written(self.rule()))
		self.install(points=8, description="Better.")
		self.assertEqual((self.rule().points, self.rule().description), (8, "Better."))

	def test_an_edited_preset_stays_as_it_is(self) -> None:
		self.install()
		rule = self.rule()
		rule.points = 6
		rule.save()
		self.install(points=8)
		self.assertEqual(self.rule().points, 6)

	def test_a_preset_in_use_stays_as_it_is(self) -> None:
		self.install()
		frappe.db.set_value("Lead Scoring Rule", RULE["title"], "enabled", 1)
		self.install(points=8)
		self.assertEqual(self.rule().points, 5)

	def test_a_deleted_preset_does_not_come_back(self) -> None:
		self.install()
		self.rule().delete()
		self.install(points=8)
		self.assertFalse(frappe.db.exists("Lead Scoring Rule", RULE["title"]))

	def test_a_record_of_the_same_name_is_not_taken_over(self) -> None:
		frappe.get_doc({**presets._with_texts(RULE), "preset": None, "points": 1}).insert()
		self.install()
		self.assertEqual(self.rule().points, 1)

	def test_a_text_that_is_being_sent_stays_as_it_is(self) -> None:
		"""Nobody wants an update to change what customers get today; it comes once the sequence is over."""
		record = {
			"doctype": "Nurture Content",
			"preset": RULE["preset"],
			"title": "Install Test Text",
			"subject": "Hello",
			"body": "<p>As shipped.</p>",
		}

		def install(**changes) -> str:
			with patch.object(presets, "shipped", return_value=iter([record | changes])):
				presets.install_presets()
			return frappe.db.get_value("Nurture Content", record["title"], "body")

		install()
		steps = [{"step_label": "One", "step_type": "Email", "content": record["title"], "delay": 1}]
		sequence = make_sequence("Install Test Sequence", steps)
		self.assertEqual(install(body="<p>Better.</p>"), "<p>As shipped.</p>")
		lifecycle.retire(site_host(commit=False), sequence)
		self.assertEqual(install(body="<p>Better.</p>"), "<p>Better.</p>")
		frappe.delete_doc("Nurture Sequence", sequence, force=True)
		frappe.delete_doc("Nurture Content", record["title"], force=True)

	def test_a_block_in_a_text_that_is_being_sent_stays_as_it_is(self) -> None:
		block = frappe.get_doc(
			{"doctype": "Nurture Content Block", "title": "Install Test Block", "default_text": "<p>x</p>"}
		).insert()
		text = frappe.get_doc("Nurture Content", make_content("Install Test Text"))
		text.body = f"<p>Hello</p>{{{{ block.{block.short_name} }}}}"
		text.save()
		self.assertFalse(usage.is_sent(block))
		make_sequence(
			"Install Test Sequence",
			[{"step_label": "One", "step_type": "Email", "content": text.name, "delay": 1}],
		)
		self.assertTrue(usage.is_sent(block))
		frappe.db.rollback()

	def test_one_that_does_not_fit_this_site_is_left_out_and_logged(self) -> None:
		self.install(condition={"all": [["no_such_field", "=", "x"]]})
		self.assertFalse(frappe.db.exists("Lead Scoring Rule", RULE["title"]))
		self.assertTrue(frappe.db.exists("Error Log", {"method": ["like", "%install-test%"]}))

	def test_a_preset_of_before_a_new_table_is_untouched_and_refreshed(self) -> None:
		record = next(one for one in presets.shipped() if one["title"] == "Day-0 Welcome")
		name = frappe.db.get_value("Nurture Sequence", {"preset": record["preset"]})
		doc = frappe.get_doc("Nurture Sequence", name)
		doc.exits = []
		for step in doc.steps:
			step.at_once = 0
		doc.save()
		for empty in ({}, {"exits": []}):  # written before the table was there, and after
			content = {key: value for key, value in presets._content(doc).items() if value != []} | empty
			written = f"{presets._digest(content)}:older"
			frappe.db.set_value("Nurture Sequence", name, "preset_hash", written, update_modified=False)
			self.assertTrue(presets.stands_as_written(frappe.get_doc("Nurture Sequence", name)))
		with patch.object(presets, "shipped", return_value=iter([record])):
			presets.install_presets()
		refreshed = frappe.get_doc("Nurture Sequence", name)
		self.assertEqual((refreshed.steps[0].at_once, bool(refreshed.exits)), (1, True))
		frappe.db.rollback()

	def test_steps_are_replaced_not_added(self) -> None:
		record = next(one for one in presets.shipped() if one["doctype"] == "Nurture Sequence")
		name = frappe.db.get_value("Nurture Sequence", {"preset": record["preset"]})
		frappe.db.set_value("Nurture Sequence", name, "preset_hash", "")
		doc = frappe.get_doc("Nurture Sequence", name)
		frappe.db.set_value(
			"Nurture Sequence",
			name,
			"preset_hash",
			f"{presets.fingerprint(doc)}:older",
			update_modified=False,
		)
		with patch.object(presets, "shipped", return_value=iter([record])):
			presets.install_presets()
		self.assertEqual(len(frappe.get_doc("Nurture Sequence", name).steps), len(record["steps"]))
		frappe.db.rollback()
