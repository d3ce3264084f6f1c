"""What a check of the data has to say, finding by finding: for the report *Data Check*, and for the record that is kept (DH-05)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, get_quarter_start, now_datetime, nowdate

from nurture_app.engine.duplicates import duplicate_groups, kinds_without
from nurture_app.engine.figures.data_check import BANDS, STALE_DAYS, DataCheck, data_check
from nurture_app.site.complete_fields import complete_fields
from nurture_app.site.host import site_host
from nurture_app.site.language import in_language
from nurture_app.site.notices import tell_managers

LIST, DUPLICATES, INCOMPLETE = "list", "duplicates", "incomplete"
"""Where a finding leads: to the list of leads with filters, or to a report."""
RECORD = "Nurture Data Record"


@dataclass(frozen=True, slots=True)
class Finding:
	group: str
	what: str
	count: int
	share: int | None
	"""Of the leads looked at, in percent; None where that means nothing."""
	goes_to: str = ""
	where: Mapping[str, Any] = field(default_factory=dict)
	"""Filters of the list of leads, beside those of leads that may still become customers."""


def bands() -> dict[int, str]:
	"""How the bands of completeness are called."""
	return {100: "100 %", 75: "75–99 %", 50: "50–74 %", 0: _("less than 50 %")}


def found(
	labels: Mapping[str, str], visible: Collection[str] | None, evidence: Collection[str]
) -> tuple[DataCheck, list[Finding]]:
	"""Of all leads, or of `visible` ones; `labels` are those of the fields that make a lead complete. Four queries."""
	host = site_host(commit=False)
	check = data_check(host, list(labels), visible)
	return check, list(_findings(check, labels, len(duplicate_groups(host, visible, evidence))))


def _findings(check: DataCheck, labels: Mapping[str, str], duplicates: int) -> Iterator[Finding]:
	def one(group: str, what: str, count: int, goes_to: str = "", **where: Any) -> Finding:
		share = round(100 * count / check.leads) if check.leads else None
		return Finding(group, what, count, share, goes_to, where)

	group = _("Missing")
	for name, count in sorted(check.missing.items(), key=lambda pair: -pair[1]):
		yield one(group, labels[name], count, LIST, **{name: ["is", "not set"]})
	yield one(group, _("A valid e-mail address"), check.no_address)
	for band, called in bands().items():
		yield one(_("Filled In"), called, check.bands[band], INCOMPLETE if band < BANDS[0] else "")
	for days in STALE_DAYS:
		# a list takes who has never done anything for silent since ever, so it asks for the day they came as well
		before = ["<", str(add_days(now_datetime(), -days))[:19]]
		where = {"nurture_last_activity_on": before, "creation": before}
		called = _("No sign of interest for {0} days").format(days)
		yield one(_("Silent"), called, check.stale[days], LIST, **where)
	group = _("Marketing E-mail")
	not_asked = {"nurture_email_consent": ["is", "not set"], "unsubscribed": 0}
	yield one(group, _("Consent not on record"), check.no_consent, LIST, **not_asked)
	yield one(group, _("Withdrawn or unsubscribed"), check.refused)
	group = _("Order")
	yield one(group, _("In quarantine"), check.in_quarantine, LIST, nurture_quarantined=1)
	yield one(group, _("In no segment in use"), check.in_no_segment)
	yield Finding(group, _("Groups of likely duplicates"), duplicates, None, DUPLICATES)
	if set(check.types) - {""}:
		for kind, count in check.types.items():
			called = _(kind) if kind else _("None")
			yield one(_("Nurture Type"), called, count, LIST, nurture_type=kind or ["is", "not set"])


def keep() -> str:
	"""Check all leads now and keep the numbers, each beside that of the record before, as the present user; returns its name.

	In the site's language, or records would not compare; without fields that are not everybody's, for others read it too.
	"""
	hidden = {df.fieldname for df in frappe.get_meta("Lead").fields if df.permlevel}
	with in_language(frappe.db.get_single_value("System Settings", "language")):
		labels = {name: label for name, label in complete_fields().items() if name not in hidden}
		check, findings = found(labels, None, kinds_without(hidden))
	before = _numbers_before()
	average = None if check.average is None else round(check.average)
	record = frappe.get_doc(
		{
			"doctype": RECORD,
			"checked_on": now_datetime(),
			"checked_by": frappe.session.user,
			"leads": check.leads,
			"filled_in": average,
			"findings": [
				{
					"part": one.group,
					"finding": one.what,
					"count": one.count,
					"share": one.share,
					"before": before.get((one.group, one.what), ""),
				}
				for one in findings
			],
		}
	)
	return record.insert(ignore_permissions=True).name


def keep_for_the_quarter() -> str | None:
	"""In the first night of a quarter without a record, if the settings ask for it; Nurture Managers are told (CK-15)."""
	if not cint(frappe.db.get_single_value("Nurture Settings", "quarterly_data_check")):
		return None
	if frappe.db.exists(RECORD, {"checked_on": [">=", get_quarter_start(nowdate())]}):
		return None
	name = keep()
	text = _("Read the numbers and write down what follows from them.")
	tell_managers(RECORD, name, _("The data of leads were checked for this quarter"), text)
	return name


def _numbers_before() -> dict[tuple[str, str], str]:
	"""By part and finding, of the latest record; a text, as none is not 0."""
	latest = frappe.get_all(RECORD, pluck="name", order_by="checked_on desc", limit=1)
	if not latest:
		return {}
	rows = frappe.get_all("Nurture Data Record Line", {"parent": latest[0]}, ["part", "finding", "count"])
	return {(row.part, row.finding): str(row["count"]) for row in rows}
