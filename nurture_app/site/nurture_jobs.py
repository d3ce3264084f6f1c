"""Background jobs. The file's name is ours alone: Frappe 15 names scheduled jobs by the last two parts of their path."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from itertools import chain, count, islice
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, now_datetime

from nurture_app.engine.ports import Host
from nurture_app.site import home
from nurture_app.site.attempts import attempt
from nurture_app.site.run_log import beat, write_log
from nurture_app.site.transactions import retrying

TICK_SECONDS = 4 * 60
"""A tick stops taking new batches after this long; the next one goes on."""
RUNNING = ("started", "JobStatus.STARTED")
"""As versions of RQ write the status of a job."""


def at_home(job: Callable[[], None]) -> Callable[[], None]:
	"""`job`, which does nothing on a copy of another site (see `site.home`); that it came is noted all the same."""

	@wraps(job)
	def run() -> None:
		if home.keeps_still():
			beat(now_datetime())
		else:
			job()

	return run


def tick() -> None:
	"""Every five minutes: have the due steps done. Scheduled jobs have 300 seconds, so a long job does it.

	Two at once do no harm (leases), and one that died must not keep the next from starting.
	"""
	_enqueue("run_tick", "nurture_tick", again_if_running=True)
	enqueue_outgoing()
	if frappe.db.get_single_value("Nurture Settings", "bounce_mailbox"):
		_enqueue("run_bounce_mailbox", "nurture_bounce_mailbox")


def enqueue_answers() -> None:
	"""Somebody waits for an answer (CD-10): due steps are done within seconds of the commit, not at the next tick.

	Without a queue the next tick does it.
	"""
	_enqueue("run_answers", "nurture_answers", again_if_running=True, queue="default")


@at_home
def run_answers() -> None:
	"""What is due, and the mails of it out of the queue. What this job cannot do, the next tick does."""
	from nurture_app.site.due_steps import work_off_due

	failures: list[str] = []
	started, clock = now_datetime(), time.monotonic()
	total = work_off_due(clock + TICK_SECONDS, failures)
	if total.queued:
		attempt("mail queue", failures, flush_mails)
	if total.claimed or failures:
		write_log("Tick", started, time.monotonic() - clock, total, "\n".join(failures))


def flush_mails() -> None:
	"""Have Frappe's own job send what is queued, unless it waits or runs already: two at once could send a mail twice."""
	job = frappe.db.get_value("Scheduled Job Type", {"method": "frappe.email.queue.flush", "stopped": 0})
	if job:
		frappe.get_doc("Scheduled Job Type", job).enqueue(force=True)


def nightly() -> None:
	"""Once a day: what only time changes."""
	_enqueue("run_nightly", "nurture_nightly")
	if frappe.db.get_single_value("Nurture Settings", "check_links"):
		enqueue_link_check()


def enqueue_link_check() -> None:
	_enqueue("run_link_check", "nurture_link_check")


def enqueue_rescore(rule: str = "") -> None:
	"""After a rule changed: recompute its points and all scores. Coalesced, however many rules are saved."""
	_enqueue("run_rescore", "nurture_rescore", again_if_running=True, however_many_run=True)


def enqueue_segment_refresh(segment: str) -> None:
	"""After a segment changed."""
	job_id, always = f"nurture_segment::{segment}", {"again_if_running": True, "however_many_run": True}
	_enqueue("run_segment_refresh", job_id, **always, segment=segment)


def enqueue_persona_assignment() -> None:
	"""After a persona changed: every lead is looked at again. Coalesced, however many personas are saved."""
	_enqueue("run_persona_assignment", "nurture_personas", again_if_running=True, however_many_run=True)


def enqueue_type_assignment() -> None:
	"""After a lead type or touch tier changed: every lead is looked at again. Coalesced, however many are saved."""
	_enqueue("run_type_assignment", "nurture_lead_types", again_if_running=True, however_many_run=True)


def enqueue_outgoing() -> None:
	"""Send what leaves by HTTP, if anything waits: in a job of its own, as other sides may be slow."""
	waiting = {"status": ["in", ["Queued", "Sending"]]}
	if frappe.db.get_value("Nurture Outgoing", waiting, "name", order_by=None):
		_enqueue("run_outgoing", "nurture_outgoing", again_if_running=True)


@at_home
def run_outgoing() -> None:
	"""Calls that are due, for at most four minutes."""
	from nurture_app.engine.outgoing import sender
	from nurture_app.site.channels.calls import SiteCaller
	from nurture_app.site.host import site_host

	host, ends = site_host(commit=True), time.monotonic() + TICK_SECONDS
	attempt("outgoing", [], lambda: sender.work(host, SiteCaller(), lambda: time.monotonic() < ends))


def enqueue_enroll_segment(sequence: str, segment: str) -> None:
	"""Enroll the members of a segment as the present user, who is told the result."""
	job_id = f"nurture_enroll::{sequence}::{segment}"
	_enqueue("run_enroll_segment", job_id, sequence=sequence, segment=segment)


def run_enroll_segment(sequence: str, segment: str) -> None:
	"""As the user who asked for it and is told the result; only leads they may read."""
	from nurture_app.site.api.enroll_preview import enroll_all, readable_members
	from nurture_app.site.channels.colleagues import notify

	result = enroll_all(sequence, readable_members(segment), commit=True)
	told = _("{0}: {1} leads of the segment {2} entered, {3} did not.").format(
		escape_html(sequence), result["entered"], escape_html(segment), result["refused"]
	)
	notify(frappe.session.user, told, "Nurture Sequence", sequence)
	frappe.db.commit()  # nosemgrep: end of a job


def enqueue_incoming() -> None:
	"""After events were accepted: record them on their leads within seconds."""
	_enqueue("run_incoming", "nurture_incoming", again_if_running=True)


def run_incoming() -> None:
	"""Events and page views that wait, batch after batch, for at most four minutes."""
	_work_off_incoming([])


def _work_off_incoming(failures: list[str]) -> None:
	from nurture_app.engine.incoming import inbox as incoming
	from nurture_app.site.host import site_host
	from nurture_app.site.website import inbox as hits

	host, ends = site_host(commit=True), time.monotonic() + TICK_SECONDS
	while time.monotonic() < ends and attempt("incoming events", failures, lambda: incoming.work_off(host)):
		pass
	attempt("page views", failures, lambda: hits.work_off(host))


@at_home
def run_tick() -> None:
	"""Do everything that is due, batch after batch, for at most four minutes; then look what became of earlier mails."""
	from nurture_app.engine import audiences
	from nurture_app.engine.time_triggers import start_by_the_hour
	from nurture_app.engine.tracking.settle import settle
	from nurture_app.site import changed_leads, handoffs, mail_hits, needless_tasks
	from nurture_app.site.capture import quarantine
	from nurture_app.site.channels import standstill
	from nurture_app.site.channels.delivery import sync_delivery
	from nurture_app.site.deliverability.watch import review_sequences
	from nurture_app.site.due_steps import work_off_due
	from nurture_app.site.host import site_host

	host = site_host(commit=True)
	started, clock = now_datetime(), time.monotonic()
	failures: list[str] = []
	attempt("changed leads", failures, lambda: changed_leads.work_off(host))
	attempt("standstill", failures, lambda: standstill.settle(host))
	attempt("hours", failures, lambda: start_by_the_hour(host))
	total = work_off_due(clock + TICK_SECONDS, failures)
	attempt("quarantine", failures, quarantine.release_checked_lately)
	_work_off_incoming(failures)
	attempt("delivery", failures, lambda: sync_delivery(host))
	attempt("needless tasks", failures, lambda: needless_tasks.take_back(host))
	attempt("unanswered handovers", failures, lambda: handoffs.ask_again(host))
	attempt("guard", failures, lambda: review_sequences(host))
	attempt("mail hits", failures, lambda: mail_hits.collect(host))
	attempt("reactions", failures, lambda: settle(host))
	attempt("audiences", failures, lambda: audiences.tidy(host))
	attempt("outgoing", failures, enqueue_outgoing)
	beat(now_datetime())
	if total.claimed or failures:
		write_log("Tick", started, time.monotonic() - clock, total, "\n".join(failures))


@at_home
def run_nightly() -> None:
	"""Each part on its own: what fails is logged, and the others are done all the same."""
	from nurture_app.engine import nightly as engine_nightly
	from nurture_app.engine import time_zones
	from nurture_app.site import data_findings, goals, holiday_lists, sequence_reviews
	from nurture_app.site.capture import address_kinds, quarantine
	from nurture_app.site.channels import standstill
	from nurture_app.site.experiments import news
	from nurture_app.site.host import site_host
	from nurture_app.site.lead_records import purge_stripped_touches
	from nurture_app.site.library_reviews import remind_of_reviews
	from nurture_app.site.mail_hits import forget_old
	from nurture_app.site.privacy.erase import finish_interrupted
	from nurture_app.site.privacy.retention import erase_silent
	from nurture_app.site.public.links import forget_expired
	from nurture_app.site.social_posts import remind_of_posts

	started, clock = now_datetime(), time.monotonic()
	failures: list[str] = []
	attempt("time zones", failures, lambda: time_zones.fill_time_zones(site_host(commit=True)))
	attempt("holiday lists", failures, holiday_lists.renew)
	# the pass that follows looks at every lead, and so at those whose kind changed
	attempt("kinds of addresses", failures, address_kinds.mend)
	attempt("nightly", failures, lambda: engine_nightly.nightly(site_host(commit=True)))
	attempt("mails that wait", failures, lambda: standstill.keep(site_host(commit=True)))
	attempt("experiments", failures, lambda: news.tell(started))
	attempt("quarantine", failures, quarantine.release_all_checked)
	attempt("purge", failures, purge_stripped_touches)
	attempt("expired links", failures, forget_expired)
	attempt("erasures", failures, finish_interrupted)
	attempt("old mail hits", failures, forget_old)
	attempt("old visits", failures, forget_old_visits)
	attempt("reviews", failures, remind_of_reviews)
	attempt("social posts", failures, remind_of_posts)
	attempt("retention", failures, erase_silent)
	attempt("goals", failures, goals.tell)
	attempt("review", failures, sequence_reviews.tell_of_the_system)
	attempt("data check", failures, data_findings.keep_for_the_quarter)
	frappe.db.commit()  # nosemgrep: end of a job
	write_log("Nightly", started, time.monotonic() - clock, None, "\n".join(failures))


@at_home
def run_link_check() -> None:
	"""In a job of its own: it waits for other people's servers."""
	from nurture_app.site.link_checker import check_links

	retrying(check_links)


@at_home
def run_bounce_mailbox() -> None:
	"""In a job of its own: a mail server that does not answer must not keep steps waiting."""
	from nurture_app.site.deliverability.mailbox import read_mailbox

	retrying(read_mailbox)


def forget_old_visits() -> None:
	"""Visits of people nobody knows, after the days the settings say."""
	from nurture_app.engine.config import load_settings
	from nurture_app.engine.visits.known import forget_old
	from nurture_app.site.host import site_host

	host = site_host(commit=True)
	forget_old(host, load_settings(host.db))


def run_rescore() -> None:
	"""Stages move with the new rules, but nothing is started or handed over by them (SC-40)."""
	from nurture_app.engine import scoring
	from nurture_app.site.host import site_host

	retrying(lambda: scoring.rebuild(site_host(commit=True)))


def run_persona_assignment() -> None:
	from nurture_app.engine import personas

	_give_to_all(personas.assign)


def run_type_assignment() -> None:
	from nurture_app.engine.tier_changes import give_all

	_give_to_all(give_all)


def _give_to_all(assign: Callable[[Host], object]) -> None:
	"""All leads in one transaction."""
	from nurture_app.site.host import site_host

	def work() -> None:
		host = site_host(commit=True)
		with host.db.transaction():
			assign(host)

	retrying(work)


def run_segment_refresh(segment: str) -> None:
	"""A segment that cannot be built says why in its field *Last Error*."""
	from nurture_app.engine import segments
	from nurture_app.engine.codes import NurtureError
	from nurture_app.site.host import site_host
	from nurture_app.site.sentences import error_sentence

	try:
		retrying(lambda: segments.refresh(site_host(commit=True), segment))
	except NurtureError as error:
		frappe.db.set_value(
			"Nurture Segment", segment, "last_error", error_sentence(error)[:500], update_modified=False
		)


def _enqueue(
	function: str,
	job_id: str,
	*,
	again_if_running: bool = False,
	however_many_run: bool = False,
	queue: str = "long",
	**kwargs: Any,
) -> None:
	"""Queue a job of this file unless it is waiting already.

	With `again_if_running` only a waiting job makes another one needless: running ones have read the old state. That is
	looked at after the commit, for a job that waits before it may begin before it. What was saved is saved by then,
	whether or not there is a queue: a failure is logged. More than two run at once only with `however_many_run`: what
	comes every few minutes must not take all workers.
	"""

	def put(name: str) -> None:
		frappe.enqueue(
			f"nurture_app.site.nurture_jobs.{function}",
			queue=queue,
			job_id=name,
			deduplicate=True,
			**kwargs,
		)

	def put_after_commit() -> None:
		try:
			if name := _first_not_running(job_id, None if however_many_run else 2):
				put(name)
		except Exception:
			frappe.log_error(title=f"nurture_app: {function} was not queued")
			frappe.db.commit()  # nosemgrep: after the caller's own commit, only the log is in it

	if again_if_running:
		frappe.db.after_commit.add(put_after_commit)
	else:
		put(job_id)


def _first_not_running(job_id: str, most: int | None) -> str:
	"""`job_id`, or the first of its further names under which no job runs; empty when `most` of them run."""
	from frappe.utils.background_jobs import get_job_status

	names = chain([job_id], (f"{job_id}::again{number}" for number in count(1)))
	free = (one for one in islice(names, most) if str(get_job_status(one)) not in RUNNING)
	return next(free, "")
