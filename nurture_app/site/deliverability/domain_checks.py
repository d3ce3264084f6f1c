"""The part of the checklist that asks the name server about the sending domain."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from nurture_app.engine.bounces.dns_records import (
	MOST_LOOKUPS,
	USUAL_SELECTORS,
	dkim_key,
	read_dmarc,
	read_spf,
)
from nurture_app.site.deliverability.dns import NameServer, Unreachable
from nurture_app.site.deliverability.lines import FIX, OK, UNKNOWN, Line


def check_domain(domain: str, names: NameServer) -> Iterator[Line]:
	"""SPF, DKIM, DMARC and MX of a domain. What the name server does not answer is unknown, not wrong."""
	for code, title, check in (
		("spf", _("SPF: who may send for {0}"), _spf),
		("dkim", _("DKIM: mails of {0} are signed"), _dkim),
		("dmarc", _("DMARC: what {0} asks receivers to do"), _dmarc),
		("mx", _("Mail server for replies to {0}"), _mx),
	):
		try:
			state, found, todo = check(domain, names)
		except Unreachable:
			state = UNKNOWN
			found = _("The name server of this site did not answer in time.")
			todo = _(
				"Load this page again later; if it stays so, let the server ask DNS (UDP and TCP port 53)."
			)
		yield Line(code, title.format(domain), state, found, todo)


def _spf(domain: str, names: NameServer) -> tuple[str, str, str]:
	spf = read_spf(domain, names.texts)
	if not spf.records:
		todo = _(
			"Add a TXT record at {0} that begins with v=spf1 and names your mail provider, ending in ~all or -all."
		)
		return FIX, _("There is no SPF record."), todo.format(domain)
	if len(spf.records) > 1:
		found = _("There are {0} SPF records; receivers then take none: {1}")
		return FIX, found.format(len(spf.records), " | ".join(spf.records)), _("Merge them into one.")
	found = f"{spf.records[0]} " + _("({0} of {1} lookups)").format(spf.lookups, MOST_LOOKUPS)
	if spf.lookups > MOST_LOOKUPS:
		return (
			FIX,
			found,
			_("Receivers give up after {0} lookups. Take out what you no longer use.").format(MOST_LOOKUPS),
		)
	if spf.broken:
		return FIX, found, _("{0} has no SPF record of its own; take it out.").format(", ".join(spf.broken))
	if spf.ending == "+all":
		return FIX, found, _("+all lets everybody send in your name. End the record with ~all or -all.")
	if spf.ending not in ("-all", "~all"):
		return FIX, found, _("The record says nothing of all other servers. End it with ~all or -all.")
	return OK, found, ""


def _dkim(domain: str, names: NameServer) -> tuple[str, str, str]:
	told = frappe.db.get_single_value("Nurture Settings", "dkim_selectors") or ""
	own = [selector.strip().lower() for selector in told.replace(";", ",").split(",") if selector.strip()][
		:10
	]
	states = {selector: dkim_key(domain, selector, names.texts) for selector in own or USUAL_SELECTORS}
	by_state = {
		state: [name for name, one in states.items() if one == state]
		for state in ("found", "revoked", "missing")
	}
	if own and (by_state["missing"] or by_state["revoked"]):
		bad = ", ".join([*by_state["missing"], *by_state["revoked"]])
		todo = _(
			"Publish the keys as your mail provider shows them, or correct the selectors in Nurture Settings."
		)
		return FIX, _("There is no key for: {0}.").format(bad), todo
	if by_state["found"]:
		return OK, _("There are keys for: {0}.").format(", ".join(by_state["found"])), ""
	todo = _(
		"Names of keys cannot be listed from outside. Ask your mail provider for its DKIM selectors and enter them in Nurture Settings."
	)
	return UNKNOWN, _("None of the usual keys is there, which proves nothing."), todo


def _dmarc(domain: str, names: NameServer) -> tuple[str, str, str]:
	dmarc = read_dmarc(domain, names.texts)
	if not dmarc.records:
		todo = _(
			"Add a TXT record at _dmarc.{0}, to begin with: v=DMARC1; p=none; rua=mailto:an address of yours"
		)
		return (
			FIX,
			_("There is no DMARC record. Gmail and Yahoo want one from whoever sends to many."),
			todo.format(domain),
		)
	found = _("{0} (at {1})").format(" | ".join(dmarc.records), dmarc.domain)
	if not dmarc.policy:
		return (
			FIX,
			found,
			_("Receivers cannot use this. There must be one record with p=none, quarantine or reject."),
		)
	notes = []
	if dmarc.policy == "none":
		notes.append(_("p=none only watches. Once the reports show no stranger, go on to quarantine."))
	if not dmarc.reports_to:
		notes.append(_("Without rua= you get no reports."))
	if dmarc.strict:
		notes.append(
			_("{0} must be of exactly the domain {1}, not of one below it.").format(
				", ".join(dmarc.strict), domain
			)
		)
	return OK, found, " ".join(notes)


def _mx(domain: str, names: NameServer) -> tuple[str, str, str]:
	servers = names.mail_servers(domain)
	if servers == [""]:
		return (
			FIX,
			_("The domain says that it takes no mail (null MX)."),
			_("Reply to an address that takes mail."),
		)
	if servers:
		return OK, ", ".join(servers[:5]), ""
	if names.has_address(domain):
		return (
			UNKNOWN,
			_("There is no MX record; mail goes to the domain's own address."),
			_("Add an MX record."),
		)
	todo = _("Replies and bounces cannot arrive. Add an MX record, or send from a domain that takes mail.")
	return FIX, _("No mail server takes mail for it."), todo
