"""Variants of a step tried side by side, with what was expected, what was found and what was decided (AB-08)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from nurture_app.engine.experiments.check import check
from nurture_app.engine.experiments.definition import (
	DECIDED,
	ROLL_OUT,
	RUNNING,
	VARIANT_COLUMNS,
	Experiment,
	experiment_from_rows,
)
from nurture_app.nurture_app.as_stored import keep_as_stored
from nurture_app.nurture_app.time_of_day import tidy_times
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages

WRITTEN_BY_THE_ENGINE = (
	"status",
	"decision",
	"winner",
	"written_on",
	"started_on",
	"decided_on",
	"evaluated_on",
	"results",
	"baseline",
)
FIXED_ONCE_BEGUN = (
	"sequence",
	"step",
	"variable",
	"holdout_percent",
	"metric",
	"window_days",
	"revenue_cap",
	"min_people",
	"worthwhile",
	"min_days",
	"confidence",
)
"""What the result would lose its meaning over. Who may roll out, and the notes, may change at any time."""


class NurtureExperiment(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from nurture_app.nurture_app.doctype.nurture_experiment_variant.nurture_experiment_variant import (
			NurtureExperimentVariant,
		)

		auto_roll_out: DF.Check
		baseline: DF.SmallText | None
		change: DF.SmallText | None
		confidence: DF.Percent
		decided_on: DF.Datetime | None
		decision: DF.Literal["", "Keep", "Roll Out", "Revert"]
		evaluated_on: DF.Datetime | None
		holdout_percent: DF.Percent
		hypothesis: DF.SmallText | None
		metric: DF.Literal[
			"Human Click",
			"Reply",
			"Booking",
			"Meeting",
			"SQL Reached",
			"Stage Velocity",
			"Opportunity",
			"Revenue",
			"Open",
		]
		min_days: DF.Int
		min_people: DF.Int
		preset: DF.Data | None
		preset_hash: DF.Data | None
		results: DF.Code | None
		revenue_cap: DF.Currency
		sequence: DF.Link
		started_on: DF.Datetime | None
		status: DF.Literal["Draft", "Running", "Decided", "Stopped"]
		step: DF.Autocomplete
		title: DF.Data
		variable: DF.Literal["Subject", "Content", "Sender", "Send Time", "Path"]
		variants: DF.Table[NurtureExperimentVariant]
		window_days: DF.Int
		winner: DF.Data | None
		worthwhile: DF.Float
		written_on: DF.Datetime | None
	# end: auto-generated types

	def validate(self) -> None:
		keep_as_stored(self, WRITTEN_BY_THE_ENGINE)
		self.status = self.status or "Draft"
		for row in self.variants:
			row.label = (row.label or "").strip()
			tidy_times(row, "at_time", where=_("Variant {0}").format(escape_html(row.label)))
		if self.status == "Draft":
			with errors_as_messages(_("Experiment {0}").format(escape_html(self.title))):
				check(site_host(commit=False), self.as_experiment())
		else:
			self._refuse_changes()

	def as_experiment(self) -> Experiment:
		return experiment_from_rows(self.as_dict(), [row.as_dict() for row in self.variants])

	def on_trash(self) -> None:
		if self.status == RUNNING:
			frappe.throw(_("This experiment is running. Stop it before you delete it."))
		if (self.status, self.decision) == (DECIDED, ROLL_OUT):
			frappe.throw(_("A variant of this experiment is in use. Take it back before you delete it."))

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(
			_("An experiment keeps its name, because it decides who gets which variant. Copy it instead.")
		)

	def _refuse_changes(self) -> None:
		"""A running test cannot be broken by an edit, nor a finished one be told differently afterwards."""
		before = self.get_doc_before_save()
		changed = [field for field in FIXED_ONCE_BEGUN if self.has_value_changed(field)]
		if before and _rows(before) != _rows(self):
			changed.append("variants")
		if changed:
			labels = ", ".join(_(self.meta.get_label(field)) for field in changed)
			frappe.throw(
				_(
					"{0} cannot be changed once the experiment has begun, or its result would mean nothing. Stop it and make a copy."
				).format(labels)
			)


def _rows(doc: Document) -> list[tuple[Any, ...]]:
	return [tuple(row.get(field) or "" for field in VARIANT_COLUMNS) for row in doc.variants]
