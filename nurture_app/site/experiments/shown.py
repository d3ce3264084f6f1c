"""An experiment as its form shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import frappe
from frappe import _
from frappe.utils import fmt_money

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.experiments.check import advice_on, subjects_tried
from nurture_app.engine.experiments.definition import HOLDOUT, RUNNING, Experiment, load_experiments
from nurture_app.engine.experiments.findings import Findings, Line, findings_from_json
from nurture_app.engine.experiments.wording import in_words, per_hundred
from nurture_app.engine.lifecycle import load_definition
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P
from nurture_app.site.sentences import advice_sentence

UNREADABLE = {"winner": "", "may_decide": False, "lines": [], "advice": [], "in_use": ""}


def shown(host: Host, doc: Any) -> dict[str, Any]:
	"""Sentences, a table of the variants, advice, and what may be done with the winner."""
	try:
		experiment = doc.as_experiment()
	except (ValueError, TypeError, AttributeError):
		return UNREADABLE | {
			"sentences": [
				_("What this experiment holds cannot be read: everybody gets the step as it is. Stop it.")
			]
		}
	found = findings_from_json(doc.results) if doc.results else None
	return {
		"sentences": in_words(experiment, found, _, money),
		"winner": found.winner if found else "",
		"may_decide": bool(found and found.may_decide),
		"lines": _lines(experiment, found) if found else [],
		"advice": _advice(host, experiment),
		"in_use": _in_use(experiment),
	}


def money(amount: float) -> str:
	return fmt_money(amount, currency=frappe.db.get_default("currency"))


def _advice(host: Host, experiment: Experiment) -> list[str]:
	if experiment.status not in ("Draft", "Running"):
		return []
	try:
		step = load_definition(host, experiment.sequence).step(experiment.step)
	except NurtureError:
		step = None
	meta = frappe.get_meta("Nurture Experiment Variant")
	sentences = []
	for one in advice_on(experiment, step, subjects_tried(host, experiment, step)):
		params = dict(one.params)
		if "field" in params:
			params["field"] = _(meta.get_label(params["field"]))
		sentences.append(advice_sentence(one.code, params))
	return sentences


def _lines(experiment: Experiment, found: Findings) -> list[dict[str, Any]]:
	is_money = experiment.metric == "Revenue"

	def said(value: float) -> str:
		return money(value) if is_money else per_hundred(value)

	def line(one: Line) -> dict[str, Any]:
		label = _("No message") if one.label == HOLDOUT else one.label
		return {
			**asdict(one),
			"label": label,
			"mean": said(one.mean),
			"low": said(one.low),
			"high": said(one.high),
		}

	return [line(one) for one in (*found.lines, *((found.holdout,) if found.holdout else ()))]


def _in_use(experiment: Experiment) -> str:
	"""Which variant everybody gets since when; empty for none."""
	if not experiment.is_rolled_out:
		return ""
	return _("{0} in use since {1}").format(
		experiment.winner, frappe.format(experiment.decided_on, {"fieldtype": "Date"})
	)


def winners_in_use(host: Host, sequence: str) -> list[dict[str, str]]:
	"""For the form of a sequence: its steps that have a winner in use, or an experiment that runs."""
	found = load_experiments(host, lambda table: table.sequence == P(sequence), broken={})
	return [
		{"experiment": one.name, "step": one.step, "text": _in_use(one) or _("being tried")}
		for one in found
		if one.status == RUNNING or (one.is_rolled_out and not one.written_on)
	]


def is_tried(host: Host, sequence: str) -> bool:
	"""Whether an experiment runs on any of its steps (AB-09)."""
	return any(
		one.status == RUNNING for one in load_experiments(host, lambda table: table.sequence == P(sequence))
	)
