"""Whether the links in mails and assets lead anywhere: looked at night by night, a bounded number of them (CM-15).

Only public addresses are asked (`outgoing_http`), each hop of a redirect as well. What a page says is not kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2s
from urllib.parse import urljoin

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.library.contents import load_contents
from nurture_app.engine.live import load_definitions
from nurture_app.engine.message_texts import load_texts
from nurture_app.site.host import site_host
from nurture_app.site.outgoing_http import AddressRefused, Answer, NoAnswer, fetch

MOST_A_NIGHT = 300
SECONDS_A_NIGHT = 15 * 60
SECONDS_EACH = 8.0
MOST_REDIRECTS = 4
MAX_BYTES = 2_000
AGAIN_AFTER = timedelta(hours=20)
FORGET_AFTER = timedelta(days=60)
PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers that may be another tomorrow."""
KEPT_FROM_ROBOTS = {401, 402, 403, 407, 451, 999}
"""Answers that tell nothing about what a person would see."""
REDIRECTS = {301, 302, 303, 307, 308}
USER_AGENT = "Mozilla/5.0 (compatible; NurtureLinkCheck/1.0)"

DOCTYPE = "Nurture Link Check"
WORKS, BROKEN, NOT_CHECKABLE = "Works", "Broken", "Not Checkable"


@dataclass(frozen=True, slots=True)
class Verdict:
	status: str
	problem: str = ""
	passing: bool = False
	"""Only broken if it is the same the next time."""


def check_links(clock: Callable[[], float] = time.monotonic) -> int:
	"""Look at what was not looked at for longest. Commits after each link; returns how many were asked."""
	used = links_in_use()
	known = {
		row.url: row
		for row in frappe.get_all(
			DOCTYPE, fields=["name", "url", "status", "checked_on", "failures", "broken_since"], order_by=None
		)
	}
	now, began, asked = now_datetime(), clock(), 0
	waiting = [url for url in used if url not in known or known[url].checked_on < now - AGAIN_AFTER]
	waiting.sort(key=lambda url: str(known[url].checked_on) if url in known else "")
	for url in waiting[:MOST_A_NIGHT]:
		if clock() - began > SECONDS_A_NIGHT:
			break
		_note(url, look_at(url), known.get(url), sorted(used[url]))
		asked += 1
		frappe.db.commit()  # nosemgrep: a job of its own; what is known so far is kept
	frappe.db.delete(DOCTYPE, {"checked_on": ["<", now - FORGET_AFTER]})
	return asked


def links_in_use() -> dict[str, set[str]]:
	"""By address, the contents of running sequences and the assets that link to it."""
	host = site_host(commit=False)
	versions = frappe.get_all(
		"Nurture Sequence", {"status": ["in", ["Active", "Paused"]]}, pluck="current_version", order_by=None
	)
	definitions = load_definitions(host, {version for version in versions if version})
	names = {name for one in definitions.values() for step in one.steps for name in step.contents if name}
	names |= _tried_contents()
	used: dict[str, set[str]] = {}
	for content in load_contents(host, names).values():
		for url in content.compiled.fixed_links if content.compiled else ():
			used.setdefault(url, set()).add(content.name)
	for text in load_texts(host, names).values():
		for url in text.fixed_links if text.channel not in ("", "Email") else ():
			used.setdefault(url, set()).add(text.name)
	for name, url in frappe.get_all(
		"Nurture Asset",
		{"enabled": 1, "url": ["like", "http%"]},
		["name", "url"],
		as_list=True,
		order_by=None,
	):
		used.setdefault(url, set()).add(name)
	return used


def _tried_contents() -> set[str]:
	"""What experiments that run send instead."""
	running = frappe.get_all("Nurture Experiment", {"status": "Running"}, pluck="name", order_by=None)
	filters = {"parent": ["in", running], "content": ["is", "set"]}
	return set(
		frappe.get_all("Nurture Experiment Variant", filters, pluck="content", order_by=None)
		if running
		else ()
	)


def look_at(url: str) -> Verdict:
	"""Ask for an address as a browser would, through at most `MOST_REDIRECTS` redirects."""
	try:
		for _hop in range(MOST_REDIRECTS + 1):
			answer = _ask(url)
			if answer.status not in REDIRECTS or not answer.headers.get("location"):
				return _judged(answer)
			url = urljoin(url, answer.headers["location"])
	except AddressRefused as refused:
		if refused.reason == "private":
			return Verdict(NOT_CHECKABLE, "leads into a private network")
		return Verdict(BROKEN, f"{refused.reason.replace('_', ' ')} {refused.host}".strip(), True)
	except (NoAnswer, ValueError) as silent:
		return Verdict(BROKEN, f"no answer: {silent}"[:200], True)
	return Verdict(BROKEN, "redirects in a circle")


def _ask(url: str) -> Answer:
	headers = {"User-Agent": USER_AGENT, "Accept": "text/html,*/*"}
	answer = fetch(url, "HEAD", headers, timeout=SECONDS_EACH, max_bytes=MAX_BYTES)
	if answer.ok or answer.status in REDIRECTS:
		return answer
	# Many servers know no HEAD, and say so in many ways.
	return fetch(url, "GET", headers, timeout=SECONDS_EACH, max_bytes=MAX_BYTES)


def _judged(answer: Answer) -> Verdict:
	if answer.ok:
		return Verdict(WORKS)
	if answer.status in KEPT_FROM_ROBOTS:
		return Verdict(NOT_CHECKABLE, f"HTTP {answer.status}")
	return Verdict(BROKEN, f"HTTP {answer.status}", answer.status in PASSING)


def _note(url: str, verdict: Verdict, known: frappe._dict | None, used_in: list[str]) -> None:
	now = now_datetime()
	failures = (
		(known.failures or 0) + 1 if known and verdict.status == BROKEN else int(verdict.status == BROKEN)
	)
	status = verdict.status
	if verdict.passing and failures < 2:
		status = known.status if known else NOT_CHECKABLE
	values = {
		"status": status,
		"problem": verdict.problem[:200],
		"checked_on": now,
		"failures": failures,
		"broken_since": ((known and known.broken_since) or now) if status == BROKEN else None,
		"used_in": "\n".join(used_in)[:1000],
	}
	if known:
		frappe.db.set_value(DOCTYPE, known.name, values, update_modified=False)
	else:
		name = blake2s(url.encode(), digest_size=10).hexdigest()
		row = frappe.get_doc({"doctype": DOCTYPE, "url": url, **values})
		row.insert(ignore_permissions=True, set_name=name, ignore_if_duplicate=True)
	problem = verdict.problem[:200] if status == BROKEN else ""
	shown = {"link_status": status, "link_problem": problem, "link_checked_on": now}
	for asset in frappe.get_all("Nurture Asset", {"url": url}, pluck="name", order_by=None):
		frappe.db.set_value("Nurture Asset", asset, shown, update_modified=False)
