"""What waits until somebody mends it: people held, addresses, links and calls that failed, lists that end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, format_date, now_datetime, nowdate

from nurture_app.engine.config import Settings
from nurture_app.engine.experiments.definition import is_in_force, load_experiments
from nurture_app.engine.live import live_sequences
from nurture_app.engine.ports import Host
from nurture_app.site.deliverability.mailbox import last_position
from nurture_app.site.problem import WARNING, Check, Problem

LINKS_LATELY = timedelta(days=2)
HOLIDAYS_AHEAD = 21
"""Days before its end at which a list is spoken of."""
FAILED_LATELY = timedelta(days=1)
OUTGOING_LATE = timedelta(minutes=30)


def _held(host: Host, settings: Settings) -> Iterator[Problem]:
	sentence = _("{0} enrollments are held and wait for somebody to mend something.")
	yield from _waiting("held", "Nurture Enrollment", {"status": "Held"}, sentence)


def _held_sequences(host: Host, settings: Settings) -> Iterator[Problem]:
	held = {"status": "Paused", "hold_reason": ["is", "set"]}
	for name, reason in frappe.get_all(
		"Nurture Sequence", held, ["name", "hold_reason"], as_list=True, order_by="name asc"
	):
		yield Problem("sequence_held", f"{name}: {reason}", "", ("Form", "Nurture Sequence", name))


def _bounces(host: Host, settings: Settings) -> Iterator[Problem]:
	position = last_position()
	if position.error and position.account == settings.bounce_mailbox:
		yield Problem(
			"bounce_mailbox",
			_("The bounce mailbox {0} cannot be read: {1}").format(position.account, position.error),
			_("Look at server, login and password of this Email Account."),
			("Form", "Email Account", position.account),
			WARNING,
		)
	sentence = _("{0} addresses do not work and wait for somebody to correct them.")
	yield from _waiting("bounces_to_repair", "Nurture Bounce", {"state": "To Repair"}, sentence)


def _waiting(
	code: str, doctype: str, filters: dict[str, Any], sentence: str, remedy: str = ""
) -> Iterator[Problem]:
	"""Records that wait for somebody: how many, and the way to them."""
	count = frappe.db.count(doctype, filters)
	if count:
		yield Problem(code, sentence.format(count), remedy, ("List", doctype, "List"), WARNING)


def _links(host: Host, settings: Settings) -> Iterator[Problem]:
	"""Links that broke while sequences run (CM-15); what is not used any more was not looked at lately."""
	broken = {"status": "Broken", "checked_on": [">", now_datetime() - LINKS_LATELY]}
	sentence = _("{0} links in running sequences and assets are broken.")
	remedy = _("Correct them, or switch the asset off: readers would be led nowhere.")
	yield from _waiting("broken_links", "Nurture Link Check", broken, sentence, remedy)


def _holidays(host: Host, settings: Settings) -> Iterator[Problem]:
	"""Lists of holidays that end: ERPNext's are made year by year, and from the day after nobody would keep one."""
	used = {settings.holiday_list}
	used |= set(
		frappe.get_all(
			"Nurture Sequence",
			{"status": ["in", ["Active", "Paused"]], "use_default_window": 0, "holiday_list": ["is", "set"]},
			pluck="holiday_list",
			order_by=None,
		)
	)
	if settings.holidays_by_country:
		used |= set(frappe.get_all("Nurture Country Holidays", pluck="holiday_list", order_by=None))
	ending = {
		"name": ["in", sorted(used - {"", None})],
		"to_date": ["<", add_days(nowdate(), HOLIDAYS_AHEAD)],
	}
	for name, day in frappe.get_all(
		"Holiday List", ending, ["name", "to_date"], as_list=True, order_by="name asc"
	):
		yield Problem(
			"holidays_end",
			_("The holiday list {0} ends on {1}: after that day messages go out on holidays too.").format(
				name, format_date(day)
			),
			_("Add the coming year to it, or choose a list of that year."),
			("Form", "Holiday List", name),
			WARNING,
		)


def _experiments(host: Host, settings: Settings) -> Iterator[Problem]:
	"""Those that cannot be read, so that people get the step as it is, and those that the last night could not judge."""
	unreadable: dict[str, Exception] = {}
	load_experiments(host, is_in_force, unreadable)
	night = frappe.db.get_value(
		"Nurture Run Log", {"job": "Nightly"}, "started_on", order_by="started_on desc"
	)
	fields = ["name", "started_on", "evaluated_on"]
	running = frappe.get_all("Nurture Experiment", {"status": "Running"}, fields, order_by=None)
	late = {
		one.name
		for one in running
		if night and max(filter(None, (one.started_on, one.evaluated_on)), default=night) < night
	}
	for name in sorted(late | set(unreadable)):
		if name in unreadable:
			sentence = _("The experiment {0} cannot be read: everybody gets the step as it is.")
		else:
			sentence = _("The experiment {0} could not be judged last night.")
		yield Problem(
			"experiment_not_judged",
			sentence.format(name),
			_("The Error Log says why under its name; whoever looks after the site can mend it."),
			("Form", "Nurture Experiment", name),
			WARNING,
		)


def _versions(host: Host, settings: Settings) -> Iterator[Problem]:
	"""Sequences that run by a version this app cannot read: nobody enters them, and whoever is in them waits."""
	fields = ["name", "current_version"]
	running = frappe.get_all("Nurture Sequence", {"status": "Active"}, fields, order_by="name asc")
	known = {one.name for one in live_sequences(host)}
	for one in running:
		if one.current_version and one.name not in known:
			yield Problem(
				"version_unreadable",
				_("The sequence {0} stands still: its version cannot be read.").format(one.name),
				_(
					"A newer version of the app may have written it. Update the app, or choose Activate New Version on the sequence."
				),
				("Form", "Nurture Sequence", one.name),
			)


def _unknown_mails(host: Host, settings: Settings) -> Iterator[Problem]:
	sentence = _("Of {0} messages it is not known whether they left. They are not repeated by themselves.")
	yield from _waiting("unknown_mails", "Nurture Touch", {"status": "Unknown"}, sentence)


def _outgoing(host: Host, settings: Settings) -> Iterator[Problem]:
	"""What leaves by HTTP and does not."""
	refused = {"status": "Queued", "reason": "credentials_refused"}
	if frappe.db.get_value("Nurture Outgoing", refused, "name", order_by=None):
		yield Problem(
			"outgoing_refused",
			_("A provider of text messages does not accept our credentials."),
			_("Correct them in SMS Settings or on the tab Channels of Nurture Settings."),
			("List", "Nurture Outgoing", "List"),
		)
	failed = {"status": "Failed", "queued_on": [">", now_datetime() - FAILED_LATELY]}
	sentence = _("{0} calls or text messages of the last day failed and are not tried again.")
	remedy = _("Each says why under Reason and Answer; calls to webhooks can be replayed there.")
	yield from _waiting("outgoing_failed", "Nurture Outgoing", failed, sentence, remedy)
	if settings.hold_all_sending:
		return
	late = {"status": "Queued", "next_try_on": ["<", now_datetime() - OUTGOING_LATE]}
	sentence = _("{0} calls or text messages have waited for more than half an hour.")
	remedy = _("A daily limit may be reached; otherwise see whether the background workers run (queue long).")
	yield from _waiting("outgoing_late", "Nurture Outgoing", late, sentence, remedy)


CHECKS: tuple[Check, ...] = (
	_held,
	_held_sequences,
	_bounces,
	_unknown_mails,
	_outgoing,
	_links,
	_holidays,
	_versions,
	_experiments,
)
