"""What a user agent says about who asked: a robot, a proxy that opens for its users, a mail program, a browser.

Only what it says: scanners that pretend to be a browser are found by what they do (`classify`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from crawlerdetect import CrawlerDetect
from ua_parser import user_agent_parser

from nurture_app.engine.codes import StrEnum


class Agent(StrEnum):
	ROBOT = "robot"
	PROXY_ON_OPENING = "proxy_on_opening"
	"""Fetches pictures when its user opens the mail."""
	PROXY_AHEAD = "proxy_ahead"
	"""Fetches pictures when the mail arrives, or before its user has seen it."""
	MAIL_PROGRAM = "mail_program"
	BROWSER = "browser"
	BARE = "bare"
	"""Says nothing about itself."""


SCANNERS_FILE = Path(__file__).with_name("mail_scanners.txt")

# Google and Yahoo fetch a picture when it is shown, and say so in their user agent.
_ON_OPENING = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)
# Apple's Mail Privacy Protection fetches everything on arrival and calls itself nothing but this; Gmail's prefetch of
# mails that arrive while the inbox is open (published by SparkPost in January 2022) ends so.
_AHEAD = re.compile(r"^Mozilla/5\.0$|Edge/12\.246 Mozilla/5\.0$")
_MAIL_FAMILIES = re.compile(
	r"outlook|thunderbird|apple mail|lotus notes|airmail|superhuman|spark|windows live mail", re.I
)
_MAIL_WORDS = re.compile(
	r"\bms-?office\b|outlook|thunderbird|em client|postbox|\bkmail|evolution/|airmail|the bat!|k-9|fairemail",
	re.IGNORECASE,
)
_crawlers = CrawlerDetect()


@lru_cache(maxsize=4096)
def agent_of(user_agent: str) -> Agent:
	"""What kind of program `user_agent` names."""
	text = user_agent.strip()
	if not text:
		return Agent.BARE
	if _scanners().search(text):
		return Agent.ROBOT
	if _ON_OPENING.search(text):
		return Agent.PROXY_ON_OPENING
	if _AHEAD.search(text):
		return Agent.PROXY_AHEAD
	known = user_agent_parser.Parse(text)
	family = known["user_agent"]["family"]
	# before the list of crawlers, which holds Outlook for one
	if _MAIL_FAMILIES.search(family) or _MAIL_WORDS.search(text):
		return Agent.MAIL_PROGRAM
	if _crawlers.is_crawler(text):
		return Agent.ROBOT
	if family == "Other" and known["os"]["family"] == "Other":
		return Agent.BARE
	return Agent.BROWSER


@lru_cache(maxsize=1)
def _scanners() -> re.Pattern[str]:
	lines = SCANNERS_FILE.read_text(encoding="utf-8").splitlines()
	words = [re.escape(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
	return re.compile(r"\b(?:" + "|".join(words) + ")", re.IGNORECASE)
