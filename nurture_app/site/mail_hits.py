"""Raw hits on pixels and links: from the request to Redis, and from there to `Nurture Mail Hit` and out of it again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from ipaddress import ip_address

import frappe
from frappe.utils import now_datetime
from pypika import functions as fn

from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.config import load_settings
from nurture_app.engine.live import Choices, load_choices
from nurture_app.engine.ports import Host
from nurture_app.engine.privacy_rules import load_privacy_rules, not_to_track
from nurture_app.engine.sql import Query, chunks, doctype, params
from nurture_app.engine.tracking.switches import NO_TRACKING, what_to_track
from nurture_app.site.public.request import PublicRequest
from nurture_app.site.waiting_list import WaitingList

HITS = WaitingList("nurture_mail_hits", most=100_000)
"""Some 40 MB of Redis at most; what comes on top is dropped. A tick takes them all every five minutes."""

MOST_PER_TOUCH = 200
"""Hits of one mail that are kept. A link passed around the office comes nowhere near it."""

AT_ONCE = 1000
DAYS = 90
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
"""Headers with which browsers say that they fetch ahead."""

COLUMNS = ("name", "touch", "party_type", "party", "kind", "link", "hit_on", "user_agent", "origin", "method")
COLUMNS += ("purpose", "settled")


@dataclass(frozen=True, slots=True)
class Hit:
	"""One request, as it waits in Redis."""

	name: str
	kind: str
	"""`Open` or `Click`."""
	token: str
	link: str
	hit_on: str
	"""ISO, in the site's time zone."""
	user_agent: str
	origin: str
	method: str
	purpose: str


@dataclass(frozen=True, slots=True)
class _Touch:
	name: str
	party: str
	sequence: str
	no_tracking: int
	country: str | None


def push(request: PublicRequest, kind: str, token: str, link: str = "") -> None:
	"""Put a hit on the list: one round trip to Redis. Losing one is better than failing the reader."""
	try:
		now = now_datetime()
		hit = Hit(
			name=secrets.token_hex(10),
			kind=kind,
			token=token,
			link=link,
			hit_on=now.isoformat(),
			user_agent=without_markup(request.user_agent)[:300],
			origin=_origin(request.address, now),
			method=request.method,
			purpose=", ".join(filter(None, map(request.header, PURPOSES)))[:140],
		)
		HITS.push(json.dumps(astuple(hit)))
	except Exception:
		frappe.logger("nurture_app").warning("a mail hit was lost", exc_info=True)


def collect(host: Host) -> int:
	"""Move waiting hits to the database; returns how many were kept. A hit has its id from the start: stored twice, it is one."""
	kept = 0

	def store(texts: list[str]) -> None:
		nonlocal kept
		hits = [Hit(*json.loads(text)) for text in texts]
		with host.db.transaction():
			kept += host.db.insert("tabNurture Mail Hit", COLUMNS, _rows(host, hits), ignore=True)

	with HITS.alone() as is_ours:
		if is_ours:
			HITS.work_off(store)
	return kept


def forget_old() -> None:
	"""Nightly: raw hits after as many days as Nurture Settings says. What they led to stays in the activities."""
	days = frappe.db.get_single_value("Nurture Settings", "hit_days") or DAYS
	before = now_datetime() - timedelta(days=days)
	while names := frappe.get_all(
		"Nurture Mail Hit",
		filters={"settled": ["in", [0, 1]], "hit_on": ["<", before]},
		pluck="name",
		order_by=None,
		limit=10 * AT_ONCE,
	):
		frappe.db.delete("Nurture Mail Hit", {"name": ["in", names]})
		frappe.db.commit()  # nosemgrep: a nightly job


def _rows(host: Host, hits: Sequence[Hit]) -> list[tuple]:
	"""What is kept of `hits`: those of known mails that may still be tracked. Indexes (tracking_token), (touch)."""
	touches = _touches(host, {hit.token for hit in hits})
	settings = load_settings(host.db)
	sequences = load_choices(host, {one.sequence for one in touches.values() if one.sequence})
	countries = {one.party: one.country for one in touches.values()}
	untracked = not_to_track(host, load_privacy_rules(host.db, settings), countries)
	counts = _counts(host, {one.name for one in touches.values()})
	rows = []
	for hit in hits:
		touch = touches.get(hit.token)
		if not touch or not touch.party or counts.get(touch.name, 0) >= MOST_PER_TOUCH:
			continue
		tracked = sequences.get(touch.sequence, Choices()).is_tracked
		may_track = tracked and touch.party not in untracked
		opens, clicks = what_to_track(settings, may_track, {NO_TRACKING: touch.no_tracking})
		if not (opens if hit.kind == "Open" else clicks):
			continue
		counts[touch.name] = counts.get(touch.name, 0) + 1
		rows.append(
			(
				hit.name,
				touch.name,
				"Lead",
				touch.party,
				hit.kind,
				hit.link or None,
				datetime.fromisoformat(hit.hit_on),
				hit.user_agent,
				hit.origin,
				hit.method,
				hit.purpose,
				0,
			)
		)
	return rows


def _touches(host: Host, tokens: set[str]) -> dict[str, _Touch]:
	"""By tracking token, compared exactly. Leads that are gone are left out."""
	touch, lead = doctype("Nurture Touch", "t"), doctype("Lead", "lead")
	query = Query.from_(touch).join(lead).on(lead.name == touch.party)
	query = query.select(
		touch.tracking_token,
		touch.name,
		touch.party,
		touch.sequence,
		getattr(lead, NO_TRACKING),
		lead.country,
	)
	found = {}
	for some in chunks(sorted(tokens)):
		for token, *values in host.db.rows(query.where(touch.tracking_token.isin(params(some)))):
			found[token] = _Touch(*values)
	return found


def _counts(host: Host, touches: set[str]) -> dict[str, int]:
	hit = doctype("Nurture Mail Hit", "h")
	found: dict[str, int] = {}
	for some in chunks(sorted(touches)):
		query = Query.from_(hit).select(hit.touch, fn.Count(hit.name)).where(hit.touch.isin(params(some)))
		found.update(host.db.rows(query.groupby(hit.touch)))
	return found


def _origin(address: str, now: datetime) -> str:
	"""An IP address hashed with a secret of the day; of version 6 its network alone. Empty for those of no public network:
	they are a proxy's, and say nothing."""
	try:
		known = ip_address(address)
	except ValueError:
		return ""
	if not known.is_global:
		return ""
	network = known.packed[:8] if known.version == 6 else known.packed
	return blake2s(network, key=_salt(now), digest_size=10).hexdigest()


def _salt(now: datetime) -> bytes:
	"""Random, of this day alone, forgotten two days later: from then on nobody can tell whose address it was."""
	key = (frappe.local.site, now.date().isoformat())
	if key not in _salts:
		redis_key = frappe.cache.make_key(f"{HITS.key}_salt:{key[1]}")
		frappe.cache.set(redis_key, secrets.token_hex(16), ex=2 * 86400, nx=True)
		stored = frappe.cache.get(redis_key)
		_salts.clear()
		_salts[key] = bytes.fromhex(stored.decode())
	return _salts[key]


_salts: dict[tuple[str, str], bytes] = {}
"""Of today, by site."""
