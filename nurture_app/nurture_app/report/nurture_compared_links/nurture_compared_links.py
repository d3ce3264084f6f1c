"""Which of two links brings more: pages of other systems, advertisements, mails of a partner (AB-10)."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from nurture_app.engine.figures.links import Link, compare_links
from nurture_app.engine.figures.shares import difference
from nurture_app.nurture_app.report_days import whole_days
from nurture_app.nurture_app.report_mistakes import mistakes_said
from nurture_app.site.host import site_host


@mistakes_said
def execute(filters: dict[str, Any] | None = None) -> tuple[list[dict], list[dict], str]:
	"""Columns, a row for each link, and what the figures say in words."""
	filters = frappe._dict(filters or {})
	links = compare_links(
		site_host(commit=False),
		*whole_days(filters),
		filters.activity_type or "Form Submitted",
		(filters.campaign or "").strip(),
	)
	lines = "".join(f"<p class='text-muted'>{escape_html(line)}</p>" for line in in_words(links))
	return _columns(), [_row(link) for link in links], lines


def in_words(links: list[Link]) -> list[str]:
	"""What may be said of each campaign: its links with the most visited one."""
	lines = []
	for _campaign, some in groupby(links, key=lambda link: link.campaign):
		first, *others = sorted(some, key=lambda link: (-link.visitors, link.content))
		lines += [_sentence(first, other) for other in others]
	if not links:
		lines.append(
			_(
				"No campaign has two links that visitors came by in this time. Give both the same utm_campaign, and each its own utm_content."
			)
		)
	lines.append(
		_(
			"Counted are visitors who agreed to be counted, each by the link of the first visit. From to is where the rate lies with a certainty of 95 %, for whoever looks once, at the end. It says something about the pages only if chance decided who got which link."
		)
	)
	return lines


def _sentence(first: Link, other: Link) -> str:
	told = _("{0}: of {1} visitors by {2} {3} did it ({4} %), of {5} by {6} {7} ({8} %).").format(
		first.campaign,
		*(first.visitors, first.content, first.reached, flt(first.share.percent, 1)),
		*(other.visitors, other.content, other.reached, flt(other.share.percent, 1)),
	)
	low, high = (flt(bound, 1) for bound in difference(other.share, first.share))
	if low > 0:
		verdict = _("{0} brings {1} to {2} percentage points more.").format(other.content, low, high)
	elif high < 0:
		verdict = _("{0} brings {1} to {2} percentage points less.").format(other.content, -high, -low)
	else:
		verdict = _(
			"No difference can be told from so many: it lies between {0} points less and {1} points more."
		).format(-low, high)
	return f"{told} {verdict}"


def _row(link: Link) -> dict[str, Any]:
	low, high = link.share.bounds
	return {
		"campaign": link.campaign,
		"content": link.content,
		"visitors": link.visitors,
		"leads": link.leads,
		"reached": link.reached,
		"percent": link.share.percent,
		"low": low,
		"high": high,
	}


def _columns() -> list[dict]:
	percent = {"fieldtype": "Percent", "precision": 1, "width": 90}
	number = {"fieldtype": "Int", "width": 120}
	return [
		{"fieldname": "campaign", "label": _("Campaign"), "fieldtype": "Data", "width": 200},
		{"fieldname": "content", "label": _("Link (utm_content)"), "fieldtype": "Data", "width": 200},
		{"fieldname": "visitors", "label": _("Visitors"), **number},
		{"fieldname": "leads", "label": _("Leads by Now"), **number},
		{"fieldname": "reached", "label": _("Did It"), **number},
		{"fieldname": "percent", "label": _("Did It %"), **percent},
		{"fieldname": "low", "label": _("From"), **percent},
		{"fieldname": "high", "label": _("to"), **percent},
	]
