"""A rule that gives or takes points. What it means is decided in `engine.rules` and `engine.scoring`."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import load_known
from nurture_app.engine.rules import COLUMNS, rule_from_row
from nurture_app.engine.score_circles import check_rule
from nurture_app.site.host import site_host
from nurture_app.site.nurture_jobs import enqueue_rescore
from nurture_app.site.sentences import errors_as_messages


class LeadScoringRule(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link | None
		cap_count: DF.Int
		cap_window_days: DF.Int
		condition: DF.Code | None
		cooldown: DF.Int
		cooldown_unit: DF.Literal["Days", "Hours"]
		count_within: DF.Literal["Lead", "Sequence"]
		decay: DF.Literal["None", "Expire", "Half-life"]
		decay_days: DF.Int
		description: DF.SmallText | None
		detail_contains: DF.Data | None
		enabled: DF.Check
		needs_count: DF.Int
		points: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		rule_type: DF.Literal["Behaviour", "Profile"]
		score_part: DF.Literal["Fit", "Engagement"]
		title: DF.Data
	# end: auto-generated types

	def validate(self) -> None:
		self._forget_the_other_kind()
		host = site_host(commit=False)
		with errors_as_messages(_("Rule {0}").format(escape_html(self.title))):
			rule = rule_from_row(self.as_dict())
			if rule.is_profile:
				condition = conditions.parse(rule.condition, host.catalog)
				conditions.check_references(condition, load_known(host))
				check_rule(host, self.title, condition)
				if conditions.is_everybody(condition):
					frappe.throw(_("Say which leads get the points: without a condition all of them would."))

	def on_update(self) -> None:
		if self._changes_scores():
			enqueue_rescore(self.name)
			_tell_once(_("The scores of all leads are being updated in the background."))

	def on_trash(self) -> None:
		if frappe.db.exists("Nurture Score Entry", {"rule": self.name}):
			enqueue_rescore(self.name)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(
			_("A scoring rule keeps its name, because the points it gave refer to it. Copy it instead.")
		)

	def _forget_the_other_kind(self) -> None:
		if self.rule_type == "Profile":
			self.activity_type = None
		else:
			self.condition = None

	def _changes_scores(self) -> bool:
		before = self.get_doc_before_save()
		if before is None or bool(before.enabled) != bool(self.enabled):
			return bool(self.enabled or (before and before.enabled))
		return bool(self.enabled) and any(self.has_value_changed(column) for column in COLUMNS[1:])


def _tell_once(text: str) -> None:
	"""Many rules are switched on with one click in the list: one alert, not one for each."""
	if not any(said.get("message") == text for said in frappe.get_message_log()):
		frappe.msgprint(text, alert=True)
