"""Who made a hit: tables of stories, each hit with what should be thought of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture_app.engine.tracking.agents import Agent, agent_of
from nurture_app.engine.tracking.classify import REASONS, Hit, HitReason, judge

SENT = datetime(2026, 3, 2, 9, 0)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.3.0"
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.12026; Pro)"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_AHEAD = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
APPLE = "Mozilla/5.0"
BARRACUDA = "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.0; Trident/5.0) Barracuda Sentinel (EE)"

AGENTS = [
	(CHROME, Agent.BROWSER),
	(FIREFOX, Agent.BROWSER),
	(PHONE, Agent.BROWSER),
	(THUNDERBIRD, Agent.MAIL_PROGRAM),
	(OUTLOOK, Agent.MAIL_PROGRAM),
	(
		"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5000; MSOffice 16)",
		Agent.MAIL_PROGRAM,
	),
	(
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
		Agent.MAIL_PROGRAM,
	),
	("Outlook-Android/2.0", Agent.MAIL_PROGRAM),
	(GOOGLE, Agent.PROXY_ON_OPENING),
	(YAHOO, Agent.PROXY_ON_OPENING),
	(APPLE, Agent.PROXY_AHEAD),
	(GMAIL_AHEAD, Agent.PROXY_AHEAD),
	(BARRACUDA, Agent.ROBOT),
	("python-requests/2.31", Agent.ROBOT),
	("curl/8.1.2", Agent.ROBOT),
	("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", Agent.ROBOT),
	("Microsoft Office Existence Discovery", Agent.ROBOT),
	(
		"Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/90 Safari/537.36",
		Agent.ROBOT,
	),
	("", Agent.BARE),
	("  ", Agent.BARE),
	("-", Agent.BARE),
	("\x00\ufffd" * 40, Agent.BARE),
]


@pytest.mark.parametrize(("user_agent", "expected"), AGENTS)
def test_what_a_user_agent_says(user_agent, expected):
	assert agent_of(user_agent) == expected


def opening(after: float, agent: str = CHROME, origin: str = "a", **more: str) -> Hit:
	return Hit("", False, SENT + timedelta(seconds=after), user_agent=agent, origin=origin, **more)


def click(after: float, link: str = "one", agent: str = CHROME, origin: str = "a", **more: str) -> Hit:
	return Hit(
		"",
		True,
		SENT + timedelta(seconds=after),
		link,
		link == "trap",
		user_agent=agent,
		origin=origin,
		**more,
	)


MINUTE, HOUR, DAY = 60, 3600, 86400

STORIES = {
	"somebody reads and follows a link": [
		(opening(2 * HOUR), "human person"),
		(click(2 * HOUR + 20), "human person"),
	],
	"a click without a picture, as most mail programs hide pictures": [(click(HOUR), "human person")],
	"a scan 30 s after the send": [
		(opening(30), "machine with_trap"),
		(click(30.2, "one"), "machine many_links"),
		(click(30.4, "two"), "machine many_links"),
		(click(30.6, "trap"), "machine trap"),
	],
	"a scan of a mail with one link": [
		(click(45), "machine with_trap"),
		(click(46.3, "trap"), "machine trap"),
	],
	"a scan that cannot see hidden links, of a mail with one link": [(click(45), "unknown scan_time")],
	"a scan that cannot see hidden links": [
		(opening(40), "machine with_scan"),
		(click(40.1, "one"), "machine many_links"),
		(click(40.9, "two"), "machine many_links"),
	],
	"a scan, and a person who reads after lunch": [
		(click(30, "one", origin="scan"), "machine many_links"),
		(click(30.5, "two", origin="scan"), "machine many_links"),
		(opening(3 * HOUR, PHONE), "human person"),
		(click(3 * HOUR + 30, "two", PHONE), "human person"),
	],
	"a scan from several addresses": [
		(click(70, "one", origin="a"), "machine many_links"),
		(click(70.4, "two", origin="b"), "machine many_links"),
		(click(71.2, "two", origin="c"), "machine with_scan"),
		(click(73, "two", FIREFOX, "d"), "machine with_scan"),
	],
	"the hidden link, followed later from the same program and address": [
		(click(HOUR, "one"), "machine with_trap"),
		(click(5 * HOUR, "trap"), "machine trap"),
	],
	"the hidden link, and a colleague behind the same address much later": [
		(click(30, "trap", FIREFOX), "machine trap"),
		(click(90, "one"), "machine with_trap"),
		(click(HOUR, "one"), "human person"),
	],
	"a check whether the link works, then the link": [
		(click(HOUR, method="HEAD"), "machine head"),
		(click(HOUR + 1), "machine with_scan"),
	],
	"a check of the mail provider while somebody clicks": [
		(click(HOUR, agent=FIREFOX, origin="provider", method="HEAD"), "machine head"),
		(click(HOUR + 1), "human person"),
	],
	"a browser fetches ahead": [
		(click(HOUR, purpose="prefetch;prerender"), "machine prefetch"),
		(click(HOUR + 60), "human person"),
	],
	"a robot that says so": [
		(opening(HOUR, BARRACUDA), "machine robot"),
		(click(HOUR, agent="curl/8.1.2"), "machine robot"),
	],
	"a click nobody could have made yet": [
		(click(4), "machine too_early"),
		(opening(4), "unknown scan_time"),
	],
	"a quick reader": [
		(opening(70, FIREFOX), "human person"),
		(click(90, agent=FIREFOX), "human opened_before"),
	],
	"a click in the minutes of the scanners, with nothing before": [(click(150), "unknown scan_time")],
	"a very quick reader, known again": [
		(click(40), "human same_person"),
		(click(2 * HOUR, "two"), "human person"),
	],
	"two early clicks of nobody knows who": [
		(click(40), "unknown scan_time"),
		(click(50), "unknown scan_time"),
	],
	"Gmail": [
		(opening(20, GOOGLE, "g"), "human proxy_on_opening"),
		(opening(HOUR, GOOGLE, "g"), "human proxy_on_opening"),
	],
	"Gmail before anybody could look": [(opening(5, GOOGLE, "g"), "unknown scan_time")],
	"Gmail fetches ahead in an open inbox": [(opening(30, GMAIL_AHEAD, "g"), "unknown fetched_ahead")],
	"Yahoo": [(opening(30, YAHOO, "y"), "human proxy_on_opening")],
	"Apple, which hides who opens": [
		(opening(90, APPLE, "apple"), "unknown fetched_ahead"),
		(opening(DAY, APPLE, "apple"), "unknown fetched_ahead"),
	],
	"Apple, and then a click": [
		(opening(90, APPLE, "apple"), "unknown fetched_ahead"),
		(click(3 * HOUR, agent=PHONE), "human person"),
	],
	"somebody opens in Gmail during a scan": [
		(click(60, "one", origin="s"), "machine many_links"),
		(click(60.5, "two", origin="s"), "machine many_links"),
		(opening(61, GOOGLE, "g"), "human proxy_on_opening"),
	],
	"a mail program shows the picture": [(opening(40, THUNDERBIRD), "human mail_program")],
	"a picture fetched in the minutes of the scanners": [(opening(30), "unknown scan_time")],
	"a picture fetched alone after the peak": [(opening(90), "human person")],
	"a picture fetched while a machine was there": [
		(opening(200, FIREFOX, "b"), "unknown scan_time"),
		(click(100, agent="curl/8.1.2"), "machine robot"),
	],
	"nobody says who asks": [
		(opening(HOUR, ""), "unknown bare_agent"),
		(click(HOUR, agent=""), "unknown bare_agent"),
	],
	"three links in tabs, one after the other": [
		(click(HOUR, "one"), "human person"),
		(click(HOUR + 4, "two"), "human person"),
		(click(HOUR + 8, "three"), "human person"),
	],
	"three links in five seconds": [
		(click(HOUR, "one"), "machine many_links"),
		(click(HOUR + 2, "two"), "machine many_links"),
		(click(HOUR + 4, "three"), "machine many_links"),
	],
	"a double click": [(click(HOUR, "one"), "human person"), (click(HOUR + 0.3, "one"), "human person")],
	"an archive that looks again after a month": [
		(click(30 * DAY, "one"), "machine many_links"),
		(click(30 * DAY + 0.5, "two"), "machine many_links"),
	],
}


def named(hits) -> list[Hit]:
	return [replace(hit, name=f"hit {place}") for place, hit in enumerate(hits)]


@pytest.mark.parametrize("story", STORIES)
def test_stories(story):
	hits = named(hit for hit, _ in STORIES[story])
	verdicts = judge(hits, SENT)
	found = [f"{verdicts[hit.name].classification} {verdicts[hit.name].reason}" for hit in hits]
	assert found == [expected for _, expected in STORIES[story]]


def test_an_origin_that_opens_for_many_is_a_machine_but_not_a_mail_providers_proxy():
	hits = named([opening(HOUR), click(HOUR + 9), opening(HOUR, GOOGLE)])
	verdicts = judge(hits, SENT, crowded=[hit.name for hit in hits])
	assert [str(verdicts[hit.name].reason) for hit in hits] == ["crowd", "crowd", "proxy_on_opening"]


def test_without_a_known_time_of_sending_only_what_is_seen_counts():
	hits = named([click(30, "one"), click(30.5, "two"), click(HOUR)])
	assert [judge(hits, None)[hit.name].classification for hit in hits] == ["machine", "machine", "human"]


def test_addresses_that_say_nothing_make_no_company():
	hits = named([click(HOUR, "trap", origin=""), click(HOUR + 60, "one", origin="")])
	assert [judge(hits, SENT)[hit.name].classification for hit in hits] == ["machine", "human"]


def test_each_reason_has_a_sentence():
	assert set(REASONS) == set(HitReason)


hits = st.lists(
	st.builds(
		Hit,
		name=st.uuids().map(str),
		is_click=st.booleans(),
		moment=st.integers(-5, 1000).map(lambda seconds: SENT + timedelta(seconds=seconds)),
		link=st.sampled_from(["one", "two", "trap"]),
		is_trap=st.booleans(),
		user_agent=st.sampled_from([CHROME, FIREFOX, GOOGLE, APPLE, BARRACUDA, THUNDERBIRD, ""]),
		origin=st.sampled_from(["", "a", "b"]),
		method=st.sampled_from(["GET", "HEAD"]),
		purpose=st.sampled_from(["", "prefetch"]),
	),
	unique_by=lambda hit: hit.name,
	max_size=12,
)


@given(hits)
def test_every_hit_gets_one_verdict_whatever_the_order(some):
	verdicts = judge(some, SENT)
	assert set(verdicts) == {hit.name for hit in some}
	assert judge(list(reversed(some)), SENT) == verdicts
	assert all(verdicts[hit.name].classification == "machine" for hit in some if hit.is_trap)
