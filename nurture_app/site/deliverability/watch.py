"""The guard's rounds: hold what passes a limit, and tell those who can do something about it (OX-14)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import format_datetime

from nurture_app.engine.bounces import guard
from nurture_app.engine.ports import Host
from nurture_app.engine.sentences import hold_sentence
from nurture_app.site import active
from nurture_app.site.channels import standstill
from nurture_app.site.notices import tell_managers


def review_sequences(host: Host) -> int:
	"""Every few minutes; returns how many sequences were held. Commits if `host` does."""
	held = guard.review(host, sentence_of)
	for verdict in held:
		_tell(verdict)
	if held:
		active.forget()
		standstill.settle(host)
		if host.db.commit:
			frappe.db.commit()  # nosemgrep: a job; the notifications
	return len(held)


def sentence_of(verdict: guard.Verdict) -> str:
	"""Why, when and by how much, for people."""
	params = {
		"count": verdict.count,
		"sent": verdict.sent,
		"since": format_datetime(verdict.since, "d MMM yyyy HH:mm"),
		"percent": _number(verdict.percent),
		"limit": _number(verdict.limit_percent),
	}
	return hold_sentence(verdict.code, params, _)


def _number(value: float) -> str:
	return f"{value:.2f}".rstrip("0").rstrip(".")


def _tell(verdict: guard.Verdict) -> None:
	subject = _("Sequence {0} was held: too many of its mails come back or are reported as spam")
	tell_managers(
		"Nurture Sequence",
		verdict.sequence,
		subject.format(frappe.bold(verdict.sequence)),
		sentence_of(verdict),
	)
