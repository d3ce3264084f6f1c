"""Personas on a site: what may be saved, who gets one, and what a form cannot undo."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.engine import personas
from nurture_app.site.host import site_host
from nurture_app.site.testing.factories import as_json, make_lead
from nurture_app.site.testing.site_case import SiteCase

BOSS = [["job_title", "like", "Chief%"]]


def make_persona(title: str, condition: Any = None, **values: Any) -> Any:
	return frappe.get_doc(
		{"doctype": "Nurture Persona", "title": title, "condition": as_json(condition or BOSS), **values}
	).insert()


class TestNurturePersona(SiteCase):
	def tearDown(self) -> None:
		frappe.db.rollback()

	def persona_of(self, lead: Any) -> str | None:
		return frappe.db.get_value("Lead", lead.name, "nurture_persona")

	def test_a_lead_gets_the_persona_that_fits_and_keeps_one_chosen_by_hand(self) -> None:
		make_persona("Test Boss", enabled=1)
		make_persona("Test Friend")
		lead = make_lead("persona-test", job_title="Chief Baker")
		personas.assign(site_host(commit=False), [lead.name])
		self.assertEqual(self.persona_of(lead), "Test Boss")
		lead.reload()
		lead.update({"nurture_persona": "Test Friend", "nurture_persona_by_hand": 1}).save()
		personas.assign(site_host(commit=False), [lead.name])
		self.assertEqual(self.persona_of(lead), "Test Friend")

	def test_a_form_opened_before_does_not_set_the_persona_back(self) -> None:
		make_persona("Test Boss", enabled=1)
		lead = make_lead("persona-test", job_title="Chief Baker")
		personas.assign(site_host(commit=False), [lead.name])
		lead.city = "Bath"
		lead.save()
		self.assertEqual(self.persona_of(lead), "Test Boss")

	def test_a_lead_that_comes_with_its_persona_keeps_it(self) -> None:
		make_persona("Test Friend")
		make_persona("Test Boss", enabled=1)
		lead = make_lead("persona-test", job_title="Chief Baker", nurture_persona="Test Friend")
		personas.assign(site_host(commit=False), [lead.name])
		self.assertEqual(self.persona_of(lead), "Test Friend")

	def test_evidence_is_counted(self) -> None:
		persona = make_persona("Test Boss")
		self.assertEqual(persona.evidence_count, 0)
		persona.append("evidence", {"kind": "Interview", "learned": "Asked for the price first."})
		persona.save()
		self.assertEqual(persona.evidence_count, 1)

	def test_a_condition_that_cannot_be_read_is_refused(self) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, "no_such_field"):
			make_persona("Test Boss", [["no_such_field", "=", "x"]])
