"""The reports about content, as the Desk runs them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.desk.query_report import run
from frappe.utils import add_days, now_datetime, nowdate

from nurture_app.nurture_app.doctype.nurture_content_block.test_nurture_content_block import make_block
from nurture_app.site import active
from nurture_app.site.api import content_plan
from nurture_app.site.api.calendar_actions import get_events
from nurture_app.site.channels.colleagues import users_with_role
from nurture_app.site.content_gaps import WRITE_FIRST, to_write
from nurture_app.site.library_reviews import remind_of_reviews
from nurture_app.site.testing.desk import make_user
from nurture_app.site.testing.factories import make_content, make_lead, make_sequence, settle_settings
from nurture_app.site.testing.known_good import new_touch
from nurture_app.site.testing.site_case import SiteCase


class TestContentReports(SiteCase):
	def setUp(self) -> None:
		settle_settings()
		self.made: list[str] = []
		self.persona = frappe.get_doc(
			{"doctype": "Nurture Persona", "title": "Reported Persona", "enabled": 1, "description": "x"}
		).insert(ignore_if_duplicate=True)

	def tearDown(self) -> None:
		frappe.db.rollback()
		# running a report may commit
		frappe.db.delete("Nurture Persona", self.persona.name)
		for title in self.made:
			frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
		active.forget()
		frappe.db.commit()  # nosemgrep: a test site

	def asset(self, title: str, **values: Any) -> str:
		frappe.delete_doc("Nurture Asset", title, force=True, ignore_missing=True)
		self.made.append(title)
		row = {"doctype": "Nurture Asset", "title": title, "url": f"https://www.example.com/{len(title)}"}
		return frappe.get_doc({**row, **values}).insert().name

	def gaps(self, **filters: Any) -> dict[tuple[str, str], dict[str, int]]:
		rows = run("Nurture Content Gaps", filters=filters)["result"]
		return {(row["persona"], row["language"]): row for row in rows}

	def test_a_language_that_leads_speak_and_nothing_is_written_in_is_a_gap(self) -> None:
		self.asset("Reported Spanish", for_awareness=1, language="es")
		for language in ("fi", "es-AR"):
			make_lead(f"speaks{frappe.generate_hash(length=8)}", language=language)
		rows = self.gaps(by_language=1)
		finnish = rows[("Reported Persona", "fi")]
		self.assertFalse(any(finnish[stage] for stage in ("awareness", "consideration", "decision")))
		self.assertNotIn(("Reported Persona", "es-AR"), rows, "Spanish serves Argentines")

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

	def test_both_views_on_what_to_write_next_are_shown_and_the_chosen_one_first(self) -> None:
		middle, bottom = "Middle of the Funnel", "Bottom of the Funnel"
		for first, second in ((middle, bottom), (bottom, middle)):
			frappe.db.set_single_value("Nurture Settings", "write_first", first)
			message = run("Nurture Content Gaps")["message"]
			self.assertLess(message.index(first), message.index(second))
			self.assertIn("as set in Nurture Settings", message[: message.index(second)])
		rows = [{"persona": "A", "awareness": 0, "consideration": 2, "evaluation": 0, "decision": 0}]
		named = [stage for stage, _persona, _count in to_write(rows, WRITE_FIRST[bottom])]
		self.assertEqual(named, ["decision", "evaluation", "awareness", "consideration"])

	def test_the_calendar_shows_publishing_reviews_offers_and_sends(self) -> None:
		day = add_days(nowdate(), 3)
		self.asset("Calendar A", published_on=day, review_on=add_days(day, 90))
		self.asset("Calendar B", is_offer=1, valid_from=day, valid_until=day)
		new_touch(queued_on=now_datetime(), sequence=make_sequence("Calendar Sequence"))
		events = get_events(f"{add_days(nowdate(), -1)} 00:00:00", f"{add_days(nowdate(), 20)} 00:00:00")
		titles = {event["title"]: event for event in events}
		for title in ("Publish: Calendar A", "Offer begins: Calendar B", "Offer ends: Calendar B"):
			self.assertEqual((titles[title]["start"], titles[title]["doctype"]), (str(day), "Nurture Asset"))
		self.assertNotIn("Review: Calendar A", titles)
		self.assertIn("Calendar Sequence: 1 sent", titles)
		with self.assertRaises(frappe.ValidationError):
			get_events("2020-01-01 00:00:00", "2026-01-01 00:00:00")

	def test_an_asset_in_use_gets_a_day_on_which_it_is_looked_at_again(self) -> None:
		frappe.db.set_single_value("Nurture Settings", "content_review_days", 90)
		name = self.asset("Reviewed Later", published_on=nowdate())
		self.assertEqual(
			str(frappe.db.get_value("Nurture Asset", name, "review_on")), str(add_days(nowdate(), 90))
		)
		frappe.db.set_value(
			"Nurture Asset", name, {"review_on": None, "published_on": add_days(nowdate(), -100)}
		)
		remind_of_reviews()
		self.assertTrue(frappe.db.exists("ToDo", {"reference_type": "Nurture Asset", "reference_name": name}))

	def test_what_somebody_who_left_looked_after_is_reviewed_all_the_same(self) -> None:
		make_user("gone@site.example", "Nurture Manager")
		make_user("a-manager@site.example", "Nurture Manager")
		first, second = self.asset("Of Somebody Gone"), self.asset("Of Somebody Here")
		frappe.db.set_value("Nurture Asset", [first, second], "review_on", nowdate())
		frappe.db.set_value("Nurture Asset", first, "owner", "deleted@site.example")
		frappe.db.set_value("Nurture Asset", second, "asset_owner", "gone@site.example")
		frappe.db.set_value("User", "gone@site.example", "enabled", 0)
		self.addCleanup(frappe.db.set_value, "User", "gone@site.example", "enabled", 1)
		remind_of_reviews()
		for name, takers in ((first, users_with_role("Nurture Manager")), (second, ["Administrator"])):
			about = {"reference_type": "Nurture Asset", "reference_name": name}
			self.assertIn(frappe.db.get_value("ToDo", about, "allocated_to"), takers)

	def test_the_plan_walks_six_steps_with_what_is_there(self) -> None:
		frappe.db.set_single_value("Nurture Settings", "programme", "B2C")
		before = int(content_plan.steps()[3]["found"].split()[0])
		self.asset("Planned Piece", published_on=add_days(nowdate(), 5), enabled=0)
		steps = content_plan.steps()
		self.assertEqual([step["title"][:2] for step in steps], [f"{number}." for number in range(1, 7)])
		self.assertEqual(steps[0]["state"], "ok")
		self.assertIn("of them without evidence", steps[0]["found"])
		self.assertEqual(int(steps[3]["found"].split()[0]) - before, 1)
		self.assertIn("Begin with: ", steps[4]["todo"])
		self.assertIn("what suits B2C", steps[4]["todo"])

	def test_the_mix_names_sequences_that_promote_too_much(self) -> None:
		sequence = make_sequence("Mixed")
		frappe.db.set_value("Nurture Content", f"{sequence} text", "cta_strength", "Hard")
		found = run("Nurture Content Mix", filters={"status": "Active"})
		row = next(row for row in found["result"] if row["sequence"] == sequence)
		self.assertEqual((row["helping"], row["promoting"], row["too_much"]), (0, 2, 1))

	def test_touches_by_persona(self) -> None:
		make_lead("untouched", nurture_persona=self.persona.name, nurture_persona_by_hand=1)
		found = run("Nurture Touch Load", filters={"days": 30})
		row = next(row for row in found["result"] if row["persona"] == self.persona.name)
		self.assertEqual((row["leads"], row["silent"], row["hint"]), (1, 1, "Most hear nothing"))

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

	def test_personalisation_by_field_and_variant(self) -> None:
		# running a report may commit, so that an earlier run may have left them
		frappe.delete_doc("Nurture Content", "Personal Mail", force=True, ignore_missing=True)
		frappe.db.delete("Nurture Content Use", {"content": "Personal Mail"})
		frappe.db.delete("Nurture Touch", {"content": "Personal Mail"})
		content = frappe.get_doc("Nurture Content", make_content("Personal Mail"))
		block = make_block("Personal Block")
		content.subject = "Personal"
		content.body = (
			f"<p>Hi {{{{ lead.city | default('there') }}}}</p><p>{{{{ block.{block.short_name} }}}}</p>"
		)
		content.save()
		touches = [new_touch(queued_on=now_datetime(), content=content.name) for _ in range(4)]
		for touch, variant in zip(touches, ("Software", "Software", "", ""), strict=True):
			use = {"touch": touch["name"], "party_type": "Lead", "party": touch["lead"], "block": block.name}
			row = {"doctype": "Nurture Content Use", "content": content.name, "variant": variant, **use}
			frappe.get_doc(row).insert(ignore_permissions=True)
		frappe.db.set_value("Nurture Touch", touches[0]["name"], "clicked_on", now_datetime())
		frappe.db.set_value("Lead", touches[0]["lead"], "city", "Bonn")
		filters = {"from_date": add_days(nowdate(), -1), "to_date": nowdate(), "content": content.name}
		for measure in ("Clicked", "Replied", "Went On"):
			answer = run("Nurture Personalisation", filters={**filters, "measure": measure})
			rows = {(row["what"], row["variant"]): row for row in answer["result"]}
			clicked = int(measure == "Clicked")
			found = {key: (row["people"], row["reacted"]) for key, row in rows.items()}
			self.assertEqual(
				found,
				{
					("Personal Block", "Default"): (2, 0),
					("Personal Block", "Software"): (2, clicked),
					("City", "Fallback"): (3, 0),
					("City", "Filled in"): (1, clicked),
				},
			)
			self.assertIn("Too few", rows["Personal Block", "Software"]["words"])
			self.assertIn("not chance", answer["message"])

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
