"""A sequence's own life, and what somebody wants to know before touching it."""

from typing import Any

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import format_date, format_time

from nurture_app.engine import conditions, lifecycle, moving
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_history import TouchLeaf
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.goal import length_in_days
from nurture_app.engine.library.channel_guide import channel_advice
from nurture_app.engine.library.sequence_checks import sequence_advice
from nurture_app.engine.library.suggestions import suggestions
from nurture_app.engine.ports import Host
from nurture_app.engine.sequences import warnings as advice_on
from nurture_app.engine.sequences import weekday_names
from nurture_app.engine.timing import SendWindow
from nurture_app.engine.trigger_sentences import entry_sentence
from nurture_app.site import active, goals, programme_health, sales_cycle, sequence_figures, sequence_reviews
from nurture_app.site.api.access import MANAGERS, USERS, only_trying, require_lead, require_role
from nurture_app.site.api.conditions import count_matching
from nurture_app.site.api.content_actions import TESTS_PER_HOUR, send_test_to_user
from nurture_app.site.channels import standstill
from nurture_app.site.channels.records import MAKERS
from nurture_app.site.experiments.shown import is_tried, winners_in_use
from nurture_app.site.host import site_host
from nurture_app.site.linked_values import check_linked_values
from nurture_app.site.sentences import advice_sentence, error_sentence, errors_as_messages
from nurture_app.site.step_previews import content_for, preview_step

REASON_FIELDS = {
	"early_ask_unexplained": "early_ask_reason",
	"promotion_unexplained": "promotion_reason",
}
"""Where a manager writes why the sequence is activated all the same (CD-07, CD-12)."""
SHOWN = 10
"""People named who cannot move."""


@frappe.whitelist()
def overview(sequence: str) -> dict[str, Any]:
	"""Who is in it, what activating it now would do, what keeps it from being activated, and advice."""
	require_role(USERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	doc = frappe.get_doc("Nurture Sequence", sequence)
	host = site_host(commit=False)
	found: dict[str, Any] = {
		"counts": _counts(sequence),
		"version": frappe.db.get_value("Nurture Sequence Version", doc.current_version, "version") or 0,
		"changed_since_version": False,
		"behind": 0,
		"entry": "",
		"goal": {},
		"health": {},
		"matching": None,
		"warnings": [],
		"window": "",
		"channels": [],
		"error": "",
		"reason_field": "",
		"suggestions": {},
		"experiments": winners_in_use(host, sequence),
	}
	if doc.status in ("Active", "Paused"):
		found["behind"] = len(moving.those_behind(host, sequence))
	try:
		definition = lifecycle.load_definition(host, sequence)
		found["changed_since_version"] = doc.differs_from_version()
		found["warnings"] = [advice_sentence(one.code, one.params) for one in advice_on(definition)]
		about_texts = sequence_advice(host, definition)
		about_texts += channel_advice(host, definition, doc.journey_stage or "")
		found["warnings"] += [advice_sentence(one.code, one.params) for one in about_texts]
		found["warnings"] += _unseen_reactions(definition, host, tracked=bool(doc.track_reactions))
		if doc.status == "Active" and not is_tried(host, sequence):
			found["warnings"].append(advice_sentence("no_experiment", {}))
		if definition.promotional and definition.channels and not definition.exit_activities:
			found["warnings"].append(advice_sentence("no_exits", {}))
		length = doc.expected_days or length_in_days(definition)
		found["warnings"] += sales_cycle.length_advice(doc, length) + sequence_reviews.advice(doc)
		found["goal"] = goals.panel(doc, length)
		found["health"] = programme_health.panel(host, doc, definition)
		found["suggestions"] = suggestions(host, definition, doc.journey_stage or "")
		found["entry"] = entry_sentence(definition, _)
		found["window"] = _window_sentence(definition, host)
		found["channels"] = [_(channel) for channel in definition.channels]
		found["matching"] = count_matching(host, conditions.parse(definition.condition, host.catalog))
		with only_trying():
			lifecycle.activate(host, sequence)
	except NurtureError as error:
		found["error"] = error_sentence(error)
		found["reason_field"] = REASON_FIELDS.get(error.code, "")
	return found


@frappe.whitelist()
def figures(sequence: str) -> dict[str, Any]:
	"""What came of it so far. Apart from the overview: of a sequence that many people were in, it takes a while."""
	require_role(USERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	return sequence_figures.panel(site_host(commit=False), frappe.get_doc("Nurture Sequence", sequence))


@frappe.whitelist(methods=["POST"])
def activate(sequence: str) -> dict[str, str]:
	"""Pin the steps as they are now and let people in."""
	host = _permitted(sequence)
	_may_make_records(sequence)
	with errors_as_messages(_("{0} cannot be activated").format(sequence)):
		check_linked_values(frappe.get_doc("Nurture Sequence", sequence).definition().steps)
		version = lifecycle.activate(host, sequence)
	active.forget()
	sequence_reviews.plan_review(sequence)
	sequence_reviews.take_on(sequence, frappe.session.user)
	number = frappe.db.get_value("Nurture Sequence Version", version, "version")
	return {"message": _("Active, version {0}.").format(number)}


@frappe.whitelist(methods=["POST"])
def reviewed(sequence: str) -> dict[str, str]:
	"""Somebody has looked at it and found it right, or changed it (AB-13)."""
	_permitted(sequence)
	following = sequence_reviews.mark_reviewed(sequence, frappe.session.user)
	text = _("Reviewed. Next on {0}.").format(format_date(following)) if following else _("Reviewed.")
	return {"message": text}


@frappe.whitelist(methods=["POST"])
def system_reviewed() -> dict[str, str]:
	"""The same of everything: sequences, scoring, content, segments."""
	require_role(MANAGERS)
	frappe.has_permission("Nurture Settings", "write", throw=True)
	sequence_reviews.mark_system_reviewed()
	return {"message": _("Reviewed.")}


@frappe.whitelist(methods=["POST"])
def pause(sequence: str) -> dict[str, str]:
	"""Nothing is sent and nobody enters; nothing is skipped."""
	host = _permitted(sequence)
	with errors_as_messages():
		lifecycle.pause(host, sequence)
	standstill.settle(host)
	active.forget()
	return {"message": _("Paused.")}


@frappe.whitelist(methods=["POST"])
def resume(sequence: str) -> dict[str, str]:
	"""Go on where the pause began."""
	host = _permitted(sequence)
	with errors_as_messages():
		lifecycle.resume(host, sequence)
	standstill.settle(host)
	active.forget()
	return {"message": _("Active again.")}


@frappe.whitelist(methods=["POST"])
def retire(sequence: str) -> dict[str, str]:
	"""End it for everybody."""
	host = _permitted(sequence)
	with errors_as_messages():
		ended = lifecycle.retire(host, sequence)
	active.forget()
	return {"message": _("Retired; ended for {0} leads.").format(ended)}


@frappe.whitelist()
def behind(sequence: str) -> dict[str, Any]:
	"""Who is on the way in an earlier version: how many can move to the current one, and who cannot, with the step."""
	host = _permitted(sequence)
	people = moving.those_behind(host, sequence)
	staying = [one for one in people if not one.can_move]
	return {
		"movable": len(people) - len(staying),
		"staying": len(staying),
		"examples": [
			{"enrollment": one.enrollment, "lead": one.party, "name": one.party_name, "step": one.step}
			for one in staying[:SHOWN]
		],
	}


@frappe.whitelist(methods=["POST"])
def move(sequence: str) -> dict[str, str]:
	"""Move everybody whose step is still there to the current version."""
	host = _permitted(sequence)
	names = [one.enrollment for one in moving.those_behind(host, sequence) if one.can_move]
	moved = [name for name, refusal in moving.move_to_current(host, names) if not refusal]
	return {"message": _("{0} leads were moved to the current version.").format(len(moved))}


@frappe.whitelist(methods=["POST"])
def duplicate(sequence: str, title: str) -> dict[str, str]:
	"""A draft with the same settings and steps, that nobody is in; returns its name."""
	require_role(MANAGERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	frappe.has_permission("Nurture Sequence", "create", throw=True)
	copy = frappe.copy_doc(frappe.get_doc("Nurture Sequence", sequence), ignore_no_copy=False)
	copy.title = title.strip()
	copy.insert()
	return {"name": copy.name}


@frappe.whitelist()
def preview(sequence: str, step: str, lead: str | None = "") -> dict[str, str]:
	"""What a saved step shows or says to `lead` or a made-up one."""
	return preview_step(_may_see(sequence, lead), sequence, step, lead or "").as_dict()


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=TESTS_PER_HOUR, seconds=60 * 60)
def send_test(sequence: str, step: str, lead: str | None = "") -> dict[str, str]:
	"""The mail of a saved step to the user."""
	content = content_for(_may_see(sequence, lead), sequence, step, lead or "")
	return send_test_to_user(content, lead or "")


def _may_make_records(sequence: str) -> None:
	"""The tick makes them without asking: whoever starts it must be allowed to make them by hand."""
	filters = {"parent": sequence, "step_type": ["in", sorted(MAKERS)]}
	for kind in frappe.get_all(
		"Nurture Sequence Step", filters, pluck="step_type", distinct=True, order_by=None
	):
		if not frappe.has_permission(kind, "create"):
			frappe.throw(
				_(
					"A step makes {0}, which you may not do yourself. Ask somebody who may to activate it."
				).format(_(kind)),
				frappe.PermissionError,
			)


def _permitted(sequence: str) -> Host:
	require_role(MANAGERS)
	frappe.has_permission("Nurture Sequence", "write", doc=sequence, throw=True)
	return site_host(commit=False)


def _may_see(sequence: str, lead: str | None) -> Host:
	require_role(USERS)
	frappe.has_permission("Nurture Sequence", "read", doc=sequence, throw=True)
	if lead:
		require_lead(lead)
	return site_host(commit=False)


def _counts(sequence: str) -> dict[str, int]:
	table = frappe.qb.DocType("Nurture Enrollment")
	count = frappe.query_builder.functions.Count("*")
	query = frappe.qb.from_(table).select(table.status, count).where(table.sequence == sequence)
	return dict(query.groupby(table.status).run())


def _window_sentence(definition: SequenceDefinition, host: Host) -> str:
	window = definition.window or load_settings(host.db).window
	hours = _("{0} to {1}").format(format_time(window.start, "HH:mm"), format_time(window.end, "HH:mm"))
	return _("{0}, {1}, in each recipient's time zone").format(_days(window), hours)


def _days(window: SendWindow) -> str:
	if window.weekdays == frozenset(range(7)):
		return _("every day")
	if window.weekdays == frozenset(range(5)):
		return _("Monday to Friday")
	return ", ".join(_(day.capitalize()) for day in weekday_names(window))


def _unseen_reactions(definition: SequenceDefinition, host: Host, *, tracked: bool) -> list[str]:
	"""Where tracking is switched off, a branch on openings or clicks goes one way."""
	settings = load_settings(host.db)
	seen = {"opened": tracked and settings.track_opens, "clicked": tracked and settings.track_clicks}
	return [
		_(
			"Step {0} asks who opened or clicked, but tracking is switched off for this sequence or in Nurture Settings: everybody counts as not having done it."
		).format(step.label)
		for step in definition.steps
		if step.condition and not all(seen.get(state, True) for state in _states_asked(step, host))
	]


def _states_asked(step: Step, host: Host) -> set[str]:
	"""What a branch wants to know of earlier mails."""
	condition = conditions.parse(step.condition, host.catalog, in_sequence=True)
	return {leaf.state for leaf in conditions.leaves(condition) if isinstance(leaf, TouchLeaf)}
