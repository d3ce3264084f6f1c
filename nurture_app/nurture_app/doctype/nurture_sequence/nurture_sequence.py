"""A sequence as it is edited. People on their way follow the version pinned when it was activated."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html

from nurture_app.engine import trigger_types
from nurture_app.engine.definition import SequenceDefinition, definition_from_rows, readable
from nurture_app.engine.goal import GOAL_FIELDS
from nurture_app.engine.lifecycle import check_definition
from nurture_app.engine.sales_cycle import USUAL, propose
from nurture_app.engine.trigger_types import TRIGGER_TYPES
from nurture_app.nurture_app.as_stored import keep_as_stored
from nurture_app.nurture_app.time_of_day import tidy_times
from nurture_app.site.experiments.winners import refuse_to_change_tried_steps
from nurture_app.site.host import site_host
from nurture_app.site.linked_values import check_linked_values
from nurture_app.site.sales_cycle import cycle_for
from nurture_app.site.sentences import errors_as_messages

WRITTEN_BY_THE_ENGINE = (
	"status",
	"current_version",
	"activated_on",
	"paused_on",
	"hold_reason",
	"guard_from",
)
WRITTEN_AT_NIGHT = ("goal_told",)
USUAL_SILENCE = 45
"""Days without a sign after which somebody is asked back, while no sales cycle says otherwise (RE-01)."""


class NurtureSequence(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_sequence_exit.nurture_sequence_exit import (
			NurtureSequenceExit,
		)
		from nurture_app.nurture_app.doctype.nurture_sequence_step.nurture_sequence_step import (
			NurtureSequenceStep,
		)

		activated_on: DF.Datetime | None
		channels_note: DF.Data | None
		condition: DF.Code | None
		current_version: DF.Link | None
		deal_type: DF.Link | None
		description: DF.SmallText | None
		early_ask_reason: DF.SmallText | None
		exit_on_bounce: DF.Check
		exit_on_conversion: DF.Check
		exit_segment: DF.Link | None
		exits: DF.TableMultiSelect[NurtureSequenceExit]
		expected_days: DF.Int
		gallery_group: DF.Data | None
		goal_activity: DF.Link | None
		goal_date: DF.Date | None
		goal_kind: DF.Literal["", "Conversion", "Re-engagement", "Expansion"]
		goal_target: DF.Percent
		goal_text: DF.SmallText | None
		goal_told: DF.Data | None
		guard_from: DF.Datetime | None
		hold_reason: DF.SmallText | None
		holiday_list: DF.Link | None
		journey_stage: DF.Link | None
		kpi: DF.Data | None
		max_days: DF.Int
		objective_people: DF.Int
		objective_reached: DF.Int
		on_reply: DF.Literal["End", "Pause", "Continue"]
		paused_on: DF.Datetime | None
		persona: DF.Link | None
		preset: DF.Data | None
		preset_hash: DF.Data | None
		priority: DF.Int
		promotion_reason: DF.SmallText | None
		for_high_touch: DF.Check
		promotional: DF.Check
		reaction_tag: DF.Data | None
		reentry: DF.Literal["Never", "After It Ended", "After Days"]
		reentry_days: DF.Int
		responsible: DF.Link | None
		review_on: DF.Date | None
		reviewed_by: DF.Link | None
		reviewed_on: DF.Date | None
		set_up_notes: DF.SmallText | None
		status: DF.Literal["Draft", "Active", "Paused", "Retired"]
		steps: DF.Table[NurtureSequenceStep]
		title: DF.Data
		topic: DF.Link | None
		track_reactions: DF.Check
		trigger_activity: DF.Link | None
		trigger_count: DF.Int
		trigger_days: DF.Int
		trigger_detail: DF.Autocomplete | None
		trigger_hours: DF.Int
		trigger_working_hours: DF.Check
		trigger_segment: DF.Link | None
		trigger_stage: DF.Literal["", "MQL", "SQL"]
		trigger_type: DF.Literal[
			"Manual",
			"New Lead",
			"Activity",
			"Account Activity",
			"Segment Entered",
			"Segment Left",
			"Stage Reached",
			"Stage Lost",
			"Score Above",
			"Score Below",
			"Account Score Above",
			"Tag Added",
			"Field Changed",
			"Silent For",
			"No Answer After",
			"Not Contacted After",
			"Days Before Date",
			"Days After Date",
		]
		use_default_window: DF.Check
		window_end: DF.Autocomplete | None
		window_friday: DF.Check
		window_monday: DF.Check
		window_saturday: DF.Check
		window_start: DF.Autocomplete | None
		window_sunday: DF.Check
		window_thursday: DF.Check
		window_tuesday: DF.Check
		window_wednesday: DF.Check
	# end: auto-generated types

	def validate(self) -> None:
		keep_as_stored(self, (*WRITTEN_BY_THE_ENGINE, *WRITTEN_AT_NIGHT))
		self.status = self.status or "Draft"
		self._empty_what_the_trigger_does_not_use()
		self._wait_as_long_as_deals_take()
		self._tell_anew_of_another_goal()
		tidy_times(self, "window_start", "window_end")
		for step in self.steps:
			step.step_label = (step.step_label or "").strip()
			tidy_times(step, "at_time", where=_("Step {0}").format(escape_html(step.step_label)))
		with errors_as_messages(_("Sequence {0}").format(escape_html(self.title))):
			host = site_host(commit=False)
			definition = self.definition()
			check_definition(host, definition)
			check_linked_values(definition.steps)
			refuse_to_change_tried_steps(host, self)

	def on_update(self) -> None:
		if self.status in ("Active", "Paused") and self.differs_from_version():
			frappe.msgprint(
				_(
					"Saved. Everybody on the way keeps the version they started with; activate the new version to use it for those who enter from then on."
				),
				alert=True,
				indicator="orange",
			)

	def on_trash(self) -> None:
		if frappe.db.exists("Nurture Enrollment", {"sequence": self.name}):
			frappe.throw(
				_(
					"Leads went through {0}, and their history refers to it. Retire it instead of deleting it."
				).format(self.name),
				frappe.LinkExistsError,
			)
		for doctype in ("Nurture Sequence Version", "Nurture Trigger Log"):
			frappe.db.delete(doctype, {"sequence": self.name})

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A sequence keeps its name, because its history refers to it. Copy it instead."))

	def definition(self) -> SequenceDefinition:
		"""As it is edited now. Raises `NurtureError` for values that cannot be read."""
		return definition_from_rows(self.as_dict(), [step.as_dict() for step in self.steps])

	def differs_from_version(self) -> bool:
		"""Whether activating now would make a new version."""
		if not self.current_version:
			return True
		pinned = frappe.db.get_value("Nurture Sequence Version", self.current_version, "definition")
		return not pinned or readable(pinned) != self.definition()

	def _empty_what_the_trigger_does_not_use(self) -> None:
		"""The form hides those fields, so what another trigger left in them could not be seen or mended."""
		kind = TRIGGER_TYPES.get(self.trigger_type)
		for field in trigger_types.FIELDS if kind else ():
			if field not in kind.fields:
				self.set(field, None)

	def _wait_as_long_as_deals_take(self) -> None:
		"""How long a silence is too long follows from the sales cycle, where it is known (RE-01, RE-02)."""
		if self.trigger_type == "Silent For" and not cint(self.trigger_days):
			cycle = cycle_for(self.get("deal_type") or "")
			self.trigger_days = USUAL_SILENCE if cycle.basis == USUAL else propose(cycle.days).cold_wait_days

	def _tell_anew_of_another_goal(self) -> None:
		"""Who was told that a goal was reached, or over, is told of the next one too (GL-07)."""
		if any(self.has_value_changed(field) for field in GOAL_FIELDS):
			self.goal_told = None
