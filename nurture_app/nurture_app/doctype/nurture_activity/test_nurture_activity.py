"""An activity that a System Manager deletes."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.activities import ActivityIn, record
from nurture_app.site.api import lead_panel
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import make_lead, make_rule, settle_settings
from nurture_app.site.testing.site_case import SiteCase


class TestNurtureActivity(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def test_the_points_of_a_deleted_activity_go_with_it(self) -> None:
		settle_settings()
		make_rule("Activity Test: demo", "Demo Request", 60)
		make_rule("Activity Test: call", "Call", 5)
		lead = make_lead("mistaken")
		now = now_datetime()
		record(
			site_host(commit=False), [ActivityIn(lead.name, kind, now) for kind in ("Demo Request", "Call")]
		)
		fields = ["nurture_score", "nurture_stage"]
		self.assertEqual(frappe.db.get_value("Lead", lead.name, fields), (65, "MQL"))
		mistake = frappe.db.get_value(
			"Nurture Activity", {"party": lead.name, "activity_type": "Demo Request"}
		)
		frappe.delete_doc("Nurture Activity", mistake)
		self.assertEqual(frappe.db.get_value("Lead", lead.name, fields), (5, "Recycle"))
		panel = lead_panel.get_panel(lead.name)
		self.assertEqual([one["text"] for one in panel["reasons"]], ["Activity Test: call"])
		self.assertEqual(panel["score"], 5)
