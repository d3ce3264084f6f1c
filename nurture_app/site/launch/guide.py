"""The set-up guide: four preparations and five steps, each with its state and where to go on (GL-08, GL-09)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import frappe
from frappe import _

from nurture_app.site.deliverability.lines import FIX, OK, UNKNOWN
from nurture_app.site.launch import checks
from nurture_app.site.launch.checks import Found

BEFORE, STEPS = "before", "steps"
WORST_FIRST = (FIX, UNKNOWN, OK)


@dataclass(frozen=True, slots=True)
class GuideLine:
	"""A preparation or a step. Texts are plain and in the user's language."""

	part: str
	"""`before` or `steps`."""
	title: str
	asked: str
	state: str
	found: str
	route: str
	"""Where to go on, as a route of the Desk."""


def guide() -> list[GuideLine]:
	"""All of it, in its order. Reads only."""
	return [
		_line(BEFORE, _("Review past efforts"), _("What ran before, and what came of it?"), past_efforts),
		_line(
			BEFORE, _("Define your leads"), _("Who is a good lead, by company and by person?"), lead_profile
		),
		_line(BEFORE, _("Be easy to reach"), _("How do people get hold of you?"), easy_to_reach),
		_line(BEFORE, _("Choose figures in advance"), _("What will tell whether it works?"), goals_set),
		_line(
			STEPS,
			_("1. Personas and stages"),
			_("Who buys, and how far along are they?"),
			checks.personas,
			checks.scoring,
		),
		_line(
			STEPS,
			_("2. Audit and segment"),
			_("What do you know of your leads, and which groups follow from it?"),
			checks.four_dimensions,
			segments,
		),
		_line(STEPS, _("3. Goals"), _("One goal for each sequence, with a target and a date."), goals_set),
		_line(STEPS, _("4. Map content"), _("Which piece is for whom, at which stage?"), checks.assets),
		_line(
			STEPS,
			_("5. Test and measure"),
			_("What is tried at the moment?"),
			checks.tests,
			figures_looked_at,
		),
	]


def _line(part: str, title: str, asked: str, *parts: Callable[[], Found]) -> GuideLine:
	"""The worst of its parts says the state and where to go on."""
	found = sorted((one() for one in parts), key=lambda one: WORST_FIRST.index(one.state))
	told = " ".join(one.found for one in found if one.found)
	return GuideLine(part, title, asked, found[0].state, told, found[0].route)


def past_efforts() -> Found:
	"""GL-06: somebody has looked at what ran."""
	route = "query-report/Nurture Sequence Results"
	ran = frappe.db.count("Nurture Sequence", {"activated_on": ["is", "set"]})
	if not ran:
		return Found(UNKNOWN, _("Nothing has run here yet. Gather what earlier campaigns brought."), route)
	reviewed = frappe.db.count(
		"Nurture Sequence", {"activated_on": ["is", "set"], "reviewed_on": ["is", "set"]}
	)
	text = _("{0} of {1} sequences that ran have been reviewed.").format(reviewed, ran)
	return Found(OK if reviewed else FIX, text, route)


def lead_profile() -> Found:
	"""Rules on who the lead is, or a persona."""
	rules = frappe.db.count("Lead Scoring Rule", {"enabled": 1, "rule_type": "Profile"})
	personas = frappe.db.count("Nurture Persona", {"enabled": 1})
	if rules or personas:
		return Found(OK, _("{0} rules on the profile, {1} personas.").format(rules, personas), "")
	return Found(FIX, _("No rule on the profile and no persona is enabled."), "List/Lead Scoring Rule")


def easy_to_reach() -> Found:
	"""A form, a chat, a page to book, and a mailbox in which replies arrive."""
	ways = {
		_("a form"): frappe.db.exists("Nurture Form", {"enabled": 1}),
		_("a chat"): frappe.db.exists("Nurture Playbook", {"enabled": 1}),
		_("a booking page"): frappe.db.get_single_value("Nurture Settings", "booking_url"),
		_("a mailbox for replies"): frappe.db.exists("Email Account", {"enable_incoming": 1}),
	}
	there = [way for way, exists in ways.items() if exists]
	missing = [way for way, exists in ways.items() if not exists]
	if not there:
		return Found(
			FIX, _("Nobody can reach you: there is no form, chat, page or mailbox."), "List/Nurture Form"
		)
	text = _("There is {0}.").format(", ".join(there))
	if missing:
		text += " " + _("Not yet: {0}.").format(", ".join(missing))
	return Found(OK if len(there) > 1 else FIX, text, "List/Nurture Form")


def goals_set() -> Found:
	"""Sequences that somebody has given a goal with a target and a date."""
	filters = {"goal_activity": ["is", "set"], "goal_target": [">", 0], "goal_date": ["is", "set"]}
	whole = frappe.db.count("Nurture Sequence", filters)
	if whole:
		return Found(OK, _("{0} sequences have a goal with target and date.").format(whole), "")
	return Found(FIX, _("No sequence has a goal with a target and a date yet."), "nurture-gallery")


def segments() -> Found:
	enabled = frappe.db.count("Nurture Segment", {"enabled": 1})
	if enabled:
		return Found(OK, _("{0} segments are enabled.").format(enabled), "")
	return Found(FIX, _("No segment is enabled."), "List/Nurture Segment")


def figures_looked_at() -> Found:
	"""AB-13: reviews take place."""
	active = frappe.db.count("Nurture Sequence", {"status": "Active"})
	reviewed = frappe.db.count("Nurture Sequence", {"status": "Active", "reviewed_on": ["is", "set"]})
	if not active:
		return Found(UNKNOWN, "", "nurture-gallery")
	text = _("{0} of {1} active sequences have been reviewed.").format(reviewed, active)
	return Found(OK if reviewed == active else FIX, text, "List/Nurture Sequence")
