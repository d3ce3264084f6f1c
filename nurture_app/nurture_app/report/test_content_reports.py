"""The reports about content, as the Desk runs them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.site import active
from nurture_app.site.testing.factories import make_lead, settle_settings
from nurture_app.site.testing.known_good import new_touch
from nurture_app.site.testing.site_case import SiteCase


class TestContentReports(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.persona = frappe.get_doc(
			{"doctype": "Nurture Persona", "title": "Reported Persona", "enabled": 1, "description": "x"}
		).insert(ignore_if_duplicate=True)

	def tearDown(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("Nurture Persona", self.persona.name)  # running a report may commit
		active.forget()
		frappe.db.commit()  # nosemgrep: a test site

	def asset(self, title: str, **values: Any) -> str:
		frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
		row = {"doctype": "Nurture Asset", "title": title, "url": f"https://www.example.com/{len(title)}"}
		return frappe.get_doc({**row, **values}).insert().name

	def gaps(self, **filters: Any) -> dict[tuple[str, str], dict[str, int]]:
		rows = run("Nurture Content Gaps", filters=filters)["result"]
		return {(row["persona"], row["language"]): row for row in rows}

	def test_gaps_by_stage_and_persona(self) -> None:
		before = self.gaps()[("Reported Persona", "")]
		self.asset("Reported A", for_awareness=1, personas=[{"persona": self.persona.name}])
		self.asset("Reported B", for_awareness=1, for_decision=1, language="de")
		self.asset("Reported Off", for_awareness=1, enabled=0)
		self.asset(
			"Reported Over", for_awareness=1, is_offer=1, valid_from="2020-01-01", valid_until="2020-02-01"
		)
		after = self.gaps()[("Reported Persona", "")]
		self.assertEqual(after["awareness"] - before["awareness"], 2)
		self.assertEqual(after["decision"] - before["decision"], 1)
		self.assertEqual(after["evaluation"], before["evaluation"])
		german = self.gaps(by_language=1)[("Reported Persona", "de")]
		self.assertEqual((german["awareness"], german["consideration"]), (1, 0))

	def test_results_of_an_asset(self) -> None:
		asset = self.asset("Reported Guide")
		url = frappe.db.get_value("Nurture Asset", asset, "url")
		touches = [new_touch(queued_on=now_datetime()) for _ in range(3)]
		for touch in touches:
			frappe.get_doc(
				{
					"doctype": "Nurture Content Use",
					"touch": touch["name"],
					"party_type": "Lead",
					"party": touch["lead"],
					"asset": asset,
				}
			).insert(ignore_permissions=True)
		frappe.db.set_value("Nurture Touch", touches[0]["name"], "replied_on", now_datetime())
		for touch, detail, classification in (
			(touches[0], url, "human"),
			(touches[1], url, "machine"),
			(touches[2], "https://www.example.com/other", "human"),
		):
			self.activity(
				touch, "Email Click", detail=detail, classification=classification, touch=touch["name"]
			)
		self.activity(touches[0], "SQL Reached", occurred_on=add_days(now_datetime(), 3))
		self.activity(touches[1], "SQL Reached", occurred_on=add_days(now_datetime(), 40))
		self.activity(touches[2], "SQL Reached", occurred_on=add_days(now_datetime(), -3))
		filters = {"from_date": add_days(nowdate(), -1), "to_date": nowdate(), "by": "Asset"}
		rows = {row["name"]: row for row in run("Nurture Content Results", filters=filters)["result"]}
		row = rows[asset]
		self.assertEqual(
			(row["sent"], row["leads"], row["clicked"], row["replied"], row["advanced"]), (3, 3, 1, 1, 1)
		)
		for by in ("Block", "Content"):
			run("Nurture Content Results", filters={**filters, "by": by})

	def activity(self, of: dict[str, str], kind: str, **values: Any) -> None:
		row = {
			"doctype": "Nurture Activity",
			"party_type": "Lead",
			"party": of["lead"],
			"activity_type": kind,
			"occurred_on": now_datetime(),
			"classification": "human",
			"dedupe_key": frappe.generate_hash(length=12),
		}
		frappe.get_doc({**row, **values}).insert(ignore_permissions=True, ignore_links=True)
