"""Winners and the sequences they belong to: written into the step on demand, and never against a test that runs."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, now_datetime

from nurture_app.engine.experiments.definition import (
	PATH,
	RUNNING,
	VARIABLES,
	Experiment,
	load_experiments,
)
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P
from nurture_app.site import active


def write_winner(experiment: Experiment) -> str:
	"""Write what won into the sequence's step, or its subject into the step's content. Returns what was done, in words.

	Saved as the user, so that their permissions and the documents' own checks hold.
	"""
	variant = experiment.variant(experiment.winner)
	if variant is None or not experiment.is_rolled_out:
		frappe.throw(_("No variant of this experiment is in use."))
	if experiment.variable == PATH:
		frappe.throw(
			_("Take the split out of the sequence yourself; until then everybody goes the winner's way.")
		)
	if experiment.variable == "Subject":
		content = frappe.get_doc("Nurture Content", experiment.baseline.get("content"))
		content.subject = variant.subject
		content.save()
		done = _("The subject of {0} is now \u201c{1}\u201d, for everybody who gets this content.").format(
			content.name, variant.subject
		)
	else:
		sequence = frappe.get_doc("Nurture Sequence", experiment.sequence)
		step = next((row for row in sequence.steps if row.step_label == experiment.step), None)
		if step is None:
			frappe.throw(_("The sequence has no step {0} any more.").format(escape_html(experiment.step)))
		for field in VARIABLES[experiment.variable]:
			if value := getattr(variant, field):
				step.set(field, value)
		sequence.save()
		done = _("Written into step {0}. Activate the new version of the sequence to use it.").format(
			experiment.step
		)
	frappe.db.set_value("Nurture Experiment", experiment.name, "written_on", now_datetime())
	active.forget()
	return done


def refuse_to_change_tried_steps(host: Host, sequence: Any) -> None:
	"""A running test cannot be broken by an edit of its sequence. Called when a Nurture Sequence is saved."""
	if sequence.is_new():
		return
	steps = {step.label: step for step in sequence.definition().steps}
	for one in load_experiments(
		host, lambda table: (table.sequence == P(sequence.name)) & (table.status == P(RUNNING))
	):
		step = steps.get(one.step)
		if not step or not one.is_about(step):
			frappe.throw(
				_(
					"The experiment {0} runs on step {1}. Its name, content, sender and time stay as they are until you decide or stop it."
				).format(escape_html(one.name), escape_html(one.step))
			)


def warn_if_tried(host: Host, content: str) -> None:
	"""A text may be mended while it is tried; rewriting it would mix two texts in one result. Called when it was saved."""
	running = load_experiments(host, lambda table: table.status == P(RUNNING))
	for one in running:
		if content in {one.baseline.get("content"), *(variant.content for variant in one.variants)}:
			frappe.msgprint(
				_(
					"The experiment {0} is trying this text. If this was more than a typing error, its result will mix the old text and the new one."
				).format(escape_html(one.name)),
				alert=True,
				indicator="orange",
			)
