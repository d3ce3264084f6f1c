"""A kind of person one sells to, and whether that picture rests on data (PJ-01 to PJ-06)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import load_known
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_persona_assignment
from nurture_app.site.sentences import errors_as_messages


class NurturePersona(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_persona_evidence.nurture_persona_evidence import (
			NurturePersonaEvidence,
		)

		buying_role: DF.Literal[
			"",
			"Economic Buyer",
			"Technical Evaluator",
			"End User",
			"Researcher",
			"Approver",
			"Budget Holder",
		]
		buying_triggers: DF.SmallText | None
		challenges: DF.SmallText | None
		condition: DF.Code | None
		content_preferences: DF.SmallText | None
		decision_authority: DF.SmallText | None
		demographics: DF.SmallText | None
		description: DF.SmallText | None
		directness: DF.Literal["", "Direct", "Indirect"]
		enabled: DF.Check
		evidence: DF.Table[NurturePersonaEvidence]
		evidence_count: DF.Int
		formality: DF.Literal["", "Formal", "Informal"]
		goals: DF.SmallText | None
		goals_this_quarter: DF.SmallText | None
		interests: DF.SmallText | None
		job_titles: DF.SmallText | None
		motivations: DF.SmallText | None
		objections: DF.SmallText | None
		pain_points: DF.SmallText | None
		playbook: DF.TextEditor | None
		preferred_channel: DF.Literal["", "Email", "Phone", "SMS", "WhatsApp", "LinkedIn", "In Person"]
		preset: DF.Data | None
		preset_hash: DF.Data | None
		priority: DF.Int
		reporting_structure: DF.SmallText | None
		seniority: DF.SmallText | None
		success: DF.SmallText | None
		title: DF.Data
		tone: DF.SmallText | None
	# end: auto-generated types

	def validate(self) -> None:
		host = site_host(commit=False)
		with errors_as_messages(_("Persona {0}").format(escape_html(self.title))):
			condition = conditions.parse(self.condition, host.catalog)
			conditions.check_references(condition, load_known(host))
		self.evidence_count = len(self.evidence)

	def on_update(self) -> None:
		changed = ("condition", "enabled", "priority")
		if self.get_doc_before_save() is None:
			if self.enabled:
				enqueue_persona_assignment()
		elif any(self.has_value_changed(field) for field in changed):
			enqueue_persona_assignment()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A persona keeps its name, because conditions refer to it. Copy it instead."))
