"""Why nothing goes out: what an administrator must see before a marketer wonders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, get_datetime, now_datetime, scheduler
from frappe.utils.scheduler import is_scheduler_disabled

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.config import Settings, load_sender, load_settings
from nurture_app.engine.ports import Host
from nurture_app.site import home, to_mend
from nurture_app.site.active import is_active
from nurture_app.site.host import site_host
from nurture_app.site.problem import ERROR, WARNING, Check, Problem
from nurture_app.site.run_log import last_tick
from nurture_app.site.sentences import error_sentence

TICK_LATE = timedelta(minutes=20)
QUEUE_LATE = timedelta(minutes=30)
PAUSES = ("maintenance_mode", "pause_scheduler", "disable_scheduler")
"""Keys of the configuration, each of which stops the scheduler."""


def is_dormant() -> bool:
	"""Frappe 15 lets sites sleep where nobody logs in; later versions only on Frappe Cloud, and may drop the function."""
	return bool(getattr(scheduler, "is_dormant", lambda: False)())


def problems() -> list[Problem]:
	"""Everything wrong now, the worst first. Reads only."""
	host = site_host(commit=False)
	settings = load_settings(host.db)
	found = [problem for check in CHECKS for problem in check(host, settings)]
	return sorted(found, key=lambda problem: problem.level != ERROR)


def _place(host: Host, settings: Settings) -> Iterator[Problem]:
	if found := home.strange():
		yield Problem("not_at_home", found.sentence, found.remedy, ("Form", "Nurture Settings"))


def _scheduler(host: Host, settings: Settings) -> Iterator[Problem]:
	if keys := [key for key in PAUSES if frappe.conf.get(key)]:
		yield Problem(
			"scheduler_paused",
			_("The scheduler of this site is paused: no step is done and no mail leaves."),
			_("Take {0} out of site_config.json or common_site_config.json.").format(", ".join(keys)),
		)
	elif is_scheduler_disabled(verbose=False):
		yield Problem(
			"scheduler_disabled",
			_("The scheduler is switched off: no step is done and no mail leaves."),
			_("Switch on Enable Scheduler in System Settings."),
			("Form", "System Settings"),
		)
	elif is_dormant():
		yield Problem(
			"scheduler_dormant",
			_("Nobody has logged in for days, so Frappe runs the scheduler only once a day."),
			_("Log in regularly, or raise dormant_days in System Settings."),
			("Form", "System Settings"),
		)
	elif is_active():
		yield from _late_tick()


def _late_tick() -> Iterator[Problem]:
	last = last_tick()
	job = frappe.db.get_value(
		"Scheduled Job Type",
		{"method": "nurture_app.site.nurture_jobs.tick"},
		["stopped", "creation"],
		as_dict=True,
	)
	if job is None or job.stopped:
		yield Problem(
			"tick_stopped",
			_("The job nurture_jobs.tick is stopped: no step is done."),
			_("Start it in the list of Scheduled Job Types, or run bench migrate if it is missing."),
			("List", "Scheduled Job Type"),
		)
		return
	since = last or get_datetime(job.creation)
	if now_datetime() - since > TICK_LATE:
		yield Problem(
			"tick_late",
			_("Steps were last looked at on {0}; that should happen every five minutes.").format(
				format_datetime(since)
			),
			_("See whether the background workers run (queue long)."),
			("List", "RQ Job"),
		)


def _sending(host: Host, settings: Settings) -> Iterator[Problem]:
	if settings.hold_all_sending:
		yield Problem(
			"sending_on_hold",
			_("All sending is on hold."),
			_("Untick Hold All Sending in Nurture Settings to go on."),
			("Form", "Nurture Settings"),
			WARNING,
		)
	if not settings.postal_address.strip():
		yield Problem(
			"no_postal_address",
			_("Nurture Settings has no postal address, which marketing mail must show: no mail goes out."),
			_("Add it."),
			("Form", "Nurture Settings"),
			ERROR if is_active() else WARNING,
		)
	sender = load_sender(host.db, settings)
	if not sender.address:
		yield Problem(
			"no_sender",
			_("There is no outgoing e-mail account: no mail goes out."),
			_("Choose one in Nurture Settings or make one the default."),
			("List", "Email Account"),
			ERROR if is_active() else WARNING,
		)
	elif not _is_polled(sender.address):
		yield Problem(
			"replies_not_read",
			_("Replies to {0} are not collected, so no sequence ends when somebody answers.").format(
				sender.address
			),
			_("Enable incoming mail for this Email Account."),
			("Form", "Email Account", sender.account),
			WARNING,
		)


def _is_polled(address: str) -> bool:
	return bool(frappe.db.exists("Email Account", {"email_id": address, "enable_incoming": 1}))


def _email_queue(host: Host, settings: Settings) -> Iterator[Problem]:
	if frappe.are_emails_muted():
		yield Problem(
			"emails_muted",
			_("E-mails are muted on this site: they are queued, but never leave."),
			_("Take mute_emails out of site_config.json."),
		)
	if cint(frappe.db.get_default("suspend_email_queue")):
		yield Problem(
			"queue_suspended",
			_("The Email Queue is suspended: mails are queued, but do not leave."),
			_("Resume it from the list of the Email Queue."),
			("List", "Email Queue"),
		)
	oldest = frappe.db.get_value(
		"Email Queue",
		{
			"status": "Not Sent",
			"send_after": ["is", "not set"],
			"creation": ["<", now_datetime() - QUEUE_LATE],
		},
		"creation",
		order_by="creation asc",
	)
	if oldest:
		yield Problem(
			"queue_late",
			_("The oldest mail in the Email Queue has been waiting since {0}.").format(
				format_datetime(oldest)
			),
			_("See its error in the list, or whether the background workers run."),
			("List", "Email Queue", "List"),
			WARNING,
		)


def _public_address(host: Host, settings: Settings) -> Iterator[Problem]:
	try:
		url = host.links.unsubscribe("x" * 22)
		host.links.message_id("x" * 22)
	except NurtureError as error:
		yield Problem("links_too_long", error_sentence(error), level=ERROR if is_active() else WARNING)
		return
	if not url.startswith("https://") and not frappe.conf.developer_mode:
		yield Problem(
			"links_not_https",
			_(
				"Unsubscribe links begin with {0}. Mail providers accept one-click unsubscribing only over https."
			).format(url.split("/u/")[0]),
			_("Set host_name in site_config.json to the public https address."),
			level=WARNING,
		)


CHECKS: tuple[Check, ...] = (
	_place,
	_scheduler,
	_sending,
	_email_queue,
	_public_address,
	*to_mend.CHECKS,
)
