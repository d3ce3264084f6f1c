"""Whatever a stranger sends to any public route: no error of ours, no changed row, no way out to another website.

The table of routes itself is the list of what is attacked, so a new route is attacked from the day it is there. The
seed is printed; `NURTURE_FUZZ_SEED` repeats a run and `NURTURE_FUZZ_CASES` sets its length (10,000).
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import frappe
from frappe.utils import now_datetime
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from nurture_app.site.links import signed_url, site_url
from nurture_app.site.public import limits
from nurture_app.site.public.links import DOCTYPE as PUBLIC_LINK
from nurture_app.site.public.links import make_link
from nurture_app.site.public.router import ROUTES
from nurture_app.site.testing.factories import settle_settings
from nurture_app.site.testing.known_good import KNOWN_GOOD, STORED_HOST, new_touch
from nurture_app.site.testing.raw_requests import RawAnswer, RawRequest, in_a_worker, snapshot
from nurture_app.site.testing.site_case import SiteCase

CASES = int(os.environ.get("NURTURE_FUZZ_CASES") or 10_000)
SEED = int(os.environ.get("NURTURE_FUZZ_SEED") or random.randrange(2**32))
ROUNDS = 8
"""Between them known-good requests are made, and all tables compared."""
MARK = "evilmark"
EVIL = "evil.example"

LOGGED: dict[str, str] = {
	"tabNurture Refused Event": "what a source sent and was refused is kept for its owner to read",
}
"""Tables that refused requests may add to, and why."""

GIVEN_AWAY = (
	"traceback (most recent",
	"pymysql",
	"frappe.exceptions",
	"operationalerror",
	"programmingerror",
)
GIVEN_AWAY += ("jinja2.", "you have an error in your sql", 'file "/', "site-packages")

FIELDS = (
	"email",
	"email_id",
	"address",
	"first_name",
	"consent",
	"topics",
	"frequency",
	"token",
	"url",
	"redirect",
)
FIELDS += (
	"next",
	"website",
	"visitor",
	"event_id",
	"events",
	"type",
	"List-Unsubscribe",
	"csrf_token",
	"stamp",
)
HOSTILE = (
	f"https://{EVIL}/",
	f"//{EVIL}",
	f"javascript:alert('{MARK}')",
	f"\r\nX-Evil: {MARK}",
	f"%0d%0aSet-Cookie: {MARK}=1",
	f"<{MARK}>",
	f'"><{MARK} onload=1>',
	"' OR '1'='1",
	"'; DROP TABLE `tabLead`; --",
	"{{ 7 * 7 }}{% for x in [].__class__.__mro__ %}",
	"../../../../etc/passwd",
	"\x00",
	"\ud7ff\uffff",
	"é" * 40,
	"🂡" * 30,
	"A" * 3000,
	"%s%s%n%d",
	"%",
	"-1",
	"9" * 400,
	"NaN",
	"null",
	"__class__",
)
CONTENT_TYPES = (
	None,
	"",
	"application/json",
	"application/json; charset=utf-7",
	"application/x-www-form-urlencoded",
	"application/x-www-form-urlencoded; charset=bogus",
	"multipart/form-data",
	"multipart/form-data; boundary=",
	"multipart/form-data; boundary=x",
	"multipart/form-data; boundary=" + "y" * 300,
	"text/plain",
	"text/xml",
	"message/rfc822",
	"*/*",
	";;;",
	"application/json\x00",
)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get")
HEADER_NAMES = (
	"User-Agent",
	"Referer",
	"Origin",
	"Accept",
	"Accept-Language",
	"Cookie",
	"X-Forwarded-For",
	"X-Real-IP",
)
HEADER_NAMES += (
	"X-Forwarded-Host",
	"X-Forwarded-Proto",
	"X-HTTP-Method-Override",
	"Content-Encoding",
	"DNT",
)
HEADER_NAMES += (
	"Transfer-Encoding",
	"Expect",
	"Range",
	"If-None-Match",
	"If-Modified-Since",
	"Sec-GPC",
	"Sec-Purpose",
)

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
json_values = st.recursive(
	st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
	lambda inner: st.one_of(
		st.lists(inner, max_size=4),
		st.dictionaries(st.one_of(st.sampled_from(FIELDS), texts), inner, max_size=4),
	),
	max_leaves=8,
)


def as_form(pairs: list[tuple[str, str]]) -> bytes:
	return "&".join(f"{key}={value}" for key, value in pairs).encode("utf-8", "surrogatepass")


def as_multipart(pairs: list[tuple[str, str]]) -> bytes:
	parts = [
		f'--x\r\nContent-Disposition: form-data; name="{key}"; filename="{value[:20]}"\r\n\r\n{value}\r\n'
		for key, value in pairs
	]
	return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")


pairs = st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), texts), texts), max_size=5)
bodies = st.one_of(
	st.just(b""),
	st.binary(max_size=80),
	json_values.map(lambda value: json.dumps(value).encode()),
	json_values.map(lambda value: json.dumps(value).encode()[:-1]),
	pairs.map(as_form),
	pairs.map(as_multipart),
	st.sampled_from(
		(
			b"[" * 5000,
			b'{"a":' * 3000 + b"1" + b"}" * 3000,
			b"\xff\xfe\x00{",
			b'{"email": "\\ud800"}',
			b'{"email": NaN, "events": [null, 1e999]}',
			b"email=%ff%fe&email=%00",
			b"&" * 2000,
			b"a=1&" * 1500,
			b"--x\r\n\r\n",
			b"\x1f\x8b\x08\x00garbage",
			b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
			b"x" * 70_000,
		)
	),
)
header_values = texts.map(lambda text: text.encode("utf-8", "replace").decode("latin-1"))
# A web server lets no other characters through in Host, and Frappe relies on that.
hosts = st.tuples(st.just("Host"), st.sampled_from((EVIL, f"{EVIL}:8000", "localhost", "127.0.0.1", "[::1]")))
headers = st.lists(st.one_of(st.tuples(st.sampled_from(HEADER_NAMES), header_values), hosts), max_size=3).map(
	tuple
)
ips = st.one_of(
	st.integers(0, 2**32 - 1).map(
		lambda number: ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
	),
	st.sampled_from(("::1", "unknown", "a" * 500, "127.0.0.1, 10.0.0.1", "' OR 1", "é", "%00")),
)
queries = st.one_of(
	st.just(""),
	pairs.map(lambda found: as_form([one for one in found if one[0] != "cmd"]).decode("latin-1")),
	st.sampled_from(
		(
			f"url=https://{EVIL}/",
			f"redirect=//{EVIL}&next=https://{EVIL}",
			"_lang=../../x",
			"_lang=de&_lang=%00",
			"%ff%fe=%00",
			"a[]=1&a[b]=2",
			"&" * 300,
			f"x=%0d%0aX-Evil:%20{MARK}",
		)
	),
)


class Material:
	"""Tokens of every kind, real ones of several people among them."""

	def __init__(self) -> None:
		self.people = [new_touch() for _number in range(3)]
		self.purposes = sorted(name.split("/")[1] for name in ROUTES if "/" in name)
		self.links = {purpose: self._link(purpose) for purpose in self.purposes}
		self.expired = {purpose: self._link(purpose, days=-1) for purpose in self.purposes}
		self.used = {purpose: self._link(purpose) for purpose in self.purposes}
		frappe.db.set_value(
			PUBLIC_LINK,
			{"token": ["in", [self._token(one) for one in self.used.values()]]},
			"used_on",
			now_datetime(),
		)
		frappe.db.commit()  # nosemgrep: requests have their own connection

	def _link(self, purpose: str, days: int = 7) -> str:
		return make_link(
			purpose, address=self.people[0]["address"], party=self.people[0]["lead"], days=days
		).rsplit("/", 1)[1]

	def _token(self, signed: str) -> str:
		return signed[:22]

	def valid(self, route: str) -> list[str]:
		"""What opens a route: everything a request with it may rightly do is not looked at."""
		tokens = [person["token"] for person in self.people]
		if route == "u":
			return tokens
		purpose = route.split("/")[1]
		every = [*tokens, *(person["tracking_token"] for person in self.people)]
		signed = [signed_url(purpose, token).rsplit("/", 1)[1] for token in every]
		return [self.links[purpose], *signed]

	def useless(self, route: str) -> list[str]:
		"""Forged, truncated, of another purpose, expired, used, without a signature."""
		purpose = route.split("/")[-1]
		mine = self.valid(route)
		others = [self.valid(other)[0] for other in ROUTES if other != route]
		found = [one[:-1] for one in mine] + [one[:-1] + ("A" if one[-1] != "A" else "B") for one in mine]
		found += (
			[one.swapcase() for one in mine if one.swapcase() != one] + [one + "A" for one in mine] + others
		)
		found += ["A" * 22, "", ".", "..", "a" * 60, "x" * 3000]
		if route != "u":
			found += [person["token"] for person in self.people]
			found += [
				signed_url(purpose, "B" * 22).rsplit("/", 1)[1],
				signed_url("other", "B" * 22).rsplit("/", 1)[1],
			]
			found += [self.expired[purpose], self.used[purpose]]
		return sorted(set(found) - set(mine))


def paths(route: str, tokens: list[str]) -> st.SearchStrategy[bytes]:
	"""Below the route: tokens, hostile texts, too few and too many parts."""
	part = st.one_of(st.sampled_from(tokens), texts)
	tails = st.lists(part, max_size=3).map(lambda parts: "".join(f"/{one}" for one in parts))
	endings = st.sampled_from(("", "", "", "/", ".html", "//", "/index", "/;x=1", "/%00", "/\x00"))
	return st.builds(
		lambda tail, ending: f"/{route}{tail}{ending}".encode("utf-8", "surrogatepass"), tails, endings
	)


def requests(route: str, tokens: list[str], methods: tuple[str, ...]) -> st.SearchStrategy[RawRequest]:
	return st.builds(
		RawRequest,
		method=st.sampled_from(methods),
		path=paths(route, tokens),
		query=queries,
		body=bodies,
		content_type=st.sampled_from(CONTENT_TYPES),
		headers=headers,
		content_length=st.sampled_from((None, None, None, None, "abc", "-1", "0", "99999999999")),
		ip=ips,
	)


def spoilt_json(value: Any, place: int, new: Any) -> Any:
	"""`value` with its node number `place` (counted round and round, from the top) replaced by `new`."""
	nodes: list[tuple[Any, Any]] = []

	def walk(inner: Any) -> None:
		keys = inner if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
		for key in keys:
			nodes.append((inner, key))
			walk(inner[key])

	copy = json.loads(json.dumps(value))
	walk(copy)
	if not nodes:
		return new
	holder, key = nodes[place % len(nodes)]
	holder[key] = new
	return copy


def spoilt_body(good: bytes, place: int, new: Any, text: str) -> bytes:
	"""A body that works but for one thing in it."""
	try:
		return json.dumps(spoilt_json(json.loads(good), place, new)).encode()
	except ValueError:
		fields = parse_qsl(good.decode(), keep_blank_values=True) or [("x", "")]
		fields[place % len(fields)] = (fields[place % len(fields)][0], text)
		return urlencode(fields, errors="replace").encode()


def spoilt(good: RawRequest) -> st.SearchStrategy[RawRequest]:
	"""A request that works, with another body, query, type or header."""
	near = st.builds(spoilt_body, st.just(good.body), st.integers(0, 40), json_values, texts)
	return st.builds(
		replace,
		st.just(good),
		query=queries,
		body=st.one_of(near, near, bodies) if good.body else bodies,
		content_type=st.one_of(st.just(good.content_type), st.sampled_from(CONTENT_TYPES)),
		headers=headers.map(lambda found: (*found, *good.headers)),
		ip=ips,
	)


class TestFuzz(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		print(f"NURTURE_FUZZ_SEED={SEED} NURTURE_FUZZ_CASES={CASES}", file=sys.stderr)
		settle_settings()
		cls.hosts = {"", frappe.local.site, urlsplit(site_url()).netloc, STORED_HOST}
		cls.material = Material()
		cls.good = {route: make().request for route, make in KNOWN_GOOD.items() if route in ROUTES}
		cls.seen: Counter = Counter()

	def test_every_route_has_a_request_that_works(self) -> None:
		self.assertFalse(set(ROUTES) - set(KNOWN_GOOD), "add a line to site/testing/known_good.py")

	def test_nothing_useless_changes_a_row_or_breaks_a_page(self) -> None:
		"""Forged and worn-out tokens with any method and body; real ones that are only looked at."""
		attacks = [requests(route, self.material.useless(route), METHODS) for route in sorted(ROUTES)]
		looks = [requests(route, self._open(route), ("GET", "HEAD")) for route in sorted(ROUTES)]
		different: list[str] = []
		for number in range(ROUNDS):
			before = snapshot(frozenset(LOGGED))
			self._run(st.one_of(*attacks, *looks), CASES * 7 // 10 // ROUNDS, SEED + number, may_write=False)
			after = snapshot(frozenset(LOGGED))
			different += [table for table in after if before.get(table) != after[table]]
			self._known_good_requests_work()
		self.assertFalse(different)
		self.assertGreaterEqual(self.seen["worked"], ROUNDS * len(set(ROUTES) & set(KNOWN_GOOD)))
		print(dict(self.seen), file=sys.stderr)

	def test_real_tokens_with_hostile_bodies_never_break_a_page(self) -> None:
		"""Such a request may act, for its token is good: only the answer is looked at, and other people's rows."""
		methods = ("POST", "GET", "PUT")
		hostile = [requests(route, self._open(route), methods) for route in sorted(ROUTES)]
		hostile += [spoilt(request) for request in self.good.values()] * 3
		bystander = new_touch()
		before = self._rows_of(bystander)
		self._run(st.one_of(*hostile), CASES * 3 // 10, SEED, may_write=True)
		frappe.db.rollback()
		self.assertEqual(self._rows_of(bystander), before)

	def _open(self, route: str) -> list[str]:
		"""What comes after the route's own name in an address that works."""
		tails = [self.good[route].path.decode().removeprefix(f"/{route}/")] if route in self.good else []
		return [*self.material.valid(route), *tails]

	def _rows_of(self, person: dict[str, str]) -> tuple:
		return (
			frappe.db.get_value("Lead", person["lead"], ["modified", "email_id", "nurture_email_consent"]),
			frappe.db.get_value("Nurture Touch", person["name"], ["status", "party", "address", "opened_on"]),
			frappe.db.count("Nurture Suppression", {"address": person["address"]}),
		)

	def _run(self, cases: st.SearchStrategy, number: int, start: int, *, may_write: bool) -> None:
		def work(send) -> None:
			@seed(start)
			@settings(
				max_examples=number,
				deadline=None,
				database=None,
				phases=(Phase.generate, Phase.shrink),
				suppress_health_check=list(HealthCheck),
			)
			@given(cases)
			def survives(request: RawRequest) -> None:
				answer = send(request)
				self.seen[answer.status] += 1
				self._check(request, answer, may_write)

			survives()

		in_a_worker(work)

	def _check(self, request: RawRequest, answer: RawAnswer, may_write: bool) -> None:
		assert answer.status < 500, (answer.status, answer.body[:300])
		written = [one for one in answer.written if not any(table in one for table in LOGGED)]
		assert may_write or not written, written
		target = urlsplit(answer.header("Location"))
		assert EVIL not in target.netloc and target.scheme in ("", "http", "https"), answer.header("Location")
		assert target.netloc in self.hosts, answer.header("Location")
		for name, value in answer.headers:
			assert "\r" not in value and "\n" not in value and name.lower() != "x-evil", (name, value)
			assert name == "Location" or MARK not in value, (name, value)
		body = answer.body.lower()
		for sign in GIVEN_AWAY:
			assert sign.encode() not in body, (sign, answer.body[:500])
		assert f"<{MARK}".encode() not in body, "what came in stands in the page as HTML"

	def _known_good_requests_work(self) -> None:
		for route in sorted(set(ROUTES) & set(KNOWN_GOOD)):
			good = KNOWN_GOOD[route]()
			limits.forget("*")
			answer = in_a_worker(lambda send, good=good: send(good.request))
			frappe.db.rollback()
			self.assertEqual(answer.status, good.status, (route, answer.body[:500]))
			self.assertTrue(good.has_acted(), route)
			self.seen["worked"] += 1


class TestFloods(SiteCase):
	"""A route with a rate takes no more than it in a minute from one address."""

	def test_a_flood_is_told_to_wait(self) -> None:
		for route, settled in sorted(ROUTES.items()):
			if not settled.per_minute:
				continue
			with self.subTest(route):
				limits.forget("*")
				method = "GET" if "GET" in settled.methods else "POST"
				one = RawRequest(method, f"/{route}/nothing".encode(), ip="198.51.100.7")
				limits.count(route, "198.51.100.7", settled.per_minute)
				statuses = in_a_worker(lambda send, one=one: [send(one).status for _number in range(3)])
				self.assertIn(429, statuses)
				other = in_a_worker(lambda send, one=one: send(replace(one, ip="198.51.100.8")).status)
				self.assertNotEqual(other, 429)
