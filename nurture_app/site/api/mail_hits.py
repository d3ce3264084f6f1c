"""What is known of the openings and clicks of one mail."""

from typing import Any

import frappe
from frappe import _

from nurture_app.engine.tracking.agents import agent_of
from nurture_app.engine.tracking.classify import REASONS

MOST = 100

AGENTS = {
	"robot": "Robot",
	"proxy_on_opening": "Proxy of a mail provider",
	"proxy_ahead": "Proxy of a mail provider",
	"mail_program": "Mail program",
	"browser": "Browser",
	"bare": "Not named",
}


@frappe.whitelist()
def of_touch(touch: str) -> dict[str, Any]:
	"""The hits of a touch in their order, each with its verdict and the reason in words, and how many of each there are."""
	frappe.has_permission("Nurture Touch", "read", doc=touch, throw=True)
	hits = frappe.get_all(
		"Nurture Mail Hit",
		filters={"touch": touch},
		fields=["kind", "link", "hit_on", "verdict", "reason", "settled", "user_agent", "method"],
		order_by="hit_on asc",
	)
	links = {hit.link for hit in hits if hit.link}
	urls = dict(
		frappe.get_all("Nurture Link", {"name": ["in", list(links)]}, ["name", "url"], as_list=True)
		if links
		else []
	)
	counts = {"human": 0, "machine": 0, "unknown": 0, "waiting": 0}
	for hit in hits:
		counts[hit.verdict if hit.settled and hit.verdict else "waiting"] += 1
	tracked = bool(frappe.db.get_value("Nurture Touch", touch, "tracking_token"))
	return {"tracked": tracked, "counts": counts, "hits": [_shown(hit, urls) for hit in hits[:MOST]]}


def _shown(hit: Any, urls: dict[str, str | None]) -> dict[str, Any]:
	url = urls.get(hit.link or "")
	return {
		"what": _("Opened")
		if hit.kind == "Open"
		else (_("Followed the hidden link") if url == "" else _("Clicked")),
		"url": url or "",
		"on": hit.hit_on,
		"verdict": hit.verdict if hit.settled else "",
		"reason": _sentence(hit.reason) if hit.settled else _("Not judged yet."),
		"program": _(AGENTS[str(agent_of(hit.user_agent or ""))]),
		"user_agent": hit.user_agent or "",
	}


def _sentence(code: str | None) -> str:
	known = {str(reason): sentence for reason, sentence in REASONS.items()}
	return _(known[code]) if code in known else ""
