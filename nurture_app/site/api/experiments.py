"""Experiments: begin, look, decide."""

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.experiments import life
from nurture_app.engine.experiments.check import step_types_for
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.ports import Host
from nurture_app.site import active
from nurture_app.site.api.access import MANAGERS, USERS, require_role
from nurture_app.site.experiments.shown import shown
from nurture_app.site.experiments.winners import write_winner as write_it
from nurture_app.site.host import site_host
from nurture_app.site.sentences import errors_as_messages


@frappe.whitelist()
def overview(experiment: str) -> dict[str, Any]:
	"""What has been found, in plain words and figures."""
	require_role(USERS)
	frappe.has_permission("Nurture Experiment", "read", doc=experiment, throw=True)
	return shown(site_host(commit=False), frappe.get_doc("Nurture Experiment", experiment))


@frappe.whitelist()
def steps(sequence: str, variable: str = "Subject") -> list[dict[str, Any]]:
	"""The steps of a sequence on which `variable` can be tried; for a path with their ways."""
	require_role(USERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	with errors_as_messages():
		definition = load_definition(site_host(commit=False), sequence)
	wanted = step_types_for(variable)
	return [
		{"label": step.label, "ways": step.split_ways or []}
		for step in definition.steps
		if step.step_type in wanted
	]


@frappe.whitelist()
def plan(base: float, expected: float, variants: int, confidence: float) -> dict[str, int]:
	"""About how many people each variant takes to tell `expected` from `base`, both in percent."""
	require_role(USERS)
	from nurture_app.engine.experiments.statistics import people_needed

	with errors_as_messages():
		try:
			alpha = 1 - min(max(confidence, 80), 99.9) / 100
			count = people_needed(base / 100, (expected - base) / 100, min(max(variants, 2), 8), alpha)
		except ValueError:
			raise NurtureError("experiment_plan") from None
	return {"people": count}


@frappe.whitelist(methods=["POST"])
def start(experiment: str) -> dict[str, str]:
	"""People who come to the step from now on get the variants."""
	_do(experiment, lambda host: life.start(host, experiment))
	return {"message": _("The experiment is running.")}


@frappe.whitelist(methods=["POST"])
def stop(experiment: str) -> dict[str, str]:
	"""End it without a decision."""
	_do(experiment, lambda host: life.stop(host, experiment))
	return {"message": _("Stopped. Everybody gets the step as it is.")}


@frappe.whitelist(methods=["POST"])
def roll_out(experiment: str, variant: str) -> dict[str, str]:
	"""Everybody still to come gets this variant."""
	_do(experiment, lambda host: life.roll_out(host, experiment, variant))
	return {"message": _("{0} is in use for everybody still to come.").format(variant)}


@frappe.whitelist(methods=["POST"])
def keep(experiment: str) -> dict[str, str]:
	"""The step stays as it is."""
	_do(experiment, lambda host: life.keep(host, experiment))
	return {"message": _("Decided: the step stays as it is.")}


@frappe.whitelist(methods=["POST"])
def revert(experiment: str) -> dict[str, str]:
	"""Take the winner out of use."""
	_do(experiment, lambda host: life.revert(host, experiment))
	return {"message": _("Taken back. Everybody still to come gets the step as it is.")}


@frappe.whitelist(methods=["POST"])
def count_now(experiment: str) -> dict[str, Any]:
	"""Judge it now instead of at night; looking often does not make the result less certain."""
	_do(experiment, lambda host: life.review(host, experiment))
	return overview(experiment)


@frappe.whitelist(methods=["POST"])
def write_winner(experiment: str) -> dict[str, str]:
	"""Make the winner the step's own."""
	_permitted(experiment)
	return {"message": write_it(frappe.get_doc("Nurture Experiment", experiment).as_experiment())}


def _do(experiment: str, action: Callable[[Host], Any]) -> None:
	_permitted(experiment)
	with errors_as_messages(_("Experiment {0}").format(frappe.utils.escape_html(experiment))):
		action(site_host(commit=False))
	active.forget()


def _permitted(experiment: str) -> None:
	require_role(MANAGERS)
	frappe.has_permission("Nurture Experiment", "write", doc=experiment, throw=True)
