"""Who made a hit on a mail's picture or link: a person, a machine, or nobody can tell (CT-11).

A pure function of all hits of one mail, so judging again with more of them known may change earlier verdicts. In layers:
what a hit says of itself, what it touched, what came along with it, and how soon after the send. In doubt: unknown.

The figures on scanners are from 836 recorded bursts (docs/tracking.md): 0.5 % began within 10 s of the send, 66 % after
20 to 60 s, 28 % after 1 to 5 minutes, and each followed all links within one second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nurture_app.engine.codes import StrEnum
from nurture_app.engine.tracking.agents import Agent, agent_of

HUMAN, MACHINE, UNKNOWN = "human", "machine", "unknown"

SCAN_SPREAD = timedelta(seconds=1)
"""Two different links within it: a scan. From the recorded bursts."""
SEVERAL_LINKS, SEVERAL_WITHIN = 3, timedelta(seconds=5)
"""So many different links so fast: more than a person opens in tabs. Our choice."""
COMPANY = timedelta(seconds=3)
"""What comes this close to a scan belongs to it: the spread of a scan, and some for slow answers. Our choice."""
TRAP_COMPANY = timedelta(seconds=10)
"""The same around the hidden link, which no person can follow. Our choice."""
ORIGIN_MEMORY = timedelta(minutes=2)
"""How long an origin that scanned stays suspicious whatever it calls itself. Longer would suspect the colleagues who
share its address. Our choice."""
TOO_EARLY = timedelta(seconds=10)
"""Nobody gets, opens and follows a mail this fast; 0.5 % of the bursts begin here."""
SCAN_PEAK = timedelta(seconds=60)
"""66 % of the bursts begin between 20 s and here: a lone hit may be a scan of a mail with one link."""
SCAN_END = timedelta(minutes=5)
"""28 % of the bursts begin between one minute and here."""
READING = timedelta(seconds=3)
"""Between opening a mail and following a link, at least. Our choice."""


class HitReason(StrEnum):
	"""Why a hit was judged so."""

	# machine
	TRAP = "trap"
	HEAD = "head"
	PREFETCH = "prefetch"
	ROBOT = "robot"
	CROWD = "crowd"
	MANY_LINKS = "many_links"
	WITH_TRAP = "with_trap"
	WITH_SCAN = "with_scan"
	TOO_EARLY = "too_early"
	# unknown
	FETCHED_AHEAD = "fetched_ahead"
	BARE_AGENT = "bare_agent"
	SCAN_TIME = "scan_time"
	NOT_JUDGED = "not_judged"
	# human
	PROXY_ON_OPENING = "proxy_on_opening"
	MAIL_PROGRAM = "mail_program"
	OPENED_BEFORE = "opened_before"
	SAME_PERSON = "same_person"
	PERSON = "person"


REASONS = {
	HitReason.TRAP: "Followed the hidden link, which no person can see.",
	HitReason.HEAD: "Asked whether the link works, without wanting the page.",
	HitReason.PREFETCH: "Fetched ahead by a browser, before anybody clicked.",
	HitReason.ROBOT: "Calls itself a robot or a mail scanner.",
	HitReason.CROWD: "The same origin did this for many recipients within a minute.",
	HitReason.MANY_LINKS: "Followed several links within moments.",
	HitReason.WITH_TRAP: "Came together with, or from where, the hidden link was followed.",
	HitReason.WITH_SCAN: "Came together with a scan.",
	HitReason.TOO_EARLY: "Came so soon after the mail left that nobody could have read it.",
	HitReason.FETCHED_AHEAD: "The mail program fetches pictures when a mail arrives, read or not.",
	HitReason.BARE_AGENT: "Says nothing about the program that asked.",
	HitReason.SCAN_TIME: "Came when scanners usually come, so it may be either.",
	HitReason.NOT_JUDGED: "Could not be judged because of an error.",
	HitReason.PROXY_ON_OPENING: "The mail provider fetched the picture when the mail was opened.",
	HitReason.MAIL_PROGRAM: "A mail program showed the mail.",
	HitReason.OPENED_BEFORE: "Followed a link some time after opening the mail.",
	HitReason.SAME_PERSON: "From where a person opened or clicked later.",
	HitReason.PERSON: "Nothing speaks against a person.",
}
"""Sentences, which hosts translate."""


@dataclass(frozen=True, slots=True)
class Hit:
	"""One request. `moment` is naive, in the host's zone, as is everything compared with it."""

	name: str
	is_click: bool
	moment: datetime
	link: str = ""
	is_trap: bool = False
	user_agent: str = ""
	origin: str = ""
	"""Stands for an address of the net; empty when that says nothing."""
	method: str = "GET"
	purpose: str = ""

	@property
	def agent(self) -> Agent:
		return agent_of(self.user_agent)

	@property
	def is_by_proxy(self) -> bool:
		return not self.is_click and self.agent in (Agent.PROXY_ON_OPENING, Agent.PROXY_AHEAD)

	def is_from(self, other: Hit) -> bool:
		return bool(self.origin) and self.origin == other.origin


@dataclass(frozen=True, slots=True)
class Verdict:
	classification: str
	"""`human`, `machine` or `unknown`."""
	reason: HitReason


def judge(hits: Iterable[Hit], sent_on: datetime | None, crowded: Collection[str] = ()) -> dict[str, Verdict]:
	"""The verdict on each hit of one mail, by name.

	`sent_on` is when the mail left, None when that is not known; `crowded` names the hits whose origin did the same
	for many other recipients at that time.
	"""
	hits = sorted(hits, key=lambda hit: (hit.moment, hit.name))
	machine = _machines(hits, crowded)
	verdicts = {name: Verdict(MACHINE, reason) for name, reason in machine.items()}
	rest = [hit for hit in hits if hit.name not in machine]
	quiet = not any(hit.name in machine and _age(hit, sent_on) < SCAN_END for hit in hits)
	for hit in rest:
		if hit.is_click:
			verdicts[hit.name] = _judge_click(hit, sent_on, rest)
		else:
			verdicts[hit.name] = _judge_opening(hit, sent_on, quiet)
	_recognise(rest, verdicts)
	return verdicts


# --- machines ---------------------------------------------------------------------------------------------------------


def _machines(hits: Sequence[Hit], crowded: Collection[str]) -> dict[str, HitReason]:
	found = {hit.name: reason for hit in hits if (reason := _own_mark(hit, crowded))}
	for name in _fast_followers(hits):
		found.setdefault(name, HitReason.MANY_LINKS)
	scans = [hit for hit in hits if found.get(hit.name) in (HitReason.MANY_LINKS, HitReason.HEAD)]
	traps = [hit for hit in hits if hit.is_trap]
	for hit in hits:
		if hit.name in found or hit.is_by_proxy:
			continue
		if any(_belongs_to_trap(hit, trap) for trap in traps):
			found[hit.name] = HitReason.WITH_TRAP
		elif any(_belongs_to_scan(hit, scan) for scan in scans):
			found[hit.name] = HitReason.WITH_SCAN
	return found


def _own_mark(hit: Hit, crowded: Collection[str]) -> HitReason | None:
	"""What a hit says of itself, or touched."""
	if hit.is_trap:
		return HitReason.TRAP
	if hit.method == "HEAD":
		return HitReason.HEAD
	if "prefetch" in hit.purpose.lower() or "preview" in hit.purpose.lower():
		return HitReason.PREFETCH
	if hit.agent == Agent.ROBOT or (hit.is_click and hit.agent == Agent.PROXY_ON_OPENING):
		return HitReason.ROBOT
	if hit.name in crowded and not hit.is_by_proxy:
		return HitReason.CROWD
	return None


def _fast_followers(hits: Sequence[Hit]) -> set[str]:
	"""Clicks on different links faster than a person clicks."""
	clicks = [hit for hit in hits if hit.is_click]
	found: set[str] = set()
	for place, first in enumerate(clicks):
		for within, links in ((SCAN_SPREAD, 2), (SEVERAL_WITHIN, SEVERAL_LINKS)):
			near = [hit for hit in clicks[place:] if hit.moment - first.moment <= within]
			if len({hit.link for hit in near}) >= links:
				found.update(hit.name for hit in near)
	return found


def _belongs_to_trap(hit: Hit, trap: Hit) -> bool:
	distance = abs(hit.moment - trap.moment)
	if hit.is_from(trap) and (hit.user_agent == trap.user_agent or distance <= ORIGIN_MEMORY):
		return True
	return distance <= TRAP_COMPANY


def _belongs_to_scan(hit: Hit, scan: Hit) -> bool:
	"""A HEAD is one of its own origin's doing; a burst comes from several at once."""
	distance = abs(hit.moment - scan.moment)
	if hit.is_from(scan) and hit.user_agent == scan.user_agent:
		return distance <= ORIGIN_MEMORY
	return scan.method != "HEAD" and distance <= COMPANY


# --- the others -------------------------------------------------------------------------------------------------------


def _judge_click(hit: Hit, sent_on: datetime | None, others: Sequence[Hit]) -> Verdict:
	age = _age(hit, sent_on)
	if age < TOO_EARLY:
		return Verdict(MACHINE, HitReason.TOO_EARLY)
	if hit.agent in (Agent.BARE, Agent.PROXY_AHEAD):
		return Verdict(UNKNOWN, HitReason.BARE_AGENT)
	if age >= SCAN_END:
		return Verdict(HUMAN, HitReason.PERSON)
	opened = any(not one.is_click and one.moment + READING <= hit.moment for one in others)
	if age >= SCAN_PEAK and opened:
		return Verdict(HUMAN, HitReason.OPENED_BEFORE)
	return Verdict(UNKNOWN, HitReason.SCAN_TIME)


def _judge_opening(hit: Hit, sent_on: datetime | None, quiet: bool) -> Verdict:
	"""`quiet`: no machine came along while scanners usually come."""
	age, agent = _age(hit, sent_on), hit.agent
	if agent == Agent.PROXY_AHEAD:
		return Verdict(UNKNOWN, HitReason.FETCHED_AHEAD)
	if agent == Agent.BARE:
		return Verdict(UNKNOWN, HitReason.BARE_AGENT)
	if age < TOO_EARLY:
		return Verdict(UNKNOWN, HitReason.SCAN_TIME)
	if agent == Agent.PROXY_ON_OPENING:
		return Verdict(HUMAN, HitReason.PROXY_ON_OPENING)
	if agent == Agent.MAIL_PROGRAM:
		return Verdict(HUMAN, HitReason.MAIL_PROGRAM)
	if age >= SCAN_END or (age >= SCAN_PEAK and quiet):
		return Verdict(HUMAN, HitReason.PERSON)
	return Verdict(UNKNOWN, HitReason.SCAN_TIME)


def _recognise(rest: Sequence[Hit], verdicts: dict[str, Verdict]) -> None:
	"""An early hit was a person's if a person came from the same place with the same program after the time of scans."""
	people = {
		(hit.origin, hit.user_agent)
		for hit in rest
		if hit.origin and verdicts[hit.name].classification == HUMAN and not hit.is_by_proxy
	}
	for hit in rest:
		if verdicts[hit.name].reason == HitReason.SCAN_TIME and (hit.origin, hit.user_agent) in people:
			verdicts[hit.name] = Verdict(HUMAN, HitReason.SAME_PERSON)


def _age(hit: Hit, sent_on: datetime | None) -> timedelta:
	return hit.moment - sent_on if sent_on else timedelta.max
