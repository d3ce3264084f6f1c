"""Requests that visitors' browsers send from pages of other origins."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import frappe
from crawlerdetect import CrawlerDetect
from werkzeug.wrappers import Response

from nurture_app.site.public.request import PublicRequest


def is_bot(user_agent: str) -> bool:
	"""By a maintained list of crawlers; nothing that calls itself a browser is one."""
	return not user_agent or _is_crawler(user_agent)


def asks_not_to_be_tracked(request: PublicRequest) -> bool:
	"""Do Not Track or Global Privacy Control."""
	return request.header("DNT") == "1" or request.header("Sec-GPC") == "1"


def allow(response: Response, origin: str) -> Response:
	"""Let the page read the answer, so that its console stays quiet. Frappe does it itself where it is told to."""
	configured = frappe.conf.allow_cors
	if configured and (configured == "*" or origin in configured):
		return response
	response.headers["Access-Control-Allow-Origin"] = origin
	response.headers["Vary"] = "Origin"
	return response


def set_no_cookies() -> None:
	"""Frappe gives every guest a cookie; whoever looks at somebody's website gets none from here."""
	manager: Any = getattr(frappe.local, "cookie_manager", None)
	if manager:
		manager.cookies.clear()
		manager.to_delete.clear()


@lru_cache(maxsize=2000)
def _is_crawler(user_agent: str) -> bool:
	return bool(CrawlerDetect(user_agent=user_agent).isCrawler())
