"""The page Deliverability: every point with its state, what was found, and what to do (OX-14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, format_datetime, get_datetime, now_datetime

from nurture_app.engine.capture.domains import AddressKind, domains_from
from nurture_app.engine.config import Sender, Settings, load_sender, load_settings
from nurture_app.site.deliverability import domain_checks
from nurture_app.site.deliverability.dns import NameServer
from nurture_app.site.deliverability.lines import FIX, OK, UNKNOWN, Line
from nurture_app.site.deliverability.mailbox import last_position
from nurture_app.site.health import problems
from nurture_app.site.host import site_host
from nurture_app.site.problem import Problem

MACHINE = ("not_at_home", "scheduler_paused", "scheduler_disabled", "scheduler_dormant")
MACHINE += ("tick_stopped", "tick_late")
QUEUE = ("emails_muted", "queue_suspended", "queue_late")
MAILBOX_LATE = timedelta(hours=1)
LINKS = ("links_too_long", "links_not_https")


@dataclass(frozen=True, slots=True)
class Scene:
	"""What all checks look at."""

	settings: Settings
	sender: Sender
	account: Any
	"""The Email Account of the sender, as a dict; empty without one."""
	problems: dict[str, Problem]

	@property
	def domain(self) -> str:
		return self.sender.address.rpartition("@")[2].lower()


def checklist(names: NameServer | None = None) -> list[Line]:
	"""Everything, in the order in which one would mend it. Reads only; asks the name server for a few seconds at most."""
	scene = _scene()
	names = names or NameServer()
	lines: list[Line] = []
	for check in SITE_CHECKS:
		lines += check(scene)
	if scene.domain:
		lines[1:1] = domain_checks.check_domain(scene.domain, names)
	return lines


def _scene() -> Scene:
	host = site_host(commit=False)
	settings = load_settings(host.db)
	sender = load_sender(host.db, settings)
	columns = ["name", "email_id", "login_id", "login_id_is_different", "enable_incoming", "no_failed"]
	account = (
		frappe.db.get_value("Email Account", sender.account, columns, as_dict=True) if sender.account else {}
	)
	return Scene(settings, sender, account or {}, {problem.code: problem for problem in problems()})


def _sender(scene: Scene) -> Iterator[Line]:
	title = _("Sender")
	if not scene.domain:
		todo = _(
			"Choose an outgoing Email Account in Nurture Settings. Until then the domain cannot be looked at."
		)
		yield Line("sender", title, FIX, _("There is no sender."), todo)
		return
	login = (scene.account.get("login_id") or "") if cint(scene.account.get("login_id_is_different")) else ""
	other = login.rpartition("@")[2].lower() if "@" in login else ""
	if other and not _same_organisation(other, scene.domain):
		found = _("Mails say they are from {0}, but the Email Account logs in as {1}.").format(
			scene.sender.address, login
		)
		todo = _("Use an account of {0}, or make sure that its server signs mails for {0} with DKIM.").format(
			scene.domain
		)
		yield Line("sender", title, FIX, found, todo)
	elif _is_free_mail(scene):
		found = _("Mails are from {0}, an address of a free mail service.").format(scene.sender.address)
		todo = _("Send from a domain of your own: nobody but the service may sign for {0}.").format(
			scene.domain
		)
		yield Line("sender", title, FIX, found, todo)
	else:
		yield Line("sender", title, OK, _("Mails are from {0}.").format(scene.sender.address))


def _is_free_mail(scene: Scene) -> bool:
	settings = scene.settings
	domains = domains_from(settings.free_domains, settings.disposable_domains, settings.student_domains)
	return domains.kind(scene.sender.address) == AddressKind.FREE


def _same_organisation(first: str, second: str) -> bool:
	return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def _replies(scene: Scene) -> Iterator[Line]:
	title = _("Replies are read")
	if not scene.account:
		return
	if not cint(scene.account.enable_incoming):
		todo = _(
			"Enable incoming mail for the Email Account {0}, so that sequences end when somebody answers."
		)
		found = _("Nobody collects the mail to {0}.").format(scene.sender.address)
		yield Line("replies", title, FIX, found, todo.format(scene.account.name))
		return
	if cint(scene.account.no_failed):
		found = _("The last {0} attempts to collect the mail to {1} failed.")
		todo = _("Look at server, login and password of the Email Account {0}.").format(scene.account.name)
		yield Line("replies", title, FIX, found.format(scene.account.no_failed, scene.sender.address), todo)
		return
	filters = {"email_account": scene.account.name, "sent_or_received": "Received"}
	last = frappe.db.get_value("Communication", filters, "creation", order_by="creation desc")
	found = _("Collected; the last mail came on {0}.").format(format_datetime(last)) if last else ""
	if found:
		yield Line("replies", title, OK, found)
	else:
		todo = _("Write a mail to {0} and see whether it arrives within ten minutes.").format(
			scene.sender.address
		)
		yield Line("replies", title, UNKNOWN, _("Collecting is switched on, but no mail has come yet."), todo)


def _postal_address(scene: Scene) -> Iterator[Line]:
	address = " ".join(scene.settings.postal_address.split())
	if address:
		yield Line("postal_address", _("Postal address"), OK, address)
	else:
		todo = _("Enter it in Nurture Settings; no marketing mail leaves before.")
		yield Line("postal_address", _("Postal address"), FIX, _("There is none."), todo)


def _links(scene: Scene) -> Iterator[Line]:
	fine = _("Links begin with {0}.").format(_site_url())
	yield _from_health(scene, LINKS, "links", _("Public address of this site"), fine)


def _machine(scene: Scene) -> Iterator[Line]:
	yield _from_health(
		scene, MACHINE, "scheduler", _("Scheduler"), _("Steps are looked at every five minutes.")
	)
	yield _from_health(scene, QUEUE, "queue", _("Email Queue"), _("Nothing waits longer than it should."))


def _from_health(scene: Scene, codes: tuple[str, ...], code: str, title: str, fine: str) -> Line:
	for one in codes:
		if one in scene.problems:
			problem = scene.problems[one]
			return Line(code, title, FIX, problem.sentence, problem.remedy)
	return Line(code, title, OK, fine)


def _bounces(scene: Scene) -> Iterator[Line]:
	title, ways = _("Bounces are noticed"), []
	mailbox = scene.settings.bounce_mailbox
	if mailbox:
		line = _mailbox_line(title, mailbox)
		if line.state != OK:
			yield line
			return
		ways.append(line.found)
	providers = frappe.get_all(
		"Nurture Mail Provider", {"enabled": 1}, ["title", "last_event_on"], order_by="title asc"
	)
	for one in providers:
		when = format_datetime(one.last_event_on) if one.last_event_on else _("nothing yet")
		ways.append(_("{0} tells of them; last event: {1}.").format(one.title, when))
	if ways:
		yield Line("bounces", title, OK, " ".join(ways))
		return
	todo = _(
		"Choose a bounce mailbox in Nurture Settings, or connect your mail provider under Nurture Mail Provider."
	)
	if cint((scene.account or {}).get("enable_incoming")):
		found = _("Only by the words of those that reach the inbox of {0}.").format(scene.sender.address)
		yield Line("bounces", title, UNKNOWN, found, todo)
	else:
		yield Line("bounces", title, FIX, _("What comes back later is seen by nobody."), todo)


def _mailbox_line(title: str, mailbox: str) -> Line:
	position = last_position()
	if position.account == mailbox and position.error:
		found = _("The bounce mailbox {0} cannot be read: {1}").format(mailbox, position.error)
		todo = _("Look at server, login and password of this Email Account.")
		return Line("bounces", title, FIX, found, todo)
	if position.account != mailbox or not position.read_on:
		found = _("The bounce mailbox {0} has not been read yet.").format(mailbox)
		return Line("bounces", title, UNKNOWN, found, _("Look again in ten minutes."))
	found = _("The bounce mailbox {0} was last read on {1}.").format(
		mailbox, format_datetime(position.read_on)
	)
	if now_datetime() - get_datetime(position.read_on) > MAILBOX_LATE:
		todo = _("It should be read every five minutes. See whether the background workers run (queue long).")
		return Line("bounces", title, FIX, found, todo)
	return Line("bounces", title, OK, found)


def _site_url() -> str:
	from nurture_app.site.links import site_url

	return site_url()


SiteCheck = Callable[[Scene], Iterator[Line]]
SITE_CHECKS: tuple[SiteCheck, ...] = (_sender, _replies, _bounces, _postal_address, _links, _machine)
