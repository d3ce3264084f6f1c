"""Leads that colleagues were handed: they take them, or give them back and say why; a word when they say nothing (SM-04, SM-14)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, format_date, get_fullname

from nurture_app.engine.capture.forms import lines
from nurture_app.engine.config import load_settings
from nurture_app.engine.handovers import LastHandover, last_handover, note_accepted
from nurture_app.engine.ports import Host
from nurture_app.engine.unanswered import Unanswered, note_unanswered, unanswered
from nurture_app.site.channels.colleagues import about_lead, enabled_users, notify, responsible_for
from nurture_app.site.host import site_host

OPEN = "Open"
AT_ONCE = 200


def standing(host: Host, lead: str) -> dict[str, Any]:
	"""The handover the lead stands at, for its panel; empty where nobody has it by one.

	`is_mine` is the user's own, who may then say something to it, choosing among `reasons`.
	"""
	last = last_handover(host, lead)
	taker = _taker(last) if last and not last.given_back else None
	if not last or not taker:
		return {}
	is_mine = taker == frappe.session.user
	return {
		"sequence": last.sequence,
		"who": get_fullname(taker),
		"handed_on": last.handed_on,
		"accepted_on": last.accepted_on,
		"is_mine": is_mine,
		"reasons": [{"value": one, "label": _(one)} for one in reasons(host)] if is_mine else [],
		"is_owner": is_mine and frappe.db.get_value("Lead", lead, "lead_owner") == taker,
	}


def reasons(host: Host) -> tuple[str, ...]:
	return lines(load_settings(host.db).handoff_reasons)


def accept(lead: str) -> None:
	"""The user takes the lead. Harmless when said twice."""
	last = _own(lead)
	note_accepted(site_host(commit=False), lead, last.task, frappe.session.user)


def give_back(lead: str, reason: str, note: str = "") -> None:
	"""The user does not want the lead, for one of `reasons`; the `note` goes to its timeline, with the reason."""
	if reason not in reasons(site_host(commit=False)):
		frappe.throw(_("Choose one of the reasons to give a lead back."))
	last = _own(lead)
	text = _("Gave the lead back: {0}").format(_(reason))
	text = "\n".join(filter(None, [text, note.strip()]))
	frappe.get_doc("Lead", lead).add_comment("Comment", escape_html(text).replace("\n", "<br>"))
	todo = frappe.get_doc("ToDo", last.task)
	todo.status = "Cancelled"
	todo.flags.nurture_reason = reason
	todo.save()
	# a handler of ours that fails keeps nobody from saving a ToDo
	noted = last_handover(site_host(commit=False), lead)
	if not noted or not noted.given_back:
		frappe.throw(
			_(
				"It could not be noted that you give the lead back. Nothing was changed; tell an administrator."
			)
		)


def own_no_more(lead: str) -> None:
	"""The user is the lead's owner no more, if they were."""
	doc = frappe.get_doc("Lead", lead)
	if doc.lead_owner == frappe.session.user:
		doc.lead_owner = None
		doc.save()


def ask_again(host: Host) -> None:
	"""Of handovers that nobody has answered in time: a word to the colleague, and to whoever looks after the sequence.

	At most `AT_ONCE`; the next tick tells of the others.
	"""
	found = unanswered(host)
	if not found:
		return
	tasks = {"name": ["in", [one.task for one in found]], "status": OPEN}
	rows = frappe.get_all("ToDo", tasks, ["name", "allocated_to"], as_list=True, order_by=None)
	takers = dict(rows)
	still = [one for one in found if takers.get(one.task) == one.user]
	note_unanswered(host, still[:AT_ONCE], _tell)


def _own(lead: str) -> LastHandover:
	last = last_handover(site_host(commit=False), lead)
	if not last or last.given_back or _taker(last) != frappe.session.user:
		frappe.throw(
			_("This lead is not handed to you, or you gave it back. Reload the page to see how it stands.")
		)
	return last


def _taker(last: LastHandover) -> str | None:
	"""Who has the lead by this handover: its assignment may have been closed, taken away or deleted."""
	todo = frappe.db.get_value("ToDo", last.task, ["status", "allocated_to"], as_dict=True)
	return todo.allocated_to if todo and todo.status == OPEN else None


def _tell(one: Unanswered) -> None:
	day = format_date(one.handed_on)
	asked = _("{0} handed this lead to you on {1}. Take it, or give it back with a reason.").format(
		one.sequence, day
	)
	if enabled_users({one.user}):
		notify(one.user, about_lead(one.party, asked), "Lead", one.party)
	responsible = responsible_for(one.sequence)
	if responsible and responsible != one.user:
		told = _(
			"{0} has not said anything to this lead, which {1} handed over on {2}. Ask them, or assign it to somebody else."
		)
		told = told.format(get_fullname(one.user), one.sequence, day)
		notify(responsible, about_lead(one.party, told), "Lead", one.party)
