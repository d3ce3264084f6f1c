"""How a visitor came: UTM marks, referring site, landing page, and what kind of source that is (CT-05, CT-24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

UTM_PARTS = ("source", "medium", "campaign", "term", "content")
TOUCH_COLUMNS = ("channel", "referrer", "landing_page", *(f"utm_{part}" for part in UTM_PARTS))
"""Of Nurture Visit and Nurture Visitor: what `touch_values` writes."""

BY_MEDIUM = {
	"Ads": ("cpc", "ppc", "cpm", "cpv", "paid", "paidsearch", "paidsocial", "display", "banner", "ads", "retargeting"),
	"Social": ("social", "organic_social", "social-media", "socialmedia", "sm"),
	"E-mail": ("email", "e-mail", "mail", "newsletter"),
	"Organic Search": ("organic", "seo"),
	"Referral": ("referral", "partner", "affiliate"),
	"Event": ("event", "webinar", "conference", "tradeshow", "qr"),
	"Content": ("content", "blog", "guide", "ebook", "podcast", "video"),
}  # fmt: skip
SEARCH = (
	"google", "bing", "duckduckgo", "yahoo", "ecosia", "qwant", "baidu", "yandex", "startpage", "search.brave", "naver",
)  # fmt: skip
SOCIAL = (
	"linkedin", "lnkd", "facebook", "instagram", "twitter", "t.co", "x.com", "youtube", "reddit", "xing", "tiktok",
	"pinterest", "mastodon", "bsky", "threads",
)  # fmt: skip
MAIL = ("mail.google", "outlook.live", "outlook.office", "mail.yahoo", "webmail")


@dataclass(frozen=True, slots=True)
class CameBy:
	"""One touch: how one visit began. Empty texts for what is not known."""

	source: str = ""
	medium: str = ""
	campaign: str = ""
	term: str = ""
	content: str = ""
	referrer: str = ""
	"""Site and path, without what follows a question mark."""
	landing_page: str = ""

	@property
	def utm(self) -> tuple[str, ...]:
		return self.source, self.medium, self.campaign, self.term, self.content

	@property
	def channel(self) -> str:
		"""One of the fixed kinds of sources; Direct when nothing tells."""
		medium = self.medium.lower()
		for channel, words in BY_MEDIUM.items():
			if medium in words:
				return channel
		host = (urlsplit(self.referrer).hostname or "").lower()
		if any(self.utm):
			return "Social" if _names(self.source.lower(), SOCIAL) else "Other"
		if not host:
			return "Direct"
		for channel, sites in (("E-mail", MAIL), ("Organic Search", SEARCH), ("Social", SOCIAL)):
			if _names(host, sites):
				return channel
		return "Referral"


def came_by(utm: Mapping[str, str], referrer: str, landing_page: str) -> CameBy:
	return CameBy(*(utm.get(part, "") for part in UTM_PARTS), referrer=referrer, landing_page=landing_page)


def _names(host: str, sites: tuple[str, ...]) -> bool:
	"""Whether `host` is one of `sites`, whatever its ending: `google` fits www.google.de, not notgoogle.example."""
	labels = f".{host}."
	return any(f".{site}." in labels for site in sites)


def touch_values(touch: CameBy) -> tuple[str, ...]:
	"""In the order of TOUCH_COLUMNS."""
	return (touch.channel, touch.referrer, touch.landing_page, *touch.utm)


def touch_from(row: Sequence[Any]) -> CameBy:
	"""From the values of TOUCH_COLUMNS."""
	_channel, referrer, landing_page, *utm = (value or "" for value in row)
	return CameBy(*utm, referrer=referrer, landing_page=landing_page)
